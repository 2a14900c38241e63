/*
 * A source of events: what boardd reads. ocpp-board-store(7) tells how to write one; file_source.c
 * is the example that it goes through.
 *
 * A source has one gateway's events, in six collections. Events of a collection are numbered; the
 * numbers grow by one from event to event and never go back within one history, so that a number
 * and the history's name tell an event for ever: cursors of lists and the ids of event streams are
 * made of them. Nothing here may wait: everything is called from the event loop.
 */
#ifndef BOARDD_SOURCE_H
#define BOARDD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/counters.h"
#include "shm/event.h"
#include "shm/segment_reader.h"
#include "shm/station_table.h"

#define SOURCE_NAME_SIZE   32
#define SOURCE_REASON_SIZE 160

enum source_state {
    SOURCE_ABSENT,      /* never seen: it has nothing */
    SOURCE_LIVE,        /* the gateway runs */
    SOURCE_HUNG,        /* its process is there, but does nothing */
    SOURCE_DOWN,        /* it does not run; what it left can be read */
    SOURCE_SILENT,      /* nothing comes from it any more, and nobody says why */
    SOURCE_UNREACHABLE, /* what lies between it and us can't be reached */
    SOURCE_CAPTURE,     /* what was saved of it: nothing changes any more */
};
const char *source_state_name(enum source_state state);

struct source_info {
    char build[33];
    /* names the history: sequence numbers of another one mean nothing; 0 while absent */
    uint64_t history;
    uint64_t started_ns; /* CLOCK_REALTIME */
    uint32_t pid;
    uint32_t stations; /* slots of the station table */
};

struct source;

/*
 * Each function but free may be called in every state; where there is nothing, bounds and fill give
 * 0 and 0, next gives RING_END, the others false or 0.
 */
struct source_operations {
    /*
     * Health, at least every 250 ms, and again in each round of reading while `loading` is set and
     * all that it had has been read. `mono_ns` is CLOCK_MONOTONIC. Keeps `state`, `reason` and
     * `info` up to date; a source that has to fetch its events does so here, a few milliseconds'
     * worth at a time. True: another history has taken this one's place; what is left of the old
     * one is read, then comes reopen.
     */
    bool (*poll)(struct source *source, uint64_t mono_ns);
    void (*reopen)(struct source *source);

    /* Number of the oldest event that can be read, and of the one that comes next. */
    void (*bounds)(const struct source *source, enum collection collection, uint64_t *oldest,
                   uint64_t *head);
    /*
     * Reading by number, as segment_reader_read and segment_reader_next: `buffer` has
     * SEGMENT_READER_BUFFER bytes, and the event points into it. Any number of readers stand
     * anywhere; `next` is given theirs. RING_LAPPED from next: *lost events are gone for good (0:
     * they were never there), *next is the number after them.
     */
    enum ring_outcome (*read)(const struct source *source, enum collection collection, uint64_t seq,
                              char *buffer, struct event *event);
    enum ring_outcome (*next)(const struct source *source, enum collection collection,
                              uint64_t *next, uint64_t *lost, char *buffer, struct event *event);
    /* Bytes in use and in all. */
    void (*fill)(const struct source *source, enum collection collection, uint64_t *used,
                 uint64_t *capacity);

    /* The stations as they are now: slots 0 to info.stations - 1; false for a free one. */
    bool (*station)(const struct source *source, uint32_t slot, struct station_record *record);
    uint64_t (*counter)(const struct source *source, enum counter counter);
    /* Latencies, one action each, numbered from 0; false behind the last. */
    bool (*histogram)(const struct source *source, unsigned number, struct histogram *histogram);

    void (*free)(struct source *source);
};

/* The beginning of every source's own struct. Readers change nothing in it. */
struct source {
    const struct source_operations *operations;
    char name[SOURCE_NAME_SIZE]; /* of the gateway; set before the tail has it, then stays */
    bool is_gateway;             /* not boardd itself */
    unsigned never;              /* bit n: there are never events in collection n */
    enum source_state state;
    char reason[SOURCE_REASON_SIZE]; /* a sentence: why it is in this state; "" needs none */
    struct source_info info;
    bool loading;    /* more is there at once: see poll */
    bool is_behind;  /* events that have happened long ago are still to come */
    uint64_t now_ns; /* the source's own time, where it is another than ours; else 0 */
};

/* The gateway runs, or did when last heard of: its gauges are the latest that is known. */
bool source_counts(const struct source *source);

/* <dir>/ocpp-board.<instance>, which need not exist yet: it's looked for until it does. */
struct source *segment_source_new(const char *dir, const char *instance);

#endif

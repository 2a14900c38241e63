/*
 * A source of events: what boardd reads. The first kind is a gateway's segment; boardd's own events
 * are another. Sequence numbers are per collection and never go back within one history.
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

#define SOURCE_NAME_SIZE 32

enum source_state { SOURCE_ABSENT, SOURCE_LIVE, SOURCE_HUNG, SOURCE_DOWN };
const char *source_state_name(enum source_state state);

struct source_info {
    char build[33];
    uint64_t history; /* names the history: sequence numbers of another one mean nothing; 0 while
                         absent */
    uint64_t started_ns;
    uint32_t pid;
    uint32_t stations; /* slots of the station table */
};

struct source;

/* Each function may be called while the source is absent: it then has nothing. */
struct source_operations {
    /* Every 250 ms. True: the source was replaced by another; read what is left of the old one,
     * then call reopen. */
    bool (*poll)(struct source *source, uint64_t mono_ns);
    void (*reopen)(struct source *source);
    void (*bounds)(const struct source *source, enum collection collection, uint64_t *oldest,
                   uint64_t *head);
    /* As segment_reader_read and segment_reader_next; `buffer` has SEGMENT_READER_BUFFER bytes. */
    enum ring_outcome (*read)(const struct source *source, enum collection collection, uint64_t seq,
                              char *buffer, struct event *event);
    enum ring_outcome (*next)(const struct source *source, enum collection collection,
                              uint64_t *next, uint64_t *lost, char *buffer, struct event *event);
    void (*fill)(const struct source *source, enum collection collection, uint64_t *used,
                 uint64_t *capacity);
    bool (*station)(const struct source *source, uint32_t slot, struct station_record *record);
    uint64_t (*counter)(const struct source *source, enum counter counter);
    bool (*histogram)(const struct source *source, unsigned number, struct histogram *histogram);
    void (*free)(struct source *source);
};

struct source {
    const struct source_operations *operations;
    char name[SOURCE_NAME_SIZE];
    bool is_gateway; /* not boardd itself */
    unsigned never;  /* bit n: there are never events in collection n */
    enum source_state state;
    struct source_info info;
};

/* <dir>/ocpp-board.<instance>, which need not exist yet: it's looked for until it does. */
struct source *segment_source_new(const char *dir, const char *instance);

#endif

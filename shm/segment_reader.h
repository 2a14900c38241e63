/*
 * The reading side of a segment. A reader maps it read-only, locks nothing and trusts nothing it
 * finds: any bytes at all may give RING_CORRUPT or odd values, never a crash, an over-read or an
 * endless loop.
 */
#ifndef SHM_SEGMENT_READER_H
#define SHM_SEGMENT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/counters.h"
#include "shm/event.h"
#include "shm/station_table.h"

/* Nothing below but open and close changes it: several threads may read, each with its own buffer.
 */
struct segment_reader;

/*
 * Opens <dir>/ocpp-board.<instance>. NULL with a text in `error` that says why: not there (is the
 * gateway running?), another major version or layout hash (which build wrote it), other byte order,
 * owned by somebody else than root, us or `owner` (-1: whoever), writable for group or others, cut
 * short. `dir` and `instance` are needed during the call only; `error` always ends with a NUL.
 */
struct segment_reader *segment_reader_open(const char *dir, const char *instance, long owner,
                                           char *error, size_t error_size);
void segment_reader_close(struct segment_reader *reader); /* NULL is fine */

struct segment_info {
    char instance[32];
    char build_id[33];
    uint64_t created_ns; /* CLOCK_REALTIME */
    uint64_t started_ns; /* CLOCK_REALTIME, of the running gateway */
    uint64_t started_mono_ns;
    uint64_t heartbeat_ns; /* CLOCK_MONOTONIC */
    uint64_t generation;
    uint64_t total_size;
    uint32_t pid;
    uint32_t stations; /* slots */
};
void segment_reader_info(const struct segment_reader *reader, struct segment_info *info);

enum segment_health {
    SEGMENT_LIVE,     /* a writer holds its lock and its heartbeat is younger than 3 s */
    SEGMENT_HUNG,     /* a writer holds its lock, but its heartbeat is old */
    SEGMENT_DOWN,     /* no writer */
    SEGMENT_REPLACED, /* the name leads to another file, or none: read to the end, open again */
};
/* Some system calls: call it every 250 ms, not per record. `mono_ns` is CLOCK_MONOTONIC. */
enum segment_health segment_reader_health(struct segment_reader *reader, uint64_t mono_ns);

enum ring_outcome {
    RING_MORE,       /* a record was read */
    RING_END,        /* none yet */
    RING_LAPPED,     /* the record is overwritten; see each function */
    RING_CORRUPT,    /* what stands there is no record; skip it */
    RING_SUPERSEDED, /* the ring's end, and another segment has taken over: open again */
};

/* Sequence numbers: of the oldest record that can (probably) be read, of the next to be written.
 * Both 0 where the segment has no such collection; everything else says RING_END there. */
void segment_reader_bounds(const struct segment_reader *reader, enum collection collection,
                           uint64_t *oldest, uint64_t *head);

/*
 * Copies record `seq` into `buffer` (SEGMENT_READER_BUFFER bytes) and decodes it; the event's spans
 * point into `buffer`. RING_LAPPED: it is gone. `event` is set with RING_MORE only; whatever the
 * outcome, `buffer` has been written to.
 */
#define SEGMENT_READER_BUFFER 65536
enum ring_outcome segment_reader_read(const struct segment_reader *reader,
                                      enum collection collection, uint64_t seq, char *buffer,
                                      struct event *event);

/*
 * Follows a ring: reads record *next and moves *next on. RING_LAPPED: *next is now the oldest
 * record with some headroom, *lost the exact number of records that were skipped. RING_CORRUPT:
 * *next is moved past it, *lost is 1.
 */
enum ring_outcome segment_reader_next(const struct segment_reader *reader,
                                      enum collection collection, uint64_t *next, uint64_t *lost,
                                      char *buffer, struct event *event);

/* Bytes between the oldest record and the head, and the ring's capacity: how full it is. 0 and 0
 * where the segment has no such collection. */
void segment_reader_fill(const struct segment_reader *reader, enum collection collection,
                         uint64_t *used, uint64_t *capacity);

/*
 * Slots go from 0 to info.stations - 1. False, and `record` may hold anything, when there is no
 * such slot, it is free, or its writer died in the middle of a change ("unavailable"). All of a
 * record but its counters is of one moment; these are each as new as can be. Reading the slots in
 * their order is fastest: the next ones are fetched ahead.
 */
bool segment_reader_station(const struct segment_reader *reader, uint32_t slot,
                            struct station_record *record);

/* 0 when the segment doesn't have it: another build may have fewer. */
uint64_t segment_reader_counter(const struct segment_reader *reader, enum counter counter);

/* False when `number` (from 0) is past the last histogram in use. An event that is counted at this
 * moment may be in some of its numbers already. */
bool segment_reader_histogram(const struct segment_reader *reader, unsigned number,
                              struct histogram *histogram);

#endif

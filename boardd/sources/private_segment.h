/*
 * What sources that fetch their events have in common: a segment of boardd's own
 * (shm/segment_memory.h) that they fill and everything else reads.
 */
#ifndef BOARDD_PRIVATE_SEGMENT_H
#define BOARDD_PRIVATE_SEGMENT_H

#include "boardd/sources/source.h"
#include "shm/segment_memory.h"

/* Begins the struct of such a source. `memory` may be NULL: there is nothing then. */
struct private_segment {
    struct source source;
    struct segment_memory *memory;
};

/* The reading half of a struct source_operations; the rest is the source's. */
#define PRIVATE_SEGMENT_READING                                                                    \
    .bounds = private_segment_bounds, .read = private_segment_read, .next = private_segment_next,  \
    .fill = private_segment_fill, .station = private_segment_station,                              \
    .counter = private_segment_counter, .histogram = private_segment_histogram

void private_segment_bounds(const struct source *source, enum collection collection,
                            uint64_t *oldest, uint64_t *head);
enum ring_outcome private_segment_read(const struct source *source, enum collection collection,
                                       uint64_t seq, char *buffer, struct event *event);
enum ring_outcome private_segment_next(const struct source *source, enum collection collection,
                                       uint64_t *next, uint64_t *lost, char *buffer,
                                       struct event *event);
void private_segment_fill(const struct source *source, enum collection collection, uint64_t *used,
                          uint64_t *capacity);
bool private_segment_station(const struct source *source, uint32_t slot,
                             struct station_record *record);
uint64_t private_segment_counter(const struct source *source, enum counter counter);
bool private_segment_histogram(const struct source *source, unsigned number,
                               struct histogram *histogram);

#endif

/*
 * A ring of records inside a segment: its sizes, and the reading side. The protocol stands in
 * ocpp-board-shm(5); ring_writer.h is its other half.
 */
#ifndef SHM_RING_H
#define SHM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/segment_format.h"
#include "shm/segment_reader.h"

/* A mapped ring. Its sizes were copied when they were checked, and are not read there again. */
struct ring {
    struct segment_ring *shared; /* NULL: the segment has no such ring */
    _Atomic uint64_t *index;
    _Atomic uint64_t *data;
    uint64_t capacity;
    uint64_t index_slots;
    uint64_t max_record;
    uint64_t first_seq;
};

/* Sizes of a ring with that much data (a power of two), and the bytes that its region needs. */
uint64_t ring_index_slots(uint64_t capacity);
uint64_t ring_max_record(uint64_t capacity);
uint64_t ring_region_size(uint64_t capacity, uint64_t index_slots);

/* Lays a ring into a zeroed region. */
void ring_format(void *region, uint64_t capacity, uint64_t index_slots, uint64_t first_seq);

/* Takes the sizes from the region; false when they are no ring's or don't fit into `length`. */
bool ring_map(struct ring *ring, void *region, uint64_t length);

/*
 * Copies record `seq`: its header into `record`, record->length bytes into `payload`
 * (SEGMENT_READER_BUFFER bytes). RING_MORE, RING_END, RING_LAPPED or RING_CORRUPT; both hold
 * anything unless it is RING_MORE.
 */
enum ring_outcome ring_read(const struct ring *ring, uint64_t seq, struct segment_record *record,
                            char *payload);

/*
 * Oldest record that the writer will leave alone until it has written `headroom` bytes more; the
 * head when there is none.
 */
uint64_t ring_oldest(const struct ring *ring, uint64_t headroom);

/* Sequence number of the record that comes next. */
uint64_t ring_head(const struct ring *ring);

/* Bytes from the start of record `seq` to the end of the newest, at most the capacity; 0 when it is
 * not written yet. */
uint64_t ring_distance(const struct ring *ring, uint64_t seq);

#endif

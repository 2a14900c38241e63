/*
 * A ring of records inside a segment: what the writing and the reading side share. The protocol
 * stands in ocpp-board-shm(5); ring_writer.c and ring_reader.c are its two halves.
 */
#ifndef SHM_RING_H
#define SHM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/segment_format.h"
#include "shm/segment_reader.h"

/* A mapped ring. Sizes are copied when it's mapped and checked, and never read from the segment
 * again. */
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

/* Checks what stands in the region, once, and keeps it. False when it is no ring or does not fit
 * into `length`. */
bool ring_map(struct ring *ring, void *region, uint64_t length);

/* The writing side; these two words are all it keeps, and both come back from the ring at adoption.
 */
struct ring_writer {
    struct ring ring;
    uint64_t position; /* of the next record, not wrapped */
    uint64_t seq;      /* of the next record */
};

/* Takes up a ring where its last writer, dead at any step, left it. False when the newest record
 * contradicts the ring. */
bool ring_adopt(struct ring_writer *writer, const struct ring *ring);

/* What to append: the payload is `head` and then `tail`, cut where it is longer than the ring
 * takes. */
struct ring_input {
    uint64_t time_ns;
    uint16_t type;
    uint32_t station_slot;
    const void *head; /* at most the ring's longest payload */
    size_t head_length;
    const void *tail;
    size_t tail_length;
    size_t original_length; /* head and tail before whoever calls cut them */
};

/* Returns the record's sequence number. */
uint64_t ring_append(struct ring_writer *writer, const struct ring_input *input);

/*
 * Copies record `seq`: its header into `record`, record->length bytes into `payload`
 * (SEGMENT_READER_BUFFER bytes). RING_MORE, RING_END, RING_LAPPED or RING_CORRUPT.
 */
enum ring_outcome ring_read(const struct ring *ring, uint64_t seq, struct segment_record *record,
                            char *payload);

/*
 * Oldest record that the writer will leave alone until it has written `headroom` bytes more; the
 * head when there is none.
 */
uint64_t ring_oldest(const struct ring *ring, uint64_t headroom);

uint64_t ring_head(const struct ring *ring);

/* Bytes from the start of record `seq` to the end of the newest. */
uint64_t ring_distance(const struct ring *ring, uint64_t seq);

#endif

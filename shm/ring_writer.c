#include "shm/ring_writer.h"

bool ring_adopt(struct ring_writer *writer, const struct ring *ring)
{
    char payload[SEGMENT_READER_BUFFER];
    struct segment_record record;
    uint64_t head = ring_head(ring);

    writer->ring = *ring;
    writer->seq = head;
    /* what the dead writer did not finish lies below its intent: no reader will ever see it */
    writer->position = atomic_load_explicit(&ring->shared->intent, memory_order_relaxed);
    if (head < ring->first_seq || writer->position % WORD != 0)
        return false;
    if (head == ring->first_seq)
        return true;
    return ring_read(ring, head - 1, &record, payload) == RING_MORE &&
           ring_distance(ring, head - 1) >= RING_HEADER + record.length;
}

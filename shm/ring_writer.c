#include "shm/ring.h"

#include <string.h>

#include "shm/words.h"

#define HEADER sizeof(struct segment_record)
static_assert(HEADER % WORD == 0, "payload begins at a word");

bool ring_adopt(struct ring_writer *writer, const struct ring *ring)
{
    char payload[SEGMENT_READER_BUFFER];
    struct segment_record record;
    uint64_t head = ring_head(ring);

    writer->ring = *ring;
    writer->seq = head;
    /* The dead writer's last record, if it was not finished, lies below its intent: readers never
     * see it. */
    writer->position = atomic_load_explicit(&ring->shared->intent, memory_order_relaxed);
    if (head < ring->first_seq || writer->position % WORD != 0)
        return false;
    if (head == ring->first_seq)
        return true;
    return ring_read(ring, head - 1, &record, payload) == RING_MORE &&
           ring_distance(ring, head - 1) >= HEADER + record.length;
}

/* Head and tail as one row of words; the word in which they meet is put together here. */
static void store_payload(_Atomic uint64_t *to, const struct ring_input *input, size_t tail_length)
{
    size_t whole = input->head_length / WORD;
    size_t rest = input->head_length % WORD;
    const char *tail = input->tail;

    words_store(to, input->head, whole * WORD);
    to += whole;
    if (rest > 0) {
        char meeting[WORD] = {0};
        size_t fill = tail_length < WORD - rest ? tail_length : WORD - rest;
        memcpy(meeting, (const char *)input->head + whole * WORD, rest);
        if (fill > 0)
            memcpy(meeting + rest, tail, fill);
        words_store(to++, meeting, WORD);
        tail_length -= fill;
        if (tail_length == 0)
            return;
        tail += fill;
    }
    words_store(to, tail, tail_length);
}

/*
 * A reader that sees any of the words stored after the fence also sees the intent before it, and so
 * knows that they may not be its record's. A reader that sees the new head sees all of the record.
 */
uint64_t ring_append(struct ring_writer *writer, const struct ring_input *input)
{
    struct segment_ring *shared = writer->ring.shared;
    uint64_t mask = writer->ring.capacity - 1;
    size_t room = (size_t)writer->ring.max_record - HEADER - input->head_length;
    size_t tail_length = input->tail_length < room ? input->tail_length : room;
    size_t length = input->head_length + tail_length;
    uint64_t size = words_round_up(HEADER + length);
    uint64_t position = writer->position;
    uint64_t seq = writer->seq;

    /* a record never straddles the end: readers get its position from the index */
    if ((position & mask) + size > writer->ring.capacity)
        position = (position | mask) + 1;

    atomic_store_explicit(&shared->intent, position + size, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);

    struct segment_record record = {
        .seq = seq,
        .time_ns = input->time_ns,
        .length = (uint32_t)length,
        .original_length =
            input->original_length < UINT32_MAX ? (uint32_t)input->original_length : UINT32_MAX,
        .type = input->type,
        .station_slot = input->station_slot,
    };
    _Atomic uint64_t *to = writer->ring.data + (position & mask) / WORD;
    words_store(to, &record, HEADER);
    store_payload(to + HEADER / WORD, input, tail_length);
    word_store(writer->ring.index + (seq & (writer->ring.index_slots - 1)), position);
    atomic_store_explicit(&shared->head_seq, seq + 1, memory_order_release);

    writer->position = position + size;
    writer->seq = seq + 1;
    return seq;
}

/*
 * The writing side of a ring. ring_append is the gateway's hot path and stands here so that it is
 * compiled into its callers: a call and an argument block would cost half of a small record.
 */
#ifndef SHM_RING_WRITER_H
#define SHM_RING_WRITER_H

#include <assert.h>

#include "shm/ring.h"
#include "shm/words.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "a segment is little-endian; a port has to convert"
#endif

#define RING_HEADER sizeof(struct segment_record)
static_assert(RING_HEADER % WORD == 0, "payload begins at a word");

/* These two numbers are all that a writer keeps, and both come back from the ring at adoption. */
struct ring_writer {
    struct ring ring;
    uint64_t position; /* of the next record, not wrapped */
    uint64_t seq;      /* of the next record */
};

/*
 * Takes up a ring where its last writer, dead at any step, left it. False when the newest record
 * contradicts the ring.
 */
bool ring_adopt(struct ring_writer *writer, const struct ring *ring);

/* Room that the writer needs behind the head, to write to. */
#define RING_HEAD_ROOM 8

/*
 * What to append: the payload is `head`, then `tail`, which is cut where the ring takes no more.
 */
struct ring_input {
    uint64_t time_ns;
    uint16_t type;
    uint32_t station_slot;
    char *head; /* not longer than the longest payload; RING_HEAD_ROOM bytes follow it */
    size_t head_length;
    const char *tail;
    size_t tail_length;
    size_t original_length; /* of head and tail, before anyone cut them */
};

static inline uint64_t ring_pack(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

/*
 * struct segment_record, put together in registers: built in memory, the processor would wait for
 * each pair of halves before it can copy their word.
 */
static inline void ring_store_header(_Atomic uint64_t *to, uint64_t seq,
                                     const struct ring_input *input, size_t length)
{
    uint32_t original =
        input->original_length < UINT32_MAX ? (uint32_t)input->original_length : UINT32_MAX;

    word_store(to + offsetof(struct segment_record, seq) / WORD, seq);
    word_store(to + offsetof(struct segment_record, time_ns) / WORD, input->time_ns);
    word_store(to + offsetof(struct segment_record, length) / WORD,
               ring_pack((uint32_t)length, original));
    word_store(to + offsetof(struct segment_record, type) / WORD,
               ring_pack(input->type, input->station_slot));
}

/* Head and tail as one row of words. The word in which they meet is completed behind the head. */
static inline void ring_store_payload(_Atomic uint64_t *to, const struct ring_input *input,
                                      size_t tail_length)
{
    size_t over = input->head_length % WORD;
    size_t fill = 0;

    if (over > 0) {
        char *meeting = input->head + input->head_length;
        fill = WORD - over < tail_length ? WORD - over : tail_length;
        memset(meeting, 0, WORD);
        if (fill > 0)
            memcpy(meeting, input->tail, fill);
    }
    size_t words = words_round_up(input->head_length) / WORD;
    words_store_fresh(to, input->head, words);
    if (tail_length > fill)
        words_store_bytes(to + words, input->tail + fill, tail_length - fill);
}

/*
 * Appends a record and returns its sequence number. No system call, no wait, no allocation.
 *
 * A reader that sees any of the words stored after the fence also sees the intent before it, and so
 * knows that they may not be its record's. A reader that sees the new head sees all of the record.
 */
static inline uint64_t ring_append(struct ring_writer *writer, const struct ring_input *input)
{
    struct segment_ring *shared = writer->ring.shared;
    uint64_t mask = writer->ring.capacity - 1;
    size_t room = (size_t)writer->ring.max_record - RING_HEADER - input->head_length;
    size_t tail_length = input->tail_length < room ? input->tail_length : room;
    size_t length = input->head_length + tail_length;
    uint64_t size = words_round_up(RING_HEADER + length);
    uint64_t position = writer->position;
    uint64_t seq = writer->seq;

    /* a record never straddles the end: readers get its position from the index */
    if ((position & mask) + size > writer->ring.capacity)
        position = (position | mask) + 1;

    atomic_store_explicit(&shared->intent, position + size, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);

    _Atomic uint64_t *to = writer->ring.data + (position & mask) / WORD;
    ring_store_header(to, seq, input, length);
    ring_store_payload(to + RING_HEADER / WORD, input, tail_length);
    word_store(writer->ring.index + (seq & (writer->ring.index_slots - 1)), position);
    atomic_store_explicit(&shared->head_seq, seq + 1, memory_order_release);

    writer->position = position + size;
    writer->seq = seq + 1;
    return seq;
}

#endif

#include "shm/ring.h"
#include "shm/words.h"

#define HEADER sizeof(struct segment_record)

uint64_t ring_head(const struct ring *ring)
{
    return atomic_load_explicit(&ring->shared->head_seq, memory_order_acquire);
}

static uint64_t ring_intent(const struct ring *ring)
{
    return atomic_load_explicit(&ring->shared->intent, memory_order_relaxed);
}

static uint64_t ring_position(const struct ring *ring, uint64_t seq)
{
    return word_load(ring->index + (seq & (ring->index_slots - 1)));
}

/*
 * After everything of record `seq` has been loaded: was it whole? Both loads stand behind the
 * fence, so whatever the writer stored over the record before we read it, its intent and head are
 * seen here.
 */
static enum ring_outcome validate(const struct ring *ring, uint64_t seq, uint64_t position)
{
    atomic_thread_fence(memory_order_acquire);
    uint64_t intent = ring_intent(ring);
    uint64_t head = atomic_load_explicit(&ring->shared->head_seq, memory_order_relaxed);

#ifdef RING_WITHOUT_VALIDATION /* a build of the torture test that has to fail */
    return RING_MORE;
#endif
    if (head - seq >= ring->index_slots)
        return RING_LAPPED;
    if (position > intent)
        return RING_CORRUPT;
    return intent - position > ring->capacity ? RING_LAPPED : RING_MORE;
}

/* Something about the record is wrong: because it was written over meanwhile, or because the ring
 * is broken? */
static enum ring_outcome doubt(const struct ring *ring, uint64_t seq, uint64_t position)
{
    enum ring_outcome outcome = validate(ring, seq, position);

    return outcome == RING_MORE ? RING_CORRUPT : outcome;
}

enum ring_outcome ring_read(const struct ring *ring, uint64_t seq, struct segment_record *record,
                            char *payload)
{
    uint64_t head = ring_head(ring);

    if (seq >= head)
        return RING_END;
    if (seq < ring->first_seq || head - seq >= ring->index_slots)
        return RING_LAPPED;

    uint64_t position = ring_position(ring, seq);
    uint64_t offset = position & (ring->capacity - 1);
    if (offset % WORD != 0 || ring->capacity - offset < HEADER)
        return doubt(ring, seq, position);
    const _Atomic uint64_t *from = ring->data + offset / WORD;
    words_load(record, from, HEADER / WORD);
    uint64_t size = words_round_up(HEADER + (size_t)record->length);
    if (size > ring->max_record || size > ring->capacity - offset)
        return doubt(ring, seq, position);
    words_load(payload, from + HEADER / WORD, (size - HEADER) / WORD);

    enum ring_outcome outcome = validate(ring, seq, position);
    if (outcome == RING_MORE && record->seq != seq)
        return RING_CORRUPT;
    return outcome;
}

/* Sequence numbers and positions grow together, so halving finds the border; it ends whatever the
 * index holds. */
uint64_t ring_oldest(const struct ring *ring, uint64_t headroom)
{
    uint64_t head = ring_head(ring);
    uint64_t intent = ring_intent(ring);
    uint64_t slots = ring->index_slots - 1 - headroom / (ring->capacity / ring->index_slots + 1);
    uint64_t low = head > slots && head - slots > ring->first_seq ? head - slots : ring->first_seq;
    uint64_t high = head;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (intent - ring_position(ring, middle) <= ring->capacity - headroom)
            high = middle;
        else
            low = middle + 1;
    }
    return low < head ? low : head;
}

uint64_t ring_distance(const struct ring *ring, uint64_t seq)
{
    uint64_t distance = ring_intent(ring) - ring_position(ring, seq);

    if (seq >= ring_head(ring))
        return 0;
    return distance < ring->capacity ? distance : ring->capacity;
}

#include "shm/station_slot.h"

#include "shm/words.h"

#define COLD_WORDS    (sizeof(struct segment_station_cold) / WORD)
#define COUNTER_WORDS (sizeof(((struct segment_station *)0)->counters) / WORD)

void station_slot_get(const struct segment_station *slot, struct segment_station_cold *cold)
{
    words_load(cold, slot->cold, COLD_WORDS);
}

bool station_slot_is_torn(const struct segment_station *slot)
{
    return word_load(&slot->lock) % 2 != 0;
}

/* Leaves the lock odd, also where a dead writer had left it so. */
static void begin(struct segment_station *slot)
{
    word_store(&slot->lock, word_load(&slot->lock) | 1);
    atomic_thread_fence(memory_order_release);
}

static void end(struct segment_station *slot)
{
    atomic_store_explicit(&slot->lock, word_load(&slot->lock) + 1, memory_order_release);
}

void station_slot_set(struct segment_station *slot, const struct segment_station_cold *cold)
{
    begin(slot);
    words_store(slot->cold, cold, COLD_WORDS);
    end(slot);
}

void station_slot_reset(struct segment_station *slot, const struct segment_station_cold *cold)
{
    begin(slot);
    words_store(slot->cold, cold, COLD_WORDS);
    for (size_t i = 0; i < COUNTER_WORDS; i++)
        word_store(&slot->counters[i], 0);
    end(slot);
}

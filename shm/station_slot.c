#include "shm/station_slot.h"

#include "shm/words.h"

#define COLD_WORDS    (sizeof(struct segment_station_cold) / WORD)
#define CLOSING_WORDS (sizeof(struct segment_closing) / WORD)
#define COUNTER_WORDS (sizeof(((struct segment_station *)0)->counters) / WORD)

static struct segment_station *shared_slot(const struct segment_stations *table, uint32_t slot)
{
    return segment_element(&table->slots, slot);
}

void station_slot_get(const struct segment_stations *table, uint32_t slot,
                      struct segment_station_cold *cold)
{
    words_load(cold, shared_slot(table, slot)->cold, COLD_WORDS);
}

void station_slot_get_closing(const struct segment_stations *table, uint32_t slot,
                              struct segment_closing *closing)
{
    words_load(closing, segment_element(&table->closings, slot), CLOSING_WORDS);
}

bool station_slot_is_torn(const struct segment_stations *table, uint32_t slot)
{
    return word_load(&shared_slot(table, slot)->lock) % 2 != 0;
}

/* Leaves the lock odd, also where a dead writer had left it so. */
static struct segment_station *begin(const struct segment_stations *table, uint32_t slot)
{
    struct segment_station *shared = shared_slot(table, slot);

    word_store(&shared->lock, word_load(&shared->lock) | 1);
    atomic_thread_fence(memory_order_release);
    return shared;
}

static void end(struct segment_station *shared)
{
    atomic_store_explicit(&shared->lock, word_load(&shared->lock) + 1, memory_order_release);
}

void station_slot_set(const struct segment_stations *table, uint32_t slot,
                      const struct segment_station_cold *cold)
{
    struct segment_station *shared = begin(table, slot);

    words_store(shared->cold, cold, COLD_WORDS);
    end(shared);
}

void station_slot_set_closed(const struct segment_stations *table, uint32_t slot,
                             const struct segment_station_cold *cold,
                             const struct segment_closing *closing)
{
    struct segment_station *shared = begin(table, slot);

    words_store(shared->cold, cold, COLD_WORDS);
    words_store(segment_element(&table->closings, slot), closing, CLOSING_WORDS);
    end(shared);
}

void station_slot_reset(const struct segment_stations *table, uint32_t slot,
                        const struct segment_station_cold *cold)
{
    static const struct segment_closing none;
    struct segment_station *shared = begin(table, slot);

    words_store(shared->cold, cold, COLD_WORDS);
    words_store(segment_element(&table->closings, slot), &none, CLOSING_WORDS);
    for (size_t i = 0; i < COUNTER_WORDS; i++)
        word_store(&shared->counters[i], 0);
    end(shared);
}

#include <assert.h>

#include "shm/station_slots.h"
#include "shm/words.h"

/* A writer killed in a change leaves the lock odd until the next one starts; nobody waits for that.
 */
#define ATTEMPTS 1000
/* Who reads a slot mostly goes on to those behind it. Slots enough for memory to answer in. */
#define AHEAD 8

#define FIRST(field) (offsetof(struct segment_station_cold, field) / WORD)
#define WORDS(field) (sizeof(((struct segment_station_cold *)0)->field) / WORD)
/* These five share the word of the first one. */
#define IN_FLAGS(field) (8 * (offsetof(struct segment_station_cold, field) % WORD))

static_assert(FIRST(close_reason_length) == FIRST(protocol), "one word");

/* The processor's own look-ahead ends at each page, that is after 16 slots. Not a function: gcc
 * leaves out calls of one that does nothing else. */
static inline __attribute__((always_inline)) void fetch_ahead(const struct segment_row *table,
                                                              uint64_t slot)
{
    if (slot + AHEAD >= table->count)
        return;
    const char *start = segment_element(table, slot + AHEAD);
    for (size_t offset = 0; offset < sizeof(struct segment_station); offset += LINE)
        __builtin_prefetch(start + offset);
}

/*
 * Each word once, and straight to where it belongs. Not one value yet: returns the word of flags,
 * to be looked at when it is known to be one.
 */
static inline uint64_t load(struct station_record *record, const struct segment_station *slot)
{
    words_load(record->identity, slot->cold + FIRST(identity), WORDS(identity));
    words_load(record->address, slot->cold + FIRST(address), WORDS(address));
    words_load(record->close_reason, slot->cold + FIRST(close_reason), WORDS(close_reason));
    record->connected_ns = word_load(slot->cold + FIRST(connected_ns));
    record->disconnected_ns = word_load(slot->cold + FIRST(disconnected_ns));
    record->connection = word_load(slot->cold + FIRST(connection));
    record->connects = (uint32_t)word_load(slot->cold + FIRST(connects));
    record->counters = (struct station_counters){
        .messages_in = word_load(&slot->counters[STATION_MESSAGES_IN]),
        .messages_out = word_load(&slot->counters[STATION_MESSAGES_OUT]),
        .errors = word_load(&slot->counters[STATION_ERRORS]),
        .last_message_ns = word_load(&slot->counters[STATION_LAST_MESSAGE_NS]),
        .bytes_in = word_load(&slot->counters[STATION_BYTES_IN]),
        .bytes_out = word_load(&slot->counters[STATION_BYTES_OUT]),
        .latency_us_sum = word_load(&slot->counters[STATION_LATENCY_US_SUM]),
        .latency_count = word_load(&slot->counters[STATION_LATENCY_COUNT]),
    };
    return word_load(slot->cold + FIRST(protocol));
}

/* Text may lack a terminator, numbers may be none of ours. */
static void tidy(struct station_record *record, uint64_t flags)
{
    unsigned protocol = (uint8_t)(flags >> IN_FLAGS(protocol));
    unsigned status = (uint8_t)(flags >> IN_FLAGS(status));
    unsigned boot_status = (uint8_t)(flags >> IN_FLAGS(boot_status));
    size_t reason = (uint16_t)(flags >> IN_FLAGS(close_reason_length));

    record->identity[sizeof record->identity - 1] = '\0';
    record->address[sizeof record->address - 1] = '\0';
    record->close_reason[sizeof record->close_reason - 1] = '\0';
    if (reason < sizeof record->close_reason)
        record->close_reason[reason] = '\0';
    record->protocol = protocol <= OCPP_21 ? protocol : OCPP_UNKNOWN;
    record->status = status <= STATION_EVICTED ? status : STATION_OFFLINE;
    record->boot_status = boot_status <= BOOT_REJECTED ? boot_status : BOOT_NONE;
    record->security_profile = (uint8_t)(flags >> IN_FLAGS(security_profile));
    record->close_code = (uint16_t)(flags >> IN_FLAGS(close_code));
}

bool station_slot_read(const struct segment_row *table, uint32_t number,
                       struct station_record *record)
{
    if (number >= table->count)
        return false;
    const struct segment_station *slot = segment_element(table, number);
    fetch_ahead(table, number);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t before = atomic_load_explicit(&slot->lock, memory_order_acquire);
        if (before % 2 != 0)
            continue;
        uint64_t flags = load(record, slot);
        atomic_thread_fence(memory_order_acquire);
        if (word_load(&slot->lock) == before) {
            record->slot = number;
            tidy(record, flags);
            return record->identity[0] != '\0';
        }
    }
    return false;
}

#include <assert.h>

#include "shm/station_slots.h"
#include "shm/words.h"

/* A writer killed in a change leaves the lock odd until the next one starts; nobody waits for that.
 */
#define ATTEMPTS 1000
/* Who reads a slot mostly goes on to those behind it. Slots enough for memory to answer in. */
#define AHEAD 16

#define FIRST(field) (offsetof(struct segment_station_cold, field) / WORD)
#define WORDS(field) (sizeof(((struct segment_station_cold *)0)->field) / WORD)
/* These five share the word of the first one. */
#define IN_FLAGS(field) (8 * (offsetof(struct segment_station_cold, field) % WORD))

static_assert(FIRST(connects) == FIRST(protocol), "one word");

/* The processor's own look-ahead ends at each page, that is after 21 slots. Not a function: gcc
 * leaves out calls of one that does nothing else. */
static inline __attribute__((always_inline)) void fetch_ahead(const struct segment_row *slots,
                                                              uint64_t slot)
{
    if (slot + AHEAD >= slots->count)
        return;
    const char *start = segment_element(slots, slot + AHEAD);
    for (size_t offset = 0; offset < sizeof(struct segment_station); offset += LINE)
        __builtin_prefetch(start + offset);
}

/* Numbers may be none of ours. */
static inline void take_flags(struct station_record *record, uint64_t flags)
{
    unsigned protocol = (uint8_t)(flags >> IN_FLAGS(protocol));
    unsigned status = (uint8_t)(flags >> IN_FLAGS(status));
    unsigned boot_status = (uint8_t)(flags >> IN_FLAGS(boot_status));

    record->protocol = protocol <= OCPP_21 ? protocol : OCPP_UNKNOWN;
    record->status = status <= STATION_EVICTED ? status : STATION_OFFLINE;
    record->boot_status = boot_status <= BOOT_REJECTED ? boot_status : BOOT_NONE;
    record->security_profile = (uint8_t)(flags >> IN_FLAGS(security_profile));
    record->connects = (uint32_t)(flags >> IN_FLAGS(connects));
}

/* Word by word: each stands for itself. */
static inline void load_counters(struct station_counters *to, const _Atomic uint64_t *counters)
{
    to->messages_in = word_load(&counters[STATION_MESSAGES_IN]);
    to->messages_out = word_load(&counters[STATION_MESSAGES_OUT]);
    to->errors = word_load(&counters[STATION_ERRORS]);
    to->last_message_ns = word_load(&counters[STATION_LAST_MESSAGE_NS]);
    to->bytes_in = word_load(&counters[STATION_BYTES_IN]);
    to->bytes_out = word_load(&counters[STATION_BYTES_OUT]);
    to->latency_us_sum = word_load(&counters[STATION_LATENCY_US_SUM]);
    to->latency_count = word_load(&counters[STATION_LATENCY_COUNT]);
}

/* Each word once, and straight to where it belongs. Text may lack a terminator. */
static inline void load(struct station_record *record, const struct segment_station *slot)
{
    words_load(record->identity, slot->cold + FIRST(identity), WORDS(identity));
    record->identity[sizeof record->identity - 1] = '\0';
    words_load(record->address, slot->cold + FIRST(address), WORDS(address));
    record->address[sizeof record->address - 1] = '\0';
    record->connected_ns = word_load(slot->cold + FIRST(connected_ns));
    record->connection = word_load(slot->cold + FIRST(connection));
    take_flags(record, word_load(slot->cold + FIRST(protocol)));
    load_counters(&record->counters, slot->counters);
}

/* An online station's is over, and not looked at: that saves a cache line. */
static inline void clear_closing(struct station_record *record)
{
    record->disconnected_ns = 0;
    record->close_code = 0;
    memset(record->close_reason, 0, sizeof record->close_reason);
}

/* Apart, so that its variable costs others no check of the stack. */
static __attribute__((noinline)) void load_closing(struct station_record *record,
                                                   const _Atomic uint64_t *words)
{
    struct segment_closing closing;

    words_load(&closing, words, sizeof closing / WORD);
    record->disconnected_ns = closing.disconnected_ns;
    record->close_code = closing.close_code;
    memcpy(record->close_reason, closing.close_reason, sizeof closing.close_reason);
    record->close_reason[sizeof record->close_reason - 1] = '\0';
    if (closing.close_reason_length < sizeof record->close_reason)
        record->close_reason[closing.close_reason_length] = '\0';
}

bool station_slot_read(const struct segment_stations *table, uint32_t number,
                       struct station_record *record)
{
    if (number >= table->slots.count)
        return false;
    const struct segment_station *slot = segment_element(&table->slots, number);
    fetch_ahead(&table->slots, number);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint64_t before = atomic_load_explicit(&slot->lock, memory_order_acquire);
        if (before % 2 != 0)
            continue;
        load(record, slot);
        if (record->status == STATION_ONLINE)
            clear_closing(record);
        else
            load_closing(record, segment_element(&table->closings, number));
        atomic_thread_fence(memory_order_acquire);
        if (word_load(&slot->lock) == before) {
            record->slot = number;
            return record->identity[0] != '\0';
        }
    }
    return false;
}

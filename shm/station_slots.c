#include "shm/station_slots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/text.h"
#include "shm/station_slot.h"
#include "shm/words.h"

#define NONE         EVENT_NO_STATION
#define IDENTITY     EVENT_MAX_IDENTITY
#define CLOSE_ABSENT 1006 /* RFC 6455 7.4.1: the connection was lost without a close frame */

/* Private to the writer, one per slot. */
struct entry {
    uint32_t same_bucket; /* next slot whose identity has the same hash */
    uint32_t older;       /* neighbours in the order of re-use; only of slots that are not online */
    uint32_t newer;
    bool online;
};

struct station_slots {
    struct segment_stations table;
    uint32_t count;
    struct entry *entries;
    uint32_t *buckets;
    uint64_t bucket_mask;
    uint64_t secret[2]; /* so that nobody can choose identities that fall into one bucket */
    uint32_t oldest;    /* first to be re-used: free slots, then those offline for longest */
    uint32_t newest;
};

static struct segment_station *shared_slot(const struct station_slots *slots, uint32_t slot)
{
    return segment_element(&slots->table.slots, slot);
}

/* The index by identity */

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* `identity` is padded with zeros. */
static uint32_t *bucket_of(const struct station_slots *slots, const char identity[IDENTITY])
{
    uint64_t hash = slots->secret[0];
    uint64_t word;

    for (size_t i = 0; i < IDENTITY; i += sizeof word) {
        memcpy(&word, identity + i, sizeof word);
        hash = mix(hash ^ word, slots->secret[1]);
    }
    return &slots->buckets[hash & slots->bucket_mask];
}

static void index_add(struct station_slots *slots, uint32_t slot, const char identity[IDENTITY])
{
    uint32_t *bucket = bucket_of(slots, identity);

    slots->entries[slot].same_bucket = *bucket;
    *bucket = slot;
}

static void index_remove(struct station_slots *slots, uint32_t slot, const char identity[IDENTITY])
{
    uint32_t *link = bucket_of(slots, identity);

    while (*link != NONE && *link != slot)
        link = &slots->entries[*link].same_bucket;
    if (*link == slot)
        *link = slots->entries[slot].same_bucket;
}

static uint32_t index_find(const struct station_slots *slots, const char identity[IDENTITY])
{
    struct segment_station_cold cold;

    for (uint32_t slot = *bucket_of(slots, identity); slot != NONE;
         slot = slots->entries[slot].same_bucket) {
        station_slot_get(&slots->table, slot, &cold);
        if (memcmp(cold.identity, identity, IDENTITY) == 0)
            return slot;
    }
    return NONE;
}

/* The order of re-use */

static void order_remove(struct station_slots *slots, uint32_t slot)
{
    struct entry *entry = &slots->entries[slot];

    *(entry->older == NONE ? &slots->oldest : &slots->entries[entry->older].newer) = entry->newer;
    *(entry->newer == NONE ? &slots->newest : &slots->entries[entry->newer].older) = entry->older;
}

static void order_append(struct station_slots *slots, uint32_t slot)
{
    struct entry *entry = &slots->entries[slot];

    entry->newer = NONE;
    entry->older = slots->newest;
    *(slots->newest == NONE ? &slots->oldest : &slots->entries[slots->newest].newer) = slot;
    slots->newest = slot;
}

/* Taking up a table */

/* Sorts by the time of going offline; free slots have 0. */
struct order_key {
    uint64_t disconnected_ns;
    uint32_t slot;
};

static int compare_keys(const void *left, const void *right)
{
    const struct order_key *a = left;
    const struct order_key *b = right;

    if (a->disconnected_ns != b->disconnected_ns)
        return a->disconnected_ns < b->disconnected_ns ? -1 : 1;
    return a->slot < b->slot ? -1 : 1;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct segment_closing closing_of(uint64_t time_ns, unsigned close_code,
                                         struct text_span reason)
{
    struct segment_closing closing = {.disconnected_ns = time_ns,
                                      .close_code = (uint16_t)close_code};
    size_t length = text_cut_utf8(reason.start, reason.length, sizeof closing.close_reason);

    if (length > 0)
        memcpy(closing.close_reason, reason.start, length);
    closing.close_reason_length = (uint16_t)length;
    return closing;
}

/* Leaves the slot free or offline, and returns its place in the order. */
static uint64_t take_up_slot(struct station_slots *slots, uint32_t slot, uint64_t stopped_ns)
{
    static const struct segment_station_cold free_slot;
    static const struct text_span reason = {"gateway was killed", 18};
    struct segment_station_cold cold;
    struct segment_closing closing;

    if (station_slot_is_torn(&slots->table, slot)) {
        station_slot_reset(&slots->table, slot, &free_slot);
        return 0;
    }
    station_slot_get(&slots->table, slot, &cold);
    if (cold.identity[0] == '\0')
        return 0;
    station_slot_get_closing(&slots->table, slot, &closing);
    if (cold.status == STATION_ONLINE) {
        uint64_t seen_ns = word_load(&shared_slot(slots, slot)->counters[STATION_LAST_MESSAGE_NS]);
        closing =
            closing_of(later(stopped_ns, later(seen_ns, cold.connected_ns)), CLOSE_ABSENT, reason);
        cold.status = STATION_OFFLINE;
        station_slot_set_closed(&slots->table, slot, &cold, &closing);
    }
    index_add(slots, slot, cold.identity);
    return later(closing.disconnected_ns, 1);
}

static bool take_up(struct station_slots *slots, uint64_t stopped_ns)
{
    struct order_key *keys = calloc(slots->count, sizeof *keys);

    if (keys == NULL)
        return false;
    for (uint32_t slot = 0; slot < slots->count; slot++)
        keys[slot] = (struct order_key){take_up_slot(slots, slot, stopped_ns), slot};
    qsort(keys, slots->count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < slots->count; i++)
        order_append(slots, keys[i].slot);
    free(keys);
    return true;
}

static bool make_secret(struct station_slots *slots)
{
    if (getrandom(slots->secret, sizeof slots->secret, 0) != sizeof slots->secret)
        return false;
    slots->secret[1] |= 1;
    return true;
}

struct station_slots *station_slots_open(const struct segment_stations *table, uint64_t stopped_ns)
{
    struct station_slots *slots = calloc(1, sizeof *slots);
    uint64_t buckets = 1;

    if (slots == NULL)
        return NULL;
    slots->table = *table;
    slots->count = (uint32_t)table->slots.count;
    while (buckets < slots->count)
        buckets *= 2;
    slots->bucket_mask = buckets - 1;
    slots->oldest = slots->newest = NONE;
    slots->entries = calloc(slots->count, sizeof *slots->entries);
    slots->buckets = malloc(buckets * sizeof *slots->buckets);
    if (slots->entries != NULL && slots->buckets != NULL) {
        memset(slots->buckets, 0xff, buckets * sizeof *slots->buckets);
        if (make_secret(slots) && take_up(slots, stopped_ns))
            return slots;
    }
    station_slots_close(slots);
    return NULL;
}

void station_slots_close(struct station_slots *slots)
{
    if (slots == NULL)
        return;
    free(slots->entries);
    free(slots->buckets);
    free(slots);
}

/* A station's life */

static bool pad_identity(char padded[IDENTITY], const char *identity)
{
    size_t length = strnlen(identity, IDENTITY + 1);

    memset(padded, 0, IDENTITY);
    if (length == 0 || length > IDENTITY)
        return false;
    memcpy(padded, identity, length);
    return true;
}

uint32_t station_slots_find(const struct station_slots *slots, const char *identity)
{
    char padded[IDENTITY];

    return pad_identity(padded, identity) ? index_find(slots, padded) : NONE;
}

/* The oldest slot that is not online passes to that station. */
static uint32_t hand_over(struct station_slots *slots, const char identity[IDENTITY])
{
    uint32_t slot = slots->oldest;
    struct segment_station_cold cold;

    if (slot == NONE)
        return NONE;
    station_slot_get(&slots->table, slot, &cold);
    if (cold.identity[0] != '\0')
        index_remove(slots, slot, cold.identity);
    memset(&cold, 0, sizeof cold);
    memcpy(cold.identity, identity, IDENTITY);
    cold.status = STATION_OFFLINE;
    station_slot_reset(&slots->table, slot, &cold);
    index_add(slots, slot, identity);
    order_remove(slots, slot);
    order_append(slots, slot);
    return slot;
}

uint32_t station_slots_claim(struct station_slots *slots, const char *identity)
{
    char padded[IDENTITY];

    if (!pad_identity(padded, identity))
        return NONE;
    uint32_t slot = index_find(slots, padded);
    return slot != NONE ? slot : hand_over(slots, padded);
}

void station_slots_online(struct station_slots *slots, uint32_t slot,
                          const struct station_record *record)
{
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return;
    station_slot_get(&slots->table, slot, &cold);
    memset(cold.address, 0, sizeof cold.address);
    memcpy(cold.address, record->address, strnlen(record->address, sizeof cold.address));
    cold.connected_ns = record->connected_ns;
    cold.connection = record->connection;
    cold.protocol = (uint8_t)record->protocol;
    cold.status = STATION_ONLINE;
    cold.security_profile = (uint8_t)record->security_profile;
    cold.boot_status = (uint8_t)record->boot_status;
    cold.connects++;
    station_slot_set(&slots->table, slot, &cold);
    if (!slots->entries[slot].online)
        order_remove(slots, slot);
    slots->entries[slot].online = true;
}

void station_slots_offline(struct station_slots *slots, uint32_t slot, enum station_status status,
                           uint64_t time_ns, unsigned close_code, struct text_span reason)
{
    struct segment_closing closing = closing_of(time_ns, close_code, reason);
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return;
    station_slot_get(&slots->table, slot, &cold);
    cold.status = (uint8_t)status;
    station_slot_set_closed(&slots->table, slot, &cold, &closing);
    if (slots->entries[slot].online)
        order_append(slots, slot);
    slots->entries[slot].online = false;
}

void station_slots_all_offline(struct station_slots *slots, uint64_t time_ns, unsigned close_code,
                               const char *reason)
{
    struct text_span span = {reason, strlen(reason)};

    for (uint32_t slot = 0; slot < slots->count; slot++) {
        if (slots->entries[slot].online)
            station_slots_offline(slots, slot, STATION_OFFLINE, time_ns, close_code, span);
    }
}

void station_slots_boot(struct station_slots *slots, uint32_t slot, enum boot_status boot_status)
{
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return;
    station_slot_get(&slots->table, slot, &cold);
    cold.boot_status = (uint8_t)boot_status;
    station_slot_set(&slots->table, slot, &cold);
}

enum boot_status station_slots_boot_status(const struct station_slots *slots, uint32_t slot)
{
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return BOOT_NONE;
    station_slot_get(&slots->table, slot, &cold);
    return cold.boot_status <= BOOT_REJECTED ? cold.boot_status : BOOT_NONE;
}

static void set_counters(struct segment_station *slot, const struct station_counters *counters)
{
    word_store(&slot->counters[STATION_MESSAGES_IN], counters->messages_in);
    word_store(&slot->counters[STATION_MESSAGES_OUT], counters->messages_out);
    word_store(&slot->counters[STATION_ERRORS], counters->errors);
    word_store(&slot->counters[STATION_LAST_MESSAGE_NS], counters->last_message_ns);
    word_store(&slot->counters[STATION_BYTES_IN], counters->bytes_in);
    word_store(&slot->counters[STATION_BYTES_OUT], counters->bytes_out);
    word_store(&slot->counters[STATION_LATENCY_US_SUM], counters->latency_us_sum);
    word_store(&slot->counters[STATION_LATENCY_COUNT], counters->latency_count);
}

void station_slots_put(struct station_slots *slots, uint32_t slot,
                       const struct station_record *record)
{
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return;
    station_slots_online(slots, slot, record);
    if (record->status != STATION_ONLINE) {
        struct text_span reason = {record->close_reason, strlen(record->close_reason)};
        station_slots_offline(slots, slot, record->status, record->disconnected_ns,
                              record->close_code, reason);
    }
    station_slot_get(&slots->table, slot, &cold);
    cold.connects = record->connects;
    station_slot_set(&slots->table, slot, &cold);
    set_counters(shared_slot(slots, slot), &record->counters);
}

void station_slots_drop(struct station_slots *slots, uint32_t slot)
{
    static const struct segment_station_cold free_slot;
    struct segment_station_cold cold;

    if (slot >= slots->count)
        return;
    station_slots_offline(slots, slot, STATION_OFFLINE, 0, 0, TEXT_SPAN_NONE);
    station_slot_get(&slots->table, slot, &cold);
    index_remove(slots, slot, cold.identity);
    station_slot_reset(&slots->table, slot, &free_slot);
}

_Atomic uint64_t *station_slots_counters(const struct station_slots *slots, uint32_t slot)
{
    return slot < slots->count ? shared_slot(slots, slot)->counters : NULL;
}

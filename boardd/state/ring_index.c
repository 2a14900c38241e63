#include "boardd/state/ring_index.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/name_table.h"

#define CHUNK_ENTRIES 4096u
#define FIRST_CHUNKS  16u
#define PENDING_SLOTS                                                                              \
    16384u /* CALLs whose result is awaited; a later one may take the slot of an earlier one */
#define MAX_ACTIONS   UINT16_MAX
#define MESSAGE_TYPES 8
#define FIRST_ACTIONS 64u
#define MAX_GAP       65536u /* numbers without a record in a row, for which older entries are kept */
/* The writer's clock may have been set back a little: how far a walk goes on before it trusts the
 * order of times. */
#define CLOCK_SLACK_NS UINT64_C(10000000000)

_Static_assert(sizeof(struct index_entry) == 32, "index_entry");

struct chunk {
    struct index_entry entries[CHUNK_ENTRIES];
};

struct pending {
    uint64_t key;
    uint64_t seq;
};

/* How many records there are of each message type. */
struct type_counts {
    uint32_t of[MESSAGE_TYPES];
};

struct ring_index {
    uint64_t oldest;
    uint64_t head;
    uint64_t unreadable;   /* entries of type 0 among them */
    struct chunk **chunks; /* of record n: chunks[n / CHUNK_ENTRIES % chunk_slots] */
    size_t chunk_slots;    /* a power of two */
    struct chunk *spare;
    struct name_table *stations;
    struct name_table *actions;
    struct pending *pending; /* made with the first CALL */
    struct type_counts of_all;
    struct type_counts *of_action; /* by the action's number; as far as there was one */
    uint32_t action_room;
    bool is_counted; /* of_action has all actions; false: there was no memory */
};

struct ring_index *ring_index_new(void)
{
    struct ring_index *index = calloc(1, sizeof(*index));
    if (index == NULL)
        return NULL;
    index->chunk_slots = FIRST_CHUNKS;
    index->is_counted = true;
    index->chunks = calloc(index->chunk_slots, sizeof(struct chunk *));
    index->stations = name_table_new(UINT32_MAX / 2);
    index->actions = name_table_new(MAX_ACTIONS);
    if (index->chunks == NULL || index->stations == NULL || index->actions == NULL) {
        ring_index_free(index);
        return NULL;
    }
    return index;
}

static void free_chunks(struct ring_index *index)
{
    for (size_t i = 0; i < index->chunk_slots && index->chunks != NULL; i++) {
        free(index->chunks[i]);
        index->chunks[i] = NULL;
    }
}

void ring_index_free(struct ring_index *index)
{
    if (index == NULL)
        return;
    free_chunks(index);
    free(index->chunks);
    free(index->spare);
    name_table_free(index->stations);
    name_table_free(index->actions);
    free(index->pending);
    free(index->of_action);
    free(index);
}

void ring_index_clear(struct ring_index *index, uint64_t seq)
{
    free_chunks(index);
    name_table_clear(index->stations);
    name_table_clear(index->actions);
    if (index->pending != NULL)
        memset(index->pending, 0, PENDING_SLOTS * sizeof(struct pending));
    index->oldest = index->head = seq;
    index->unreadable = 0;
    index->of_all = (struct type_counts){0};
    free(index->of_action);
    index->of_action = NULL;
    index->action_room = 0;
    index->is_counted = true;
}

static bool make_counts(struct ring_index *index, uint32_t action)
{
    uint32_t room = index->action_room > 0 ? index->action_room : FIRST_ACTIONS;
    if (action < index->action_room)
        return true;
    while (room <= action)
        room *= 2;
    struct type_counts *counts = realloc(index->of_action, room * sizeof(*counts));
    if (counts == NULL)
        return false;
    memset(counts + index->action_room, 0, (room - index->action_room) * sizeof(*counts));
    index->of_action = counts;
    index->action_room = room;
    return true;
}

static void count_in(struct ring_index *index, const struct index_entry *entry)
{
    if (entry->type == 0)
        return;
    index->of_all.of[entry->message_type]++;
    index->is_counted = index->is_counted && make_counts(index, entry->action);
    if (index->is_counted)
        index->of_action[entry->action].of[entry->message_type]++;
}

static void count_out(struct ring_index *index, const struct index_entry *entry)
{
    if (entry->type == 0)
        return;
    index->of_all.of[entry->message_type]--;
    if (index->is_counted)
        index->of_action[entry->action].of[entry->message_type]--;
}

static struct chunk **chunk_slot(const struct ring_index *index, uint64_t seq)
{
    return &index->chunks[seq / CHUNK_ENTRIES & (index->chunk_slots - 1)];
}

static struct index_entry *entry_at(const struct ring_index *index, uint64_t seq)
{
    return &(*chunk_slot(index, seq))->entries[seq % CHUNK_ENTRIES];
}

const struct index_entry *ring_index_entry(const struct ring_index *index, uint64_t seq)
{
    return seq >= index->oldest && seq < index->head ? entry_at(index, seq) : NULL;
}

void ring_index_bounds(const struct ring_index *index, uint64_t *oldest, uint64_t *head)
{
    *oldest = index->oldest;
    *head = index->head;
}

size_t ring_index_bytes(const struct ring_index *index)
{
    size_t bytes = index->chunk_slots * sizeof(struct chunk *);
    for (size_t i = 0; i < index->chunk_slots; i++)
        bytes += index->chunks[i] != NULL ? sizeof(struct chunk) : 0;
    return bytes;
}

void ring_index_drop(struct ring_index *index, uint64_t oldest)
{
    if (oldest >= index->head) {
        if (index->head > index->oldest || oldest > index->head)
            ring_index_clear(index, oldest > index->head ? oldest : index->head);
        return;
    }
    for (; index->oldest < oldest; index->oldest++) {
        const struct index_entry *entry = entry_at(index, index->oldest);
        name_table_remove(index->stations, entry->station);
        name_table_remove(index->actions, entry->action);
        index->unreadable -= entry->type == 0;
        count_out(index, entry);
        if (index->oldest % CHUNK_ENTRIES != CHUNK_ENTRIES - 1)
            continue;
        struct chunk **slot = chunk_slot(index, index->oldest);
        if (index->spare == NULL)
            index->spare = *slot;
        else
            free(*slot);
        *slot = NULL;
    }
}

static bool double_chunks(struct ring_index *index)
{
    size_t slots = index->chunk_slots * 2;
    struct chunk **chunks = calloc(slots, sizeof(struct chunk *));
    if (chunks == NULL)
        return false;
    for (uint64_t number = index->oldest / CHUNK_ENTRIES; number * CHUNK_ENTRIES < index->head;
         number++)
        chunks[number & (slots - 1)] = index->chunks[number & (index->chunk_slots - 1)];
    free(index->chunks);
    index->chunks = chunks;
    index->chunk_slots = slots;
    return true;
}

/* Makes sure that there is an entry for `head`. */
static bool make_room(struct ring_index *index)
{
    uint64_t chunks = index->head / CHUNK_ENTRIES - index->oldest / CHUNK_ENTRIES + 1;
    if (chunks > index->chunk_slots && !double_chunks(index))
        return false;
    struct chunk **slot = chunk_slot(index, index->head);
    if (*slot == NULL) {
        *slot = index->spare != NULL ? index->spare : malloc(sizeof(struct chunk));
        index->spare = NULL;
    }
    return *slot != NULL;
}

static uint64_t pending_key(uint32_t station, struct text_span id, enum direction call_direction)
{
    uint64_t hash =
        UINT64_C(0xcbf29ce484222325) ^ ((uint64_t)station << 2 | (uint64_t)call_direction);
    for (size_t i = 0; i < id.length; i++)
        hash = (hash ^ (unsigned char)id.start[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 31;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return hash | 1; /* 0: free */
}

static void link_pair(struct ring_index *index, const struct event *event,
                      struct index_entry *entry)
{
    bool is_call = event->message_type == MESSAGE_CALL;
    if (event->type != EVENT_MESSAGE || event->message_type == MESSAGE_SEND ||
        event->message_id.length == 0)
        return;
    if (index->pending == NULL)
        index->pending = calloc(PENDING_SLOTS, sizeof(struct pending));
    if (index->pending == NULL)
        return;
    enum direction opposite = event->direction == DIRECTION_IN ? DIRECTION_OUT : DIRECTION_IN;
    uint64_t key =
        pending_key(entry->station, event->message_id, is_call ? event->direction : opposite);
    struct pending *pending = &index->pending[key % PENDING_SLOTS];
    if (is_call) {
        *pending = (struct pending){key, event->seq};
        return;
    }
    if (pending->key != key || pending->seq < index->oldest ||
        event->seq - pending->seq > INT32_MAX)
        return;
    entry->pair = -(int32_t)(event->seq - pending->seq);
    entry_at(index, pending->seq)->pair = (int32_t)(event->seq - pending->seq);
    pending->key = 0;
}

static uint32_t distance(uint64_t seq, uint64_t previous)
{
    return previous < seq && seq - previous <= UINT32_MAX ? (uint32_t)(seq - previous) : 0;
}

/* Numbers that no record has, up to `seq`: older records stay where they can be found. */
static bool fill_gap(struct ring_index *index, uint64_t seq, uint64_t time_ns)
{
    if (index->head == index->oldest || seq < index->head || seq - index->head > MAX_GAP)
        return false;
    for (; index->head < seq; index->head++) {
        if (!make_room(index))
            return false;
        *entry_at(index, index->head) = (struct index_entry){.time_ns = time_ns};
        index->unreadable++;
    }
    return true;
}

void ring_index_add(struct ring_index *index, const struct event *event)
{
    uint64_t before_station, before_action;
    if (event->seq != index->head && !fill_gap(index, event->seq, event->time_ns))
        ring_index_clear(index, event->seq);
    if (!make_room(index)) {
        ring_index_clear(index, event->seq + 1);
        return;
    }
    struct index_entry *entry = entry_at(index, event->seq);
    *entry = (struct index_entry){
        .time_ns = event->time_ns,
        .latency_us = event->latency_us,
        .type = (uint8_t)event->type,
        .message_type = event->message_type & 7,
        .severity = event->severity & 7,
        .direction = (unsigned)event->direction & 3,
    };
    entry->station = name_table_add(index->stations, event->identity.start, event->identity.length,
                                    event->seq, &before_station);
    entry->action = (uint16_t)name_table_add(index->actions, event->action.start,
                                             event->action.length, event->seq, &before_action);
    entry->station_back = distance(event->seq, before_station);
    entry->action_back = distance(event->seq, before_action);
    link_pair(index, event, entry);
    index->unreadable += event->type == 0;
    count_in(index, entry);
    index->head++;
}

uint64_t ring_index_pair(const struct ring_index *index, uint64_t seq)
{
    const struct index_entry *entry = ring_index_entry(index, seq);
    if (entry == NULL || entry->pair == 0)
        return RING_INDEX_NONE;
    uint64_t pair = seq + (uint64_t)(int64_t)entry->pair;
    return ring_index_entry(index, pair) != NULL ? pair : RING_INDEX_NONE;
}

static struct text_span name_of(const struct name_table *table, uint32_t number)
{
    struct text_span name = TEXT_SPAN_NONE;
    if (number != 0)
        name.start = name_table_text(table, number, &name.length);
    return name;
}

struct text_span ring_index_station(const struct ring_index *index, const struct index_entry *entry)
{
    return name_of(index->stations, entry->station);
}

struct text_span ring_index_action(const struct ring_index *index, const struct index_entry *entry)
{
    return name_of(index->actions, entry->action);
}

/* First record with a time of `time_ns` or later. */
static uint64_t seek_time(const struct ring_index *index, uint64_t time_ns)
{
    uint64_t low = index->oldest, high = index->head;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (entry_at(index, middle)->time_ns < time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The number of the one name that records may have, 0 for any; false when there is no such name.
 * Sets *is_wider where the number says less than the filter. */
static bool find_name(const struct name_table *table, struct text_span exact,
                      struct text_span any_case, uint32_t *number, bool *is_wider)
{
    *number = 0;
    if (exact.length > 0) {
        *number = name_table_find(table, exact.start, exact.length);
        *is_wider = *is_wider || any_case.length > 0;
        return *number != 0;
    }
    if (any_case.length == 0)
        return true;
    uint32_t found = name_table_find_any_case(table, any_case.start, any_case.length);
    if (found == NAME_TABLE_SEVERAL)
        *is_wider = true;
    else
        *number = found;
    return found != 0;
}

static bool find_names(const struct ring_index *index, const struct index_filter *filter,
                       uint32_t *station, uint32_t *action, bool *is_wider)
{
    *is_wider = false;
    return find_name(index->stations, filter->identity, filter->identity_any_case, station,
                     is_wider) &&
           find_name(index->actions, filter->action, filter->action_any_case, action, is_wider);
}

/* So that every set is looked at in the same way. */
static void any_for_none(struct index_filter *filter)
{
    if (filter->event_types == 0)
        filter->event_types = UINT64_MAX;
    if (filter->message_types == 0)
        filter->message_types = UINT_MAX;
    if (filter->directions == 0)
        filter->directions = UINT_MAX;
    if (filter->severities == 0)
        filter->severities = UINT_MAX;
    if (!filter->has_latency)
        filter->max_latency_us = UINT32_MAX;
}

void index_walk_begin(struct index_walk *walk, const struct ring_index *index,
                      const struct index_filter *filter, uint64_t before)
{
    *walk = (struct index_walk){.index = index, .filter = *filter};
    any_for_none(&walk->filter);
    walk->at = before < index->head ? before : index->head;
    if (filter->until_ns != UINT64_MAX) {
        uint64_t end = seek_time(index, filter->until_ns);
        walk->at = end < walk->at ? end : walk->at;
    }
    walk->is_void = !find_names(index, filter, &walk->station, &walk->action, &walk->is_wider) ||
                    filter->until_ns == 0;
    if (walk->is_void)
        walk->at = 0;
}

void index_walk_move(struct index_walk *walk, uint64_t before)
{
    walk->at = before;
    walk->on_chain = false;
}

static inline bool passes(const struct index_walk *walk, const struct index_entry *entry)
{
    const struct index_filter *filter = &walk->filter;
    return entry->latency_us >= filter->min_latency_us &&
           entry->latency_us <= filter->max_latency_us &&
           (filter->event_types >> (entry->type & 63) &
            filter->message_types >> entry->message_type & filter->directions >> entry->direction &
            filter->severities >> entry->severity & 1) != 0 &&
           entry->type != 0 && (walk->station == 0 || entry->station == walk->station) &&
           (walk->action == 0 || entry->action == walk->action) &&
           entry->time_ns >= filter->since_ns && entry->time_ns < filter->until_ns;
}

bool index_walk_passes(const struct index_walk *walk, uint64_t seq)
{
    return !walk->is_void && passes(walk, entry_at(walk->index, seq));
}

/* The record to look at after `seq`, + 1. */
static uint64_t older(const struct index_walk *walk, uint64_t seq, const struct index_entry *entry)
{
    uint32_t back = walk->station != 0 ? entry->station_back : entry->action_back;
    return back != 0 && back <= seq ? seq - back + 1 : 0;
}

static bool is_on_chain(const struct index_walk *walk, const struct index_entry *entry)
{
    return walk->station != 0 ? entry->station == walk->station : entry->action == walk->action;
}

/* Chains begin at the newest record of the name, which may be newer than where the walk begins:
 * along it, or along all records from there, whichever comes to one of the chain first. */
static void enter_chain(struct index_walk *walk, uint64_t *steps)
{
    uint64_t limit = walk->at;
    uint64_t along =
        1 + (walk->station != 0 ? name_table_newest(walk->index->stations, walk->station)
                                : name_table_newest(walk->index->actions, walk->action));
    while (along > limit && walk->at > walk->index->oldest && *steps > 0) {
        (*steps)--;
        if (is_on_chain(walk, entry_at(walk->index, walk->at - 1)))
            break;
        walk->at--;
        const struct index_entry *entry = ring_index_entry(walk->index, along - 1);
        along = entry != NULL ? older(walk, along - 1, entry) : 0;
    }
    walk->on_chain = *steps > 0;
    if (along <= limit)
        walk->at = along;
}

uint64_t index_walk_next(struct index_walk *walk, uint64_t *steps)
{
    bool chained = walk->station != 0 || walk->action != 0;
    if (chained && !walk->on_chain && walk->at > 0)
        enter_chain(walk, steps);
    uint64_t at = walk->at, left = *steps, found = RING_INDEX_NONE;
    while (found == RING_INDEX_NONE && at > walk->index->oldest && left > 0) {
        uint64_t seq = at - 1;
        const struct index_entry *entry = entry_at(walk->index, seq);
        left--;
        if (entry->time_ns + CLOCK_SLACK_NS < walk->filter.since_ns && entry->type != 0)
            break;
        at = chained ? older(walk, seq, entry) : seq;
        if (passes(walk, entry))
            found = seq;
    }
    *steps = left;
    walk->at = found == RING_INDEX_NONE && left > 0 ? 0 : at;
    return found;
}

static uint64_t count_types(const struct type_counts *counts, unsigned types)
{
    uint64_t count = 0;
    for (unsigned type = 0; type < MESSAGE_TYPES; type++)
        count += (types >> type & 1) != 0 ? counts->of[type] : 0;
    return count;
}

static bool has_other_sets(const struct index_filter *filter)
{
    return filter->event_types != 0 || filter->directions != 0 || filter->severities != 0 ||
           filter->since_ns != 0 || filter->until_ns != UINT64_MAX || filter->has_latency;
}

bool index_filter_is_direct(const struct index_filter *filter)
{
    bool names_station = filter->identity.length > 0 || filter->identity_any_case.length > 0;
    bool names_action = filter->action.length > 0 || filter->action_any_case.length > 0;
    return !has_other_sets(filter) && filter->message_types == 0 &&
           !(names_station && names_action);
}

uint64_t ring_index_count(const struct ring_index *index, const struct index_filter *filter)
{
    uint32_t station, action;
    bool is_wider;
    unsigned types = filter->message_types;
    if (!find_names(index, filter, &station, &action, &is_wider))
        return 0;
    if (has_other_sets(filter) || is_wider || (station != 0 && (action != 0 || types != 0)))
        return RING_INDEX_NONE;
    if (station != 0)
        return name_table_records(index->stations, station);
    if (types != 0 && action == 0)
        return count_types(&index->of_all, types);
    if (types != 0)
        return index->is_counted ? count_types(&index->of_action[action], types) : RING_INDEX_NONE;
    if (action != 0)
        return name_table_records(index->actions, action);
    return index->head - index->oldest - index->unreadable;
}

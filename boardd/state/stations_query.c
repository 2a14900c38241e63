/* Questions to the rows. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "boardd/state/stations_internal.h"
#include "common/timestamp.h"

#define ATTENTION_NS NS_PER_SECOND

/* A match in a list by something else than the identity. */
struct match {
    uint64_t rank;     /* smaller comes first */
    uint32_t position; /* among the identities */
};

/* The best `wanted` of all matches: a heap with the worst of them on top. */
struct matches {
    bool descending;
    struct match *items;
    size_t count;
    size_t wanted;
};

static bool passes(const struct stations_query *query, const struct station_row *row)
{
    return row->status != STATION_FREE &&
           (query->statuses == 0 || (query->statuses >> row->status & 1) != 0) &&
           (query->protocols == 0 || (query->protocols >> row->protocol & 1) != 0) &&
           (query->problems == 0 || (query->problems & row->problems) != 0) &&
           (query->source < 0 || query->source == row->source) &&
           (*query->text == '\0' || strcasestr(row->identity, query->text) != NULL);
}

static struct station_key key_of(const struct station_row *row)
{
    return (struct station_key){row->source, row->slot};
}

static const struct station_row *row_at(const struct stations *stations, size_t position)
{
    return &stations->rows[stations->order[position]];
}

static long list_by_identity(const struct stations *stations, const struct stations_query *query,
                             struct station_key *keys, size_t *total)
{
    size_t matches = 0, count = 0;
    for (size_t i = 0; i < stations->count; i++) {
        const struct station_row *row =
            row_at(stations, query->descending ? stations->count - 1 - i : i);
        if (!passes(query, row))
            continue;
        if (matches++ >= query->offset && count < query->limit)
            keys[count++] = key_of(row);
    }
    *total = matches;
    return (long)count;
}

static uint64_t rank_of(const struct stations_query *query, const struct station_row *row)
{
    switch (query->sort) {
    case SORT_STATUS:
        return row->status;
    case SORT_CONNECTED:
        return row->connected_ns;
    case SORT_LAST_MESSAGE:
        return row->last_message_ns;
    case SORT_MESSAGES:
        return row->messages;
    case SORT_ERRORS:
        return row->errors;
    case SORT_IDENTITY:
        break;
    }
    return 0;
}

static bool comes_before(const struct match *a, const struct match *b, bool descending)
{
    const struct match *first = descending ? b : a, *second = descending ? a : b;
    return first->rank != second->rank ? first->rank < second->rank
                                       : first->position < second->position;
}

static int compare(const void *left, const void *right, void *context)
{
    const bool *descending = context;
    if (comes_before(left, right, *descending))
        return -1;
    return comes_before(right, left, *descending) ? 1 : 0;
}

static void sift_up(struct matches *matches, const struct match *match)
{
    size_t at = matches->count++;
    for (; at > 0; at = (at - 1) / 2) {
        const struct match *parent = &matches->items[(at - 1) / 2];
        if (!comes_before(parent, match, matches->descending))
            break;
        matches->items[at] = *parent;
    }
    matches->items[at] = *match;
}

static void replace_worst(struct matches *matches, const struct match *match)
{
    size_t at = 0;
    for (size_t child = 1; child < matches->count; child = 2 * at + 1) {
        if (child + 1 < matches->count &&
            comes_before(&matches->items[child], &matches->items[child + 1], matches->descending))
            child++;
        if (!comes_before(match, &matches->items[child], matches->descending))
            break;
        matches->items[at] = matches->items[child];
        at = child;
    }
    matches->items[at] = *match;
}

static size_t collect(const struct stations *stations, const struct stations_query *query,
                      struct matches *matches)
{
    size_t total = 0;
    for (uint32_t position = 0; position < stations->count; position++) {
        const struct station_row *row = row_at(stations, position);
        if (!passes(query, row))
            continue;
        struct match match = {rank_of(query, row), position};
        total++;
        if (matches->count < matches->wanted)
            sift_up(matches, &match);
        else if (matches->count > 0 &&
                 comes_before(&match, &matches->items[0], matches->descending))
            replace_worst(matches, &match);
    }
    return total;
}

static long list_by_rank(const struct stations *stations, const struct stations_query *query,
                         struct station_key *keys, size_t *total)
{
    struct matches matches = {.descending = query->descending,
                              .wanted = query->offset + query->limit};
    if (matches.wanted > stations->count)
        matches.wanted = stations->count;
    matches.items = malloc((matches.wanted + 1) * sizeof(*matches.items));
    if (matches.items == NULL)
        return -1;
    *total = collect(stations, query, &matches);
    qsort_r(matches.items, matches.count, sizeof(*matches.items), compare, &matches.descending);
    size_t count = 0;
    for (size_t i = query->offset; i < matches.count; i++)
        keys[count++] = key_of(row_at(stations, matches.items[i].position));
    free(matches.items);
    return (long)count;
}

long stations_list(struct stations *stations, const struct stations_query *query,
                   struct station_key *keys, size_t *total)
{
    stations_order(stations);
    if (query->sort == SORT_IDENTITY)
        return list_by_identity(stations, query, keys, total);
    return list_by_rank(stations, query, keys, total);
}

/* Where that identity is or would be. */
static size_t lower_bound(const struct stations *stations, const char *identity)
{
    size_t low = 0, high = stations->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(row_at(stations, middle)->identity, identity) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_better(const struct station_record *record, const struct station_record *best)
{
    if ((record->status == STATION_ONLINE) != (best->status == STATION_ONLINE))
        return record->status == STATION_ONLINE;
    return record->connected_ns > best->connected_ns;
}

bool stations_find(struct stations *stations, int source, const char *identity,
                   struct station_key *key)
{
    struct station_record record, best;
    bool found = false;
    stations_order(stations);
    for (size_t at = lower_bound(stations, identity); at < stations->count; at++) {
        const struct station_row *row = row_at(stations, at);
        if (strcmp(row->identity, identity) != 0)
            break;
        if ((source >= 0 && source != row->source) ||
            !stations_read(stations, key_of(row), &record) ||
            strcmp(record.identity, identity) != 0 || (found && !is_better(&record, &best)))
            continue;
        found = true;
        best = record;
        *key = key_of(row);
    }
    return found;
}

/* ---- attention ---- */

/* What is broken comes before what is away; then who spoke last. */
static uint64_t urgency(const struct station_row *row)
{
    static const unsigned char weights[PROBLEM_COUNT] = {1, 16, 4, 2, 8};
    uint64_t weight = 0;
    for (unsigned i = 0; i < PROBLEM_COUNT; i++)
        weight += (row->problems >> i & 1) * weights[i];
    return weight << 56 | row->last_message_ns >> 8;
}

static void find_urgent(struct stations *stations)
{
    uint64_t urgencies[STATIONS_ATTENTION];
    size_t count = 0;
    for (uint32_t i = 0; i < stations->count; i++) {
        const struct station_row *row = &stations->rows[i];
        uint64_t own = row->problems != 0 ? urgency(row) : 0;
        if (own == 0 || (count == STATIONS_ATTENTION && own <= urgencies[count - 1]))
            continue;
        size_t at = count < STATIONS_ATTENTION ? count++ : count - 1;
        for (; at > 0 && urgencies[at - 1] < own; at--) {
            urgencies[at] = urgencies[at - 1];
            stations->attention[at] = stations->attention[at - 1];
        }
        urgencies[at] = own;
        stations->attention[at] = key_of(row);
    }
    stations->attention_count = count;
}

size_t stations_attention(struct stations *stations, size_t counts[PROBLEM_COUNT],
                          struct station_key keys[STATIONS_ATTENTION])
{
    uint64_t now_ns = clock_mono_ns();
    if (stations->attention_ns == 0 || now_ns - stations->attention_ns >= ATTENTION_NS) {
        stations->attention_ns = now_ns;
        find_urgent(stations);
    }
    memcpy(counts, stations->problems, sizeof(stations->problems));
    memcpy(keys, stations->attention, sizeof(stations->attention));
    return stations->attention_count;
}

/* Questions to the rows. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
}

uint64_t stations_letters(const char *text)
{
    uint64_t bits = 0;
    unsigned before = 0;
    for (; *text != '\0'; text++) {
        unsigned letter = (unsigned char)lower(*text);
        bits |= UINT64_C(1) << (letter * 0x9e3779b1u >> 26);
        unsigned pair = before != 0 ? (before << 8 | letter) * 0x85ebca6bu : 0;
        if (before != 0)
            bits |= UINT64_C(1) << (pair >> 26) | UINT64_C(1) << (pair >> 20 & 63);
        before = letter;
    }
    return bits;
}

/* Without the library's care for locales. `part` is in lower case. */
static bool contains(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        size_t at = 0;
        while (part[at] != '\0' && lower(text[at]) == part[at])
            at++;
        if (part[at] == '\0')
            return true;
    }
    return false;
}

#define NO_PROBLEM (1u << PROBLEM_COUNT) /* every row has it: who wants none asks for this one */

/* The query, ready to be asked of many rows: what is not asked for is a set of all. */
struct question {
    const struct stations_query *query;
    const struct station_columns *columns;
    unsigned statuses;
    unsigned protocols;
    unsigned problems;
    uint64_t sources;
    uint64_t letters;                  /* 0: no text */
    char text[EVENT_MAX_IDENTITY + 2]; /* in lower case; longer than any identity is cut */
};

_Static_assert(TAIL_MAX_SOURCES <= 64, "bits of question.sources");

static void prepare(struct question *question, const struct stations *stations,
                    const struct stations_query *query)
{
    question->query = query;
    question->columns = &stations->columns;
    question->statuses =
        (query->statuses != 0 ? query->statuses : UINT_MAX) & ~(1u << STATION_FREE);
    question->protocols = query->protocols != 0 ? query->protocols : UINT_MAX;
    question->problems = query->problems != 0 ? query->problems : NO_PROBLEM;
    question->sources = query->source >= 0 ? UINT64_C(1) << query->source : UINT64_MAX;
    size_t length = strnlen(query->text, sizeof(question->text) - 1);
    for (size_t i = 0; i < length; i++)
        question->text[i] = lower(query->text[i]);
    question->text[length] = '\0';
    question->letters = stations_letters(question->text);
}

static bool has_text(const struct question *question, uint32_t row)
{
    return (question->letters & ~question->columns->letters[row]) == 0 &&
           contains(question->columns->rows[row].identity, question->text);
}

/* Nearly all rows of a table are looked at here: few branches. */
static inline bool passes(const struct question *question, uint32_t row)
{
    const struct station_mark mark = question->columns->marks[row];
    uint64_t is_wanted = question->statuses >> mark.status & question->protocols >> mark.protocol &
                         question->sources >> mark.source & 1;
    is_wanted &= (question->problems & (mark.problems | NO_PROBLEM)) != 0;
    return is_wanted != 0 && (question->letters == 0 || has_text(question, row));
}

#define UNKNOWN SIZE_MAX

/* How many rows pass, where that is known without looking at them. */
static size_t known_matches(const struct stations *stations, const struct question *question)
{
    const struct stations_query *query = question->query;
    size_t count = 0;
    if (query->protocols != 0 || query->problems != 0 || question->text[0] != '\0')
        return UNKNOWN;
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++) {
        if ((question->sources >> source & 1) == 0)
            continue;
        for (unsigned status = STATION_ONLINE; status <= STATION_EVICTED; status++)
            count += (question->statuses >> status & 1) != 0 ? stations->counts[source][status] : 0;
    }
    return count;
}

/* In the order of the table, which is faster than that of the identities. */
static size_t count_matches(const struct stations *stations, const struct question *question)
{
    size_t count = 0;
    for (uint32_t row = 0; row < stations->count; row++)
        count += passes(question, row);
    return count;
}

static struct station_key key_of(const struct station_row *row)
{
    return (struct station_key){row->source, row->slot};
}

static const struct station_row *row_at(const struct stations *stations, size_t position)
{
    return &stations->columns.rows[stations->columns.order[position]];
}

static long list_by_identity(const struct stations *stations, const struct question *question,
                             struct station_key *keys, size_t *total)
{
    const struct stations_query *query = question->query;
    size_t matches = 0, count = 0, i = 0, known = known_matches(stations, question);
    for (; i < stations->count && count < query->limit && matches < known; i++) {
        uint32_t row = stations->columns.order[query->descending ? stations->count - 1 - i : i];
        if (passes(question, row) && matches++ >= query->offset)
            keys[count++] = key_of(&stations->columns.rows[row]);
    }
    if (known != UNKNOWN)
        *total = known;
    else
        *total = i < stations->count ? count_matches(stations, question) : matches;
    return (long)count;
}

/* The column that the list is sorted by; NULL: the status. */
static const uint64_t *ranks_of(const struct question *question)
{
    const struct station_columns *columns = question->columns;
    switch (question->query->sort) {
    case SORT_CONNECTED:
        return columns->connected_ns;
    case SORT_LAST_MESSAGE:
        return columns->last_message_ns;
    case SORT_MESSAGES:
        return columns->messages;
    case SORT_ERRORS:
        return columns->errors;
    case SORT_STATUS:
    case SORT_IDENTITY:
        break;
    }
    return NULL;
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

/* Whether a match may be among the best: all but few are not, in a long table. */
static bool may_be_kept(const struct matches *matches, uint64_t rank)
{
    if (matches->count < matches->wanted)
        return true;
    return matches->count > 0 &&
           (matches->descending ? rank >= matches->items[0].rank : rank <= matches->items[0].rank);
}

static size_t collect(const struct stations *stations, const struct question *question,
                      struct matches *matches)
{
    const struct station_columns *columns = question->columns;
    const uint64_t *ranks = ranks_of(question);
    size_t total = 0;
    for (uint32_t i = 0; i < stations->count; i++) {
        /* slots are often taken in the order of what is sorted by: the best come first then */
        uint32_t row = matches->descending ? stations->count - 1 - i : i;
        if (!passes(question, row))
            continue;
        uint64_t rank = ranks != NULL ? ranks[row] : columns->marks[row].status;
        total++;
        if (!may_be_kept(matches, rank))
            continue;
        struct match match = {rank, columns->positions[row]};
        if (matches->count < matches->wanted)
            sift_up(matches, &match);
        else if (comes_before(&match, &matches->items[0], matches->descending))
            replace_worst(matches, &match);
    }
    return total;
}

static long list_by_rank(const struct stations *stations, const struct question *question,
                         struct station_key *keys, size_t *total)
{
    const struct stations_query *query = question->query;
    struct matches matches = {.descending = query->descending,
                              .wanted = query->offset + query->limit};
    if (matches.wanted > stations->count)
        matches.wanted = stations->count;
    matches.items = malloc((matches.wanted + 1) * sizeof(*matches.items));
    if (matches.items == NULL)
        return -1;
    *total = collect(stations, question, &matches);
    qsort_r(matches.items, matches.count, sizeof(*matches.items), compare, &matches.descending);
    size_t count = 0;
    for (size_t i = query->offset; i < matches.count; i++)
        keys[count++] = key_of(row_at(stations, matches.items[i].position));
    free(matches.items);
    return (long)count;
}

/* Whether all rows have to be looked at. */
static bool is_costly(const struct stations_query *query)
{
    return query->sort != SORT_IDENTITY || query->text[0] != '\0' || query->protocols != 0 ||
           query->problems != 0;
}

long stations_list(struct stations *stations, const struct stations_query *query,
                   struct station_key *keys, size_t *total)
{
    struct question question;
    struct stations_memo *memo = is_costly(query) ? stations->memo : NULL;
    long count = stations_memo_find(memo, query, stations->version, keys, total);
    if (count >= 0)
        return count;
    stations_order(stations);
    prepare(&question, stations, query);
    count = query->sort == SORT_IDENTITY ? list_by_identity(stations, &question, keys, total)
                                         : list_by_rank(stations, &question, keys, total);
    if (count >= 0)
        stations_memo_keep(memo, query, stations->version, keys, (size_t)count, *total);
    return count;
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
static uint64_t urgency(const struct station_columns *columns, uint32_t row)
{
    static const unsigned char weights[PROBLEM_COUNT] = {1, 16, 4, 2, 8};
    uint64_t weight = 0;
    for (unsigned i = 0; i < PROBLEM_COUNT; i++)
        weight += (uint64_t)(columns->marks[row].problems >> i & 1) * weights[i];
    return weight << 56 | columns->last_message_ns[row] >> 8;
}

static void find_urgent(struct stations *stations)
{
    const struct station_columns *columns = &stations->columns;
    uint64_t urgencies[STATIONS_ATTENTION];
    size_t count = 0;
    for (uint32_t row = 0; row < stations->count; row++) {
        uint64_t own = columns->marks[row].problems != 0 ? urgency(columns, row) : 0;
        if (own == 0 || (count == STATIONS_ATTENTION && own <= urgencies[count - 1]))
            continue;
        size_t at = count < STATIONS_ATTENTION ? count++ : count - 1;
        for (; at > 0 && urgencies[at - 1] < own; at--) {
            urgencies[at] = urgencies[at - 1];
            stations->attention[at] = stations->attention[at - 1];
        }
        urgencies[at] = own;
        stations->attention[at] = key_of(&columns->rows[row]);
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

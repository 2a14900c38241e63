#include "boardd/state/stations.h"

#include <stdlib.h>
#include <string.h>

#include "boardd/state/hidden.h"
#include "boardd/state/stations_internal.h"
#include "common/timestamp.h"

#define TURN_NS      (50 * NS_PER_MS)
#define TURNS        (STATIONS_TURN_MS * NS_PER_MS / TURN_NS)
#define SLOTS_A_TURN 256 /* at least */
#define MAX_ROWS     (1u << 24)

static bool read_record(const struct stations *stations, struct station_key key,
                        struct station_record *record)
{
    const struct source *source = tail_source(stations->tail, key.source);
    memset(record, 0, sizeof(*record)); /* records are compared byte by byte */
    return source->operations->station(source, key.slot, record) && record->status != STATION_FREE;
}

static bool is_hidden(const struct stations *stations, struct station_key key,
                      const struct station_record *record)
{
    return hidden_station(tail_hidden(stations->tail), key.source, record->identity,
                          record->connection);
}

bool stations_read(const struct stations *stations, struct station_key key,
                   struct station_record *record)
{
    return read_record(stations, key, record) && !is_hidden(stations, key, record);
}

int stations_compare(const struct station_row *a, const struct station_row *b)
{
    int order = strcmp(a->identity, b->identity);
    return order != 0 ? order : (int)a->source - (int)b->source;
}

/* ---- the order ---- */

static int compare_numbers(const void *left, const void *right, void *context)
{
    const struct stations *stations = context;
    return stations_compare(&stations->columns.rows[*(const uint32_t *)left],
                            &stations->columns.rows[*(const uint32_t *)right]);
}

/* Rows whose identity changed go behind those that are in order. */
static void take_out_moved(struct stations *stations)
{
    struct station_columns *columns = &stations->columns;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < stations->ordered; i++) {
        if (columns->rows[columns->order[i]].is_ordered)
            columns->order[kept++] = columns->order[i];
    }
    stations->ordered = kept;
    for (uint32_t number = 0, at = kept; number < stations->count; number++) {
        if (!columns->rows[number].is_ordered)
            columns->order[at++] = number;
    }
    stations->moved = false;
}

/* The new ones, sorted, are merged in from the end. */
static void merge(struct stations *stations, const uint32_t *fresh, uint32_t fresh_count)
{
    uint32_t *order = stations->columns.order;
    uint32_t at = stations->count, old = stations->ordered;
    while (fresh_count > 0) {
        if (old > 0 && compare_numbers(&order[old - 1], &fresh[fresh_count - 1], stations) > 0)
            order[--at] = order[--old];
        else
            order[--at] = fresh[--fresh_count];
    }
}

static void sort_fresh(struct stations *stations)
{
    uint32_t count = stations->count - stations->ordered;
    uint32_t *fresh = stations->columns.order + stations->ordered;
    qsort_r(fresh, count, sizeof(*fresh), compare_numbers, stations);
    uint32_t *copy = stations->ordered > 0 ? malloc(count * sizeof(*copy)) : NULL;
    if (copy != NULL) {
        memcpy(copy, fresh, count * sizeof(*copy));
        merge(stations, copy, count);
        free(copy);
    } else if (stations->ordered > 0) {
        qsort_r(stations->columns.order, stations->count, sizeof(*fresh), compare_numbers,
                stations);
    }
}

void stations_order(struct stations *stations)
{
    struct station_columns *columns = &stations->columns;
    if (stations->moved)
        take_out_moved(stations);
    if (stations->ordered == stations->count)
        return;
    sort_fresh(stations);
    stations->ordered = stations->count;
    for (uint32_t i = 0; i < stations->count; i++) {
        columns->positions[columns->order[i]] = i;
        columns->rows[columns->order[i]].is_ordered = true;
    }
}

/* ---- rows ---- */

static bool make_slots(struct stations *stations, unsigned source, uint32_t slots)
{
    uint32_t known = stations->sources[source].slots;
    if (slots <= known)
        return true;
    uint32_t *by_slot = realloc(stations->sources[source].by_slot, slots * sizeof(*by_slot));
    if (by_slot == NULL)
        return false;
    memset(by_slot + known, 0, (slots - known) * sizeof(*by_slot));
    stations->sources[source].by_slot = by_slot;
    stations->sources[source].slots = slots;
    return true;
}

static bool grow(void *array, uint32_t capacity, size_t size)
{
    void *old, *grown;
    memcpy(&old, array, sizeof(old)); /* a pointer of any type */
    grown = realloc(old, capacity * size);
    if (grown != NULL)
        memcpy(array, &grown, sizeof(grown));
    return grown != NULL;
}

static bool make_rows(struct stations *stations)
{
    struct station_columns *columns = &stations->columns;
    uint32_t capacity = stations->capacity > 0 ? stations->capacity * 2 : 64;
    if (stations->count < stations->capacity)
        return true;
    if (stations->capacity >= MAX_ROWS || !grow(&columns->rows, capacity, sizeof(*columns->rows)) ||
        !grow(&columns->marks, capacity, sizeof(*columns->marks)) ||
        !grow(&columns->letters, capacity, sizeof(*columns->letters)) ||
        !grow(&columns->connected_ns, capacity, sizeof(*columns->connected_ns)) ||
        !grow(&columns->last_message_ns, capacity, sizeof(*columns->last_message_ns)) ||
        !grow(&columns->messages, capacity, sizeof(*columns->messages)) ||
        !grow(&columns->errors, capacity, sizeof(*columns->errors)) ||
        !grow(&columns->positions, capacity, sizeof(*columns->positions)) ||
        !grow(&columns->order, capacity, sizeof(*columns->order)))
        return false;
    stations->capacity = capacity;
    return true;
}

static void count_problems(struct stations *stations, unsigned before, unsigned after)
{
    for (unsigned i = 0; before != after && i < PROBLEM_COUNT; i++) {
        stations->problems[i] -= before >> i & 1;
        stations->problems[i] += after >> i & 1;
    }
}

static unsigned problems_of(const struct stations *stations, unsigned source,
                            const struct station_record *record, uint64_t now_ns)
{
    const struct station_state *state =
        fold_station(stations->fold, source, record->slot, record->identity);
    unsigned problems = fold_problems(stations->fold, state, now_ns);
    return record->status == STATION_ONLINE ? problems : problems | 1u << PROBLEM_OFFLINE;
}

/* Number of that slot's row, of a new one where there is none; UINT32_MAX without memory. */
static uint32_t take_row(struct stations *stations, unsigned source, uint32_t slot)
{
    struct station_columns *columns = &stations->columns;
    uint32_t *number = &stations->sources[source].by_slot[slot];
    if (*number != 0)
        return *number - 1;
    if (!make_rows(stations))
        return UINT32_MAX;
    uint32_t row = stations->count++;
    columns->order[row] = row;
    columns->rows[row] = (struct station_row){.slot = slot, .source = (uint8_t)source};
    columns->marks[row] = (struct station_mark){.source = (uint8_t)source};
    columns->letters[row] = 0;
    columns->connected_ns[row] = columns->last_message_ns[row] = 0;
    columns->messages[row] = columns->errors[row] = 0;
    *number = row + 1;
    return row;
}

static void set_identity(struct stations *stations, uint32_t number, const char *identity)
{
    struct station_row *row = &stations->columns.rows[number];
    if (strcmp(row->identity, identity) == 0)
        return;
    memcpy(row->identity, identity, sizeof(row->identity));
    stations->columns.letters[number] = stations_letters(identity);
    stations->version.rows++;
    stations->moved = stations->moved || row->is_ordered;
    row->is_ordered = false;
}

static bool set_figure(uint64_t *figure, uint64_t value)
{
    bool differs = *figure != value;
    *figure = value;
    return differs;
}

static void fill_row(struct stations *stations, uint32_t number,
                     const struct station_record *record)
{
    struct station_columns *columns = &stations->columns;
    const struct station_counters *counters = &record->counters;
    bool changed = set_figure(&columns->connected_ns[number], record->connected_ns);
    changed |= set_figure(&columns->last_message_ns[number], counters->last_message_ns);
    changed |=
        set_figure(&columns->messages[number], counters->messages_in + counters->messages_out);
    changed |= set_figure(&columns->errors[number], counters->errors);
    stations->version.figures += changed;
    set_identity(stations, number, record->identity);
}

static void set_mark(struct stations *stations, struct station_mark *mark, struct station_mark to)
{
    if (memcmp(mark, &to, sizeof(to)) == 0)
        return;
    count_problems(stations, mark->problems, to.problems);
    if (mark->status != STATION_FREE)
        stations->counts[to.source][mark->status]--;
    if (to.status != STATION_FREE)
        stations->counts[to.source][to.status]++;
    *mark = to;
    stations->version.rows++;
}

static void refresh(struct stations *stations, unsigned source, uint32_t slot, uint64_t now_ns)
{
    struct station_record record;
    struct station_key key = {source, slot};
    if (slot >= stations->sources[source].slots || !read_record(stations, key, &record))
        return; /* what is being written is read the next time */
    uint32_t number = take_row(stations, source, slot);
    if (number == UINT32_MAX)
        return;
    bool hidden = is_hidden(stations, key, &record);
    unsigned problems = hidden ? 0 : problems_of(stations, source, &record, now_ns);
    set_mark(stations, &stations->columns.marks[number],
             (struct station_mark){.source = (uint8_t)source,
                                   .status = (uint8_t)(hidden ? STATION_FREE : record.status),
                                   .protocol = (uint8_t)record.protocol,
                                   .problems = (uint8_t)problems});
    fill_row(stations, number, &record);
}

static void move_row(struct station_columns *columns, uint32_t from, uint32_t to)
{
    columns->rows[to] = columns->rows[from];
    columns->marks[to] = columns->marks[from];
    columns->letters[to] = columns->letters[from];
    columns->connected_ns[to] = columns->connected_ns[from];
    columns->last_message_ns[to] = columns->last_message_ns[from];
    columns->messages[to] = columns->messages[from];
    columns->errors[to] = columns->errors[from];
    columns->rows[to].is_ordered = false;
    columns->order[to] = to;
}

static void drop_source(struct stations *stations, unsigned source)
{
    struct station_columns *columns = &stations->columns;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < stations->count; i++) {
        const struct station_row *row = &columns->rows[i];
        if (row->source == source) {
            count_problems(stations, columns->marks[i].problems, 0);
            continue;
        }
        stations->sources[row->source].by_slot[row->slot] = kept + 1;
        move_row(columns, i, kept++);
    }
    if (stations->sources[source].slots > 0)
        memset(stations->sources[source].by_slot, 0,
               stations->sources[source].slots * sizeof(uint32_t));
    memset(stations->counts[source], 0, sizeof(stations->counts[source]));
    stations->count = kept;
    stations->version.rows++;
    stations->ordered = 0;
    stations->moved = false;
    stations->attention_count = 0;
    stations->attention_ns = 0;
}

/* ---- what keeps them fresh ---- */

static void on_record(void *context, unsigned source, enum collection collection,
                      const struct event *event)
{
    struct stations *stations = context;
    if (collection == COLLECTION_CONNECTIONS && event->station_slot != EVENT_NO_STATION)
        refresh(stations, source, event->station_slot, tail_now_ns(stations->tail));
}

static void on_reset(void *context, unsigned source)
{
    struct stations *stations = context;
    drop_source(stations, source);
    text_cache_clear(stations->written);
    stations->sources[source].stale = true;
}

/* All stations of a gateway that ended are offline, whatever the table says. */
static void on_state(void *context, unsigned source)
{
    struct stations *stations = context;
    if (tail_source(stations->tail, source)->state == SOURCE_ABSENT)
        drop_source(stations, source);
    else
        stations->sources[source].stale = true;
}

static void refresh_all(struct stations *stations, unsigned source, uint64_t now_ns)
{
    stations->sources[source].stale = false;
    for (uint32_t slot = 0; slot < stations->sources[source].slots; slot++)
        refresh(stations, source, slot, now_ns);
}

static void turn(struct stations *stations, uint64_t now_ns)
{
    uint64_t all = 0, budget;
    for (unsigned i = 0; i < tail_count(stations->tail); i++)
        all += stations->sources[i].slots;
    budget = all / TURNS > SLOTS_A_TURN ? all / TURNS : SLOTS_A_TURN;
    for (uint64_t n = 0; n < budget && n < all; n++) {
        while (stations->turn_slot >= stations->sources[stations->turn_source].slots) {
            stations->turn_slot = 0;
            stations->turn_source = (stations->turn_source + 1) % tail_count(stations->tail);
        }
        refresh(stations, stations->turn_source, stations->turn_slot++, now_ns);
    }
}

static void on_round(void *context)
{
    struct stations *stations = context;
    uint64_t mono_ns = clock_mono_ns();
    for (unsigned i = 0; i < tail_count(stations->tail); i++) {
        const struct source *source = tail_source(stations->tail, i);
        if (source->state == SOURCE_ABSENT || !make_slots(stations, i, source->info.stations))
            continue;
        if (stations->sources[i].stale)
            refresh_all(stations, i, tail_now_ns(stations->tail));
    }
    if (mono_ns - stations->turned_ns < TURN_NS)
        return;
    stations->turned_ns = mono_ns;
    turn(stations, tail_now_ns(stations->tail));
}

struct stations *stations_new(struct tail *tail, const struct fold *fold, size_t cache_bytes)
{
    struct stations *stations = calloc(1, sizeof(*stations));
    if (stations == NULL)
        return NULL;
    stations->tail = tail;
    stations->fold = fold;
    stations->written = text_cache_new(cache_bytes);
    stations->memo = cache_bytes > 0 ? stations_memo_new() : NULL;
    tail_listen(tail, &(struct tail_listener){.record = on_record,
                                              .reset = on_reset,
                                              .state = on_state,
                                              .round = on_round,
                                              .context = stations});
    return stations;
}

void stations_refresh(struct stations *stations, struct station_key key)
{
    refresh(stations, key.source, key.slot, clock_real_ns());
    stations->attention_ns = 0;
}

void stations_free(struct stations *stations)
{
    if (stations == NULL)
        return;
    for (unsigned i = 0; i < TAIL_MAX_SOURCES; i++)
        free(stations->sources[i].by_slot);
    text_cache_free(stations->written);
    stations_memo_free(stations->memo);
    free(stations->columns.rows);
    free(stations->columns.marks);
    free(stations->columns.letters);
    free(stations->columns.connected_ns);
    free(stations->columns.last_message_ns);
    free(stations->columns.messages);
    free(stations->columns.errors);
    free(stations->columns.positions);
    free(stations->columns.order);
    free(stations);
}

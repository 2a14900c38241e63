#include "boardd/state/store.h"

#include <stdlib.h>
#include <string.h>

#include "boardd/state/text_cache.h"
#include "boardd/state/hidden.h"
#include "shm/event_json.h"

struct store {
    struct tail *tail;
    struct text_cache *cache; /* may be NULL */
    struct ring_index *indexes[TAIL_MAX_SOURCES][COLLECTION_COUNT];
    char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));
};

static void on_record(void *context, unsigned source, enum collection collection,
                      const struct event *event)
{
    struct store *store = context;
    ring_index_add(store->indexes[source][collection], event);
}

static void on_reset(void *context, unsigned source)
{
    struct store *store = context;
    text_cache_clear(store->cache);
    for (int i = 0; i < COLLECTION_COUNT; i++)
        ring_index_clear(store->indexes[source][i],
                         tail_position(store->tail, source, (enum collection)i));
}

static void drop_overwritten(struct store *store, unsigned source, enum collection collection)
{
    uint64_t oldest, head;
    const struct source *from = tail_source(store->tail, source);
    from->operations->bounds(from, collection, &oldest, &head);
    if (head > 0)
        ring_index_drop(store->indexes[source][collection], oldest);
}

static void on_round(void *context)
{
    struct store *store = context;
    for (unsigned source = 0; source < tail_count(store->tail); source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++)
            drop_overwritten(store, source, (enum collection)i);
    }
}

struct store *store_new(struct tail *tail, size_t cache_bytes)
{
    struct store *store = calloc(1, sizeof(*store));
    if (store == NULL)
        return NULL;
    store->tail = tail;
    store->cache = text_cache_new(cache_bytes);
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++) { /* some may come later */
        for (int i = 0; i < COLLECTION_COUNT; i++) {
            store->indexes[source][i] = ring_index_new();
            if (store->indexes[source][i] == NULL) {
                store_free(store);
                return NULL;
            }
        }
    }
    tail_listen(tail,
                &(struct tail_listener){
                    .record = on_record, .reset = on_reset, .round = on_round, .context = store});
    return store;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++)
            ring_index_free(store->indexes[source][i]);
    }
    text_cache_free(store->cache);
    free(store);
}

/* What a look at an entry costs, in steps of a walk; one more for each part of a filter. */
#define MATCH_STEPS UINT64_C(2)

bool store_read(struct store *store, enum collection collection, struct store_hit hit,
                struct event *event)
{
    const struct source *source = tail_source(store->tail, hit.source);
    return source->operations->read(source, collection, hit.seq, store->buffer, event) ==
               RING_MORE &&
           !hidden_event(tail_hidden(store->tail), hit.source, collection, event->identity,
                         hit.seq);
}

/* One source's part of a query: its next match, if it has one. */
struct run {
    struct index_walk walk;
    bool needs_look;    /* what the walk finds may yet be no match */
    uint64_t candidate; /* RING_INDEX_NONE at the end */
    uint64_t time_ns;
};

struct execution {
    struct store *store;
    const struct store_query *query;
    struct index_filter filter;
    bool is_indexed; /* the filter leaves nothing over, neither of the selection nor of what is
                        hidden */
    uint64_t steps;
    uint64_t reads;
    unsigned count; /* of sources */
    struct run runs[TAIL_MAX_SOURCES];
};

static bool takes_part(const struct store *store, const struct store_query *query, unsigned source)
{
    if (query->selection->gateways_only != 0 && !tail_source(store->tail, source)->is_gateway)
        return false;
    return query->selection->source < 0 || (unsigned)query->selection->source == source;
}

/* Whether the walk's next match is one in all; where the index can't tell, the record is read. */
static bool is_match(struct execution *execution, struct store_hit hit)
{
    const struct selection *selection = execution->query->selection;
    const struct ring_index *index = execution->runs[hit.source].walk.index;
    const char *gateway = tail_source(execution->store->tail, hit.source)->name;
    struct event event;
    enum filter_verdict verdict =
        selection_entry_matches(selection, gateway, index, ring_index_entry(index, hit.seq));
    uint64_t cost = MATCH_STEPS + (selection->filter != NULL ? filter_size(selection->filter) : 0);
    execution->steps -= execution->steps < cost ? execution->steps : cost;
    if (hidden_event(tail_hidden(execution->store->tail), hit.source, execution->query->collection,
                     ring_index_station(index, ring_index_entry(index, hit.seq)), hit.seq))
        return false;
    if (verdict != FILTER_UNSURE)
        return verdict == FILTER_YES;
    execution->reads--;
    return store_read(execution->store, execution->query->collection, hit, &event) &&
           selection_record_matches(selection, gateway, &event);
}

static void advance(struct execution *execution, unsigned source)
{
    struct run *run = &execution->runs[source];
    do {
        run->candidate = index_walk_next(&run->walk, &execution->steps);
        if (run->candidate == RING_INDEX_NONE || !run->needs_look)
            break;
    } while (execution->reads > 0 &&
             !is_match(execution, (struct store_hit){source, run->candidate}));
    if (run->candidate != RING_INDEX_NONE)
        run->time_ns = ring_index_entry(run->walk.index, run->candidate)->time_ns;
}

static void begin(struct execution *execution)
{
    const struct store_query *query = execution->query;
    struct store *store = execution->store;
    execution->is_indexed =
        selection_index_filter(query->selection, query->collection, &execution->filter) &&
        !hidden_any(tail_hidden(store->tail), query->collection);
    execution->count = tail_count(store->tail);
    for (unsigned source = 0; source < execution->count; source++) {
        struct run *run = &execution->runs[source];
        uint64_t before = UINT64_MAX;
        if (query->before != NULL && query->before->sources[source].history == POSITION_GOOD &&
            (query->before->sources[source].known >> query->collection & 1) != 0)
            before = query->before->sources[source].next[query->collection];
        run->candidate = RING_INDEX_NONE;
        if (!takes_part(store, query, source))
            before = 0;
        drop_overwritten(store, source, query->collection);
        index_walk_begin(&run->walk, store->indexes[source][query->collection], &execution->filter,
                         before);
        run->needs_look = !execution->is_indexed || run->walk.is_wider;
        advance(execution, source);
    }
}

/* The newest of all sources' candidates. */
static bool take_newest(struct execution *execution, struct store_hit *hit)
{
    struct run *best = NULL;
    if (execution->steps == 0)
        return false; /* a source whose next match isn't known may have the newest */
    if (execution->reads == 0)
        return false; /* the candidates have not been read */
    for (struct run *run = execution->runs; run < execution->runs + execution->count; run++) {
        if (run->candidate != RING_INDEX_NONE && (best == NULL || run->time_ns > best->time_ns))
            best = run;
    }
    if (best == NULL)
        return false;
    *hit = (struct store_hit){(unsigned)(best - execution->runs), best->candidate};
    advance(execution, hit->source);
    return true;
}

/* Goes through what is left; how many matches that were, as far as steps and reads went. */
static uint64_t count_rest(struct execution *execution)
{
    uint64_t count = 0;
    for (unsigned source = 0; source < execution->count; source++) {
        const struct run *run = &execution->runs[source];
        for (; run->candidate != RING_INDEX_NONE && execution->reads > 0; count++)
            advance(execution, source);
    }
    return count;
}

/* Where the next page goes on: after what was taken, and before every candidate that was not. */
static void note_next(const struct execution *execution, struct store_result *result)
{
    enum collection collection = execution->query->collection;
    result->more = false;
    for (unsigned source = 0; source < execution->count; source++) {
        const struct run *run = &execution->runs[source];
        uint64_t next = run->candidate != RING_INDEX_NONE ? run->candidate + 1 : run->walk.at;
        result->next.sources[source].history = POSITION_GOOD;
        result->next.sources[source].known = 1u << collection;
        result->next.sources[source].next[collection] = next;
        if (next > 0 && takes_part(execution->store, execution->query, source))
            result->more = true;
    }
}

static uint64_t known_total(const struct execution *execution)
{
    uint64_t total = 0;
    if (!execution->is_indexed)
        return STORE_UNKNOWN;
    for (unsigned source = 0; source < execution->count; source++) {
        if (!takes_part(execution->store, execution->query, source))
            continue;
        uint64_t count = ring_index_count(
            execution->store->indexes[source][execution->query->collection], &execution->filter);
        if (count == RING_INDEX_NONE)
            return STORE_UNKNOWN;
        total += count;
    }
    return total;
}

void store_query(struct store *store, const struct store_query *query, struct store_hit *hits,
                 struct store_result *result)
{
    struct execution execution = {
        .store = store, .query = query, .steps = STORE_MAX_STEPS, .reads = STORE_MAX_READS};
    struct store_hit hit;
    uint64_t passed = 0;
    memset(result, 0, sizeof(*result));
    begin(&execution);
    for (; passed < query->offset && take_newest(&execution, &hit); passed++)
        continue;
    for (; result->count < query->limit && take_newest(&execution, &hit); passed++)
        hits[result->count++] = hit;
    note_next(&execution, result);
    result->total = known_total(&execution);
    if (result->total != STORE_UNKNOWN || query->before != NULL)
        return;
    if (execution.steps > STORE_COUNT_STEPS)
        execution.steps = STORE_COUNT_STEPS;
    if (execution.reads > STORE_COUNT_READS)
        execution.reads = STORE_COUNT_READS;
    passed += count_rest(&execution);
    if (execution.steps > 0 && execution.reads > 0)
        result->total = passed;
}

uint64_t store_count(const struct store *store, enum collection collection)
{
    static const struct index_filter all = {.until_ns = UINT64_MAX};
    uint64_t count = 0;
    for (unsigned source = 0; source < tail_count(store->tail); source++) {
        count += ring_index_count(store->indexes[source][collection], &all);
    }
    return count;
}

/* Room that most events need. */
#define COMMON_JSON 1024

void event_put(struct json_out *out, const char *gateway, const struct event *event)
{
    size_t room = COMMON_JSON + event->payload.length * 2;
    for (; room <= 2 * EVENT_JSON_MAX; room *= 2) {
        char *at = json_out_room(out, room);
        if (at == NULL)
            return;
        size_t length = event_json(event, gateway, at, room);
        if (length > 0) {
            json_out_filled(out, length);
            return;
        }
    }
    json_out_null(out);
}

/* The object that was just written gets one more member. */
static void add_raw(struct json_out *out, const struct event *event)
{
    if (out->failed || out->length == 0 || event->payload.length == 0)
        return;
    out->length--; /* the brace */
    json_out_text(json_out_key(out, "raw"), event->payload.start, event->payload.length);
    json_out_object_end(out);
}

bool store_put(struct store *store, enum collection collection, struct store_hit hit, bool raw,
               struct json_out *out)
{
    struct event event;
    struct text_cache_key key = {hit.source, collection, hit.seq};
    uint64_t hash;
    struct text_span known = raw ? TEXT_SPAN_NONE : text_cache_find(store->cache, key, &hash);
    if (known.start != NULL) {
        json_out_written(out, known.start, known.length, hash);
        return true;
    }
    if (!store_read(store, collection, hit, &event))
        return false;
    size_t start = json_out_start(out);
    event_put(out, tail_source(store->tail, hit.source)->name, &event);
    if (raw)
        add_raw(out, &event);
    else if (!out->failed)
        text_cache_add(store->cache, key,
                       (struct text_span){out->data + start, out->length - start},
                       json_out_piece(out, start));
    return true;
}

bool store_pair(const struct store *store, struct store_hit hit, struct store_hit *pair)
{
    uint64_t seq = ring_index_pair(store->indexes[hit.source][COLLECTION_MESSAGES], hit.seq);
    *pair = (struct store_hit){hit.source, seq};
    return seq != RING_INDEX_NONE;
}

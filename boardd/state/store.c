#include "boardd/state/store.h"

#include <stdlib.h>
#include <string.h>

#include "boardd/state/hidden.h"
#include "boardd/state/question_memo.h"
#include "boardd/state/text_cache.h"
#include "shm/event_json.h"

struct store {
    struct tail *tail;
    struct text_cache *cache;   /* may be NULL */
    struct question_memo *memo; /* may be NULL */
    uint64_t hidden_version;    /* for which the memo was made */
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
    question_memo_forget_source(store->memo, source);
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
    store->memo = question_memo_new();
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
    question_memo_free(store->memo);
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
    struct match_map *known; /* what was found before, up to the newest record; NULL: not kept */
    bool needs_look;         /* what the walk finds may yet be no match */
    uint64_t candidate;      /* RING_INDEX_NONE at the end */
    uint64_t time_ns;
};

struct execution {
    struct store *store;
    const struct store_query *query;
    struct index_filter filter;
    bool is_indexed;      /* the filter leaves nothing over, neither of the selection nor of what is
                             hidden */
    bool is_kept;         /* what is found is remembered */
    uint64_t new_records; /* that may be looked at to catch up with what was found before */
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

static uint64_t look_steps(const struct selection *selection)
{
    return MATCH_STEPS + (selection->filter != NULL ? filter_size(selection->filter) : 0);
}

static bool is_hidden(const struct execution *execution, struct store_hit hit)
{
    const struct hidden *hidden = tail_hidden(execution->store->tail);
    enum collection collection = execution->query->collection;
    if (!hidden_any(hidden, collection))
        return false; /* without a look at the name */
    const struct ring_index *index = execution->runs[hit.source].walk.index;
    struct text_span station = ring_index_station(index, ring_index_entry(index, hit.seq));
    return hidden_event(hidden, hit.source, collection, station, hit.seq);
}

/* Whether what passes the walk is a match in all; where the index can't tell, the record is read.
 * FILTER_UNSURE: that can't be. */
static enum filter_verdict look_at(struct execution *execution, struct store_hit hit)
{
    const struct selection *selection = execution->query->selection;
    const struct store *store = execution->store;
    const struct ring_index *index = execution->runs[hit.source].walk.index;
    const struct index_entry *entry = ring_index_entry(index, hit.seq);
    const char *gateway = tail_source(store->tail, hit.source)->name;
    struct event event;
    enum filter_verdict verdict = selection_entry_matches(selection, gateway, index, entry);
    uint64_t cost = look_steps(selection);
    execution->steps -= execution->steps < cost ? execution->steps : cost;
    if (verdict == FILTER_NO || is_hidden(execution, hit))
        return FILTER_NO;
    if (verdict == FILTER_YES)
        return FILTER_YES;
    if (execution->reads == 0)
        return FILTER_UNSURE;
    execution->reads--;
    if (!store_read(execution->store, execution->query->collection, hit, &event))
        return FILTER_UNSURE;
    return selection_record_matches(selection, gateway, &event) ? FILTER_YES : FILTER_NO;
}

/* The walk's next match among those that were found before. False: it goes on before them. */
static bool take_known(struct execution *execution, struct run *run)
{
    if (run->known == NULL || run->walk.at <= run->known->from || execution->steps == 0)
        return false;
    run->candidate = match_map_before(run->known, run->walk.at);
    execution->steps--;
    index_walk_move(&run->walk,
                    run->candidate != MATCH_MAP_NONE ? run->candidate : run->known->from);
    return run->candidate != MATCH_MAP_NONE;
}

/* The oldest record that the walk has been at. */
static uint64_t seen_from(const struct run *run)
{
    uint64_t oldest, head;
    ring_index_bounds(run->walk.index, &oldest, &head);
    if (run->candidate != RING_INDEX_NONE)
        return run->candidate + 1;
    return run->walk.at > oldest ? run->walk.at : oldest;
}

/* The next match of the walk; not looked at when there are no reads left. What it finds on the way
 * becomes known where it adjoins what is known. */
static void walk_on(struct execution *execution, unsigned source)
{
    struct run *run = &execution->runs[source];
    enum filter_verdict verdict = FILTER_NO;
    bool adjoins = run->known != NULL && run->walk.at == run->known->from;
    while (verdict != FILTER_YES) {
        run->candidate = index_walk_next(&run->walk, &execution->steps);
        if (run->candidate == RING_INDEX_NONE || (run->needs_look && execution->reads == 0))
            break;
        verdict = run->needs_look ? look_at(execution, (struct store_hit){source, run->candidate})
                                  : FILTER_YES;
        adjoins = adjoins && verdict != FILTER_UNSURE;
        if (adjoins && verdict == FILTER_YES)
            match_map_prepend(run->known, run->candidate, true);
    }
    if (adjoins && verdict != FILTER_YES)
        match_map_prepend(run->known, seen_from(run), false);
}

static void advance(struct execution *execution, unsigned source)
{
    struct run *run = &execution->runs[source];
    if (!take_known(execution, run))
        walk_on(execution, source);
    if (run->candidate != RING_INDEX_NONE)
        run->time_ns = ring_index_entry(run->walk.index, run->candidate)->time_ns;
}

/* How many new records are looked at to bring up to date what is known: half of all that a query
 * may look at. */
static uint64_t catch_up_room(const struct execution *execution)
{
    const struct selection *selection = execution->query->selection;
    bool reads =
        selection->text[0] != '\0' ||
        (selection->filter != NULL && (filter_asks(selection->filter) & FILTER_ASKS_RECORD) != 0);
    uint64_t room = STORE_MAX_STEPS / 2 / (1 + look_steps(selection));
    return reads && room > STORE_MAX_READS / 2 ? STORE_MAX_READS / 2 : room;
}

/* What is known of a source becomes known up to its newest record, or nothing is. */
static void catch_up(struct execution *execution, unsigned source)
{
    struct run *run = &execution->runs[source];
    struct match_map *known = run->known;
    uint64_t oldest, head;
    ring_index_bounds(run->walk.index, &oldest, &head);
    match_map_drop(known, oldest);
    bool is_known = known->to > 0 && known->to <= head;
    if (!is_known || head - known->to > execution->new_records || run->walk.is_void)
        match_map_clear(known, head);
    if (run->walk.is_void)
        match_map_prepend(known, oldest, false);
    execution->new_records -= head - known->to;
    while (known->to < head) {
        struct store_hit hit = {source, known->to};
        enum filter_verdict verdict = FILTER_NO;
        if (index_walk_passes(&run->walk, hit.seq))
            verdict = run->needs_look ? look_at(execution, hit) : FILTER_YES;
        if (verdict == FILTER_UNSURE)
            match_map_clear(known, hit.seq + 1);
        else
            match_map_append(known, verdict == FILTER_YES);
    }
}

/* What is known of the question; NULL: nothing is kept of it, as of those whose walk finds all that
 * it looks at. */
static struct match_map *ask_memo(struct execution *execution)
{
    const struct store_query *query = execution->query;
    struct store *store = execution->store;
    uint64_t version = hidden_version(tail_hidden(store->tail));
    if (store->hidden_version != version)
        question_memo_forget(store->memo);
    store->hidden_version = version;
    if (execution->is_indexed && index_filter_is_direct(&execution->filter))
        return NULL;
    return question_memo_ask(store->memo, query->collection, query->selection);
}

/* Where the walk of a source begins. */
static uint64_t place_before(const struct store_query *query, unsigned source)
{
    const struct position *before = query->before;
    if (before == NULL || before->sources[source].history != POSITION_GOOD ||
        (before->sources[source].known >> query->collection & 1) == 0)
        return UINT64_MAX;
    return before->sources[source].next[query->collection];
}

static void begin(struct execution *execution)
{
    const struct store_query *query = execution->query;
    struct store *store = execution->store;
    execution->is_indexed =
        selection_index_filter(query->selection, query->collection, &execution->filter) &&
        !hidden_any(tail_hidden(store->tail), query->collection);
    struct match_map *maps = ask_memo(execution);
    execution->is_kept = maps != NULL;
    execution->new_records = catch_up_room(execution);
    execution->count = tail_count(store->tail);
    for (unsigned source = 0; source < execution->count; source++) {
        struct run *run = &execution->runs[source];
        bool takes = takes_part(store, query, source);
        run->candidate = RING_INDEX_NONE;
        drop_overwritten(store, source, query->collection);
        index_walk_begin(&run->walk, store->indexes[source][query->collection], &execution->filter,
                         takes ? place_before(query, source) : 0);
        run->needs_look = !execution->is_indexed || run->walk.is_wider;
        run->known = maps != NULL && takes ? &maps[source] : NULL;
        if (run->known != NULL)
            catch_up(execution, source);
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

/* Goes through what is left, but for what is known; how many matches that were, as far as steps and
 * reads go. */
static uint64_t count_rest(struct execution *execution)
{
    uint64_t count = 0;
    if (execution->steps > STORE_COUNT_STEPS)
        execution->steps = STORE_COUNT_STEPS;
    if (execution->reads > STORE_COUNT_READS)
        execution->reads = STORE_COUNT_READS;
    for (unsigned source = 0; source < execution->count; source++) {
        struct run *run = &execution->runs[source];
        if (run->known != NULL && run->walk.at > run->known->from)
            index_walk_move(&run->walk, run->known->from);
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

/* Of what is known, where that is all. */
static uint64_t kept_total(const struct execution *execution)
{
    uint64_t total = 0, oldest, head;
    for (unsigned source = 0; source < execution->count; source++) {
        const struct run *run = &execution->runs[source];
        if (run->known == NULL)
            continue;
        ring_index_bounds(run->walk.index, &oldest, &head);
        if (run->known->from > oldest)
            return STORE_UNKNOWN;
        total += run->known->count;
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
    if (result->total != STORE_UNKNOWN)
        return;
    if (query->before == NULL)
        passed += count_rest(&execution);
    if (execution.is_kept)
        result->total = kept_total(&execution);
    else if (query->before == NULL && execution.steps > 0 && execution.reads > 0)
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

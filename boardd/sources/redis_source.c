#include "boardd/sources/redis_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/sources/private_segment.h"
#include "common/timestamp.h"
#include "shm/state_wire.h"

/* Bytes of a ring for each event that an index of it can hold. */
#define BYTES_PER_EVENT 128
#define ALIVE_MS        5000 /* the key is there for so long after it was written */
#define MAX_COUNTED     UINT64_MAX / 2

struct redis_source {
    struct private_segment segment;
    struct redis_source_options options;
    struct redis_beginning beginning;
    bool replaced; /* `beginning` is to take effect at reopen */
    bool reachable;
    bool begun[COLLECTION_COUNT];      /* an entry of this history has come */
    uint64_t passed[COLLECTION_COUNT]; /* number of the last entry that was read */
    char cursor[COLLECTION_COUNT][WIRE_ID_SIZE];
    struct {
        uint64_t used, capacity;
    } fill[COLLECTION_COUNT]; /* of the gateway's own rings */
    struct wire_alive alive;
    const char *hint;
    bool asked_alive;
    bool is_alive;
    uint64_t alive_ms; /* CLOCK_MONOTONIC, when the key was there last; 0 never */
    uint32_t *seen;    /* for each slot the pass in which its station was there */
    uint32_t pass;
};

static struct redis_source *of(struct source *source)
{
    return (struct redis_source *)source;
}

static void report(struct redis_source *redis, const char *what, struct text_span which)
{
    char text[256];
    int length = (int)(which.length < 64 ? which.length : 64);
    snprintf(text, sizeof(text), "gateway %s: %s %.*s", redis->segment.source.name, what, length,
             which.length > 0 ? which.start : "");
    redis->options.report(redis->options.context, text);
}

/* State */

static void set_state(struct redis_source *redis, enum source_state state, const char *reason)
{
    redis->segment.source.state = state;
    snprintf(redis->segment.source.reason, SOURCE_REASON_SIZE, "%s", reason);
}

static void say_silent(struct redis_source *redis)
{
    char reason[SOURCE_REASON_SIZE];
    if (redis->alive_ms == 0)
        snprintf(reason, sizeof(reason), "its ocpp-forward does not write to the store%s",
                 redis->hint);
    else
        snprintf(reason, sizeof(reason), "its ocpp-forward has not written for %llu s%s",
                 (unsigned long long)((clock_mono_ms() - redis->alive_ms + ALIVE_MS) / 1000),
                 redis->hint);
    set_state(redis, SOURCE_SILENT, reason);
}

static void show_alive(struct redis_source *redis)
{
    const char *state = redis->alive.state;
    if (!redis->is_alive)
        say_silent(redis);
    else if (strcmp(state, "live") == 0)
        set_state(redis, SOURCE_LIVE, "");
    else if (strcmp(state, "hung") == 0)
        set_state(redis, SOURCE_HUNG, "");
    else
        set_state(redis, SOURCE_DOWN, strcmp(state, "absent") == 0 ? "it has no segment" : "");
}

static void update_state(struct redis_source *redis)
{
    if (redis->reachable && redis->asked_alive)
        show_alive(redis);
}

void redis_source_alive(struct redis_source *redis, struct text_span value)
{
    struct source *source = &redis->segment.source;
    struct wire_alive alive;
    redis->asked_alive = true;
    redis->is_alive = value.length > 0 && wire_alive_parse(value.start, value.length, &alive);
    if (redis->is_alive) {
        redis->alive = alive;
        redis->alive_ms = clock_mono_ms();
        snprintf(source->info.build, sizeof(source->info.build), "%s", alive.build);
        source->info.pid = alive.pid;
        source->info.started_ns = alive.started_ns;
    } else if (value.length > 0) {
        report(redis, "its key alive holds something else", TEXT_SPAN_NONE);
    }
    update_state(redis);
}

void redis_source_hint(struct redis_source *redis, const char *hint)
{
    redis->hint = hint;
}

void redis_source_unreachable(struct redis_source *redis, const char *reason)
{
    redis->reachable = reason[0] == '\0';
    if (!redis->reachable)
        set_state(redis, SOURCE_UNREACHABLE, reason);
    update_state(redis);
}

/* History */

uint64_t redis_source_room(const struct redis_source *redis, enum collection collection)
{
    return segment_memory_room(redis->options.memory, collection) / BYTES_PER_EVENT;
}

uint64_t redis_source_history(const struct redis_source *redis)
{
    return redis->segment.source.info.history;
}

/* Has what was there at the beginning been read? */
static void note_progress(struct redis_source *redis)
{
    const struct redis_beginning *beginning = &redis->beginning;
    bool is_behind = false;
    for (int i = 0; i < COLLECTION_COUNT && redis->segment.source.is_behind; i++)
        is_behind = is_behind || (beginning->known[i] && redis->passed[i] < beginning->last_seq[i]);
    redis->segment.source.is_behind = is_behind;
}

static bool take_beginning(struct redis_source *redis)
{
    const struct redis_beginning *beginning = &redis->beginning;
    struct segment_memory *memory = segment_memory_new(
        redis->options.memory, redis->options.stations, beginning->history, beginning->first_seq);
    if (memory == NULL)
        return false;
    segment_memory_free(redis->segment.memory);
    redis->segment.memory = memory;
    redis->segment.source.info.history = beginning->history;
    memset(redis->seen, 0, redis->options.stations * sizeof(*redis->seen));
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        redis->begun[i] = beginning->known[i];
        redis->passed[i] = 0;
        snprintf(redis->cursor[i], WIRE_ID_SIZE, "%llu-%llu",
                 (unsigned long long)beginning->history,
                 (unsigned long long)(beginning->known[i] ? beginning->first_seq[i] : 0));
    }
    redis->segment.source.is_behind = true;
    note_progress(redis);
    return true;
}

void redis_source_begin(struct redis_source *redis, const struct redis_beginning *beginning)
{
    if (beginning->history == redis_source_history(redis))
        return;
    redis->beginning = *beginning;
    redis->replaced = redis->segment.memory != NULL;
    redis->segment.source.loading = true; /* so that it's looked at soon */
    if (!redis->replaced)
        take_beginning(redis);
}

static bool poll_redis(struct source *source, uint64_t mono_ns)
{
    struct redis_source *redis = of(source);
    bool was_loading = source->loading;
    (void)mono_ns;
    source->loading = false;
    if (redis->replaced)
        return true;
    if (was_loading)
        redis->options.drained(redis->options.context);
    return false;
}

static void reopen_redis(struct source *source)
{
    struct redis_source *redis = of(source);
    redis->replaced = !take_beginning(redis);
    source->loading = true;
}

/* Events */

const char *redis_source_cursor(const struct redis_source *redis, enum collection collection)
{
    return redis->cursor[collection];
}

static uint32_t slot_of(struct redis_source *redis, const struct event *event)
{
    char identity[EVENT_MAX_IDENTITY + 1];
    if (event->station_slot == EVENT_NO_STATION || event->identity.length == 0 ||
        event->identity.length >= sizeof(identity) ||
        memchr(event->identity.start, '\0', event->identity.length) != NULL)
        return EVENT_NO_STATION;
    memcpy(identity, event->identity.start, event->identity.length);
    identity[event->identity.length] = '\0';
    return segment_writer_claim(segment_memory_writer(redis->segment.memory), identity);
}

/* Numbers between the head and `seq` did not come: they are lost, unless nothing came before. */
static void skip_to(struct redis_source *redis, enum collection collection, uint64_t seq)
{
    segment_memory_skip(redis->segment.memory, collection, seq, redis->begun[collection]);
    redis->begun[collection] = true;
}

static void take_event(struct redis_source *redis, enum collection collection, struct event *event)
{
    skip_to(redis, collection, event->seq);
    if (segment_memory_head(redis->segment.memory, collection) != event->seq)
        return; /* it is there already */
    event->station_slot = slot_of(redis, event);
    segment_memory_publish(redis->segment.memory, event);
}

static void take_lost(struct redis_source *redis, enum collection collection, uint64_t seq,
                      uint64_t lost)
{
    if (!redis->begun[collection])
        skip_to(redis, collection, lost <= seq ? seq + 1 - lost : 1);
    redis->begun[collection] = true;
    skip_to(redis, collection, seq + 1);
}

/* UTF-8 and control characters are event_json's matter; numbers and lengths were checked. */
bool redis_source_entry(struct redis_source *redis, enum collection collection, struct text_span id,
                        const struct text_span *fields, size_t count)
{
    uint64_t history, seq, lost;
    struct event event;
    enum wire_outcome outcome = WIRE_INVALID;
    if (redis->segment.memory == NULL || redis->replaced)
        return true;
    if (wire_id_parse(id.start, id.length, &history, &seq) && seq < MAX_COUNTED)
        outcome = wire_decode(fields, count, collection, seq, &event, &lost);
    if (outcome != WIRE_INVALID && history > redis_source_history(redis))
        return false;
    if (id.length > 0 && id.length < WIRE_ID_SIZE) {
        memcpy(redis->cursor[collection], id.start, id.length);
        redis->cursor[collection][id.length] = '\0';
    }
    if (outcome != WIRE_INVALID)
        redis->passed[collection] = seq;
    redis->segment.source.loading = true;
    if (outcome == WIRE_EVENT && event_collection(event.type) == (int)collection)
        take_event(redis, collection, &event);
    else if (outcome == WIRE_LOST)
        take_lost(redis, collection, seq, lost);
    else if (outcome == WIRE_INVALID)
        report(redis, "an entry that is not of ocpp-forward, skipped:", id);
    note_progress(redis);
    return true;
}

/* Stations and counters */

void redis_source_station(struct redis_source *redis, struct text_span identity,
                          struct text_span value)
{
    struct station_record record;
    struct segment_memory *memory = redis->segment.memory;
    if (memory == NULL)
        return;
    if (!wire_station_parse(value.start, value.length, &record) ||
        strlen(record.identity) != identity.length ||
        memcmp(record.identity, identity.start, identity.length) != 0) {
        report(redis, "the snapshot of a station is something else, skipped:", identity);
        return;
    }
    /* a connection ends with the process that held it */
    if (record.status == STATION_ONLINE && redis->segment.source.state == SOURCE_DOWN)
        record.status = STATION_OFFLINE;
    if (record.status == STATION_FREE || !segment_memory_put_station(memory, &record))
        return;
    uint32_t slot = segment_writer_find(segment_memory_writer(memory), record.identity);
    if (slot < redis->options.stations)
        redis->seen[slot] = redis->pass;
}

void redis_source_stations_pass(struct redis_source *redis)
{
    struct station_record record;
    if (redis->segment.memory == NULL)
        return;
    for (uint32_t slot = 0; slot < redis->options.stations; slot++) {
        if (redis->seen[slot] != 0 && redis->seen[slot] != redis->pass &&
            private_segment_station(&redis->segment.source, slot, &record)) {
            segment_memory_drop_station(redis->segment.memory, record.identity);
            redis->seen[slot] = 0;
        }
    }
    redis->pass++;
}

/* The part of the name after `prefix`; false when it has another one. */
static bool after(struct text_span name, const char *prefix, struct text_span *rest)
{
    size_t length = strlen(prefix);
    if (name.length <= length || memcmp(name.start, prefix, length) != 0)
        return false;
    *rest = (struct text_span){name.start + length, name.length - length};
    return true;
}

static bool take_histogram(struct redis_source *redis, struct text_span action,
                           struct text_span value)
{
    struct histogram histogram;
    if (action.length >= sizeof(histogram.action) ||
        !wire_histogram_parse(value.start, value.length, &histogram))
        return false;
    memcpy(histogram.action, action.start, action.length);
    histogram.action[action.length] = '\0';
    segment_memory_put_histogram(redis->segment.memory, &histogram);
    return true;
}

static bool take_fill(struct redis_source *redis, struct text_span label, struct text_span value)
{
    const char *blank = value.length > 0 ? memchr(value.start, ' ', value.length) : NULL;
    uint64_t used, capacity;
    if (blank == NULL || !wire_number(value.start, (size_t)(blank - value.start), &used) ||
        !wire_number(blank + 1, value.length - (size_t)(blank - value.start) - 1, &capacity))
        return false;
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        const char *known = collection_label((enum collection)i);
        if (strlen(known) == label.length && memcmp(known, label.start, label.length) == 0) {
            redis->fill[i].used = used < capacity ? used : capacity;
            redis->fill[i].capacity = capacity;
        }
    }
    return true;
}

/* Counters of a later version are not known; that is no fault. */
static bool take_counter(struct redis_source *redis, struct text_span name, struct text_span value)
{
    uint64_t number;
    if (!wire_number(value.start, value.length, &number))
        return false;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const char *known = counter_name((enum counter)i);
        if (strlen(known) == name.length && memcmp(known, name.start, name.length) == 0)
            segment_writer_set(segment_memory_writer(redis->segment.memory), (enum counter)i,
                               number);
    }
    return true;
}

void redis_source_counter(struct redis_source *redis, struct text_span name, struct text_span value)
{
    struct text_span rest;
    bool good;
    if (redis->segment.memory == NULL)
        return;
    if (after(name, WIRE_LATENCY_PREFIX, &rest))
        good = take_histogram(redis, rest, value);
    else if (after(name, WIRE_FILL_PREFIX, &rest))
        good = take_fill(redis, rest, value);
    else
        good = take_counter(redis, name, value);
    if (!good)
        report(redis, "a counter is something else, skipped:", name);
}

/* How full the gateway's own rings are is what matters, not ours. */
static void fill_redis(const struct source *source, enum collection collection, uint64_t *used,
                       uint64_t *capacity)
{
    const struct redis_source *redis = (const struct redis_source *)source;
    *used = redis->fill[collection].used;
    *capacity = redis->fill[collection].capacity;
}

static bool station_redis(const struct source *source, uint32_t slot, struct station_record *record)
{
    if (!private_segment_station(source, slot, record))
        return false;
    if (record->status == STATION_ONLINE && source->state == SOURCE_DOWN)
        record->status = STATION_OFFLINE;
    return true;
}

static void free_redis(struct source *source)
{
    segment_memory_free(of(source)->segment.memory);
    free(of(source)->seen);
    free(source);
}

static const struct source_operations redis_operations = {
    .poll = poll_redis,
    .reopen = reopen_redis,
    .bounds = private_segment_bounds,
    .read = private_segment_read,
    .next = private_segment_next,
    .fill = fill_redis,
    .station = station_redis,
    .counter = private_segment_counter,
    .histogram = private_segment_histogram,
    .free = free_redis,
};

struct redis_source *redis_source_new(const struct redis_source_options *options)
{
    struct redis_source *redis = calloc(1, sizeof(*redis));
    if (redis == NULL)
        return NULL;
    redis->options = *options;
    redis->hint = "";
    redis->reachable = true;
    redis->pass = 1;
    redis->seen = calloc(options->stations, sizeof(*redis->seen));
    struct source *source = &redis->segment.source;
    source->operations = &redis_operations;
    source->is_gateway = true;
    source->info.stations = options->stations;
    snprintf(source->name, sizeof(source->name), "%s", options->name);
    if (redis->seen == NULL) {
        free(redis);
        return NULL;
    }
    return redis;
}

struct source *redis_source_base(struct redis_source *redis)
{
    return &redis->segment.source;
}

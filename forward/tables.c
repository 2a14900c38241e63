#include "forward/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "forward/table_names.h"
#include "shm/state_wire.h"

#define ALIVE_EXPIRES  "5000" /* ms */
#define SECOND_NS      NS_PER_SECOND
#define SLICE_MS       50
#define STATIONS_A_SET 32
#define MAX_UNANSWERED 64 /* commands on their way; more wait for the answers */
#define MAX_HISTOGRAMS 256
#define NUMBER_SIZE    24

/* Hashes of what was written for a slot; 0: nothing. */
struct written {
    uint64_t record;
    uint64_t identity;
};

struct tables {
    const struct config *config;
    const struct segment_feed *segment;
    const struct feed_keys *keys;
    struct store_link *link;
    unsigned unanswered;
    uint64_t second_ns; /* when the counters were written last */
    uint64_t slice_ns;
    struct written *written; /* for each slot */
    uint32_t slots;
    uint32_t slot;                       /* where the next slice begins */
    bool names_changed;                  /* the store may have stations that are gone */
    bool names_asked;                    /* and is being asked which it has */
    uint64_t histograms[MAX_HISTOGRAMS]; /* counts that were written */
    char refusal[256];
    char text[STATIONS_A_SET][WIRE_STATION_MAX];
    char identity[STATIONS_A_SET][EVENT_MAX_IDENTITY + 1];
};

struct tables *tables_new(const struct config *config, const struct segment_feed *segment,
                          const struct feed_keys *keys, struct store_link *link)
{
    struct tables *tables = calloc(1, sizeof(*tables));
    if (tables == NULL)
        return NULL;
    tables->config = config;
    tables->segment = segment;
    tables->keys = keys;
    tables->link = link;
    return tables;
}

void tables_free(struct tables *tables)
{
    if (tables == NULL)
        return;
    free(tables->written);
    free(tables);
}

void tables_forget(struct tables *tables)
{
    if (tables->written != NULL)
        memset(tables->written, 0, tables->slots * sizeof(*tables->written));
    memset(tables->histograms, 0, sizeof(tables->histograms));
    tables->unanswered = 0;
    tables->names_changed = true;
    tables->names_asked = false;
    tables->slot = 0;
    tables->second_ns = 0;
}

static void took_answer(struct tables *tables, const redisReply *reply)
{
    if (tables->unanswered > 0)
        tables->unanswered--;
    if (reply->type != REDIS_REPLY_ERROR)
        return;
    if (strcmp(tables->refusal, reply->str) != 0)
        log_warnx("redis", "gateway %s: tables refused: %s", tables->segment->instance, reply->str);
    snprintf(tables->refusal, sizeof(tables->refusal), "%s", reply->str);
    tables_forget(tables);
    tables->second_ns = clock_mono_ns();
}

static void on_answer(redisAsyncContext *redis, void *answer, void *context)
{
    (void)redis;
    if (answer != NULL)
        took_answer(context, answer);
}

static void send(struct tables *tables, redisCallbackFn *callback, int count,
                 const char **arguments)
{
    tables->unanswered++;
    store_link_send(tables->link, callback, tables, count, arguments, NULL);
}

static void write_alive(struct tables *tables, uint64_t history)
{
    char text[WIRE_ALIVE_MAX], score[NUMBER_SIZE];
    const struct segment_info *info = &tables->segment->info;
    struct wire_alive alive = {.pid = info->pid,
                               .history = history,
                               .started_ns = info->started_ns,
                               .stations = info->stations};
    const char *set[] = {"SET", tables->keys->alive, text, "PX", ALIVE_EXPIRES};
    const char *add[] = {"ZADD", tables->keys->gateways, score, tables->segment->instance};
    snprintf(alive.build, sizeof(alive.build), "%.32s", info->build_id);
    snprintf(alive.state, sizeof(alive.state), "%s", segment_feed_state(tables->segment));
    snprintf(score, sizeof(score), "%" PRIu64, clock_real_ns() / NS_PER_MS);
    wire_alive(&alive, text);
    send(tables, on_answer, 5, set);
    send(tables, on_answer, 4, add);
}

static void write_counters(struct tables *tables)
{
    char numbers[COUNTER_COUNT][NUMBER_SIZE];
    char names[COLLECTION_COUNT][32], fills[COLLECTION_COUNT][2 * NUMBER_SIZE];
    const char *arguments[2 + 2 * (COUNTER_COUNT + COLLECTION_COUNT)] = {"HSET",
                                                                         tables->keys->counters};
    int count = 2;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        snprintf(numbers[i], NUMBER_SIZE, "%" PRIu64,
                 segment_reader_counter(tables->segment->reader, (enum counter)i));
        arguments[count++] = counter_name((enum counter)i);
        arguments[count++] = numbers[i];
    }
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        uint64_t used, capacity;
        segment_reader_fill(tables->segment->reader, (enum collection)i, &used, &capacity);
        snprintf(names[i], sizeof(names[i]), WIRE_FILL_PREFIX "%s",
                 collection_label((enum collection)i));
        snprintf(fills[i], sizeof(fills[i]), "%" PRIu64 " %" PRIu64, used, capacity);
        arguments[count++] = names[i];
        arguments[count++] = fills[i];
    }
    send(tables, on_answer, count, arguments);
}

static void write_histograms(struct tables *tables)
{
    struct histogram histogram;
    char name[sizeof(WIRE_LATENCY_PREFIX) + sizeof(histogram.action)], text[WIRE_HISTOGRAM_MAX];
    const char *arguments[] = {"HSET", tables->keys->counters, name, text};
    for (unsigned i = 0; i < MAX_HISTOGRAMS; i++) {
        if (!segment_reader_histogram(tables->segment->reader, i, &histogram))
            break;
        if (histogram.count == tables->histograms[i])
            continue;
        snprintf(name, sizeof(name), WIRE_LATENCY_PREFIX "%s", histogram.action);
        wire_histogram(&histogram, text);
        send(tables, on_answer, 4, arguments);
        tables->histograms[i] = histogram.count;
    }
}

/* FNV-1a; 0 is none. */
static uint64_t hash_of(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash != 0 ? hash : 1;
}

static bool has_changed(struct tables *tables, uint32_t slot, struct station_record *record)
{
    struct written *written = &tables->written[slot], now = {0, 0};
    memset(record, 0, sizeof(*record)); /* padding is hashed too */
    bool there = segment_reader_station(tables->segment->reader, slot, record);
    if (there) {
        now.record = hash_of(record, sizeof(*record));
        now.identity = hash_of(record->identity, strlen(record->identity));
    }
    if (written->identity != 0 && written->identity != now.identity)
        tables->names_changed = true;
    bool changed = there && written->record != now.record;
    *written = now;
    return changed;
}

/* Writes up to STATIONS_A_SET that have changed, of the slots up to `end`. */
static void write_stations(struct tables *tables, uint32_t end)
{
    const char *arguments[2 + 2 * STATIONS_A_SET] = {"HSET", tables->keys->stations};
    struct station_record record;
    int count = 2, used = 0;
    while (tables->slot < end && used < STATIONS_A_SET) {
        if (!has_changed(tables, tables->slot++, &record))
            continue;
        snprintf(tables->identity[used], sizeof(tables->identity[used]), "%s", record.identity);
        wire_station(&record, tables->text[used]);
        arguments[count++] = tables->identity[used];
        arguments[count++] = tables->text[used++];
    }
    if (used > 0)
        send(tables, on_answer, count, arguments);
}

static bool make_room(struct tables *tables)
{
    uint32_t slots = tables->segment->info.stations;
    if (tables->written != NULL && tables->slots == slots)
        return true;
    free(tables->written);
    tables->written = calloc(slots, sizeof(*tables->written));
    tables->slots = tables->written != NULL ? slots : 0;
    tables->slot = 0;
    return tables->slots > 0;
}

static void on_names(redisAsyncContext *redis, void *answer, void *context)
{
    struct tables *tables = context;
    (void)redis;
    if (answer == NULL || !tables->names_asked)
        return;
    tables->names_asked = false;
    took_answer(tables, answer);
    if (tables->segment->reader != NULL)
        table_names_remove(answer, tables->segment->reader, tables->slots, tables->keys->stations,
                           tables->link, on_answer, tables);
}

static void ask_names(struct tables *tables)
{
    const char *arguments[] = {"HKEYS", tables->keys->stations};
    tables->names_changed = false;
    tables->names_asked = true;
    send(tables, on_names, 2, arguments);
}

static void work_on_stations(struct tables *tables)
{
    uint64_t share = (uint64_t)tables->slots * SLICE_MS / tables->config->forward_stations_interval;
    uint32_t left = tables->slots - tables->slot;
    uint32_t end = tables->slot + (share + 1 < left ? (uint32_t)share + 1 : left);
    while (tables->slot < end && tables->unanswered < MAX_UNANSWERED)
        write_stations(tables, end);
    if (tables->slot < tables->slots)
        return;
    tables->slot = 0;
    if (tables->names_changed && !tables->names_asked)
        ask_names(tables);
}

static void work_every_second(struct tables *tables, uint64_t history)
{
    write_alive(tables, history);
    if (tables->segment->reader == NULL)
        return;
    write_counters(tables);
    write_histograms(tables);
}

void tables_work(struct tables *tables, uint64_t history, uint64_t now_ns)
{
    if (history == 0 || tables->unanswered >= MAX_UNANSWERED)
        return;
    if (tables->second_ns == 0 || now_ns - tables->second_ns >= SECOND_NS) {
        tables->second_ns = now_ns;
        work_every_second(tables, history);
    }
    if (now_ns - tables->slice_ns < SLICE_MS * NS_PER_MS || tables->segment->reader == NULL ||
        !make_room(tables))
        return;
    tables->slice_ns = now_ns;
    work_on_stations(tables);
}

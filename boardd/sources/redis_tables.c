#include "boardd/sources/redis_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/state_wire.h"

#define SCAN_COUNT   "512"
#define SCAN_MS      2000 /* from the end of one pass to the next */
#define COUNT_MS     1000
#define MEMORY_MS    1000
#define MAX_COUNTERS 1024

/* True when the answer is what it should be; what it is instead is told. */
static bool is_table(struct redis_gateway *gateway, const redisReply *reply, const char *what)
{
    char text[256];
    if (reply == NULL)
        return false;
    if (redis_is(reply, REDIS_REPLY_ARRAY))
        return true;
    snprintf(text, sizeof(text), "gateway %s: %s: %.100s", gateway->name, what,
             store_link_error(reply));
    if (strncmp(store_link_error(reply), "WRONGTYPE", 9) == 0)
        redis_feed_report(gateway->feed, text);
    return false;
}

static void ask(struct redis_gateway *gateway, redisCallbackFn *callback, const char *command,
                const char *what, const char *cursor)
{
    char key[REDIS_KEY_SIZE];
    const char *words[] = {command, key, cursor, "COUNT", SCAN_COUNT};
    redis_feed_key(gateway->feed, gateway->name, what, key);
    store_link_send(gateway->feed->asking, callback, gateway, cursor != NULL ? 5 : 2, words, NULL);
}

/* Stations: slice by slice, then a pause */

static void on_slice(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_gateway *gateway = context;
    const redisReply *reply = answer;
    (void)redis;
    gateway->is_scanning = false;
    if (!is_table(gateway, reply, "stations") || reply->elements != 2 ||
        !redis_is(reply->element[1], REDIS_REPLY_ARRAY)) {
        gateway->cursor[0] = '\0';
        return;
    }
    const redisReply *fields = reply->element[1];
    for (size_t i = 0; i + 1 < fields->elements; i += 2)
        redis_source_station(gateway->source, redis_text(fields->element[i]),
                             redis_text(fields->element[i + 1]));
    struct text_span cursor = redis_text(reply->element[0]);
    bool is_end = cursor.length == 0 || cursor.length >= sizeof(gateway->cursor) ||
                  (cursor.length == 1 && cursor.start[0] == '0');
    snprintf(gateway->cursor, sizeof(gateway->cursor), "%.*s", is_end ? 0 : (int)cursor.length,
             is_end ? "" : cursor.start);
    if (is_end)
        redis_source_stations_pass(gateway->source);
}

static void ask_stations(struct redis_gateway *gateway, uint64_t now_ms)
{
    bool is_new = gateway->cursor[0] == '\0';
    if (gateway->is_scanning ||
        (is_new && gateway->scanned_ms != 0 && now_ms - gateway->scanned_ms < SCAN_MS))
        return;
    if (is_new)
        gateway->scanned_ms = now_ms;
    gateway->is_scanning = true;
    ask(gateway, on_slice, "HSCAN", "stations", is_new ? "0" : gateway->cursor);
}

/* Counters */

static void on_counters(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_gateway *gateway = context;
    const redisReply *reply = answer;
    (void)redis;
    gateway->is_counting = false;
    if (!is_table(gateway, reply, "counters"))
        return;
    for (size_t i = 0; i + 1 < reply->elements && i < MAX_COUNTERS; i += 2)
        redis_source_counter(gateway->source, redis_text(reply->element[i]),
                             redis_text(reply->element[i + 1]));
}

static void ask_counters(struct redis_gateway *gateway, uint64_t now_ms)
{
    if (gateway->is_counting ||
        (gateway->counted_ms != 0 && now_ms - gateway->counted_ms < COUNT_MS))
        return;
    gateway->counted_ms = now_ms;
    gateway->is_counting = true;
    ask(gateway, on_counters, "HGETALL", "counters", NULL);
}

/* Liveness */

static void on_alive(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_gateway *gateway = context;
    struct wire_alive alive;
    (void)redis;
    gateway->asks_alive = false;
    if (answer == NULL)
        return;
    struct text_span value = redis_text(answer);
    redis_source_alive(gateway->source, value);
    if (value.length == 0 || !wire_alive_parse(value.start, value.length, &alive))
        return;
    gateway->alive_history = alive.history;
    if (alive.history > redis_source_history(gateway->source))
        gateway->is_wanted = true;
}

static void ask_alive(struct redis_gateway *gateway)
{
    if (gateway->asks_alive)
        return;
    gateway->asks_alive = true;
    ask(gateway, on_alive, "GET", "alive", NULL);
}

/* The store's memory */

static uint64_t number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void on_memory(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_feed *feed = context;
    (void)redis;
    feed->asks_memory = false;
    struct text_span text = redis_text(answer);
    if (text.length == 0)
        return;
    uint64_t used = number_after(text.start, "\nused_memory:");
    uint64_t most = number_after(text.start, "\nmaxmemory:");
    for (unsigned i = 0; i < feed->count; i++)
        redis_source_hint(feed->gateways[i].source, most > 0 && used >= most
                                                        ? "; the store is out of memory (maxmemory)"
                                                        : "");
}

void redis_tables_ask_memory(struct redis_feed *feed, uint64_t now_ms)
{
    static const char *words[] = {"INFO", "memory"};
    bool is_silent = false;
    for (unsigned i = 0; i < feed->count; i++)
        is_silent =
            is_silent || redis_source_base(feed->gateways[i].source)->state == SOURCE_SILENT;
    if (!is_silent || feed->asks_memory || now_ms - feed->memory_ms < MEMORY_MS)
        return;
    feed->memory_ms = now_ms;
    feed->asks_memory = true;
    store_link_send(feed->asking, on_memory, feed, 2, words, NULL);
}

void redis_tables_ask(struct redis_gateway *gateway, uint64_t now_ms)
{
    ask_alive(gateway);
    if (redis_source_history(gateway->source) == 0)
        return;
    ask_stations(gateway, now_ms);
    ask_counters(gateway, now_ms);
}

void redis_tables_lost(struct redis_gateway *gateway)
{
    gateway->is_scanning = gateway->is_counting = gateway->asks_alive = false;
    gateway->cursor[0] = '\0';
    gateway->scanned_ms = gateway->counted_ms = 0;
}

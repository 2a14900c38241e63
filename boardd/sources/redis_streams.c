#include "boardd/sources/redis_internal.h"

#include <stdio.h>
#include <string.h>

#include "common/timestamp.h"

#define BLOCK_MS      "250"
#define AFTER_FAULT   1000
#define ENTRIES_ALL   4096 /* of one answer, over all gateways' messages */
#define ENTRIES_MIN   64
#define ENTRIES_MAX   512
#define MAX_STREAMS   (SOURCES_MAX * COLLECTION_COUNT + 1)
#define LEADING_WORDS 6 /* XREAD COUNT n BLOCK ms STREAMS */

bool redis_entry_read(const redisReply *reply, struct redis_entry *entry)
{
    entry->count = 0;
    if (!redis_is(reply, REDIS_REPLY_ARRAY) || reply->elements != 2)
        return false;
    entry->id = redis_text(reply->element[0]);
    const redisReply *fields = reply->element[1];
    if (entry->id.length == 0)
        return false;
    if (!redis_is(fields, REDIS_REPLY_ARRAY) || fields->elements > REDIS_MAX_FIELDS)
        return true;
    for (size_t i = 0; i < fields->elements; i++)
        entry->fields[entry->count++] = redis_text(fields->element[i]);
    return true;
}

static void take_entries(struct redis_stream *stream, const redisReply *entries)
{
    struct redis_gateway *gateway = stream->gateway;
    struct redis_entry entry;
    for (size_t i = 0; i < entries->elements; i++) {
        if (!redis_entry_read(entries->element[i], &entry))
            continue;
        if (!redis_source_entry(gateway->source, stream->collection, entry.id, entry.fields,
                                entry.count)) {
            gateway->is_wanted = true; /* another history: what comes after belongs to it */
            return;
        }
        gateway->feed->is_draining = true;
    }
}

static void take_answers(struct redis_feed *feed, const redisReply *entries)
{
    struct redis_entry entry;
    for (size_t i = 0; i < entries->elements; i++) {
        if (!redis_entry_read(entries->element[i], &entry) || entry.id.length >= WIRE_ID_SIZE)
            continue;
        memcpy(feed->answers_cursor, entry.id.start, entry.id.length);
        feed->answers_cursor[entry.id.length] = '\0';
        feed->answer(feed->answer_context, entry.fields, entry.count);
    }
    store_link_send(feed->asking, NULL, NULL, 3,
                    (const char *[]){"EXPIRE", feed->answers_key, feed->answers_stay}, NULL);
}

static struct redis_stream *find_stream(struct redis_feed *feed, struct text_span key)
{
    char known[REDIS_KEY_SIZE];
    for (unsigned i = 0; i < feed->count; i++) {
        for (int c = 0; c < COLLECTION_COUNT; c++) {
            redis_feed_key(feed, feed->gateways[i].name, collection_label((enum collection)c),
                           known);
            if (strlen(known) == key.length && memcmp(known, key.start, key.length) == 0)
                return &feed->gateways[i].streams[c];
        }
    }
    return NULL;
}

static void take_stream(struct redis_feed *feed, const redisReply *reply)
{
    if (!redis_is(reply, REDIS_REPLY_ARRAY) || reply->elements != 2 ||
        !redis_is(reply->element[1], REDIS_REPLY_ARRAY))
        return;
    struct text_span key = redis_text(reply->element[0]);
    struct redis_stream *stream = find_stream(feed, key);
    if (stream != NULL)
        take_entries(stream, reply->element[1]);
    else if (feed->answers_cursor[0] != '\0')
        take_answers(feed, reply->element[1]);
}

/* A key that has become something else, or a store that does not want: what is there is looked at
 * again, after a while. */
static void note_fault(struct redis_feed *feed, const redisReply *reply)
{
    feed->not_before_ms = clock_mono_ms() + AFTER_FAULT;
    if (strncmp(store_link_error(reply), "WRONGTYPE", 9) != 0)
        redis_feed_set_reason(feed, store_link_error(reply));
    for (unsigned i = 0; i < feed->count; i++)
        feed->gateways[i].is_wanted = true;
}

static void on_entries(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_feed *feed = context;
    const redisReply *reply = answer;
    (void)redis;
    feed->is_reading = false;
    if (reply == NULL)
        return;
    if (redis_is(reply, REDIS_REPLY_ERROR)) {
        note_fault(feed, reply);
        return;
    }
    redis_feed_set_reason(feed, "");
    store_link_worked(feed->reading);
    for (size_t i = 0; redis_is(reply, REDIS_REPLY_ARRAY) && i < reply->elements; i++)
        take_stream(feed, reply->element[i]);
    redis_streams_read(feed);
}

struct reading {
    const char *words[LEADING_WORDS + 2 * MAX_STREAMS];
    char keys[MAX_STREAMS][REDIS_KEY_SIZE];
    const char *cursors[MAX_STREAMS];
    unsigned count;
};

static void add_gateway(struct reading *reading, const struct redis_gateway *gateway)
{
    if (redis_source_history(gateway->source) == 0)
        return;
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (gateway->streams[i].is_foreign)
            continue;
        redis_feed_key(gateway->feed, gateway->name, collection_label((enum collection)i),
                       reading->keys[reading->count]);
        reading->cursors[reading->count++] =
            redis_source_cursor(gateway->source, (enum collection)i);
    }
}

static void send_reading(struct redis_feed *feed, struct reading *reading)
{
    char count[16];
    unsigned most = ENTRIES_ALL / (feed->count > 0 ? feed->count : 1);
    most = most < ENTRIES_MIN ? ENTRIES_MIN : most > ENTRIES_MAX ? ENTRIES_MAX : most;
    snprintf(count, sizeof(count), "%u", most);
    const char *leading[LEADING_WORDS] = {"XREAD", "COUNT", count, "BLOCK", BLOCK_MS, "STREAMS"};
    memcpy(reading->words, leading, sizeof(leading));
    for (unsigned i = 0; i < reading->count; i++) {
        reading->words[LEADING_WORDS + i] = reading->keys[i];
        reading->words[LEADING_WORDS + reading->count + i] = reading->cursors[i];
    }
    feed->is_reading = true;
    store_link_send(feed->reading, on_entries, feed, (int)(LEADING_WORDS + 2 * reading->count),
                    reading->words, NULL);
}

void redis_streams_read(struct redis_feed *feed)
{
    struct reading reading;
    if (feed->is_reading || feed->is_draining || !store_link_is_up(feed->reading) ||
        clock_mono_ms() < feed->not_before_ms)
        return;
    reading.count = 0;
    for (unsigned i = 0; i < feed->count; i++)
        add_gateway(&reading, &feed->gateways[i]);
    if (feed->answers_cursor[0] != '\0') {
        memcpy(reading.keys[reading.count], feed->answers_key, REDIS_KEY_SIZE);
        reading.cursors[reading.count++] = feed->answers_cursor;
    }
    if (reading.count > 0)
        send_reading(feed, &reading);
}

/* The tail asks only when it has read all of all sources. */
void redis_streams_drained(void *context)
{
    struct redis_feed *feed = context;
    feed->is_draining = false;
    redis_streams_read(feed);
}

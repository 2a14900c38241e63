#include "boardd/sources/redis_internal.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_MS 1000

/*
 * Two rounds of questions: for the newest entry of each stream, of which the highest history
 * counts; then for the first entry that is worth reading, so that it is known exactly where reading
 * begins, and what somebody who comes back has lost.
 */

static void end_search(struct redis_gateway *gateway)
{
    if (!gateway->has_failed && gateway->beginning.history != 0)
        redis_source_begin(gateway->source, &gateway->beginning);
    redis_streams_read(gateway->feed);
}

static void answered(struct redis_gateway *gateway, void (*then)(struct redis_gateway *gateway))
{
    if (--gateway->awaited == 0)
        then(gateway);
}

/* The one entry of an answer; false when there is none, with the stream marked when it is none. */
static bool read_one(struct redis_stream *stream, const redisReply *reply,
                     struct redis_entry *entry)
{
    char text[256];
    if (reply == NULL) {
        stream->gateway->has_failed = true;
        return false;
    }
    if (redis_is(reply, REDIS_REPLY_ARRAY)) {
        stream->is_foreign = false;
        return reply->elements > 0 && redis_entry_read(reply->element[0], entry);
    }
    if (strncmp(store_link_error(reply), "WRONGTYPE", 9) != 0) {
        stream->gateway->has_failed = true;
        return false;
    }
    if (!stream->is_foreign) {
        snprintf(text, sizeof(text), "gateway %s: the key %s is no stream; not read",
                 stream->gateway->name, collection_label(stream->collection));
        redis_feed_report(stream->gateway->feed, text);
    }
    stream->is_foreign = true;
    return false;
}

static void on_first(redisAsyncContext *redis, void *reply, void *context)
{
    struct redis_stream *stream = context;
    struct redis_gateway *gateway = stream->gateway;
    struct redis_entry entry;
    uint64_t history, seq, lost;
    struct event event;
    (void)redis;
    if (read_one(stream, reply, &entry) &&
        wire_id_parse(entry.id.start, entry.id.length, &history, &seq) &&
        history == gateway->beginning.history) {
        if (wire_decode(entry.fields, entry.count, stream->collection, seq, &event, &lost) ==
            WIRE_LOST)
            seq = lost <= seq ? seq + 1 - lost : 1; /* the first of them */
        gateway->beginning.first_seq[stream->collection] = seq;
        gateway->beginning.last_seq[stream->collection] = stream->last_seq;
        gateway->beginning.known[stream->collection] = true;
    }
    answered(gateway, end_search);
}

static void ask_first(struct redis_stream *stream)
{
    struct redis_gateway *gateway = stream->gateway;
    uint64_t room = redis_source_room(gateway->source, stream->collection);
    uint64_t start = stream->last_seq + 1 > room ? stream->last_seq + 1 - room : 0;
    char key[REDIS_KEY_SIZE], id[WIRE_ID_SIZE];
    const char *words[] = {"XRANGE", key, id, "+", "COUNT", "1"};
    wire_id(gateway->beginning.history, start, id);
    redis_feed_key(gateway->feed, gateway->name, collection_label(stream->collection), key);
    gateway->awaited++;
    store_link_send(gateway->feed->asking, on_first, stream, 6, words, NULL);
}

/* All newest entries are known. */
static void ask_for_first(struct redis_gateway *gateway)
{
    struct redis_beginning *beginning = &gateway->beginning;
    *beginning = (struct redis_beginning){.history = gateway->alive_history};
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        const struct redis_stream *stream = &gateway->streams[i];
        beginning->first_seq[i] = 1;
        if (stream->has_last && stream->last_history > beginning->history)
            beginning->history = stream->last_history;
    }
    gateway->awaited++; /* itself, so that it doesn't end before all are asked */
    for (int i = 0; i < COLLECTION_COUNT && beginning->history != 0 && !gateway->has_failed; i++) {
        struct redis_stream *stream = &gateway->streams[i];
        if (stream->has_last && stream->last_history == beginning->history)
            ask_first(stream);
    }
    answered(gateway, end_search);
}

static void on_last(redisAsyncContext *redis, void *reply, void *context)
{
    struct redis_stream *stream = context;
    struct redis_entry entry;
    (void)redis;
    stream->has_last =
        read_one(stream, reply, &entry) &&
        wire_id_parse(entry.id.start, entry.id.length, &stream->last_history, &stream->last_seq);
    answered(stream->gateway, ask_for_first);
}

void redis_begin(struct redis_gateway *gateway, uint64_t now_ms)
{
    char key[REDIS_KEY_SIZE];
    const char *words[] = {"XREVRANGE", key, "+", "-", "COUNT", "1"};
    if (gateway->awaited > 0 || !store_link_is_up(gateway->feed->asking) ||
        (gateway->searched_ms != 0 && now_ms - gateway->searched_ms < AGAIN_MS))
        return;
    gateway->searched_ms = now_ms;
    gateway->has_failed = gateway->is_wanted = false;
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        redis_feed_key(gateway->feed, gateway->name, collection_label((enum collection)i), key);
        gateway->awaited++;
        store_link_send(gateway->feed->asking, on_last, &gateway->streams[i], 6, words, NULL);
    }
}

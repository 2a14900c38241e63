#include "forward/sync.h"

#include <stdio.h>
#include <string.h>

#include "shm/event_wire.h"

#define ANSWERS (2 + COLLECTION_COUNT) /* HGETALL, WATCH, XINFO for each stream */

static bool is_string(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool complain(const redisReply *reply, const char *key, char *error, size_t size)
{
    const char *text = store_link_error(reply);
    if (starts_with(text, "WRONGTYPE"))
        snprintf(error, size, "the key %s belongs to another program (%s)", key, text);
    else if (starts_with(text, "ERR unknown command"))
        snprintf(error, size, "the server is too old, it has no streams (Redis 5.0): %s", text);
    else
        snprintf(error, size, "%s: %s", key, text);
    return false;
}

static bool read_field(const char *name, const redisReply *value, struct stored_position *stored)
{
    struct position_id *cursor = NULL;
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (strcmp(name, collection_label((enum collection)i)) == 0)
            cursor = &stored->cursor[i];
    }
    if (cursor != NULL) {
        cursor->known = wire_id_parse(value->str, value->len, &cursor->history, &cursor->seq);
        return cursor->known;
    }
    if (strcmp(name, CURSOR_CREATED) == 0)
        return stored->has_created = wire_number(value->str, value->len, &stored->created);
    if (strcmp(name, CURSOR_HISTORY) == 0)
        return wire_number(value->str, value->len, &stored->history);
    return true;
}

bool sync_read_cursor(const redisReply *reply, struct stored_position *stored, char *error,
                      size_t error_size)
{
    if (reply->type != REDIS_REPLY_ARRAY)
        return complain(reply, "cursor", error, error_size);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *value = reply->element[i + 1];
        if (is_string(name) && is_string(value) && read_field(name->str, value, stored))
            continue;
        snprintf(error, error_size, "the cursor has a field \"%.40s\" that is none of ours",
                 is_string(name) ? name->str : "");
        return false;
    }
    return true;
}

bool sync_read_stream(const redisReply *reply, const char *key, struct position_id *last,
                      char *error, size_t error_size)
{
    if (reply->type == REDIS_REPLY_ERROR && starts_with(reply->str, "ERR no such key"))
        return true;
    if (reply->type != REDIS_REPLY_ARRAY)
        return complain(reply, key, error, error_size);
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *value = reply->element[i + 1];
        if (!is_string(name) || strcmp(name->str, "last-generated-id") != 0 || !is_string(value))
            continue;
        /* "0-0": nothing was ever written */
        last->known = wire_id_parse(value->str, value->len, &last->history, &last->seq);
        return true;
    }
    snprintf(error, error_size, "%s: the server does not tell the last id", key);
    return false;
}

static void take_answer(struct sync *sync, const redisReply *reply)
{
    unsigned number = sync->answers++;
    if (sync->error[0] != '\0')
        return;
    if (number == 0)
        sync_read_cursor(reply, &sync->stored, sync->error, sizeof(sync->error));
    else if (number == 1 && reply->type == REDIS_REPLY_ERROR)
        complain(reply, "WATCH", sync->error, sizeof(sync->error));
    else if (number > 1)
        sync_read_stream(reply, sync->keys->stream[number - 2], &sync->stored.stream[number - 2],
                         sync->error, sizeof(sync->error));
}

static void on_answer(redisAsyncContext *redis, void *answer, void *context)
{
    struct sync *sync = context;
    (void)redis;
    if (answer == NULL)
        return;
    take_answer(sync, answer);
    if (sync->answers == ANSWERS)
        sync->done(sync->context, sync->error[0] != '\0' ? sync->error : NULL);
}

void sync_start(struct sync *sync, struct store_link *link)
{
    const struct feed_keys *keys = sync->keys;
    const char *cursor[] = {"HGETALL", keys->cursor};
    const char *watch[1 + COLLECTION_COUNT] = {"WATCH"};
    sync->answers = 0;
    sync->error[0] = '\0';
    sync->stored = (struct stored_position){0};
    store_link_send(link, on_answer, sync, 2, cursor, NULL);
    for (int i = 0; i < COLLECTION_COUNT; i++)
        watch[1 + i] = keys->stream[i];
    store_link_send(link, on_answer, sync, 1 + COLLECTION_COUNT, watch, NULL);
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        const char *info[] = {"XINFO", "STREAM", keys->stream[i]};
        store_link_send(link, on_answer, sync, 3, info, NULL);
    }
}

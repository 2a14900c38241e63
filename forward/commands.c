#include "forward/commands.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "forward/command_entry.h"
#include "shm/event_wire.h"

#define MAX_PENDING     32
#define ASKED_AT_A_TIME "8" /* entries; a field of one is at most as long as the store allows */
#define ASK_NS          (50 * NS_PER_MS)
#define PATIENCE_MS     5000 /* for the gateway itself, after the deadline */
#define MAX_FIELDS      32   /* spans: names and values */
#define MAX_REPLY       (1024 * 1024)
#define REPLIES_KEPT    "1000"
#define REPLIES_EXPIRE  "3600" /* s after the last one */
#define NUMBER_SIZE     24

struct pending {
    uint64_t number; /* id on the control socket; 0: free */
    char id[COMMAND_ID_SIZE];
    char reply[FEED_KEY_SIZE];
    uint64_t give_up_ms; /* CLOCK_REALTIME, as the deadline */
};

struct commands {
    struct event_base *base;
    const struct config *config;
    const char *instance;
    const struct feed_keys *keys;
    struct store_link *link;
    bool knows_last, asked, taken;
    char last[WIRE_ID_SIZE]; /* id of the last entry that was taken */
    uint64_t asked_ns;
    struct bufferevent *control;
    struct pending pending[MAX_PENDING];
    uint64_t number;
    uint64_t given;
};

static void on_ignored(redisAsyncContext *redis, void *answer, void *context)
{
    const redisReply *reply = answer;
    struct commands *commands = context;
    (void)redis;
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
        log_warnx("command", "gateway %s: an answer was refused: %s", commands->instance,
                  reply->str);
}

static void answer(struct commands *commands, const char *id, const char *stream, const char *text,
                   size_t length)
{
    const char *words[] = {"XADD", stream,    "MAXLEN",           "~",     REPLIES_KEPT, "*", "id",
                           id,     "gateway", commands->instance, "reply", text};
    size_t lengths[12];
    const char *expire[] = {"EXPIRE", stream, REPLIES_EXPIRE};
    if (stream[0] == '\0')
        return;
    for (int i = 0; i < 11; i++)
        lengths[i] = strlen(words[i]);
    lengths[11] = length;
    store_link_send(commands->link, on_ignored, commands, 12, words, lengths);
    store_link_send(commands->link, on_ignored, commands, 3, expire, NULL);
}

static void refuse(struct commands *commands, const char *id, const char *stream, const char *word,
                   const char *message)
{
    char text[512];
    int length = snprintf(text, sizeof(text), "{\"ok\":false,\"error\":\"%s\",\"message\":\"%s\"}",
                          word, message);
    log_info("command", "gateway %s: command %s refused: %s", commands->instance, id, message);
    answer(commands, id, stream, text, (size_t)length);
}

static struct pending *find(struct commands *commands, uint64_t number)
{
    for (int i = 0; i < MAX_PENDING; i++) {
        if (commands->pending[i].number == number)
            return &commands->pending[i];
    }
    return NULL;
}

static void lose_control(struct commands *commands)
{
    if (commands->control != NULL)
        bufferevent_free(commands->control);
    commands->control = NULL;
    for (int i = 0; i < MAX_PENDING; i++) {
        struct pending *pending = &commands->pending[i];
        if (pending->number != 0)
            refuse(commands, pending->id, pending->reply, "unreachable",
                   "the gateway went away; it may have been carried out");
        pending->number = 0;
    }
}

static void take_line(struct commands *commands, const char *line, size_t length)
{
    struct json_span object, id;
    long long number;
    if (!json_scan(line, length, &object, NULL) || object.type != JSON_OBJECT ||
        !json_member(object, "id", &id) || !json_integer(id, &number) || number <= 0)
        return;
    struct pending *pending = find(commands, (uint64_t)number);
    if (pending == NULL)
        return;
    answer(commands, pending->id, pending->reply, line, length);
    pending->number = 0;
}

static void on_control_read(struct bufferevent *control, void *context)
{
    struct evbuffer *input = bufferevent_get_input(control);
    size_t length;
    char *line;
    while ((line = evbuffer_readln(input, &length, EVBUFFER_EOL_LF)) != NULL) {
        take_line(context, line, length);
        free(line);
    }
    if (evbuffer_get_length(input) > MAX_REPLY)
        lose_control(context);
}

static void on_control_event(struct bufferevent *control, short what, void *context)
{
    (void)control;
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
        lose_control(context);
}

static bool open_control(struct commands *commands)
{
    char path[CONTROL_PATH_SIZE];
    if (commands->control != NULL)
        return true;
    if (control_is_off(commands->config) ||
        !control_path(commands->config, commands->instance, path))
        return false;
    int descriptor = control_connect_gateway(commands->config, commands->instance, path);
    if (descriptor < 0)
        return false;
    commands->control = bufferevent_socket_new(commands->base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    if (commands->control == NULL) {
        evutil_closesocket(descriptor);
        return false;
    }
    bufferevent_setcb(commands->control, on_control_read, NULL, on_control_event, commands);
    return bufferevent_enable(commands->control, EV_READ | EV_WRITE) == 0;
}

static void carry_out(struct commands *commands, const struct command_entry *entry)
{
    char line[CONTROL_MAX_LINE + 1];
    uint64_t now_ms = clock_real_ns() / NS_PER_MS;
    struct pending *pending = find(commands, 0);
    if (entry->deadline_ms <= now_ms) {
        refuse(commands, entry->id, entry->reply, "late", "it came after its deadline");
    } else if (pending == NULL) {
        refuse(commands, entry->id, entry->reply, "busy", "too many commands wait for the gateway");
    } else if (!open_control(commands)) {
        refuse(commands, entry->id, entry->reply, "unreachable",
               "the gateway's control socket is not there");
    } else {
        size_t length = command_entry_line(entry, ++commands->number, now_ms, line);
        if (length == 0) {
            refuse(commands, entry->id, entry->reply, "bad_request", "it is too long");
            return;
        }
        pending->number = commands->number;
        memcpy(pending->id, entry->id, sizeof(pending->id));
        memcpy(pending->reply, entry->reply, sizeof(pending->reply));
        pending->give_up_ms = entry->deadline_ms + PATIENCE_MS;
        bufferevent_write(commands->control, line, length);
        commands->given++;
    }
}

/* An entry's fields as spans; 0 when it has too many or is none. */
static size_t take_fields(const redisReply *values, struct text_span fields[MAX_FIELDS])
{
    if (values->type != REDIS_REPLY_ARRAY || values->elements > MAX_FIELDS)
        return 0;
    for (size_t i = 0; i < values->elements; i++) {
        if (values->element[i]->type != REDIS_REPLY_STRING)
            return 0;
        fields[i] = (struct text_span){values->element[i]->str, values->element[i]->len};
    }
    return values->elements;
}

static bool is_entry(const redisReply *entry)
{
    return entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
           entry->element[0]->type == REDIS_REPLY_STRING && entry->element[0]->len < WIRE_ID_SIZE;
}

static void take_entry(struct commands *commands, const redisReply *values)
{
    struct text_span fields[MAX_FIELDS];
    struct command_entry entry;
    char error[128];
    size_t count = take_fields(values, fields);
    if (command_entry_parse(fields, count, commands->keys->replies, &entry, error, sizeof(error)))
        carry_out(commands, &entry);
    else
        refuse(commands, entry.id, entry.reply, "bad_request", error);
}

static void on_entries(redisAsyncContext *redis, void *answer_, void *context)
{
    const redisReply *reply = answer_;
    struct commands *commands = context;
    (void)redis;
    if (reply == NULL)
        return;
    commands->asked = false;
    if (reply->type != REDIS_REPLY_ARRAY || !commands->taken)
        return;
    for (size_t i = 0; i < reply->elements; i++) {
        if (is_entry(reply->element[i]))
            take_entry(commands, reply->element[i]->element[1]);
    }
}

static void on_taken(redisAsyncContext *redis, void *answer_, void *context)
{
    const redisReply *reply = answer_;
    struct commands *commands = context;
    (void)redis;
    commands->taken = reply != NULL && reply->type != REDIS_REPLY_ERROR;
    if (reply != NULL && !commands->taken)
        log_warnx("command", "gateway %s: commands wait: %s", commands->instance, reply->str);
    if (reply != NULL && !commands->taken)
        commands->knows_last = false;
}

/* Writes down that they are taken, and only then reads what they say. */
static void take_entries(struct commands *commands, const redisReply *entries)
{
    const redisReply *first = entries->element[0], *last = entries->element[entries->elements - 1];
    const char *write[] = {"HSET", commands->keys->cursor, CURSOR_COMMANDS, commands->last};
    const char *read[] = {"XRANGE", commands->keys->commands, "", commands->last};
    if (!is_entry(first) || !is_entry(last))
        return;
    snprintf(commands->last, sizeof(commands->last), "%s", last->element[0]->str);
    read[2] = first->element[0]->str;
    commands->asked = true;
    store_link_send(commands->link, on_taken, commands, 4, write, NULL);
    store_link_send(commands->link, on_entries, commands, 4, read, NULL);
}

/* [[key, [entry, …]]], or nil where there is nothing new. */
static void on_read(redisAsyncContext *redis, void *answer_, void *context)
{
    const redisReply *reply = answer_;
    struct commands *commands = context;
    (void)redis;
    if (reply == NULL)
        return;
    commands->asked = false;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1 ||
        reply->element[0]->type != REDIS_REPLY_ARRAY || reply->element[0]->elements != 2)
        return;
    const redisReply *entries = reply->element[0]->element[1];
    if (entries->type == REDIS_REPLY_ARRAY && entries->elements > 0)
        take_entries(commands, entries);
}

static void on_last(redisAsyncContext *redis, void *answer_, void *context)
{
    const redisReply *reply = answer_;
    struct commands *commands = context;
    (void)redis;
    if (reply == NULL)
        return;
    commands->asked = false;
    if (reply->type == REDIS_REPLY_ERROR)
        return;
    snprintf(commands->last, sizeof(commands->last), "0-0");
    if (reply->type == REDIS_REPLY_STRING && reply->len < sizeof(commands->last))
        memcpy(commands->last, reply->str, reply->len + 1);
    commands->knows_last = true;
}

static void ask(struct commands *commands)
{
    const char *last[] = {"HGET", commands->keys->cursor, CURSOR_COMMANDS};
    const char *read[] = {
        "XREAD", "COUNT", ASKED_AT_A_TIME, "STREAMS", commands->keys->commands, commands->last};
    commands->asked = true;
    if (commands->knows_last)
        store_link_send(commands->link, on_read, commands, 6, read, NULL);
    else
        store_link_send(commands->link, on_last, commands, 3, last, NULL);
}

static void give_up_old(struct commands *commands)
{
    uint64_t now_ms = clock_real_ns() / NS_PER_MS;
    for (int i = 0; i < MAX_PENDING; i++) {
        struct pending *pending = &commands->pending[i];
        if (pending->number == 0 || now_ms <= pending->give_up_ms)
            continue;
        refuse(commands, pending->id, pending->reply, "unreachable",
               "the gateway did not answer; it may have been carried out");
        pending->number = 0;
    }
}

void commands_work(struct commands *commands, uint64_t now_ns)
{
    if (!commands->config->forward_commands || now_ns - commands->asked_ns < ASK_NS)
        return;
    commands->asked_ns = now_ns;
    give_up_old(commands);
    if (!commands->asked)
        ask(commands);
}

void commands_forget(struct commands *commands)
{
    commands->knows_last = false;
    commands->asked = false;
    commands->taken = false;
}

struct commands *commands_new(struct event_base *base, const struct config *config,
                              const char *instance, const struct feed_keys *keys,
                              struct store_link *link)
{
    struct commands *commands = calloc(1, sizeof(*commands));
    if (commands == NULL)
        return NULL;
    commands->base = base;
    commands->config = config;
    commands->instance = instance;
    commands->keys = keys;
    commands->link = link;
    return commands;
}

void commands_free(struct commands *commands)
{
    if (commands == NULL)
        return;
    if (commands->control != NULL)
        bufferevent_free(commands->control);
    free(commands);
}

uint64_t commands_count(const struct commands *commands)
{
    return commands->given;
}

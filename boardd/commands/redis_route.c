#include "boardd/commands/redis_route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"
#include "shm/event_wire.h"

#define COMMANDS_KEPT "1000"
#define ANSWERS_STAY  "600" /* seconds after the last answer */
#define MAX_WORDS     25
#define NUMBER_SIZE   24

struct redis_route {
    struct command_route route;
    struct commands *commands;
    struct redis_feed *feed;
    const struct source *source;
};

/* A command that was sent: the store may refuse it. */
struct sent {
    struct commands *commands;
    uint64_t id;
};

static void on_sent(void *context, const char *error)
{
    struct sent *sent = context;
    char message[COMMAND_MESSAGE_SIZE], escaped[6 * COMMAND_MESSAGE_SIZE];
    char reply[sizeof(escaped) + 64];
    if (error != NULL) {
        snprintf(message, sizeof(message), "the store refused the command: %.200s", error);
        json_escape(message, strlen(message), escaped, sizeof(escaped));
        int length =
            snprintf(reply, sizeof(reply),
                     "{\"ok\":false,\"error\":\"unreachable\",\"message\":\"%s\"}", escaped);
        command_answered(sent->commands, sent->id, reply, (size_t)length);
    }
    free(sent);
}

struct words {
    const char *word[MAX_WORDS];
    size_t length[MAX_WORDS];
    int count;
};

static void add(struct words *words, const char *word, size_t length)
{
    words->word[words->count] = word;
    words->length[words->count++] = length;
}

static void add_text(struct words *words, const char *text)
{
    add(words, text, strlen(text));
}

static void add_field(struct words *words, const char *name, const char *value)
{
    add_text(words, name);
    add_text(words, value);
}

/* When it is too late: a CALL's answer has its own time, a disconnect is nothing to wait for. */
static uint64_t deadline_ms(const struct command_request *request)
{
    uint64_t wait_ms =
        request->kind == COMMAND_CALL ? request->timeout_ms : (uint64_t)COMMAND_PATIENCE_MS;
    return clock_real_ns() / NS_PER_MS + wait_ms;
}

static void add_request(struct words *words, const struct command_request *request)
{
    bool is_call = request->kind == COMMAND_CALL;
    add_field(words, "command", is_call ? "call" : "disconnect");
    add_field(words, "station", request->station);
    if (request->user != NULL && request->user[0] != '\0')
        add_field(words, "user", request->user);
    if (!is_call)
        return;
    add_field(words, "action", request->action);
    add_text(words, "payload");
    add(words, request->payload.start, request->payload.length);
}

static bool send_command(struct command_route *command_route, uint64_t id,
                         const struct command_request *request, uint64_t timeout_ms)
{
    struct redis_route *route = (struct redis_route *)command_route;
    struct words words = {.count = 0};
    char key[REDIS_KEY_SIZE], number[NUMBER_SIZE], deadline[NUMBER_SIZE], connection[NUMBER_SIZE];
    struct sent *sent = malloc(sizeof(*sent));
    (void)timeout_ms;
    if (sent == NULL)
        return false;
    *sent = (struct sent){route->commands, id};
    redis_feed_key(route->feed, route->source->name, "commands", key);
    snprintf(number, sizeof(number), "%" PRIu64, id);
    snprintf(deadline, sizeof(deadline), "%" PRIu64, deadline_ms(request));
    snprintf(connection, sizeof(connection), "%" PRIu64, request->connection);
    add_field(&words, "XADD", key);
    add_field(&words, "MAXLEN", "~");
    add_field(&words, COMMANDS_KEPT, "*");
    add_field(&words, "id", number);
    add_field(&words, "deadline", deadline);
    add_field(&words, "reply", redis_feed_answers(route->feed));
    if (request->connection != 0)
        add_field(&words, "connection", connection);
    add_request(&words, request);
    if (redis_feed_send(route->feed, words.count, words.word, words.length, on_sent, sent))
        return true;
    free(sent);
    return false;
}

static enum command_access access_of(const struct command_route *command_route, char *reason)
{
    const struct redis_route *route = (const struct redis_route *)command_route;
    enum source_state state = route->source->state;
    if (state == SOURCE_LIVE || state == SOURCE_HUNG)
        return COMMAND_ACCESS_AVAILABLE;
    snprintf(reason, COMMAND_MESSAGE_SIZE, "the gateway is %s%s%s", source_state_name(state),
             route->source->reason[0] != '\0' ? ": " : "", route->source->reason);
    return COMMAND_ACCESS_UNREACHABLE;
}

static void free_route(struct command_route *route)
{
    free(route);
}

static const struct command_route_operations operations = {
    .access = access_of,
    .send = send_command,
    .free = free_route,
};

struct command_route *redis_route_new(struct commands *commands, struct redis_feed *feed,
                                      const struct source *source)
{
    struct redis_route *route = calloc(1, sizeof(*route));
    if (route == NULL)
        return NULL;
    route->route.operations = &operations;
    route->commands = commands;
    route->feed = feed;
    route->source = source;
    return &route->route;
}

/* ---- answers ---- */

static struct text_span field(const struct text_span *fields, size_t count, const char *name)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (fields[i].length == strlen(name) && memcmp(fields[i].start, name, strlen(name)) == 0)
            return fields[i + 1];
    }
    return TEXT_SPAN_NONE;
}

/* Ids are this process's own, as is the stream: what anybody else wrote there answers nothing. */
static void on_answer(void *context, const struct text_span *fields, size_t count)
{
    struct text_span id = field(fields, count, "id"), reply = field(fields, count, "reply");
    uint64_t number;
    if (wire_number(id.start, id.length, &number))
        command_answered(context, number, reply.start, reply.length);
}

void redis_routes_listen(struct commands *commands, struct redis_feed *feed)
{
    redis_feed_listen(feed, ANSWERS_STAY, on_answer, commands);
}

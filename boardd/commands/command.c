#include "boardd/commands/command.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "boardd/state/tail.h"

struct pending {
    TAILQ_ENTRY(pending) link;
    struct commands *commands;
    uint64_t id;
    unsigned source;
    struct event *timer;
    command_done *done;
    void *context;
};

struct commands {
    struct event_base *base;
    uint64_t last_id;
    struct command_route *routes[TAIL_MAX_SOURCES];
    unsigned counts[TAIL_MAX_SOURCES];
    TAILQ_HEAD(, pending) pending;
};

struct commands *commands_new(struct event_base *base)
{
    struct commands *commands = calloc(1, sizeof(*commands));
    if (commands == NULL)
        return NULL;
    commands->base = base;
    TAILQ_INIT(&commands->pending);
    return commands;
}

/* ---- the end of a command ---- */

static void finish(struct pending *pending, const struct command_reply *reply)
{
    struct commands *commands = pending->commands;
    TAILQ_REMOVE(&commands->pending, pending, link);
    commands->counts[pending->source]--;
    event_free(pending->timer);
    pending->done(pending->context, reply);
    free(pending);
}

static void set_message(struct command_reply *reply, enum command_status status,
                        const char *message)
{
    *reply = (struct command_reply){.status = status};
    snprintf(reply->message, sizeof(reply->message), "%s", message);
}

static void on_timeout(evutil_socket_t descriptor, short what, void *context)
{
    struct command_reply reply;
    (void)descriptor;
    (void)what;
    set_message(&reply, COMMAND_UNREACHABLE, "the gateway does not answer");
    finish(context, &reply);
}

void commands_lost(struct commands *commands, unsigned source, const char *message)
{
    struct command_reply reply;
    struct pending *pending = TAILQ_FIRST(&commands->pending);
    set_message(&reply, COMMAND_UNREACHABLE, message);
    while (pending != NULL) {
        struct pending *next = TAILQ_NEXT(pending, link);
        if (pending->source == source)
            finish(pending, &reply);
        pending = next;
    }
}

static void copy_text(struct json_span object, const char *name, char *out, size_t size)
{
    struct json_span member;
    out[0] = '\0';
    if (json_member(object, name, &member) && member.type == JSON_STRING &&
        json_string(member, out, size) < 0)
        out[0] = '\0';
}

static void read_reply(struct command_reply *reply, const char *json, size_t length)
{
    struct json_span ok;
    if (!json_scan(json, length, &reply->reply, NULL) || reply->reply.type != JSON_OBJECT ||
        !json_member(reply->reply, "ok", &ok)) {
        set_message(reply, COMMAND_UNREACHABLE, "the gateway's answer can't be read");
        return;
    }
    reply->status = ok.type == JSON_TRUE ? COMMAND_DONE : COMMAND_REFUSED;
    copy_text(reply->reply, "error", reply->error, sizeof(reply->error));
    copy_text(reply->reply, "message", reply->message, sizeof(reply->message));
}

void command_answered(struct commands *commands, uint64_t id, const char *json, size_t length)
{
    struct command_reply reply = {0};
    struct pending *pending;
    TAILQ_FOREACH(pending, &commands->pending, link)
    {
        if (pending->id == id)
            break;
    }
    if (pending == NULL)
        return;
    read_reply(&reply, json, length);
    finish(pending, &reply);
}

/* ---- its beginning ---- */

static uint64_t patience_of(const struct command_request *request)
{
    return COMMAND_PATIENCE_MS + (request->kind == COMMAND_CALL ? request->timeout_ms : 0);
}

static struct pending *add(struct commands *commands, unsigned source, uint64_t timeout_ms,
                           command_done *done, void *context)
{
    struct timeval after = {(time_t)(timeout_ms / 1000), (suseconds_t)(timeout_ms % 1000 * 1000)};
    struct pending *pending = calloc(1, sizeof(*pending));
    if (pending == NULL)
        return NULL;
    pending->timer = evtimer_new(commands->base, on_timeout, pending);
    if (pending->timer == NULL || evtimer_add(pending->timer, &after) != 0) {
        if (pending->timer != NULL)
            event_free(pending->timer);
        free(pending);
        return NULL;
    }
    pending->commands = commands;
    pending->id = ++commands->last_id;
    pending->source = source;
    pending->done = done;
    pending->context = context;
    TAILQ_INSERT_TAIL(&commands->pending, pending, link);
    commands->counts[source]++;
    return pending;
}

void command_send(struct commands *commands, unsigned source, const struct command_request *request,
                  command_done *done, void *context)
{
    struct command_reply reply;
    char reason[COMMAND_MESSAGE_SIZE];
    struct command_route *route = source < TAIL_MAX_SOURCES ? commands->routes[source] : NULL;
    if (commands_access(commands, source, reason) == COMMAND_ACCESS_OFF) {
        set_message(&reply, COMMAND_OFF, reason);
        done(context, &reply);
        return;
    }
    uint64_t timeout_ms = patience_of(request);
    struct pending *pending = commands->counts[source] < COMMANDS_MAX
                                  ? add(commands, source, timeout_ms, done, context)
                                  : NULL;
    if (pending == NULL) {
        set_message(&reply, COMMAND_BUSY, "too many commands are on their way to this gateway");
        done(context, &reply);
        return;
    }
    if (route->operations->send(route, pending->id, request, timeout_ms))
        return;
    commands_access(commands, source, reason);
    set_message(&reply, COMMAND_UNREACHABLE,
                reason[0] != '\0' ? reason : "the gateway can't be reached");
    finish(pending, &reply);
}

/* ---- routes ---- */

enum command_access commands_access(const struct commands *commands, unsigned source, char *reason)
{
    char unused[COMMAND_MESSAGE_SIZE];
    const struct command_route *route = source < TAIL_MAX_SOURCES ? commands->routes[source] : NULL;
    reason = reason != NULL ? reason : unused;
    reason[0] = '\0';
    if (route != NULL)
        return route->operations->access(route, reason);
    snprintf(reason, COMMAND_MESSAGE_SIZE,
             "this dashboard only looks: gateway.control is off, or there is no way back to this "
             "gateway");
    return COMMAND_ACCESS_OFF;
}

const char *command_access_name(enum command_access access)
{
    static const char *const names[] = {[COMMAND_ACCESS_OFF] = "off",
                                        [COMMAND_ACCESS_AVAILABLE] = "available",
                                        [COMMAND_ACCESS_UNREACHABLE] = "unreachable"};
    return names[access];
}

void commands_set_route(struct commands *commands, unsigned source, struct command_route *route)
{
    struct command_route *old = commands->routes[source];
    commands->routes[source] = route;
    if (old == NULL)
        return;
    commands_lost(commands, source, "the way to the gateway was closed");
    old->operations->free(old);
}

void commands_free(struct commands *commands)
{
    if (commands == NULL)
        return;
    for (unsigned source = 0; source < TAIL_MAX_SOURCES; source++)
        commands_set_route(commands, source, NULL);
    free(commands);
}

void command_write(struct json_out *out, uint64_t id, const struct command_request *request)
{
    json_out_object(out);
    json_out_uint(json_out_key(out, "id"), id);
    json_out_string(json_out_key(out, "command"),
                    request->kind == COMMAND_CALL ? "call" : "disconnect");
    json_out_string(json_out_key(out, "station"), request->station);
    if (request->connection != 0)
        json_out_uint(json_out_key(out, "connection"), request->connection);
    if (request->user != NULL)
        json_out_string(json_out_key(out, "user"), request->user);
    if (request->kind == COMMAND_CALL) {
        json_out_string(json_out_key(out, "action"), request->action);
        json_out_uint(json_out_key(out, "timeoutMs"), request->timeout_ms);
        json_out_raw(json_out_key(out, "payload"), request->payload.start, request->payload.length);
    }
    json_out_object_end(out);
    json_out_plain(out, "\n", 1);
}

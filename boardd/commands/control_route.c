#include "boardd/commands/control_route.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control_socket.h"
#include "common/log.h"

#define TOPIC          "control"
#define FIRST_PAUSE_MS 250
#define MAX_PAUSE_MS   4000
#define MAX_REPLY      (1024 * 1024)
#define MAX_OUTPUT     (1024 * 1024) /* commands that the gateway has not read */

struct control_route {
    struct command_route route;
    struct commands *commands;
    struct event_base *base;
    const struct source *source;
    const struct config *config;
    unsigned number;
    struct bufferevent *events; /* NULL: not connected */
    struct event *retry;
    unsigned pause_ms;
    int error;                          /* of the last connect */
    bool ready;                         /* the gateway has answered on this connection */
    char refusal[COMMAND_MESSAGE_SIZE]; /* what the gateway said before it closed; "" nothing */
    char path[CONTROL_PATH_SIZE];
};

static struct control_route *of(struct command_route *route)
{
    return (struct control_route *)route;
}

static void retry_later(struct control_route *route)
{
    struct timeval pause = {(time_t)(route->pause_ms / 1000),
                            (suseconds_t)(route->pause_ms % 1000 * 1000)};
    evtimer_add(route->retry, &pause);
    route->pause_ms = route->pause_ms * 2 < MAX_PAUSE_MS ? route->pause_ms * 2 : MAX_PAUSE_MS;
}

static void lose(struct control_route *route, const char *message)
{
    bufferevent_free(route->events);
    route->events = NULL;
    route->ready = false;
    retry_later(route);
    commands_lost(route->commands, route->number,
                  route->refusal[0] != '\0' ? route->refusal : message);
}

/* ---- replies ---- */

/* What concerns no request of ours is why the gateway is about to close. */
static void note_refusal(struct control_route *route, struct json_span reply)
{
    char text[COMMAND_MESSAGE_SIZE - 32];
    struct json_span member;
    if (!json_member(reply, "message", &member) || member.type != JSON_STRING ||
        json_string(member, text, sizeof(text)) < 0)
        return;
    snprintf(route->refusal, sizeof(route->refusal), "the gateway refuses: %s", text);
    log_warnx(TOPIC, "%s: %s", route->path, route->refusal);
}

static bool take_reply(struct control_route *route, const char *line, size_t length)
{
    struct json_span reply, member;
    long long id;
    if (!json_scan(line, length, &reply, NULL) || reply.type != JSON_OBJECT)
        return false;
    if (json_member(reply, "id", &member) && json_integer(member, &id)) {
        route->ready = true;
        route->refusal[0] = '\0';
        route->pause_ms = FIRST_PAUSE_MS;
        command_answered(route->commands, (uint64_t)id, line, length);
    } else {
        note_refusal(route, reply);
    }
    return true;
}

static void on_read(struct bufferevent *events, void *context)
{
    struct control_route *route = context;
    struct evbuffer *input = bufferevent_get_input(events);
    for (;;) {
        size_t end = 0;
        struct evbuffer_ptr at = evbuffer_search_eol(input, NULL, &end, EVBUFFER_EOL_LF);
        if (at.pos < 0) {
            if (evbuffer_get_length(input) > MAX_REPLY)
                lose(route, "the gateway's answer is too long");
            return;
        }
        const char *line = at.pos > 0 ? (const char *)evbuffer_pullup(input, at.pos) : "";
        if (line == NULL || !take_reply(route, line, (size_t)at.pos)) {
            lose(route, "the gateway's answer can't be read");
            return;
        }
        evbuffer_drain(input, (size_t)at.pos + end);
    }
}

static void on_event(struct bufferevent *events, short what, void *context)
{
    struct control_route *route = context;
    if ((what & BEV_EVENT_WRITING) != 0)
        return; /* it has closed; its last words are still to be read, and its end */
    on_read(events, route);
    if (route->events != NULL)
        lose(route, "the gateway closed the control connection");
}

/* ---- the connection ---- */

/* A connection alone says little: one that waits to be accepted looks the same. */
static void ask_whether_there(struct control_route *route)
{
    static const char probe[] = "{\"id\":0,\"command\":\"list\",\"limit\":1}\n";
    bufferevent_write(route->events, probe, sizeof(probe) - 1);
}

static bool connect_now(struct control_route *route)
{
    int descriptor = control_connect_gateway(route->config, route->source->name, route->path);
    route->error = descriptor < 0 ? errno : 0;
    if (descriptor < 0)
        return false;
    route->events = bufferevent_socket_new(route->base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    if (route->events == NULL) {
        evutil_closesocket(descriptor);
        route->error = ENOMEM;
        return false;
    }
    bufferevent_setcb(route->events, on_read, NULL, on_event, route);
    bufferevent_setwatermark(route->events, EV_READ, 0, MAX_REPLY + 1);
    bufferevent_enable(route->events, EV_READ | EV_WRITE);
    evtimer_del(route->retry);
    ask_whether_there(route);
    return true;
}

static void on_retry(evutil_socket_t descriptor, short what, void *context)
{
    struct control_route *route = context;
    (void)descriptor;
    (void)what;
    if (route->events == NULL && !connect_now(route))
        retry_later(route);
}

/* ---- the route ---- */

static enum command_access access_of(const struct command_route *command_route, char *reason)
{
    const struct control_route *route = (const struct control_route *)command_route;
    if (route->refusal[0] != '\0') {
        snprintf(reason, COMMAND_MESSAGE_SIZE, "%s", route->refusal);
        return COMMAND_ACCESS_UNREACHABLE;
    }
    if (route->ready)
        return COMMAND_ACCESS_AVAILABLE;
    if (route->error == ENOENT && route->source->state == SOURCE_LIVE) {
        snprintf(reason, COMMAND_MESSAGE_SIZE,
                 "this dashboard only looks: the gateway runs without a control socket "
                 "(gateway.control)");
        return COMMAND_ACCESS_OFF;
    }
    if (route->error == EACCES)
        snprintf(reason, COMMAND_MESSAGE_SIZE,
                 "the dashboard's user may not use the gateway's control socket; see shm.group");
    else if (route->error == EPERM)
        snprintf(reason, COMMAND_MESSAGE_SIZE,
                 "who listens on the control socket is neither root nor the owner of the gateway's "
                 "segment: not used");
    else if (route->error == ENOENT || route->error == ECONNREFUSED)
        snprintf(reason, COMMAND_MESSAGE_SIZE, "the gateway does not run");
    else
        snprintf(reason, COMMAND_MESSAGE_SIZE, "the gateway does not answer%s%s",
                 route->error != 0 ? ": " : "", route->error != 0 ? strerror(route->error) : "");
    return COMMAND_ACCESS_UNREACHABLE;
}

static bool send_command(struct command_route *command_route, uint64_t id,
                         const struct command_request *request, uint64_t timeout_ms)
{
    struct control_route *route = of(command_route);
    struct json_out line;
    size_t length;
    (void)timeout_ms;
    if (route->events == NULL && !connect_now(route))
        return false;
    struct evbuffer *output = bufferevent_get_output(route->events);
    json_out_init(&line);
    command_write(&line, id, request);
    char *text = json_out_take(&line, &length);
    bool sent = text != NULL && evbuffer_get_length(output) + length <= MAX_OUTPUT &&
                evbuffer_add(output, text, length) == 0;
    free(text);
    return sent;
}

static void free_route(struct command_route *command_route)
{
    struct control_route *route = of(command_route);
    if (route->events != NULL)
        bufferevent_free(route->events);
    event_free(route->retry);
    free(route);
}

static const struct command_route_operations operations = {
    .access = access_of,
    .send = send_command,
    .free = free_route,
};

struct command_route *control_route_new(struct commands *commands, struct event_base *base,
                                        unsigned number, const struct source *source,
                                        const struct config *config, const char *path)
{
    struct control_route *route = calloc(1, sizeof(*route));
    if (route == NULL)
        return NULL;
    route->route.operations = &operations;
    route->commands = commands;
    route->base = base;
    route->number = number;
    route->source = source;
    route->config = config;
    route->pause_ms = FIRST_PAUSE_MS;
    snprintf(route->path, sizeof(route->path), "%s", path);
    route->retry = evtimer_new(base, on_retry, route);
    if (route->retry == NULL) {
        free(route);
        return NULL;
    }
    if (!connect_now(route))
        retry_later(route);
    return &route->route;
}

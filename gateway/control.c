#include "gateway/control.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/control_socket.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "gateway/control_internal.h"

#define TOPIC           "control"
#define LINES_A_TURN    4
#define PAUSE_OUTPUT    (64 * 1024) /* a client that has so much to read is not read itself */
#define MAX_TEXT        512
#define ACCEPT_PAUSE_US 100000
/* Whoever connects without end is served with pauses, and complained of now and then. */
#define ACCEPTS_AT_ONCE 16
#define BREATH_US       1000
#define COMPLAINTS      10 /* a second */

/* ---- replies ---- */

static void fail(struct control_client *client)
{
    client->gone = true;
    event_active(client->control->sweep, EV_TIMEOUT, 0);
}

void control_put(struct control *control, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (evbuffer_add_vprintf(control->line, format, args) < 0)
        control->line_failed = true;
    va_end(args);
}

void control_put_text(struct control *control, const char *text)
{
    char escaped[MAX_TEXT * 6];
    json_escape(text, strlen(text), escaped, sizeof(escaped));
    control_put(control, "\"%s\"", escaped);
}

/* Line breaks between its tokens become spaces: a reply is one line. */
void control_put_json(struct control *control, const char *json, size_t length)
{
    while (length > 0) {
        size_t span = 0;
        while (span < length && json[span] != '\n' && json[span] != '\r')
            span++;
        if (evbuffer_add(control->line, json, span) != 0 ||
            (span < length && evbuffer_add(control->line, " ", 1) != 0))
            control->line_failed = true;
        span += span < length;
        json += span;
        length -= span;
    }
}

void control_begin(struct control_client *client, const char *id, bool ok)
{
    struct control *control = client->control;
    evbuffer_drain(control->line, evbuffer_get_length(control->line));
    control->line_failed = false;
    control_put(control, "{\"id\":%s,\"ok\":%s", id, ok ? "true" : "false");
}

void control_end(struct control_client *client)
{
    struct control *control = client->control;
    struct evbuffer *output = bufferevent_get_output(client->events);
    control_put(control, "}\n");
    if (control->line_failed ||
        evbuffer_get_length(output) + evbuffer_get_length(control->line) > CONTROL_MAX_OUTPUT ||
        evbuffer_add_buffer(output, control->line) != 0) {
        log_warnx(TOPIC, "uid %u, pid %d does not read its replies: closed",
                  (unsigned)client->peer.uid, (int)client->peer.pid);
        fail(client);
    }
}

void control_refuse(struct control_client *client, const char *id, const char *error,
                    const char *format, ...)
{
    char text[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    control_begin(client, id, false);
    control_put(client->control, ",\"error\":\"%s\",\"message\":", error);
    control_put_text(client->control, text);
    control_end(client);
}

/* The last words were said. */
static void close_after_output(struct control_client *client)
{
    client->closing = true;
    bufferevent_disable(client->events, EV_READ);
    if (evbuffer_get_length(bufferevent_get_output(client->events)) == 0)
        fail(client);
}

static void turn_out(struct control_client *client, const char *error, const char *text)
{
    log_warnx(TOPIC, "uid %u, pid %d: %s: closed", (unsigned)client->peer.uid,
              (int)client->peer.pid, text);
    control_refuse(client, "null", error, "%s", text);
    close_after_output(client);
}

/* ---- requests ---- */

static void handle_line(struct control_client *client, const char *line, size_t length)
{
    struct control_request request;
    char error[MAX_TEXT];
    uint64_t now = loop_clock_mono(&client->control->gateway->clock);
    if (!token_bucket_take(&client->rate, now)) {
        turn_out(client, "busy", "too many requests in a second");
        return;
    }
    if (length == 0)
        return;
    if (control_request_parse(line, length, &request, error, sizeof(error))) {
        control_execute(client, &request);
        return;
    }
    log_info(TOPIC, "uid %u, pid %d sent a wrong request: %s", (unsigned)client->peer.uid,
             (int)client->peer.pid, error);
    control_refuse(client, request.id, "bad_request", "%s", error);
    /* what is no JSON at all comes from no client of ours */
    if (!request.is_object)
        close_after_output(client);
}

static struct timeval timeout_of(const struct control *control)
{
    uint64_t ms = control->gateway->config.gateway_control_timeout;
    return (struct timeval){(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
}

/* The next whole line; false when there is none. */
static bool take_line(struct control_client *client)
{
    struct evbuffer *input = bufferevent_get_input(client->events);
    struct timeval timeout = timeout_of(client->control);
    size_t line_end = 0;
    struct evbuffer_ptr at = evbuffer_search_eol(input, NULL, &line_end, EVBUFFER_EOL_LF);
    size_t length = at.pos >= 0 ? (size_t)at.pos : evbuffer_get_length(input);
    if (length > CONTROL_MAX_LINE) {
        turn_out(client, "bad_request", "the line is too long");
        return false;
    }
    /* the end of all input ends a line, too */
    if (at.pos < 0 && (length == 0 || !client->ended)) {
        if (length > 0 && !evtimer_pending(client->deadline, NULL))
            evtimer_add(client->deadline, &timeout);
        return false;
    }
    evtimer_del(client->deadline);
    const char *line = length > 0 ? (const char *)evbuffer_pullup(input, (ssize_t)length) : "";
    if (line == NULL) {
        fail(client);
        return false;
    }
    handle_line(client, line, length);
    evbuffer_drain(input, length + line_end);
    return true;
}

/* It has sent all: closed when it has got all. */
static void close_when_done(struct control_client *client)
{
    if (client->ended && client->call_count == 0)
        close_after_output(client);
}

static void on_read(struct bufferevent *events, void *context)
{
    static const struct timeval breath = {0, BREATH_US};
    struct control_client *client = context;
    for (unsigned n = 0; n < LINES_A_TURN; n++) {
        if (client->gone || client->closing)
            return;
        if (evbuffer_get_length(bufferevent_get_output(events)) > PAUSE_OUTPUT) {
            client->paused = true;
            evtimer_del(client->deadline); /* the rest of its line waits for itself */
            bufferevent_disable(events, EV_READ);
            return;
        }
        if (!take_line(client)) {
            if (!client->closing)
                close_when_done(client);
            return;
        }
    }
    /* by a timer: deferred callbacks would keep the loop from coming to its end */
    event_add(client->more, &breath);
}

static void on_more(int descriptor, short what, void *context)
{
    struct control_client *client = context;
    (void)descriptor;
    (void)what;
    on_read(client->events, client);
}

static void on_deadline(int descriptor, short what, void *context)
{
    struct control_client *client = context;
    (void)descriptor;
    (void)what;
    if (!client->gone && !client->closing)
        turn_out(client, "bad_request", "the line was not finished in time");
}

static void on_written(struct bufferevent *events, void *context)
{
    struct control_client *client = context;
    if (evbuffer_get_length(bufferevent_get_output(events)) > 0)
        return; /* the call was made for what had been written before */
    if (client->closing) {
        fail(client);
        return;
    }
    if (client->paused) {
        client->paused = false;
        bufferevent_enable(events, EV_READ);
        bufferevent_trigger(events, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
        return;
    }
    close_when_done(client);
}

/* Whether the other side has closed its socket, not just its half. */
static bool is_hung_up(const struct control_client *client)
{
    struct pollfd state = {.fd = bufferevent_getfd(client->events)};
    return poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

static void on_event(struct bufferevent *events, short what, void *context)
{
    struct control_client *client = context;
    if ((what & BEV_EVENT_EOF) == 0 || is_hung_up(client)) {
        fail(client);
        return;
    }
    client->ended = true;
    bufferevent_trigger(events, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- clients ---- */

static void free_parts(struct control_client *client)
{
    if (client->events != NULL)
        bufferevent_free(client->events);
    if (client->more != NULL)
        event_free(client->more);
    if (client->deadline != NULL)
        event_free(client->deadline);
    free(client);
}

static void client_free(struct control_client *client)
{
    struct control *control = client->control;
    control_forget_calls(client);
    TAILQ_REMOVE(&control->clients, client, link);
    control->client_count--;
    free_parts(client);
}

static void on_sweep(int descriptor, short what, void *context)
{
    struct control *control = context;
    struct control_client *client = TAILQ_FIRST(&control->clients);
    (void)descriptor;
    (void)what;
    while (client != NULL) {
        struct control_client *next = TAILQ_NEXT(client, link);
        if (client->gone)
            client_free(client);
        client = next;
    }
}

static struct control_client *client_new(struct control *control, int descriptor)
{
    const struct config *config = &control->gateway->config;
    struct timeval timeout = timeout_of(control);
    struct control_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return NULL;
    client->control = control;
    client->events = bufferevent_socket_new(control->gateway->base, descriptor,
                                            BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    client->more = evtimer_new(control->gateway->base, on_more, client);
    client->deadline = evtimer_new(control->gateway->base, on_deadline, client);
    if (client->events == NULL || client->more == NULL || client->deadline == NULL) {
        if (client->events != NULL)
            bufferevent_setfd(client->events, -1); /* the caller's still */
        free_parts(client);
        return NULL;
    }
    TAILQ_INIT(&client->calls);
    token_bucket_init(&client->rate, config->gateway_control_rate, TOKEN_BUCKET_SECOND,
                      config->gateway_control_burst);
    bufferevent_setcb(client->events, on_read, on_written, on_event, client);
    bufferevent_setwatermark(client->events, EV_READ, 0, CONTROL_MAX_LINE + 1);
    bufferevent_set_timeouts(client->events, NULL, &timeout);
    TAILQ_INSERT_TAIL(&control->clients, client, link);
    control->client_count++;
    return client;
}

/* Told why on the spot, and closed. */
static void turn_away(struct control *control, int descriptor, const struct control_peer *peer,
                      const char *error, const char *text)
{
    char line[MAX_TEXT];
    int length =
        snprintf(line, sizeof(line),
                 "{\"id\":null,\"ok\":false,\"error\":\"%s\",\"message\":\"%s\"}\n", error, text);
    ssize_t sent = send(descriptor, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    close(descriptor);
    if (token_bucket_take(&control->complaints, loop_clock_mono(&control->gateway->clock)))
        log_warnx(TOPIC, "uid %u, pid %d is turned away: %s", (unsigned)peer->uid, (int)peer->pid,
                  text);
}

static void accept_later(struct control *control, unsigned us)
{
    struct timeval later = {0, (suseconds_t)us};
    control->accepted = 0;
    evconnlistener_disable(control->listener);
    evtimer_add(control->retry, &later);
}

static void serve(struct control *control, int descriptor)
{
    struct control_peer peer;
    if (!control_peer_allowed(descriptor, &control->file, &control->users, &peer)) {
        turn_away(
            control, descriptor, &peer, "forbidden",
            "only root, the gateway's user, and the users of gateway.control_users (or, where "
            "none are listed, members of the socket's group) may use this socket");
        return;
    }
    bool has_room = control->client_count < control->gateway->config.gateway_control_clients;
    struct control_client *client = has_room ? client_new(control, descriptor) : NULL;
    if (client == NULL) {
        turn_away(control, descriptor, &peer, "busy", "too many clients at one time");
        return;
    }
    client->peer = peer;
    bufferevent_enable(client->events, EV_READ | EV_WRITE);
    log_debug(TOPIC, "uid %u, pid %d connected", (unsigned)peer.uid, (int)peer.pid);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t descriptor,
                          struct sockaddr *address, int length, void *context)
{
    struct control *control = context;
    (void)listener;
    (void)address;
    (void)length;
    serve(control, descriptor);
    if (++control->accepted >= ACCEPTS_AT_ONCE)
        accept_later(control, BREATH_US);
}

/* Out of descriptors: the connection waits, and the loop must not be called for it all the time. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    (void)listener;
    accept_later(context, ACCEPT_PAUSE_US);
}

static void on_retry(int descriptor, short what, void *context)
{
    struct control *control = context;
    (void)descriptor;
    (void)what;
    evconnlistener_enable(control->listener);
}

/* ---- beginning and end ---- */

static bool make_parts(struct control *control)
{
    struct event_base *base = control->gateway->base;
    control->line = evbuffer_new();
    control->retry = evtimer_new(base, on_retry, control);
    control->sweep = event_new(base, -1, 0, on_sweep, control);
    control->listener = evconnlistener_new(base, on_connection, control, LEV_OPT_CLOSE_ON_EXEC, 0,
                                           control->file.descriptor);
    if (control->listener != NULL)
        evconnlistener_set_error_cb(control->listener, on_accept_error);
    return control->line != NULL && control->retry != NULL && control->sweep != NULL &&
           control->listener != NULL;
}

bool control_open(struct control **out, struct gateway *gateway, char *error, size_t error_size)
{
    *out = NULL;
    if (control_is_off(&gateway->config))
        return true;
    struct control *control = calloc(1, sizeof(*control));
    snprintf(error, error_size, "out of memory");
    if (control == NULL)
        return false;
    control->gateway = gateway;
    control->file.descriptor = -1;
    TAILQ_INIT(&control->clients);
    token_bucket_init(&control->complaints, COMPLAINTS, TOKEN_BUCKET_SECOND, COMPLAINTS);
    if (control_users_read(&control->users, &gateway->config, error, error_size) &&
        control_file_open(&control->file, &gateway->config, error, error_size) &&
        make_parts(control)) {
        *out = control;
        return true;
    }
    control_free(control);
    return false;
}

void control_configure(struct control *control)
{
    struct control_users users;
    char error[MAX_TEXT];
    if (control == NULL)
        return;
    if (control_users_read(&users, &control->gateway->config, error, sizeof(error)))
        control->users = users;
    else
        log_warnx("config", "%s; the old users stay", error);
}

const char *control_where(const struct control *control)
{
    return control->file.path;
}

void control_free(struct control *control)
{
    if (control == NULL)
        return;
    while (!TAILQ_EMPTY(&control->clients)) {
        struct control_client *client = TAILQ_FIRST(&control->clients);
        struct evbuffer *output = bufferevent_get_output(client->events);
        evbuffer_unfreeze(output, 1);
        evbuffer_write(output, bufferevent_getfd(client->events)); /* what needs no waiting */
        client_free(client);
    }
    if (control->listener != NULL)
        evconnlistener_free(control->listener);
    if (control->retry != NULL)
        event_free(control->retry);
    if (control->sweep != NULL)
        event_free(control->sweep);
    if (control->line != NULL)
        evbuffer_free(control->line);
    control_file_close(&control->file);
    free(control);
}

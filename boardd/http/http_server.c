#include "boardd/http/http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardd/http/http_internal.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "common/tls.h"

#define MAX_REQUEST_LINE 4096
#define MAX_HEAD         8192
#define MAX_HEADERS      64
#define MAX_SINGLE_WRITE 262144 /* libevent writes 16 KiB at a time unless told */
#define LINGER_MS        1000
#define LINGER_BYTES     (256 * 1024)
#define DISCARD_BYTES    4096

void http_connection_set_deadline(struct http_connection *connection, uint64_t ms)
{
    struct timeval after = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    event_add(connection->deadline, &after);
}

void http_connection_free(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    TAILQ_REMOVE(&server->connections, connection, link);
    server->connection_count--;
    if (connection->state == CONNECTION_HANDLING && connection->exchange.cancelled != NULL)
        connection->exchange.cancelled(connection->exchange.cancel_context);
    if (connection->state == CONNECTION_STREAMING && connection->stream.callbacks.closed != NULL)
        connection->stream.callbacks.closed(connection->stream.callbacks.context);
    event_free(connection->deadline);
    bufferevent_free(connection->events);
    free(connection);
}

static bool connection_is_secure(const struct http_connection *connection)
{
    return connection->server->options.tls != NULL && !connection->plain;
}

bool http_is_secure(const struct http_exchange *exchange)
{
    return connection_is_secure(exchange->connection);
}

/* Lets the peer read the reply although it may still be sending: a plain close would reset the
 * connection under it. */
static void linger(struct http_connection *connection)
{
    connection->state = CONNECTION_LINGERING;
    if (connection_is_secure(connection))
        tls_end_output(connection->events);
    if (shutdown(bufferevent_getfd(connection->events), SHUT_WR) != 0) {
        http_connection_free(connection);
        return;
    }
    connection->request_length = 0;
    bufferevent_setwatermark(connection->events, EV_READ, 0, DISCARD_BYTES);
    bufferevent_enable(connection->events, EV_READ);
    http_connection_set_deadline(connection, LINGER_MS);
}

static void discard_input(struct http_connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->events);
    size_t length = evbuffer_get_length(input);
    evbuffer_drain(input, length);
    connection->request_length += length;
    if (connection->state == CONNECTION_LINGERING && connection->request_length > LINGER_BYTES)
        http_connection_free(connection);
}

static void await_request(struct http_connection *connection)
{
    connection->state = CONNECTION_READING;
    connection->request_begun = false;
    connection->continue_sent = false;
    connection->waiting_since_ms = clock_mono_ms();
    http1_parser_init(&connection->parser, &connection->server->limits);
    bufferevent_enable(connection->events, EV_READ);
    http_connection_set_deadline(connection, connection->server->options.idle_timeout_ms);
}

/*
 * Most replies fit the socket's buffer: they leave at once, in one system call, and without asking
 * the kernel when there is room. What does not fit is the bufferevent's to send.
 */
static void send_now(struct http_connection *connection)
{
    struct evbuffer *output = bufferevent_get_output(connection->events);
    evbuffer_unfreeze(output, 1);
    evbuffer_write(output, bufferevent_getfd(connection->events));
    evbuffer_freeze(output, 1);
    if (evbuffer_get_length(output) == 0) {
        bufferevent_trigger(connection->events, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
        return;
    }
    bufferevent_enable(connection->events, EV_WRITE);
    bufferevent_disable(connection->events, EV_READ);
}

void http_connection_hold_output(struct http_connection *connection)
{
    if (!connection_is_secure(connection))
        bufferevent_disable(connection->events, EV_WRITE);
}

void http_connection_replied(struct http_connection *connection)
{
    evbuffer_drain(bufferevent_get_input(connection->events), connection->request_length);
    connection->state = CONNECTION_WRITING;
    if (connection_is_secure(connection))
        bufferevent_disable(connection->events, EV_READ);
    else
        send_now(connection);
    http_connection_set_deadline(connection, connection->server->options.idle_timeout_ms);
}

static enum http_method method_of(struct http1_span text)
{
    static const struct {
        const char *text;
        enum http_method method;
    } methods[] = {{"GET", HTTP_GET}, {"HEAD", HTTP_HEAD},     {"POST", HTTP_POST},
                   {"PUT", HTTP_PUT}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS}};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (http1_equals(text, methods[i].text))
            return methods[i].method;
    }
    return HTTP_OTHER;
}

static void begin_exchange(struct http_connection *connection)
{
    struct http_exchange *exchange = &connection->exchange;
    exchange->connection = connection;
    exchange->cancelled = NULL;
    exchange->tagged = false;
    exchange->added_length = 0;
    exchange->body = (struct http1_span){"", 0};
    connection->state = CONNECTION_HANDLING;
}

/* An error before there is a request that the handler could see. The connection ends with it. */
static void refuse(struct http_connection *connection, unsigned status, const char *reason)
{
    connection->keep_alive = false;
    connection->request_length = evbuffer_get_length(bufferevent_get_input(connection->events));
    begin_exchange(connection);
    connection->exchange.method = HTTP_GET;
    http_reply_error(&connection->exchange, status, "%s", reason);
}

static void handle(struct http_connection *connection, const char *data)
{
    struct http_exchange *exchange = &connection->exchange;
    begin_exchange(connection);
    exchange->method = method_of(exchange->request.method);
    exchange->body.start = data + exchange->request.head_length;
    exchange->body.length = (size_t)exchange->request.content_length;
    connection->keep_alive = exchange->request.keep_alive;
    /* no deadline for our own work, but for a reply that never comes the connection would stay for
     * ever */
    event_del(connection->deadline);
    connection->server->options.handler(exchange, connection->server->options.context);
}

static void send_continue(struct http_connection *connection)
{
    const struct http1_request *request = &connection->exchange.request;
    if (connection->continue_sent || request->minor_version == 0 ||
        !http1_has_token(request, "Expect", "100-continue"))
        return;
    connection->continue_sent = true;
    bufferevent_enable(connection->events, EV_WRITE);
    bufferevent_write(connection->events, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

static void read_request(struct http_connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->events);
    size_t length = evbuffer_get_length(input);
    if (length == 0)
        return;
    if (!connection->request_begun) {
        connection->request_begun = true;
        http_connection_set_deadline(connection, connection->server->options.request_timeout_ms);
    }
    const char *data = (const char *)evbuffer_pullup(input, -1);
    if (data == NULL) {
        http_connection_free(connection);
        return;
    }
    struct http1_request *request = &connection->exchange.request;
    switch (http1_parse(&connection->parser, data, length, request)) {
    case HTTP1_MORE:
        return;
    case HTTP1_REJECTED:
        refuse(connection, connection->parser.status, connection->parser.reason);
        return;
    case HTTP1_DONE:
        break;
    }
    if (request->content_length > length - request->head_length) {
        send_continue(connection);
        return;
    }
    connection->request_length = request->head_length + (size_t)request->content_length;
    handle(connection, data);
}

static void on_event(struct bufferevent *events, short what, void *context);

static void on_read(struct bufferevent *events, void *context)
{
    struct http_connection *connection = context;
    (void)events;
    switch (connection->state) {
    case CONNECTION_READING:
        read_request(connection);
        break;
    case CONNECTION_STREAMING:
    case CONNECTION_LINGERING:
        discard_input(connection);
        break;
    case CONNECTION_HANDSHAKE:
    case CONNECTION_HANDLING:
    case CONNECTION_WRITING:
        break;
    }
}

static void on_write(struct bufferevent *events, void *context)
{
    struct http_connection *connection = context;
    if (evbuffer_get_length(bufferevent_get_output(events)) > 0)
        return;
    if (connection->state == CONNECTION_STREAMING) {
        if (connection->stream.callbacks.drained != NULL)
            connection->stream.callbacks.drained(connection->stream.callbacks.context);
        return;
    }
    if (connection->state != CONNECTION_WRITING)
        return;
    if (!connection->keep_alive) {
        linger(connection);
        return;
    }
    await_request(connection);
    read_request(connection);
}

static void use_events(struct http_connection *connection, struct bufferevent *events)
{
    connection->events = events;
    bufferevent_setcb(events, on_read, on_write, on_event, connection);
    bufferevent_set_max_single_write(events, MAX_SINGLE_WRITE);
    bufferevent_setwatermark(events, EV_READ, 0, MAX_HEAD + connection->server->options.max_body);
}

/* Somebody speaks http to the https port: say so in words that his program shows him. */
static void refuse_plain_text(struct http_connection *connection)
{
    int descriptor = fcntl(bufferevent_getfd(connection->events), F_DUPFD_CLOEXEC, 0);
    struct bufferevent *plain = descriptor >= 0
                                    ? bufferevent_socket_new(connection->server->options.base,
                                                             descriptor, BEV_OPT_CLOSE_ON_FREE)
                                    : NULL;
    if (plain == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        http_connection_free(connection);
        return;
    }
    bufferevent_free(connection->events);
    connection->plain = true;
    use_events(connection, plain);
    refuse(connection, 400, "this port speaks TLS; use https://");
}

static void on_handshake(struct http_connection *connection, short what)
{
    if ((what & BEV_EVENT_CONNECTED) != 0)
        await_request(connection);
    else if ((what & BEV_EVENT_ERROR) != 0 && tls_peer_spoke_plainly(connection->events))
        refuse_plain_text(connection);
    else
        http_connection_free(connection);
}

static void on_event(struct bufferevent *events, short what, void *context)
{
    struct http_connection *connection = context;
    (void)events;
    if (connection->state == CONNECTION_HANDSHAKE) {
        on_handshake(connection, what);
        return;
    }
    /* a peer that has sent all and closed its half still gets its reply; TLS knows no halves */
    if ((what & BEV_EVENT_EOF) != 0 && connection->state == CONNECTION_WRITING &&
        !connection_is_secure(connection)) {
        connection->keep_alive = false;
        bufferevent_disable(connection->events, EV_READ);
        return;
    }
    http_connection_free(connection);
}

static void on_deadline(evutil_socket_t descriptor, short what, void *context)
{
    struct http_connection *connection = context;
    (void)descriptor;
    (void)what;
    if (connection->state == CONNECTION_READING && connection->request_begun) {
        refuse(connection, 408, "the request was not complete in time");
        return;
    }
    http_connection_free(connection);
}

static struct bufferevent *make_events(const struct http_server *server, int descriptor)
{
    return server->options.tls != NULL
               ? tls_accept(server->options.tls, server->options.base, descriptor)
               : bufferevent_socket_new(server->options.base, descriptor, BEV_OPT_CLOSE_ON_FREE);
}

static void begin_handshake(struct http_connection *connection)
{
    connection->state = CONNECTION_HANDSHAKE;
    connection->waiting_since_ms = clock_mono_ms();
    bufferevent_enable(connection->events, EV_READ);
    http_connection_set_deadline(connection, connection->server->options.request_timeout_ms);
}

bool http_connection_new(struct http_server *server, int descriptor, const char *peer)
{
    struct http_connection *connection = calloc(1, sizeof(*connection));
    if (connection != NULL)
        connection->deadline = evtimer_new(server->options.base, on_deadline, connection);
    struct bufferevent *events =
        connection != NULL && connection->deadline != NULL ? make_events(server, descriptor) : NULL;
    if (events == NULL) {
        if (connection != NULL && connection->deadline != NULL)
            event_free(connection->deadline);
        free(connection);
        close(descriptor);
        return false;
    }
    connection->server = server;
    snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    TAILQ_INSERT_TAIL(&server->connections, connection, link);
    server->connection_count++;
    use_events(connection, events);
    if (server->options.tls != NULL)
        begin_handshake(connection);
    else
        await_request(connection);
    return true;
}

bool http_server_adopt(struct http_server *server, int descriptor, const char *peer)
{
    return http_connection_new(server, descriptor, peer);
}

struct http_server *http_server_new(const struct http_server_options *options, char *error,
                                    size_t error_size)
{
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    server->options = *options;
    server->limits =
        (struct http1_limits){MAX_REQUEST_LINE, MAX_HEAD, MAX_HEADERS, options->max_body};
    TAILQ_INIT(&server->connections);
    server->spare_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    server->resume_accepting = evtimer_new(options->base, http_accept_resume, server);
    if (server->resume_accepting == NULL || !http_accept_start(server, error, error_size)) {
        http_server_free(server);
        return NULL;
    }
    return server;
}

void http_server_stop_listening(struct http_server *server)
{
    http_accept_stop(server);
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    http_server_stop_listening(server);
    while (!TAILQ_EMPTY(&server->connections))
        http_connection_free(TAILQ_FIRST(&server->connections));
    if (server->resume_accepting != NULL)
        event_free(server->resume_accepting);
    if (server->spare_descriptor >= 0)
        close(server->spare_descriptor);
    free(server);
}

const char *http_server_address(const struct http_server *server)
{
    return server->address;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->connection_count;
}

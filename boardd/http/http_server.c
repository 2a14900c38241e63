#include "boardd/http/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardd/http/http_internal.h"
#include "common/log.h"

#define MAX_REQUEST_LINE 4096
#define MAX_HEAD         8192
#define MAX_HEADERS      64
#define BACKLOG          4096
#define LINGER_MS        1000
#define LINGER_BYTES     (256 * 1024)
#define ACCEPT_PAUSE_MS  100
#define DISCARD_BYTES    4096

struct http_server {
    struct http_server_options options;
    struct http1_limits limits;
    struct evconnlistener *listener;
    struct event *resume_accepting;
    int spare_descriptor; /* given up to refuse politely when there are no more */
    size_t connection_count;
    TAILQ_HEAD(, http_connection) connections;
    char address[64];
};

uint64_t http_server_idle_ms(const struct http_server *server)
{
    return server->options.idle_timeout_ms;
}

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

/* Lets the peer read the reply although it may still be sending: a plain close would reset the
 * connection under it. */
static void linger(struct http_connection *connection)
{
    connection->state = CONNECTION_LINGERING;
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
    http1_parser_init(&connection->parser, &connection->server->limits);
    bufferevent_enable(connection->events, EV_READ);
    http_connection_set_deadline(connection, connection->server->options.idle_timeout_ms);
}

void http_connection_replied(struct http_connection *connection)
{
    evbuffer_drain(bufferevent_get_input(connection->events), connection->request_length);
    connection->state = CONNECTION_WRITING;
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
    exchange->added_length = 0;
    exchange->body = (struct http1_span){"", 0};
    connection->state = CONNECTION_HANDLING;
    bufferevent_disable(connection->events, EV_READ);
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

static void on_event(struct bufferevent *events, short what, void *context)
{
    struct http_connection *connection = context;
    (void)events;
    /* a peer that has sent all and closed its half still gets its reply */
    if ((what & BEV_EVENT_EOF) != 0 && connection->state == CONNECTION_WRITING) {
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

static void peer_text(const struct sockaddr *address, char *out, size_t size)
{
    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, out, (socklen_t)size);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, (socklen_t)size);
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, out, (socklen_t)size);
    }
}

static bool has_room(const struct http_server *server, const char *peer)
{
    if (server->connection_count >= server->options.max_connections)
        return false;
    if (server->options.max_connections_per_address == 0)
        return true;
    size_t count = 0;
    const struct http_connection *other;
    TAILQ_FOREACH(other, &server->connections, link)
    count += strcmp(other->peer, peer) == 0;
    return count < server->options.max_connections_per_address;
}

/* Over a cap: a constant answer, no state. */
static void turn_away(evutil_socket_t descriptor)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                                 "Content-Type: application/json\r\nContent-Length: 32\r\n"
                                 "Retry-After: 1\r\n\r\n{\"error\":\"too many connections\"}";
    ssize_t sent = send(descriptor, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)sent;
    close(descriptor);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t descriptor,
                      struct sockaddr *address, int length, void *context)
{
    struct http_server *server = context;
    (void)listener;
    (void)length;
    char peer[sizeof(((struct http_connection *)0)->peer)];
    peer_text(address, peer, sizeof(peer));
    if (!has_room(server, peer)) {
        turn_away(descriptor);
        return;
    }
    struct http_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        close(descriptor);
        return;
    }
    connection->server = server;
    memcpy(connection->peer, peer, sizeof(peer));
    connection->deadline = evtimer_new(server->options.base, on_deadline, connection);
    connection->events =
        bufferevent_socket_new(server->options.base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    if (connection->deadline == NULL || connection->events == NULL) {
        if (connection->deadline != NULL)
            event_free(connection->deadline);
        if (connection->events != NULL)
            bufferevent_free(connection->events);
        else
            close(descriptor);
        free(connection);
        return;
    }
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    TAILQ_INSERT_TAIL(&server->connections, connection, link);
    server->connection_count++;
    bufferevent_setcb(connection->events, on_read, on_write, on_event, connection);
    bufferevent_setwatermark(connection->events, EV_READ, 0, MAX_HEAD + server->options.max_body);
    await_request(connection);
}

static void pause_accepting(struct http_server *server)
{
    struct timeval pause = {0, ACCEPT_PAUSE_MS * 1000};
    evconnlistener_disable(server->listener);
    event_add(server->resume_accepting, &pause);
}

/* Out of descriptors: close the spare one, take the connection, drop it, so that the peer isn't
 * left waiting. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    struct http_server *server = context;
    int reason = errno;
    if ((reason == EMFILE || reason == ENFILE) && server->spare_descriptor >= 0) {
        close(server->spare_descriptor);
        int descriptor = accept(evconnlistener_get_fd(listener), NULL, NULL);
        if (descriptor >= 0)
            turn_away(descriptor);
        server->spare_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    log_warnx("http", "accept: %s; pausing", strerror(reason));
    pause_accepting(server);
}

static void on_resume_accepting(evutil_socket_t descriptor, short what, void *context)
{
    struct http_server *server = context;
    (void)descriptor;
    (void)what;
    if (server->listener != NULL)
        evconnlistener_enable(server->listener);
}

static bool make_address(const char *text, uint16_t port, struct sockaddr_storage *out, int *length)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    memset(out, 0, sizeof(*out));
    if (strcmp(text, "localhost") == 0)
        text = "127.0.0.1";
    if (*text != '\0' && inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *length = sizeof(*v4);
        return true;
    }
    if (*text != '\0' && inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    *length = sizeof(*v6);
    return true;
}

static void note_bound_address(struct http_server *server)
{
    struct sockaddr_storage bound;
    socklen_t length = sizeof(bound);
    char text[INET6_ADDRSTRLEN] = "";
    int descriptor = evconnlistener_get_fd(server->listener);
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length) != 0)
        return;
    if (bound.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)&bound;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
        snprintf(server->address, sizeof(server->address), "%s:%u", text, ntohs(v4->sin_port));
    } else {
        const struct sockaddr_in6 *v6 = (const void *)&bound;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
        snprintf(server->address, sizeof(server->address), "[%s]:%u", text, ntohs(v6->sin6_port));
    }
}

static bool start_listening(struct http_server *server, char *error, size_t error_size)
{
    const struct http_server_options *options = &server->options;
    struct sockaddr_storage address;
    int length;
    if (!make_address(options->address, options->port, &address, &length)) {
        snprintf(error, error_size, "'%s' is no IP address", options->address);
        return false;
    }
    server->listener =
        evconnlistener_new_bind(options->base, on_accept, server,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                BACKLOG, (struct sockaddr *)&address, length);
    if (server->listener == NULL) {
        snprintf(error, error_size, "cannot listen on %s port %u: %s%s",
                 *options->address != '\0' ? options->address : "any address", options->port,
                 strerror(errno),
                 errno == EADDRINUSE ? "; another program uses it (see board.listen)" : "");
        return false;
    }
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    note_bound_address(server);
    return true;
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
    server->resume_accepting = evtimer_new(options->base, on_resume_accepting, server);
    if (server->resume_accepting == NULL || !start_listening(server, error, error_size)) {
        http_server_free(server);
        return NULL;
    }
    return server;
}

void http_server_stop_listening(struct http_server *server)
{
    if (server->listener != NULL)
        evconnlistener_free(server->listener);
    server->listener = NULL;
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

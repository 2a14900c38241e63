/* The listener: addresses, caps on connections, and what happens when there are no descriptors. */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardd/http/http_internal.h"
#include "common/log.h"
#include "common/timestamp.h"

#define BACKLOG         4096
#define ACCEPT_PAUSE_MS 100
/* Where there is no room, a connection that has brought no request for so long gives way. */
#define GIVES_WAY_MS 1000
/* Unsent bytes that the kernel may hold for one connection: more, and it would hide for megabytes
 * that a peer does not read. */
#define UNSENT_BYTES (256 * 1024)

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

static size_t count_from(const struct http_server *server, const char *peer)
{
    size_t count = 0;
    const struct http_connection *other;
    TAILQ_FOREACH(other, &server->connections, link)
    count += strcmp(other->peer, peer) == 0;
    return count;
}

/* Closes the one that has waited longest without a request. So many connections that drip or say
 * nothing can't keep the others out. */
static bool make_room(struct http_server *server)
{
    uint64_t limit = clock_mono_ms() - GIVES_WAY_MS;
    struct http_connection *connection, *longest = NULL;
    TAILQ_FOREACH(connection, &server->connections, link)
    {
        bool waits =
            connection->state == CONNECTION_HANDSHAKE || connection->state == CONNECTION_READING;
        if (waits && connection->waiting_since_ms <= limit &&
            (longest == NULL || connection->waiting_since_ms < longest->waiting_since_ms))
            longest = connection;
    }
    if (longest == NULL)
        return false;
    http_connection_free(longest);
    return true;
}

static bool has_room(struct http_server *server, const char *peer)
{
    size_t per_address = server->options.max_connections_per_address;
    if (per_address != 0 && count_from(server, peer) >= per_address)
        return false;
    return server->connection_count < server->options.max_connections || make_room(server);
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
    int on = 1, unsent = UNSENT_BYTES;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    http_connection_new(server, descriptor, peer);
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

void http_accept_resume(evutil_socket_t descriptor, short what, void *context)
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

bool http_accept_start(struct http_server *server, char *error, size_t error_size)
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

void http_accept_stop(struct http_server *server)
{
    if (server->listener != NULL)
        evconnlistener_free(server->listener);
    server->listener = NULL;
}

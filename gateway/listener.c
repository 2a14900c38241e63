#include "gateway/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/config.h"
#include "common/log.h"

#define TOPIC   "listener"
#define BACKLOG 4096

#define SECONDS_BETWEEN_COMPLAINTS 10

struct listener {
    struct evconnlistener *connections;
    struct event *retry;
    int spare;         /* given up for a moment when descriptors run out, to turn one peer away */
    time_t complained; /* CLOCK_MONOTONIC, seconds */
    listener_accepted *accepted;
    void *context;
    char address[64];
};

void listener_format_address(const struct sockaddr *address, char *out, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        snprintf(out, size, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        bool is_v4 = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        if (is_v4)
            inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof(host));
        else
            inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        snprintf(out, size, is_v4 ? "%s:%u" : "[%s]:%u", host, (unsigned)ntohs(v6->sin6_port));
    } else {
        snprintf(out, size, "?");
    }
}

static int open_spare(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connection(struct evconnlistener *connections, evutil_socket_t descriptor,
                          struct sockaddr *address, int length, void *context)
{
    struct listener *listener = context;
    struct transport transport;
    (void)connections;
    (void)length;
    transport_open(&transport, descriptor);
    listener->accepted(listener->context, &transport, address);
}

/* Not at every retry. */
static void complain(struct listener *listener, int error)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (listener->complained != 0 && now.tv_sec - listener->complained < SECONDS_BETWEEN_COMPLAINTS)
        return;
    listener->complained = now.tv_sec;
    log_warnx(TOPIC, "can't accept: %s; raise the limit of open files (LimitNOFILE, ulimit -n)",
              strerror(error));
}

/*
 * Out of descriptors the connection stays in the queue, and the listener would be called again at
 * once, for ever. One peer is turned away with the spare descriptor, and the next look is a little
 * later.
 */
static void on_error(struct evconnlistener *connections, void *context)
{
    struct listener *listener = context;
    struct timeval later = {0, 100000};
    int error = errno;
    if (error != EMFILE && error != ENFILE && error != ENOMEM && error != ENOBUFS)
        return;
    evconnlistener_disable(connections);
    if (listener->spare >= 0)
        close(listener->spare);
    int peer = accept(evconnlistener_get_fd(connections), NULL, NULL);
    if (peer >= 0)
        close(peer);
    listener->spare = open_spare();
    complain(listener, error);
    evtimer_add(listener->retry, &later);
}

static void on_retry(int descriptor, short what, void *context)
{
    struct listener *listener = context;
    (void)descriptor;
    (void)what;
    evconnlistener_enable(listener->connections);
}

static int bind_socket(const struct addrinfo *info)
{
    int on = 1;
    int descriptor = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(descriptor, info->ai_addr, info->ai_addrlen) == 0 && listen(descriptor, BACKLOG) == 0)
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static void explain(const char *key, const char *where, char *error, size_t error_size)
{
    const char *advice = "";
    if (errno == EADDRINUSE)
        advice = "; another program listens there: stop it or change ";
    else if (errno == EACCES)
        advice = "; ports below 1024 need privileges: change ";
    else if (errno == EADDRNOTAVAIL)
        advice = "; this machine has no such address: change ";
    snprintf(error, error_size, "can't listen on %s: %s%s%s", where, strerror(errno), advice,
             advice[0] != '\0' ? key : "");
}

/* The socket, listening; -1 with a text in `error`. */
static int open_socket(const char *key, const char *where, char *error, size_t error_size)
{
    char host[256], service[8];
    uint16_t port;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (!config_split_listen(where, host, sizeof(host), &port)) {
        snprintf(error, error_size, "%s: \"%s\" is not address:port", key, where);
        return -1;
    }
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    int status = getaddrinfo(host[0] != '\0' ? host : NULL, service, &hints, &found);
    if (status != 0) {
        snprintf(error, error_size, "%s: %s: %s", key, where, gai_strerror(status));
        return -1;
    }
    int descriptor = bind_socket(found);
    if (descriptor < 0)
        explain(key, where, error, error_size);
    freeaddrinfo(found);
    return descriptor;
}

static void note_address(struct listener *listener)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    getsockname(evconnlistener_get_fd(listener->connections), (struct sockaddr *)&address, &length);
    listener_format_address((struct sockaddr *)&address, listener->address,
                            sizeof(listener->address));
}

struct listener *listener_open(struct event_base *base, const char *key, const char *listen,
                               listener_accepted *accepted, void *context, char *error,
                               size_t error_size)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    int descriptor = listener != NULL ? open_socket(key, listen, error, error_size) : -1;
    if (descriptor < 0) {
        free(listener);
        return NULL;
    }
    listener->accepted = accepted;
    listener->context = context;
    listener->spare = open_spare();
    listener->retry = evtimer_new(base, on_retry, listener);
    listener->connections =
        evconnlistener_new(base, on_connection, listener,
                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, descriptor);
    if (listener->connections == NULL || listener->retry == NULL) {
        snprintf(error, error_size, "out of memory");
        if (listener->connections == NULL)
            close(descriptor);
        listener_close(listener);
        return NULL;
    }
    evconnlistener_set_error_cb(listener->connections, on_error);
    note_address(listener);
    return listener;
}

void listener_pause(struct listener *listener, unsigned ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};
    evconnlistener_disable(listener->connections);
    evtimer_add(listener->retry, &wait);
}

void listener_close(struct listener *listener)
{
    if (listener == NULL)
        return;
    if (listener->connections != NULL)
        evconnlistener_free(listener->connections);
    if (listener->retry != NULL)
        event_free(listener->retry);
    if (listener->spare >= 0)
        close(listener->spare);
    free(listener);
}

const char *listener_address(const struct listener *listener)
{
    return listener->address;
}

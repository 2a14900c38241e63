/*
 * The least that a WebSocket server for stations can do, to measure against: epoll, recv, walk over
 * the frames' headers (nothing is unmasked or looked at), one canned answer for each, send. The
 * handshake is the real one.
 *
 *   bare_replier heartbeat|meter      prints "listening PORT"
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http1.h"
#include "gateway/handshake.h"

#define BUFFER 8192

struct connection {
    int socket;
    bool open; /* the handshake is done */
    size_t length;
    unsigned char bytes[BUFFER];
};

static char answer[128];
static size_t answer_length;
static int poller;

static const char heartbeat[] = "[3,\"00000000\",{\"currentTime\":\"2026-01-31T12:00:00.123Z\"}]";
static const char meter[] = "[3,\"00000000\",{}]";

/* As long as the gateway's. */
static void make_answer(const char *text)
{
    size_t length = strlen(text);
    answer[0] = (char)0x81;
    answer[1] = (char)length;
    memcpy(answer + 2, text, length);
    answer_length = length + 2;
}

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static void drop(struct connection *connection)
{
    close(connection->socket);
    free(connection);
}

static bool shake_hands(struct connection *connection)
{
    static const struct http1_limits limits = {4096, 4096, HTTP1_MAX_HEADERS, 0};
    struct http1_parser parser;
    struct http1_request request;
    struct handshake handshake;
    struct handshake_refusal refusal;
    char response[HANDSHAKE_MAX_RESPONSE];
    http1_parser_init(&parser, &limits);
    switch (http1_parse(&parser, (char *)connection->bytes, connection->length, &request)) {
    case HTTP1_MORE:
        return true;
    case HTTP1_REJECTED:
        return false;
    case HTTP1_DONE:
        break;
    }
    if (!handshake_read(&request, "/ocpp", &handshake, &refusal))
        return false;
    size_t length = handshake_write_upgrade(&handshake, response);
    connection->length = 0;
    connection->open = true;
    return send(connection->socket, response, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Length of the masked frame that begins there, 0 when it is not complete. */
static size_t frame_at(const unsigned char *bytes, size_t length)
{
    if (length < 6)
        return 0;
    size_t header = 6, payload = bytes[1] & 127u;
    if (payload == 126) {
        header = 8;
        payload = (size_t)bytes[2] << 8 | bytes[3];
    }
    return length >= header + payload ? header + payload : 0;
}

static bool reply(struct connection *connection)
{
    char out[BUFFER * 2];
    size_t at = 0, frame, out_length = 0;
    while ((frame = frame_at(connection->bytes + at, connection->length - at)) > 0 &&
           out_length + answer_length <= sizeof(out)) {
        memcpy(out + out_length, answer, answer_length);
        out_length += answer_length;
        at += frame;
    }
    if (at < connection->length)
        memmove(connection->bytes, connection->bytes + at, connection->length - at);
    connection->length -= at;
    return out_length == 0 ||
           send(connection->socket, out, out_length, MSG_NOSIGNAL) == (ssize_t)out_length;
}

static void on_readable(struct connection *connection)
{
    ssize_t got = recv(connection->socket, connection->bytes + connection->length,
                       sizeof(connection->bytes) - connection->length, 0);
    if (got <= 0) {
        drop(connection);
        return;
    }
    connection->length += (size_t)got;
    if (!(connection->open ? reply(connection) : shake_hands(connection)))
        drop(connection);
}

static void accept_one(int listener)
{
    int on = 1;
    struct connection *connection = calloc(1, sizeof(*connection));
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    if (connection == NULL)
        die("memory");
    connection->socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection->socket < 0) {
        free(connection);
        return;
    }
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, 4096) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("listen");
    printf("listening %u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv)
{
    struct epoll_event events[512], event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    struct rlimit files = {20000, 20000};
    make_answer(argc > 1 && strcmp(argv[1], "meter") == 0 ? meter : heartbeat);
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_somewhere();
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(poller, events, 512, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                accept_one(listener);
            else
                on_readable(events[i].data.ptr);
        }
    }
}

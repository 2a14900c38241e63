/*
 * Bytes of a browser, cut into pieces anywhere, through the server, the routes and all handlers.
 * The first byte tells how they are cut: 0 not at all, else into pieces of up to so many bytes.
 * Nothing may crash, and whatever comes back begins like a reply.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardd/board.h"
#include "boardd/http/http_server.h"
#include "common/log.h"
#include "tests/fuzz/fuzz.h"

static struct config config;
static struct event_base *base;
static struct board *board;

static void set(const char *assignment)
{
    MUST(config_set(&config, assignment, NULL, NULL) == 0);
}

static void start(void)
{
    char error[512];
    log_open("fuzz", LOG_TO_STDERR, LOG_LEVEL_ERROR);
    config_init(&config);
    set("shm.dir=/nonexistent");
    set("board.webui=/nonexistent");
    set("board.auth=none");
    set("board.listen=127.0.0.1:0");
    set("board.request_rate=100000");
    set("board.request_burst=1000000");
    base = event_base_new();
    MUST(base != NULL && event_base_priority_init(base, 2) == 0);
    board = board_new(&config, base, error, sizeof(error));
    MUST(board != NULL);
}

/* A pair of sockets: connections of TCP would leave their ports waiting, and soon there are none.
 */
static int connect_to_board(void)
{
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    MUST(http_server_adopt(board->server, ends[0], "192.0.2.1"));
    return ends[1];
}

static void receive(int connection)
{
    static const char beginning[] = "HTTP/1.1 ";
    static char reply[65536];
    ssize_t got = recv(connection, reply, sizeof(reply), MSG_DONTWAIT);
    if (got >= (ssize_t)sizeof(beginning) - 1)
        MUST(memcmp(reply, beginning, sizeof(beginning) - 1) == 0);
}

static size_t next_piece(uint32_t *state, size_t longest, size_t rest)
{
    *state = *state * 1103515245 + 12345;
    size_t length = longest == 0 ? rest : 1 + (*state >> 16) % longest;
    return length < rest ? length : rest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (board == NULL)
        start();
    if (size < 2)
        return 0;
    uint32_t state = data[0];
    int connection = connect_to_board();
    for (size_t at = 1, length; at < size; at += length) {
        length = next_piece(&state, data[0], size - at);
        if (send(connection, data + at, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    for (int i = 0; i < 4; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
    receive(connection);
    close(connection);
    for (int i = 0; i < 2 || (http_server_connections(board->server) > 0 && i < 100); i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
    return 0;
}

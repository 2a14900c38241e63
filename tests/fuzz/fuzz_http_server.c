/*
 * Bytes of a browser, cut into pieces anywhere, through the server, the routes and all handlers.
 * The first byte tells how they are cut. Nothing may crash, and whatever comes back begins like a
 * reply.
 */
#include <event2/event.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardd/board.h"
#include "boardd/http/http_server.h"
#include "common/log.h"

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static int connect_to_board(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger at_once = {1, 0}; /* no TIME_WAIT: there are many connections */
    address.sin_port = htons((uint16_t)atoi(strrchr(http_server_address(board->server), ':') + 1));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    MUST(connection >= 0);
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    MUST(connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0);
    return connection;
}

static void receive(int connection)
{
    static const char beginning[] = "HTTP/1.1 ";
    static char reply[65536];
    ssize_t got = recv(connection, reply, sizeof(reply), MSG_DONTWAIT);
    if (got >= (ssize_t)sizeof(beginning) - 1)
        MUST(memcmp(reply, beginning, sizeof(beginning) - 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (board == NULL)
        start();
    if (size < 2)
        return 0;
    size_t step = data[0] == 0 ? size : data[0];
    int connection = connect_to_board();
    for (size_t at = 1; at < size; at += step) {
        size_t length = size - at < step ? size - at : step;
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

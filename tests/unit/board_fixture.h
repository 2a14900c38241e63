/* A whole dashboard in a directory of its own, without a process: requests go through real sockets
 * and the event loop. */
#ifndef TESTS_UNIT_BOARD_FIXTURE_H
#define TESTS_UNIT_BOARD_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "boardd/board.h"
#include "boardd/http/http_server.h"
#include "common/timestamp.h"
#include "tests/unit/segment_fixture.h"

#define BOARD_TOKEN "0123456789abcdef0123456789abcdef"

struct board_fixture {
    struct fixture segment;
    struct segment_writer *writer;
    struct config config;
    struct event_base *base;
    struct board *board;
    char cookie[256];
    char csrf[128];
    char reply[4 << 20];
    size_t reply_length;
};

static inline void no_complaint(const char *text, void *context)
{
    (void)context;
    ck_abort_msg("%s", text);
}

static inline void board_set(struct board_fixture *fixture, const char *assignment)
{
    ck_assert_uint_eq(config_set(&fixture->config, assignment, no_complaint, NULL), 0);
}

static inline void board_setf(struct board_fixture *fixture, const char *format, const char *value)
{
    char assignment[300];
    snprintf(assignment, sizeof(assignment), format, value);
    board_set(fixture, assignment);
}

/* Segment, token file and configuration; board_start makes the rest. */
static inline void board_prepare(struct board_fixture *fixture)
{
    char path[200];
    memset(fixture, 0, sizeof(*fixture));
    fixture_open(&fixture->segment);
    fixture->writer = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(fixture->writer, clock_mono_ns());
    snprintf(path, sizeof(path), "%s/token", fixture->segment.dir);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, BOARD_TOKEN "\n", sizeof(BOARD_TOKEN)), sizeof(BOARD_TOKEN));
    close(file);
    config_init(&fixture->config);
    board_setf(fixture, "shm.dir=%s", fixture->segment.dir);
    board_set(fixture, "shm.instance=unit");
    board_setf(fixture, "board.token_file=%s", path);
    board_setf(fixture, "board.webui=%s", fixture->segment.dir);
    board_set(fixture, "board.listen=127.0.0.1:0");
}

static inline void board_start(struct board_fixture *fixture)
{
    char error[512];
    fixture->base = event_base_new();
    ck_assert_int_eq(event_base_priority_init(fixture->base, 2), 0);
    fixture->board = board_new(&fixture->config, fixture->base, error, sizeof(error));
    ck_assert_msg(fixture->board != NULL, "%s", error);
}

static inline void board_stop(struct board_fixture *fixture)
{
    board_free(fixture->board);
    event_base_free(fixture->base);
    fixture->board = NULL;
}

static inline void board_end(struct board_fixture *fixture)
{
    if (fixture->board != NULL)
        board_stop(fixture);
    if (fixture->writer != NULL)
        segment_writer_close(fixture->writer, clock_real_ns());
    config_free(&fixture->config);
    fixture_close(&fixture->segment);
}

static inline int board_connect(const struct board_fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *port = strrchr(http_server_address(fixture->board->server), ':');
    address.sin_port = htons((uint16_t)atoi(port + 1));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(connection, 0);
    ck_assert_int_eq(connect(connection, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(fcntl(connection, F_SETFL, O_NONBLOCK), 0);
    return connection;
}

static inline void board_turn(struct board_fixture *fixture)
{
    struct timespec nap = {0, 500000};
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
    nanosleep(&nap, NULL);
}

/* Adds what has come to fixture->reply. False at the end of the connection. */
static inline bool board_receive(struct board_fixture *fixture, int connection)
{
    board_turn(fixture);
    ssize_t got = recv(connection, fixture->reply + fixture->reply_length,
                       sizeof(fixture->reply) - 1 - fixture->reply_length, 0);
    if (got > 0)
        fixture->reply_length += (size_t)got;
    fixture->reply[fixture->reply_length] = '\0';
    return got > 0 || (got < 0 && errno == EAGAIN);
}

static inline void board_clear_reply(struct board_fixture *fixture)
{
    fixture->reply_length = 0;
    fixture->reply[0] = '\0';
}

/* Until the text has come, at most ten seconds. */
static inline void board_wait(struct board_fixture *fixture, int connection, const char *text)
{
    uint64_t until = clock_mono_ms() + 10000;
    while (strstr(fixture->reply, text) == NULL) {
        ck_assert_msg(clock_mono_ms() < until, "\"%s\" does not come in:\n%.2000s", text,
                      fixture->reply);
        ck_assert_msg(board_receive(fixture, connection) || strstr(fixture->reply, text) != NULL,
                      "the connection ended before \"%s\":\n%.2000s", text, fixture->reply);
    }
}

static inline void board_wait_end(struct board_fixture *fixture, int connection)
{
    uint64_t until = clock_mono_ms() + 10000;
    while (board_receive(fixture, connection))
        ck_assert_msg(clock_mono_ms() < until, "the connection does not end:\n%.2000s",
                      fixture->reply);
}

static inline void board_send(int connection, const char *bytes, size_t length)
{
    ck_assert_int_eq(send(connection, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* One request on a connection of its own, `headers` each with its CRLF; returns the status. */
static inline int board_request(struct board_fixture *fixture, const char *method,
                                const char *target, const char *headers, const char *body)
{
    static char request[1 << 16];
    int length = snprintf(request, sizeof(request),
                          "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: "
                          "close\r\n%s%s%s%s%sContent-Length: %zu\r\n\r\n%s",
                          method, target, fixture->cookie, fixture->csrf,
                          body[0] != '\0' ? "Content-Type: application/json\r\n" : "", headers, "",
                          strlen(body), body);
    ck_assert_int_lt(length, (int)sizeof(request));
    int connection = board_connect(fixture), status = 0;
    board_clear_reply(fixture);
    board_send(connection, request, (size_t)length);
    board_wait_end(fixture, connection);
    close(connection);
    ck_assert_msg(sscanf(fixture->reply, "HTTP/1.1 %d", &status) == 1, "no reply: %s",
                  fixture->reply);
    return status;
}

static inline int board_get(struct board_fixture *fixture, const char *target)
{
    return board_request(fixture, "GET", target, "", "");
}

static inline void board_expect(const struct board_fixture *fixture, const char *text)
{
    ck_assert_msg(strstr(fixture->reply, text) != NULL, "\"%s\" is not in:\n%.4000s", text,
                  fixture->reply);
}

static inline void board_expect_not(const struct board_fixture *fixture, const char *text)
{
    ck_assert_msg(strstr(fixture->reply, text) == NULL, "\"%s\" is in:\n%.4000s", text,
                  fixture->reply);
}

static inline void board_login(struct board_fixture *fixture)
{
    ck_assert_int_eq(
        board_request(fixture, "POST", "/api/auth/login", "", "{\"token\":\"" BOARD_TOKEN "\"}"),
        200);
    const char *cookie = strstr(fixture->reply, "Set-Cookie: ");
    const char *csrf = strstr(fixture->reply, "\"csrfToken\":\"");
    ck_assert_ptr_nonnull(cookie);
    ck_assert_ptr_nonnull(csrf);
    cookie += 12;
    snprintf(fixture->cookie, sizeof(fixture->cookie), "Cookie: %.*s\r\n",
             (int)strcspn(cookie, ";"), cookie);
    snprintf(fixture->csrf, sizeof(fixture->csrf), "X-CSRF-Token: %.64s\r\n", csrf + 13);
}

/* Turns the loop until the tail has read all that was written. */
static inline void board_settle(struct board_fixture *fixture)
{
    uint64_t until = clock_mono_ms() + 120;
    while (clock_mono_ms() < until)
        board_turn(fixture);
}

static inline uint64_t board_publish_message(struct board_fixture *fixture, const char *identity,
                                             enum message_type type, const char *id,
                                             const char *frame)
{
    struct event event = {
        .type = EVENT_MESSAGE,
        .time_ns = clock_real_ns(),
        .station_slot = EVENT_NO_STATION,
        .direction = type == MESSAGE_CALL ? DIRECTION_IN : DIRECTION_OUT,
        .message_type = type,
        .protocol = OCPP_16,
        .latency_us = type == MESSAGE_CALL ? EVENT_NO_LATENCY : 1500,
        .identity = {identity, strlen(identity)},
        .action = {"Heartbeat", 9},
        .message_id = {id, strlen(id)},
        .payload = {frame, strlen(frame)},
        .payload_length = (uint32_t)strlen(frame),
    };
    return segment_writer_publish(fixture->writer, &event);
}

#endif

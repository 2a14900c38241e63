/* The server under requests that are slow, broken, pipelined or too many. */
#include "boardd/http/http_server.h"

#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
}

static void end(void)
{
    board_end(fixture);
    free(fixture);
}

static void send_text(int connection, const char *text)
{
    board_send(connection, text, strlen(text));
}

START_TEST(requests_arrive_in_any_pieces)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    board_start(fixture);
    int connection = board_connect(fixture);
    for (size_t i = 0; i < sizeof(request) - 1; i++) {
        board_send(connection, request + i, 1);
        board_turn(fixture);
    }
    board_wait(fixture, connection, "\"status\":");
    close(connection);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
    board_start(fixture);
    int connection = board_connect(fixture);
    send_text(connection,
              "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
              "GET /api/nope HTTP/1.1\r\nHost: localhost\r\n\r\n"
              "GET /api/overview HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    board_wait_end(fixture, connection);
    const char *first = strstr(fixture->reply, "HTTP/1.1 200");
    const char *second = strstr(fixture->reply, "HTTP/1.1 404");
    const char *third = strstr(fixture->reply, "HTTP/1.1 401");
    ck_assert(first != NULL && second > first && third > second);
    close(connection);
}
END_TEST

static void expect_refusal(const char *bytes, size_t length, const char *status)
{
    int connection = board_connect(fixture);
    board_clear_reply(fixture);
    board_send(connection, bytes, length);
    board_wait_end(fixture, connection);
    ck_assert_msg(strncmp(fixture->reply, status, strlen(status)) == 0,
                  "%.80s is answered with %.60s", bytes, fixture->reply);
    board_expect(fixture, "Connection: close");
    close(connection);
}

START_TEST(malformed_requests_are_refused_and_closed)
{
    static const struct {
        const char *bytes;
        const char *status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400"},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
        {"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         "HTTP/1.1 "},
        {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "HTTP/1.1 400"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", "HTTP/1.1 413"},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505"},
    };
    static char longest[20000];
    board_start(fixture);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_refusal(cases[i].bytes, strlen(cases[i].bytes), cases[i].status);
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "GET /", 5);
    expect_refusal(longest, sizeof(longest), "HTTP/1.1 414");
}
END_TEST

START_TEST(a_request_that_drips_in_is_given_up)
{
    board_set(fixture, "board.request_timeout=200ms");
    board_start(fixture);
    int connection = board_connect(fixture);
    uint64_t start = clock_mono_ms();
    send_text(connection, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    while (strstr(fixture->reply, "HTTP/1.1 408") == NULL) {
        ssize_t sent = send(connection, "a", 1, MSG_NOSIGNAL);
        (void)sent;
        ck_assert(board_receive(fixture, connection) || strstr(fixture->reply, "408") != NULL);
        ck_assert_uint_lt(clock_mono_ms() - start, 5000);
    }
    ck_assert_uint_ge(clock_mono_ms() - start, 190);
    close(connection);
}
END_TEST

START_TEST(idle_connections_end)
{
    board_set(fixture, "board.idle_timeout=1s");
    board_start(fixture);
    int connection = board_connect(fixture);
    board_wait_end(fixture, connection);
    ck_assert_uint_eq(fixture->reply_length, 0);
    close(connection);
}
END_TEST

START_TEST(too_many_connections_are_turned_away)
{
    int connections[5];
    board_set(fixture, "board.sse_clients_per_session=1");
    board_set(fixture, "board.sse_clients=1");
    board_set(fixture, "board.max_connections=4");
    board_start(fixture);
    for (int i = 0; i < 5; i++) {
        connections[i] = board_connect(fixture);
        board_turn(fixture);
    }
    board_wait(fixture, connections[4], "HTTP/1.1 503");
    board_expect(fixture, "Retry-After");
    close(connections[0]);
    board_turn(fixture);
    ck_assert_int_eq(board_get(fixture, "/health"), 200);
    for (int i = 1; i < 5; i++)
        close(connections[i]);
}
END_TEST

START_TEST(one_that_brings_no_request_gives_way)
{
    int connections[3];
    board_set(fixture, "board.max_connections=3");
    board_set(fixture, "board.sse_clients_per_session=1");
    board_set(fixture, "board.sse_clients=1");
    board_start(fixture);
    for (int i = 0; i < 3; i++)
        connections[i] = board_connect(fixture);
    send_text(connections[0], "GET / HTTP/1.1\r\nX: drip");
    uint64_t until = clock_mono_ms() + 1200;
    while (clock_mono_ms() < until)
        board_turn(fixture);
    ck_assert_int_eq(board_get(fixture, "/health"), 200);
    board_clear_reply(fixture);
    board_wait_end(fixture, connections[0]); /* the oldest, well before its time is up */
    ck_assert_uint_eq(http_server_connections(fixture->board->server), 2);
    for (int i = 0; i < 3; i++)
        close(connections[i]);
}
END_TEST

START_TEST(a_body_is_waited_for)
{
    board_start(fixture);
    int connection = board_connect(fixture);
    send_text(
        connection,
        "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: 44\r\n\r\n");
    board_wait(fixture, connection, "HTTP/1.1 100 Continue\r\n\r\n");
    send_text(connection, "{\"token\":\"" BOARD_TOKEN);
    board_turn(fixture);
    send_text(connection, "\"}");
    board_wait(fixture, connection, "\"success\":true");
    close(connection);
}
END_TEST

SUITE_WITH("http_server", begin, end, requests_arrive_in_any_pieces,
           pipelined_requests_are_answered_in_order, malformed_requests_are_refused_and_closed,
           a_request_that_drips_in_is_given_up, idle_connections_end,
           too_many_connections_are_turned_away, one_that_brings_no_request_gives_way,
           a_body_is_waited_for)

/* Event streams: live, resumed, filtered, sampled, slow. */
#include "boardd/stream/sse.h"

#include "boardd/state/telemetry.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
    board_set(fixture, "board.sse_heartbeat=200ms");
}

static void end(void)
{
    board_end(fixture);
    free(fixture);
}

static uint64_t publish(unsigned number)
{
    char id[32], frame[128];
    snprintf(id, sizeof(id), "m%u", number);
    snprintf(frame, sizeof(frame), "[2,\"%s\",\"Heartbeat\",{\"n\":%u}]", id, number);
    return board_publish_message(fixture, number % 2 == 0 ? "even" : "odd", MESSAGE_CALL, id,
                                 frame);
}

static int open_stream(const char *target, const char *headers)
{
    char request[2048];
    int length =
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", target,
                 fixture->cookie, headers);
    int connection = board_connect(fixture);
    board_clear_reply(fixture);
    board_send(connection, request, (size_t)length);
    board_wait(fixture, connection, "event: connected\n");
    return connection;
}

static unsigned count_of(const char *text)
{
    unsigned count = 0;
    for (const char *p = fixture->reply; (p = strstr(p, text)) != NULL; p++)
        count++;
    return count;
}

static void start(void)
{
    board_start(fixture);
    board_settle(fixture);
    board_login(fixture);
}

/* The last complete id. */
static void last_id(char *out, size_t size)
{
    const char *found = NULL;
    for (const char *p = fixture->reply; (p = strstr(p, "id: ")) != NULL; p++)
        found = p + 4;
    ck_assert_ptr_nonnull(found);
    snprintf(out, size, "%.*s", (int)strcspn(found, "\n"), found);
}

START_TEST(a_stream_carries_what_comes)
{
    start();
    publish(0);
    board_settle(fixture);
    int connection = open_stream("/api/messages/stream", "");
    board_expect(fixture, "Content-Type: text/event-stream");
    board_expect(fixture, "X-Accel-Buffering: no");
    publish(1);
    publish(2);
    board_wait(fixture, connection, "\"messageId\":\"m2\"");
    board_expect_not(fixture, "\"messageId\":\"m0\"");
    board_wait(fixture, connection, ": heartbeat");
    close(connection);
}
END_TEST

START_TEST(it_goes_on_where_it_stopped)
{
    char id[300], header[400];
    start();
    int connection = open_stream("/api/stream?topics=messages,security", "");
    publish(1);
    board_wait(fixture, connection, "\"messageId\":\"m1\"");
    board_wait(fixture, connection, "}\n\n");
    last_id(id, sizeof(id));
    close(connection);
    for (unsigned i = 2; i < 100; i++)
        publish(i);
    board_stop(fixture); /* over a restart of the dashboard, with the same session */
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/health"), 200);
    fixture->cookie[0] = '\0';
    fixture->csrf[0] = '\0';
    board_login(fixture);
    snprintf(header, sizeof(header), "Last-Event-ID: %s\r\n", id);
    connection = open_stream("/api/stream?topics=messages,security", header);
    board_wait(fixture, connection, "\"messageId\":\"m99\"");
    publish(100);
    board_wait(fixture, connection, "\"messageId\":\"m100\"");
    ck_assert_uint_eq(count_of("event: message"), 99);
    for (unsigned i = 2; i <= 100; i++) {
        char text[40];
        snprintf(text, sizeof(text), "\"messageId\":\"m%u\"", i);
        ck_assert_uint_eq(count_of(text), 1);
    }
    board_expect_not(fixture, "event: lost");
    close(connection);
}
END_TEST

START_TEST(what_the_ring_no_longer_has_is_counted)
{
    char id[300], header[400];
    start();
    int connection = open_stream("/api/messages/stream", "");
    publish(0);
    board_wait(fixture, connection, "\"messageId\":\"m0\"");
    board_wait(fixture, connection, "}\n\n");
    last_id(id, sizeof(id));
    close(connection);
    for (unsigned i = 1; i <= 4000; i++)
        publish(i);
    board_settle(fixture);
    snprintf(header, sizeof(header), "Last-Event-ID: %s\r\n", id);
    connection = open_stream("/api/messages/stream", header);
    board_wait(fixture, connection, "\"messageId\":\"m4000\"");
    const char *lost =
        strstr(fixture->reply,
               "event: lost\ndata: {\"topic\":\"messages\",\"gateway\":\"unit\",\"count\":");
    ck_assert_ptr_nonnull(lost);
    ck_assert_uint_eq(count_of("event: lost"), 1);
    ck_assert_uint_eq(
        strtoull(strstr(lost, "\"count\":") + 8, NULL, 10) + count_of("event: message"), 4000);
    close(connection);
}
END_TEST

START_TEST(filters_history_and_samples)
{
    start();
    for (unsigned i = 0; i < 50; i++)
        publish(i);
    board_settle(fixture);
    int connection = open_stream("/api/messages/stream?identity=even&history=5", "");
    board_wait(fixture, connection, "\"messageId\":\"m48\"");
    ck_assert_uint_eq(count_of("event: message"), 5);
    board_expect_not(fixture, "\"identity\":\"odd\"");
    close(connection);
    connection = open_stream("/api/messages/stream?filter=station:EVEN+id:m9*&history=100", "");
    for (unsigned i = 90; i < 100; i++)
        publish(i);
    board_wait(fixture, connection, "\"messageId\":\"m98\"");
    ck_assert_uint_eq(count_of("event: message"), 5);
    close(connection);
    connection = open_stream("/api/messages/stream?maxRate=10", "");
    for (unsigned i = 100; i < 400; i++)
        publish(i);
    board_wait(fixture, connection, "event: skipped\ndata: {\"topic\":\"messages\",\"count\":");
    unsigned sent = count_of("event: message");
    ck_assert_uint_ge(sent, 10);
    ck_assert_uint_le(sent, 30);
    ck_assert_uint_eq(
        strtoull(strstr(strstr(fixture->reply, "event: skipped"), "\"count\":") + 8, NULL, 10) +
            sent,
        300);
    close(connection);
}
END_TEST

START_TEST(a_logout_ends_the_stream)
{
    start();
    int connection = open_stream("/api/stream?topics=messages,telemetry", "");
    ck_assert_uint_eq(sse_count(fixture->board->sse), 1);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/logout", "", "{}"), 200);
    uint64_t begun = clock_mono_ms();
    board_wait_end(fixture, connection);
    ck_assert_uint_lt(clock_mono_ms() - begun, 1000);
    ck_assert_uint_eq(sse_count(fixture->board->sse), 0);
    close(connection);
}
END_TEST

START_TEST(a_stream_keeps_its_session_up_to_the_absolute_end)
{
    board_set(fixture, "board.session_idle=1s");
    board_set(fixture, "board.session_max=2s");
    uint64_t begun = clock_mono_ms();
    start();
    int connection = open_stream("/api/messages/stream", "");
    board_wait_end(fixture, connection);
    ck_assert_uint_ge(clock_mono_ms() - begun, 2000); /* not idle, for it was read */
    ck_assert_uint_lt(clock_mono_ms() - begun, 4500);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 401);
    close(connection);
}
END_TEST

START_TEST(caps_on_streams)
{
    board_set(fixture, "board.sse_clients_per_session=2");
    start();
    int one = open_stream("/api/messages/stream", ""), two = open_stream("/api/logs/stream", "");
    ck_assert_int_eq(board_get(fixture, "/api/messages/stream"), 503);
    close(one);
    while (sse_count(fixture->board->sse) == 2)
        board_turn(fixture);
    one = open_stream("/api/messages/stream", "");
    close(one);
    close(two);
}
END_TEST

START_TEST(one_that_does_not_read_is_dropped_and_the_others_do_not_notice)
{
    static char filler[3000];
    char frame[3200];
    board_set(fixture, "board.sse_buffer=16K");
    board_set(fixture, "board.sse_stall=1s");
    start();
    int stalled = open_stream("/api/messages/stream", "");
    int size = 4096;
    setsockopt(stalled, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    int reader = open_stream("/api/messages/stream?identity=CP", "");
    memset(filler, 'x', sizeof(filler) - 1);
    snprintf(frame, sizeof(frame), "[2,\"m\",\"Heartbeat\",{\"v\":\"%s\"}]", filler);
    unsigned published = 0;
    uint64_t until = clock_mono_ms() + 20000;
    while (sse_count(fixture->board->sse) == 2) {
        ck_assert_uint_lt(clock_mono_ms(), until);
        board_publish_message(fixture, published++ % 100 == 0 ? "CP" : "other", MESSAGE_CALL, "m",
                              frame);
        board_receive(fixture, reader);
        ck_assert_uint_lt(fixture->reply_length, sizeof(fixture->reply) / 2);
    }
    ck_assert_uint_eq(sse_count(fixture->board->sse), 1);
    board_clear_reply(fixture);
    board_publish_message(fixture, "CP", MESSAGE_CALL, "the-end",
                          "[2,\"the-end\",\"Heartbeat\",{}]");
    board_wait(fixture, reader, "\"messageId\":\"the-end\"");
    close(stalled);
    close(reader);
}
END_TEST

START_TEST(telemetry_is_sampled_by_its_timer_alone)
{
    board_set(fixture, "board.telemetry_interval=100ms");
    start();
    int connection = open_stream("/api/telemetry/stream", "");
    segment_writer_add(fixture->writer, COUNTER_messages_in_total, 1000);
    segment_writer_add(fixture->writer, COUNTER_results_out_total, 990);
    segment_writer_add(fixture->writer, COUNTER_call_errors_out_total, 10);
    unsigned histogram = segment_writer_histogram(fixture->writer, "Heartbeat");
    for (int i = 0; i < 100; i++)
        segment_writer_latency(fixture->writer, histogram, i < 95 ? 1000 : 9000);
    board_wait(fixture, connection, "\"errorRate\":1,");
    const struct telemetry_sample *sample = telemetry_latest(fixture->board->telemetry);
    ck_assert(sample->p50_ms >= 1.0 && sample->p50_ms <= 1.25);
    ck_assert(sample->p99_ms >= 9.0 && sample->p99_ms <= 11.25);
    close(connection);
    ck_assert_int_eq(board_get(fixture, "/api/telemetry/history"), 200);
    unsigned samples = count_of("\"timestamp\"");
    ck_assert_uint_ge(samples, 2);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
}
END_TEST

START_TEST(bad_ids_are_refused)
{
    static const char *const bad[] = {"x",
                                      "unit@",
                                      "unit@1",
                                      "unit@1.m",
                                      "unit@1.m1x",
                                      "@1.m1",
                                      "unit@1.m99999999999999999999999",
                                      "unit@1.m1~"};
    start();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char target[200];
        snprintf(target, sizeof(target), "/api/messages/stream?lastEventId=%s", bad[i]);
        ck_assert_msg(board_get(fixture, target) == 400, "%s", bad[i]);
    }
    /* from the future, of another history, of a gateway that is not known: streams all the same */
    close(open_stream("/api/messages/stream?lastEventId=unit@1.m5~other@2.m7", ""));
}
END_TEST

SUITE_WITH("sse", begin, end, a_stream_carries_what_comes, it_goes_on_where_it_stopped,
           what_the_ring_no_longer_has_is_counted, filters_history_and_samples,
           a_logout_ends_the_stream, a_stream_keeps_its_session_up_to_the_absolute_end,
           caps_on_streams, one_that_does_not_read_is_dropped_and_the_others_do_not_notice,
           telemetry_is_sampled_by_its_timer_alone, bad_ids_are_refused)

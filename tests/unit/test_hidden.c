/* What an operator has put out of view, alone and through all that shows events. */
#include "boardd/state/hidden.h"

#include "boardd/state/stations.h"
#include "boardd/state/tail.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;
static const uint64_t ten[COLLECTION_COUNT] = {10, 10, 10, 10, 10, 10};

static struct text_span text(const char *bytes)
{
    return (struct text_span){bytes, strlen(bytes)};
}

START_TEST(up_to_a_number)
{
    struct hidden *hidden = hidden_new();
    ck_assert(!hidden_any(hidden, COLLECTION_MESSAGES));
    ck_assert(!hidden_event(hidden, 0, COLLECTION_MESSAGES, text("CP1"), 0));
    hidden_add(hidden, 0, "CP1", 5, ten);
    ck_assert(hidden_any(hidden, COLLECTION_MESSAGES));
    ck_assert(hidden_event(hidden, 0, COLLECTION_MESSAGES, text("CP1"), 9));
    ck_assert(!hidden_event(hidden, 0, COLLECTION_MESSAGES, text("CP1"), 10));
    ck_assert(!hidden_event(hidden, 1, COLLECTION_MESSAGES, text("CP1"), 9));
    ck_assert(!hidden_event(hidden, 0, COLLECTION_MESSAGES, text("CP10"), 9));
    ck_assert(!hidden_event(hidden, 0, COLLECTION_MESSAGES, TEXT_SPAN_NONE, 9));
    ck_assert(hidden_event(hidden, 0, COLLECTION_CONNECTIONS, text("CP1"), 9));
    ck_assert(hidden_event(hidden, 0, COLLECTION_ERRORS, text("CP1"), 9));
    ck_assert_msg(!hidden_event(hidden, 0, COLLECTION_SECURITY, text("CP1"), 9),
                  "an audit trail is never hidden");
    ck_assert(!hidden_event(hidden, 0, COLLECTION_SYSTEM, text("CP1"), 9));
    ck_assert(!hidden_event(hidden, 0, COLLECTION_LOG, text("CP1"), 9));
    ck_assert(hidden_station(hidden, 0, "CP1", 5));
    ck_assert(!hidden_station(hidden, 0, "CP1", 6));
    ck_assert(!hidden_station(hidden, 0, "CP2", 5));
    hidden_free(hidden);
}
END_TEST

START_TEST(bounded_and_forgotten)
{
    char identity[32];
    struct hidden *hidden = hidden_new();
    for (int i = 0; i < HIDDEN_MAX + 100; i++) {
        snprintf(identity, sizeof(identity), "CP%d", i);
        hidden_add(hidden, (unsigned)i & 1, identity, 1, ten);
        hidden_add(hidden, (unsigned)i & 1, identity, 2, ten);
    }
    ck_assert_uint_eq(hidden_count(hidden), HIDDEN_MAX);
    for (int i = 0; i < HIDDEN_MAX + 100; i++) {
        snprintf(identity, sizeof(identity), "CP%d", i);
        ck_assert_int_eq(hidden_station(hidden, (unsigned)i & 1, identity, 2), i >= 100);
    }
    hidden_forget_source(hidden, 1);
    ck_assert_uint_eq(hidden_count(hidden), HIDDEN_MAX / 2);
    ck_assert(hidden_station(hidden, 0, "CP200", 2));
    ck_assert(!hidden_station(hidden, 1, "CP201", 2));
    hidden_forget_source(hidden, 0);
    ck_assert(!hidden_any(hidden, COLLECTION_MESSAGES));
    hidden_free(hidden);
}
END_TEST

static void publish(enum event_type type, const char *identity)
{
    struct event event = {.type = type,
                          .time_ns = clock_real_ns(),
                          .station_slot = segment_writer_find(fixture->writer, identity),
                          .severity = SEVERITY_HIGH,
                          .latency_us = EVENT_NO_LATENCY,
                          .identity = text(identity),
                          .text = text("something")};
    segment_writer_publish(fixture->writer, &event);
}

static void connect_station(const char *identity)
{
    struct station_record record = {
        .connected_ns = clock_real_ns(), .protocol = OCPP_16, .status = STATION_ONLINE};
    record.slot = segment_writer_claim(fixture->writer, identity);
    record.connection = segment_writer_next_connection(fixture->writer);
    segment_writer_station_online(fixture->writer, record.slot, &record);
    publish(EVENT_CONNECTED, identity);
    board_settle(fixture);
}

static void say(const char *identity, const char *id)
{
    char frame[100];
    snprintf(frame, sizeof(frame), "[2,\"%s\",\"Heartbeat\",{}]", id);
    board_publish_message(fixture, identity, MESSAGE_CALL, id, frame);
}

static void hide(const char *identity)
{
    struct board *board = fixture->board;
    const struct source *source = tail_source(board->tail, 0);
    struct station_key key;
    struct station_record record;
    uint64_t next[COLLECTION_COUNT], oldest;
    ck_assert(stations_find(board->stations, 0, identity, &key));
    ck_assert(stations_read(board->stations, key, &record));
    for (int i = 0; i < COLLECTION_COUNT; i++)
        source->operations->bounds(source, (enum collection)i, &oldest, &next[i]);
    hidden_add(tail_hidden(board->tail), 0, identity, record.connection, next);
    stations_refresh(board->stations, key);
}

START_TEST(out_of_every_view_and_back)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
    board_start(fixture);
    board_login(fixture);
    connect_station("CP1");
    connect_station("CP2");
    say("CP1", "m1");
    say("CP2", "m2");
    publish(EVENT_ANOMALY, "CP1");
    publish(EVENT_BAD_MESSAGE, "CP1");
    board_settle(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/messages?identity=CP1"), 200);
    board_expect(fixture, "X-Total-Count: 1");
    char id[64];
    const char *at = strstr(fixture->reply, "\"id\":\"unit-");
    ck_assert_ptr_nonnull(at);
    snprintf(id, sizeof(id), "/api/messages/%.*s", (int)strcspn(at + 6, "\""), at + 6);
    ck_assert_int_eq(board_get(fixture, id), 200);
    hide("CP1");
    ck_assert_int_eq(board_get(fixture, id), 404);
    ck_assert_int_eq(board_get(fixture, "/api/messages?identity=CP1"), 200);
    board_expect(fixture, "X-Total-Count: 0");
    ck_assert_int_eq(board_get(fixture, "/api/messages"), 200);
    board_expect(fixture, "X-Total-Count: 1");
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=station:CP*"), 200);
    board_expect_not(fixture, "\"m1\"");
    ck_assert_int_eq(board_get(fixture, "/api/messages?q=heartbeat"), 200);
    board_expect(fixture, "\"m2\"");
    board_expect_not(fixture, "\"m1\"");
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    board_expect_not(fixture, "\"m1\"");
    ck_assert_int_eq(board_get(fixture, "/api/errors"), 200);
    board_expect(fixture, "\"totalCount\":0");
    ck_assert_int_eq(board_get(fixture, "/api/security-events"), 200);
    board_expect(fixture, "\"CP1\"");
    ck_assert_int_eq(board_get(fixture, "/api/connections"), 200);
    board_expect(fixture, "X-Total-Count: 1");
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 404);
    ck_assert_int_eq(board_get(fixture, "/api/connection-events?identity=CP1"), 200);
    board_expect(fixture, "\"totalCount\":0");
    /* back with a new connection; what was before stays out of view */
    connect_station("CP1");
    say("CP1", "m3");
    board_settle(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 200);
    board_expect(fixture, "\"m3\"");
    board_expect_not(fixture, "\"m1\"");
    ck_assert_int_eq(board_get(fixture, "/api/messages?limit=1"), 200);
    board_expect(fixture, "X-Total-Count: 2");
    board_expect(fixture, "\"m3\"");
    /* a stream that begins with what was */
    int connection = board_connect(fixture);
    char request[600];
    snprintf(request, sizeof(request),
             "GET /api/messages/stream?history=100 HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
             fixture->cookie);
    board_clear_reply(fixture);
    board_send(connection, request, strlen(request));
    board_wait(fixture, connection, "\"m3\"");
    board_expect(fixture, "\"m2\"");
    board_expect_not(fixture, "\"m1\"");
    close(connection);
    board_end(fixture);
    free(fixture);
}
END_TEST

SUITE("hidden", up_to_a_number, bounded_and_forgotten, out_of_every_view_and_back)

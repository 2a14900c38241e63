/* From the segment through tail and store to the API's lists. */
#include "boardd/state/store.h"

#include "boardd/sources/own_events.h"
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

static void publish_pair(unsigned number)
{
    char identity[32], id[32], frame[128];
    snprintf(identity, sizeof(identity), "CP%u", number % 3);
    snprintf(id, sizeof(id), "m%u", number);
    snprintf(frame, sizeof(frame), "[2,\"%s\",\"Heartbeat\",{\"n\":%u}]", id, number);
    board_publish_message(fixture, identity, MESSAGE_CALL, id, frame);
    snprintf(frame, sizeof(frame), "[3,\"%s\",{}]", id);
    board_publish_message(fixture, identity, MESSAGE_CALLRESULT, id, frame);
}

static unsigned count_of(const char *text)
{
    unsigned count = 0;
    for (const char *p = fixture->reply; (p = strstr(p, text)) != NULL; p++)
        count++;
    return count;
}

static void start_with(unsigned pairs)
{
    for (unsigned i = 0; i < pairs; i++)
        publish_pair(i);
    board_start(fixture);
    board_settle(fixture);
    board_login(fixture);
}

START_TEST(history_is_there_after_a_start)
{
    start_with(30);
    ck_assert_int_eq(board_get(fixture, "/api/messages"), 200);
    board_expect(fixture, "X-Total-Count: 60\r\n");
    ck_assert_uint_eq(count_of("\"direction\":"), 60);
    ck_assert_int_eq(board_get(fixture, "/api/messages?identity=CP1&type=CALL"), 200);
    ck_assert_uint_eq(count_of("\"direction\":\"IN\""), 10);
    ck_assert_uint_eq(count_of("\"identity\":\"CP1\""), 10);
    ck_assert_int_eq(board_get(fixture, "/api/messages?q=%22n%22:17%7D"), 200);
    ck_assert_uint_eq(count_of("\"direction\":"), 1);
    ck_assert_int_eq(board_get(fixture, "/api/messages?identity=nobody"), 200);
    board_expect(fixture, "\r\n\r\n[]");
    ck_assert_int_eq(board_get(fixture, "/api/messages?until=2020-01-01T00:00:00Z"), 200);
    board_expect(fixture, "\r\n\r\n[]");
}
END_TEST

START_TEST(texts_are_found_in_either_case)
{
    static const struct {
        const char *text;
        unsigned matches;
    } cases[] = {
        {"hEARTbeat%22,%7B%22N%22:17%7D%5D", 1}, /* at the end */
        {"%5b3,%22M5%22,%7b%7D%5d", 1},          /* all of it */
        {"M17", 2},
        {"cp1", 20},
        {"hHeartbeat", 0},
        {"%5d%5d", 0},
        {"t", 60}, /* each has its action */
        {"%c3%89", 0},
    };
    start_with(30);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[100];
        snprintf(target, sizeof(target), "/api/messages?q=%s", cases[i].text);
        ck_assert_int_eq(board_get(fixture, target), 200);
        ck_assert_msg(count_of("\"direction\":") == cases[i].matches, "%s", target);
    }
}
END_TEST

START_TEST(expressions_filter)
{
    start_with(30);
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=station:cp1+type:CALL"), 200);
    ck_assert_uint_eq(count_of("\"direction\":\"IN\""), 10);
    ck_assert_uint_eq(count_of("\"identity\":\"CP1\""), 10);
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=latency%3E1&limit=5"), 200);
    ck_assert_uint_eq(count_of("\"latencyMs\":1.500"), 5);
    board_expect(fixture, "X-Next-Cursor");
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=id:m7+or+id:m9"), 200);
    ck_assert_uint_eq(count_of("\"direction\":"), 4);
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=station:nobody"), 200);
    board_expect(fixture, "\r\n\r\n[]");
    ck_assert_int_eq(board_get(fixture, "/api/messages?filter=(a"), 400);
    board_expect(fixture, "filter: at ");
}
END_TEST

/* What the index alone can answer, and what only looks as if it could. */
START_TEST(expressions_are_counted)
{
    static const struct {
        const char *query;
        unsigned matches;
    } cases[] = {
        {"filter=type:CALL", 31},
        {"filter=type:CALL,CALLRESULT", 61},
        {"filter=action:heartbeat+type:CALL", 31},
        {"filter=action:heartbeat+type:SEND", 0},
        {"filter=station:CP2+type:CALL", 10},
        {"filter=station:cp1", 21}, /* of two names */
        {"filter=station:cp1+type:CALL", 11},
        {"identity=CP1&filter=station:cp1", 20},
        {"identity=CP1&filter=station:cp2", 0},
        {"type=CALL&filter=type:CALLRESULT", 0},
        {"type=CALL&filter=type:CALL,SEND", 31},
        {"filter=type:CALL+type:CALLRESULT", 0},
        {"filter=type:CALL+dir:in", 31},
        {"direction=OUT&filter=dir:in", 0},
        {"filter=event:MESSAGE", 61},
        {"filter=event:LOG", 0},
        {"filter=type:CALL+since:1h", 31},
        {"filter=until:1h", 0},
        {"filter=type!=CALL", 30},
        {"filter=type:CALL+station:CP*", 31},
        {"filter=type:CALL&q=%22n%22:17", 1},
        {"filter=gateway:unit+type:CALL", 31},
        {"filter=gateway:other+type:CALL", 0},
    };
    board_publish_message(fixture, "cp1", MESSAGE_CALL, "x", "[2,\"x\",\"Heartbeat\",{}]");
    start_with(30);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char target[200], total[64];
        snprintf(target, sizeof(target), "/api/messages?%s", cases[i].query);
        snprintf(total, sizeof(total), "X-Total-Count: %u\r\n", cases[i].matches);
        ck_assert_int_eq(board_get(fixture, target), 200);
        ck_assert_msg(count_of("\"direction\":") == cases[i].matches, "%s", target);
        ck_assert_msg(strstr(fixture->reply, total) != NULL, "%s is not said of %s", total, target);
    }
}
END_TEST

START_TEST(pages_go_through_all_once)
{
    char target[600] = "/api/messages?limit=7", cursor[400];
    unsigned seen = 0, pages = 0;
    start_with(20);
    for (;;) {
        ck_assert_int_eq(board_get(fixture, target), 200);
        seen += count_of("\"direction\":");
        pages++;
        publish_pair(1000 + pages); /* what comes meanwhile does not move the pages */
        board_settle(fixture);
        const char *next = strstr(fixture->reply, "X-Next-Cursor: ");
        if (next == NULL)
            break;
        ck_assert_int_eq(sscanf(next, "X-Next-Cursor: %399s", cursor), 1);
        snprintf(target, sizeof(target), "/api/messages?limit=7&before=%s", cursor);
        ck_assert_uint_lt(pages, 20);
    }
    ck_assert_uint_eq(seen, 40);
}
END_TEST

START_TEST(a_message_and_its_counterpart)
{
    start_with(2);
    uint64_t oldest, head;
    tail_source(fixture->board->tail, 0)
        ->operations->bounds(tail_source(fixture->board->tail, 0), COLLECTION_MESSAGES, &oldest,
                             &head);
    char target[64];
    snprintf(target, sizeof(target), "/api/messages/unit-%" PRIu64, head - 1);
    ck_assert_int_eq(board_get(fixture, target), 200);
    board_expect(fixture, "\"raw\":\"[3,\\\"m1\\\",{}]\"");
    board_expect(fixture, "\"counterpart\":{");
    board_expect(fixture, "\"params\":{\"n\":1}");
    ck_assert_int_eq(board_get(fixture, "/api/messages/unit-99999"), 404);
    ck_assert_int_eq(board_get(fixture, "/api/messages/other-1"), 404);
    ck_assert_int_eq(board_get(fixture, "/api/messages/nonsense"), 404);
}
END_TEST

START_TEST(a_flood_overwrites_messages_and_the_index_follows)
{
    struct selection selection;
    struct store_hit hits[1000];
    struct store_result result;
    start_with(10);
    for (unsigned i = 0; i < 5000; i++)
        publish_pair(i);
    board_settle(fixture);
    selection_init(&selection);
    struct store_query query = {
        .collection = COLLECTION_MESSAGES, .selection = &selection, .limit = 1000};
    store_query(fixture->board->store, &query, hits, &result);
    struct json_out json;
    json_out_init(&json);
    for (size_t i = 0; i < result.count; i++)
        ck_assert_msg(store_put(fixture->board->store, COLLECTION_MESSAGES, hits[i], false, &json),
                      "hit %zu is gone", i);
    json_out_free(&json);
    ck_assert_uint_lt(result.total, 10000);
}
END_TEST

/* The reader sleeps while the ring is written over several times. */
START_TEST(what_was_missed_is_counted_exactly)
{
    start_with(1);
    for (unsigned i = 0; i < 3000; i++)
        publish_pair(i);
    board_settle(fixture);
    uint64_t oldest, head;
    char text[100];
    const struct source *source = tail_source(fixture->board->tail, 0);
    source->operations->bounds(source, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(tail_position(fixture->board->tail, 0, COLLECTION_MESSAGES), head);
    ck_assert_int_eq(board_get(fixture, "/api/system-events"), 200);
    board_expect(fixture, "\"category\":\"LOST\"");
    /* what is known and what was lost make up all of it */
    uint64_t known_oldest = store_count(fixture->board->store, COLLECTION_MESSAGES);
    snprintf(text, sizeof(text), "\"count\":");
    const char *count = strstr(fixture->reply, text);
    ck_assert_ptr_nonnull(count);
    ck_assert_uint_eq(strtoull(count + 8, NULL, 10) + 2 + known_oldest, 6002);
}
END_TEST

START_TEST(logs_of_both_processes_are_merged)
{
    struct event line = {.type = EVENT_LOG_LINE,
                         .time_ns = clock_real_ns(),
                         .station_slot = EVENT_NO_STATION,
                         .latency_us = EVENT_NO_LATENCY,
                         .severity = LOG_LEVEL_WARNING,
                         .action = {"ws", 2},
                         .text = {"from the gateway", 16}};
    segment_writer_publish(fixture->writer, &line);
    start_with(0);
    own_events_log(LOG_LEVEL_INFO, "http", "from the dashboard <b>", fixture->board->own);
    board_settle(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/logs"), 200);
    board_expect(fixture, "from the gateway");
    board_expect(fixture, "from the dashboard \\u003cb\\u003e");
    ck_assert_int_eq(board_get(fixture, "/api/logs?process=gateway"), 200);
    board_expect_not(fixture, "from the dashboard");
    ck_assert_int_eq(board_get(fixture, "/api/logs?process=boardd"), 200);
    board_expect_not(fixture, "from the gateway");
    ck_assert_int_eq(board_get(fixture, "/api/logs?level=warning"), 200);
    board_expect_not(fixture, "from the dashboard");
}
END_TEST

START_TEST(stations_are_listed_sorted_and_filtered)
{
    for (unsigned i = 0; i < 5; i++) {
        struct station_record record = {.status = STATION_ONLINE,
                                        .protocol = i == 0 ? OCPP_201 : OCPP_16,
                                        .connected_ns = clock_real_ns()};
        snprintf(record.identity, sizeof(record.identity), "CP%u", i);
        uint32_t slot = segment_writer_claim(fixture->writer, record.identity);
        segment_writer_station_online(fixture->writer, slot, &record);
        if (i == 4)
            segment_writer_station_offline(fixture->writer, slot, STATION_OFFLINE, clock_real_ns(),
                                           1006, (struct text_span){"gone", 4});
    }
    start_with(0);
    ck_assert_int_eq(board_get(fixture, "/api/connections"), 200);
    board_expect(fixture, "X-Total-Count: 5\r\n");
    ck_assert_int_eq(board_get(fixture, "/api/connections?status=online"), 200);
    ck_assert_uint_eq(count_of("\"identity\""), 4);
    ck_assert_int_eq(board_get(fixture, "/api/connections?status=offline"), 200);
    board_expect(fixture, "\"closeCode\":1006,\"closeReason\":\"gone\"");
    ck_assert_int_eq(board_get(fixture, "/api/connections?protocol=ocpp2.0.1"), 200);
    ck_assert_uint_eq(count_of("\"identity\""), 1);
    ck_assert_int_eq(board_get(fixture, "/api/connections?q=cp3"), 200);
    ck_assert_uint_eq(count_of("\"identity\""), 1);
    ck_assert_int_eq(board_get(fixture, "/api/connections?limit=2&offset=1&sort=-identity"), 200);
    ck_assert_ptr_null(strstr(fixture->reply, "CP4"));
    ck_assert(strstr(fixture->reply, "CP3") < strstr(fixture->reply, "CP2"));
    board_expect(fixture, "rel=\"next\"");
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 200);
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP9"), 404);
}
END_TEST

START_TEST(two_gateways_are_one_list_in_the_order_of_time)
{
    struct segment_writer *first = fixture->writer;
    fixture->segment.options.instance = "second";
    struct segment_writer *second = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(second, clock_mono_ns());
    for (unsigned i = 0; i < 20; i++) {
        fixture->writer = i % 2 == 0 ? first : second;
        publish_pair(i);
    }
    fixture->writer = first;
    board_set(fixture, "board.instances=unit, second");
    start_with(0);
    ck_assert_int_eq(board_get(fixture, "/api/messages?limit=1000"), 200);
    board_expect(fixture, "X-Total-Count: 40\r\n");
    const char *at = fixture->reply;
    for (unsigned i = 20; i-- > 0;) { /* newest first */
        char text[40];
        snprintf(text, sizeof(text), "\"messageId\":\"m%u\"", i);
        at = strstr(at, text);
        ck_assert_msg(at != NULL, "m%u is not where it belongs", i);
    }
    ck_assert_int_eq(board_get(fixture, "/api/messages?gateway=second"), 200);
    ck_assert_uint_eq(count_of("\"gateway\":\"second\""), 20);
    ck_assert_uint_eq(count_of("\"gateway\":\"unit\""), 0);
    ck_assert_int_eq(board_get(fixture, "/health"), 200);
    board_expect(fixture, "{\"name\":\"second\",\"state\":\"live\"}");
    segment_writer_close(second, clock_real_ns());
}
END_TEST

START_TEST(a_gateway_that_is_not_there_yet)
{
    segment_writer_close(fixture->writer, clock_real_ns());
    fixture->writer = NULL;
    unlink(fixture->segment.path);
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/health"), 200);
    board_expect(fixture, "\"state\":\"absent\"");
    board_expect(fixture, "\"status\":\"degraded\"");
    board_login(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    fixture->writer = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(fixture->writer, clock_mono_ns());
    publish_pair(1);
    uint64_t until = clock_mono_ms() + 5000;
    do {
        ck_assert_uint_lt(clock_mono_ms(), until);
        ck_assert_int_eq(board_get(fixture, "/api/messages"), 200);
    } while (count_of("\"direction\":") != 2);
}
END_TEST

SUITE_WITH("store", begin, end, history_is_there_after_a_start, texts_are_found_in_either_case,
           expressions_filter, expressions_are_counted, pages_go_through_all_once,
           a_message_and_its_counterpart, a_flood_overwrites_messages_and_the_index_follows,
           what_was_missed_is_counted_exactly, logs_of_both_processes_are_merged,
           stations_are_listed_sorted_and_filtered, two_gateways_are_one_list_in_the_order_of_time,
           a_gateway_that_is_not_there_yet)

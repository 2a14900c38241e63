/* The rows of stations: order, slots that change hands, problems, who needs attention, strangers.
 */
#include "boardd/state/stations.h"

#include "boardd/state/unknown_list.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;
static char names[4096];

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

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static uint32_t connect_station(const char *identity)
{
    struct station_record record = {.status = STATION_ONLINE, .protocol = OCPP_16};
    uint32_t slot = segment_writer_claim(fixture->writer, identity);
    ck_assert_uint_ne(slot, EVENT_NO_STATION);
    record.connected_ns = clock_real_ns();
    record.connection = segment_writer_next_connection(fixture->writer);
    segment_writer_station_online(fixture->writer, slot, &record);
    struct event event = {.type = EVENT_CONNECTED,
                          .time_ns = record.connected_ns,
                          .station_slot = slot,
                          .latency_us = EVENT_NO_LATENCY,
                          .connection = record.connection,
                          .identity = span(identity)};
    segment_writer_publish(fixture->writer, &event);
    return slot;
}

static void disconnect_station(uint32_t slot)
{
    struct event event = {.type = EVENT_DISCONNECTED,
                          .time_ns = clock_real_ns(),
                          .station_slot = slot,
                          .latency_us = EVENT_NO_LATENCY};
    segment_writer_station_offline(fixture->writer, slot, STATION_OFFLINE, event.time_ns, 1000,
                                   TEXT_SPAN_NONE);
    segment_writer_publish(fixture->writer, &event);
}

static void send_status(uint32_t slot, const char *identity, const char *status)
{
    char frame[200];
    snprintf(frame, sizeof(frame),
             "[2,\"m\",\"StatusNotification\",{\"connectorId\":1,\"errorCode\":\"NoError\","
             "\"status\":\"%s\"}]",
             status);
    struct event event = {.type = EVENT_MESSAGE,
                          .time_ns = clock_real_ns(),
                          .station_slot = slot,
                          .direction = DIRECTION_IN,
                          .message_type = MESSAGE_CALL,
                          .protocol = OCPP_16,
                          .latency_us = EVENT_NO_LATENCY,
                          .connection = 1000,
                          .identity = span(identity),
                          .action = span("StatusNotification"),
                          .message_id = span("m"),
                          .payload = span(frame),
                          .payload_length = (uint32_t)strlen(frame)};
    segment_writer_publish(fixture->writer, &event);
    segment_writer_station_message(fixture->writer, slot, DIRECTION_IN, strlen(frame),
                                   event.time_ns);
}

/* The identities of a list, separated by spaces. */
static const char *list(const struct stations_query *query, size_t *total)
{
    struct station_key keys[100];
    struct station_record record;
    size_t length = 0;
    long count = stations_list(fixture->board->stations, query, keys, total);
    ck_assert_int_ge(count, 0);
    names[0] = '\0';
    for (long i = 0; i < count; i++) {
        ck_assert(stations_read(fixture->board->stations, keys[i], &record));
        length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", i > 0 ? " " : "",
                                   record.identity);
    }
    return names;
}

static struct stations_query all(enum stations_sort sort)
{
    return (struct stations_query){.source = -1, .text = "", .sort = sort, .limit = 100};
}

static void start(void)
{
    board_start(fixture);
    board_settle(fixture);
}

START_TEST(lists_in_every_order)
{
    size_t total;
    uint32_t b = connect_station("B"), a = connect_station("A"), c = connect_station("c");
    send_status(a, "A", "Available");
    send_status(c, "c", "Available");
    send_status(c, "c", "Available");
    disconnect_station(b);
    start();
    struct stations_query query = all(SORT_IDENTITY);
    ck_assert_str_eq(list(&query, &total), "A B c");
    ck_assert_uint_eq(total, 3);
    query.descending = true;
    ck_assert_str_eq(list(&query, &total), "c B A");
    query.limit = 1;
    query.offset = 1;
    ck_assert_str_eq(list(&query, &total), "B");
    ck_assert_uint_eq(total, 3);
    query.offset = 7;
    ck_assert_str_eq(list(&query, &total), "");
    query = all(SORT_MESSAGES);
    ck_assert_str_eq(list(&query, &total), "B A c");
    query.descending = true;
    ck_assert_str_eq(list(&query, &total), "c A B");
    query.limit = 2;
    ck_assert_str_eq(list(&query, &total), "c A");
    ck_assert_uint_eq(total, 3);
    query = all(SORT_CONNECTED);
    ck_assert_str_eq(list(&query, &total), "B A c");
    query = all(SORT_STATUS);
    ck_assert_str_eq(list(&query, &total), "A c B");
    query.text = "C";
    ck_assert_str_eq(list(&query, &total), "c");
    query.text = "cc";
    ck_assert_str_eq(list(&query, &total), "");
    query = all(SORT_IDENTITY);
    query.statuses = 1u << STATION_OFFLINE;
    ck_assert_str_eq(list(&query, &total), "B");
}
END_TEST

START_TEST(new_ones_find_their_place)
{
    size_t total;
    struct stations_query query = all(SORT_IDENTITY);
    connect_station("M");
    start();
    ck_assert_str_eq(list(&query, &total), "M");
    connect_station("Z");
    connect_station("A");
    board_settle(fixture);
    ck_assert_str_eq(list(&query, &total), "A M Z");
    connect_station("B");
    board_settle(fixture);
    ck_assert_str_eq(list(&query, &total), "A B M Z");
}
END_TEST

/* There are 16 slots: who comes then takes those of who went. */
START_TEST(slots_change_hands)
{
    size_t total;
    char identity[16];
    struct station_key key;
    struct stations_query query = all(SORT_IDENTITY);
    for (int i = 0; i < 16; i++) {
        snprintf(identity, sizeof(identity), "OLD%02d", i);
        disconnect_station(connect_station(identity));
    }
    start();
    list(&query, &total);
    ck_assert_uint_eq(total, 16);
    for (int i = 0; i < 12; i++) {
        snprintf(identity, sizeof(identity), "%s%02d", i % 2 == 0 ? "A" : "Z", i);
        connect_station(identity);
    }
    board_settle(fixture);
    ck_assert_str_eq(list(&query, &total), "A00 A02 A04 A06 A08 A10 OLD12 OLD13 OLD14 OLD15 Z01 "
                                           "Z03 Z05 Z07 Z09 Z11");
    ck_assert(stations_find(fixture->board->stations, -1, "Z07", &key));
    ck_assert(!stations_find(fixture->board->stations, -1, "OLD03", &key));
    ck_assert(!stations_find(fixture->board->stations, 1, "Z07", &key));
}
END_TEST

START_TEST(another_history_makes_another_list)
{
    size_t total;
    struct stations_query query = all(SORT_IDENTITY);
    send_status(connect_station("A"), "A", "Faulted");
    connect_station("B");
    start();
    ck_assert_str_eq(list(&query, &total), "A B");
    segment_writer_close(fixture->writer, clock_real_ns());
    unlink(fixture->segment.path);
    fixture->writer = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(fixture->writer, clock_mono_ns());
    connect_station("C");
    uint64_t until = clock_mono_ms() + 5000;
    while (strcmp(list(&query, &total), "C") != 0) {
        ck_assert_msg(clock_mono_ms() < until, "%s", names);
        board_turn(fixture);
    }
    size_t counts[PROBLEM_COUNT];
    struct station_key keys[STATIONS_ATTENTION];
    stations_attention(fixture->board->stations, counts, keys);
    ck_assert_uint_eq(counts[PROBLEM_FAULTED], 0);
}
END_TEST

START_TEST(problems_are_counted_and_ranked)
{
    size_t counts[PROBLEM_COUNT], total;
    struct station_key keys[STATIONS_ATTENTION];
    struct station_record record;
    struct stations_query query = all(SORT_IDENTITY);
    uint32_t good = connect_station("GOOD"), broken = connect_station("BROKEN");
    send_status(good, "GOOD", "Available");
    send_status(broken, "BROKEN", "Faulted");
    disconnect_station(connect_station("AWAY"));
    start();
    ck_assert_uint_eq(stations_attention(fixture->board->stations, counts, keys), 2);
    ck_assert_uint_eq(counts[PROBLEM_OFFLINE], 1);
    ck_assert_uint_eq(counts[PROBLEM_FAULTED], 1);
    ck_assert(stations_read(fixture->board->stations, keys[0], &record));
    ck_assert_str_eq(record.identity, "BROKEN");
    query.problems = 1u << PROBLEM_FAULTED;
    ck_assert_str_eq(list(&query, &total), "BROKEN");
    query.problems |= 1u << PROBLEM_OFFLINE;
    ck_assert_str_eq(list(&query, &total), "AWAY BROKEN");
    send_status(broken, "BROKEN", "Available");
    uint64_t until = clock_mono_ms() + 5000;
    while (stations_attention(fixture->board->stations, counts, keys) != 1) {
        ck_assert(clock_mono_ms() < until);
        board_turn(fixture);
    }
    ck_assert_uint_eq(counts[PROBLEM_FAULTED], 0);
}
END_TEST

/* ---- stations that the station file does not list ---- */

static void refuse(const char *identity, const char *text, uint64_t time_ns, uint32_t count)
{
    struct event event = {.type = EVENT_POLICY_REJECTION,
                          .time_ns = time_ns,
                          .station_slot = EVENT_NO_STATION,
                          .count = count,
                          .identity = span(identity),
                          .address = span("192.0.2.1:5"),
                          .text = span(text)};
    unknown_list_event(fixture->board->unknown, 0, &event);
}

static const char *show_unknown(void)
{
    struct json_out out;
    json_out_init(&out);
    unknown_list_put(fixture->board->unknown, -1, &out);
    snprintf(names, sizeof(names), "%.*s", (int)out.length, out.data);
    json_out_free(&out);
    return names;
}

START_TEST(strangers_are_listed)
{
    static const char text[] = EVENT_TEXT_UNKNOWN_STATION ": not listed";
    board_set(fixture, "board.max_unknown=2");
    start();
    refuse("A", "too many connections", NS_PER_SECOND, 1);
    refuse("", text, NS_PER_SECOND, 1);
    ck_assert_str_eq(show_unknown(), "[]");
    refuse("A", text, NS_PER_SECOND, 1);
    refuse("A", text, 2 * NS_PER_SECOND, 7);
    refuse("A", text, 3 * NS_PER_SECOND, 1); /* the gateway began to count anew */
    ck_assert_str_eq(show_unknown(),
                     "[{\"identity\":\"A\",\"gateway\":\"unit\",\"remoteAddress\":\"192.0.2.1:5\","
                     "\"count\":8,\"firstSeen\":\"1970-01-01T00:00:01.000Z\",\"lastSeen\":"
                     "\"1970-01-01T00:00:03.000Z\"}]");
    refuse("B", text, 4 * NS_PER_SECOND, 1);
    refuse("C", text, 2 * NS_PER_SECOND, 1); /* of another gateway's past */
    ck_assert_uint_eq(unknown_list_count(fixture->board->unknown), 2);
    ck_assert_ptr_nonnull(strstr(show_unknown(), "\"B\""));
    ck_assert_ptr_nonnull(strstr(show_unknown(), "\"A\""));
    struct event event = {
        .type = EVENT_CONNECTED, .time_ns = 5 * NS_PER_SECOND, .identity = span("B")};
    unknown_list_event(fixture->board->unknown, 0, &event);
    ck_assert_ptr_null(strstr(show_unknown(), "\"B\""));
}
END_TEST

SUITE_WITH("stations", begin, end, lists_in_every_order, new_ones_find_their_place,
           slots_change_hands, another_history_makes_another_list, problems_are_counted_and_ranked,
           strangers_are_listed)

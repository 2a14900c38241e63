/* The rows of stations: order, slots that change hands, problems, who needs attention, strangers.
 */
#include "boardd/state/stations_memo.h"

#include <ctype.h>

#include "boardd/state/unknown_list.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;
static struct stations *plain; /* of the same tail and fold, that keeps nothing that it wrote */
static char names[4096];

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
}

static void end(void)
{
    board_end(fixture);
    stations_free(plain);
    plain = NULL;
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

/* What is known without looking at rows is what is found by looking at them. */
static void expect_totals(void)
{
    char found[sizeof(names)];
    size_t total, counted;
    for (unsigned number = 0; number < 8 * 3 * 2; number++) {
        struct stations_query query = all(SORT_IDENTITY);
        query.statuses = number % 8 << STATION_ONLINE;
        query.source = (int)(number / 8 % 3) - 1;
        query.limit = number / 24 == 0 ? 100 : 2;
        snprintf(found, sizeof(found), "%s", list(&query, &total));
        query.protocols = 15; /* all: rows have to be looked at */
        ck_assert_str_eq(list(&query, &counted), found);
        ck_assert_uint_eq(counted, total);
    }
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

/* Any part of the identity, in either case; and what is nearly a part. */
START_TEST(parts_of_an_identity_find_it)
{
    static const char identity[] = "Q-Wert_42\xc3\xa4";
    struct stations_query query = all(SORT_IDENTITY);
    char part[sizeof(identity) + 1];
    size_t total;
    connect_station(identity);
    connect_station("other");
    start();
    query.text = part;
    for (size_t from = 0; from < sizeof(identity) - 1; from++) {
        for (size_t length = 1; from + length < sizeof(identity); length++) {
            memcpy(part, identity + from, length);
            part[length] = '\0';
            for (size_t i = 0; i < length; i++) {
                if (isalpha((unsigned char)part[i]) && i % 2 == 0)
                    part[i] ^= 0x20;
            }
            ck_assert_msg(strstr(list(&query, &total), identity) != NULL, "%s", part);
            strcat(part, "7");
            ck_assert_str_eq(list(&query, &total), "");
            ck_assert_uint_eq(total, 0);
        }
    }
    query.text = "";
    query.limit = 1;
    ck_assert_str_eq(list(&query, &total), identity);
    ck_assert_uint_eq(total, 2);
    query.statuses = 1u << STATION_ONLINE;
    ck_assert_str_eq(list(&query, &total), identity);
    ck_assert_uint_eq(total, 2);
    query.statuses = 1u << STATION_OFFLINE;
    ck_assert_str_eq(list(&query, &total), "");
    ck_assert_uint_eq(total, 0);
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
    expect_totals();
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
    expect_totals();
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
    expect_totals();
    stations_refresh(fixture->board->stations, keys[0]);
    expect_totals();
    send_status(broken, "BROKEN", "Available");
    uint64_t until = clock_mono_ms() + 5000;
    while (stations_attention(fixture->board->stations, counts, keys) != 1) {
        ck_assert(clock_mono_ms() < until);
        board_turn(fixture);
    }
    ck_assert_uint_eq(counts[PROBLEM_FAULTED], 0);
}
END_TEST

/* ---- what was written before is not shown when it is no longer so ---- */

#define SLOTS 16 /* of the table: stations take them from each other */

static unsigned seed;

static unsigned draw(unsigned count)
{
    return (unsigned)rand_r(&seed) % count;
}

static struct event event_of(uint32_t slot, const struct station_record *record, uint64_t now_ns)
{
    return (struct event){.type = EVENT_MESSAGE,
                          .time_ns = now_ns,
                          .station_slot = slot,
                          .direction = DIRECTION_IN,
                          .message_type = MESSAGE_CALL,
                          .protocol = OCPP_16,
                          .latency_us = EVENT_NO_LATENCY,
                          .connection = record->connection,
                          .identity = span(record->identity),
                          .message_id = span("m")};
}

static void say(struct event *event, const char *action, const char *frame)
{
    event->action = span(action);
    event->payload = span(frame);
    fold_event(fixture->board->fold, 0, event);
}

static void come(uint64_t now_ns)
{
    char identity[16];
    struct station_record record = {.status = STATION_ONLINE, .protocol = OCPP_16};
    snprintf(identity, sizeof(identity), "S%u", draw(SLOTS + 4));
    uint32_t slot = segment_writer_claim(fixture->writer, identity);
    if (slot == EVENT_NO_STATION)
        return;
    record.connected_ns = now_ns;
    record.connection = segment_writer_next_connection(fixture->writer);
    snprintf(record.identity, sizeof(record.identity), "%s", identity);
    segment_writer_station_online(fixture->writer, slot, &record);
    struct event event = event_of(slot, &record, now_ns);
    event.type = EVENT_CONNECTED;
    fold_event(fixture->board->fold, 0, &event);
}

static void change(uint32_t slot, const struct station_record *record, uint64_t *now_ns)
{
    static const char *const frames[][2] = {
        {"StatusNotification", "[2,\"m\",\"StatusNotification\",{\"connectorId\":1,"
                               "\"errorCode\":\"NoError\",\"status\":\"Faulted\"}]"},
        {"StatusNotification", "[2,\"m\",\"StatusNotification\",{\"connectorId\":1,"
                               "\"errorCode\":\"NoError\",\"status\":\"Available\"}]"},
        {"BootNotification", "[2,\"m\",\"BootNotification\",{\"chargePointVendor\":\"A\"}]"},
        {"BootNotification", "[2,\"m\",\"BootNotification\",{\"chargePointVendor\":\"B\"}]"},
        {"MeterValues", "[2,\"m\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":5}]"},
        {"StopTransaction", "[2,\"m\",\"StopTransaction\",{\"transactionId\":5}]"},
    };
    struct event event = event_of(slot, record, *now_ns);
    switch (draw(8)) {
    case 0: /* counters alone */
        segment_writer_station_message(fixture->writer, slot, DIRECTION_IN, 10, *now_ns);
        break;
    case 1:
        segment_writer_station_offline(fixture->writer, slot, STATION_OFFLINE, *now_ns,
                                       1000 + draw(2), span("gone"));
        break;
    case 2:
        segment_writer_station_boot(fixture->writer, slot, (enum boot_status)draw(4));
        break;
    case 3: /* time alone: errors and connects grow old, and young when a clock is set back */
        *now_ns = *now_ns + 1000 * NS_PER_SECOND - draw(2) * 1500 * NS_PER_SECOND;
        break;
    case 4:
        event.message_type = MESSAGE_CALLERROR;
        say(&event, "Reset", "[4,\"m\",\"NotSupported\",\"\",{}]");
        break;
    case 5:
        event.message_type = MESSAGE_CALLRESULT;
        event.latency_us = draw(2) * 60000000 + 1;
        say(&event, "Reset", "[3,\"m\",{}]");
        break;
    default: {
        unsigned number = draw(sizeof(frames) / sizeof(frames[0]));
        say(&event, frames[number][0], frames[number][1]);
        break;
    }
    }
}

static void put_row(const struct stations *stations, uint32_t slot, uint64_t now_ns, bool detail,
                    struct json_out *out)
{
    struct station_record record;
    json_out_reset(out);
    json_out_object(out);
    if (stations_read(stations, (struct station_key){0, slot}, &record))
        stations_put(stations, (struct station_key){0, slot}, &record, now_ns, detail, out);
    json_out_object_end(out);
}

/* Twice: as it may be known from before, and as it certainly is. */
static void expect_rows(uint64_t now_ns)
{
    struct json_out wanted, shown;
    json_out_init(&wanted);
    json_out_init(&shown);
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        for (unsigned round = 0; round < 2; round++) {
            put_row(plain, slot, now_ns, round == 1, &wanted);
            put_row(fixture->board->stations, slot, now_ns, round == 1, &shown);
            ck_assert_msg(wanted.length == shown.length &&
                              memcmp(wanted.data, shown.data, wanted.length) == 0,
                          "slot %u shows\n%.*s\nnot\n%.*s", slot, (int)shown.length, shown.data,
                          (int)wanted.length, wanted.data);
        }
    }
    json_out_free(&wanted);
    json_out_free(&shown);
}

START_TEST(a_row_shows_what_is_so_now)
{
    struct station_record record;
    uint64_t now_ns = clock_real_ns();
    seed = 1;
    start();
    plain = stations_new(fixture->board->tail, fixture->board->fold, 0);
    for (unsigned round = 0; round < 3000; round++) {
        uint32_t slot = draw(SLOTS);
        if (draw(4) != 0 &&
            stations_read(fixture->board->stations, (struct station_key){0, slot}, &record))
            change(slot, &record, &now_ns);
        else
            come(now_ns);
        expect_rows(now_ns);
    }
}
END_TEST

static struct stations_query random_query(void)
{
    static const char *const texts[] = {"", "", "S", "1", "s2"};
    return (struct stations_query){.source = (int)draw(2) - 1,
                                   .text = texts[draw(5)],
                                   .sort = (enum stations_sort)draw(6),
                                   .descending = draw(2) != 0,
                                   .problems = draw(3) == 0 ? 1u << PROBLEM_OFFLINE : 0,
                                   .statuses = draw(3) == 0 ? 1u << STATION_ONLINE : 0,
                                   .offset = draw(2),
                                   .limit = 1 + draw(SLOTS)};
}

/* As it may be known from before, and as it certainly is. */
static void expect_list(const struct stations_query *query)
{
    struct station_key wanted[SLOTS], given[SLOTS];
    size_t wanted_total, given_total;
    long count = stations_list(plain, query, wanted, &wanted_total);
    ck_assert_int_eq(stations_list(fixture->board->stations, query, given, &given_total), count);
    ck_assert_uint_eq(given_total, wanted_total);
    for (long i = 0; i < count; i++)
        ck_assert_uint_eq(given[i].slot, wanted[i].slot);
}

/* Few questions, so that most of them were asked before. */
START_TEST(a_list_shows_what_is_so_now)
{
    enum { QUESTIONS = STATIONS_MEMO_LISTS + 2 };
    struct stations_query queries[QUESTIONS];
    struct station_record record;
    uint64_t now_ns = clock_real_ns();
    seed = 2;
    start();
    plain = stations_new(fixture->board->tail, fixture->board->fold, 0);
    board_settle(fixture);
    for (unsigned round = 0; round < 3000; round++) {
        struct station_key key = {0, draw(SLOTS)};
        if (round % 100 == 0) {
            for (unsigned i = 0; i < QUESTIONS; i++)
                queries[i] = random_query();
        }
        if (draw(3) != 0 && stations_read(fixture->board->stations, key, &record))
            change(key.slot, &record, &now_ns);
        else
            come(now_ns);
        for (key.slot = 0; draw(3) != 0 && key.slot < SLOTS; key.slot++) {
            stations_refresh(fixture->board->stations, key);
            stations_refresh(plain, key);
        }
        for (unsigned i = 0; i < 6; i++)
            expect_list(&queries[draw(QUESTIONS)]);
    }
}
END_TEST

static void note_tag(char headers[100])
{
    char tag[32];
    const char *line = strstr(fixture->reply, "ETag: ");
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(sscanf(line, "ETag: %31s", tag), 1);
    snprintf(headers, 100, "If-None-Match: %s\r\n", tag);
}

/* The first list is written anew, the second from what is known. */
START_TEST(a_list_that_did_not_change_is_not_sent_again)
{
    static const char target[] = "/api/connections?limit=3";
    char headers[100];
    uint32_t slot = connect_station("A");
    connect_station("B");
    start();
    board_login(fixture);
    ck_assert_int_eq(board_request(fixture, "GET", target, "", ""), 200);
    note_tag(headers);
    ck_assert_int_eq(board_request(fixture, "GET", target, headers, ""), 304);
    segment_writer_station_message(fixture->writer, slot, DIRECTION_IN, 10, clock_real_ns());
    ck_assert_int_eq(board_request(fixture, "GET", target, headers, ""), 200);
    board_expect(fixture, "\"messageCount\":1,");
    note_tag(headers);
    ck_assert_int_eq(board_request(fixture, "GET", target, headers, ""), 304);
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

SUITE_WITH("stations", begin, end, lists_in_every_order, parts_of_an_identity_find_it,
           new_ones_find_their_place, slots_change_hands, another_history_makes_another_list,
           problems_are_counted_and_ranked, a_row_shows_what_is_so_now, a_list_shows_what_is_so_now,
           a_list_that_did_not_change_is_not_sent_again, strangers_are_listed)

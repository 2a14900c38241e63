#include "shm/event_wire.h"

#include "tests/unit/event_fixture.h"
#include "tests/unit/suite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shm/state_wire.h"

static void expect_event(const struct event *found, const struct event *wanted)
{
    ck_assert_uint_eq(found->seq, wanted->seq);
    ck_assert_uint_eq(found->time_ns, wanted->time_ns);
    ck_assert_uint_eq(found->type, wanted->type);
    ck_assert_uint_eq(found->station_slot, wanted->station_slot);
    expect_same_event(found, wanted);
}

static enum wire_outcome decode(struct text_span head, struct text_span payload,
                                enum collection collection, struct event *event)
{
    struct text_span fields[] = {span("e"), head, span("p"), payload};
    uint64_t lost;

    return wire_decode(fields, 4, collection, 41, event, &lost);
}

static void expect_again(const struct event *event, enum collection collection)
{
    char head[WIRE_HEAD_MAX];
    struct event found;
    size_t length = wire_encode(event, head);

    ck_assert_uint_le(length, sizeof head);
    ck_assert_int_eq(decode((struct text_span){head, length}, event->payload, collection, &found),
                     WIRE_EVENT);
    expect_event(&found, event);
}

START_TEST(test_everything_comes_back)
{
    struct event event = event_example();

    expect_again(&event, COLLECTION_MESSAGES);
    event.truncated = true;
    event.payload_length = 1 << 20;
    expect_again(&event, COLLECTION_MESSAGES);
}
END_TEST

START_TEST(test_an_empty_event_comes_back)
{
    struct event event = {.seq = 41,
                          .type = EVENT_LOST,
                          .station_slot = EVENT_NO_STATION,
                          .latency_us = EVENT_NO_LATENCY};

    expect_again(&event, COLLECTION_SYSTEM);
}
END_TEST

START_TEST(test_the_longest_strings_fit_and_longer_ones_are_cut)
{
    static char text[EVENT_MAX_TEXT + 100];
    char head[WIRE_HEAD_MAX];
    struct event event = event_example(), found;

    memset(text, 'x', sizeof text);
    event.identity = event.action = event.message_id = event.address = event.text =
        (struct text_span){text, sizeof text};
    size_t length = wire_encode(&event, head);
    ck_assert_int_eq(
        decode((struct text_span){head, length}, event.payload, COLLECTION_MESSAGES, &found),
        WIRE_EVENT);
    ck_assert_uint_eq(found.identity.length, EVENT_MAX_IDENTITY);
    ck_assert_uint_eq(found.action.length, EVENT_MAX_ACTION);
    ck_assert_uint_eq(found.message_id.length, EVENT_MAX_MESSAGE_ID);
    ck_assert_uint_eq(found.address.length, EVENT_MAX_ADDRESS);
    ck_assert_uint_eq(found.text.length, EVENT_MAX_TEXT);
}
END_TEST

START_TEST(test_any_shorter_or_longer_head_is_refused)
{
    char head[WIRE_HEAD_MAX];
    struct event event = event_example(), found;
    size_t length = wire_encode(&event, head);

    for (size_t cut = 0; cut <= length + 1; cut++) {
        char *copy = malloc(cut + 1); /* its own, so that a read past the end is seen */
        ck_assert_ptr_nonnull(copy);
        memset(copy, 0, cut + 1);
        memcpy(copy, head, cut < length ? cut : length);
        ck_assert_int_eq(
            decode((struct text_span){copy, cut}, event.payload, COLLECTION_MESSAGES, &found),
            cut == length ? WIRE_EVENT : WIRE_INVALID);
        free(copy);
    }
}
END_TEST

START_TEST(test_wrong_entries_are_refused)
{
    static char huge[WIRE_PAYLOAD_MAX + 1];
    char head[WIRE_HEAD_MAX], broken[WIRE_HEAD_MAX];
    struct event event = event_example(), found;
    size_t length = wire_encode(&event, head);
    struct text_span whole = {head, length};

    ck_assert_int_eq(decode(whole, event.payload, COLLECTION_ERRORS, &found), WIRE_INVALID);
    ck_assert_int_eq(decode(whole, span("longer than it was"), COLLECTION_MESSAGES, &found),
                     WIRE_INVALID);
    ck_assert_int_eq(
        decode(whole, (struct text_span){huge, sizeof huge}, COLLECTION_MESSAGES, &found),
        WIRE_INVALID);
    memcpy(broken, head, length);
    broken[0] = 2; /* another version */
    ck_assert_int_eq(
        decode((struct text_span){broken, length}, event.payload, COLLECTION_MESSAGES, &found),
        WIRE_INVALID);
    broken[0] = 1;
    broken[1] = 3; /* a direction that is none */
    ck_assert_int_eq(
        decode((struct text_span){broken, length}, event.payload, COLLECTION_MESSAGES, &found),
        WIRE_INVALID);
}
END_TEST

START_TEST(test_other_programs_entries_are_refused)
{
    struct text_span fields[] = {span("name"), span("value"), span("p"), span("")};
    struct event event;
    uint64_t lost;

    for (size_t count = 0; count <= 4; count++)
        ck_assert_int_eq(wire_decode(fields, count, COLLECTION_MESSAGES, 0, &event, &lost),
                         WIRE_INVALID);
}
END_TEST

START_TEST(test_lost)
{
    struct text_span fields[] = {span("lost"), span("18446744073709551615")};
    struct event event;
    uint64_t lost = 0;

    ck_assert_int_eq(wire_decode(fields, 2, COLLECTION_MESSAGES, 7, &event, &lost), WIRE_LOST);
    ck_assert_uint_eq(lost, UINT64_MAX);
    static const char *const wrong[] = {"", "0", "-1", "01", "1 ", "18446744073709551616", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fields[1] = span(wrong[i]);
        ck_assert_int_eq(wire_decode(fields, 2, COLLECTION_MESSAGES, 7, &event, &lost),
                         WIRE_INVALID);
    }
}
END_TEST

START_TEST(test_ids)
{
    char text[WIRE_ID_SIZE];
    uint64_t history, seq;

    ck_assert_uint_eq(wire_id(UINT64_C(1790000000123456789), 0, text), 21);
    ck_assert_str_eq(text, "1790000000123456789-1");
    wire_id(UINT64_MAX, UINT64_MAX - 1, text);
    ck_assert(wire_id_parse(text, strlen(text), &history, &seq));
    ck_assert_uint_eq(history, UINT64_MAX);
    ck_assert_uint_eq(seq, UINT64_MAX - 1);
    static const char *const wrong[] = {"", "-", "1-", "-1", "1-0", "1", "1-01", "1-1-1", "1- 1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert(!wire_id_parse(wrong[i], strlen(wrong[i]), &history, &seq));
}
END_TEST

static struct station_record station(void)
{
    struct station_record record = {.slot = 5,
                                    .identity = "CP \"1\"",
                                    .address = "192.0.2.1:40000",
                                    .connected_ns = UINT64_C(1790000000123456789),
                                    .connection = 9,
                                    .protocol = OCPP_21,
                                    .status = STATION_ONLINE,
                                    .security_profile = 1,
                                    .boot_status = BOOT_ACCEPTED,
                                    .close_code = 1006,
                                    .close_reason = "gone <away>",
                                    .connects = 3};
    record.counters = (struct station_counters){1, 2, 3, 4, 5, 6, 7, 8};
    return record;
}

START_TEST(test_a_station_comes_back)
{
    char text[WIRE_STATION_MAX];
    struct station_record record = station(), found;
    size_t length = wire_station(&record, text);

    ck_assert_uint_eq(length, strlen(text));
    ck_assert(wire_station_parse(text, length, &found));
    ck_assert_str_eq(found.identity, record.identity);
    ck_assert_str_eq(found.address, record.address);
    ck_assert_str_eq(found.close_reason, record.close_reason);
    ck_assert_uint_eq(found.slot, record.slot);
    ck_assert_uint_eq(found.connected_ns, record.connected_ns);
    ck_assert_uint_eq(found.disconnected_ns, record.disconnected_ns);
    ck_assert_uint_eq(found.connection, record.connection);
    ck_assert_uint_eq(found.protocol, record.protocol);
    ck_assert_uint_eq(found.status, record.status);
    ck_assert_uint_eq(found.security_profile, record.security_profile);
    ck_assert_uint_eq(found.boot_status, record.boot_status);
    ck_assert_uint_eq(found.close_code, record.close_code);
    ck_assert_uint_eq(found.connects, record.connects);
    ck_assert_mem_eq(&found.counters, &record.counters, sizeof record.counters);
}
END_TEST

START_TEST(test_the_longest_station_fits)
{
    char text[WIRE_STATION_MAX];
    struct station_record record, found;

    memset(&record, 0xff, sizeof record);
    memset(record.identity, 1, EVENT_MAX_IDENTITY); /* six bytes each in JSON */
    memset(record.address, 1, EVENT_MAX_ADDRESS);
    memset(record.close_reason, 1, sizeof record.close_reason);
    record.identity[EVENT_MAX_IDENTITY] = record.address[EVENT_MAX_ADDRESS] = '\0';
    record.close_reason[sizeof record.close_reason - 1] = '\0';
    record.protocol = OCPP_21;
    record.status = STATION_EVICTED;
    record.boot_status = BOOT_REJECTED;
    record.security_profile = UINT8_MAX;
    record.close_code = UINT16_MAX;
    size_t length = wire_station(&record, text);
    ck_assert_uint_lt(length, sizeof text);
    ck_assert(wire_station_parse(text, length, &found));
    ck_assert_str_eq(found.identity, record.identity);
}
END_TEST

START_TEST(test_wrong_stations_are_refused)
{
    static const char *const wrong[] = {"", "[]", "{}", "{\"identity\":\"CP1\"}", "null"};
    char text[WIRE_STATION_MAX];
    struct station_record record = station(), found;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert(!wire_station_parse(wrong[i], strlen(wrong[i]), &found));
    size_t length = wire_station(&record, text);
    for (size_t cut = 0; cut < length; cut++)
        ck_assert(!wire_station_parse(text, cut, &found));
    memset(record.identity, 0, sizeof record.identity);
    length = wire_station(&record, text);
    ck_assert(!wire_station_parse(text, length, &found));
}
END_TEST

START_TEST(test_a_histogram_comes_back)
{
    char text[WIRE_HISTOGRAM_MAX];
    struct histogram histogram = {.count = UINT64_MAX, .sum_us = 5}, found;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i += 2)
        histogram.buckets[i] = UINT64_MAX - i;
    size_t length = wire_histogram(&histogram, text);
    ck_assert(wire_histogram_parse(text, length, &found));
    ck_assert_mem_eq(&found, &histogram, sizeof found);
    static const char *const wrong[] = {"",       "1",         "1 2 x", "1 2 104:1",
                                        "1 2 1:", "1 2 1:1:1", "1  2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert(!wire_histogram_parse(wrong[i], strlen(wrong[i]), &found));
}
END_TEST

START_TEST(test_alive_comes_back)
{
    char text[WIRE_ALIVE_MAX];
    struct wire_alive alive = {.pid = 7,
                               .build = "ocpp-gateway 0.1.0",
                               .history = UINT64_C(1790000000123456789),
                               .started_ns = UINT64_C(1790000000123456790),
                               .stations = 8192,
                               .state = "live"},
                      found;
    size_t length = wire_alive(&alive, text);

    ck_assert(wire_alive_parse(text, length, &found));
    ck_assert_uint_eq(found.pid, alive.pid);
    ck_assert_str_eq(found.build, alive.build);
    ck_assert_uint_eq(found.history, alive.history);
    ck_assert_uint_eq(found.started_ns, alive.started_ns);
    ck_assert_uint_eq(found.stations, alive.stations);
    ck_assert_str_eq(found.state, alive.state);
    for (size_t cut = 0; cut < length; cut++)
        ck_assert(!wire_alive_parse(text, cut, &found));
}
END_TEST

SUITE("event_wire", test_everything_comes_back, test_an_empty_event_comes_back,
      test_the_longest_strings_fit_and_longer_ones_are_cut,
      test_any_shorter_or_longer_head_is_refused, test_wrong_entries_are_refused,
      test_other_programs_entries_are_refused, test_lost, test_ids, test_a_station_comes_back,
      test_the_longest_station_fits, test_wrong_stations_are_refused, test_a_histogram_comes_back,
      test_alive_comes_back)

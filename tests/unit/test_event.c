#include "shm/event.h"

#include "tests/unit/event_fixture.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

START_TEST(all_fields_come_back)
{
    struct event in = event_example(), out = {0};
    char data[EVENT_MAX_FIXED];
    size_t original, length = event_encode(&in, data, sizeof data, &original);
    ck_assert_uint_eq(length, original);
    ck_assert(event_decode(data, length, &out));
    expect_same_event(&out, &in);
}
END_TEST

START_TEST(an_empty_event_needs_no_strings)
{
    struct event in = {.type = EVENT_STARTUP}, out;
    char data[EVENT_MAX_FIXED];
    size_t original, length = event_encode(&in, data, sizeof data, &original);
    ck_assert_uint_eq(length, 48);
    ck_assert(event_decode(data, length, &out));
    ck_assert_uint_eq(out.identity.length + out.text.length + out.payload.length, 0);
}
END_TEST

START_TEST(long_strings_are_cut_at_a_character)
{
    static char umlauts[8001];
    for (size_t i = 0; i + 1 < sizeof umlauts; i += 2)
        memcpy(umlauts + i, "ü", 2);
    memmove(umlauts + 1, umlauts, sizeof umlauts - 2);
    umlauts[0] = 'x'; /* so that characters begin at odd offsets */
    struct text_span text = span(umlauts);
    struct event out,
        in = {.identity = text, .action = text, .message_id = text, .address = text, .text = text};
    char data[EVENT_MAX_FIXED];
    size_t original, length = event_encode(&in, data, sizeof data, &original);
    ck_assert(event_decode(data, length, &out));
    ck_assert_uint_eq(out.identity.length, EVENT_MAX_IDENTITY - 1);
    ck_assert_uint_eq(out.action.length, EVENT_MAX_ACTION - 1);
    ck_assert_uint_eq(out.message_id.length, EVENT_MAX_MESSAGE_ID - 1);
    ck_assert_uint_eq(out.address.length, EVENT_MAX_ADDRESS - 1);
    ck_assert_uint_eq(out.text.length, EVENT_MAX_TEXT - 1);
    ck_assert(!out.truncated);
}
END_TEST

START_TEST(a_payload_that_does_not_fit_is_cut_and_flagged)
{
    static char frame[9000];
    memset(frame, 'f', sizeof frame);
    struct event in = event_example(), out;
    char data[4000];
    size_t original;
    in.payload = (struct text_span){frame, sizeof frame};
    ck_assert_uint_eq(event_encode(&in, data, sizeof data, &original), sizeof data);
    ck_assert(event_decode(data, sizeof data, &out));
    ck_assert(out.truncated);
    ck_assert_uint_eq(out.payload_length, sizeof frame);
    ck_assert_uint_eq(original - sizeof data, sizeof frame - out.payload.length);
}
END_TEST

START_TEST(a_payload_that_was_cut_before_is_flagged_too)
{
    struct event in = event_example(), out;
    char data[EVENT_MAX_FIXED];
    size_t original, length;
    in.payload_length = 1000000;
    length = event_encode(&in, data, sizeof data, &original);
    ck_assert_uint_eq(original, length - in.payload.length + 1000000);
    ck_assert(event_decode(data, length, &out));
    ck_assert(out.truncated);
    ck_assert_uint_eq(out.payload_length, 1000000);
}
END_TEST

START_TEST(every_shortened_encoding_is_refused_or_flagged)
{
    struct event in = event_example(), out;
    char data[EVENT_MAX_FIXED];
    size_t original, length = event_encode(&in, data, sizeof data, &original);
    size_t head = length - in.payload.length;
    for (size_t cut = 0; cut < length; cut++) {
        char *exact = malloc(cut + 1); /* so that a sanitizer sees a read past the end */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, data, cut);
        bool decoded = event_decode(exact, cut, &out);
        ck_assert_int_eq(decoded, cut >= head);
        ck_assert(!decoded || out.truncated);
        free(exact);
    }
}
END_TEST

START_TEST(odd_numbers_become_harmless)
{
    struct event in = event_example(), out;
    char data[EVENT_MAX_FIXED];
    size_t original, length = event_encode(&in, data, sizeof data, &original);
    memset(data, 0xff, 4);
    ck_assert(event_decode(data, length, &out));
    ck_assert_int_eq(out.direction, DIRECTION_NONE);
    ck_assert_int_eq(out.protocol, OCPP_UNKNOWN);
    ck_assert_str_eq(message_type_label(out.message_type), "");
    ck_assert_str_eq(severity_label(out.severity), "");
    ck_assert(!event_decode(data, length + 1, &out)); /* more than payload_length says */
}
END_TEST

START_TEST(tables_know_every_number_and_no_other)
{
    ck_assert_str_eq(event_label(EVENT_UNKNOWN_ERROR), "UNKNOWN");
    ck_assert_int_eq(event_collection(EVENT_EVICTION), COLLECTION_SYSTEM);
    ck_assert_str_eq(event_label((enum event_type)999), "");
    ck_assert_int_eq(event_collection((enum event_type)0), -1);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        ck_assert_str_ne(collection_label(i), "");
    ck_assert_str_eq(collection_label(COLLECTION_COUNT), "");
    ck_assert_str_eq(message_type_label(2), "CALL");
    ck_assert_str_eq(message_type_label(5), "CALLRESULTERROR");
    ck_assert_str_eq(message_type_label(0), "");
    ck_assert_str_eq(ocpp_version_label(OCPP_21), "ocpp2.1");
    ck_assert_str_eq(ocpp_version_label(OCPP_UNKNOWN), "");
    ck_assert_str_eq(severity_label(4), "critical");
    ck_assert_str_eq(severity_label(5), "");
}
END_TEST

SUITE("event", all_fields_come_back, an_empty_event_needs_no_strings,
      long_strings_are_cut_at_a_character, a_payload_that_does_not_fit_is_cut_and_flagged,
      a_payload_that_was_cut_before_is_flagged_too, every_shortened_encoding_is_refused_or_flagged,
      odd_numbers_become_harmless, tables_know_every_number_and_no_other)

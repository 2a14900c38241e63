/* What ocpp-log shows: filters, lines, JSON, text that is harmless for a terminal */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "tools/log_filter.h"
#include "tools/log_options.h"
#include "tools/log_print.h"
#include "tools/terminal.h"

#define SPAN(text) ((struct text_span){text, sizeof(text) - 1})

static struct event call(void)
{
    struct event event = {
        .seq = 41,
        .time_ns = UINT64_C(1769860800123456789),
        .type = EVENT_MESSAGE,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .protocol = OCPP_16,
        .latency_us = EVENT_NO_LATENCY,
        .identity = SPAN("CP-0001"),
        .action = SPAN("Heartbeat"),
        .message_id = SPAN("m-1"),
        .payload = SPAN("[2,\"m-1\",\"Heartbeat\",{\"a\":\r\n1}]"),
    };

    event.payload_length = (uint32_t)event.payload.length;
    return event;
}

static char *print(const struct event *event, const struct log_style *style)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    log_print_event(out, event, style);
    fclose(out);
    return text;
}

static char *escape(const char *text)
{
    static char out[256];

    terminal_escape(text, strlen(text), out, sizeof out);
    return out;
}

START_TEST(escape_leaves_text_alone)
{
    ck_assert_str_eq(escape("{\"a\":\"b\\n\"}"), "{\"a\":\"b\\n\"}");
    ck_assert_str_eq(escape("Grüße €"), "Grüße €");
}
END_TEST

START_TEST(escape_takes_the_sting_out)
{
    ck_assert_str_eq(escape("a\033[2Jb"), "a\\u001B[2Jb");
    ck_assert_str_eq(escape("a\xc2\x9b"
                            "31mb"),
                     "a\\u009B31mb");
    ck_assert_str_eq(escape("a\x7f"), "a\\u007F");
    ck_assert_str_eq(escape("a\xe2\x80\xae"
                            "b"),
                     "a\\u202Eb");
    ck_assert_str_eq(escape("a\xff"), "a\\uFFFD");
    ck_assert_str_eq(escape("a\r\nb\tc"), "a  b c");
}
END_TEST

START_TEST(escape_keeps_to_its_room)
{
    char out[8];

    ck_assert_uint_eq(terminal_escape("abcdefghij", 10, out, sizeof out), 7);
    ck_assert_str_eq(out, "abcdefg");
    ck_assert_uint_eq(terminal_escape("abcd\033", 5, out, sizeof out), 4);
    ck_assert_uint_eq(terminal_escape("abcdef\xc3\xbc", 8, out, sizeof out), 6);
    ck_assert_uint_eq(terminal_escape("a", 1, out, 0), 0);
    ck_assert_uint_eq(terminal_cut("\xc3\xbc\xc3\xbc"
                                   "a",
                                   5, 2),
                      4);
    ck_assert_uint_eq(terminal_cut("ab", 2, 100), 2);
}
END_TEST

START_TEST(filter_by_all_its_parts)
{
    struct log_filter filter = {.direction = DIRECTION_NONE};
    struct event event = call();

    ck_assert(log_filter_matches(&filter, &event));
    log_patterns_add(&filter.identities, "CP-9*");
    ck_assert(!log_filter_matches(&filter, &event));
    log_patterns_add(&filter.identities, "cp-00*");
    ck_assert(log_filter_matches(&filter, &event));
    log_patterns_add(&filter.actions, "Meter*");
    ck_assert(!log_filter_matches(&filter, &event));
    log_patterns_add(&filter.actions, "Heart*");
    ck_assert(log_filter_matches(&filter, &event));
    log_patterns_add(&filter.types, "CALLERROR");
    ck_assert(!log_filter_matches(&filter, &event));
    event.message_type = MESSAGE_CALLERROR;
    ck_assert(log_filter_matches(&filter, &event));
    filter.direction = DIRECTION_OUT;
    ck_assert(!log_filter_matches(&filter, &event));
    event.direction = DIRECTION_OUT;
    ck_assert(log_filter_matches(&filter, &event));
}
END_TEST

START_TEST(filter_by_an_expression)
{
    static const char text[] = "station:CP-00* action:Heartbeat gateway:north";
    struct log_filter filter = {.gateway = "north"};
    struct filter_error error;
    struct event event = call();

    filter.expression = filter_new(text, sizeof text - 1, 0, &error);
    ck_assert_ptr_nonnull(filter.expression);
    ck_assert(log_filter_matches(&filter, &event));
    filter.gateway = "south";
    ck_assert(!log_filter_matches(&filter, &event));
    filter.gateway = "north";
    filter.direction = DIRECTION_OUT; /* both have to match */
    ck_assert(!log_filter_matches(&filter, &event));
    filter_free(filter.expression);
}
END_TEST

START_TEST(filter_has_room_for_sixteen)
{
    struct log_patterns patterns = {.count = 0};

    for (unsigned i = 0; i < LOG_MAX_PATTERNS; i++)
        ck_assert(log_patterns_add(&patterns, "x"));
    ck_assert(!log_patterns_add(&patterns, "x"));
}
END_TEST

START_TEST(message_line)
{
    struct log_style style = {.gateway = "g"};
    struct event event = call();
    char *line = print(&event, &style);

    ck_assert_str_eq(line, "2026-01-31T12:00:00.123Z CP-0001          -> CALL       "
                           "Heartbeat                          {\"a\":  1}\n");
    free(line);

    event.direction = DIRECTION_OUT;
    event.message_type = MESSAGE_CALLERROR;
    event.latency_us = 1234;
    event.payload = SPAN("[4,\"m-1\",\"NotImplemented\",\"no\",{}]");
    line = print(&event, &style);
    ck_assert_ptr_nonnull(strstr(line, "<- CALLERROR  Heartbeat"));
    ck_assert_ptr_nonnull(strstr(line, "1.234 ms \"NotImplemented\",\"no\",{}\n"));
    free(line);
}
END_TEST

START_TEST(line_is_cut_at_the_width)
{
    struct log_style style = {.gateway = "g", .width = 40, .colour = false};
    struct event event = call();
    char *line = print(&event, &style);

    ck_assert_uint_le(strlen(line), 41);
    ck_assert_int_eq(line[strlen(line) - 1], '\n');
    free(line);
}
END_TEST

START_TEST(line_of_a_hostile_station_is_one_line)
{
    struct log_style style = {.gateway = "g"};
    struct event event = call();

    event.identity = SPAN("CP\n2026-01-31 forged");
    event.action = SPAN("\033[31mX");
    event.payload = SPAN("\n\033]0;title\007");
    char *line = print(&event, &style);
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    ck_assert_ptr_null(strchr(line, '\033'));
    ck_assert_ptr_null(strchr(line, '\007'));
    free(line);
}
END_TEST

START_TEST(json_has_the_fields_of_the_api)
{
    struct log_style style = {.gateway = "north", .json = true};
    struct event event = call();
    struct json_span value, member;
    char *line = print(&event, &style);

    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    ck_assert(json_scan(line, strlen(line), &value, NULL));
    static const char *const expected[][2] = {
        {"id", "north-41"},   {"identity", "CP-0001"}, {"gateway", "north"},
        {"direction", "IN"},  {"type", "CALL"},        {"method", "Heartbeat"},
        {"messageId", "m-1"}, {"protocol", "ocpp1.6"}, {"timestamp", "2026-01-31T12:00:00.123Z"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ck_assert_msg(json_member(value, expected[i][0], &member), "%s", expected[i][0]);
        ck_assert_msg(json_string_is(member, expected[i][1]), "%s", expected[i][0]);
    }
    ck_assert(json_member(value, "params", &member));
    ck_assert(!json_member(value, "latencyMs", &member));
    ck_assert(!json_member(value, "payload", &member));
    free(line);
}
END_TEST

START_TEST(json_of_an_error_keeps_code_and_description)
{
    struct log_style style = {.gateway = "g", .json = true};
    struct event event = call();
    struct json_span value, payload, member;

    event.message_type = MESSAGE_CALLERROR;
    event.latency_us = 1005;
    event.payload = SPAN("[4,\"m-1\",\"NotSupported\",\"not here\",{\"x\":1}]");
    char *line = print(&event, &style);
    ck_assert(json_scan(line, strlen(line), &value, NULL));
    ck_assert(json_member(value, "payload", &payload));
    ck_assert(json_member(payload, "errorCode", &member) && json_string_is(member, "NotSupported"));
    ck_assert(json_member(payload, "errorDescription", &member) &&
              json_string_is(member, "not here"));
    ck_assert(json_member(payload, "errorDetails", &member) && member.type == JSON_OBJECT);
    ck_assert(json_member(value, "latencyMs", &member));
    ck_assert_int_eq(strncmp(member.start, "1.005", 5), 0);
    free(line);
}
END_TEST

START_TEST(json_of_broken_messages_is_json)
{
    static const struct text_span payloads[] = {
        {"", 0},
        {"nonsense", 8},
        {"[2,\"m-1\"]", 9},
        {"[2,\"m-1\",\"Heartbeat\",{\"a\":\"\xff\"}]", 31},
        {"\033\"\\", 3},
    };
    struct log_style style = {.gateway = "g", .json = true};
    struct event event = call();

    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        for (unsigned truncated = 0; truncated < 2; truncated++) {
            struct json_span value;
            event.payload = payloads[i];
            event.truncated = truncated == 1;
            char *line = print(&event, &style);
            ck_assert_msg(json_scan(line, strlen(line), &value, NULL), "%s", line);
            free(line);
        }
    }
}
END_TEST

static const enum event_type types[] = {
#define EVENT(name, number, collection, label, help) EVENT_##name,
#include "shm/event_types.def"
};

START_TEST(every_event_has_a_line_and_json)
{
    struct log_style text = {.gateway = "g"}, json = {.gateway = "g", .json = true};
    struct event event = call();
    struct json_span value;

    event.type = types[_i];
    event.text = SPAN("something happened");
    event.address = SPAN("127.0.0.1:4000");
    event.severity = SEVERITY_HIGH;
    event.count = 3;
    char *line = print(&event, &text);
    ck_assert_uint_gt(strlen(line), 40);
    free(line);
    line = print(&event, &json);
    ck_assert_msg(json_scan(line, strlen(line), &value, NULL), "%s", line);
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_print");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60); /* sanitizers and a busy machine */
    tcase_add_test(tests, escape_leaves_text_alone);
    tcase_add_test(tests, escape_takes_the_sting_out);
    tcase_add_test(tests, escape_keeps_to_its_room);
    tcase_add_test(tests, filter_by_all_its_parts);
    tcase_add_test(tests, filter_by_an_expression);
    tcase_add_test(tests, filter_has_room_for_sixteen);
    tcase_add_test(tests, message_line);
    tcase_add_test(tests, line_is_cut_at_the_width);
    tcase_add_test(tests, line_of_a_hostile_station_is_one_line);
    tcase_add_test(tests, json_has_the_fields_of_the_api);
    tcase_add_test(tests, json_of_an_error_keeps_code_and_description);
    tcase_add_test(tests, json_of_broken_messages_is_json);
    tcase_add_loop_test(tests, every_event_has_a_line_and_json, 0,
                        (int)(sizeof types / sizeof types[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

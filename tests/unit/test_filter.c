#include "shm/filter.h"

#include "tests/unit/filter_fixture.h"
#include "tests/unit/suite.h"

START_TEST(fields_of_a_message)
{
    static const struct match_case cases[] = {
        {"", true},
        {"   ", true},
        {"station:CP-001", true},
        {"station:cp-001", true},
        {"station:CP-00", false},
        {"identity:CP-001", true},
        {"station:CP-*", true},
        {"station:*1", true},
        {"station:*-*", true},
        {"station:*", true},
        {"station:CP-00?", true},
        {"station:CP-0?", false},
        {"station:CP-00??", false},
        {"station:\"CP-*\"", false},
        {"station:\"CP-001\"", true},
        {"station:A,CP-001,B", true},
        {"station:A,B", false},
        {"station=CP-001", true},
        {"station==CP-001", true},
        {"station!=CP-001", false},
        {"station!=CP-002", true},
        {"STATION:CP-001", true},
        {"action:metervalues", true},
        {"method:Meter*", true},
        {"action:Heartbeat,StatusNotification", false},
        {"id:4b7c-9", true},
        {"id:4b7c", false},
        {"gateway:north", true},
        {"gateway:n*", true},
        {"gateway:south", false},
        {"dir:in", true},
        {"direction:OUT", false},
        {"dir:in,out", true},
        {"type:CALL", true},
        {"type:call", true},
        {"type:CALLRESULT", false},
        {"type:error", false},
        {"type:result,send,call", true},
        {"protocol:1.6", true},
        {"protocol:ocpp1.6", true},
        {"protocol:2.0.1,2.1", false},
        {"latency<500", false},
        {"latency>=0", false},
        {"not latency<500", true},
        {"size>60", true},
        {"size<1K", true},
        {"size>=1K", false},
        {"error:*", false},
        {"event:MESSAGE", true},
        {"category:message", true},
        {"event:CONNECTED", false},
        {"severity>=low", false},
        {"level:debug", false},
        {"close:0", false},
        {"duration>=0", false},
        {"address:\"\"", true},
        {"since:10m", true},
        {"since:4m", false},
        {"until:4m", true},
        {"until:10m", false},
        {"since:6m until:4m", true},
        {"since:2026-01-31T11:55:00Z", true},
        {"since:2026-01-31T12:55:01+01:00", false},
        {"until:2026-01-31T11:55:00Z", false},
    };
    struct event event = meter_values();
    expect_matches(&event, cases, COUNT_OF(cases));
}
END_TEST

START_TEST(texts)
{
    static const struct match_case cases[] = {
        {"connectorid", true},
        {"CONNECTORID", true},
        {"\"connectorId\\\":1\"", true},
        {"\"a \\\\\\\"b\\\\\"", true},
        {"text:meter", true},
        {"text:\"MeterValues\\\",{\"", true},
        {"text:nothing,meter", true},
        {"4b7c", true},
        {"CP-0", true},
        {"missing", false},
        {"-missing", true},
        {"!missing", true},
        {"2,", true},
        {"\"and\"", false},
        {"*", false},
        {"-", true},
        {"- -", true},
        {"10.0.0.1:80", false},
    };
    struct event event = meter_values();
    expect_matches(&event, cases, COUNT_OF(cases));
}
END_TEST

START_TEST(a_text_is_found_wherever_it_stands)
{
    static const char text[] = "abacabadabacabae";
    char expression[64];
    struct event event = {.type = EVENT_STARTUP, .text = span(text)};
    for (size_t start = 0; start < sizeof text - 1; start++) {
        for (size_t length = 1; start + length < sizeof text; length++) {
            snprintf(expression, sizeof expression, "%.*s", (int)length, text + start);
            ck_assert(matches(expression, &event));
            snprintf(expression, sizeof expression, "%.*sx", (int)length, text + start);
            ck_assert(!matches(expression, &event));
        }
    }
    event.text = span("aaaaabaaaaaac");
    ck_assert(matches("aaaaaac", &event));
    ck_assert(!matches("aaaaaab", &event));
}
END_TEST

START_TEST(fields_of_an_error)
{
    static const struct match_case cases[] = {
        {"type:CALLERROR", true},
        {"type:error", true},
        {"type:CALLRESULTERROR", false},
        {"latency>1", true},
        {"latency>1.5", false},
        {"latency>=1.5", true},
        {"latency:1.5", true},
        {"latency=1500us", true},
        {"latency<=1.499", false},
        {"latency<0.01s", true},
        {"latency:1,1.5", true},
        {"error:NotImplemented", true},
        {"error:not*", true},
        {"error:GenericError", false},
        {"-error:GenericError", true},
        {"station:\"de*abc*E1\"", true},
        {"station:\"de*ABC*E1\"", true},
        {"station:\"de*abc*\"", false},
        {"station:de*e1", true},
        {"protocol:2.0.1", true},
        {"dir:out", true},
        {"size:38", true},
        {"size:0.5", false},
        {"size>0.03K", true},
    };
    struct event event = call_error();
    expect_matches(&event, cases, COUNT_OF(cases));
    event.payload_length = 100000; /* of which a part was cut off */
    ck_assert(matches("size:100000", &event));
    event.payload = span("[4,\"17\",\"NotImpl");
    ck_assert(!matches("error:*", &event));
}
END_TEST

START_TEST(fields_of_other_events)
{
    static const struct match_case of_disconnected[] = {
        {"event:DISCONNECTED", true},
        {"event:connected,disconnected", true},
        {"close:1006", true},
        {"close:1000,1001", false},
        {"close>=1005", true},
        {"duration<2m", true},
        {"duration:90000", true},
        {"duration>1.5m", false},
        {"duration<1h", true},
        {"address:192.0.2.*", true},
        {"address:192.0.2.7", false},
        {"192.0.2.7", true},
        {"reset", true},
        {"type:CALL", false},
        {"size:0", true},
        {"dir:in,out", false},
    };
    static const struct match_case of_auth_failed[] = {
        {"severity:high", true},
        {"severity>medium", true},
        {"severity>=critical", false},
        {"severity<critical", true},
        {"severity:low,high", true},
        {"level:warning", false},
        {"event:AUTH_FAILED", true},
        {"category:RATE_LIMIT", false},
        {"action:\"\"", true},
        {"action:*", true},
        {"event:AUTH_FAILED password", true},
    };
    static const struct match_case of_log_line[] = {
        {"level:warning", true}, {"level>=warning", true}, {"level>warning", false},
        {"level<error", true},   {"level>=info", true},    {"severity>=low", false},
        {"action:tls", true},    {"event:LOG", true},
    };
    struct event event = disconnected();
    expect_matches(&event, of_disconnected, COUNT_OF(of_disconnected));
    event = auth_failed();
    expect_matches(&event, of_auth_failed, COUNT_OF(of_auth_failed));
    event = log_line();
    expect_matches(&event, of_log_line, COUNT_OF(of_log_line));
}
END_TEST

START_TEST(operators_and_their_precedence)
{
    /* an event whose action is x: true; y: false */
    static const struct match_case cases[] = {
        {"action:x", true},
        {"action:y", false},
        {"action:x action:x", true},
        {"action:x action:y", false},
        {"action:x and action:y", false},
        {"action:x && action:y", false},
        {"action:x or action:y", true},
        {"action:x || action:y", true},
        {"action:x OR action:y", true},
        {"action:y or action:y", false},
        {"not action:y", true},
        {"NOT action:x", false},
        {"not not action:x", true},
        {"--action:x", true},
        {"-!not action:x", false},
        {"not (action:x)", false},
        {"not(action:x)", false},
        /* not before and before or */
        {"not action:y action:x", true},
        {"not action:x action:y", false},
        {"not (action:x action:y)", true},
        {"not action:y or action:x", true},
        {"not (action:x or action:y)", false},
        {"action:x or action:y action:y", true},
        {"(action:x or action:y) action:y", false},
        {"action:y action:y or action:x", true},
        {"action:y (action:y or action:x)", false},
        {"action:x or action:x and action:y", true},
        {"(action:x or action:x) and action:y", false},
        {"action:y or (action:x)", true},
        {"((action:x))", true},
        {"( action:x )", true},
        {"action:y,x action:x", true},
        {"-action:y,x or action:y", false},
        {"action:x or(action:y)", true},
    };
    struct event event = {.type = EVENT_STARTUP, .action = span("x")};
    expect_matches(&event, cases, COUNT_OF(cases));
}
END_TEST

START_TEST(patterns_take_whole_characters)
{
    struct event event = {.type = EVENT_STARTUP, .identity = span("a\xc3\xbc\xe2\x82\xac z")};
    ck_assert(matches("station:a??\?z", &event));
    ck_assert(!matches("station:a????z", &event));
    ck_assert(matches("station:*\xe2\x82\xac*", &event));
    ck_assert(!matches("station:*\xc3\xa4*", &event));
    event.identity = span("\xff\xff");
    ck_assert(matches("station:??", &event));
    /* a star gives back what it took */
    event.identity = span("abcabcabd");
    ck_assert(matches("station:*abd", &event));
    ck_assert(matches("station:a*b*d", &event));
    ck_assert(!matches("station:a*b*c", &event));
    ck_assert(matches("station:**a**d**", &event));
}
END_TEST

START_TEST(events_that_are_empty_or_odd_do_no_harm)
{
    struct event events[] = {
        {.type = (enum event_type)0},
        {.type = (enum event_type)65535,
         .message_type = 255,
         .severity = 255,
         .direction = (enum direction)3,
         .duration_ms = UINT64_MAX,
         .payload_length = UINT32_MAX},
        {.type = EVENT_DISCONNECTED, .duration_ms = UINT64_MAX, .close_code = 65535},
        {.type = EVENT_LOG_LINE, .severity = 200},
        {.type = EVENT_MESSAGE, .message_type = MESSAGE_CALLERROR, .payload = span("[4,\"\",5]")},
        {.type = EVENT_MESSAGE, .message_type = MESSAGE_CALLERROR, .payload = span("{}")},
    };
    for (size_t i = 0; i < COUNT_OF(events); i++) {
        ck_assert(matches("", &events[i]));
        ck_assert(!matches("station:X or dir:in,out type:send or error:* or level:debug or "
                           "severity>=low or foo",
                           &events[i]));
    }
    ck_assert(matches("duration>999999999h", &events[2]));
}
END_TEST

START_TEST(fields_are_described)
{
    ck_assert_uint_gt(filter_field_count, 10);
    for (size_t i = 0; i < filter_field_count; i++) {
        const struct filter_field *field = &filter_fields[i];
        bool listed = field->kind == FILTER_CHOICE || field->kind == FILTER_RANK;
        ck_assert(field->choices != NULL ? listed : !listed);
        ck_assert_uint_gt(strlen(field->help), 10);
        /* so that a printed filter is never longer than the first */
        ck_assert(strlen(field->alias) == 0 || strlen(field->alias) >= strlen(field->name));
    }
}
END_TEST

SUITE("filter", fields_of_a_message, texts, a_text_is_found_wherever_it_stands, fields_of_an_error,
      fields_of_other_events, operators_and_their_precedence, patterns_take_whole_characters,
      events_that_are_empty_or_odd_do_no_harm, fields_are_described)

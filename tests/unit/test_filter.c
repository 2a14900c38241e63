#include "shm/filter.h"

#include "common/timestamp.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NOW     (UINT64_C(1769860800) * NS_PER_SECOND) /* 2026-01-31T12:00:00Z */
#define MINUTES (60 * NS_PER_SECOND)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static struct filter *compiled(const char *expression)
{
    struct filter_error error;
    struct filter *filter = filter_new(expression, strlen(expression), NOW, &error);
    ck_assert_msg(filter != NULL, "%s: at %zu: %s", expression, error.offset, error.text);
    return filter;
}

static struct event meter_values(void)
{
    return (struct event){
        .type = EVENT_MESSAGE,
        .time_ns = NOW - 5 * MINUTES,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .protocol = OCPP_16,
        .latency_us = EVENT_NO_LATENCY,
        .identity = span("CP-001"),
        .action = span("MeterValues"),
        .message_id = span("4b7c-9"),
        .payload =
            span("[2,\"4b7c-9\",\"MeterValues\",{\"connectorId\":1,\"text\":\"a \\\"b\\\"\"}]"),
    };
}

static struct event call_error(void)
{
    return (struct event){
        .type = EVENT_MESSAGE,
        .time_ns = NOW - 2 * MINUTES,
        .direction = DIRECTION_OUT,
        .message_type = MESSAGE_CALLERROR,
        .protocol = OCPP_201,
        .latency_us = 1500,
        .identity = span("de*abc*E1"),
        .action = span("DataTransfer"),
        .message_id = span("17"),
        .payload = span("[4,\"17\",\"NotImplemented\",\"no such\",{}]"),
    };
}

static struct event disconnected(void)
{
    return (struct event){
        .type = EVENT_DISCONNECTED,
        .time_ns = NOW - MINUTES,
        .latency_us = EVENT_NO_LATENCY,
        .close_code = 1006,
        .duration_ms = 90000,
        .identity = span("CP-002"),
        .address = span("192.0.2.7:4000"),
        .text = span("connection reset"),
    };
}

static struct event auth_failed(void)
{
    return (struct event){
        .type = EVENT_AUTH_FAILED,
        .time_ns = NOW,
        .latency_us = EVENT_NO_LATENCY,
        .severity = SEVERITY_HIGH,
        .identity = span("CP-003"),
        .text = span("wrong password"),
    };
}

static struct event log_line(void)
{
    return (struct event){
        .type = EVENT_LOG_LINE,
        .time_ns = NOW,
        .latency_us = EVENT_NO_LATENCY,
        .severity = 1, /* warning */
        .action = span("tls"),
        .text = span("certificate ends soon"),
    };
}

static bool matches(const char *expression, const struct event *event)
{
    struct filter *filter = compiled(expression);
    bool found = filter_match(filter, event, "north");
    filter_free(filter);
    return found;
}

struct match_case {
    const char *expression;
    bool matches;
};

static void expect_matches(const struct event *event, const struct match_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(matches(cases[i].expression, event) == cases[i].matches, "%s: not %d",
                      cases[i].expression, cases[i].matches);
}

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

START_TEST(every_error_says_where)
{
    static const struct {
        const char *expression;
        size_t offset;
        const char *text;
    } cases[] = {
        {"statoin:CP", 0, "unknown field \"statoin\", did you mean station?"},
        {"dir:in latncy>5", 7, "unknown field \"latncy\", did you mean latency?"},
        {"http://x", 0, "unknown field \"http\"; put a text that has : = < or > in quotes"},
        {"x=1", 0, "unknown field \"x\"; put a text that has : = < or > in quotes"},
        {"station:", 8, "station needs a value: a name, such as CP-001 or CP-*"},
        {"station: CP", 8, "station needs a value: a name, such as CP-001 or CP-*"},
        {"station:a,,b", 10, "station needs a value: a name, such as CP-001 or CP-*"},
        {"station:a,", 10, "station needs a value: a name, such as CP-001 or CP-*"},
        {"dir:", 4, "dir needs a value: one of in, out"},
        {"dir:inn", 4, "dir can't be \"inn\", did you mean in?"},
        {"dir:up", 4, "dir can't be \"up\"; expected one of in, out"},
        {"dir:sideways", 4, "dir can't be \"sideways\"; expected one of in, out"},
        {"dir:in,sideways", 7, "dir can't be \"sideways\"; expected one of in, out"},
        {"type:CALLRESLT", 5, "type can't be \"CALLRESLT\", did you mean CALLRESULT?"},
        {"event:nothing", 6,
         "event can't be \"nothing\"; expected one of those in ocpp-board-filter(7)"},
        {"severity>grave", 9,
         "severity can't be \"grave\"; expected one of low, medium, high, critical"},
        {"latency>fast", 8,
         "latency can't be \"fast\"; expected milliseconds, or a number with a unit: 500, 1.5s, "
         "10m"},
        {"latency>", 8,
         "latency needs a value: milliseconds, or a number with a unit: 500, 1.5s, 10m"},
        {"latency>1.", 8,
         "latency can't be \"1.\"; expected milliseconds, or a number with a unit: 500, 1.5s, 10m"},
        {"latency>1000000000", 8,
         "latency can't be \"1000000000\"; expected milliseconds, or a number with a unit: 500, "
         "1.5s, 10m"},
        {"latency>1,2", 9, "expected one value, not a list"},
        {"since:1h,2h", 8, "expected one value, not a list"},
        {"size>1s", 5,
         "size can't be \"1s\"; expected bytes, or a number with a unit: 500, 64K, 1M"},
        {"close:1.5", 6, "close can't be \"1.5\"; expected a whole number"},
        {"since:yesterday", 6,
         "since can't be \"yesterday\"; expected a time: 30s, 10m, 2h, 1d ago or "
         "2026-01-31T12:00:00Z"},
        {"station>CP", 7, "station can't be compared with < or >; write station:value"},
        {"type<=CALL", 4, "type can't be compared with < or >; write type:value"},
        {"text:\"\"", 5, "text needs a value: some text"},
        {"a \"\"", 2, "text needs a value: some text"},
        {"a \"bc", 2, "the quote is not closed"},
        {"station:\"a\\\"", 8, "the quote is not closed"},
        {"\"a\\nb\"", 2,
         "in quotes a backslash stands before \" or another backslash; for a backslash write two"},
        {"a\"b\"", 1, "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"a or\"b\"", 4, "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"\"a\"b", 3, "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"f(x)", 1, "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"(a)(b)", 3, "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"(a", 2, "expected \")\" for the \"(\" at 0"},
        {"a (b or (c) ", 12, "expected \")\" for the \"(\" at 2"},
        {"a)", 1, "\")\" without \"(\""},
        {"latency > 5", 8,
         "expected a field right before \">\"; a text that begins with it stands in quotes"},
        {"a !=b", 3,
         "expected a field right before \"=\"; a text that begins with it stands in quotes"},
        {"()", 1, "expected a term, found \")\""},
        {"and a", 0, "expected a term, found \"and\""},
        {"a or", 4, "expected a term, found the end"},
        {"a or or b", 5, "expected a term, found \"or\""},
        {"a and", 5, "expected a term, found the end"},
        {"a and and b", 6, "expected a term, found \"and\""},
        {"not", 3, "expected a term, found the end"},
        {"not )", 4, "expected a term, found \")\""},
        {"a \xc3(", 2, "not UTF-8"},
        {"a\001", 1, "a control character"},
        {"\"\x7f\"", 1, "a control character"},
        {"((((((((((((((((a))))))))))))))))(", 33,
         "expected a blank; a text with \" or a parenthesis stands in quotes"},
        {"(((((((((((((((((a)))))))))))))))))", 16, "more than 16 parentheses within each other"},
        {"a b c d e f g h i", 16, "at most 8 texts can be searched for"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter_error error = {0};
        const char *expression = cases[i].expression;
        ck_assert_msg(filter_new(expression, strlen(expression), NOW, &error) == NULL, "%s",
                      expression);
        ck_assert_msg(error.offset == cases[i].offset, "%s: at %zu, not %zu: %s", expression,
                      error.offset, cases[i].offset, error.text);
        ck_assert_str_eq(error.text, cases[i].text);
    }
}
END_TEST

START_TEST(lengths_have_bounds)
{
    char expression[FILTER_MAX_LENGTH + 2];
    struct filter_error error;
    memset(expression, 'x', sizeof expression);
    struct filter *filter = filter_new(expression, FILTER_MAX_LENGTH, NOW, &error);
    ck_assert_ptr_nonnull(filter);
    filter_free(filter);
    ck_assert_ptr_null(filter_new(expression, FILTER_MAX_LENGTH + 1, NOW, &error));
    ck_assert_uint_eq(error.offset, FILTER_MAX_LENGTH);
    ck_assert_str_eq(error.text, "longer than 1024 bytes");

    size_t length = 0;
    for (int i = 0; i < FILTER_MAX_NODES; i++)
        length += (size_t)snprintf(expression + length, sizeof expression - length, "dir:in ");
    /* one node joins them */
    ck_assert_ptr_null(filter_new(expression, length, NOW, &error));
    ck_assert_uint_eq(error.offset, length - 3);
    ck_assert_str_eq(error.text, "too long: at most 64 values and operators");
    filter = filter_new(expression, length - 7, NOW, &error);
    ck_assert_ptr_nonnull(filter);
    ck_assert_uint_eq(filter_size(filter), FILTER_MAX_NODES);
    filter_free(filter);

    expression[0] = '\0';
    ck_assert_ptr_null(filter_new(expression, 1, NOW, &error));
    ck_assert_str_eq(error.text, "a control character");
}
END_TEST

START_TEST(what_an_error_quotes_is_harmless_and_short)
{
    struct filter_error error;
    char expression[512];
    snprintf(expression, sizeof expression, "%.200s:x",
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    ck_assert_ptr_null(filter_new(expression, strlen(expression), NOW, &error));
    ck_assert_str_eq(error.text, "unknown field \"abcdefghijklmnopqrstuvwxyzabcdefghijklmn\"; "
                                 "put a text that has : = < or > in quotes");
    static const char tricky[] = "dir:a\xe2\x80\xae"
                                 "b";
    ck_assert_ptr_null(filter_new(tricky, sizeof tricky - 1, NOW, &error));
    ck_assert_str_eq(error.text, "dir can't be \"a\\xE2\\x80\\xAEb\"; expected one of in, out");
}
END_TEST

START_TEST(printing_is_plain)
{
    static const struct {
        const char *expression, *printed;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"a and b", "a b"},
        {"a AND b OR c", "a b or c"},
        {"not a", "-a"},
        {"!a", "-a"},
        {"not not a", "a"},
        {"not (not a)", "a"},
        {"not (a b)", "-(a b)"},
        {"not (a or b)", "-(a or b)"},
        {"(a b) c", "a b c"},
        {"a or (b or c)", "a or b or c"},
        {"(a or b) c", "(a or b) c"},
        {"identity=CP-1", "station:CP-1"},
        {"direction!=in", "-dir:in"},
        {"type:CALL,SEND", "type:CALL,SEND"},
        {"not type:CALL,SEND", "-type:CALL,SEND"},
        {"latency >5", NULL},
        {"latency>=5ms", "latency>=5ms"},
        {"text:a,\"b c\"", "text:a,\"b c\""},
        {"\"a \\\"b\\\\\"", "\"a \\\"b\\\\\""},
        {"since:10m", "since:10m"},
        /* cheap terms first, else in order */
        {"foo error:X id:1 station:A dir:in", "dir:in station:A id:1 error:X foo"},
        {"foo or station:A", "station:A or foo"},
        {"foo (station:A or dir:in) station:B", "(dir:in or station:A) station:B foo"},
    };
    char printed[FILTER_MAX_LENGTH + 1];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter_error error;
        struct filter *filter =
            filter_new(cases[i].expression, strlen(cases[i].expression), NOW, &error);
        ck_assert_msg((filter == NULL) == (cases[i].printed == NULL), "%s", cases[i].expression);
        if (filter == NULL)
            continue;
        ck_assert_uint_eq(filter_print(filter, printed), strlen(printed));
        ck_assert_str_eq(printed, cases[i].printed);
        filter_free(filter);
    }
}
END_TEST

/* A random expression. */
struct writer {
    unsigned seed;
    unsigned depth;
    unsigned terms;
    size_t length;
    char text[2 * FILTER_MAX_LENGTH];
};

static unsigned draw(struct writer *writer, unsigned count)
{
    return (unsigned)rand_r(&writer->seed) % count;
}

static void write_text(struct writer *writer, const char *text)
{
    writer->length += (size_t)snprintf(writer->text + writer->length,
                                       sizeof writer->text - writer->length, "%s", text);
}

static void write_expression(struct writer *writer)
{
    static const char *const terms[] = {"station:CP-0*",
                                        "identity:\"de*abc*E1\"",
                                        "action:Heartbeat,MeterValues",
                                        "dir:in",
                                        "type!=CALL",
                                        "type:error",
                                        "latency>1",
                                        "latency<=1.5ms",
                                        "size>=40",
                                        "since:3m",
                                        "until:2026-01-31T11:57:00Z",
                                        "severity>low",
                                        "level:warning",
                                        "close:1006",
                                        "gateway:n?rth",
                                        "id:17",
                                        "error:Not*",
                                        "protocol:1.6,2.1",
                                        "address:*",
                                        "event:MESSAGE,LOG",
                                        "duration>1m",
                                        "connector",
                                        "\"a \\\\\\\"b\"",
                                        "text:17"};
    static const char *const joints[] = {" ", "  ", " and ", " or ", " OR ", " && ", " || "};
    static const char *const nots[] = {"", "", "", "-", "!", "not ", "not not "};

    for (unsigned count = 1 + draw(writer, 3); count > 0; count--) {
        write_text(writer, nots[draw(writer, COUNT_OF(nots))]);
        if (writer->depth > 0 && draw(writer, 3) == 0) {
            writer->depth--;
            write_text(writer, draw(writer, 2) == 0 ? "(" : "( ");
            write_expression(writer);
            write_text(writer, ")");
            writer->depth++;
        } else {
            write_text(writer, terms[draw(writer, COUNT_OF(terms))]);
        }
        if (count > 1)
            write_text(writer, joints[draw(writer, COUNT_OF(joints))]);
    }
}

static struct filter_meta meta_of(const struct event *event, bool names)
{
    return (struct filter_meta){
        .type = event->type,
        .message_type = event->message_type,
        .direction = event->direction,
        .severity = event->severity,
        .latency_us = event->latency_us,
        .time_ns = event->time_ns,
        .gateway = "north",
        .identity = names && event->identity.start != NULL ? event->identity : TEXT_SPAN_NONE,
        .action = names && event->action.start != NULL ? event->action : TEXT_SPAN_NONE,
    };
}

static bool same_name(struct text_span wanted, struct text_span found)
{
    return wanted.length == found.length &&
           strncasecmp(wanted.start, found.start, found.length) == 0;
}

static void expect_in_bounds(const struct filter *filter, const struct event *event)
{
    struct filter_bounds bounds;
    filter_bounds(filter, &bounds);
    ck_assert(bounds.station.start == NULL || same_name(bounds.station, event->identity));
    ck_assert(bounds.action.start == NULL || same_name(bounds.action, event->action));
    ck_assert(event->time_ns >= bounds.since_ns && event->time_ns < bounds.until_ns);
}

static void compare_on(const struct filter *a, const struct filter *b, const struct event *event)
{
    bool matching = filter_match(a, event, "north");
    ck_assert(filter_match(b, event, "north") == matching);
    for (int names = 0; names < 2; names++) {
        struct filter_meta meta = meta_of(event, names != 0);
        enum filter_verdict verdict = filter_match_meta(a, &meta);
        ck_assert(verdict == FILTER_UNSURE || (verdict == FILTER_YES) == matching);
    }
    if (matching)
        expect_in_bounds(a, event);
}

START_TEST(random_expressions_survive_printing)
{
    struct event events[] = {meter_values(), call_error(), disconnected(), auth_failed(),
                             log_line()};
    char printed[FILTER_MAX_LENGTH + 1], again[FILTER_MAX_LENGTH + 1];
    unsigned compiled_ones = 0;
    for (unsigned seed = 1; seed <= 3000; seed++) {
        struct writer writer = {.seed = seed, .depth = 4};
        struct filter_error error;
        write_expression(&writer);
        struct filter *filter = filter_new(writer.text, writer.length, NOW, &error);
        if (filter == NULL) { /* too much of something */
            ck_assert_msg(strstr(error.text, "at most") || strstr(error.text, "longer"), "%s: %s",
                          writer.text, error.text);
            continue;
        }
        compiled_ones++;
        size_t length = filter_print(filter, printed);
        ck_assert_uint_le(length, writer.length);
        struct filter *reread = compiled(printed);
        ck_assert_msg(filter_equal(filter, reread), "%s: %s", writer.text, printed);
        filter_print(reread, again);
        ck_assert_str_eq(printed, again);
        for (size_t i = 0; i < COUNT_OF(events); i++)
            compare_on(filter, reread, &events[i]);
        filter_free(filter);
        filter_free(reread);
    }
    ck_assert_uint_gt(compiled_ones, 2500);
}
END_TEST

START_TEST(equal_filters)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"", " ", true},
        {"", "a", false},
        {"a b", "a and b", true},
        {"a b", "b a", false},
        {"a b", "a b c", false},
        {"a b c", "a b", false},
        {"a b", "a or b", false},
        {"dir:in", "direction=IN", false},
        {"-a", "not a", true},
        {"latency>5", "latency>=5", false},
        {"a:1", NULL, false},
        {"station:a*", "station:\"a*\"", false},
        {"since:1m", "since:60s", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (cases[i].b == NULL)
            continue;
        struct filter *a = compiled(cases[i].a), *b = compiled(cases[i].b);
        ck_assert_msg(filter_equal(a, b) == cases[i].equal, "%s, %s", cases[i].a, cases[i].b);
        filter_free(a);
        filter_free(b);
    }
    struct filter_error error;
    struct filter *now = filter_new("since:1m", 8, NOW, &error);
    struct filter *later = filter_new("since:1m", 8, NOW + 1, &error);
    ck_assert(!filter_equal(now, later));
    filter_free(now);
    filter_free(later);
}
END_TEST

START_TEST(meta_decides_what_it_can)
{
    static const struct {
        const char *expression;
        enum filter_verdict with_names, without;
    } cases[] = {
        {"", FILTER_YES, FILTER_YES},
        {"dir:in", FILTER_YES, FILTER_YES},
        {"dir:out", FILTER_NO, FILTER_NO},
        {"station:CP-*", FILTER_YES, FILTER_UNSURE},
        {"station:X", FILTER_NO, FILTER_UNSURE},
        {"action:MeterValues", FILTER_YES, FILTER_UNSURE},
        {"gateway:north", FILTER_YES, FILTER_YES},
        {"latency>1", FILTER_NO, FILTER_NO},
        {"since:10m", FILTER_YES, FILTER_YES},
        {"connector", FILTER_UNSURE, FILTER_UNSURE},
        {"not connector", FILTER_UNSURE, FILTER_UNSURE},
        {"id:1", FILTER_UNSURE, FILTER_UNSURE},
        {"size>1", FILTER_UNSURE, FILTER_UNSURE},
        {"connector dir:out", FILTER_NO, FILTER_NO},
        {"connector dir:in", FILTER_UNSURE, FILTER_UNSURE},
        {"connector or dir:in", FILTER_YES, FILTER_YES},
        {"connector or dir:out", FILTER_UNSURE, FILTER_UNSURE},
        {"not (connector or dir:in)", FILTER_NO, FILTER_NO},
        {"not (connector dir:out)", FILTER_YES, FILTER_YES},
        {"station:CP-* (connector or type:CALL)", FILTER_YES, FILTER_UNSURE},
    };
    struct event event = meter_values();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter *filter = compiled(cases[i].expression);
        struct filter_meta names = meta_of(&event, true), none = meta_of(&event, false);
        ck_assert_msg(filter_match_meta(filter, &names) == cases[i].with_names, "%s",
                      cases[i].expression);
        ck_assert_msg(filter_match_meta(filter, &none) == cases[i].without, "%s",
                      cases[i].expression);
        filter_free(filter);
    }
}
END_TEST

START_TEST(bounds_are_what_all_matches_share)
{
    static const struct {
        const char *expression, *station, *action;
        uint64_t since_minutes, until_minutes; /* ago; 0 any */
    } cases[] = {
        {"", NULL, NULL, 0, 0},
        {"station:A", "A", NULL, 0, 0},
        {"station:A*", NULL, NULL, 0, 0},
        {"station:\"A*\"", "A*", NULL, 0, 0},
        {"station:\"\"", NULL, NULL, 0, 0},
        {"station:A,B", NULL, NULL, 0, 0},
        {"station:A,a", "A", NULL, 0, 0},
        {"station!=A", NULL, NULL, 0, 0},
        {"not (station:A or dir:in)", NULL, NULL, 0, 0},
        {"station:A action:B foo", "A", "B", 0, 0},
        {"station:A (action:B or foo)", "A", NULL, 0, 0},
        {"station:A action:B or station:a action:C", "A", NULL, 0, 0},
        {"station:A or foo", NULL, NULL, 0, 0},
        {"since:10m", NULL, NULL, 10, 0},
        {"since:10m since:5m", NULL, NULL, 5, 0},
        {"since:10m or since:5m", NULL, NULL, 10, 0},
        {"since:10m or foo", NULL, NULL, 0, 0},
        {"since:10m until:2m until:3m", NULL, NULL, 10, 3},
        {"until:2m or until:3m", NULL, NULL, 0, 2},
        {"not since:10m", NULL, NULL, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter *filter = compiled(cases[i].expression);
        struct filter_bounds bounds;
        filter_bounds(filter, &bounds);
        ck_assert_msg((bounds.station.start == NULL) == (cases[i].station == NULL), "%s",
                      cases[i].expression);
        ck_assert_msg((bounds.action.start == NULL) == (cases[i].action == NULL), "%s",
                      cases[i].expression);
        if (cases[i].station != NULL)
            ck_assert(same_name(bounds.station, span(cases[i].station)));
        if (cases[i].action != NULL)
            ck_assert(same_name(bounds.action, span(cases[i].action)));
        uint64_t since = cases[i].since_minutes, until = cases[i].until_minutes;
        ck_assert_uint_eq(bounds.since_ns, since > 0 ? NOW - since * MINUTES : 0);
        ck_assert_uint_eq(bounds.until_ns, until > 0 ? NOW - until * MINUTES : UINT64_MAX);
        filter_free(filter);
    }
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
      fields_of_other_events, operators_and_their_precedence, every_error_says_where,
      lengths_have_bounds, what_an_error_quotes_is_harmless_and_short, printing_is_plain,
      random_expressions_survive_printing, equal_filters, meta_decides_what_it_can,
      bounds_are_what_all_matches_share, patterns_take_whole_characters,
      events_that_are_empty_or_odd_do_no_harm, fields_are_described)

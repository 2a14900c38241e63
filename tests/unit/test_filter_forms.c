/* Filters printed, compared and taken apart: what is equal, what the meta data of an event decide,
 * which bounds all matches share. */
#include "shm/filter.h"

#include <strings.h>

#include "tests/unit/filter_fixture.h"
#include "tests/unit/suite.h"

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

static bool has_latency_within(const struct filter_bounds *bounds, const struct event *event)
{
    return bounds->max_latency_us == UINT64_MAX ||
           (event->latency_us != EVENT_NO_LATENCY && event->latency_us >= bounds->min_latency_us &&
            event->latency_us <= bounds->max_latency_us);
}

static void expect_in_bounds(const struct filter *filter, const struct event *event)
{
    struct filter_bounds bounds;
    filter_bounds(filter, &bounds);
    ck_assert(bounds.station.start == NULL || same_name(bounds.station, event->identity));
    ck_assert(bounds.action.start == NULL || same_name(bounds.action, event->action));
    ck_assert(event->time_ns >= bounds.since_ns && event->time_ns < bounds.until_ns);
    ck_assert(has_latency_within(&bounds, event));
    ck_assert((bounds.event_types >> event->type & 1) != 0);
    ck_assert((bounds.message_types >> event->message_type & 1) != 0);
    ck_assert((bounds.directions >> event->direction & 1) != 0);
}

static bool is_within_exact_bounds(const struct filter *filter, const struct event *event)
{
    struct filter_bounds bounds;
    filter_bounds(filter, &bounds);
    return bounds.is_exact &&
           (bounds.station.start == NULL || same_name(bounds.station, event->identity)) &&
           (bounds.action.start == NULL || same_name(bounds.action, event->action)) &&
           event->time_ns >= bounds.since_ns && event->time_ns < bounds.until_ns &&
           has_latency_within(&bounds, event) && (bounds.event_types >> event->type & 1) != 0 &&
           (bounds.message_types >> event->message_type & 1) != 0 &&
           (bounds.directions >> event->direction & 1) != 0;
}

static void compare_on(const struct filter *a, const struct filter *b, const struct event *event)
{
    bool matching = filter_match(a, event, "north");
    ck_assert(filter_match(b, event, "north") == matching);
    for (int names = 0; names < 2; names++) {
        struct filter_meta meta = meta_of(event, names != 0);
        enum filter_verdict verdict = filter_match_meta(a, &meta);
        ck_assert(verdict == FILTER_UNSURE || (verdict == FILTER_YES) == matching);
        bool has_names = event->identity.start != NULL && event->action.start != NULL;
        if ((filter_asks(a) & FILTER_ASKS_RECORD) == 0 &&
            ((names != 0 && has_names) || (filter_asks(a) & FILTER_ASKS_NAMES) == 0))
            ck_assert_int_ne(verdict, FILTER_UNSURE);
    }
    if (matching)
        expect_in_bounds(a, event);
    else
        ck_assert(!is_within_exact_bounds(a, event));
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

START_TEST(bounds_may_be_all_that_a_filter_says)
{
    static const struct {
        const char *expression;
        bool is_exact;
    } cases[] = {
        {"", true},
        {"station:A", true},
        {"station:A*", false},
        {"station:A,B", false},
        {"station:A,a", true},
        {"station:A station:B", false},
        {"station:A station:a", true},
        {"station:A action:B type:CALL", true},
        {"type:CALL,CALLRESULT dir:in", true},
        {"type:CALL type:CALLRESULT", true},
        {"type:CALL or dir:in", false},
        {"type:CALL or type:CALLRESULT", true},
        {"(type:CALL dir:in) or (type:CALLRESULT dir:in)", true},
        {"(type:CALL dir:in) or (type:CALLRESULT dir:out)", false},
        {"(type:CALL dir:in) or (type:CALL station:A)", false},
        {"type!=CALL", false},
        {"event:MESSAGE since:10m until:5m", true},
        {"since:10m or since:5m", false},
        {"latency>5", true},
        {"type:CALLRESULT latency>5", true},
        {"latency>5 latency<9", true},
        {"latency>5 or latency<3", false},
        {"latency!=5", false},
        {"type:CALL foo", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter *filter = compiled(cases[i].expression);
        struct filter_bounds bounds;
        filter_bounds(filter, &bounds);
        ck_assert_msg(bounds.is_exact == cases[i].is_exact, "%s", cases[i].expression);
        filter_free(filter);
    }
}
END_TEST

START_TEST(bounds_of_latencies)
{
    static const struct {
        const char *expression;
        uint64_t min_us, max_us;
    } cases[] = {
        {"latency>5ms", 5001, EVENT_NO_LATENCY - 1},
        {"latency>=5ms", 5000, EVENT_NO_LATENCY - 1},
        {"latency<5ms", 0, 4999},
        {"latency<=5ms", 0, 5000},
        {"latency:5ms", 5000, 5000},
        {"latency>=5ms latency<7ms", 5000, 6999},
        {"latency<5ms or latency:7ms", 0, 7000},
        {"latency>2h", EVENT_NO_LATENCY, EVENT_NO_LATENCY - 1},
        {"latency<2h", 0, EVENT_NO_LATENCY - 1},
        {"latency<0", 1, 0},
        {"latency!=5ms", 0, UINT64_MAX},
        {"latency>5ms or foo", 0, UINT64_MAX},
        {"type:CALL", 0, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter *filter = compiled(cases[i].expression);
        struct filter_bounds bounds;
        filter_bounds(filter, &bounds);
        ck_assert_msg(bounds.min_latency_us == cases[i].min_us, "%s", cases[i].expression);
        ck_assert_msg(bounds.max_latency_us == cases[i].max_us, "%s", cases[i].expression);
        filter_free(filter);
    }
}
END_TEST

START_TEST(what_filters_ask_for)
{
    static const struct {
        const char *expression;
        unsigned asks;
    } cases[] = {
        {"", 0},
        {"latency>5 type:CALL gateway:north level:info", 0},
        {"station:A*", FILTER_ASKS_NAMES},
        {"not (type:CALL or action:B)", FILTER_ASKS_NAMES},
        {"foo", FILTER_ASKS_RECORD},
        {"protocol:1.6 station:A", FILTER_ASKS_RECORD | FILTER_ASKS_NAMES},
        {"type:CALL (foo or since:10m)", FILTER_ASKS_RECORD | FILTER_ASKS_TIME},
        {"until:10m", FILTER_ASKS_TIME},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct filter *filter = compiled(cases[i].expression);
        ck_assert_msg(filter_asks(filter) == cases[i].asks, "%s", cases[i].expression);
        filter_free(filter);
    }
}
END_TEST

SUITE("filter_forms", bounds_of_latencies, what_filters_ask_for, printing_is_plain,
      random_expressions_survive_printing, equal_filters, meta_decides_what_it_can,
      bounds_are_what_all_matches_share, bounds_may_be_all_that_a_filter_says)

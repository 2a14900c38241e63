/* Events of all kinds and filters over them, for the suites of the filter. */
#ifndef TESTS_UNIT_FILTER_FIXTURE_H
#define TESTS_UNIT_FILTER_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"
#include "shm/filter.h"

#define NOW     (UINT64_C(1769860800) * NS_PER_SECOND) /* 2026-01-31T12:00:00Z */
#define MINUTES (60 * NS_PER_SECOND)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static inline struct filter *compiled(const char *expression)
{
    struct filter_error error;
    struct filter *filter = filter_new(expression, strlen(expression), NOW, &error);
    ck_assert_msg(filter != NULL, "%s: at %zu: %s", expression, error.offset, error.text);
    return filter;
}

static inline struct event meter_values(void)
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

static inline struct event call_error(void)
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

static inline struct event disconnected(void)
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

static inline struct event auth_failed(void)
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

static inline struct event log_line(void)
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

static inline bool matches(const char *expression, const struct event *event)
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

static inline void expect_matches(const struct event *event, const struct match_case *cases,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(matches(cases[i].expression, event) == cases[i].matches, "%s: not %d",
                      cases[i].expression, cases[i].matches);
}

#endif

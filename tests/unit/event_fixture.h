/* A MESSAGE event with all fields set, each to another value, and comparing what came back. */
#ifndef TESTS_UNIT_EVENT_FIXTURE_H
#define TESTS_UNIT_EVENT_FIXTURE_H

#include <check.h>
#include <string.h>

#include "shm/event.h"

static inline struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static inline struct event event_example(void)
{
    return (struct event){
        .seq = 41,
        .time_ns = UINT64_C(1790000000123456789),
        .type = EVENT_MESSAGE,
        .station_slot = 70000,
        .direction = DIRECTION_OUT,
        .message_type = MESSAGE_CALLRESULT,
        .protocol = OCPP_201,
        .severity = SEVERITY_HIGH,
        .close_code = 4321,
        .security_profile = 3,
        .latency_us = 77,
        .count = 12,
        .duration_ms = UINT64_C(1) << 40,
        .connection = UINT64_C(1) << 50,
        .identity = span("CS-1"),
        .action = span("BootNotification"),
        .message_id = span("4b7c"),
        .address = span("[2001:db8::1]:40000"),
        .text = span("some text"),
        .payload = span("[3,\"4b7c\",{}]"),
        .payload_length = 13,
    };
}

static inline void expect_span(struct text_span found, struct text_span wanted)
{
    ck_assert_uint_eq(found.length, wanted.length);
    if (wanted.length > 0)
        ck_assert_mem_eq(found.start, wanted.start, wanted.length);
}

/* All but what the record holds beside the event: number, time, type and slot. */
static inline void expect_same_event(const struct event *found, const struct event *wanted)
{
    ck_assert_int_eq(found->truncated, wanted->truncated);
    ck_assert_uint_eq(found->direction, wanted->direction);
    ck_assert_uint_eq(found->message_type, wanted->message_type);
    ck_assert_uint_eq(found->protocol, wanted->protocol);
    ck_assert_uint_eq(found->severity, wanted->severity);
    ck_assert_uint_eq(found->close_code, wanted->close_code);
    ck_assert_uint_eq(found->security_profile, wanted->security_profile);
    ck_assert_uint_eq(found->latency_us, wanted->latency_us);
    ck_assert_uint_eq(found->count, wanted->count);
    ck_assert_uint_eq(found->duration_ms, wanted->duration_ms);
    ck_assert_uint_eq(found->connection, wanted->connection);
    ck_assert_uint_eq(found->payload_length, wanted->payload_length);
    expect_span(found->identity, wanted->identity);
    expect_span(found->action, wanted->action);
    expect_span(found->message_id, wanted->message_id);
    expect_span(found->address, wanted->address);
    expect_span(found->text, wanted->text);
    expect_span(found->payload, wanted->payload);
}

#endif

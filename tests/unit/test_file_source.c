#include "boardd/sources/file_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boardd/sources/capture_line.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "shm/event_json.h"
#include "tests/unit/suite.h"

#define SPAN(text) ((struct text_span){text, sizeof(text) - 1})
#define TIME       UINT64_C(1769860800123000000)

static char path[] = "/tmp/ocpp-board-capture.XXXXXX";
static FILE *file;
static char buffer[SEGMENT_READER_BUFFER];

static void begin(void)
{
    snprintf(path, sizeof(path), "/tmp/ocpp-board-capture.XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    file = fdopen(fd, "w");
}

static void end(void)
{
    fclose(file);
    unlink(path);
}

static struct event message(uint64_t seq, const char *payload)
{
    return (struct event){
        .seq = seq,
        .time_ns = TIME + seq * NS_PER_SECOND,
        .type = EVENT_MESSAGE,
        .station_slot = EVENT_NO_STATION,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .protocol = OCPP_16,
        .latency_us = EVENT_NO_LATENCY,
        .connection = 7,
        .identity = SPAN("CP1"),
        .action = SPAN("Heartbeat"),
        .message_id = SPAN("m-1"),
        .payload = {payload, strlen(payload)},
        .payload_length = (uint32_t)strlen(payload),
    };
}

static void write_event(const struct event *event)
{
    static char json[EVENT_JSON_MAX];
    ck_assert_uint_gt(event_json_capture(event, "north", json, sizeof(json)), 0);
    fprintf(file, "%s\n", json);
}

static struct source *open_capture(void)
{
    char error[256];
    struct file_source_options options = {path, 8u << 20, 16, 2 * NS_PER_SECOND};
    fflush(file);
    struct source *source = file_source_new(&options, error, sizeof(error));
    ck_assert_msg(source != NULL, "%s", error);
    return source;
}

static void load(struct source *source)
{
    for (unsigned i = 0; i < 100000 && source->loading; i++)
        ck_assert(!source->operations->poll(source, clock_mono_ns()));
    ck_assert(!source->loading);
}

static void check_span(struct text_span span, struct text_span wanted)
{
    ck_assert_uint_eq(span.length, wanted.length);
    if (wanted.length > 0)
        ck_assert_mem_eq(span.start, wanted.start, wanted.length);
}

/* What goes through a capture comes out as it was; times are kept to the millisecond. */
static void check_round_trip(const struct event *event)
{
    static char json[EVENT_JSON_MAX], scratch[CAPTURE_MAX_LINE];
    struct capture_line line;
    const char *reason;
    size_t length = event_json_capture(event, "north", json, sizeof(json));
    ck_assert_msg(capture_line_read(json, length, scratch, &line, &reason), "%s: %s", reason, json);
    ck_assert_str_eq(line.gateway, "north");
    ck_assert_uint_eq(line.event.seq, event->seq);
    ck_assert_uint_eq(line.event.time_ns, event->time_ns);
    ck_assert_int_eq(line.event.type, event->type);
    ck_assert_int_eq(line.event.direction, event->direction);
    ck_assert_uint_eq(line.event.message_type, event->message_type);
    ck_assert_int_eq(line.event.protocol, event->protocol);
    ck_assert_uint_eq(line.event.severity, event->severity);
    ck_assert_uint_eq(line.event.close_code, event->close_code);
    ck_assert_uint_eq(line.event.latency_us, event->latency_us);
    ck_assert_uint_eq(line.event.count, event->count);
    ck_assert_uint_eq(line.event.duration_ms, event->duration_ms);
    ck_assert_uint_eq(line.event.connection, event->connection);
    check_span(line.event.identity, event->identity);
    check_span(line.event.action, event->action);
    check_span(line.event.message_id, event->message_id);
    check_span(line.event.address, event->address);
    check_span(line.event.text, event->text);
    check_span(line.event.payload, event->payload);
}

START_TEST(messages_come_back_byte_by_byte)
{
    static const struct {
        unsigned type;
        const char *frame;
    } frames[] = {
        {MESSAGE_CALL, "[2,\"m-1\",\"Heartbeat\",{}]"},
        {MESSAGE_CALL, "[2, \"m-1\", \"Heartbeat\", {}]"},
        {MESSAGE_CALL, "[2,\"m-1\",\"Heartbeat\",\n{\"a\":[1,2.50,\"\\u00e9\"]}]"},
        {MESSAGE_CALLRESULT, "[3,\"m-1\",{\"currentTime\":\"x\"}]"},
        {MESSAGE_CALLRESULT, "[3,\"m-1\",{ }]"},
        {MESSAGE_CALLERROR, "[4,\"m-1\",\"NotSupported\",\"no \\\"way\\\"\",{\"x\":1}]"},
        {MESSAGE_CALLRESULTERROR, "[5,\"m-1\",\"X\",\"\",{}]"},
        {MESSAGE_SEND, "[6,\"m-1\",\"Heartbeat\",{\"n\":null}]"},
        {0, "what is this"},
        {MESSAGE_CALL, "[2,\"m-1\"]"},
    };
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct event event = message(i + 1, frames[i].frame);
        event.message_type = frames[i].type;
        if (event.message_type == MESSAGE_CALLRESULT)
            event.latency_us = 1234567;
        check_round_trip(&event);
    }
}
END_TEST

START_TEST(other_events_come_back)
{
    struct event base = {.time_ns = TIME,
                         .latency_us = EVENT_NO_LATENCY,
                         .identity = SPAN("CP\"1<\xc3\xa9"),
                         .address = SPAN("[2001:db8::1]:4000"),
                         .text = SPAN("why \\ not")};
    struct event connected = base, gone = base, security = base, problem = base, log = base;
    connected.type = EVENT_CONNECTED;
    connected.text = TEXT_SPAN_NONE;
    connected.protocol = gone.protocol = OCPP_21;
    connected.security_profile = 1;
    connected.connection = gone.connection = UINT64_C(1) << 40;
    gone.type = EVENT_DISCONNECTED;
    gone.close_code = 1006;
    gone.duration_ms = 123456;
    security.type = EVENT_RATE_LIMIT;
    security.severity = SEVERITY_CRITICAL;
    security.count = 12;
    problem.type = EVENT_BAD_MESSAGE;
    problem.address = TEXT_SPAN_NONE;
    problem.direction = DIRECTION_IN;
    problem.payload = SPAN("{\"not\": ocpp");
    log.type = EVENT_LOG_LINE;
    log.severity = LOG_LEVEL_WARNING;
    log.action = SPAN("topic");
    log.identity = log.address = TEXT_SPAN_NONE;
    struct event *events[] = {&connected, &gone, &security, &problem, &log};
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        events[i]->seq = i + 1;
        check_round_trip(events[i]);
    }
}
END_TEST

START_TEST(lines_that_are_none)
{
    static const char *const lines[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"gateway\":\"north\"}",
        "null",
        "{\"gateway\":\"north\",\"id\":\"north-1\",\"level\":\"info\"}",
        "{\"gateway\":\"north\",\"id\":\"north-0\",\"level\":\"info\",\"timestamp\":\"2026-01-"
        "31T12:00:00Z\"}",
        "{\"gateway\":\"north\",\"id\":\"99999999999999999999\",\"level\":\"info\",\"timestamp\":"
        "\"2026-01-31T12:00:00Z\"}",
        "{\"gateway\":\"../"
        "etc\",\"id\":\"x-1\",\"level\":\"info\",\"timestamp\":\"2026-01-31T12:00:00Z\"}",
        "{\"gateway\":\"north\",\"id\":\"north-1\",\"category\":\"MESSAGE\",\"timestamp\":\"2026-"
        "01-31T12:00:00Z\"}",
        "{\"gateway\":7,\"id\":\"north-1\",\"level\":\"info\",\"timestamp\":\"2026-01-31T12:00:"
        "00Z\"}",
        "{\"gateway\":\"north\",\"id\":\"north-1\",\"level\":\"info\",\"timestamp\":\"yesterday\"}",
    };
    static char scratch[CAPTURE_MAX_LINE];
    struct capture_line line;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *reason = NULL;
        ck_assert_msg(!capture_line_read(lines[i], strlen(lines[i]), scratch, &line, &reason), "%s",
                      lines[i]);
        ck_assert_ptr_nonnull(reason);
    }
}
END_TEST

START_TEST(a_capture_has_its_own_numbers_and_time)
{
    uint64_t oldest, head, next, lost;
    struct event event;
    for (uint64_t seq = 41; seq < 51; seq++) {
        if (seq == 45)
            continue; /* a filter left it out */
        event = message(seq, "[2,\"m-1\",\"Heartbeat\",{}]");
        write_event(&event);
    }
    struct source *source = open_capture();
    ck_assert_str_eq(source->name, "north");
    ck_assert_int_eq(source->state, SOURCE_CAPTURE);
    load(source);
    ck_assert_uint_eq(source->now_ns, TIME + 50 * NS_PER_SECOND);
    ck_assert_uint_eq(source->info.started_ns, TIME + 41 * NS_PER_SECOND);
    source->operations->bounds(source, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(head, 51);
    next = oldest;
    unsigned seen = 0;
    enum ring_outcome outcome;
    while ((outcome = source->operations->next(source, COLLECTION_MESSAGES, &next, &lost, buffer,
                                               &event)) != RING_END) {
        ck_assert_uint_eq(lost, 0);
        seen += outcome == RING_MORE;
    }
    ck_assert_uint_eq(seen, 9);
    ck_assert_uint_eq(source->operations->counter(source, COUNTER_messages_in_total), 9);
    source->operations->free(source);
}
END_TEST

START_TEST(stations_follow_from_the_events)
{
    struct station_record record;
    struct event call = message(1, "[2,\"m-1\",\"BootNotification\",{}]");
    call.action = SPAN("BootNotification");
    struct event result = message(2, "[3,\"m-1\",{\"status\":\"Accepted\"}]");
    result.direction = DIRECTION_OUT;
    result.message_type = MESSAGE_CALLRESULT;
    result.action = call.action;
    result.latency_us = 1500;
    struct event gone = message(1, "");
    gone.type = EVENT_DISCONNECTED;
    gone.close_code = 1001;
    gone.time_ns = TIME + 9 * NS_PER_SECOND;
    write_event(&call);
    write_event(&result);
    struct source *source = open_capture();
    load(source);
    ck_assert(source->operations->station(source, 0, &record));
    ck_assert_str_eq(record.identity, "CP1");
    ck_assert_int_eq(record.status, STATION_ONLINE);
    ck_assert_int_eq(record.boot_status, BOOT_ACCEPTED);
    ck_assert_uint_eq(record.counters.messages_in, 1);
    ck_assert_uint_eq(record.counters.latency_us_sum, 1500);
    ck_assert_uint_eq(source->operations->counter(source, COUNTER_connections), 1);
    write_event(&gone); /* it grows */
    fflush(file);
    source->operations->poll(source, clock_mono_ns());
    load(source);
    ck_assert(source->operations->station(source, 0, &record));
    ck_assert_int_eq(record.status, STATION_OFFLINE);
    ck_assert_uint_eq(record.close_code, 1001);
    ck_assert_uint_eq(source->operations->counter(source, COUNTER_connections), 0);
    source->operations->free(source);
}
END_TEST

START_TEST(bad_lines_are_skipped_and_counted)
{
    struct event event = message(1, "[2,\"m-1\",\"Heartbeat\",{}]");
    uint64_t oldest, head;
    write_event(&event);
    fprintf(file, "garbage\n\n{\"half\":\n");
    for (unsigned i = 0; i < 3000000; i++)
        fputc('x', file);
    fputc('\n', file);
    write_event(&event); /* once more: its number is not above the last */
    event.seq = 2;
    write_event(&event);
    fprintf(file, "{\"id\":\"north-3\",\"cut");
    struct source *source = open_capture();
    load(source);
    source->operations->bounds(source, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(head, 3);
    ck_assert_str_eq(source->reason, "lines skipped: 4, the last is line 6");
    source->operations->free(source);
}
END_TEST

START_TEST(a_slice_is_short)
{
    for (uint64_t seq = 1; seq <= 20000; seq++) {
        struct event event = message(seq, "[2,\"m-1\",\"Heartbeat\",{}]");
        event.time_ns = TIME + seq * NS_PER_MS;
        write_event(&event);
    }
    struct source *source = open_capture();
    uint64_t before = 0;
    unsigned polls = 0;
    for (; source->loading && polls < 100000; polls++) {
        uint64_t oldest, head;
        source->operations->poll(source, clock_mono_ns());
        source->operations->bounds(source, COLLECTION_MESSAGES, &oldest, &head);
        ck_assert_uint_le(head - before, 2002); /* a window of two seconds */
        before = head;
    }
    ck_assert_uint_ge(polls, 10);
    ck_assert_uint_eq(before, 20001);
    source->operations->free(source);
}
END_TEST

static void check_refused(const char *name, const char *part)
{
    char error[256];
    struct file_source_options options = {name, 8u << 20, 16, NS_PER_SECOND};
    fflush(file);
    ck_assert_ptr_null(file_source_new(&options, error, sizeof(error)));
    ck_assert_msg(strstr(error, part) != NULL, "%s", error);
}

START_TEST(what_is_no_capture_is_refused)
{
    check_refused("/nonexistent/capture", "No such file");
    check_refused("/dev/zero", "is no file");
    check_refused("/tmp", "is no file");
    check_refused(path, "is no capture");
    fprintf(file, "a log\nof something else\n");
    check_refused(path, "is no capture");
}
END_TEST

SUITE_WITH("file_source", begin, end, messages_come_back_byte_by_byte, other_events_come_back,
           lines_that_are_none, a_capture_has_its_own_numbers_and_time,
           stations_follow_from_the_events, bad_lines_are_skipped_and_counted, a_slice_is_short,
           what_is_no_capture_is_refused)

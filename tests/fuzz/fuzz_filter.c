/*
 * The input is an event's record and an expression. Whatever compiles prints to something that is
 * not longer, compiles to an equal filter and gives the same verdict; the verdict over an index
 * entry never contradicts the one over the event, and what matches lies within the filter's bounds.
 */
#include "shm/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tests/fuzz/fuzz.h"

#define NOW UINT64_C(1769860800000000000)

static void take(const uint8_t **data, size_t *size, void *out, size_t length)
{
    size_t taken = *size < length ? *size : length;
    memset(out, 0, length);
    memcpy(out, *data, taken);
    *data += taken;
    *size -= taken;
}

/* One byte tells the length; the span is a copy of its own, so that a read past its end is seen. */
static struct text_span take_span(const uint8_t **data, size_t *size)
{
    uint8_t length;
    take(data, size, &length, 1);
    if (length > *size)
        length = (uint8_t)*size;
    char *copy = malloc(length);
    MUST(copy != NULL || length == 0);
    if (length > 0)
        take(data, size, copy, length);
    return (struct text_span){copy, length};
}

static struct event take_event(const uint8_t **data, size_t *size)
{
    uint8_t fixed[8];
    take(data, size, fixed, sizeof fixed);
    struct event event = {
        .type = (enum event_type)(fixed[0] & 63),
        .direction = (enum direction)(fixed[1] & 3),
        .message_type = fixed[2] & 7,
        .protocol = (enum ocpp_version)(fixed[3] & 3),
        .severity = fixed[3] >> 5,
        .latency_us = fixed[4] == 255 ? EVENT_NO_LATENCY : fixed[4] * 1000u,
        .close_code = 1000u + fixed[5],
        .duration_ms = fixed[6] * UINT64_C(1000),
        .time_ns = NOW - fixed[7] * UINT64_C(60000000000),
    };
    event.identity = take_span(data, size);
    event.action = take_span(data, size);
    event.message_id = take_span(data, size);
    event.address = take_span(data, size);
    event.text = take_span(data, size);
    event.payload = take_span(data, size);
    event.payload_length = (uint32_t)event.payload.length;
    return event;
}

static void free_event(struct event *event)
{
    free((void *)(uintptr_t)event->identity.start);
    free((void *)(uintptr_t)event->action.start);
    free((void *)(uintptr_t)event->message_id.start);
    free((void *)(uintptr_t)event->address.start);
    free((void *)(uintptr_t)event->text.start);
    free((void *)(uintptr_t)event->payload.start);
}

static bool is_same(struct text_span wanted, struct text_span found)
{
    return wanted.length == found.length &&
           strncasecmp(wanted.start, found.start, wanted.length) == 0;
}

static bool has_bit(uint64_t bits, unsigned bit)
{
    return bits == UINT64_MAX || (bit < 64 && (bits >> bit & 1) != 0);
}

static void check_bounds(const struct filter *filter, const struct event *event, bool matches)
{
    struct filter_bounds bounds;
    filter_bounds(filter, &bounds);
    bool within =
        (bounds.station.start == NULL || is_same(bounds.station, event->identity)) &&
        (bounds.action.start == NULL || is_same(bounds.action, event->action)) &&
        event->time_ns >= bounds.since_ns && event->time_ns < bounds.until_ns &&
        (bounds.max_latency_us == UINT64_MAX ||
         (event->latency_us != EVENT_NO_LATENCY && event->latency_us >= bounds.min_latency_us &&
          event->latency_us <= bounds.max_latency_us)) &&
        has_bit(bounds.event_types, event->type) &&
        has_bit(bounds.message_types, event->message_type) &&
        has_bit(bounds.directions, event->direction);
    MUST(!matches || within);
    MUST(matches || !within || !bounds.is_exact);
}

static void check_meta(const struct filter *filter, const struct event *event, bool matches)
{
    struct filter_meta meta = {
        .type = event->type,
        .message_type = event->message_type,
        .direction = event->direction,
        .severity = event->severity,
        .latency_us = event->latency_us,
        .time_ns = event->time_ns,
        .gateway = "default",
        .identity = event->identity,
    };
    enum filter_verdict verdict = filter_match_meta(filter, &meta);
    MUST(verdict == FILTER_UNSURE || (verdict == FILTER_YES) == matches);
    MUST(verdict != FILTER_UNSURE ||
         (filter_asks(filter) & (FILTER_ASKS_RECORD | FILTER_ASKS_NAMES)) != 0);
}

static void check_filter(const struct filter *filter, size_t length, const struct event *event)
{
    char printed[FILTER_MAX_LENGTH + 1];
    struct filter_error error;
    size_t printed_length = filter_print(filter, printed);
    MUST(printed_length <= length && printed_length == strlen(printed));
    struct filter *again = filter_new(printed, printed_length, NOW, &error);
    MUST(again != NULL && filter_equal(filter, again));
    bool matches = filter_match(filter, event, "default");
    MUST(filter_match(again, event, "default") == matches);
    check_meta(filter, event, matches);
    check_bounds(filter, event, matches);
    filter_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event event = take_event(&data, &size);
    struct filter_error error;
    char *expression = malloc(size + 1);
    MUST(expression != NULL);
    memcpy(expression, data, size);
    char *exact = realloc(expression, size > 0 ? size : 1);
    struct filter *filter = filter_new(exact, size, NOW, &error);
    if (filter != NULL)
        check_filter(filter, size, &event);
    else
        MUST(error.offset <= size && strlen(error.text) > 0);
    filter_free(filter);
    free(exact);
    free_event(&event);
    return 0;
}

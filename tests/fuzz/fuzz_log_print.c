/*
 * Whatever a station sent, ocpp-log shows it on one line that can't disturb a terminal, and
 * ocpp-log -j as one JSON object on one line.
 *
 * The input: three bytes choose event type, message type and flags; then identity, action, message
 * id, text and payload, a line each but for the payload, which is the rest.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "shm/event_json.h"
#include "tools/log_print.h"
#include "tests/fuzz/fuzz.h"

static const enum event_type types[] = {
#define EVENT(name, number, collection, label, help) EVENT_##name,
#include "shm/event_types.def"
};

static struct text_span take_line(const char **data, size_t *size)
{
    const char *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
    struct text_span line = {*data, end != NULL ? (size_t)(end - *data) : *size};
    size_t taken = line.length + (end != NULL);

    *data += taken;
    *size -= taken;
    return line;
}

static struct event make_event(const uint8_t *head, const char *data, size_t size)
{
    struct event event = {
        .seq = head[2],
        .time_ns = UINT64_C(1769860800000000000),
        .type = types[head[0] % (sizeof types / sizeof types[0])],
        .message_type = head[1] % 8u,
        .direction = (enum direction)(head[2] % 3),
        .truncated = (head[2] & 0x80) != 0,
        .latency_us = (head[2] & 0x40) != 0 ? EVENT_NO_LATENCY : head[2] * 1000u,
        .severity = head[1] / 8u % 6,
        .protocol = (enum ocpp_version)(head[2] / 4 % 4),
        .count = head[2],
    };

    event.identity = take_line(&data, &size);
    event.action = take_line(&data, &size);
    event.message_id = take_line(&data, &size);
    event.text = take_line(&data, &size);
    event.address = event.message_id;
    event.payload = (struct text_span){data, size};
    event.payload_length = (uint32_t)size;
    return event;
}

static char *print(const struct event *event, const struct log_style *style, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);

    MUST(out != NULL);
    log_print_event(out, event, style);
    MUST(fclose(out) == 0);
    return text;
}

/* One line, and nothing in it that a terminal takes for a command. */
static void check_harmless(const char *text, size_t length)
{
    MUST(length > 0 && text[length - 1] == '\n');
    for (size_t i = 0; i + 1 < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        MUST(byte >= 0x20 && byte != 0x7f);
        MUST(byte != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct log_style line = {.gateway = "g"}, narrow = {.gateway = "g", .width = 60};
    struct log_style json = {.gateway = "g", .json = true};
    size_t length;

    if (size < 3 || size > 60000)
        return 0;
    struct event event = make_event(data, (const char *)data + 3, size - 3);
    char *text = print(&event, &line, &length);
    check_harmless(text, length);
    free(text);
    text = print(&event, &narrow, &length);
    check_harmless(text, length);
    free(text);
    text = print(&event, &json, &length);
    check_harmless(text, length);
    /* the one thing that JSON allows and json_scan does not */
    if (strstr(text, "\\u0000") == NULL)
        MUST(json_scan(text, length, NULL, NULL));
    free(text);
    return 0;
}

#include "shm/event_wire.h"

#include <string.h>

#include "common/text.h"

#define WIRE_VERSION 1

/* Where the numbers of version 1 stand in the head; the strings follow them. */
enum {
    AT_VERSION = 0,
    AT_DIRECTION = 1,
    AT_MESSAGE_TYPE = 2,
    AT_PROTOCOL = 3,
    AT_SEVERITY = 4,
    AT_SECURITY_PROFILE = 5,
    AT_TYPE = 6,
    AT_CLOSE_CODE = 8,
    AT_TEXT_LENGTH = 10,
    AT_IDENTITY_LENGTH = 12,
    AT_ACTION_LENGTH = 13,
    AT_MESSAGE_ID_LENGTH = 14,
    AT_ADDRESS_LENGTH = 15,
    AT_LATENCY = 16,
    AT_COUNT = 20,
    AT_PAYLOAD_LENGTH = 24,
    AT_STATION_SLOT = 28,
    AT_TIME = 32,
    AT_DURATION = 40,
    AT_CONNECTION = 48,
    FIXED_LENGTH = 56,
};

_Static_assert(FIXED_LENGTH + EVENT_MAX_IDENTITY + EVENT_MAX_ACTION + EVENT_MAX_MESSAGE_ID +
                       EVENT_MAX_ADDRESS + EVENT_MAX_TEXT <=
                   WIRE_HEAD_MAX,
               "WIRE_HEAD_MAX holds all strings");

static void put(char *out, size_t at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[at + i] = (char)(unsigned char)(value >> (8 * i) & 0xff);
}

static uint64_t get(const char *data, size_t at, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)(unsigned char)data[at + i] << (8 * i);
    return value;
}

static uint8_t get8(const char *data, size_t at)
{
    return (uint8_t)data[at];
}

static uint32_t get32(const char *data, size_t at)
{
    return (uint32_t)get(data, at, 4);
}

/* Appends a string and stores its length. */
static size_t put_string(char *out, size_t length, struct text_span span, size_t limit, size_t at,
                         size_t length_bytes)
{
    size_t cut = span.length > 0 ? text_cut_utf8(span.start, span.length, limit) : 0;

    if (cut > 0)
        memcpy(out + length, span.start, cut);
    put(out, at, cut, length_bytes);
    return length + cut;
}

size_t wire_encode(const struct event *event, char *out)
{
    size_t length = FIXED_LENGTH;
    uint64_t payload_length = event->payload.length > event->payload_length ? event->payload.length
                                                                            : event->payload_length;

    put(out, AT_VERSION, WIRE_VERSION, 1);
    put(out, AT_DIRECTION, event->direction, 1);
    put(out, AT_MESSAGE_TYPE, event->message_type, 1);
    put(out, AT_PROTOCOL, event->protocol, 1);
    put(out, AT_SEVERITY, event->severity, 1);
    put(out, AT_SECURITY_PROFILE, event->security_profile, 1);
    put(out, AT_TYPE, event->type, 2);
    put(out, AT_CLOSE_CODE, event->close_code, 2);
    put(out, AT_LATENCY, event->latency_us, 4);
    put(out, AT_COUNT, event->count, 4);
    put(out, AT_PAYLOAD_LENGTH, payload_length, 4);
    put(out, AT_STATION_SLOT, event->station_slot, 4);
    put(out, AT_TIME, event->time_ns, 8);
    put(out, AT_DURATION, event->duration_ms, 8);
    put(out, AT_CONNECTION, event->connection, 8);
    length = put_string(out, length, event->identity, EVENT_MAX_IDENTITY, AT_IDENTITY_LENGTH, 1);
    length = put_string(out, length, event->action, EVENT_MAX_ACTION, AT_ACTION_LENGTH, 1);
    length =
        put_string(out, length, event->message_id, EVENT_MAX_MESSAGE_ID, AT_MESSAGE_ID_LENGTH, 1);
    length = put_string(out, length, event->address, EVENT_MAX_ADDRESS, AT_ADDRESS_LENGTH, 1);
    return put_string(out, length, event->text, EVENT_MAX_TEXT, AT_TEXT_LENGTH, 2);
}

static struct text_span take(const char **next, size_t length)
{
    struct text_span span = {*next, length};

    *next += length;
    return span;
}

/* The strings; false when one is too long, or they aren't exactly the rest of the head. */
static bool decode_strings(struct text_span head, struct event *event)
{
    size_t identity = get8(head.start, AT_IDENTITY_LENGTH);
    size_t action = get8(head.start, AT_ACTION_LENGTH);
    size_t message_id = get8(head.start, AT_MESSAGE_ID_LENGTH);
    size_t address = get8(head.start, AT_ADDRESS_LENGTH);
    size_t text = (size_t)get(head.start, AT_TEXT_LENGTH, 2);
    const char *next = head.start + FIXED_LENGTH;

    if (identity > EVENT_MAX_IDENTITY || action > EVENT_MAX_ACTION ||
        message_id > EVENT_MAX_MESSAGE_ID || address > EVENT_MAX_ADDRESS || text > EVENT_MAX_TEXT)
        return false;
    if (head.length != FIXED_LENGTH + identity + action + message_id + address + text)
        return false;
    event->identity = take(&next, identity);
    event->action = take(&next, action);
    event->message_id = take(&next, message_id);
    event->address = take(&next, address);
    event->text = take(&next, text);
    return true;
}

static bool decode_event(struct text_span head, struct text_span payload,
                         enum collection collection, struct event *event)
{
    if (head.length < FIXED_LENGTH || get8(head.start, AT_VERSION) != WIRE_VERSION ||
        payload.length > WIRE_PAYLOAD_MAX)
        return false;
    uint8_t direction = get8(head.start, AT_DIRECTION);
    uint8_t protocol = get8(head.start, AT_PROTOCOL);
    if (direction > DIRECTION_OUT || protocol > OCPP_21)
        return false;
    event->type = (enum event_type)get(head.start, AT_TYPE, 2);
    int known = event_collection(event->type);
    if (known >= 0 && known != (int)collection)
        return false;
    event->direction = (enum direction)direction;
    event->message_type = get8(head.start, AT_MESSAGE_TYPE);
    event->protocol = (enum ocpp_version)protocol;
    event->severity = get8(head.start, AT_SEVERITY);
    event->security_profile = get8(head.start, AT_SECURITY_PROFILE);
    event->close_code = (unsigned)get(head.start, AT_CLOSE_CODE, 2);
    event->latency_us = get32(head.start, AT_LATENCY);
    event->count = get32(head.start, AT_COUNT);
    event->payload_length = get32(head.start, AT_PAYLOAD_LENGTH);
    event->station_slot = get32(head.start, AT_STATION_SLOT);
    event->time_ns = get(head.start, AT_TIME, 8);
    event->duration_ms = get(head.start, AT_DURATION, 8);
    event->connection = get(head.start, AT_CONNECTION, 8);
    event->payload = payload;
    event->truncated = payload.length < event->payload_length;
    return payload.length <= event->payload_length && decode_strings(head, event);
}

static bool is_named(struct text_span name, const char *wanted)
{
    return name.length == strlen(wanted) && memcmp(name.start, wanted, name.length) == 0;
}

enum wire_outcome wire_decode(const struct text_span *fields, size_t count,
                              enum collection collection, uint64_t seq, struct event *event,
                              uint64_t *lost)
{
    if (count == 2 && is_named(fields[0], WIRE_LOST_FIELD))
        return wire_number(fields[1].start, fields[1].length, lost) && *lost > 0 ? WIRE_LOST
                                                                                 : WIRE_INVALID;
    if (count != 4 || !is_named(fields[0], WIRE_EVENT_FIELD) ||
        !is_named(fields[2], WIRE_PAYLOAD_FIELD))
        return WIRE_INVALID;
    *event = (struct event){.seq = seq};
    return decode_event(fields[1], fields[3], collection, event) ? WIRE_EVENT : WIRE_INVALID;
}

size_t wire_id(uint64_t history, uint64_t seq, char out[WIRE_ID_SIZE])
{
    size_t length = text_decimal(history, out);

    out[length++] = '-';
    return length + text_decimal(seq + 1, out + length);
}

bool wire_number(const char *text, size_t length, uint64_t *number)
{
    uint64_t value = 0;

    if (length == 0 || length > 20 || (length > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)text[i] - (unsigned)'0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool wire_id_parse(const char *text, size_t length, uint64_t *history, uint64_t *seq)
{
    uint64_t next;
    const char *dash = length > 0 ? memchr(text, '-', length) : NULL;

    if (dash == NULL || !wire_number(text, (size_t)(dash - text), history) ||
        !wire_number(dash + 1, length - (size_t)(dash - text) - 1, &next) || next == 0)
        return false;
    *seq = next - 1;
    return true;
}

#include "shm/event.h"

#include <assert.h>
#include <string.h>

#include "common/text.h"
#include "shm/segment_format.h"

static_assert(sizeof(struct segment_event) + EVENT_MAX_IDENTITY + EVENT_MAX_ACTION +
                      EVENT_MAX_MESSAGE_ID + EVENT_MAX_ADDRESS + EVENT_MAX_TEXT <=
                  EVENT_MAX_FIXED,
              "EVENT_MAX_FIXED holds all strings");
static_assert(EVENT_MAX_IDENTITY <= UINT8_MAX && EVENT_MAX_ACTION <= UINT8_MAX &&
                  EVENT_MAX_MESSAGE_ID <= UINT8_MAX && EVENT_MAX_ADDRESS <= UINT8_MAX &&
                  EVENT_MAX_TEXT <= UINT16_MAX,
              "lengths fit their fields");

static struct text_span cut(struct text_span span, size_t limit)
{
    return (struct text_span){span.start, text_cut_utf8(span.start, span.length, limit)};
}

static size_t append(char *out, size_t length, struct text_span span)
{
    if (span.length > 0)
        memcpy(out + length, span.start, span.length);
    return length + span.length;
}

static uint32_t full_payload_length(const struct event *event)
{
    size_t length = event->payload.length;

    if (length < event->payload_length)
        length = event->payload_length;
    return length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

size_t event_encode_head(const struct event *event, char *out)
{
    struct text_span identity = cut(event->identity, EVENT_MAX_IDENTITY);
    struct text_span action = cut(event->action, EVENT_MAX_ACTION);
    struct text_span message_id = cut(event->message_id, EVENT_MAX_MESSAGE_ID);
    struct text_span address = cut(event->address, EVENT_MAX_ADDRESS);
    struct text_span text = cut(event->text, EVENT_MAX_TEXT);
    struct segment_event fixed = {
        .direction = (uint8_t)event->direction,
        .message_type = (uint8_t)event->message_type,
        .protocol = (uint8_t)event->protocol,
        .severity = (uint8_t)event->severity,
        .close_code = (uint16_t)event->close_code,
        .security_profile = (uint8_t)event->security_profile,
        .identity_length = (uint8_t)identity.length,
        .latency_us = event->latency_us,
        .count = event->count,
        .duration_ms = event->duration_ms,
        .connection = event->connection,
        .action_length = (uint8_t)action.length,
        .message_id_length = (uint8_t)message_id.length,
        .address_length = (uint8_t)address.length,
        .text_length = (uint16_t)text.length,
        .fixed_length = sizeof fixed,
        .payload_length = full_payload_length(event),
    };

    memcpy(out, &fixed, sizeof fixed);
    size_t length = append(out, sizeof fixed, identity);
    length = append(out, length, action);
    length = append(out, length, message_id);
    length = append(out, length, address);
    return append(out, length, text);
}

size_t event_encode(const struct event *event, char *out, size_t size, size_t *original_length)
{
    size_t length = event_encode_head(event, out);
    struct text_span payload = event->payload;

    *original_length = length + full_payload_length(event);
    if (payload.length > size - length)
        payload.length = size - length;
    return append(out, length, payload);
}

static struct text_span take(const char **next, size_t length)
{
    struct text_span span = {*next, length};

    *next += length;
    return span;
}

bool event_decode(const char *data, size_t length, struct event *event)
{
    struct segment_event fixed;

    if (length < sizeof fixed)
        return false;
    memcpy(&fixed, data, sizeof fixed);
    size_t head = (size_t)fixed.fixed_length + fixed.identity_length + fixed.action_length +
                  fixed.message_id_length + fixed.address_length + fixed.text_length;
    if (fixed.fixed_length < sizeof fixed || head > length || length - head > fixed.payload_length)
        return false;

    const char *next = data + fixed.fixed_length;
    event->direction = fixed.direction <= DIRECTION_OUT ? fixed.direction : DIRECTION_NONE;
    event->message_type = fixed.message_type;
    event->protocol = fixed.protocol <= OCPP_21 ? fixed.protocol : OCPP_UNKNOWN;
    event->severity = fixed.severity;
    event->close_code = fixed.close_code;
    event->security_profile = fixed.security_profile;
    event->latency_us = fixed.latency_us;
    event->count = fixed.count;
    event->duration_ms = fixed.duration_ms;
    event->connection = fixed.connection;
    event->identity = take(&next, fixed.identity_length);
    event->action = take(&next, fixed.action_length);
    event->message_id = take(&next, fixed.message_id_length);
    event->address = take(&next, fixed.address_length);
    event->text = take(&next, fixed.text_length);
    event->payload = take(&next, length - head);
    event->payload_length = fixed.payload_length;
    event->truncated = event->payload.length < fixed.payload_length;
    return true;
}

const char *event_label(enum event_type type)
{
    switch (type) {
#define EVENT(name, number, collection, label, help)                                               \
    case EVENT_##name:                                                                             \
        return label;
#include "shm/event_types.def"
    }
    return "";
}

int event_collection(enum event_type type)
{
    switch (type) {
#define EVENT(name, number, collection, label, help)                                               \
    case EVENT_##name:                                                                             \
        return COLLECTION_##collection;
#include "shm/event_types.def"
    }
    return -1;
}

const char *collection_label(enum collection collection)
{
    switch (collection) {
#define COLLECTION(name, number, label, size_key, help)                                            \
    case COLLECTION_##name:                                                                        \
        return label;
#include "shm/event_types.def"
    }
    return "";
}

const char *message_type_label(unsigned message_type)
{
    switch (message_type) {
    case MESSAGE_CALL:
        return "CALL";
    case MESSAGE_CALLRESULT:
        return "CALLRESULT";
    case MESSAGE_CALLERROR:
        return "CALLERROR";
    case MESSAGE_CALLRESULTERROR:
        return "CALLRESULTERROR";
    case MESSAGE_SEND:
        return "SEND";
    default:
        return "";
    }
}

const char *ocpp_version_label(enum ocpp_version version)
{
    switch (version) {
    case OCPP_16:
        return "ocpp1.6";
    case OCPP_201:
        return "ocpp2.0.1";
    case OCPP_21:
        return "ocpp2.1";
    case OCPP_UNKNOWN:
        break;
    }
    return "";
}

const char *severity_label(unsigned severity)
{
    static const char *const labels[] = {"", "low", "medium", "high", "critical"};

    return severity < sizeof labels / sizeof labels[0] ? labels[severity] : "";
}

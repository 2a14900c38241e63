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

static uint64_t pack32(uint32_t low, uint32_t high)
{
    return low | (uint64_t)high << 32;
}

static uint32_t pack16(uint32_t low, uint32_t high)
{
    return (low & 0xffff) | high << 16;
}

static uint32_t pack8(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    return (a & 0xff) | (b & 0xff) << 8 | (c & 0xff) << 16 | d << 24;
}

static void put_word(char *out, size_t offset, uint64_t word)
{
    memcpy(out + offset, &word, sizeof word);
}

/* The strings of an event, cut to what their length fields hold. */
struct strings {
    struct text_span identity, action, message_id, address, text;
};

/*
 * struct segment_event, word by word from registers: where bytes are put together in memory, the
 * copy that follows has to wait for them, longer than all the rest of a publish takes.
 */
static void encode_fixed(const struct event *event, const struct strings *strings, char *out)
{
    put_word(out, offsetof(struct segment_event, direction),
             pack32(pack8(event->direction, event->message_type, event->protocol, event->severity),
                    pack16(event->close_code, pack8(event->security_profile,
                                                    (uint32_t)strings->identity.length, 0, 0))));
    put_word(out, offsetof(struct segment_event, latency_us),
             pack32(event->latency_us, event->count));
    put_word(out, offsetof(struct segment_event, duration_ms), event->duration_ms);
    put_word(out, offsetof(struct segment_event, connection), event->connection);
    put_word(out, offsetof(struct segment_event, action_length),
             pack32(pack8((uint32_t)strings->action.length, (uint32_t)strings->message_id.length,
                          (uint32_t)strings->address.length, 0),
                    pack16((uint32_t)strings->text.length, sizeof(struct segment_event))));
    put_word(out, offsetof(struct segment_event, payload_length),
             pack32(full_payload_length(event), 0));
}

size_t event_encode_head(const struct event *event, char *out)
{
    struct strings strings = {
        cut(event->identity, EVENT_MAX_IDENTITY),
        cut(event->action, EVENT_MAX_ACTION),
        cut(event->message_id, EVENT_MAX_MESSAGE_ID),
        cut(event->address, EVENT_MAX_ADDRESS),
        cut(event->text, EVENT_MAX_TEXT),
    };

    encode_fixed(event, &strings, out);
    size_t length = append(out, sizeof(struct segment_event), strings.identity);
    length = append(out, length, strings.action);
    length = append(out, length, strings.message_id);
    length = append(out, length, strings.address);
    return append(out, length, strings.text);
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

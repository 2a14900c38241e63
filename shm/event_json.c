#include "shm/event_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/text.h"
#include "common/text_buffer.h"
#include "shm/event_frame.h"

/* Start of a frame that is no JSON: enough to see what it was. */
#define RAW_MAX 4096

static inline __attribute__((always_inline)) void put_key(struct text_buffer *out, const char *key)
{
    char last = out->length > 0 ? out->start[out->length - 1] : '{';

    if (last != '{' && last != '[')
        text_buffer_puts(out, ",");
    text_buffer_puts(out, "\"");
    text_buffer_puts(out, key);
    text_buffer_puts(out, "\":");
}

static void put_string(struct text_buffer *out, const char *key, const char *text, size_t length)
{
    put_key(out, key);
    text_buffer_puts(out, "\"");
    text_buffer_escape(out, text, length, SIZE_MAX);
    text_buffer_puts(out, "\"");
}

static void put_span(struct text_buffer *out, const char *key, struct text_span span)
{
    if (span.length > 0)
        put_string(out, key, span.start, span.length);
}

static void put_label(struct text_buffer *out, const char *key, const char *label)
{
    if (label[0] != '\0')
        put_string(out, key, label, strlen(label));
}

static void put_number(struct text_buffer *out, const char *key, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    put_key(out, key);
    text_buffer_puts(out, text);
}

static void put_time(struct text_buffer *out, const char *key, uint64_t time_ns)
{
    char text[TEXT_TIME_SIZE];

    text_time(time_ns, text);
    put_label(out, key, text);
}

static void put_latency(struct text_buffer *out, uint32_t latency_us)
{
    char text[24];

    if (latency_us == EVENT_NO_LATENCY)
        return;
    snprintf(text, sizeof text, "%" PRIu32 ".%03" PRIu32, latency_us / 1000, latency_us % 1000);
    put_key(out, "latencyMs");
    text_buffer_puts(out, text);
}

static void put_frame_text(struct text_buffer *out, const char *key, const struct event *event)
{
    size_t length = event->payload.length < RAW_MAX ? event->payload.length : RAW_MAX;

    if (length > 0)
        put_string(out, key, event->payload.start, length);
}

/* The error of a CALLERROR or CALLRESULTERROR: [type, id, code, description, details]. */
static void put_error(struct text_buffer *out, const struct json_span *part)
{
    put_key(out, "payload");
    text_buffer_puts(out, "{");
    put_key(out, "errorCode");
    text_buffer_json(out, part[2].start, part[2].length);
    put_key(out, "errorDescription");
    text_buffer_json(out, part[3].start, part[3].length);
    put_key(out, "errorDetails");
    text_buffer_json(out, part[4].start, part[4].length);
    text_buffer_puts(out, "}");
}

/* False when the frame's body can't be read. */
static bool put_body(struct text_buffer *out, const struct event *event)
{
    struct json_span part[5];
    size_t count;

    if (event->truncated || event->payload.length == 0 ||
        !json_scan_array(event->payload.start, event->payload.length, part, 5, &count, NULL))
        return false;
    switch (event->message_type) {
    case MESSAGE_CALL:
    case MESSAGE_SEND:
        if (count < 4)
            return false;
        put_key(out, "params");
        text_buffer_json(out, part[3].start, part[3].length);
        return true;
    case MESSAGE_CALLRESULT:
        if (count < 3)
            return false;
        put_key(out, "payload");
        text_buffer_json(out, part[2].start, part[2].length);
        return true;
    case MESSAGE_CALLERROR:
    case MESSAGE_CALLRESULTERROR:
        if (count < 5)
            return false;
        put_error(out, part);
        return true;
    default:
        return false;
    }
}

static const char *direction_label(enum direction direction)
{
    switch (direction) {
    case DIRECTION_IN:
        return "IN";
    case DIRECTION_OUT:
        return "OUT";
    default:
        return "";
    }
}

static void put_message(struct text_buffer *out, const struct event *event)
{
    put_label(out, "direction", direction_label(event->direction));
    put_label(out, "type", message_type_label(event->message_type));
    put_span(out, "method", event->action);
    put_span(out, "messageId", event->message_id);
    if (!put_body(out, event))
        put_frame_text(out, "raw", event);
    put_latency(out, event->latency_us);
    put_label(out, "protocol", ocpp_version_label(event->protocol));
    put_label(out, "source", "gateway");
    if (event->truncated) {
        put_key(out, "truncated");
        text_buffer_puts(out, "true");
    }
}

static void put_connection(struct text_buffer *out, const struct event *event)
{
    put_label(out, "event", event->type == EVENT_CONNECTED ? "connected" : "disconnected");
    put_span(out, "remoteAddress", event->address);
    put_label(out, "protocol", ocpp_version_label(event->protocol));
    put_number(out, "securityProfile", event->security_profile);
    if (event->type != EVENT_DISCONNECTED)
        return;
    put_number(out, "closeCode", event->close_code);
    put_span(out, "closeReason", event->text);
    put_number(out, "durationMs", event->duration_ms);
}

static void put_security(struct text_buffer *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_label(out, "severity", severity_label(event->severity));
    put_span(out, "message", event->text);
    put_span(out, "remoteAddress", event->address);
    if (event->count > 0)
        put_number(out, "count", event->count);
}

static void put_problem(struct text_buffer *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_span(out, "message", event->text);
    put_span(out, "method", event->action);
    put_span(out, "messageId", event->message_id);
    put_label(out, "direction", direction_label(event->direction));
    put_label(out, "protocol", ocpp_version_label(event->protocol));
    put_frame_text(out, "payload", event);
}

static void put_system(struct text_buffer *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_span(out, "message", event->text);
    put_span(out, "remoteAddress", event->address);
    if (event->count > 0)
        put_number(out, "count", event->count);
}

static void put_log(struct text_buffer *out, const struct event *event, const char *gateway)
{
    put_label(out, "process", strcmp(gateway, EVENT_BOARDD) == 0 ? EVENT_BOARDD : "gateway");
    if (event->severity <= LOG_LEVEL_DEBUG)
        put_label(out, "level", log_level_name((enum log_level)event->severity));
    put_span(out, "topic", event->action);
    put_span(out, "message", event->text);
}

size_t event_json(const struct event *event, const char *gateway, char *out, size_t size)
{
    struct text_buffer output = {out, 0, size > 0 ? size - 1 : 0, false}; /* and the NUL */
    char id[64];

    text_buffer_puts(&output, "{");
    if (output.overflow)
        return 0;
    snprintf(id, sizeof id, "%s-%" PRIu64, gateway, event->seq);
    put_label(&output, "id", id);
    put_span(&output, "identity", event->identity);
    put_label(&output, "gateway", gateway);
    switch (event_collection(event->type)) {
    case COLLECTION_MESSAGES:
        put_message(&output, event);
        break;
    case COLLECTION_CONNECTIONS:
        put_connection(&output, event);
        break;
    case COLLECTION_SECURITY:
        put_security(&output, event);
        break;
    case COLLECTION_ERRORS:
        put_problem(&output, event);
        break;
    case COLLECTION_SYSTEM:
        put_system(&output, event);
        break;
    case COLLECTION_LOG:
        put_log(&output, event, gateway);
        break;
    default:
        break;
    }
    put_time(&output, "timestamp", event->time_ns);
    text_buffer_puts(&output, "}");
    if (output.overflow)
        return 0;
    out[output.length] = '\0';
    return output.length;
}

/* Can the frame be put together again from the other members? */
static bool frame_is_plain(const struct event *event)
{
    char frame[EVENT_FRAME_MAX];
    struct json_span part[5];
    size_t count;

    if (event->truncated || event->payload.length > sizeof frame ||
        memchr(event->payload.start, '\n', event->payload.length) != NULL ||
        memchr(event->payload.start, '\r', event->payload.length) != NULL ||
        !json_scan_array(event->payload.start, event->payload.length, part, 5, &count, NULL) ||
        count > 5)
        return false;
    size_t bodies = event_frame_bodies(event->message_type);
    if (bodies == 0 || count < bodies)
        return false;
    size_t length = event_frame(event->message_type, event->message_id, event->action,
                                part + count - bodies, frame, sizeof frame);
    return length == event->payload.length &&
           memcmp(frame, event->payload.start, event->payload.length) == 0;
}

/* The frame, unless it stands there already or follows from the rest. */
static void put_frame(struct text_buffer *out, const struct event *event)
{
    bool has_body = put_body(&(struct text_buffer){(char[1]){0}, 0, 0, true}, event);

    if (event->type != EVENT_MESSAGE || event->payload.length == 0)
        return;
    if (has_body && !frame_is_plain(event))
        put_span(out, "raw", event->payload);
    if (!has_body && (event->truncated || event->payload.length > RAW_MAX))
        put_number(out, "length",
                   event->truncated ? event->payload_length : (uint64_t)event->payload.length);
}

size_t event_json_capture(const struct event *event, const char *gateway, char *out, size_t size)
{
    size_t length = event_json(event, gateway, out, size);
    struct text_buffer output = {out, length - 1, size - 1, false};

    if (length == 0)
        return 0;
    if (event->connection != 0)
        put_number(&output, "connection", event->connection);
    put_frame(&output, event);
    text_buffer_puts(&output, "}");
    if (output.overflow)
        return event_json(event, gateway, out, size);
    out[output.length] = '\0';
    return output.length;
}

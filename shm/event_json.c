#include "shm/event_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/text.h"
#include "shm/event_frame.h"

/* Start of a frame that is no JSON: enough to see what it was. */
#define RAW_MAX 4096

struct output {
    char *data;
    size_t length;
    size_t size;
    bool full;
};

static void put(struct output *out, const char *data, size_t length)
{
    if (out->full || length >= out->size - out->length) {
        out->full = true;
        return;
    }
    memcpy(out->data + out->length, data, length);
    out->length += length;
}

/* Inline, so that the length of constant text is known when it is compiled. */
static inline __attribute__((always_inline)) void put_text(struct output *out, const char *text)
{
    put(out, text, strlen(text));
}

/* Valid JSON as it is, on one line: raw line breaks can only stand between its tokens. */
static void put_raw(struct output *out, struct json_span value)
{
    size_t start = out->length;

    put(out, value.start, value.length);
    if (memchr(out->data + start, '\n', out->length - start) == NULL &&
        memchr(out->data + start, '\r', out->length - start) == NULL)
        return;
    for (size_t i = start; i < out->length; i++) {
        if (out->data[i] == '\n' || out->data[i] == '\r')
            out->data[i] = ' ';
    }
}

static inline __attribute__((always_inline)) void put_key(struct output *out, const char *key)
{
    char last = out->length > 0 ? out->data[out->length - 1] : '{';

    if (last != '{' && last != '[')
        put_text(out, ",");
    put_text(out, "\"");
    put_text(out, key);
    put_text(out, "\":");
}

static void put_string(struct output *out, const char *key, const char *text, size_t length)
{
    put_key(out, key);
    put_text(out, "\"");
    if (out->full)
        return;
    size_t room = out->size - out->length;
    size_t needed = json_escape(text, length, out->data + out->length, room);
    if (needed >= room) {
        out->full = true;
        return;
    }
    out->length += needed;
    put_text(out, "\"");
}

static void put_span(struct output *out, const char *key, struct text_span span)
{
    if (span.length > 0)
        put_string(out, key, span.start, span.length);
}

static void put_label(struct output *out, const char *key, const char *label)
{
    if (label[0] != '\0')
        put_string(out, key, label, strlen(label));
}

static void put_number(struct output *out, const char *key, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    put_key(out, key);
    put_text(out, text);
}

static void put_time(struct output *out, const char *key, uint64_t time_ns)
{
    char text[TEXT_TIME_SIZE];

    text_time(time_ns, text);
    put_label(out, key, text);
}

static void put_latency(struct output *out, uint32_t latency_us)
{
    char text[24];

    if (latency_us == EVENT_NO_LATENCY)
        return;
    snprintf(text, sizeof text, "%" PRIu32 ".%03" PRIu32, latency_us / 1000, latency_us % 1000);
    put_key(out, "latencyMs");
    put_text(out, text);
}

static void put_frame_text(struct output *out, const char *key, const struct event *event)
{
    size_t length = event->payload.length < RAW_MAX ? event->payload.length : RAW_MAX;

    if (length > 0)
        put_string(out, key, event->payload.start, length);
}

/* The error of a CALLERROR or CALLRESULTERROR: [type, id, code, description, details]. */
static void put_error(struct output *out, const struct json_span *part)
{
    put_key(out, "payload");
    put_text(out, "{");
    put_key(out, "errorCode");
    put_raw(out, part[2]);
    put_key(out, "errorDescription");
    put_raw(out, part[3]);
    put_key(out, "errorDetails");
    put_raw(out, part[4]);
    put_text(out, "}");
}

/* False when the frame's body can't be read. */
static bool put_body(struct output *out, const struct event *event)
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
        put_raw(out, part[3]);
        return true;
    case MESSAGE_CALLRESULT:
        if (count < 3)
            return false;
        put_key(out, "payload");
        put_raw(out, part[2]);
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

static void put_message(struct output *out, const struct event *event)
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
        put_text(out, "true");
    }
}

static void put_connection(struct output *out, const struct event *event)
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

static void put_security(struct output *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_label(out, "severity", severity_label(event->severity));
    put_span(out, "message", event->text);
    put_span(out, "remoteAddress", event->address);
    if (event->count > 0)
        put_number(out, "count", event->count);
}

static void put_problem(struct output *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_span(out, "message", event->text);
    put_span(out, "method", event->action);
    put_span(out, "messageId", event->message_id);
    put_label(out, "direction", direction_label(event->direction));
    put_label(out, "protocol", ocpp_version_label(event->protocol));
    put_frame_text(out, "payload", event);
}

static void put_system(struct output *out, const struct event *event)
{
    put_label(out, "category", event_label(event->type));
    put_span(out, "message", event->text);
    put_span(out, "remoteAddress", event->address);
    if (event->count > 0)
        put_number(out, "count", event->count);
}

static void put_log(struct output *out, const struct event *event, const char *gateway)
{
    put_label(out, "process", strcmp(gateway, EVENT_BOARDD) == 0 ? EVENT_BOARDD : "gateway");
    if (event->severity <= LOG_LEVEL_DEBUG)
        put_label(out, "level", log_level_name((enum log_level)event->severity));
    put_span(out, "topic", event->action);
    put_span(out, "message", event->text);
}

size_t event_json(const struct event *event, const char *gateway, char *out, size_t size)
{
    struct output output = {out, 0, size, size == 0};
    char id[64];

    put_text(&output, "{");
    if (output.full)
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
    put_text(&output, "}");
    if (output.full)
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
static void put_frame(struct output *out, const struct event *event)
{
    bool has_body = put_body(&(struct output){(char[1]){0}, 0, 0, true}, event);

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
    struct output output = {out, length - 1, size, false};

    if (length == 0)
        return 0;
    if (event->connection != 0)
        put_number(&output, "connection", event->connection);
    put_frame(&output, event);
    put_text(&output, "}");
    if (output.full)
        return event_json(event, gateway, out, size);
    out[output.length] = '\0';
    return output.length;
}

#include "boardd/sources/capture_line.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "shm/event_frame.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct reading {
    struct json_span object;
    char *free; /* the rest of the scratch */
    size_t room;
    const char *reason;
};

static bool complain(struct reading *reading, const char *reason)
{
    reading->reason = reason;
    return false;
}

/* The member as text; empty when there is none, or it's no string. */
static struct text_span text_of(struct reading *reading, const char *key)
{
    struct json_span value;
    if (!json_member(reading->object, key, &value) || value.type != JSON_STRING)
        return TEXT_SPAN_NONE;
    int length = json_string(value, reading->free, reading->room);
    if (length < 0)
        return TEXT_SPAN_NONE;
    struct text_span text = {reading->free, (size_t)length};
    reading->free += length + 1;
    reading->room -= (size_t)length + 1;
    return text;
}

static uint64_t number_of(const struct reading *reading, const char *key, uint64_t most)
{
    struct json_span value;
    long long number;
    if (!json_member(reading->object, key, &value) || !json_integer(value, &number) || number < 0)
        return 0;
    return (uint64_t)number < most ? (uint64_t)number : most;
}

/* The number from 0 to `last` whose label is the member's text; -1 when there is none. */
static int label_of(const struct reading *reading, const char *key, int last,
                    const char *(*label)(unsigned number))
{
    struct json_span value;
    if (!json_member(reading->object, key, &value))
        return -1;
    for (int number = 0; number <= last; number++) {
        if (label((unsigned)number)[0] != '\0' && json_string_is(value, label((unsigned)number)))
            return number;
    }
    return -1;
}

static const char *event_name(unsigned number)
{
    return number == EVENT_MESSAGE ? "" : event_label((enum event_type)number);
}

static const char *version_name(unsigned number)
{
    return ocpp_version_label((enum ocpp_version)number);
}

static const char *level_name(unsigned number)
{
    return log_level_name((enum log_level)number);
}

static bool member_is(const struct reading *reading, const char *key, const char *text)
{
    struct json_span value;
    return json_member(reading->object, key, &value) && json_string_is(value, text);
}

/* 0: none that is known. */
static enum event_type type_of(const struct reading *reading)
{
    if (member_is(reading, "event", "connected"))
        return EVENT_CONNECTED;
    if (member_is(reading, "event", "disconnected"))
        return EVENT_DISCONNECTED;
    if (member_is(reading, "source", "gateway"))
        return EVENT_MESSAGE;
    int category = label_of(reading, "category", EVENT_LOG_LINE, event_name);
    if (category > 0)
        return (enum event_type)category;
    return label_of(reading, "level", LOG_LEVEL_DEBUG, level_name) >= 0 ? EVENT_LOG_LINE
                                                                        : (enum event_type)0;
}

/* "GATEWAY-SEQ" */
static bool read_id(struct reading *reading, struct event *event)
{
    struct text_span id = text_of(reading, "id");
    const char *dash = id.length > 0 ? strrchr(id.start, '-') : NULL;
    if (dash == NULL || strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return complain(reading, "no id of the form gateway-number");
    event->seq = strtoull(dash + 1, NULL, 10);
    if (event->seq == 0 || event->seq >= UINT64_MAX / 2)
        return complain(reading, "its number is out of range");
    return true;
}

static bool read_time(struct reading *reading, struct event *event)
{
    struct text_span time = text_of(reading, "timestamp");
    if (time.length == 0 || !timestamp_parse(time.start, 0, &event->time_ns))
        return complain(reading, "no timestamp");
    return true;
}

static uint32_t latency_of(const struct reading *reading)
{
    struct json_span value;
    char text[32];
    if (!json_member(reading->object, "latencyMs", &value) || value.type != JSON_NUMBER ||
        value.length >= sizeof(text))
        return EVENT_NO_LATENCY;
    memcpy(text, value.start, value.length);
    text[value.length] = '\0';
    double us = strtod(text, NULL) * 1000 + 0.5;
    return us >= 0 && us < (double)EVENT_NO_LATENCY ? (uint32_t)us : EVENT_NO_LATENCY;
}

/* Where the elements after type, id and action stand. */
static bool find_bodies(const struct reading *reading, unsigned message_type,
                        struct json_span *bodies)
{
    struct json_span error;
    switch (event_frame_bodies(message_type)) {
    case 1:
        return json_member(reading->object,
                           message_type == MESSAGE_CALLRESULT ? "payload" : "params", bodies);
    case 3:
        return json_member(reading->object, "payload", &error) && error.type == JSON_OBJECT &&
               json_member(error, "errorCode", &bodies[0]) &&
               json_member(error, "errorDescription", &bodies[1]) &&
               json_member(error, "errorDetails", &bodies[2]);
    default:
        return false;
    }
}

static void read_message(struct reading *reading, struct event *event)
{
    struct json_span bodies[3];
    int type = label_of(reading, "type", MESSAGE_SEND, message_type_label);
    event->message_type = type > 0 ? (unsigned)type : 0;
    event->latency_us = latency_of(reading);
    event->payload = text_of(reading, "raw");
    if (event->payload.length == 0 && find_bodies(reading, event->message_type, bodies)) {
        event->payload.length = event_frame(event->message_type, event->message_id, event->action,
                                            bodies, reading->free, reading->room);
        event->payload.start = reading->free;
    }
    event->payload_length = (uint32_t)number_of(reading, "length", UINT32_MAX);
    if (event->payload_length < event->payload.length)
        event->payload_length = (uint32_t)event->payload.length;
}

static void read_common(struct reading *reading, struct event *event)
{
    int protocol = label_of(reading, "protocol", OCPP_21, version_name);
    event->station_slot = EVENT_NO_STATION;
    event->latency_us = EVENT_NO_LATENCY;
    event->direction = member_is(reading, "direction", "IN")    ? DIRECTION_IN
                       : member_is(reading, "direction", "OUT") ? DIRECTION_OUT
                                                                : DIRECTION_NONE;
    event->protocol = protocol > 0 ? (enum ocpp_version)protocol : OCPP_UNKNOWN;
    event->close_code = (unsigned)number_of(reading, "closeCode", UINT16_MAX);
    event->security_profile = (unsigned)number_of(reading, "securityProfile", UINT8_MAX);
    event->count = (uint32_t)number_of(reading, "count", UINT32_MAX);
    event->duration_ms = number_of(reading, "durationMs", UINT64_MAX);
    event->connection = number_of(reading, "connection", UINT64_MAX);
    event->identity = text_of(reading, "identity");
    event->message_id = text_of(reading, "messageId");
    event->address = text_of(reading, "remoteAddress");
}

static void read_event(struct reading *reading, struct event *event)
{
    int number;
    read_common(reading, event);
    event->action = text_of(reading, event->type == EVENT_LOG_LINE ? "topic" : "method");
    event->text = text_of(reading, event->type == EVENT_DISCONNECTED ? "closeReason" : "message");
    switch (event_collection(event->type)) {
    case COLLECTION_MESSAGES:
        read_message(reading, event);
        break;
    case COLLECTION_SECURITY:
        number = label_of(reading, "severity", SEVERITY_CRITICAL, severity_label);
        event->severity = number > 0 ? (unsigned)number : SEVERITY_NONE;
        break;
    case COLLECTION_ERRORS:
        event->payload = text_of(reading, "payload");
        break;
    case COLLECTION_LOG:
        event->severity = (unsigned)label_of(reading, "level", LOG_LEVEL_DEBUG, level_name);
        break;
    default:
        break;
    }
}

bool capture_line_read(const char *text, size_t length, char *scratch, struct capture_line *line,
                       const char **reason)
{
    struct json_scan_error error;
    struct reading reading = {.free = scratch, .room = CAPTURE_MAX_LINE};
    memset(line, 0, sizeof(*line));
    *reason = "it is no JSON object";
    if (!json_scan(text, length, &reading.object, &error)) {
        *reason = error.reason;
        return false;
    }
    if (reading.object.type != JSON_OBJECT)
        return false;
    struct text_span gateway = text_of(&reading, "gateway");
    *reason = "no name of a gateway";
    if (gateway.length == 0 || gateway.length >= sizeof(line->gateway) ||
        strspn(gateway.start, NAME_CHARACTERS) != gateway.length)
        return false;
    memcpy(line->gateway, gateway.start, gateway.length);
    if (member_is(&reading, "type", "LOST")) {
        line->lost = number_of(&reading, "count", UINT64_MAX / 4);
        return true;
    }
    line->event.type = type_of(&reading);
    *reason = "it is no event that this version knows";
    if (line->event.type == 0)
        return false;
    if (!read_id(&reading, &line->event) || !read_time(&reading, &line->event)) {
        *reason = reading.reason;
        return false;
    }
    read_event(&reading, &line->event);
    return true;
}

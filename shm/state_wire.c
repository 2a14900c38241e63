#include "shm/state_wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/text.h"
#include "shm/event_wire.h"

/* key, field, largest value */
#define STATION_NUMBERS(NUMBER)                                                                    \
    NUMBER("slot", slot, UINT32_MAX)                                                               \
    NUMBER("status", status, STATION_EVICTED)                                                      \
    NUMBER("protocol", protocol, OCPP_21)                                                          \
    NUMBER("securityProfile", security_profile, UINT8_MAX)                                         \
    NUMBER("bootStatus", boot_status, BOOT_REJECTED)                                               \
    NUMBER("connectedNs", connected_ns, INT64_MAX)                                                 \
    NUMBER("disconnectedNs", disconnected_ns, INT64_MAX)                                           \
    NUMBER("connection", connection, INT64_MAX)                                                    \
    NUMBER("closeCode", close_code, UINT16_MAX)                                                    \
    NUMBER("connects", connects, UINT32_MAX)                                                       \
    NUMBER("messagesIn", counters.messages_in, INT64_MAX)                                          \
    NUMBER("messagesOut", counters.messages_out, INT64_MAX)                                        \
    NUMBER("errors", counters.errors, INT64_MAX)                                                   \
    NUMBER("lastMessageNs", counters.last_message_ns, INT64_MAX)                                   \
    NUMBER("bytesIn", counters.bytes_in, INT64_MAX)                                                \
    NUMBER("bytesOut", counters.bytes_out, INT64_MAX)                                              \
    NUMBER("latencyUsSum", counters.latency_us_sum, INT64_MAX)                                     \
    NUMBER("latencyCount", counters.latency_count, INT64_MAX)

/* key, field */
#define STATION_STRINGS(STRING)                                                                    \
    STRING("identity", identity)                                                                   \
    STRING("address", address)                                                                     \
    STRING("closeReason", close_reason)

struct output {
    char *data;
    size_t length, size;
};

static void put(struct output *out, const char *key, const char *quote, const char *value)
{
    int length = snprintf(out->data + out->length, out->size - out->length, "%c\"%s\":%s%s%s",
                          out->length == 0 ? '{' : ',', key, quote, value, quote);

    if (length > 0 && (size_t)length < out->size - out->length)
        out->length += (size_t)length;
}

static void put_string(struct output *out, const char *key, const char *value)
{
    char escaped[6 * EVENT_MAX_ADDRESS + 1];

    json_escape(value, strlen(value), escaped, sizeof escaped);
    put(out, key, "\"", escaped);
}

static void put_number(struct output *out, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    put(out, key, "", text);
}

size_t wire_station(const struct station_record *record, char out[WIRE_STATION_MAX])
{
    struct output output = {out, 0, WIRE_STATION_MAX - 1};

#define STRING(key, field) put_string(&output, key, record->field);
    STATION_STRINGS(STRING)
#undef STRING
#define NUMBER(key, field, max)                                                                    \
    put_number(&output, key, (uint64_t)record->field &(uint64_t)INT64_MAX);
    STATION_NUMBERS(NUMBER)
#undef NUMBER
    out[output.length++] = '}';
    out[output.length] = '\0';
    return output.length;
}

static bool get_string(struct json_span object, const char *key, char *out, size_t size)
{
    struct json_span value;

    return json_member(object, key, &value) && value.type == JSON_STRING &&
           json_string(value, out, size) >= 0;
}

static bool get_number(struct json_span object, const char *key, uint64_t max, uint64_t *number)
{
    struct json_span value;
    long long found;

    if (!json_member(object, key, &value) || !json_integer(value, &found) || found < 0 ||
        (uint64_t)found > max)
        return false;
    *number = (uint64_t)found;
    return true;
}

bool wire_station_parse(const char *text, size_t length, struct station_record *record)
{
    struct json_span object;
    uint64_t number = 0;

    memset(record, 0, sizeof *record);
    if (length > WIRE_STATION_MAX || !json_scan(text, length, &object, NULL) ||
        object.type != JSON_OBJECT)
        return false;
#define STRING(key, field)                                                                         \
    if (!get_string(object, key, record->field, sizeof record->field))                             \
        return false;
    STATION_STRINGS(STRING)
#undef STRING
#define NUMBER(key, field, max)                                                                    \
    if (!get_number(object, key, max, &number))                                                    \
        return false;                                                                              \
    record->field = (__typeof__(record->field))number;
    STATION_NUMBERS(NUMBER)
#undef NUMBER
    return record->identity[0] != '\0';
}

size_t wire_histogram(const struct histogram *histogram, char out[WIRE_HISTOGRAM_MAX])
{
    size_t length = (size_t)snprintf(out, WIRE_HISTOGRAM_MAX, "%" PRIu64 " %" PRIu64,
                                     histogram->count, histogram->sum_us);

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] != 0)
            length += (size_t)snprintf(out + length, WIRE_HISTOGRAM_MAX - length, " %u:%" PRIu64, i,
                                       histogram->buckets[i]);
    }
    return length;
}

_Static_assert(42 + HISTOGRAM_BUCKETS * (1 + 3 + 1 + 20) < WIRE_HISTOGRAM_MAX,
               "WIRE_HISTOGRAM_MAX holds all buckets");

/* The part of `text` up to `end`, which it is moved past; the rest when there is no `end`. */
static struct text_span cut(struct text_span *text, char end)
{
    const char *at = text->length > 0 ? memchr(text->start, end, text->length) : NULL;
    size_t length = at != NULL ? (size_t)(at - text->start) : text->length;
    struct text_span part = {text->start, length};

    text->start += at != NULL ? length + 1 : length;
    text->length -= at != NULL ? length + 1 : length;
    return part;
}

static bool number_of(struct text_span span, uint64_t *number)
{
    return wire_number(span.start, span.length, number);
}

bool wire_histogram_parse(const char *text, size_t length, struct histogram *histogram)
{
    struct text_span rest = {text, length};

    memset(histogram, 0, sizeof *histogram);
    if (length >= WIRE_HISTOGRAM_MAX || !number_of(cut(&rest, ' '), &histogram->count) ||
        !number_of(cut(&rest, ' '), &histogram->sum_us))
        return false;
    while (rest.length > 0) {
        struct text_span pair = cut(&rest, ' ');
        uint64_t bucket, count;
        if (!number_of(cut(&pair, ':'), &bucket) || bucket >= HISTOGRAM_BUCKETS ||
            !number_of(pair, &count))
            return false;
        histogram->buckets[bucket] = count;
    }
    return true;
}

size_t wire_alive(const struct wire_alive *alive, char out[WIRE_ALIVE_MAX])
{
    struct output output = {out, 0, WIRE_ALIVE_MAX - 1};
    char started[TEXT_TIME_SIZE];

    text_time(alive->started_ns, started);
    put_number(&output, "pid", alive->pid);
    put_string(&output, "build", alive->build);
    put_number(&output, "history", alive->history);
    put_number(&output, "startedNs", alive->started_ns);
    put_string(&output, "startedAt", started);
    put_number(&output, "stations", alive->stations);
    put_string(&output, "state", alive->state);
    out[output.length++] = '}';
    out[output.length] = '\0';
    return output.length;
}

bool wire_alive_parse(const char *text, size_t length, struct wire_alive *alive)
{
    struct json_span object;
    uint64_t pid, stations;

    memset(alive, 0, sizeof *alive);
    if (length >= WIRE_ALIVE_MAX || !json_scan(text, length, &object, NULL) ||
        object.type != JSON_OBJECT)
        return false;
    if (!get_number(object, "pid", UINT32_MAX, &pid) ||
        !get_string(object, "build", alive->build, sizeof alive->build) ||
        !get_number(object, "history", INT64_MAX, &alive->history) ||
        !get_number(object, "startedNs", INT64_MAX, &alive->started_ns) ||
        !get_number(object, "stations", UINT32_MAX, &stations) ||
        !get_string(object, "state", alive->state, sizeof alive->state))
        return false;
    alive->pid = (uint32_t)pid;
    alive->stations = (uint32_t)stations;
    return true;
}

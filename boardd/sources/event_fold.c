#include "boardd/sources/event_fold.h"

#include <string.h>

#include "common/json_scan.h"

static void copy_span(char *to, size_t size, struct text_span span)
{
    size_t length = span.length < size ? span.length : size - 1;
    if (length > 0)
        memcpy(to, span.start, length);
    to[length] = '\0';
}

static uint32_t slot_of(struct segment_writer *writer, const struct event *event)
{
    char identity[EVENT_MAX_IDENTITY + 1];
    copy_span(identity, sizeof(identity), event->identity);
    return segment_writer_find(writer, identity);
}

static void go_online(struct segment_writer *writer, const struct event *event)
{
    struct station_record record = {
        .connected_ns = event->time_ns,
        .connection = event->connection,
        .protocol = event->protocol,
        .status = STATION_ONLINE,
        .security_profile = event->security_profile,
    };
    copy_span(record.identity, sizeof(record.identity), event->identity);
    copy_span(record.address, sizeof(record.address), event->address);
    uint32_t slot = segment_writer_claim(writer, record.identity);
    record.boot_status = segment_writer_boot_status(writer, slot);
    if (slot != EVENT_NO_STATION)
        segment_writer_station_online(writer, slot, &record);
    segment_writer_count_connect(writer);
}

static void go_offline(struct segment_writer *writer, const struct event *event)
{
    segment_writer_station_offline(writer, slot_of(writer, event), STATION_OFFLINE, event->time_ns,
                                   event->close_code, event->text);
    segment_writer_count_disconnect(writer);
}

static bool is_online(const struct segment_memory *memory, uint32_t slot)
{
    struct station_record record;
    return segment_reader_station(segment_memory_reader(memory), slot, &record) &&
           record.status == STATION_ONLINE;
}

/* The first element of the frame's body that decides whether the station may go on. */
static void note_boot(struct segment_writer *writer, uint32_t slot, const struct event *event)
{
    struct json_span part[3], status;
    size_t count;
    if (event->action.length != 16 || memcmp(event->action.start, "BootNotification", 16) != 0 ||
        !json_scan_array(event->payload.start, event->payload.length, part, 3, &count, NULL) ||
        count < 3 || part[2].type != JSON_OBJECT || !json_member(part[2], "status", &status))
        return;
    if (json_string_is(status, "Accepted"))
        segment_writer_station_boot(writer, slot, BOOT_ACCEPTED);
    else if (json_string_is(status, "Pending"))
        segment_writer_station_boot(writer, slot, BOOT_PENDING);
    else if (json_string_is(status, "Rejected"))
        segment_writer_station_boot(writer, slot, BOOT_REJECTED);
}

static void add_latency(struct segment_writer *writer, uint32_t slot, const struct event *event)
{
    char action[EVENT_MAX_ACTION + 1];
    bool is_refusal = event->direction == DIRECTION_OUT && event->message_type == MESSAGE_CALLERROR;
    copy_span(action, sizeof(action), event->action);
    if (event->latency_us == EVENT_NO_LATENCY || is_refusal)
        return;
    segment_writer_add(writer, COUNTER_latency_us_sum, event->latency_us);
    segment_writer_add(writer, COUNTER_latency_count, 1);
    segment_writer_station_latency(writer, slot, event->latency_us);
    if (action[0] != '\0')
        segment_writer_latency(writer, segment_writer_histogram(writer, action), event->latency_us);
}

/* Who sends messages is connected, also where the capture begins later than the connection. */
static void note_message(struct segment_memory *memory, const struct event *event)
{
    struct segment_writer *writer = segment_memory_writer(memory);
    uint32_t slot = slot_of(writer, event);
    if (event->identity.length > 0 && !is_online(memory, slot) &&
        event->direction == DIRECTION_IN) {
        go_online(writer, event);
        slot = slot_of(writer, event);
    }
    segment_writer_station_message(writer, slot, event->direction, event->payload_length,
                                   event->time_ns);
    segment_writer_count_message(writer, event->direction, event->message_type,
                                 event->payload_length);
    add_latency(writer, slot, event);
    if (event->message_type == MESSAGE_CALLRESULT)
        note_boot(writer, slot, event);
}

static void note_other(struct segment_memory *memory, const struct event *event)
{
    static const struct {
        enum event_type type;
        enum counter counter;
    } counted[] = {
        {EVENT_AUTH_FAILED, COUNTER_auth_failures_total},
        {EVENT_RATE_LIMIT, COUNTER_rate_limited_total},
        {EVENT_BAD_MESSAGE, COUNTER_bad_messages_total},
        {EVENT_EVICTION, COUNTER_evictions_total},
        {EVENT_BACKPRESSURE, COUNTER_backpressure_total},
        {EVENT_PONG_TIMEOUT, COUNTER_pong_timeouts_total},
        {EVENT_STARTUP, COUNTER_starts_total},
    };
    struct segment_writer *writer = segment_memory_writer(memory);
    if (event->type == EVENT_STARTUP)
        segment_memory_all_offline(memory, event->time_ns);
    if (event_collection(event->type) == COLLECTION_ERRORS)
        segment_writer_station_error(writer, slot_of(writer, event));
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
        if (counted[i].type == event->type)
            segment_writer_add(writer, counted[i].counter, 1);
    }
}

void event_fold(struct segment_memory *memory, struct event *event)
{
    switch (event->type) {
    case EVENT_MESSAGE:
        note_message(memory, event);
        break;
    case EVENT_CONNECTED:
        if (!is_online(memory, slot_of(segment_memory_writer(memory), event)))
            go_online(segment_memory_writer(memory), event);
        break;
    case EVENT_DISCONNECTED:
        if (is_online(memory, slot_of(segment_memory_writer(memory), event)))
            go_offline(segment_memory_writer(memory), event);
        break;
    default:
        note_other(memory, event);
        break;
    }
    event->station_slot = slot_of(segment_memory_writer(memory), event);
}

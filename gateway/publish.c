#include "gateway/publish.h"

#include <stdio.h>
#include <string.h>

/* An event with what all have in common. */
static struct event begin(struct publisher *publisher, const struct publish_subject *subject,
                          enum event_type type)
{
    return (struct event){
        .time_ns = loop_clock_real(publisher->clock),
        .type = type,
        .station_slot = subject->slot,
        .protocol = subject->protocol,
        .security_profile = subject->security_profile,
        .latency_us = EVENT_NO_LATENCY,
        .connection = subject->connection,
        .identity = text_span_of(subject->identity),
        .address = text_span_of(subject->address),
    };
}

void publisher_init(struct publisher *publisher, struct segment_writer *writer,
                    struct loop_clock *clock)
{
    memset(publisher, 0, sizeof(*publisher));
    publisher->writer = writer;
    publisher->clock = clock;
}

void publish_count(struct publisher *publisher, enum counter counter)
{
    segment_writer_add(publisher->writer, counter, 1);
}

void publish_gauge(struct publisher *publisher, enum counter counter, uint64_t value)
{
    segment_writer_set(publisher->writer, counter, value);
}

void publish_connected(struct publisher *publisher, struct publish_subject *subject,
                       enum boot_status boot_status)
{
    struct segment_writer *writer = publisher->writer;
    struct station_record record = {
        .connected_ns = loop_clock_real(publisher->clock),
        .protocol = subject->protocol,
        .status = STATION_ONLINE,
        .security_profile = subject->security_profile,
        .boot_status = boot_status,
    };
    subject->slot = segment_writer_claim(writer, subject->identity);
    subject->connection = segment_writer_next_connection(writer);
    record.slot = subject->slot;
    record.connection = subject->connection;
    snprintf(record.identity, sizeof(record.identity), "%s", subject->identity);
    snprintf(record.address, sizeof(record.address), "%s", subject->address);
    if (subject->slot != EVENT_NO_STATION)
        segment_writer_station_online(writer, subject->slot, &record);
    segment_writer_count_connect(writer);
    struct event event = begin(publisher, subject, EVENT_CONNECTED);
    segment_writer_publish(writer, &event);
}

/* What an event's text may hold: no control characters. */
static struct text_span clean_text(struct text_span text, char *buffer, size_t size)
{
    size_t length = text.length < size ? text.length : size;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text.start[i];
        buffer[i] = byte < 0x20 || byte == 0x7f ? ' ' : (char)byte;
    }
    return (struct text_span){buffer, length};
}

void publish_disconnected(struct publisher *publisher, const struct publish_subject *subject,
                          enum station_status status, unsigned close_code, struct text_span reason,
                          uint64_t duration_ms)
{
    struct segment_writer *writer = publisher->writer;
    char buffer[128];
    struct event event = begin(publisher, subject, EVENT_DISCONNECTED);
    event.close_code = close_code;
    event.duration_ms = duration_ms;
    event.text = clean_text(reason, buffer, sizeof(buffer));
    if (subject->slot != EVENT_NO_STATION)
        segment_writer_station_offline(writer, subject->slot, status, event.time_ns, close_code,
                                       event.text);
    segment_writer_count_disconnect(writer);
    segment_writer_publish(writer, &event);
}

void publish_message(struct publisher *publisher, const struct publish_subject *subject,
                     const struct publish_message *message)
{
    struct event event = begin(publisher, subject, EVENT_MESSAGE);
    event.direction = message->direction;
    event.message_type = message->type;
    event.latency_us = message->latency_us;
    event.action = message->action;
    event.message_id = message->message_id;
    event.payload = message->payload;
    segment_writer_publish(publisher->writer, &event);
    segment_writer_station_message(publisher->writer, subject->slot, message->direction,
                                   message->payload.length, event.time_ns);
    segment_writer_count_message(publisher->writer, message->direction, message->type,
                                 message->payload.length);
}

static void add_latency(struct publisher *publisher, const struct publish_subject *subject,
                        unsigned histogram, uint32_t latency_us)
{
    struct segment_writer *writer = publisher->writer;
    segment_writer_add(writer, COUNTER_latency_us_sum, latency_us);
    segment_writer_add(writer, COUNTER_latency_count, 1);
    segment_writer_station_latency(writer, subject->slot, latency_us);
    segment_writer_latency(writer, histogram, latency_us);
}

void publish_latency(struct publisher *publisher, const struct publish_subject *subject,
                     const struct action_table *table, const struct action *action,
                     uint32_t latency_us)
{
    uint16_t *known = &publisher->histograms[subject->protocol][action - table->actions];
    if (*known == 0)
        *known = (uint16_t)(segment_writer_histogram(publisher->writer, action->name) + 1);
    add_latency(publisher, subject, *known - 1u, latency_us);
}

void publish_call_latency(struct publisher *publisher, const struct publish_subject *subject,
                          const char *action, uint32_t latency_us)
{
    add_latency(publisher, subject, segment_writer_histogram(publisher->writer, action),
                latency_us);
}

void publish_error(struct publisher *publisher, const struct publish_subject *subject,
                   enum event_type type, const struct ocppj_message *message, const char *text,
                   struct text_span frame)
{
    char id[EVENT_MAX_MESSAGE_ID], action[EVENT_MAX_ACTION];
    struct event event = begin(publisher, subject, type);
    event.direction = DIRECTION_IN;
    event.text = text_span_of(text);
    event.payload = frame;
    if (message != NULL) {
        event.message_type = message->type;
        event.message_id = ocppj_text(message->id, id, sizeof(id));
        event.action = ocppj_text(message->action, action, sizeof(action));
    }
    segment_writer_station_error(publisher->writer, subject->slot);
    segment_writer_publish(publisher->writer, &event);
}

/* One line, so that what looks after logs (fail2ban and its like) can act on it. */
static void log_event(bool is_serious, const struct publish_subject *subject, enum event_type type,
                      const char *text)
{
    const char *identity = subject->identity[0] != '\0' ? subject->identity : "-";
    const char *format = "%s: station %s from %s: %s";
    const char *topic = event_collection(type) == COLLECTION_SECURITY ? "security" : "station";
    if (is_serious)
        log_warnx(topic, format, event_label(type), identity, subject->address, text);
    else
        log_info(topic, format, event_label(type), identity, subject->address, text);
}

void publish_security(struct publisher *publisher, const struct publish_subject *subject,
                      enum event_type type, enum severity severity, uint32_t count,
                      const char *text)
{
    struct event event = begin(publisher, subject, type);
    log_event(severity >= SEVERITY_MEDIUM, subject, type, text);
    event.severity = severity;
    event.count = count;
    event.text = text_span_of(text);
    segment_writer_publish(publisher->writer, &event);
}

void publish_system(struct publisher *publisher, const struct publish_subject *subject,
                    enum event_type type, uint32_t count, const char *text)
{
    struct event event = begin(publisher, subject, type);
    if (subject->identity[0] != '\0')
        log_event(false, subject, type, text);
    event.count = count;
    event.text = text_span_of(text);
    segment_writer_publish(publisher->writer, &event);
}

void publish_log(enum log_level level, const char *topic, const char *text, void *context)
{
    struct publisher *publisher = context;
    struct publish_subject nobody = PUBLISH_NOBODY;
    struct event event = begin(publisher, &nobody, EVENT_LOG_LINE);
    event.severity = level;
    event.action = text_span_of(topic);
    event.text = text_span_of(text);
    segment_writer_publish(publisher->writer, &event);
}

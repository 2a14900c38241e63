/*
 * Every call of the gateway into the segment: events with their fields filled in, and the counters
 * that go with them.
 */
#ifndef GATEWAY_PUBLISH_H
#define GATEWAY_PUBLISH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/log.h"
#include "gateway/actions.h"
#include "gateway/loop_clock.h"
#include "gateway/ocppj.h"
#include "shm/segment_writer.h"

struct publisher {
    struct segment_writer *writer;
    struct loop_clock *clock;
    uint16_t histograms[OCPP_21 + 1]
                       [ACTIONS_MAX]; /* number + 1 of each action's; 0: not made yet */
};

static inline struct text_span text_span_of(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

/* Who an event is about. Strings are NUL-terminated, "" where unknown. */
struct publish_subject {
    const char *identity;
    const char *address; /* "192.0.2.1:40000" */
    uint32_t slot;       /* EVENT_NO_STATION */
    uint64_t connection;
    enum ocpp_version protocol;
    unsigned security_profile;
};
#define PUBLISH_NOBODY ((struct publish_subject){"", "", EVENT_NO_STATION, 0, OCPP_UNKNOWN, 0})

void publisher_init(struct publisher *publisher, struct segment_writer *writer,
                    struct loop_clock *clock);

/*
 * Claims the slot and the connection's number (both stored in `subject`), marks the station online.
 */
void publish_connected(struct publisher *publisher, struct publish_subject *subject,
                       enum boot_status boot_status);
/* `reason` is text of ours or checked UTF-8 from the station; control characters are replaced. */
void publish_disconnected(struct publisher *publisher, const struct publish_subject *subject,
                          enum station_status status, unsigned close_code, struct text_span reason,
                          uint64_t duration_ms);

/*
 * One message as it is on the wire, but never compressed: `payload` is its text, and that is what
 * is recorded and counted. `latency_us`: EVENT_NO_LATENCY but for results.
 */
struct publish_message {
    enum direction direction;
    unsigned type; /* enum message_type */
    struct text_span action, message_id, payload;
    uint32_t latency_us;
};
void publish_message(struct publisher *publisher, const struct publish_subject *subject,
                     const struct publish_message *message);
/* Latency of an answered CALL, ours or the station's: sum, count, and the action's histogram. */
void publish_latency(struct publisher *publisher, const struct publish_subject *subject,
                     const struct action_table *table, const struct action *action,
                     uint32_t latency_us);
/* The same for a CALL of the gateway, by name. */
void publish_call_latency(struct publisher *publisher, const struct publish_subject *subject,
                          const char *action, uint32_t latency_us);

/* An event of the errors collection, with the frame. `message` may be NULL. */
void publish_error(struct publisher *publisher, const struct publish_subject *subject,
                   enum event_type type, const struct ocppj_message *message, const char *text,
                   struct text_span frame);
void publish_security(struct publisher *publisher, const struct publish_subject *subject,
                      enum event_type type, enum severity severity, uint32_t count,
                      const char *text);
void publish_system(struct publisher *publisher, const struct publish_subject *subject,
                    enum event_type type, uint32_t count, const char *text);
/* A log_sink; the context is the publisher. */
void publish_log(enum log_level level, const char *topic, const char *text, void *context);

void publish_count(struct publisher *publisher, enum counter counter);
void publish_gauge(struct publisher *publisher, enum counter counter, uint64_t value);

#endif

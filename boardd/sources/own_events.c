#include "boardd/sources/own_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"
#include "common/text.h"

struct own_event {
    uint64_t time_ns;
    enum event_type type;
    unsigned severity;
    uint32_t count;
    char topic[EVENT_MAX_ACTION + 1];
    char address[EVENT_MAX_ADDRESS + 1];
    char text[OWN_EVENTS_TEXT + 1];
};

struct ring {
    uint64_t head; /* sequence of the next one */
    struct own_event *events;
};

struct own_events {
    struct source source;
    struct ring rings[COLLECTION_COUNT];
};

static const struct own_events *of(const struct source *source)
{
    return (const struct own_events *)source;
}

static bool poll_nothing(struct source *source, uint64_t mono_ns)
{
    (void)source;
    (void)mono_ns;
    return false;
}

static void reopen_nothing(struct source *source)
{
    (void)source;
}

static void bounds(const struct source *source, enum collection collection, uint64_t *oldest,
                   uint64_t *head)
{
    *head = of(source)->rings[collection].head;
    *oldest = *head > OWN_EVENTS_KEPT ? *head - OWN_EVENTS_KEPT : 0;
}

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static enum ring_outcome read_event(const struct source *source, enum collection collection,
                                    uint64_t seq, char *buffer, struct event *event)
{
    uint64_t oldest, head;
    bounds(source, collection, &oldest, &head);
    if (seq >= head)
        return RING_END;
    if (seq < oldest)
        return RING_LAPPED;
    /* a copy, so that what is read stays when the ring moves on */
    struct own_event *own = (void *)buffer;
    *own = of(source)->rings[collection].events[seq % OWN_EVENTS_KEPT];
    *event = (struct event){
        .seq = seq,
        .time_ns = own->time_ns,
        .type = own->type,
        .station_slot = EVENT_NO_STATION,
        .severity = own->severity,
        .latency_us = EVENT_NO_LATENCY,
        .count = own->count,
        .action = span(own->topic),
        .address = span(own->address),
        .text = span(own->text),
    };
    return RING_MORE;
}

static enum ring_outcome next_event(const struct source *source, enum collection collection,
                                    uint64_t *next, uint64_t *lost, char *buffer,
                                    struct event *event)
{
    *lost = 0;
    enum ring_outcome outcome = read_event(source, collection, *next, buffer, event);
    if (outcome == RING_MORE) {
        (*next)++;
    } else if (outcome == RING_LAPPED) {
        uint64_t oldest, head;
        bounds(source, collection, &oldest, &head);
        *lost = oldest - *next;
        *next = oldest;
    }
    return outcome;
}

static void fill(const struct source *source, enum collection collection, uint64_t *used,
                 uint64_t *capacity)
{
    uint64_t oldest, head;
    bounds(source, collection, &oldest, &head);
    *used = head - oldest;
    *capacity = OWN_EVENTS_KEPT;
}

static bool no_station(const struct source *source, uint32_t slot, struct station_record *record)
{
    (void)source;
    (void)slot;
    (void)record;
    return false;
}

static uint64_t no_counter(const struct source *source, enum counter counter)
{
    (void)source;
    (void)counter;
    return 0;
}

static bool no_histogram(const struct source *source, unsigned number, struct histogram *histogram)
{
    (void)source;
    (void)number;
    (void)histogram;
    return false;
}

static void free_own(struct source *source)
{
    struct own_events *own = (struct own_events *)source;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        free(own->rings[i].events);
    free(own);
}

static const struct source_operations own_operations = {
    .poll = poll_nothing,
    .reopen = reopen_nothing,
    .bounds = bounds,
    .read = read_event,
    .next = next_event,
    .fill = fill,
    .station = no_station,
    .counter = no_counter,
    .histogram = no_histogram,
    .free = free_own,
};

struct own_events *own_events_new(void)
{
    struct own_events *own = calloc(1, sizeof(*own));
    if (own == NULL)
        return NULL;
    own->source.operations = &own_operations;
    snprintf(own->source.name, sizeof(own->source.name), "%s", OWN_EVENTS_NAME);
    own->source.never =
        1u << COLLECTION_MESSAGES | 1u << COLLECTION_CONNECTIONS | 1u << COLLECTION_ERRORS;
    own->source.state = SOURCE_LIVE;
    own->source.info.history = own->source.info.started_ns = clock_real_ns();
    return own;
}

struct source *own_events_source(struct own_events *own)
{
    return &own->source;
}

static struct own_event *add(struct own_events *own, enum event_type type, const char *text)
{
    int collection = event_collection(type);
    if (own == NULL || collection < 0)
        return NULL;
    struct ring *ring = &own->rings[collection];
    if (ring->events == NULL)
        ring->events = calloc(OWN_EVENTS_KEPT, sizeof(*ring->events));
    if (ring->events == NULL)
        return NULL;
    struct own_event *event = &ring->events[ring->head % OWN_EVENTS_KEPT];
    ring->head++;
    memset(event, 0, sizeof(*event));
    event->time_ns = clock_real_ns();
    event->type = type;
    memcpy(event->text, text, text_cut_utf8(text, strlen(text), OWN_EVENTS_TEXT));
    return event;
}

void own_events_log(enum log_level level, const char *topic, const char *text, void *context)
{
    struct own_event *event = add(context, EVENT_LOG_LINE, text);
    if (event == NULL)
        return;
    event->severity = level;
    snprintf(event->topic, sizeof(event->topic), "%s", topic);
}

void own_events_security(struct own_events *own, enum event_type type, enum severity severity,
                         const char *address, const char *text)
{
    own_events_security_count(own, type, severity, address, 0, text);
}

void own_events_security_count(struct own_events *own, enum event_type type, enum severity severity,
                               const char *address, uint64_t count, const char *text)
{
    struct own_event *event = add(own, type, text);
    if (event == NULL)
        return;
    event->severity = severity;
    event->count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    snprintf(event->address, sizeof(event->address), "%s", address);
}

void own_events_system(struct own_events *own, enum event_type type, uint64_t count,
                       const char *text)
{
    struct own_event *event = add(own, type, text);
    if (event != NULL)
        event->count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

#include "boardd/state/selection.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "boardd/state/hidden.h"
#include "common/timestamp.h"

#define LEVELS     "error|warning|info|debug"
#define SEVERITIES "low|medium|high|critical"

static const struct {
    const char *name;
    enum event_type type;
} categories[] = {
#define EVENT(name, number, collection, label, help) {label, EVENT_##name},
#include "shm/event_types.def"
};

void selection_init(struct selection *selection)
{
    memset(selection, 0, sizeof(*selection));
    selection->source = -1;
    selection->until_ns = UINT64_MAX;
}

static bool copy_text(struct query *query, const char *name, char *out, size_t size)
{
    const char *text = query_get(query, name);
    if (text == NULL)
        return true;
    if (strlen(text) >= size) {
        snprintf(query->error, sizeof(query->error), "%s: longer than %zu bytes", name, size - 1);
        return false;
    }
    memcpy(out, text, strlen(text));
    return true;
}

static bool parse_gateway(struct query *query, const struct tail *tail, int *source)
{
    const char *name = query_get(query, "gateway");
    if (name == NULL || *name == '\0')
        return true;
    for (unsigned i = 0; i < tail_count(tail); i++) {
        if (strcmp(tail_source(tail, i)->name, name) == 0) {
            *source = (int)i;
            return true;
        }
    }
    snprintf(query->error, sizeof(query->error), "gateway: there is no such gateway");
    return false;
}

static bool parse_category(struct query *query, uint64_t *types)
{
    const char *text = query_get(query, "category");
    if (text == NULL || *text == '\0')
        return true;
    for (;;) {
        size_t span = strcspn(text, ","), i = 0;
        size_t count = sizeof(categories) / sizeof(categories[0]);
        while (i < count && (strlen(categories[i].name) != span ||
                             strncasecmp(categories[i].name, text, span) != 0))
            i++;
        if (i == count) {
            snprintf(query->error, sizeof(query->error), "category: there is no such category");
            return false;
        }
        *types |= UINT64_C(1) << categories[i].type;
        if (text[span] == '\0')
            return true;
        text += span + 1;
    }
}

/* "warning" selects warnings and errors. */
static bool parse_level(struct query *query, unsigned *levels)
{
    unsigned level = UINT32_MAX;
    if (!query_choice(query, "level", LEVELS, &level))
        return false;
    if (level != UINT32_MAX)
        *levels = (2u << level) - 1;
    return true;
}

bool selection_parse(struct query *query, const struct tail *tail, struct selection *selection)
{
    uint64_t now_ns = tail_now_ns(tail);
    selection_init(selection);
    unsigned directions = 0, types = 0, severities = 0;
    if (!parse_gateway(query, tail, &selection->source) ||
        !copy_text(query, "identity", selection->identity, sizeof(selection->identity)) ||
        !copy_text(query, "method", selection->action, sizeof(selection->action)) ||
        !copy_text(query, "q", selection->text, sizeof(selection->text)) ||
        !query_choices(query, "direction", "IN|OUT", &directions) ||
        !query_choices(query, "type", "CALL|CALLRESULT|CALLERROR|CALLRESULTERROR|SEND", &types) ||
        !query_choices(query, "severity", SEVERITIES, &severities) ||
        !parse_level(query, &selection->log_levels) ||
        !parse_category(query, &selection->event_types) ||
        !query_time(query, "since", now_ns, &selection->since_ns) ||
        !query_time(query, "until", now_ns, &selection->until_ns) ||
        !query_filter(query, "filter", now_ns, &selection->filter))
        return false;
    selection->directions = directions << DIRECTION_IN;
    selection->message_types = types << MESSAGE_CALL;
    selection->severities = severities << SEVERITY_LOW;
    return true;
}

/* The parameters' own part. */
static void parameter_filter(const struct selection *selection, enum collection collection,
                             struct index_filter *filter)
{
    *filter = (struct index_filter){
        .identity = {selection->identity, strlen(selection->identity)},
        .since_ns = selection->since_ns,
        .until_ns = selection->until_ns,
    };
    if (collection == COLLECTION_MESSAGES) {
        filter->action = (struct text_span){selection->action, strlen(selection->action)};
        filter->message_types = selection->message_types;
        filter->directions = selection->directions;
        return;
    }
    filter->event_types = selection->event_types;
    if (collection == COLLECTION_SECURITY)
        filter->severities = selection->severities;
    if (collection == COLLECTION_LOG)
        filter->severities = selection->log_levels;
}

/* Of two sets in one of which 0 is all; false when nothing is in both. */
static bool add_bits(uint64_t *bits, uint64_t bound)
{
    if (bound == UINT64_MAX)
        return true;
    *bits = *bits != 0 ? *bits & bound : bound;
    return *bits != 0;
}

/* What all matches of the filter share makes the walk shorter. True when that is all it says. */
static bool add_bounds(const struct filter *filter, struct index_filter *index_filter)
{
    struct filter_bounds bounds;
    uint64_t message_types = index_filter->message_types, directions = index_filter->directions;
    filter_bounds(filter, &bounds);
    index_filter->identity_any_case = bounds.station;
    index_filter->action_any_case = bounds.action;
    if (index_filter->since_ns < bounds.since_ns)
        index_filter->since_ns = bounds.since_ns;
    if (index_filter->until_ns > bounds.until_ns)
        index_filter->until_ns = bounds.until_ns;
    index_filter->has_latency = bounds.max_latency_us != UINT64_MAX;
    index_filter->min_latency_us = (uint32_t)bounds.min_latency_us;
    index_filter->max_latency_us = (uint32_t)bounds.max_latency_us;
    if (bounds.min_latency_us > bounds.max_latency_us ||
        !add_bits(&index_filter->event_types, bounds.event_types) ||
        !add_bits(&message_types, bounds.message_types) ||
        !add_bits(&directions, bounds.directions))
        index_filter->until_ns = 0; /* nothing can be so */
    index_filter->message_types = (unsigned)message_types;
    index_filter->directions = (unsigned)directions;
    return bounds.is_exact;
}

bool selection_index_filter(const struct selection *selection, enum collection collection,
                            struct index_filter *filter)
{
    parameter_filter(selection, collection, filter);
    bool is_whole = selection->filter == NULL || add_bounds(selection->filter, filter);
    return is_whole && selection->text[0] == '\0';
}

/* The next place where that letter stands, in either case. */
static const char *find_letter(const char *at, size_t length, char letter)
{
    int lower = tolower((unsigned char)letter), upper = toupper((unsigned char)letter);
    const char *small = memchr(at, lower, length);
    const char *big = NULL;
    if (upper != lower)
        big = memchr(at, upper, small != NULL ? (size_t)(small - at) : length);
    return big != NULL ? big : small;
}

/* ASCII letters in either case. */
static bool contains(struct text_span span, const char *text, size_t length)
{
    if (length > span.length)
        return false;
    const char *at = span.start, *end = span.start + (span.length - length) + 1;
    while (at < end && (at = find_letter(at, (size_t)(end - at), text[0])) != NULL) {
        if (strncasecmp(at, text, length) == 0)
            return true;
        at++;
    }
    return false;
}

static bool text_matches(const struct selection *selection, const struct event *event)
{
    size_t length = strlen(selection->text);
    return length == 0 || contains(event->payload, selection->text, length) ||
           contains(event->text, selection->text, length) ||
           contains(event->identity, selection->text, length) ||
           contains(event->action, selection->text, length) ||
           contains(event->message_id, selection->text, length) ||
           contains(event->address, selection->text, length);
}

enum filter_verdict selection_entry_matches(const struct selection *selection, const char *gateway,
                                            const struct ring_index *index,
                                            const struct index_entry *entry)
{
    enum filter_verdict verdict = FILTER_YES;
    if (selection->filter != NULL) {
        struct filter_meta meta = {
            .type = entry->type,
            .message_type = entry->message_type,
            .direction = (enum direction)entry->direction,
            .severity = entry->severity,
            .latency_us = entry->latency_us,
            .time_ns = entry->time_ns,
            .gateway = gateway,
        };
        if ((filter_asks(selection->filter) & FILTER_ASKS_NAMES) != 0) {
            meta.identity = ring_index_station(index, entry);
            meta.action = ring_index_action(index, entry);
        }
        verdict = filter_match_meta(selection->filter, &meta);
    }
    return verdict == FILTER_YES && selection->text[0] != '\0' ? FILTER_UNSURE : verdict;
}

bool selection_record_matches(const struct selection *selection, const char *gateway,
                              const struct event *event)
{
    return text_matches(selection, event) &&
           (selection->filter == NULL || filter_match(selection->filter, event, gateway));
}

bool selection_equal(const struct selection *a, const struct selection *b)
{
    if (memcmp(a, b, offsetof(struct selection, filter)) != 0)
        return false;
    if (a->filter == NULL || b->filter == NULL)
        return a->filter == b->filter;
    return filter_equal(a->filter, b->filter);
}

static bool span_is(struct text_span span, struct text_span wanted)
{
    return wanted.length == 0 ||
           (span.length == wanted.length && memcmp(span.start, wanted.start, span.length) == 0);
}

bool selection_matches(const struct selection *selection, const struct tail *tail, unsigned source,
                       const struct event *event)
{
    struct index_filter filter;
    int collection = event_collection(event->type);
    if (collection < 0 || (selection->source >= 0 && (unsigned)selection->source != source) ||
        hidden_event(tail_hidden(tail), source, (enum collection)collection, event->identity,
                     event->seq))
        return false;
    parameter_filter(selection, (enum collection)collection, &filter);
    return span_is(event->identity, filter.identity) && span_is(event->action, filter.action) &&
           (filter.event_types == 0 || (filter.event_types >> (event->type & 63) & 1) != 0) &&
           (filter.message_types == 0 ||
            (filter.message_types >> (event->message_type & 7) & 1) != 0) &&
           (filter.directions == 0 || (filter.directions >> (event->direction & 3) & 1) != 0) &&
           (filter.severities == 0 || (filter.severities >> (event->severity & 7) & 1) != 0) &&
           event->time_ns >= filter.since_ns && event->time_ns < filter.until_ns &&
           selection_record_matches(selection, tail_source(tail, source)->name, event);
}

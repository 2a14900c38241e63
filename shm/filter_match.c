#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/text.h"
#include "shm/filter_internal.h"

#define MAX_ERROR_CODE 64 /* bytes; codes of the specification are shorter */

/* What is looked at. */
struct subject {
    const struct filter_meta *meta;
    const struct event *event; /* NULL: nothing but the meta is known */
};

static enum filter_verdict verdict(bool matches)
{
    return matches ? FILTER_YES : FILTER_NO;
}

static struct text_span span_of(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static bool same(struct text_span a, struct text_span b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        if (fold(a.start[i]) != fold(b.start[i]))
            return false;
    }
    return true;
}

static size_t character_length(struct text_span text, size_t at)
{
    size_t length = text_utf8_length(text.start + at, text.length - at);

    return length > 0 ? length : 1;
}

/* After a mismatch the last star takes one character more. */
static bool matches_pattern(struct text_span pattern, struct text_span text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

    while (t < text.length) {
        if (p < pattern.length && pattern.start[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.length && pattern.start[p] == '?') {
            p++;
            t += character_length(text, t);
        } else if (p < pattern.length && fold(pattern.start[p]) == fold(text.start[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            resume += character_length(text, resume);
            t = resume;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.start[p] == '*')
        p++;
    return p == pattern.length;
}

static bool name_matches(const struct filter *filter, const struct node *node,
                         struct text_span text)
{
    struct text_span value = node_value(filter, node);

    return node->number != 0 ? matches_pattern(value, text) : same(value, text);
}

static enum filter_verdict match_name(const struct filter *filter, const struct node *node,
                                      struct text_span known)
{
    return known.start != NULL ? verdict(name_matches(filter, node, known)) : FILTER_UNSURE;
}

static enum filter_verdict match_bit(const struct node *node, unsigned bit)
{
    return verdict(bit < 64 && (node->number >> bit & 1) != 0);
}

static enum filter_verdict match_number(const struct node *node, uint64_t number)
{
    switch ((enum relation)node->relation) {
    case RELATION_IS:
        return verdict(number == node->number);
    case RELATION_LESS:
        return verdict(number < node->number);
    case RELATION_AT_MOST:
        return verdict(number <= node->number);
    case RELATION_MORE:
        return verdict(number > node->number);
    case RELATION_AT_LEAST:
        return verdict(number >= node->number);
    }
    return FILTER_NO;
}

/* The next place where a text may begin with that character, in either case. */
static size_t skip_to(struct text_span text, size_t from, char first)
{
    char other = first >= 'a' && first <= 'z' ? (char)(first ^ 0x20) : first;

    while (from < text.length && text.start[from] != first && text.start[from] != other)
        from++;
    return from;
}

/* With the table of prepare_search: no byte is compared twice. */
static bool contains(const struct filter *filter, const struct node *node, struct text_span text)
{
    const char *wanted = filter->pool + node->start;
    const uint16_t *failure = filter->failure + node->start;
    uint32_t matched = 0;

    for (size_t i = 0; i < text.length; i++) {
        while (matched > 0 && fold(wanted[matched]) != fold(text.start[i]))
            matched = failure[matched - 1];
        if (matched == 0)
            i = skip_to(text, i, fold(wanted[0]));
        if (i < text.length && ++matched == node->length)
            return true;
    }
    return false;
}

static bool match_text(const struct filter *filter, const struct node *node,
                       const struct event *event)
{
    return contains(filter, node, event->payload) || contains(filter, node, event->text) ||
           contains(filter, node, event->identity) || contains(filter, node, event->action) ||
           contains(filter, node, event->message_id) || contains(filter, node, event->address);
}

/* [4, id, code, description, details] */
static bool match_error(const struct filter *filter, const struct node *node,
                        const struct event *event)
{
    struct json_span part[3];
    char code[MAX_ERROR_CODE + 1];
    size_t count;

    if ((event->message_type != MESSAGE_CALLERROR &&
         event->message_type != MESSAGE_CALLRESULTERROR) ||
        event->payload.length == 0)
        return false;
    if (!json_scan_array(event->payload.start, event->payload.length, part, 3, &count, NULL) ||
        count < 3 || part[2].type != JSON_STRING)
        return false;
    int length = json_string(part[2], code, sizeof code);
    return length >= 0 && name_matches(filter, node, (struct text_span){code, (size_t)length});
}

/* What no index knows. */
static enum filter_verdict match_event(const struct filter *filter, const struct node *node,
                                       const struct event *event)
{
    switch ((enum filter_field_number)node->field) {
    case FILTER_FIELD_id:
        return verdict(name_matches(filter, node, event->message_id));
    case FILTER_FIELD_address:
        return verdict(name_matches(filter, node, event->address));
    case FILTER_FIELD_protocol:
        return match_bit(node, event->protocol);
    case FILTER_FIELD_size:
        return match_number(node, event->payload_length > event->payload.length
                                      ? event->payload_length
                                      : event->payload.length);
    case FILTER_FIELD_close:
        return event->type == EVENT_DISCONNECTED ? match_number(node, event->close_code)
                                                 : FILTER_NO;
    case FILTER_FIELD_duration:
        if (event->type != EVENT_DISCONNECTED)
            return FILTER_NO;
        return match_number(node, event->duration_ms < UINT64_MAX / 1000 ? event->duration_ms * 1000
                                                                         : UINT64_MAX);
    case FILTER_FIELD_error:
        return verdict(match_error(filter, node, event));
    default:
        return verdict(match_text(filter, node, event));
    }
}

static enum filter_verdict match_severity(const struct node *node, const struct filter_meta *meta)
{
    int collection = event_collection(meta->type);

    if (node->field == FILTER_FIELD_severity && collection == COLLECTION_SECURITY)
        return match_number(node, meta->severity);
    if (node->field == FILTER_FIELD_level && collection == COLLECTION_LOG &&
        meta->severity <= LOG_LEVEL_DEBUG)
        return match_number(node, LOG_LEVEL_DEBUG - meta->severity);
    return FILTER_NO;
}

static enum filter_verdict match_term(const struct filter *filter, const struct node *node,
                                      const struct subject *subject)
{
    const struct filter_meta *meta = subject->meta;

    switch ((enum filter_field_number)node->field) {
    case FILTER_FIELD_station:
        return match_name(filter, node, meta->identity);
    case FILTER_FIELD_action:
        return match_name(filter, node, meta->action);
    case FILTER_FIELD_gateway:
        return match_name(filter, node, span_of(meta->gateway));
    case FILTER_FIELD_dir:
        return match_bit(node, meta->direction);
    case FILTER_FIELD_type:
        return match_bit(node, meta->message_type);
    case FILTER_FIELD_event:
        return match_bit(node, meta->type);
    case FILTER_FIELD_latency:
        return meta->latency_us != EVENT_NO_LATENCY ? match_number(node, meta->latency_us)
                                                    : FILTER_NO;
    case FILTER_FIELD_severity:
    case FILTER_FIELD_level:
        return match_severity(node, meta);
    case FILTER_FIELD_since:
        return verdict(meta->time_ns >= node->number);
    case FILTER_FIELD_until:
        return verdict(meta->time_ns < node->number);
    default:
        return subject->event != NULL ? match_event(filter, node, subject->event) : FILTER_UNSURE;
    }
}

static enum filter_verdict match_node(const struct filter *filter, uint8_t number,
                                      const struct subject *subject);

/* `decisive` among the children decides; else one that is unsure leaves it open. */
static enum filter_verdict match_children(const struct filter *filter, const struct node *node,
                                          const struct subject *subject,
                                          enum filter_verdict decisive)
{
    enum filter_verdict result = decisive == FILTER_NO ? FILTER_YES : FILTER_NO;

    for (uint8_t at = node->first; at != NODE_NONE; at = filter->nodes[at].next) {
        enum filter_verdict found = match_node(filter, at, subject);
        if (found == decisive)
            return decisive;
        if (found == FILTER_UNSURE)
            result = FILTER_UNSURE;
    }
    return result;
}

static enum filter_verdict opposite(enum filter_verdict found)
{
    return found == FILTER_UNSURE ? FILTER_UNSURE : verdict(found == FILTER_NO);
}

static enum filter_verdict match_node(const struct filter *filter, uint8_t number,
                                      const struct subject *subject)
{
    const struct node *node = &filter->nodes[number];

    switch ((enum node_kind)node->kind) {
    case NODE_TERM:
        return match_term(filter, node, subject);
    case NODE_NOT:
        return opposite(match_node(filter, node->first, subject));
    case NODE_AND:
        return match_children(filter, node, subject, FILTER_NO);
    case NODE_OR:
    case NODE_LIST:
        return match_children(filter, node, subject, FILTER_YES);
    }
    return FILTER_NO;
}

static struct text_span known(struct text_span span)
{
    return span.start != NULL ? span : (struct text_span){"", 0};
}

bool filter_match(const struct filter *filter, const struct event *event, const char *gateway)
{
    struct filter_meta meta = {
        .type = event->type,
        .message_type = event->message_type,
        .direction = event->direction,
        .severity = event->severity,
        .latency_us = event->latency_us,
        .time_ns = event->time_ns,
        .gateway = gateway,
        .identity = known(event->identity),
        .action = known(event->action),
    };
    struct subject subject = {&meta, event};

    return filter->root == NODE_NONE || match_node(filter, filter->root, &subject) == FILTER_YES;
}

enum filter_verdict filter_match_meta(const struct filter *filter, const struct filter_meta *meta)
{
    struct subject subject = {meta, NULL};

    return filter->root == NODE_NONE ? FILTER_YES : match_node(filter, filter->root, &subject);
}

static const struct filter_bounds no_bounds = {
    .until_ns = UINT64_MAX,
    .max_latency_us = UINT64_MAX,
    .event_types = UINT64_MAX,
    .message_types = UINT64_MAX,
    .directions = UINT64_MAX,
};

/* An event without a latency has none of them, whatever is asked. */
static void bound_latency(const struct node *node, struct filter_bounds *bounds)
{
    uint64_t number = node->number, most = EVENT_NO_LATENCY - 1;
    enum relation relation = (enum relation)node->relation;

    bounds->max_latency_us = most;
    if (relation == RELATION_MORE)
        bounds->min_latency_us = number < most ? number + 1 : most + 1;
    if (relation == RELATION_IS || relation == RELATION_AT_LEAST)
        bounds->min_latency_us = number;
    if ((relation == RELATION_IS || relation == RELATION_AT_MOST) && number < most)
        bounds->max_latency_us = number;
    if (relation == RELATION_LESS && number <= most)
        bounds->max_latency_us = number > 0 ? number - 1 : 0;
    if (relation == RELATION_LESS && number == 0)
        bounds->min_latency_us = 1; /* none is less */
}

static void bound_term(const struct filter *filter, const struct node *node,
                       struct filter_bounds *bounds)
{
    bool is_one_name = node->length > 0 && node->number == 0;

    bounds->is_exact = true;
    if (node->field == FILTER_FIELD_station && is_one_name)
        bounds->station = node_value(filter, node);
    else if (node->field == FILTER_FIELD_action && is_one_name)
        bounds->action = node_value(filter, node);
    else if (node->field == FILTER_FIELD_since)
        bounds->since_ns = node->number;
    else if (node->field == FILTER_FIELD_until)
        bounds->until_ns = node->number;
    else if (node->field == FILTER_FIELD_latency)
        bound_latency(node, bounds);
    else if (node->field == FILTER_FIELD_event)
        bounds->event_types = node->number;
    else if (node->field == FILTER_FIELD_type)
        bounds->message_types = node->number;
    else if (node->field == FILTER_FIELD_dir)
        bounds->directions = node->number;
    else
        bounds->is_exact = false;
}

static bool same_bound(struct text_span a, struct text_span b)
{
    return a.start == NULL || b.start == NULL ? a.start == b.start : same(a, b);
}

/* One of two names that both hold. */
static struct text_span narrow_name(struct text_span a, struct text_span b, bool *is_exact)
{
    if (a.start != NULL && b.start != NULL && !same(a, b))
        *is_exact = false;
    return a.start != NULL ? a : b;
}

/* Of two bounds that both hold. */
static void narrow(struct filter_bounds *bounds, const struct filter_bounds *other)
{
    bounds->is_exact = bounds->is_exact && other->is_exact;
    bounds->station = narrow_name(bounds->station, other->station, &bounds->is_exact);
    bounds->action = narrow_name(bounds->action, other->action, &bounds->is_exact);
    if (bounds->since_ns < other->since_ns)
        bounds->since_ns = other->since_ns;
    if (bounds->until_ns > other->until_ns)
        bounds->until_ns = other->until_ns;
    if (bounds->min_latency_us < other->min_latency_us)
        bounds->min_latency_us = other->min_latency_us;
    if (bounds->max_latency_us > other->max_latency_us)
        bounds->max_latency_us = other->max_latency_us;
    bounds->event_types &= other->event_types;
    bounds->message_types &= other->message_types;
    bounds->directions &= other->directions;
}

/* Both together are all that lies within the wider bounds: they differ in one kind of bits. */
static bool join_exactly(const struct filter_bounds *a, const struct filter_bounds *b)
{
    unsigned differ = (unsigned)(a->event_types != b->event_types) +
                      (unsigned)(a->message_types != b->message_types) +
                      (unsigned)(a->directions != b->directions);

    return a->is_exact && b->is_exact && differ <= 1 && same_bound(a->station, b->station) &&
           same_bound(a->action, b->action) && a->since_ns == b->since_ns &&
           a->until_ns == b->until_ns && a->min_latency_us == b->min_latency_us &&
           a->max_latency_us == b->max_latency_us;
}

/* Of two bounds one of which holds. */
static void widen(struct filter_bounds *bounds, const struct filter_bounds *other)
{
    bounds->is_exact = join_exactly(bounds, other);
    if (!same_bound(bounds->station, other->station))
        bounds->station = TEXT_SPAN_NONE;
    if (!same_bound(bounds->action, other->action))
        bounds->action = TEXT_SPAN_NONE;
    if (bounds->since_ns > other->since_ns)
        bounds->since_ns = other->since_ns;
    if (bounds->until_ns < other->until_ns)
        bounds->until_ns = other->until_ns;
    if (bounds->min_latency_us > other->min_latency_us)
        bounds->min_latency_us = other->min_latency_us;
    if (bounds->max_latency_us < other->max_latency_us)
        bounds->max_latency_us = other->max_latency_us;
    bounds->event_types |= other->event_types;
    bounds->message_types |= other->message_types;
    bounds->directions |= other->directions;
}

static void bound_node(const struct filter *filter, uint8_t number, struct filter_bounds *bounds)
{
    const struct node *node = &filter->nodes[number];

    *bounds = no_bounds;
    if (node->kind == NODE_TERM)
        bound_term(filter, node, bounds);
    if (node->kind == NODE_TERM || node->kind == NODE_NOT)
        return;
    for (uint8_t at = node->first; at != NODE_NONE; at = filter->nodes[at].next) {
        struct filter_bounds other;
        bound_node(filter, at, &other);
        if (at == node->first)
            *bounds = other;
        else if (node->kind == NODE_AND)
            narrow(bounds, &other);
        else
            widen(bounds, &other);
    }
}

void filter_bounds(const struct filter *filter, struct filter_bounds *bounds)
{
    *bounds = no_bounds;
    bounds->is_exact = true;
    if (filter->root != NODE_NONE)
        bound_node(filter, filter->root, bounds);
}

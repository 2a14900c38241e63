#include "boardd/state/unknown_list.h"

#include <stdlib.h>
#include <string.h>

struct unknown {
    unsigned source;
    uint64_t count;
    uint64_t first_ns;
    uint64_t last_ns;
    char identity[EVENT_MAX_IDENTITY + 1];
    char address[EVENT_MAX_ADDRESS + 1];
};

struct unknown_list {
    const struct tail *tail;
    size_t max;
    size_t count;
    struct unknown items[]; /* seen last first */
};

static void copy(char *out, size_t size, struct text_span text)
{
    size_t length = text.length < size ? text.length : size - 1;
    if (length > 0)
        memcpy(out, text.start, length);
    out[length] = '\0';
}

static bool is_refusal(const struct event *event)
{
    static const char text[] = EVENT_TEXT_UNKNOWN_STATION;
    return event->type == EVENT_POLICY_REJECTION && event->identity.length > 0 &&
           event->text.length >= sizeof(text) - 1 &&
           memcmp(event->text.start, text, sizeof(text) - 1) == 0;
}

/* Its place, or list->count. */
static size_t find(const struct unknown_list *list, unsigned source, const char *identity)
{
    size_t at = 0;
    while (at < list->count &&
           (list->items[at].source != source || strcmp(list->items[at].identity, identity) != 0))
        at++;
    return at;
}

static void take_out(struct unknown_list *list, size_t at)
{
    list->count--;
    memmove(&list->items[at], &list->items[at + 1], (list->count - at) * sizeof(*list->items));
}

static void note(struct unknown_list *list, unsigned source, const char *identity,
                 const struct event *event)
{
    struct unknown unknown = {.source = source, .first_ns = event->time_ns};
    size_t at = find(list, source, identity);
    if (at < list->count) {
        unknown = list->items[at];
        take_out(list, at);
    } else if (list->count == list->max) {
        if (list->items[list->count - 1].last_ns > event->time_ns)
            return;
        take_out(list, list->count - 1);
    }
    unknown.last_ns = event->time_ns;
    unknown.count++;
    if (unknown.count < event->count) /* the gateway saw more than the history holds */
        unknown.count = event->count;
    copy(unknown.identity, sizeof(unknown.identity), event->identity);
    copy(unknown.address, sizeof(unknown.address), event->address);
    for (at = 0; at < list->count && list->items[at].last_ns > unknown.last_ns; at++)
        continue; /* one gateway's history is read before another's */
    memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof(*list->items));
    list->items[at] = unknown;
    list->count++;
}

void unknown_list_event(struct unknown_list *list, unsigned source, const struct event *event)
{
    char identity[EVENT_MAX_IDENTITY + 1];
    copy(identity, sizeof(identity), event->identity);
    if (is_refusal(event)) {
        note(list, source, identity, event);
    } else if (event->type == EVENT_CONNECTED) {
        size_t at = find(list, source, identity);
        if (at < list->count && list->items[at].last_ns <= event->time_ns)
            take_out(list, at);
    }
}

static void on_record(void *context, unsigned source, enum collection collection,
                      const struct event *event)
{
    if (collection == COLLECTION_SECURITY || collection == COLLECTION_CONNECTIONS)
        unknown_list_event(context, source, event);
}

static void on_reset(void *context, unsigned source)
{
    struct unknown_list *list = context;
    for (size_t at = list->count; at > 0; at--) {
        if (list->items[at - 1].source == source)
            take_out(list, at - 1);
    }
}

struct unknown_list *unknown_list_new(struct tail *tail, size_t max)
{
    struct unknown_list *list = calloc(1, sizeof(*list) + max * sizeof(*list->items));
    if (list == NULL)
        return NULL;
    list->tail = tail;
    list->max = max;
    tail_listen(tail,
                &(struct tail_listener){.record = on_record, .reset = on_reset, .context = list});
    return list;
}

void unknown_list_free(struct unknown_list *list)
{
    free(list);
}

size_t unknown_list_count(const struct unknown_list *list)
{
    return list->count;
}

void unknown_list_put(const struct unknown_list *list, int source, struct json_out *out)
{
    json_out_array(out);
    for (size_t i = 0; i < list->count; i++) {
        const struct unknown *unknown = &list->items[i];
        if (source >= 0 && unknown->source != (unsigned)source)
            continue;
        json_out_object(out);
        json_out_string(json_out_key(out, "identity"), unknown->identity);
        json_out_string(json_out_key(out, "gateway"),
                        tail_source(list->tail, unknown->source)->name);
        json_out_text_or_null(json_out_key(out, "remoteAddress"), unknown->address,
                              strlen(unknown->address));
        json_out_uint(json_out_key(out, "count"), unknown->count);
        json_out_time(json_out_key(out, "firstSeen"), unknown->first_ns);
        json_out_time(json_out_key(out, "lastSeen"), unknown->last_ns);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

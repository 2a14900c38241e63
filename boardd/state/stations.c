#include "boardd/state/stations.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct match {
    struct station_key key;
    uint64_t rank; /* smaller comes first */
    char identity[EVENT_MAX_IDENTITY + 1];
};

/* The best `wanted` of all matches: a heap with the worst of them on top. */
struct matches {
    const struct stations_query *query;
    struct match *items;
    size_t count;
    size_t capacity;
    size_t wanted;
    size_t total;
};

bool stations_read(const struct tail *tail, struct station_key key, struct station_record *record)
{
    const struct source *source = tail_source(tail, key.source);
    return source->operations->station(source, key.slot, record) && record->status != STATION_FREE;
}

static bool passes(const struct stations_query *query, const struct station_record *record)
{
    return (query->statuses == 0 || (query->statuses >> record->status & 1) != 0) &&
           (query->protocols == 0 || (query->protocols >> record->protocol & 1) != 0) &&
           (*query->text == '\0' || strcasestr(record->identity, query->text) != NULL);
}

static uint64_t rank_of(const struct stations_query *query, const struct station_record *record)
{
    switch (query->sort) {
    case SORT_STATUS:
        return record->status;
    case SORT_CONNECTED:
        return record->connected_ns;
    case SORT_LAST_MESSAGE:
        return record->counters.last_message_ns;
    case SORT_MESSAGES:
        return record->counters.messages_in + record->counters.messages_out;
    case SORT_ERRORS:
        return record->counters.errors;
    case SORT_IDENTITY:
        break;
    }
    return 0;
}

static int compare(const void *left, const void *right, void *query)
{
    const struct match *a = left, *b = right;
    int order = a->rank < b->rank ? -1 : a->rank > b->rank;
    if (order == 0)
        order = strcmp(a->identity, b->identity);
    if (order == 0)
        order = a->key.source < b->key.source ? -1 : a->key.source > b->key.source;
    return ((const struct stations_query *)query)->descending ? -order : order;
}

static bool comes_before(const struct matches *matches, const struct match *a,
                         const struct match *b)
{
    return compare(a, b, (void *)(uintptr_t)matches->query) < 0;
}

static void sift_up(struct matches *matches, const struct match *match)
{
    size_t at = matches->count++;
    for (; at > 0; at = (at - 1) / 2) {
        struct match *parent = &matches->items[(at - 1) / 2];
        if (!comes_before(matches, parent, match))
            break;
        matches->items[at] = *parent;
    }
    matches->items[at] = *match;
}

static void replace_worst(struct matches *matches, const struct match *match)
{
    size_t at = 0;
    for (size_t child = 1; child < matches->count; child = 2 * at + 1) {
        if (child + 1 < matches->count &&
            comes_before(matches, &matches->items[child], &matches->items[child + 1]))
            child++;
        if (!comes_before(matches, match, &matches->items[child]))
            break;
        matches->items[at] = matches->items[child];
        at = child;
    }
    matches->items[at] = *match;
}

static bool make_room(struct matches *matches)
{
    if (matches->count < matches->capacity)
        return true;
    size_t capacity = matches->capacity > 0 ? matches->capacity * 2 : 256;
    struct match *items = realloc(matches->items, capacity * sizeof(*items));
    if (items == NULL)
        return false;
    matches->items = items;
    matches->capacity = capacity;
    return true;
}

static bool add_match(struct matches *matches, struct station_key key,
                      const struct station_record *record)
{
    struct match match = {.key = key, .rank = rank_of(matches->query, record)};
    memcpy(match.identity, record->identity, sizeof(match.identity));
    matches->total++;
    if (matches->count < matches->wanted) {
        if (!make_room(matches))
            return false;
        sift_up(matches, &match);
    } else if (matches->count > 0 && comes_before(matches, &match, &matches->items[0])) {
        replace_worst(matches, &match);
    }
    return true;
}

static bool collect(const struct tail *tail, struct matches *matches)
{
    struct station_record record;
    for (unsigned source = 0; source < tail_count(tail); source++) {
        uint32_t slots = tail_source(tail, source)->info.stations;
        if (matches->query->source >= 0 && (unsigned)matches->query->source != source)
            continue;
        for (uint32_t slot = 0; slot < slots; slot++) {
            struct station_key key = {source, slot};
            if (stations_read(tail, key, &record) && passes(matches->query, &record) &&
                !add_match(matches, key, &record))
                return false;
        }
    }
    return true;
}

long stations_list(const struct tail *tail, const struct stations_query *query,
                   struct station_key *keys, size_t *total)
{
    struct matches matches = {.query = query, .wanted = query->offset + query->limit};
    if (!collect(tail, &matches)) {
        free(matches.items);
        return -1;
    }
    *total = matches.total;
    if (matches.count > 0)
        qsort_r(matches.items, matches.count, sizeof(*matches.items), compare,
                (void *)(uintptr_t)query);
    size_t count = 0;
    for (size_t i = query->offset; i < matches.count; i++)
        keys[count++] = matches.items[i].key;
    free(matches.items);
    return (long)count;
}

static bool is_better(const struct station_record *record, const struct station_record *best)
{
    if ((record->status == STATION_ONLINE) != (best->status == STATION_ONLINE))
        return record->status == STATION_ONLINE;
    return record->connected_ns > best->connected_ns;
}

bool stations_find(const struct tail *tail, int source, const char *identity,
                   struct station_key *key)
{
    struct station_record record, best;
    bool found = false;
    for (unsigned i = 0; i < tail_count(tail); i++) {
        uint32_t slots = tail_source(tail, i)->info.stations;
        for (uint32_t slot = 0; (source < 0 || (unsigned)source == i) && slot < slots; slot++) {
            struct station_key at = {i, slot};
            if (!stations_read(tail, at, &record) || strcmp(record.identity, identity) != 0 ||
                (found && !is_better(&record, &best)))
                continue;
            found = true;
            best = record;
            *key = at;
        }
    }
    return found;
}

static const char *status_name(enum station_status status)
{
    switch (status) {
    case STATION_ONLINE:
        return "online";
    case STATION_EVICTED:
        return "evicted";
    case STATION_OFFLINE:
    case STATION_FREE:
        break;
    }
    return "offline";
}

static const char *boot_name(enum boot_status status)
{
    switch (status) {
    case BOOT_ACCEPTED:
        return "Accepted";
    case BOOT_PENDING:
        return "Pending";
    case BOOT_REJECTED:
        return "Rejected";
    case BOOT_NONE:
        break;
    }
    return "";
}

static void put_text(struct json_out *out, const char *key, const char *text)
{
    json_out_text_or_null(json_out_key(out, key), text, strlen(text));
}

static void put_counters(struct json_out *out, const struct station_counters *counters)
{
    json_out_uint(json_out_key(out, "messageCount"),
                  counters->messages_in + counters->messages_out);
    json_out_uint(json_out_key(out, "messagesIn"), counters->messages_in);
    json_out_uint(json_out_key(out, "messagesOut"), counters->messages_out);
    json_out_uint(json_out_key(out, "bytesIn"), counters->bytes_in);
    json_out_uint(json_out_key(out, "bytesOut"), counters->bytes_out);
    json_out_uint(json_out_key(out, "errorCount"), counters->errors);
    json_out_time(json_out_key(out, "lastMessageAt"), counters->last_message_ns);
    json_out_key(out, "avgLatencyMs");
    if (counters->latency_count > 0)
        json_out_number(
            out, (double)counters->latency_us_sum / (double)counters->latency_count / 1000.0, 3);
    else
        json_out_null(out);
}

void stations_put(const struct tail *tail, struct station_key key,
                  const struct station_record *record, struct json_out *out)
{
    bool online = record->status == STATION_ONLINE;
    put_text(out, "identity", record->identity);
    put_text(out, "gateway", tail_source(tail, key.source)->name);
    put_text(out, "remoteAddress", record->address);
    put_text(out, "protocol", ocpp_version_label(record->protocol));
    json_out_time(json_out_key(out, "connectedAt"), record->connected_ns);
    json_out_time(json_out_key(out, "disconnectedAt"), online ? 0 : record->disconnected_ns);
    put_text(out, "status", status_name(record->status));
    json_out_uint(json_out_key(out, "securityProfile"), record->security_profile);
    put_text(out, "bootStatus", boot_name(record->boot_status));
    json_out_uint(json_out_key(out, "connects"), record->connects);
    put_counters(out, &record->counters);
    json_out_key(out, "closeCode");
    if (!online && record->close_code != 0)
        json_out_uint(out, record->close_code);
    else
        json_out_null(out);
    put_text(out, "closeReason", online ? "" : record->close_reason);
    json_out_object(json_out_key(out, "sessionData"));
    json_out_object_end(out);
}

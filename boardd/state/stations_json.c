/* The JSON object of a station. */
#include <string.h>

#include "boardd/state/stations_internal.h"

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

static void put_problems(unsigned problems, struct json_out *out)
{
    json_out_array(json_out_key(out, "problems"));
    for (unsigned i = 0; i < PROBLEM_COUNT; i++) {
        if ((problems >> i & 1) != 0)
            json_out_string(out, station_problem_name((enum station_problem)i));
    }
    json_out_array_end(out);
}

/*
 * What the members in lists are made of beside the record. The gateway's name and the words of the
 * vocabulary never change, and the states of the stations say what version they have; time shows in
 * the problems alone.
 */
struct basis {
    uint64_t state_version; /* 0: there is none */
    uint64_t problems;
};

static void put_members(const struct stations *stations, struct station_key key,
                        const struct station_record *record, const struct station_state *state,
                        unsigned problems, struct json_out *out)
{
    bool online = record->status == STATION_ONLINE;
    put_text(out, "identity", record->identity);
    put_text(out, "gateway", tail_source(stations->tail, key.source)->name);
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
    fold_put_summary(stations->fold, state, boot_name(record->boot_status), out);
    put_problems(problems, out);
}

/* Puts the members that were written of the very same; false when there are none. */
static bool put_written(const struct stations *stations, struct text_cache_key key,
                        const struct basis *basis, const struct station_record *record,
                        struct json_out *out)
{
    uint64_t hash;
    struct text_span known = text_cache_find(stations->written, key, &hash);
    size_t made_of = sizeof(*basis) + sizeof(*record);
    if (known.start == NULL || memcmp(known.start, basis, sizeof(*basis)) != 0 ||
        memcmp(known.start + sizeof(*basis), record, sizeof(*record)) != 0)
        return false;
    json_out_written(out, known.start + made_of, known.length - made_of, hash);
    return true;
}

static void keep_written(const struct stations *stations, struct text_cache_key key,
                         const struct basis *basis, const struct station_record *record,
                         size_t start, struct json_out *out)
{
    size_t made_of = sizeof(*basis) + sizeof(*record), length = out->length - start;
    uint64_t hash = json_out_piece(out, start);
    char *room = text_cache_room(stations->written, key, made_of + length, hash);
    if (room == NULL)
        return;
    memcpy(room, basis, sizeof(*basis));
    memcpy(room + sizeof(*basis), record, sizeof(*record)); /* with what is between the members */
    memcpy(room + made_of, out->data + start, length);
}

void stations_put(const struct stations *stations, struct station_key key,
                  const struct station_record *record, uint64_t now_ns, bool detail,
                  struct json_out *out)
{
    const struct station_state *state =
        fold_station(stations->fold, key.source, key.slot, record->identity);
    struct text_cache_key place = {key.source, 0, key.slot};
    unsigned problems = fold_problems(stations->fold, state, now_ns);
    if (record->status != STATION_ONLINE)
        problems |= 1u << PROBLEM_OFFLINE;
    struct basis basis = {state != NULL ? state->version : 0, problems};
    if (!put_written(stations, place, &basis, record, out)) {
        size_t start = json_out_start(out);
        put_members(stations, key, record, state, problems, out);
        if (!out->failed)
            keep_written(stations, place, &basis, record, start, out);
    }
    if (detail)
        fold_put_detail(stations->fold, state, out);
}

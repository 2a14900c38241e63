/* /api/overview, /health */
#include <string.h>

#include "config.h"

#include "boardd/board.h"
#include "boardd/commands/command.h"
#include "boardd/api/routes.h"
#include "boardd/state/selection.h"
#include "boardd/state/stations.h"
#include "boardd/state/store.h"
#include "boardd/state/telemetry.h"
#include "common/timestamp.h"

#define RECENT_MESSAGES 10

static void put_recent(struct store *store, struct json_out *json)
{
    struct selection selection;
    struct store_hit hits[RECENT_MESSAGES];
    struct store_result result;
    selection_init(&selection);
    struct store_query query = {
        .collection = COLLECTION_MESSAGES, .selection = &selection, .limit = RECENT_MESSAGES};
    store_query(store, &query, hits, &result);
    json_out_array(json_out_key(json, "recentMessages"));
    for (size_t i = 0; i < result.count; i++)
        store_put(store, COLLECTION_MESSAGES, hits[i], false, json);
    json_out_array_end(json);
}

static void put_attention(struct stations *stations, uint64_t now_ns, struct json_out *json)
{
    size_t counts[PROBLEM_COUNT];
    struct station_key keys[STATIONS_ATTENTION];
    struct station_record record;
    size_t count = stations_attention(stations, counts, keys);
    json_out_object(json_out_key(json, "attention"));
    for (unsigned i = 0; i < PROBLEM_COUNT; i++)
        json_out_uint(json_out_key(json, station_problem_name((enum station_problem)i)), counts[i]);
    json_out_object_end(json);
    json_out_array(json_out_key(json, "attentionStations"));
    for (size_t i = 0; i < count; i++) {
        if (!stations_read(stations, keys[i], &record))
            continue;
        json_out_object(json);
        stations_put(stations, keys[i], &record, now_ns, false, json);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void put_gateways(const struct board *board, struct json_out *json)
{
    const struct tail *tail = board->tail;
    json_out_array(json_out_key(json, "gateways"));
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        if (!source->is_gateway)
            continue;
        json_out_object(json);
        json_out_string(json_out_key(json, "name"), source->name);
        json_out_string(json_out_key(json, "state"), source_state_name(source->state));
        json_out_text_or_null(json_out_key(json, "reason"), source->reason, strlen(source->reason));
        json_out_string(json_out_key(json, "control"),
                        command_access_name(commands_access(board->commands, i, NULL)));
        json_out_text_or_null(json_out_key(json, "build"), source->info.build,
                              strlen(source->info.build));
        json_out_time(json_out_key(json, "startedAt"), source->info.started_ns);
        json_out_uint(json_out_key(json, "pid"), source->info.pid);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

void api_overview(struct api_request *request)
{
    struct board *board = request->board;
    const struct telemetry_sample *sample = telemetry_latest(board->telemetry);
    struct telemetry_totals totals;
    struct json_out json;
    uint64_t now_ns = tail_now_ns(board->tail);
    telemetry_totals(board->telemetry, &totals);
    json_out_init(&json);
    json_out_object(&json);
    json_out_uint(json_out_key(&json, "connectedClients"), totals.connections);
    json_out_uint(json_out_key(&json, "totalConnections"), totals.connections_total);
    json_out_number(json_out_key(&json, "messagesPerSecond"), sample->messages_per_second, 2);
    json_out_number(json_out_key(&json, "avgLatencyMs"), sample->average_latency_ms, 3);
    json_out_number(json_out_key(&json, "errorRate"), sample->error_rate, 3);
    json_out_uint(json_out_key(&json, "uptimeSeconds"),
                  totals.started_ns != 0 && now_ns > totals.started_ns
                      ? (now_ns - totals.started_ns) / NS_PER_SECOND
                      : 0);
    json_out_uint(json_out_key(&json, "totalMessages"), totals.messages_in + totals.messages_out);
    json_out_uint(json_out_key(&json, "securityEventCount"),
                  store_count(board->store, COLLECTION_SECURITY));
    json_out_uint(json_out_key(&json, "errorCount"), store_count(board->store, COLLECTION_ERRORS));
    json_out_uint(json_out_key(&json, "systemEventCount"),
                  store_count(board->store, COLLECTION_SYSTEM));
    json_out_uint(json_out_key(&json, "peakConnections"), totals.peak_connections);
    telemetry_put_memory(board->telemetry, &json);
    put_recent(board->store, &json);
    put_attention(board->stations, tail_now_ns(board->tail), &json);
    put_gateways(board, &json);
    json_out_object(json_out_key(&json, "board"));
    json_out_time(json_out_key(&json, "startedAt"), board->started_ns);
    json_out_time(json_out_key(&json, "now"), now_ns);
    json_out_string(json_out_key(&json, "build"), BOARD_BUILD_ID);
    json_out_object(json_out_key(&json, "source"));
    json_out_text(json_out_key(&json, "address"), board->config->board_source,
                  strlen(board->config->board_source));
    json_out_text_or_null(json_out_key(&json, "reason"), board_source_reason(board),
                          strlen(board_source_reason(board)));
    json_out_object_end(&json);
    json_out_bool(json_out_key(&json, "indexing"), !tail_caught_up(board->tail));
    json_out_object_end(&json);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

/*
 * 200 as long as the dashboard itself answers: "ok" when every gateway is live, "degraded" when
 * not. A supervisor restarts what doesn't answer; restarting the dashboard because a gateway is
 * down would help nobody.
 */
void api_health(struct api_request *request)
{
    const struct tail *tail = request->board->tail;
    struct json_out json;
    bool all_live = true;
    for (unsigned i = 0; i < tail_count(tail); i++)
        all_live = all_live && (tail_source(tail, i)->state == SOURCE_LIVE ||
                                tail_source(tail, i)->state == SOURCE_CAPTURE);
    json_out_init(&json);
    json_out_object(&json);
    json_out_string(json_out_key(&json, "status"), all_live ? "ok" : "degraded");
    json_out_array(json_out_key(&json, "gateways"));
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        if (!source->is_gateway)
            continue;
        json_out_object(&json);
        json_out_string(json_out_key(&json, "name"), source->name);
        json_out_string(json_out_key(&json, "state"), source_state_name(source->state));
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

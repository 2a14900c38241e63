/* Telemetry as JSON. */
#include <stdlib.h>
#include <string.h>

#include "boardd/state/custom_metrics.h"
#include "boardd/state/fold.h"
#include "boardd/state/telemetry_internal.h"
#include "common/timestamp.h"

static void put_fill(const float *fill, struct json_out *out)
{
    json_out_object(json_out_key(out, "ringFill"));
    for (int i = 0; i < COLLECTION_COUNT; i++)
        json_out_number(json_out_key(out, collection_label((enum collection)i)), (double)fill[i],
                        4);
    json_out_object_end(out);
}

static void put_sample(const struct telemetry_sample *sample, struct json_out *out)
{
    json_out_time(json_out_key(out, "timestamp"), sample->time_ns);
    json_out_number(json_out_key(out, "messagesPerSecond"), sample->messages_per_second, 2);
    json_out_number(json_out_key(out, "messagesInPerSecond"), sample->messages_in_per_second, 2);
    json_out_number(json_out_key(out, "messagesOutPerSecond"), sample->messages_out_per_second, 2);
    json_out_number(json_out_key(out, "avgLatencyMs"), sample->average_latency_ms, 3);
    json_out_object(json_out_key(out, "latency"));
    json_out_number(json_out_key(out, "p50"), sample->p50_ms, 3);
    json_out_number(json_out_key(out, "p90"), sample->p90_ms, 3);
    json_out_number(json_out_key(out, "p99"), sample->p99_ms, 3);
    json_out_object_end(out);
    json_out_number(json_out_key(out, "errorRate"), sample->error_rate, 3);
    json_out_uint(json_out_key(out, "connectionCount"), sample->connections);
    json_out_number(json_out_key(out, "gatewayCpuPercent"), sample->gateway_cpu, 2);
    json_out_number(json_out_key(out, "boardCpuPercent"), sample->board_cpu, 2);
    json_out_uint(json_out_key(out, "gatewayRss"), sample->gateway_rss);
    json_out_uint(json_out_key(out, "boardRss"), sample->board_rss);
    json_out_number(json_out_key(out, "gatewayLoopLagMs"), sample->gateway_lag_ms, 3);
    json_out_number(json_out_key(out, "boardLoopLagMs"), sample->board_lag_ms, 3);
    json_out_uint(json_out_key(out, "sseClients"), sample->streams);
    put_fill(sample->ring_fill, out);
}

double telemetry_ring_fill(const struct source *source, enum collection collection)
{
    uint64_t used, capacity;
    source->operations->fill(source, collection, &used, &capacity);
    return capacity > 0 ? (double)used / (double)capacity : 0;
}

static void put_source_fill(const struct source *source, struct json_out *out)
{
    float fill[COLLECTION_COUNT];
    for (int i = 0; i < COLLECTION_COUNT; i++)
        fill[i] = (float)telemetry_ring_fill(source, (enum collection)i);
    put_fill(fill, out);
}

static void put_gateway(const struct telemetry *telemetry, unsigned number, struct json_out *out)
{
    const struct source *source = tail_source(telemetry->options.tail, number);
    bool running = source_counts(source);
    json_out_object(out);
    json_out_string(json_out_key(out, "name"), source->name);
    json_out_string(json_out_key(out, "state"), source_state_name(source->state));
    json_out_uint(json_out_key(out, "connectionCount"),
                  running ? source_counter(source, COUNTER_connections) : 0);
    put_source_fill(source, out);
    json_out_number(json_out_key(out, "loopLagMs"),
                    running ? (double)source_counter(source, COUNTER_loop_lag_us) / 1000.0 : 0, 3);
    json_out_uint(json_out_key(out, "rss"),
                  running ? source_counter(source, COUNTER_rss_bytes) : 0);
    json_out_number(json_out_key(out, "cpuPercent"),
                    running ? telemetry->gateways[number].cpu_percent : 0, 2);
    json_out_number(json_out_key(out, "messagesPerSecond"),
                    running ? telemetry->gateways[number].messages_per_second : 0, 2);
    json_out_uint(json_out_key(out, "lost"), telemetry->gateways[number].lost);
    json_out_object_end(out);
}

void telemetry_put_memory(const struct telemetry *telemetry, struct json_out *out)
{
    json_out_object(json_out_key(out, "memoryUsage"));
    json_out_uint(json_out_key(out, "rss"),
                  telemetry->total.latest.gateway_rss + telemetry->total.latest.board_rss);
    json_out_uint(json_out_key(out, "gatewayRss"), telemetry->total.latest.gateway_rss);
    json_out_uint(json_out_key(out, "boardRss"), telemetry->total.latest.board_rss);
    json_out_object_end(out);
}

static void put_custom(const struct telemetry *telemetry, struct json_out *out)
{
    json_out_key(out, "custom");
    if (telemetry->options.custom != NULL) {
        custom_metrics_put(telemetry->options.custom, clock_mono_ms(), out);
        return;
    }
    json_out_object(out);
    json_out_object_end(out);
}

void telemetry_put(const struct telemetry *telemetry, struct json_out *out)
{
    const struct telemetry_sample *latest = &telemetry->total.latest;
    struct telemetry_totals totals;
    uint64_t now_ns = tail_now_ns(telemetry->options.tail);
    telemetry_totals(telemetry, &totals);
    json_out_object(out);
    put_sample(latest, out);
    json_out_uint(json_out_key(out, "peakConnections"), totals.peak_connections);
    json_out_uint(json_out_key(out, "totalMessages"), totals.messages_in + totals.messages_out);
    json_out_uint(json_out_key(out, "uptimeSeconds"),
                  totals.started_ns != 0 && now_ns > totals.started_ns
                      ? (now_ns - totals.started_ns) / NS_PER_SECOND
                      : 0);
    telemetry_put_memory(telemetry, out);
    json_out_array(json_out_key(out, "gateways"));
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        if (tail_source(telemetry->options.tail, i)->is_gateway)
            put_gateway(telemetry, i, out);
    }
    json_out_array_end(out);
    json_out_object(json_out_key(out, "board"));
    json_out_uint(json_out_key(out, "rss"), latest->board_rss);
    json_out_number(json_out_key(out, "cpuPercent"), latest->board_cpu, 2);
    json_out_number(json_out_key(out, "loopLagMs"), latest->board_lag_ms, 3);
    json_out_uint(json_out_key(out, "sseClients"), latest->streams);
    json_out_object_end(out);
    put_custom(telemetry, out);
    json_out_object_end(out);
}

/* With one gateway its series is that of all. */
static const struct series_record *find_record(const struct telemetry *telemetry, int source)
{
    if (source < 0 || telemetry->gateways[source].record == NULL)
        return &telemetry->total;
    return telemetry->gateways[source].record;
}

void telemetry_put_history(const struct telemetry *telemetry, int source, bool by_minute,
                           uint64_t since_ns, struct json_out *out)
{
    const struct series_record *record = find_record(telemetry, source);
    const struct series *series = by_minute ? &record->by_minute : &record->fine;
    bool is_total = record == &telemetry->total && telemetry->options.custom != NULL;
    json_out_array(out);
    for (uint64_t n = series_first(series); n < series->count; n++) {
        const struct telemetry_sample *sample = series_at(series, n);
        if (sample == NULL || sample->time_ns < since_ns)
            continue;
        json_out_object(out);
        put_sample(sample, out);
        if (is_total) {
            json_out_key(out, "custom");
            custom_metrics_put_sample(telemetry->options.custom, by_minute, n, out);
        }
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* ---- actions ---- */

#define MAX_ACTIONS 256

struct actions {
    size_t count;
    struct histogram items[MAX_ACTIONS];
};

static void add_action(struct actions *actions, const struct histogram *histogram)
{
    size_t at = 0;
    while (at < actions->count && strcmp(actions->items[at].action, histogram->action) != 0)
        at++;
    if (at == MAX_ACTIONS)
        return;
    struct histogram *sum = &actions->items[at];
    if (at == actions->count) {
        actions->count++;
        *sum = *histogram;
        return;
    }
    sum->count += histogram->count;
    sum->sum_us += histogram->sum_us;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum->buckets[i] += histogram->buckets[i];
}

static int compare_counts(const void *left, const void *right)
{
    const struct histogram *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->action, b->action);
}

static void put_action(const struct histogram *action, uint64_t errors, struct json_out *out)
{
    json_out_object(out);
    json_out_string(json_out_key(out, "action"), action->action);
    json_out_uint(json_out_key(out, "count"), action->count);
    json_out_uint(json_out_key(out, "errors"), errors);
    json_out_number(json_out_key(out, "avgMs"),
                    (double)action->sum_us / (double)action->count / 1000.0, 3);
    json_out_number(json_out_key(out, "p50"), latency_percentile_ms(action, 0.5), 3);
    json_out_number(json_out_key(out, "p90"), latency_percentile_ms(action, 0.9), 3);
    json_out_number(json_out_key(out, "p99"), latency_percentile_ms(action, 0.99), 3);
    json_out_object_end(out);
}

void telemetry_put_actions(const struct tail *tail, const struct fold *fold, int source,
                           struct json_out *out)
{
    struct actions *actions = calloc(1, sizeof(*actions));
    struct histogram histogram;
    if (actions == NULL) {
        out->failed = true;
        return;
    }
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *from = tail_source(tail, i);
        if (source >= 0 && (unsigned)source != i)
            continue;
        for (unsigned n = 0; from->operations->histogram(from, n, &histogram); n++) {
            if (histogram.count > 0)
                add_action(actions, &histogram);
        }
    }
    qsort(actions->items, actions->count, sizeof(actions->items[0]), compare_counts);
    json_out_array(out);
    for (size_t i = 0; i < actions->count; i++)
        put_action(&actions->items[i], fold_action_errors(fold, source, actions->items[i].action),
                   out);
    json_out_array_end(out);
    free(actions);
}

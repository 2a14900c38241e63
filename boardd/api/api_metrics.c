/* /metrics: Prometheus' text format. No series of single stations. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "boardd/board.h"
#include "boardd/api/routes.h"
#include "boardd/state/custom_metrics.h"
#include "boardd/state/fold.h"
#include "boardd/state/stations.h"
#include "boardd/state/statsd.h"
#include "boardd/stream/sse.h"
#include "boardd/state/tail.h"
#include "boardd/state/telemetry.h"
#include "common/timestamp.h"

#define PREFIX "ocpp_gateway_"

static void __attribute__((format(printf, 2, 3))) put(struct json_out *out, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < sizeof(line))
        json_out_plain(out, line, (size_t)length);
}

/* The gateway's name inside the quotes of a label. */
struct label {
    char text[2 * SOURCE_NAME_SIZE + 1];
};

static struct label label_of(const struct source *source)
{
    struct label label;
    size_t length = 0;
    for (const char *at = source->name; *at != '\0' && length + 2 < sizeof(label.text); at++) {
        if (*at == '\\' || *at == '"')
            label.text[length++] = '\\';
        label.text[length++] = *at == '\n' ? ' ' : *at;
    }
    label.text[length] = '\0';
    return label;
}

static void put_heading(struct json_out *out, const char *name, const char *type, const char *help)
{
    put(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Base units: what counts microseconds is shown in seconds. The name loses its unit. */
static bool base_name(const char *name, char *out, size_t size)
{
    static const char *const units[] = {"_us_total", "_us"};
    static const char *const names[] = {"_seconds_total", "_seconds"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t tail = strlen(units[i]);
        if (length > tail && strcmp(name + length - tail, units[i]) == 0) {
            snprintf(out, size, PREFIX "%.*s%s", (int)(length - tail), name, names[i]);
            return true;
        }
    }
    snprintf(out, size, PREFIX "%s", name);
    return false;
}

/* The histogram has these. */
static bool is_part_of_histogram(enum counter counter)
{
    return counter == COUNTER_latency_us_sum || counter == COUNTER_latency_count;
}

static void put_counter(struct json_out *out, const struct tail *tail, enum counter counter)
{
    char name[128];
    bool seconds = base_name(counter_name(counter), name, sizeof(name));
    put_heading(out, name, counter_is_gauge(counter) ? "gauge" : "counter", counter_help(counter));
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        if (!source->is_gateway || source->state == SOURCE_ABSENT)
            continue;
        uint64_t value = source->operations->counter(source, counter);
        if (seconds)
            put(out, "%s{gateway=\"%s\"} %.6f\n", name, label_of(source).text, (double)value / 1e6);
        else
            put(out, "%s{gateway=\"%s\"} %" PRIu64 "\n", name, label_of(source).text, value);
    }
}

static void put_histogram(struct json_out *out, const struct source *source)
{
    static const char name[] = PREFIX "call_duration_seconds";
    struct histogram sum = {0}, one;
    for (unsigned n = 0; source->operations->histogram(source, n, &one); n++) {
        sum.count += one.count;
        sum.sum_us += one.sum_us;
        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
            sum.buckets[i] += one.buckets[i];
    }
    uint64_t below = 0;
    for (unsigned i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        below += sum.buckets[i];
        if (i % 4 == 3) /* one per power of two is enough here */
            put(out, "%s_bucket{gateway=\"%s\",le=\"%.6g\"} %" PRIu64 "\n", name,
                label_of(source).text, (double)histogram_bound(i) / 1e6, below);
    }
    below += sum.buckets[HISTOGRAM_BUCKETS - 1];
    put(out, "%s_bucket{gateway=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, label_of(source).text,
        below);
    put(out, "%s_sum{gateway=\"%s\"} %.6f\n", name, label_of(source).text,
        (double)sum.sum_us / 1e6);
    put(out, "%s_count{gateway=\"%s\"} %" PRIu64 "\n", name, label_of(source).text, below);
}

static void put_rings(struct json_out *out, const struct tail *tail, bool capacity)
{
    const char *name = capacity ? PREFIX "ring_capacity_bytes" : PREFIX "ring_used_bytes";
    put_heading(out, name, "gauge",
                capacity ? "Size of a collection's ring"
                         : "Bytes of a collection's ring that hold events");
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        for (int c = 0; source->is_gateway && c < COLLECTION_COUNT; c++) {
            uint64_t used, size;
            source->operations->fill(source, (enum collection)c, &used, &size);
            put(out, "%s{gateway=\"%s\",collection=\"%s\"} %" PRIu64 "\n", name,
                label_of(source).text, collection_label((enum collection)c),
                capacity ? size : used);
        }
    }
}

static void put_gateways(struct json_out *out, const struct tail *tail)
{
    put_heading(out, PREFIX "up", "gauge", "1 while the gateway is live");
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        if (source->is_gateway)
            put(out, PREFIX "up{gateway=\"%s\"} %d\n", label_of(source).text,
                source->state == SOURCE_LIVE);
    }
    for (int counter = 0; counter < COUNTER_COUNT; counter++) {
        if (!is_part_of_histogram((enum counter)counter))
            put_counter(out, tail, (enum counter)counter);
    }
    put_heading(out, PREFIX "call_duration_seconds", "histogram", "Time from a CALL to its answer");
    for (unsigned i = 0; i < tail_count(tail); i++) {
        if (tail_source(tail, i)->is_gateway)
            put_histogram(out, tail_source(tail, i));
    }
    put_rings(out, tail, false);
    put_rings(out, tail, true);
}

static void put_board(struct json_out *out, const struct board *board)
{
    struct rusage usage;
    double seconds = 0;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    put_heading(out, "ocpp_board_cpu_seconds_total", "counter", "CPU time of the dashboard");
    put(out, "ocpp_board_cpu_seconds_total %.6f\n", seconds);
    put_heading(out, "ocpp_board_resident_memory_bytes", "gauge",
                "Resident memory of the dashboard, with the segments that it maps");
    put(out, "ocpp_board_resident_memory_bytes %" PRIu64 "\n",
        telemetry_latest(board->telemetry)->board_rss);
    put_heading(out, "ocpp_board_event_streams", "gauge", "Event streams that are open");
    put(out, "ocpp_board_event_streams %zu\n", sse_count(board->sse));
    put_heading(out, "ocpp_board_http_connections", "gauge", "HTTP connections that are open");
    put(out, "ocpp_board_http_connections %zu\n", http_server_connections(board->server));
    put_heading(out, "ocpp_board_lost_events_total", "counter",
                "Events that were overwritten before the dashboard could read them");
    put(out, "ocpp_board_lost_events_total %" PRIu64 "\n", board->lost_events);
}

/* Gauges that others name may break what a linter of metrics wants, never the format. */
static void put_custom(const struct metric_view *metric, void *context)
{
    char name[128], help[128];
    bool counts = metric->type == METRIC_COUNTER;
    snprintf(name, sizeof(name), "ocpp_custom_%s%s", metric->exported, counts ? "_total" : "");
    snprintf(help, sizeof(help), "Custom metric %s", metric->name);
    put_heading(context, name, counts ? "counter" : "gauge", help);
    put(context, "%s %.17g\n", name, metric->value);
}

static void put_stations(struct json_out *out, const struct board *board)
{
    size_t counts[PROBLEM_COUNT];
    struct station_key keys[STATIONS_ATTENTION];
    stations_attention(board->stations, counts, keys);
    put_heading(out, "ocpp_board_stations_with_problem", "gauge",
                "Stations that have the problem now");
    for (unsigned i = 0; i < PROBLEM_COUNT; i++)
        put(out, "ocpp_board_stations_with_problem{problem=\"%s\"} %zu\n",
            station_problem_name((enum station_problem)i), counts[i]);
    put_heading(out, "ocpp_board_station_state_bytes", "gauge",
                "Memory for what messages told of all stations");
    put(out, "ocpp_board_station_state_bytes %zu\n", fold_bytes(board->fold));
    put_heading(out, "ocpp_board_station_state_refused_total", "counter",
                "Times that something about a station was not kept for want of room");
    put(out, "ocpp_board_station_state_refused_total %" PRIu64 "\n", fold_refused(board->fold));
}

static void put_lost(struct json_out *out, const struct board *board)
{
    put_heading(out, "ocpp_board_gateway_lost_events_total", "counter",
                "Events of the gateway that were overwritten before the dashboard could read them");
    for (unsigned i = 0; i < tail_count(board->tail); i++) {
        const struct source *source = tail_source(board->tail, i);
        if (source->is_gateway)
            put(out, "ocpp_board_gateway_lost_events_total{gateway=\"%s\"} %" PRIu64 "\n",
                label_of(source).text, telemetry_lost(board->telemetry, i));
    }
}

void api_metrics(struct api_request *request)
{
    struct json_out out;
    json_out_init(&out);
    put_gateways(&out, request->board->tail);
    put_board(&out, request->board);
    put_lost(&out, request->board);
    put_stations(&out, request->board);
    custom_metrics_each(request->board->custom, clock_mono_ms(), put_custom, &out);
    size_t length;
    char *text = json_out_take(&out, &length);
    if (text == NULL) {
        http_reply_error(request->exchange, 503, "out of memory");
        return;
    }
    http_reply_reference(request->exchange, 200, "text/plain; version=0.0.4; charset=utf-8", text,
                         length, free, text);
}

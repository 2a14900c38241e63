#include "tools/stat_print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/text.h"
#include "tools/terminal.h"

#define ACTIONS_SHOWN 8
#define COLUMN_TEXT   128

static double seconds_between(uint64_t earlier_ns, uint64_t later_ns)
{
    return later_ns > earlier_ns ? (double)(later_ns - earlier_ns) / 1e9 : 0;
}

/* "3d 4h", "4h 12m", "12m 5s", "5.2s" */
static const char *format_time(double seconds, char *out, size_t size)
{
    unsigned long long whole = (unsigned long long)seconds;

    if (seconds >= 86400)
        snprintf(out, size, "%llud %lluh", whole / 86400, whole / 3600 % 24);
    else if (seconds >= 3600)
        snprintf(out, size, "%lluh %llum", whole / 3600, whole / 60 % 60);
    else if (seconds >= 60)
        snprintf(out, size, "%llum %llus", whole / 60, whole % 60);
    else
        snprintf(out, size, "%.1fs", seconds);
    return out;
}

static const char *format_bytes(uint64_t bytes, char *out, size_t size)
{
    static const char units[] = "BKMGT";
    double value = (double)bytes;
    unsigned unit = 0;

    while (value >= 1024 && unit < sizeof units - 2) {
        value /= 1024;
        unit++;
    }
    snprintf(out, size, unit == 0 ? "%.0f %c" : "%.1f %c", value, units[unit]);
    return out;
}

static double rate_of(const struct stat_sample *sample, const struct stat_sample *earlier,
                      enum counter counter)
{
    uint64_t now = sample->counters[counter], then = earlier->counters[counter];
    double seconds = seconds_between(earlier->mono_ns, sample->mono_ns);

    return seconds > 0 && now > then ? (double)(now - then) / seconds : 0;
}

static void print_pair(FILE *out, const char *label, const struct stat_sample *sample,
                       const struct stat_sample *earlier, enum counter in, enum counter to)
{
    fprintf(out, "%-12s %" PRIu64 " in, %" PRIu64 " out", label, sample->counters[in],
            sample->counters[to]);
    if (earlier != NULL)
        fprintf(out, "  (%.0f and %.0f a second)", rate_of(sample, earlier, in),
                rate_of(sample, earlier, to));
    fputc('\n', out);
}

static void print_head(FILE *out, const struct stat_sample *sample)
{
    const uint64_t *counters = sample->counters;
    char text[32], memory[32];

    fprintf(out, "%-12s %s, %s", "gateway", sample->info.instance,
            stat_health_label(sample->health));
    if (sample->health == SEGMENT_LIVE || sample->health == SEGMENT_HUNG)
        fprintf(out, ", process %" PRIu32 ", up %s", sample->info.pid,
                format_time(seconds_between(sample->info.started_mono_ns, sample->mono_ns), text,
                            sizeof text));
    fprintf(out, ", %s\n", sample->info.build_id);
    fprintf(out,
            "%-12s %" PRIu64 " now, %" PRIu64 " at most, %" PRIu64 " opened, %" PRIu64 " refused\n",
            "connections", counters[COUNTER_connections], counters[COUNTER_peak_connections],
            counters[COUNTER_connections_total], counters[COUNTER_handshakes_refused_total]);
    fprintf(out, "%-12s %s memory, %.1f s CPU, loop lag %.3f ms\n", "process",
            format_bytes(counters[COUNTER_rss_bytes], memory, sizeof memory),
            (double)counters[COUNTER_cpu_us_total] / 1e6,
            (double)counters[COUNTER_loop_lag_us] / 1000);
}

static void print_totals(FILE *out, const struct stat_sample *sample,
                         const struct stat_sample *earlier)
{
    const uint64_t *counters = sample->counters;

    print_pair(out, "messages", sample, earlier, COUNTER_messages_in_total,
               COUNTER_messages_out_total);
    print_pair(out, "CALLs", sample, earlier, COUNTER_calls_in_total, COUNTER_calls_out_total);
    print_pair(out, "CALLERRORs", sample, earlier, COUNTER_call_errors_in_total,
               COUNTER_call_errors_out_total);
    fprintf(out,
            "%-12s %" PRIu64 " bad messages, %" PRIu64 " wrong passwords, %" PRIu64
            " rate limits, %" PRIu64 " evictions, %" PRIu64 " unanswered\n",
            "trouble", counters[COUNTER_bad_messages_total], counters[COUNTER_auth_failures_total],
            counters[COUNTER_rate_limited_total], counters[COUNTER_evictions_total],
            counters[COUNTER_call_timeouts_total]);
}

static double percentile_ms(const struct histogram *histogram, double fraction)
{
    uint64_t us = histogram_percentile(histogram, fraction);

    return us == UINT64_MAX ? INFINITY : (double)us / 1000;
}

static void print_latency(FILE *out, const char *label, const struct histogram *histogram)
{
    fprintf(out, "  %-32.32s %10" PRIu64 " %10.3f %10.3f %10.3f\n", label, histogram->count,
            percentile_ms(histogram, 0.5), percentile_ms(histogram, 0.9),
            percentile_ms(histogram, 0.99));
}

static void print_latencies(FILE *out, const struct stat_sample *sample)
{
    fprintf(out, "\n  %-32s %10s %10s %10s %10s\n", "latency, ms", "answered", "p50", "p90", "p99");
    print_latency(out, "all actions", &sample->total);
    for (unsigned i = 0; i < sample->action_count && i < ACTIONS_SHOWN; i++) {
        char action[COLUMN_TEXT];
        const struct histogram *histogram = &sample->actions[i];

        terminal_escape(histogram->action, strlen(histogram->action), action, sizeof action);
        print_latency(out, action, histogram);
    }
}

static void print_rings(FILE *out, const struct stat_sample *sample)
{
    fprintf(out, "\n  %-32s %10s %10s %10s\n", "remembered", "events", "used", "of");
    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        const struct stat_ring *ring = &sample->rings[i];
        char used[32], capacity[32];

        fprintf(out, "  %-32s %10" PRIu64 " %10s %10s\n", collection_label((enum collection)i),
                ring->events, format_bytes(ring->used, used, sizeof used),
                format_bytes(ring->capacity, capacity, sizeof capacity));
    }
}

static void print_station(FILE *out, const struct stat_sample *sample,
                          const struct station_record *station)
{
    const struct station_counters *counters = &station->counters;
    char identity[COLUMN_TEXT], address[COLUMN_TEXT], since[32] = "never";
    uint64_t changed =
        station->status == STATION_ONLINE ? station->connected_ns : station->disconnected_ns;
    char connected[32];

    terminal_escape(station->identity, strlen(station->identity), identity, sizeof identity);
    terminal_escape(station->address, strlen(station->address), address, sizeof address);
    if (counters->last_message_ns != 0)
        format_time(seconds_between(counters->last_message_ns, sample->real_ns), since,
                    sizeof since);
    fprintf(out, "  %-20s %-9s %-7s %9s %10" PRIu64 " %8" PRIu64 " %10.3f %9s  %s\n", identity,
            ocpp_version_label(station->protocol), stat_status_label(station->status),
            format_time(seconds_between(changed, sample->real_ns), connected, sizeof connected),
            counters->messages_in + counters->messages_out, counters->errors,
            stat_latency_ms(station), since, address);
}

static void print_stations(FILE *out, const struct stat_sample *sample,
                           const struct stat_options *options)
{
    size_t shown =
        sample->station_count < options->stations ? sample->station_count : options->stations;

    if (options->stations == 0)
        return;
    fprintf(out, "\n  %-20s %-9s %-7s %9s %10s %8s %10s %9s  %s\n", "station", "protocol", "status",
            "since", "messages", "errors", "average ms", "last", "address");
    for (size_t i = 0; i < shown; i++)
        print_station(out, sample, &sample->stations[i]);
    if (shown < sample->station_count)
        fprintf(out, "  and %zu more\n", sample->station_count - shown);
}

void stat_print(FILE *out, const struct stat_sample *sample, const struct stat_sample *earlier,
                const struct stat_options *options)
{
    print_head(out, sample);
    print_totals(out, sample, earlier);
    print_latencies(out, sample);
    print_stations(out, sample, options);
    print_rings(out, sample);
}

void stat_print_counters(FILE *out, const struct stat_sample *sample)
{
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        fprintf(out, "%-28s %20" PRIu64 "  %s\n", counter_name((enum counter)i),
                sample->counters[i], counter_help((enum counter)i));
}

static void put_string(FILE *out, const char *key, const char *text)
{
    char escaped[6 * COLUMN_TEXT];

    json_escape(text, strlen(text), escaped, sizeof escaped);
    fprintf(out, "\"%s\":\"%s\"", key, escaped);
}

static void put_histogram(FILE *out, const char *name, const struct histogram *histogram)
{
    static const struct {
        const char *name;
        double fraction;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
    char escaped[6 * COLUMN_TEXT];

    json_escape(name, strlen(name), escaped, sizeof escaped);
    fprintf(out, "\"%s\":{\"count\":%" PRIu64, escaped, histogram->count);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = percentile_ms(histogram, rows[i].fraction);
        if (isinf(value))
            fprintf(out, ",\"%s\":null", rows[i].name);
        else
            fprintf(out, ",\"%s\":%.3f", rows[i].name, value);
    }
    fputc('}', out);
}

static void put_station(FILE *out, const struct station_record *station)
{
    const struct station_counters *counters = &station->counters;
    char time[TEXT_TIME_SIZE];

    fputc('{', out);
    put_string(out, "identity", station->identity);
    fputc(',', out);
    put_string(out, "remoteAddress", station->address);
    fputc(',', out);
    put_string(out, "protocol", ocpp_version_label(station->protocol));
    fputc(',', out);
    put_string(out, "status", stat_status_label(station->status));
    text_time(station->connected_ns, time);
    fprintf(out, ",\"connectedAt\":\"%s\",\"messageCount\":%" PRIu64 ",\"errorCount\":%" PRIu64,
            time, counters->messages_in + counters->messages_out, counters->errors);
    if (counters->last_message_ns != 0) {
        text_time(counters->last_message_ns, time);
        fprintf(out, ",\"lastMessageAt\":\"%s\"", time);
    }
    fprintf(out, ",\"avgLatencyMs\":%.3f}", stat_latency_ms(station));
}

void stat_print_json(FILE *out, const struct stat_sample *sample,
                     const struct stat_options *options)
{
    char time[TEXT_TIME_SIZE];

    text_time(sample->real_ns, time);
    fprintf(out, "{\"timestamp\":\"%s\",", time);
    put_string(out, "gateway", sample->info.instance);
    fputc(',', out);
    put_string(out, "status", stat_health_label(sample->health));
    fprintf(out, ",\"pid\":%" PRIu32 ",\"uptimeSeconds\":%.0f,\"counters\":{", sample->info.pid,
            seconds_between(sample->info.started_mono_ns, sample->mono_ns));
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",", counter_name((enum counter)i),
                sample->counters[i]);
    fputs("},\"latencyMs\":{", out);
    put_histogram(out, "*", &sample->total);
    for (unsigned i = 0; i < sample->action_count; i++) {
        fputc(',', out);
        put_histogram(out, sample->actions[i].action, &sample->actions[i]);
    }
    fputs("},\"rings\":{", out);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        fprintf(out,
                "%s\"%s\":{\"events\":%" PRIu64 ",\"used\":%" PRIu64 ",\"capacity\":%" PRIu64 "}",
                i == 0 ? "" : ",", collection_label((enum collection)i), sample->rings[i].events,
                sample->rings[i].used, sample->rings[i].capacity);
    fputs("},\"stations\":[", out);
    for (size_t i = 0; i < sample->station_count && i < options->stations; i++) {
        if (i > 0)
            fputc(',', out);
        put_station(out, &sample->stations[i]);
    }
    fputs("]}\n", out);
}

#include "boardd/state/telemetry.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "boardd/state/custom_metrics.h"
#include "boardd/state/telemetry_internal.h"
#include "common/timestamp.h"

#define PROBE_MS 100

/* ---- our own process ---- */

static uint64_t read_rss(const struct telemetry *telemetry)
{
    char text[128];
    unsigned long long size, resident;
    ssize_t length = telemetry->statm >= 0 ? pread(telemetry->statm, text, sizeof(text) - 1, 0) : 0;
    if (length <= 0)
        return 0;
    text[length] = '\0';
    if (sscanf(text, "%llu %llu", &size, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t read_cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void fill_board(struct telemetry *telemetry, struct telemetry_sample *sample,
                       uint64_t passed_ns)
{
    const struct telemetry_options *options = &telemetry->options;
    uint64_t cpu_us = read_cpu_us();
    if (telemetry->own_cpu_us != 0 && passed_ns > 0)
        sample->board_cpu =
            (float)((double)(cpu_us - telemetry->own_cpu_us) * 100000.0 / (double)passed_ns);
    telemetry->own_cpu_us = cpu_us;
    sample->board_lag_ms = (float)((double)telemetry->worst_lag_ns / (double)NS_PER_MS);
    sample->board_rss = read_rss(telemetry);
    sample->streams = options->streams != NULL ? (uint32_t)options->streams(options->context) : 0;
}

/* ---- gateways ---- */

static void fill_rings(const struct source *source, struct telemetry_sample *sample)
{
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        float fill = (float)telemetry_ring_fill(source, (enum collection)i);
        if (fill > sample->ring_fill[i])
            sample->ring_fill[i] = fill;
    }
}

static void fill_gauges(const struct source *source, struct telemetry_sample *sample)
{
    float lag_ms = (float)((double)source_counter(source, COUNTER_loop_lag_us) / 1000.0);
    fill_rings(source, sample);
    if (!source_counts(source))
        return;
    sample->connections += (uint32_t)source_counter(source, COUNTER_connections);
    sample->gateway_rss += source_counter(source, COUNTER_rss_bytes);
    if (lag_ms > sample->gateway_lag_ms)
        sample->gateway_lag_ms = lag_ms;
}

static unsigned count_gateways(const struct telemetry *telemetry)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++)
        count += tail_source(telemetry->options.tail, i)->is_gateway;
    return count;
}

/* The gateway's own series begins when there is another gateway beside it. */
static void record_gateway(struct telemetry *telemetry, unsigned number,
                           struct telemetry_sample *sample, const struct meter_growth *growth)
{
    struct series_record **record = &telemetry->gateways[number].record;
    if (*record == NULL && count_gateways(telemetry) > 1) {
        *record = malloc(sizeof(**record));
        if (*record != NULL)
            series_record_init(*record);
    }
    if (*record == NULL)
        return;
    meter_fill(growth, sample);
    fill_gauges(tail_source(telemetry->options.tail, number), sample);
    series_record_add(*record, sample);
}

static void read_gateway(struct telemetry *telemetry, unsigned number, uint64_t mono_ns,
                         const struct telemetry_sample *base, struct meter_growth *sum)
{
    const struct source *source = tail_source(telemetry->options.tail, number);
    struct telemetry_sample own = *base;
    struct meter_growth growth;
    if (telemetry->gateways[number].meter == NULL)
        telemetry->gateways[number].meter = meter_new();
    if (telemetry->gateways[number].meter == NULL)
        return;
    meter_read(telemetry->gateways[number].meter, source, mono_ns, &growth);
    meter_add(sum, &growth);
    telemetry->gateways[number].cpu_percent = growth.cpu_percent;
    telemetry->gateways[number].messages_per_second =
        growth.messages_in_per_second + growth.messages_out_per_second;
    record_gateway(telemetry, number, &own, &growth);
}

static void sample_custom(struct telemetry *telemetry, bool finished_minute)
{
    struct custom_metrics *custom = telemetry->options.custom;
    uint64_t now_ms = clock_mono_ms();
    if (custom == NULL)
        return;
    custom_metrics_sample(custom, false, telemetry->total.fine.count - 1, now_ms);
    if (finished_minute)
        custom_metrics_sample(custom, true, telemetry->total.by_minute.count - 1, now_ms);
}

static void sample_at(struct telemetry *telemetry, uint64_t real_ns, uint64_t mono_ns)
{
    const struct tail *tail = telemetry->options.tail;
    struct telemetry_sample sample = {.time_ns = real_ns};
    struct meter_growth sum = {0};
    fill_board(telemetry, &sample, mono_ns - telemetry->sampled_ns);
    const struct telemetry_sample base = sample;
    for (unsigned i = 0; i < tail_count(tail); i++) {
        if (!tail_source(tail, i)->is_gateway)
            continue;
        read_gateway(telemetry, i, mono_ns, &base, &sum);
        fill_gauges(tail_source(tail, i), &sample);
    }
    meter_fill(&sum, &sample);
    telemetry->sampled_ns = mono_ns;
    telemetry->worst_lag_ns = 0;
    sample_custom(telemetry, series_record_add(&telemetry->total, &sample));
}

/* Of a capture both clocks are its own time: it is sampled as it would have been then. */
void telemetry_sample_capture(struct telemetry *telemetry)
{
    uint64_t now_ns = tail_capture_ns(telemetry->options.tail);
    uint64_t passed_ns = now_ns - telemetry->sampled_ns; /* 0: nothing has come */
    telemetry->worst_lag_ns = 0;
    if (passed_ns >= telemetry->options.interval_ms * NS_PER_MS ||
        (passed_ns > 0 && tail_caught_up(telemetry->options.tail)))
        sample_at(telemetry, now_ns, now_ns);
}

void telemetry_sample_now(struct telemetry *telemetry)
{
    if (tail_is_capture(telemetry->options.tail))
        telemetry_sample_capture(telemetry);
    else
        sample_at(telemetry, clock_real_ns(), clock_mono_ns());
    if (telemetry->options.sampled != NULL)
        telemetry->options.sampled(telemetry->options.context);
}

/* ---- timers ---- */

static void schedule(struct event *timer, uint64_t ms)
{
    struct timeval after = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    event_add(timer, &after);
}

static void on_timer(evutil_socket_t descriptor, short what, void *context)
{
    struct telemetry *telemetry = context;
    (void)descriptor;
    (void)what;
    telemetry_sample_now(telemetry);
    schedule(telemetry->timer, telemetry->options.interval_ms);
}

static void on_probe(evutil_socket_t descriptor, short what, void *context)
{
    struct telemetry *telemetry = context;
    uint64_t now_ns = clock_mono_ns();
    (void)descriptor;
    (void)what;
    if (now_ns > telemetry->probe_due_ns &&
        now_ns - telemetry->probe_due_ns > telemetry->worst_lag_ns)
        telemetry->worst_lag_ns = now_ns - telemetry->probe_due_ns;
    telemetry->probe_due_ns = now_ns + PROBE_MS * NS_PER_MS;
    schedule(telemetry->probe, PROBE_MS);
}

static void on_lost(void *context, unsigned source, enum collection collection, uint64_t count)
{
    struct telemetry *telemetry = context;
    (void)collection;
    telemetry->gateways[source].lost += count;
}

struct telemetry *telemetry_new(const struct telemetry_options *options)
{
    struct telemetry *telemetry = calloc(1, sizeof(*telemetry));
    if (telemetry == NULL)
        return NULL;
    telemetry->options = *options;
    telemetry->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    series_record_init(&telemetry->total);
    telemetry->timer = evtimer_new(options->base, on_timer, telemetry);
    telemetry->probe = evtimer_new(options->base, on_probe, telemetry);
    if (telemetry->timer == NULL || telemetry->probe == NULL) {
        telemetry_free(telemetry);
        return NULL;
    }
    tail_listen(options->tail, &(struct tail_listener){.lost = on_lost, .context = telemetry});
    telemetry->probe_due_ns = clock_mono_ns() + PROBE_MS * NS_PER_MS;
    schedule(telemetry->probe, PROBE_MS);
    schedule(telemetry->timer, options->interval_ms);
    return telemetry;
}

void telemetry_free(struct telemetry *telemetry)
{
    if (telemetry == NULL)
        return;
    if (telemetry->timer != NULL)
        event_free(telemetry->timer);
    if (telemetry->probe != NULL)
        event_free(telemetry->probe);
    if (telemetry->statm >= 0)
        close(telemetry->statm);
    series_record_end(&telemetry->total);
    for (unsigned i = 0; i < TAIL_MAX_SOURCES; i++) {
        meter_free(telemetry->gateways[i].meter);
        if (telemetry->gateways[i].record != NULL)
            series_record_end(telemetry->gateways[i].record);
        free(telemetry->gateways[i].record);
    }
    free(telemetry);
}

const struct telemetry_sample *telemetry_latest(const struct telemetry *telemetry)
{
    return &telemetry->total.latest;
}

uint64_t telemetry_lost(const struct telemetry *telemetry, unsigned source)
{
    return telemetry->gateways[source].lost;
}

void telemetry_totals(const struct telemetry *telemetry, struct telemetry_totals *totals)
{
    memset(totals, 0, sizeof(*totals));
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        const struct source *source = tail_source(telemetry->options.tail, i);
        totals->peak_connections += source_counter(source, COUNTER_peak_connections);
        totals->connections_total += source_counter(source, COUNTER_connections_total);
        totals->messages_in += source_counter(source, COUNTER_messages_in_total);
        totals->messages_out += source_counter(source, COUNTER_messages_out_total);
        if (!source_counts(source))
            continue;
        totals->connections += source_counter(source, COUNTER_connections);
        if (totals->started_ns == 0 || source->info.started_ns < totals->started_ns)
            totals->started_ns = source->info.started_ns;
    }
}

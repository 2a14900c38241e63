#include "boardd/state/telemetry.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/timestamp.h"

#define WINDOW_NS      (60 * NS_PER_SECOND)
#define WINDOW_SAMPLES 64 /* of which the oldest within the window counts */
#define MINUTE_NS      (60 * NS_PER_SECOND)

/* What grows: summed over all gateways; rates are differences of two of them. */
struct reading {
    uint64_t mono_ns;
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t answered;
    uint64_t errors;
    uint64_t latency_us;
    uint64_t latency_count;
    uint64_t gateway_cpu_us;
    uint64_t board_cpu_us;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* CPU time of one gateway as it was at the last sample. */
struct gateway_cpu {
    uint64_t us;
    double percent;
};

/* What the present minute's entry is the mean of. */
struct minute {
    uint64_t number;
    unsigned samples;
    struct telemetry_sample sum;
};

struct series {
    size_t capacity;
    uint64_t count; /* ever added */
    struct telemetry_sample *samples;
};

struct telemetry {
    struct telemetry_options options;
    struct event *timer;
    uint64_t due_ns; /* when the timer should have fired: what is later is our loop's lag */
    uint64_t readings_taken;
    struct minute minute;
    struct gateway_cpu gateway_cpu[TAIL_MAX_SOURCES];
    uint64_t window_step_ns;
    struct telemetry_sample latest;
    struct series fine;
    struct series by_minute;
    struct reading previous;
    struct reading readings[WINDOW_SAMPLES];
};

static bool series_init(struct series *series, size_t capacity)
{
    series->capacity = capacity;
    series->samples = calloc(capacity, sizeof(*series->samples));
    return series->samples != NULL;
}

static void series_add(struct series *series, const struct telemetry_sample *sample)
{
    series->samples[series->count++ % series->capacity] = *sample;
}

static uint64_t read_rss(void)
{
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    int fields = fscanf(file, "%llu %llu", &size, &resident);
    fclose(file);
    return fields == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t own_cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static uint64_t counter(const struct source *source, enum counter number)
{
    return source->operations->counter(source, number);
}

static void add_histograms(const struct source *source, struct reading *reading)
{
    struct histogram histogram;
    for (unsigned n = 0; source->operations->histogram(source, n, &histogram); n++) {
        for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
            reading->buckets[bucket] += histogram.buckets[bucket];
    }
}

static void take_reading(const struct telemetry *telemetry, struct reading *reading)
{
    memset(reading, 0, sizeof(*reading));
    reading->mono_ns = clock_mono_ns();
    reading->board_cpu_us = own_cpu_us();
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        const struct source *source = tail_source(telemetry->options.tail, i);
        uint64_t errors = counter(source, COUNTER_call_errors_in_total) +
                          counter(source, COUNTER_call_errors_out_total);
        reading->messages_in += counter(source, COUNTER_messages_in_total);
        reading->messages_out += counter(source, COUNTER_messages_out_total);
        reading->errors += errors;
        reading->answered += errors + counter(source, COUNTER_results_in_total) +
                             counter(source, COUNTER_results_out_total);
        reading->latency_us += counter(source, COUNTER_latency_us_sum);
        reading->latency_count += counter(source, COUNTER_latency_count);
        reading->gateway_cpu_us += counter(source, COUNTER_cpu_us_total);
        add_histograms(source, reading);
    }
}

/* A gateway that came, went or began anew makes sums fall: then nothing is known of the time
 * before. */
static bool follows(const struct reading *now, const struct reading *before)
{
    return before->mono_ns != 0 && now->messages_in >= before->messages_in &&
           now->messages_out >= before->messages_out && now->answered >= before->answered &&
           now->latency_count >= before->latency_count && now->latency_us >= before->latency_us;
}

static const struct reading *window_start(const struct telemetry *telemetry,
                                          const struct reading *now)
{
    const struct reading *start = NULL;
    uint64_t kept =
        telemetry->readings_taken < WINDOW_SAMPLES ? telemetry->readings_taken : WINDOW_SAMPLES;
    for (uint64_t back = 1; back <= kept; back++) {
        const struct reading *reading =
            &telemetry->readings[(telemetry->readings_taken - back) % WINDOW_SAMPLES];
        if (now->mono_ns - reading->mono_ns > WINDOW_NS + telemetry->window_step_ns / 2 ||
            !follows(now, reading))
            break;
        start = reading;
    }
    return start;
}

static double per_second(uint64_t now, uint64_t before, double seconds)
{
    return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static double percentile_ms(const struct histogram *histogram, double fraction)
{
    return (double)histogram_percentile(histogram, fraction) / 1000.0;
}

static void fill_window(struct telemetry_sample *sample, const struct reading *now,
                        const struct reading *start)
{
    struct histogram window = {0};
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (now->buckets[i] > start->buckets[i])
            window.buckets[i] = now->buckets[i] - start->buckets[i];
        window.count += window.buckets[i];
    }
    if (window.count > 0) {
        sample->p50_ms = percentile_ms(&window, 0.5);
        sample->p90_ms = percentile_ms(&window, 0.9);
        sample->p99_ms = percentile_ms(&window, 0.99);
    }
    if (now->latency_count > start->latency_count)
        sample->average_latency_ms = (double)(now->latency_us - start->latency_us) / 1000.0 /
                                     (double)(now->latency_count - start->latency_count);
    if (now->answered > start->answered && now->errors > start->errors)
        sample->error_rate = 100.0 * (double)(now->errors - start->errors) /
                             (double)(now->answered - start->answered);
}

static void fill_rates(struct telemetry_sample *sample, const struct reading *now,
                       const struct reading *before)
{
    double seconds = (double)(now->mono_ns - before->mono_ns) / (double)NS_PER_SECOND;
    sample->messages_in_per_second = per_second(now->messages_in, before->messages_in, seconds);
    sample->messages_out_per_second = per_second(now->messages_out, before->messages_out, seconds);
    sample->messages_per_second = sample->messages_in_per_second + sample->messages_out_per_second;
    sample->gateway_cpu =
        per_second(now->gateway_cpu_us, before->gateway_cpu_us, seconds) / 10000.0;
    sample->board_cpu = per_second(now->board_cpu_us, before->board_cpu_us, seconds) / 10000.0;
}

static void fill_gauges(const struct telemetry *telemetry, struct telemetry_sample *sample)
{
    uint64_t lag_us = 0;
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        const struct source *source = tail_source(telemetry->options.tail, i);
        if (!source_counts(source))
            continue;
        sample->connections += counter(source, COUNTER_connections);
        sample->gateway_rss += counter(source, COUNTER_rss_bytes);
        if (counter(source, COUNTER_loop_lag_us) > lag_us)
            lag_us = counter(source, COUNTER_loop_lag_us);
    }
    sample->gateway_lag_ms = (double)lag_us / 1000.0;
    sample->board_rss = read_rss();
    sample->streams = telemetry->options.streams != NULL
                          ? telemetry->options.streams(telemetry->options.context)
                          : 0;
}

/* The window's readings are spaced so that WINDOW_SAMPLES of them cover it, whatever the interval
 * is. */
static void keep_reading(struct telemetry *telemetry, const struct reading *now)
{
    if (telemetry->readings_taken > 0 &&
        now->mono_ns -
                telemetry->readings[(telemetry->readings_taken - 1) % WINDOW_SAMPLES].mono_ns <
            telemetry->window_step_ns)
        return;
    telemetry->readings[telemetry->readings_taken++ % WINDOW_SAMPLES] = *now;
}

static void note_gateway_cpu(struct telemetry *telemetry, uint64_t passed_ns)
{
    double seconds = (double)passed_ns / (double)NS_PER_SECOND;
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        struct gateway_cpu *cpu = &telemetry->gateway_cpu[i];
        uint64_t us = counter(tail_source(telemetry->options.tail, i), COUNTER_cpu_us_total);
        cpu->percent = cpu->us != 0 ? per_second(us, cpu->us, seconds) / 10000.0 : 0;
        cpu->us = us;
    }
}

/* Rates and loads of a minute are means, what counts or is a window of a minute anyway is its last
 * value. */
static void finish_minute(struct telemetry *telemetry, const struct telemetry_sample *last)
{
    const struct telemetry_sample *sum = &telemetry->minute.sum;
    struct telemetry_sample mean = *last;
    double samples = telemetry->minute.samples;
    mean.time_ns = telemetry->minute.number * MINUTE_NS;
    mean.messages_per_second = sum->messages_per_second / samples;
    mean.messages_in_per_second = sum->messages_in_per_second / samples;
    mean.messages_out_per_second = sum->messages_out_per_second / samples;
    mean.gateway_cpu = sum->gateway_cpu / samples;
    mean.board_cpu = sum->board_cpu / samples;
    series_add(&telemetry->by_minute, &mean);
}

static void add_to_minute(struct telemetry *telemetry, const struct telemetry_sample *sample)
{
    struct minute *minute = &telemetry->minute;
    uint64_t number = sample->time_ns / MINUTE_NS;
    if (minute->samples > 0 && number != minute->number) {
        finish_minute(telemetry, &telemetry->latest);
        minute->samples = 0;
        minute->sum = (struct telemetry_sample){0};
    }
    minute->number = number;
    minute->samples++;
    minute->sum.messages_per_second += sample->messages_per_second;
    minute->sum.messages_in_per_second += sample->messages_in_per_second;
    minute->sum.messages_out_per_second += sample->messages_out_per_second;
    minute->sum.gateway_cpu += sample->gateway_cpu;
    minute->sum.board_cpu += sample->board_cpu;
}

static void sample_at(struct telemetry *telemetry, uint64_t real_ns, uint64_t mono_ns,
                      double lag_ms)
{
    struct reading now;
    struct telemetry_sample sample = {.time_ns = real_ns, .board_lag_ms = lag_ms};
    take_reading(telemetry, &now);
    now.mono_ns = mono_ns;
    if (follows(&now, &telemetry->previous))
        fill_rates(&sample, &now, &telemetry->previous);
    const struct reading *start = window_start(telemetry, &now);
    if (start != NULL)
        fill_window(&sample, &now, start);
    fill_gauges(telemetry, &sample);
    keep_reading(telemetry, &now);
    note_gateway_cpu(telemetry, now.mono_ns - telemetry->previous.mono_ns);
    telemetry->previous = now;
    add_to_minute(telemetry, &sample);
    telemetry->latest = sample;
    series_add(&telemetry->fine, &sample);
}

/* Of a capture both clocks are its own time: it is sampled as it would have been then. */
void telemetry_sample_capture(struct telemetry *telemetry)
{
    uint64_t now_ns = tail_capture_ns(telemetry->options.tail);
    uint64_t passed_ns = now_ns - telemetry->previous.mono_ns; /* 0: nothing has come */
    if (passed_ns >= telemetry->options.interval_ms * NS_PER_MS ||
        (passed_ns > 0 && tail_caught_up(telemetry->options.tail)))
        sample_at(telemetry, now_ns, now_ns, 0);
}

void telemetry_sample_now(struct telemetry *telemetry)
{
    uint64_t mono_ns = clock_mono_ns();
    double lag_ms = telemetry->due_ns != 0 && mono_ns > telemetry->due_ns
                        ? (double)(mono_ns - telemetry->due_ns) / (double)NS_PER_MS
                        : 0;
    if (tail_is_capture(telemetry->options.tail))
        telemetry_sample_capture(telemetry);
    else
        sample_at(telemetry, clock_real_ns(), mono_ns, lag_ms);
    if (telemetry->options.sampled != NULL)
        telemetry->options.sampled(telemetry->options.context);
}

static void schedule(struct telemetry *telemetry)
{
    uint64_t ms = telemetry->options.interval_ms;
    struct timeval after = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    telemetry->due_ns = clock_mono_ns() + ms * NS_PER_MS;
    event_add(telemetry->timer, &after);
}

static void on_timer(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    telemetry_sample_now(context);
    schedule(context);
}

struct telemetry *telemetry_new(const struct telemetry_options *options)
{
    struct telemetry *telemetry = calloc(1, sizeof(*telemetry));
    if (telemetry == NULL)
        return NULL;
    telemetry->options = *options;
    telemetry->window_step_ns = WINDOW_NS / (WINDOW_SAMPLES - 2);
    telemetry->timer = evtimer_new(options->base, on_timer, telemetry);
    if (telemetry->timer == NULL || !series_init(&telemetry->fine, TELEMETRY_FINE_SAMPLES) ||
        !series_init(&telemetry->by_minute, TELEMETRY_MINUTE_SAMPLES)) {
        telemetry_free(telemetry);
        return NULL;
    }
    schedule(telemetry);
    return telemetry;
}

void telemetry_free(struct telemetry *telemetry)
{
    if (telemetry == NULL)
        return;
    if (telemetry->timer != NULL)
        event_free(telemetry->timer);
    free(telemetry->fine.samples);
    free(telemetry->by_minute.samples);
    free(telemetry);
}

const struct telemetry_sample *telemetry_latest(const struct telemetry *telemetry)
{
    return &telemetry->latest;
}

void telemetry_totals(const struct telemetry *telemetry, struct telemetry_totals *totals)
{
    memset(totals, 0, sizeof(*totals));
    for (unsigned i = 0; i < tail_count(telemetry->options.tail); i++) {
        const struct source *source = tail_source(telemetry->options.tail, i);
        totals->peak_connections += counter(source, COUNTER_peak_connections);
        totals->connections_total += counter(source, COUNTER_connections_total);
        totals->messages_in += counter(source, COUNTER_messages_in_total);
        totals->messages_out += counter(source, COUNTER_messages_out_total);
        if (!source_counts(source))
            continue;
        totals->connections += counter(source, COUNTER_connections);
        if (totals->started_ns == 0 || source->info.started_ns < totals->started_ns)
            totals->started_ns = source->info.started_ns;
    }
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
}

static void put_fill(const struct source *source, struct json_out *out)
{
    json_out_object(json_out_key(out, "ringFill"));
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        uint64_t used, capacity;
        source->operations->fill(source, (enum collection)i, &used, &capacity);
        json_out_number(json_out_key(out, collection_label((enum collection)i)),
                        capacity > 0 ? (double)used / (double)capacity : 0, 4);
    }
    json_out_object_end(out);
}

static void put_gateway(const struct telemetry *telemetry, unsigned number, struct json_out *out)
{
    const struct source *source = tail_source(telemetry->options.tail, number);
    bool running = source_counts(source);
    json_out_object(out);
    json_out_string(json_out_key(out, "name"), source->name);
    json_out_string(json_out_key(out, "state"), source_state_name(source->state));
    json_out_uint(json_out_key(out, "connectionCount"),
                  running ? counter(source, COUNTER_connections) : 0);
    put_fill(source, out);
    json_out_number(json_out_key(out, "loopLagMs"),
                    running ? (double)counter(source, COUNTER_loop_lag_us) / 1000.0 : 0, 3);
    json_out_uint(json_out_key(out, "rss"), running ? counter(source, COUNTER_rss_bytes) : 0);
    json_out_number(json_out_key(out, "cpuPercent"),
                    running ? telemetry->gateway_cpu[number].percent : 0, 2);
    json_out_object_end(out);
}

void telemetry_put_memory(const struct telemetry *telemetry, struct json_out *out)
{
    json_out_object(json_out_key(out, "memoryUsage"));
    json_out_uint(json_out_key(out, "rss"),
                  telemetry->latest.gateway_rss + telemetry->latest.board_rss);
    json_out_uint(json_out_key(out, "gatewayRss"), telemetry->latest.gateway_rss);
    json_out_uint(json_out_key(out, "boardRss"), telemetry->latest.board_rss);
    json_out_object_end(out);
}

void telemetry_put(const struct telemetry *telemetry, struct json_out *out)
{
    const struct telemetry_sample *latest = &telemetry->latest;
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
    json_out_object(json_out_key(out, "custom"));
    json_out_object_end(out);
    json_out_object_end(out);
}

void telemetry_put_history(const struct telemetry *telemetry, bool by_minute, uint64_t since_ns,
                           struct json_out *out)
{
    const struct series *series = by_minute ? &telemetry->by_minute : &telemetry->fine;
    uint64_t first = series->count > series->capacity ? series->count - series->capacity : 0;
    json_out_array(out);
    for (uint64_t i = first; i < series->count; i++) {
        const struct telemetry_sample *sample = &series->samples[i % series->capacity];
        if (sample->time_ns < since_ns)
            continue;
        json_out_object(out);
        put_sample(sample, out);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

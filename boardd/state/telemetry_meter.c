#include "boardd/state/telemetry_meter.h"

#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

#define WINDOW_NS      (60 * NS_PER_SECOND)
#define WINDOW_SAMPLES 64 /* of which the oldest within the window counts */
#define WINDOW_STEP_NS (WINDOW_NS / (WINDOW_SAMPLES - 2))

/* What grows. */
struct reading {
    uint64_t mono_ns; /* 0: none */
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t answered;
    uint64_t errors;
    uint64_t latency_us;
    uint64_t latency_count;
    uint64_t cpu_us;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

struct meter {
    uint64_t taken; /* readings ever put into the window */
    struct reading previous;
    struct reading window[WINDOW_SAMPLES];
};

struct meter *meter_new(void)
{
    return calloc(1, sizeof(struct meter));
}

void meter_free(struct meter *meter)
{
    free(meter);
}

uint64_t source_counter(const struct source *source, enum counter counter)
{
    return source->operations->counter(source, counter);
}

static void add_histograms(const struct source *source, struct reading *reading)
{
    struct histogram histogram;
    for (unsigned n = 0; source->operations->histogram(source, n, &histogram); n++) {
        for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++)
            reading->buckets[bucket] += histogram.buckets[bucket];
    }
}

static void take(const struct source *source, uint64_t mono_ns, struct reading *reading)
{
    memset(reading, 0, sizeof(*reading));
    reading->mono_ns = mono_ns;
    reading->errors = source_counter(source, COUNTER_call_errors_in_total) +
                      source_counter(source, COUNTER_call_errors_out_total);
    reading->messages_in = source_counter(source, COUNTER_messages_in_total);
    reading->messages_out = source_counter(source, COUNTER_messages_out_total);
    reading->answered = reading->errors + source_counter(source, COUNTER_results_in_total) +
                        source_counter(source, COUNTER_results_out_total);
    reading->latency_us = source_counter(source, COUNTER_latency_us_sum);
    reading->latency_count = source_counter(source, COUNTER_latency_count);
    reading->cpu_us = source_counter(source, COUNTER_cpu_us_total);
    add_histograms(source, reading);
}

/* Counters that fall are those of another segment: then nothing is known of the time before. */
static bool follows(const struct reading *now, const struct reading *before)
{
    return before->mono_ns != 0 && now->messages_in >= before->messages_in &&
           now->messages_out >= before->messages_out && now->answered >= before->answered &&
           now->latency_count >= before->latency_count && now->latency_us >= before->latency_us;
}

static const struct reading *window_start(const struct meter *meter, const struct reading *now)
{
    const struct reading *start = NULL;
    uint64_t kept = meter->taken < WINDOW_SAMPLES ? meter->taken : WINDOW_SAMPLES;
    for (uint64_t back = 1; back <= kept; back++) {
        const struct reading *reading = &meter->window[(meter->taken - back) % WINDOW_SAMPLES];
        if (now->mono_ns - reading->mono_ns > WINDOW_NS + WINDOW_STEP_NS / 2 ||
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

static void since_previous(const struct reading *now, const struct reading *before,
                           struct meter_growth *growth)
{
    double seconds = (double)(now->mono_ns - before->mono_ns) / (double)NS_PER_SECOND;
    growth->messages_in_per_second = per_second(now->messages_in, before->messages_in, seconds);
    growth->messages_out_per_second = per_second(now->messages_out, before->messages_out, seconds);
    growth->cpu_percent = per_second(now->cpu_us, before->cpu_us, seconds) / 10000.0;
}

static void since_start(const struct reading *now, const struct reading *start,
                        struct meter_growth *growth)
{
    growth->answered = now->answered - start->answered;
    growth->errors = now->errors > start->errors ? now->errors - start->errors : 0;
    growth->latency_us = now->latency_us - start->latency_us;
    growth->latency_count = now->latency_count - start->latency_count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        growth->buckets[i] =
            now->buckets[i] > start->buckets[i] ? now->buckets[i] - start->buckets[i] : 0;
}

/* Readings are spaced so that WINDOW_SAMPLES of them cover the window, whatever the interval is. */
static void keep(struct meter *meter, const struct reading *now)
{
    if (meter->taken > 0 &&
        now->mono_ns - meter->window[(meter->taken - 1) % WINDOW_SAMPLES].mono_ns < WINDOW_STEP_NS)
        return;
    meter->window[meter->taken++ % WINDOW_SAMPLES] = *now;
}

void meter_read(struct meter *meter, const struct source *source, uint64_t mono_ns,
                struct meter_growth *growth)
{
    struct reading now;
    memset(growth, 0, sizeof(*growth));
    if (source->state == SOURCE_ABSENT) {
        meter->previous.mono_ns = 0;
        return;
    }
    take(source, mono_ns, &now);
    if (follows(&now, &meter->previous))
        since_previous(&now, &meter->previous, growth);
    const struct reading *start = window_start(meter, &now);
    if (start != NULL)
        since_start(&now, start, growth);
    keep(meter, &now);
    meter->previous = now;
}

void meter_add(struct meter_growth *sum, const struct meter_growth *growth)
{
    sum->messages_in_per_second += growth->messages_in_per_second;
    sum->messages_out_per_second += growth->messages_out_per_second;
    sum->cpu_percent += growth->cpu_percent;
    sum->answered += growth->answered;
    sum->errors += growth->errors;
    sum->latency_us += growth->latency_us;
    sum->latency_count += growth->latency_count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum->buckets[i] += growth->buckets[i];
}

double latency_percentile_ms(const struct histogram *histogram, double fraction)
{
    uint64_t us = histogram_percentile(histogram, fraction);
    if (us == UINT64_MAX)
        us = histogram_bound(HISTOGRAM_BUCKETS - 2);
    return (double)us / 1000.0;
}

void meter_fill(const struct meter_growth *growth, struct telemetry_sample *sample)
{
    struct histogram window = {0};
    memcpy(window.buckets, growth->buckets, sizeof(window.buckets));
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        window.count += window.buckets[i];
    if (window.count > 0) {
        sample->p50_ms = (float)latency_percentile_ms(&window, 0.5);
        sample->p90_ms = (float)latency_percentile_ms(&window, 0.9);
        sample->p99_ms = (float)latency_percentile_ms(&window, 0.99);
    }
    if (growth->latency_count > 0)
        sample->average_latency_ms =
            (float)((double)growth->latency_us / 1000.0 / (double)growth->latency_count);
    if (growth->answered > 0)
        sample->error_rate = (float)(100.0 * (double)growth->errors / (double)growth->answered);
    sample->messages_in_per_second = (float)growth->messages_in_per_second;
    sample->messages_out_per_second = (float)growth->messages_out_per_second;
    sample->messages_per_second =
        (float)(growth->messages_in_per_second + growth->messages_out_per_second);
    sample->gateway_cpu = (float)growth->cpu_percent;
}

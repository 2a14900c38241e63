/* From gateways' counters to series: rates, percentiles, several gateways, bounded memory. */
#include "boardd/state/telemetry.h"

#include "boardd/state/telemetry_meter.h"
#include "boardd/state/telemetry_series.h"
#include "common/timestamp.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

/* A gateway whose counters the test sets. */
static struct {
    struct source source;
    uint64_t counters[COUNTER_COUNT];
    struct histogram histogram;
} gateway;

static uint64_t counter(const struct source *source, enum counter number)
{
    (void)source;
    return gateway.counters[number];
}

static bool histogram(const struct source *source, unsigned number, struct histogram *out)
{
    (void)source;
    *out = gateway.histogram;
    return number == 0;
}

static const struct source_operations operations = {.counter = counter, .histogram = histogram};

static void begin(void)
{
    memset(&gateway, 0, sizeof(gateway));
    gateway.source.operations = &operations;
    gateway.source.is_gateway = true;
    gateway.source.state = SOURCE_LIVE;
}

static void end(void)
{
}

static void add_latencies(unsigned count, uint64_t us)
{
    gateway.histogram.buckets[histogram_bucket(us)] += count;
    gateway.counters[COUNTER_latency_count] += count;
    gateway.counters[COUNTER_latency_us_sum] += count * us;
}

START_TEST(rates_and_percentiles)
{
    struct meter *meter = meter_new();
    struct meter_growth growth;
    struct telemetry_sample sample = {0};
    uint64_t now_ns = 100 * NS_PER_SECOND;
    add_latencies(1000, 60000000); /* before the first reading: counts for nothing */
    gateway.counters[COUNTER_messages_in_total] = 1000000;
    meter_read(meter, &gateway.source, now_ns, &growth);
    meter_fill(&growth, &sample);
    ck_assert(sample.messages_per_second == 0 && sample.p99_ms == 0);
    gateway.counters[COUNTER_messages_in_total] += 300;
    gateway.counters[COUNTER_messages_out_total] += 100;
    gateway.counters[COUNTER_results_out_total] += 95;
    gateway.counters[COUNTER_call_errors_out_total] += 5;
    gateway.counters[COUNTER_cpu_us_total] += 500000;
    add_latencies(95, 1000);
    add_latencies(5, 9000);
    meter_read(meter, &gateway.source, now_ns + 2 * NS_PER_SECOND, &growth);
    meter_fill(&growth, &sample);
    ck_assert_double_eq_tol(sample.messages_in_per_second, 150, 0.01);
    ck_assert_double_eq_tol(sample.messages_out_per_second, 50, 0.01);
    ck_assert_double_eq_tol(sample.messages_per_second, 200, 0.01);
    ck_assert_double_eq_tol(sample.error_rate, 5, 0.01);
    ck_assert_double_eq_tol(sample.gateway_cpu, 25, 0.01);
    ck_assert_double_eq_tol(sample.average_latency_ms, 1.4, 0.01);
    ck_assert(sample.p50_ms >= 1 && sample.p50_ms <= 1.25);
    ck_assert(sample.p90_ms >= 1 && sample.p90_ms <= 1.25);
    ck_assert(sample.p99_ms >= 9 && sample.p99_ms <= 11.25);
    meter_free(meter);
}
END_TEST

START_TEST(the_window_is_a_minute)
{
    struct meter *meter = meter_new();
    struct meter_growth growth;
    uint64_t now_ns = 100 * NS_PER_SECOND;
    meter_read(meter, &gateway.source, now_ns, &growth);
    add_latencies(10, 1000);
    for (unsigned i = 1; i <= 30; i++)
        meter_read(meter, &gateway.source, now_ns + 2 * i * NS_PER_SECOND, &growth);
    ck_assert_uint_eq(growth.latency_count, 10);
    for (unsigned i = 31; i <= 33; i++)
        meter_read(meter, &gateway.source, now_ns + 2 * i * NS_PER_SECOND, &growth);
    ck_assert_uint_eq(growth.latency_count, 0);
    meter_free(meter);
}
END_TEST

START_TEST(a_gateway_that_begins_anew_makes_no_peak)
{
    struct meter *meter = meter_new();
    struct meter_growth growth, sum = {0};
    gateway.counters[COUNTER_messages_in_total] = 5000;
    meter_read(meter, &gateway.source, NS_PER_SECOND, &growth);
    gateway.counters[COUNTER_messages_in_total] = 10; /* another segment */
    meter_read(meter, &gateway.source, 3 * NS_PER_SECOND, &growth);
    ck_assert(growth.messages_in_per_second == 0);
    gateway.counters[COUNTER_messages_in_total] = 30;
    meter_read(meter, &gateway.source, 5 * NS_PER_SECOND, &growth);
    ck_assert_double_eq_tol(growth.messages_in_per_second, 10, 0.01);
    meter_add(&sum, &growth);
    meter_add(&sum, &growth);
    ck_assert_double_eq_tol(sum.messages_in_per_second, 20, 0.01);
    gateway.source.state = SOURCE_ABSENT;
    meter_read(meter, &gateway.source, 7 * NS_PER_SECOND, &growth);
    gateway.source.state = SOURCE_LIVE;
    gateway.counters[COUNTER_messages_in_total] = 1000000;
    meter_read(meter, &gateway.source, 9 * NS_PER_SECOND, &growth);
    ck_assert(growth.messages_in_per_second == 0);
    meter_free(meter);
}
END_TEST

START_TEST(series_are_bounded)
{
    struct series_record record;
    unsigned minutes = 0;
    series_record_init(&record);
    for (uint64_t second = 0; second < 100000; second += 2) {
        struct telemetry_sample sample = {.time_ns = (second + 60) * NS_PER_SECOND,
                                          .messages_per_second = (float)(second % 4),
                                          .board_lag_ms = (float)(second % 60)};
        minutes += series_record_add(&record, &sample);
    }
    ck_assert_uint_eq(minutes, 1666);
    ck_assert_uint_eq(record.fine.room, TELEMETRY_FINE_SAMPLES);
    ck_assert_uint_eq(record.fine.count - series_first(&record.fine), TELEMETRY_FINE_SAMPLES);
    ck_assert_uint_eq(record.by_minute.room, TELEMETRY_MINUTE_SAMPLES);
    ck_assert_ptr_null(series_at(&record.fine, record.fine.count));
    ck_assert_ptr_null(series_at(&record.fine, series_first(&record.fine) - 1));
    const struct telemetry_sample *last = series_at(&record.fine, record.fine.count - 1);
    ck_assert_uint_eq(last->time_ns, (99998 + 60) * NS_PER_SECOND);
    const struct telemetry_sample *minute =
        series_at(&record.by_minute, record.by_minute.count - 1);
    ck_assert_double_eq_tol(minute->messages_per_second, 1, 0.001); /* the mean */
    ck_assert_double_eq_tol(minute->board_lag_ms, 58, 0.001);       /* the worst */
    series_record_end(&record);
}
END_TEST

START_TEST(few_samples_take_little)
{
    struct series_record record;
    struct telemetry_sample sample = {.time_ns = NS_PER_SECOND};
    series_record_init(&record);
    series_record_add(&record, &sample);
    ck_assert_uint_le(record.fine.room, 64);
    ck_assert_uint_eq(record.by_minute.room, 0);
    ck_assert_uint_le(sizeof(sample), 104);
    series_record_end(&record);
}
END_TEST

START_TEST(the_last_bucket_has_no_bound)
{
    struct histogram late = {.count = 1};
    late.buckets[HISTOGRAM_BUCKETS - 1] = 1;
    double ms = latency_percentile_ms(&late, 0.99);
    ck_assert(ms > 100000 && ms < 200000);
}
END_TEST

SUITE_WITH("telemetry", begin, end, rates_and_percentiles, the_window_is_a_minute,
           a_gateway_that_begins_anew_makes_no_peak, series_are_bounded, few_samples_take_little,
           the_last_bucket_has_no_bound)

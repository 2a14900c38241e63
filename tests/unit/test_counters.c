#include "shm/counters.h"

#include "tests/unit/suite.h"

START_TEST(rows_have_names_and_kinds)
{
    ck_assert_str_eq(counter_name(COUNTER_connections_total), "connections_total");
    ck_assert(!counter_is_gauge(COUNTER_connections_total));
    ck_assert(counter_is_gauge(COUNTER_connections));
    ck_assert_str_eq(counter_help(COUNTER_connections), "Stations connected now");
    ck_assert_str_eq(counter_name(COUNTER_COUNT), "");
    ck_assert_str_eq(counter_name((enum counter) - 1), "");
}
END_TEST

START_TEST(each_value_is_below_its_bucket_s_bound_and_not_below_the_one_before)
{
    for (uint64_t us = 0; us < 300000000; us += 1 + us / 37) {
        unsigned bucket = histogram_bucket(us);
        ck_assert_uint_lt(bucket, HISTOGRAM_BUCKETS);
        ck_assert_uint_lt(us, histogram_bound(bucket));
        if (bucket > 0)
            ck_assert_uint_ge(us, histogram_bound(bucket - 1));
    }
    ck_assert_uint_eq(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(bounds_grow_by_a_quarter_at_most)
{
    for (unsigned i = 4; i < HISTOGRAM_BUCKETS - 1; i++) {
        uint64_t low = histogram_bound(i - 1);
        ck_assert_uint_gt(histogram_bound(i), low);
        ck_assert_uint_le(histogram_bound(i), low + low / 4);
    }
    ck_assert_uint_eq(histogram_bound(HISTOGRAM_BUCKETS - 2), UINT64_C(7) << 24);
    ck_assert_uint_eq(histogram_bound(HISTOGRAM_BUCKETS - 1), UINT64_MAX);
    ck_assert_uint_eq(histogram_bound(UINT32_MAX), UINT64_MAX);
}
END_TEST

START_TEST(percentiles_are_never_too_low)
{
    struct histogram histogram = {.action = "Heartbeat"};
    ck_assert_uint_eq(histogram_percentile(&histogram, 0.5), 0);
    for (uint64_t us = 1; us <= 1000; us++)
        histogram.buckets[histogram_bucket(us)]++;
    uint64_t p50 = histogram_percentile(&histogram, 0.5);
    ck_assert_uint_ge(p50, 500);
    ck_assert_uint_le(p50, 625);
    uint64_t p99 = histogram_percentile(&histogram, 0.99);
    ck_assert_uint_ge(p99, 990);
    ck_assert_uint_le(p99, 1250);
    ck_assert_uint_eq(histogram_percentile(&histogram, 0), 2);
    ck_assert_uint_ge(histogram_percentile(&histogram, 1), 1000);
    ck_assert_uint_eq(histogram_percentile(&histogram, 2), UINT64_MAX);
}
END_TEST

SUITE("counters", rows_have_names_and_kinds,
      each_value_is_below_its_bucket_s_bound_and_not_below_the_one_before,
      bounds_grow_by_a_quarter_at_most, percentiles_are_never_too_low)

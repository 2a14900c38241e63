/*
 * Counters, gauges and latency histograms of a gateway: numbers of the rows of counters.def and the
 * buckets' bounds.
 */
#ifndef SHM_COUNTERS_H
#define SHM_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum counter {
#define COUNTER(name, help) COUNTER_##name,
#define GAUGE(name, help)   COUNTER_##name,
#include "shm/counters.def"
    COUNTER_COUNT
};

const char *counter_name(enum counter counter);
const char *counter_help(enum counter counter);
bool counter_is_gauge(enum counter counter);

/*
 * Buckets of the latency histograms, microseconds: one for each of 0 to 3, then four per power of
 * two; the last holds everything from 117 s on and has no upper bound (UINT64_MAX). A percentile
 * read from them is at most 25 % too high, never too low.
 */
uint64_t histogram_bound(unsigned bucket);
unsigned histogram_bucket(uint64_t us);

/* A copy of one action's histogram; also what readers sum up and subtract. */
#define HISTOGRAM_BUCKETS 104
struct histogram {
    char action[49];
    uint64_t count;
    uint64_t sum_us;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};
/*
 * The bound below which `fraction` (0 to 1) of the counts lie; 0 when there are none, UINT64_MAX in
 * the last bucket.
 */
uint64_t histogram_percentile(const struct histogram *histogram, double fraction);

#endif

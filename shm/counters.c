#include "shm/counters.h"

#include <assert.h>

/* Values below this have a bucket each; from here on each power of two has this many. */
#define SUBDIVISIONS 4

struct row {
    const char *name;
    const char *help;
    bool gauge;
};

static const struct row rows[] = {
#define COUNTER(name, help) {#name, help, false},
#define GAUGE(name, help)   {#name, help, true},
#include "shm/counters.def"
};
static_assert(sizeof rows / sizeof rows[0] == COUNTER_COUNT, "one row per counter");

static const struct row *row_of(enum counter counter)
{
    static const struct row none = {"", "", false};

    return (unsigned)counter < COUNTER_COUNT ? &rows[counter] : &none;
}

const char *counter_name(enum counter counter)
{
    return row_of(counter)->name;
}

const char *counter_help(enum counter counter)
{
    return row_of(counter)->help;
}

bool counter_is_gauge(enum counter counter)
{
    return row_of(counter)->gauge;
}

uint64_t histogram_bound(unsigned bucket)
{
    if (bucket >= HISTOGRAM_BUCKETS - 1)
        return UINT64_MAX;
    if (bucket < SUBDIVISIONS)
        return bucket + 1;
    unsigned shift = bucket / SUBDIVISIONS - 1;
    return (uint64_t)(SUBDIVISIONS + bucket % SUBDIVISIONS + 1) << shift;
}

unsigned histogram_bucket(uint64_t us)
{
    if (us < SUBDIVISIONS)
        return (unsigned)us;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(us);
    unsigned shift = exponent - 2;
    unsigned bucket = SUBDIVISIONS * (shift + 1) + (unsigned)(us >> shift) % SUBDIVISIONS;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* Goes by the buckets' sum: `count` may be one ahead of them or behind. */
uint64_t histogram_percentile(const struct histogram *histogram, double fraction)
{
    uint64_t total = 0;
    uint64_t below = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += histogram->buckets[i];
    if (total == 0)
        return 0;
    double wanted = fraction * (double)total;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        below += histogram->buckets[i];
        if (below > 0 && (double)below >= wanted)
            return histogram_bound(i);
    }
    return UINT64_MAX;
}

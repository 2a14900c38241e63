/* Reads one gateway's counters again and again, and tells what they grew by: since the reading
 * before, and within the last minute. */
#ifndef BOARDD_TELEMETRY_METER_H
#define BOARDD_TELEMETRY_METER_H

#include "boardd/state/telemetry.h"

struct meter;

/* Growth of one gateway's counters, or of several. */
struct meter_growth {
    double messages_in_per_second; /* since the reading before */
    double messages_out_per_second;
    double cpu_percent;
    uint64_t answered; /* within the last minute */
    uint64_t errors;
    uint64_t latency_us;
    uint64_t latency_count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

struct meter *meter_new(void); /* NULL: no memory */
void meter_free(struct meter *meter);
/* All zero where nothing is known of the time before: a gateway that is new, or began anew. */
void meter_read(struct meter *meter, const struct source *source, uint64_t mono_ns,
                struct meter_growth *growth);
void meter_add(struct meter_growth *sum, const struct meter_growth *growth);
/* The sample's rates, latencies and gateway_cpu. */
void meter_fill(const struct meter_growth *growth, struct telemetry_sample *sample);

uint64_t source_counter(const struct source *source, enum counter counter);
/* Upper bound of the percentile; of the last bucket the lower one, as it has no other. */
double latency_percentile_ms(const struct histogram *histogram, double fraction);

#endif

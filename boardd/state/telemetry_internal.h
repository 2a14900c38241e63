/* What the files of the telemetry share; no one else includes it. */
#ifndef BOARDD_TELEMETRY_INTERNAL_H
#define BOARDD_TELEMETRY_INTERNAL_H

#include "boardd/state/telemetry_meter.h"
#include "boardd/state/telemetry_series.h"

struct telemetry {
    struct telemetry_options options;
    struct event *timer;
    struct event *probe; /* fires often, to see how late it is */
    uint64_t probe_due_ns;
    uint64_t worst_lag_ns; /* since the last sample */
    uint64_t sampled_ns;   /* monotonic, or a capture's time */
    uint64_t own_cpu_us;
    int statm; /* /proc/self/statm, open: a sandbox may not open it later; -1 without it */
    struct series_record total;
    struct {
        struct meter *meter;          /* of gateways */
        struct series_record *record; /* where there are several gateways, else NULL */
        double cpu_percent;
        double messages_per_second;
        uint64_t lost;
    } gateways[TAIL_MAX_SOURCES];
};

/* 0 to 1 */
double telemetry_ring_fill(const struct source *source, enum collection collection);

#endif

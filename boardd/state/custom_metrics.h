/*
 * Numbers that others give to the dashboard: gauges, which are set, and counters, which are added
 * to. Bounded in number and in time: one that was not given for its lifetime is shown no longer,
 * and makes room for another.
 *
 * A name is 1 to METRIC_MAX_NAME of a-z A-Z 0-9 _ . - and begins with a letter or _.
 */
#ifndef BOARDD_CUSTOM_METRICS_H
#define BOARDD_CUSTOM_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/http/json_out.h"

#define METRIC_MAX_NAME 64

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };

struct metric_value {
    struct text_span name;
    enum metric_type type;
    double value; /* finite; of a counter not negative */
};

struct custom_metrics;

/* NULL: no memory. */
struct custom_metrics *custom_metrics_new(size_t max, uint64_t lifetime_ms);
void custom_metrics_free(struct custom_metrics *metrics);

/* All of them or, with a text in `error` that names the first that can't be taken, none. */
bool custom_metrics_set(struct custom_metrics *metrics, const struct metric_value *values,
                        size_t count, uint64_t now_ms, char *error, size_t error_size);
/* One line of statsd, "name:1.5|g" or "name:1|c". */
bool custom_metrics_line(struct custom_metrics *metrics, struct text_span line, uint64_t now_ms,
                         char *error, size_t error_size);

/* Keeps the present values as sample number `n` of the series, for telemetry's history. */
void custom_metrics_sample(struct custom_metrics *metrics, bool by_minute, uint64_t n,
                           uint64_t now_ms);
/* {"name":number,…}: as they are, and as they were at sample number `n`. */
void custom_metrics_put(const struct custom_metrics *metrics, uint64_t now_ms,
                        struct json_out *out);
void custom_metrics_put_sample(const struct custom_metrics *metrics, bool by_minute, uint64_t n,
                               struct json_out *out);

struct metric_view {
    const char *name;
    const char *exported; /* for Prometheus: lower case, '_' for '.' and '-' */
    enum metric_type type;
    double value;
};
/* Calls `visit` for each one that is shown. */
void custom_metrics_each(const struct custom_metrics *metrics, uint64_t now_ms,
                         void (*visit)(const struct metric_view *view, void *context),
                         void *context);

#endif

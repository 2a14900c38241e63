/*
 * Numbers over time: one timer of its own samples the gateways' counters and both processes; a
 * request only reads what was sampled. Kept: 60 minutes at the sampling interval's pace (at most
 * 1800 samples) and 24 hours by the minute.
 */
#ifndef BOARDD_TELEMETRY_H
#define BOARDD_TELEMETRY_H

#include "boardd/http/json_out.h"
#include "boardd/state/tail.h"

struct event_base;
struct telemetry;

#define TELEMETRY_FINE_SAMPLES   1800
#define TELEMETRY_MINUTE_SAMPLES 1440

struct telemetry_sample {
    uint64_t time_ns;
    double messages_per_second;
    double messages_in_per_second;
    double messages_out_per_second;
    double average_latency_ms; /* of the last minute, as are the percentiles and the error rate */
    double p50_ms;
    double p90_ms;
    double p99_ms;
    double error_rate;  /* percent of answered CALLs that ended in a CALLERROR */
    double gateway_cpu; /* percent of one core */
    double board_cpu;
    double gateway_lag_ms;
    double board_lag_ms;
    uint64_t connections;
    uint64_t gateway_rss;
    uint64_t board_rss;
    uint64_t streams;
};

/* Counters of all gateways together, as they are now. */
struct telemetry_totals {
    uint64_t connections;
    uint64_t peak_connections;
    uint64_t connections_total;
    uint64_t messages_in;
    uint64_t messages_out;
    uint64_t started_ns; /* of the gateway that has run for longest; 0 when none runs */
};

struct telemetry_options {
    struct event_base *base;
    const struct tail *tail;
    uint64_t interval_ms;
    size_t (*streams)(void *context); /* open event streams */
    void (*sampled)(void *context);   /* after each sample; may be NULL */
    void *context;
};

struct telemetry *telemetry_new(const struct telemetry_options *options);
void telemetry_free(struct telemetry *telemetry);

/* The newest sample; zeroes before the first one. */
const struct telemetry_sample *telemetry_latest(const struct telemetry *telemetry);
void telemetry_totals(const struct telemetry *telemetry, struct telemetry_totals *totals);
/* The object of GET /api/telemetry and of the stream's `telemetry` events. */
void telemetry_put(const struct telemetry *telemetry, struct json_out *out);
/* {"rss": …} of both processes */
void telemetry_put_memory(const struct telemetry *telemetry, struct json_out *out);
/* Array of samples, oldest first, not older than `since_ns`: every sample, or one a minute. */
void telemetry_put_history(const struct telemetry *telemetry, bool by_minute, uint64_t since_ns,
                           struct json_out *out);
/* Takes a sample now: for tests, the timer calls it otherwise. */
void telemetry_sample_now(struct telemetry *telemetry);
/* A capture is being read: takes a sample when an interval of its time has passed. */
void telemetry_sample_capture(struct telemetry *telemetry);

#endif

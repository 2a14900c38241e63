/*
 * Numbers over time: one timer of its own samples the gateways' counters and both processes; a
 * request only reads what was sampled. Kept, of all gateways together and, where there are several,
 * of each: 60 minutes at the sampling interval's pace (at most 1800 samples) and 24 hours by the
 * minute. Memory: about 100 bytes a sample.
 */
#ifndef BOARDD_TELEMETRY_H
#define BOARDD_TELEMETRY_H

#include "boardd/http/json_out.h"
#include "boardd/state/tail.h"

struct custom_metrics;
struct event_base;
struct fold;
struct telemetry;

#define TELEMETRY_FINE_SAMPLES   1800
#define TELEMETRY_MINUTE_SAMPLES 1440

struct telemetry_sample {
    uint64_t time_ns;
    uint64_t gateway_rss;
    uint64_t board_rss;
    float messages_per_second;
    float messages_in_per_second;
    float messages_out_per_second;
    float average_latency_ms; /* of the last minute, as are the percentiles and the error rate */
    float p50_ms;
    float p90_ms;
    float p99_ms;
    float error_rate;  /* percent of answered CALLs that ended in a CALLERROR */
    float gateway_cpu; /* percent of one core */
    float board_cpu;
    float gateway_lag_ms; /* of several gateways: the worst */
    float board_lag_ms;   /* the worst since the sample before */
    uint32_t connections;
    uint32_t streams;
    float ring_fill[COLLECTION_COUNT]; /* 0 to 1; of several gateways: the fullest */
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

/* All outlive it. */
struct telemetry_options {
    struct event_base *base;
    struct tail *tail;
    uint64_t interval_ms;
    struct custom_metrics *custom;    /* may be NULL */
    size_t (*streams)(void *context); /* open event streams */
    void (*sampled)(void *context);   /* after each sample; may be NULL */
    void *context;
};

struct telemetry *telemetry_new(const struct telemetry_options *options);
void telemetry_free(struct telemetry *telemetry);

/* The newest sample; zeroes before the first one. */
const struct telemetry_sample *telemetry_latest(const struct telemetry *telemetry);
void telemetry_totals(const struct telemetry *telemetry, struct telemetry_totals *totals);
/* Events of that gateway that were overwritten before boardd could read them. */
uint64_t telemetry_lost(const struct telemetry *telemetry, unsigned source);
/* The object of GET /api/telemetry and of the stream's `telemetry` events. */
void telemetry_put(const struct telemetry *telemetry, struct json_out *out);
/* {"rss": …} of both processes */
void telemetry_put_memory(const struct telemetry *telemetry, struct json_out *out);
/*
 * Array of samples, oldest first, not older than `since_ns`: every sample, or one a minute. Of one
 * gateway, or of all (`source` -1).
 */
void telemetry_put_history(const struct telemetry *telemetry, int source, bool by_minute,
                           uint64_t since_ns, struct json_out *out);
/* Array of the actions with their latencies, most frequent first: since the gateway's segment was
 * made, but errors only of the history. */
void telemetry_put_actions(const struct tail *tail, const struct fold *fold, int source,
                           struct json_out *out);
/* Takes a sample now: for tests, the timer calls it otherwise. */
void telemetry_sample_now(struct telemetry *telemetry);
/* A capture is being read: takes a sample when an interval of its time has passed. */
void telemetry_sample_capture(struct telemetry *telemetry);

#endif

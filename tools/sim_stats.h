/*
 * What a fleet has done so far, and how fast it was answered.
 */
#ifndef TOOLS_SIM_STATS_H
#define TOOLS_SIM_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* 64 buckets per power of two: a percentile read from them is at most 1.6 % too high. */
#define SIM_LATENCY_BUCKETS (64 * 36)

struct sim_stats {
    unsigned stations;
    unsigned online;          /* now */
    uint64_t connects;        /* WebSockets opened */
    uint64_t refused;         /* handshakes answered with something else than 101 */
    uint64_t wrong_passwords; /* of these, those sent with a wrong password on purpose */
    uint64_t failures;        /* no connection, or one that ended without our doing */
    char last_failure[128];   /* of these: identity and reason */
    uint64_t calls_sent;      /* CALLs, repetitions not counted */
    uint64_t results;         /* CALLRESULTs to them */
    uint64_t call_errors;     /* CALLERRORs to them */
    uint64_t unanswered;      /* no answer in time */
    uint64_t unfinished;      /* sent, but the connection ended, and the end came before the next */
    uint64_t dropped;         /* never sent: the station's queue was full, or the end came */
    uint64_t strays;          /* answers to no CALL, and texts that were no OCPP-J */
    uint64_t sends;           /* 2.1 SEND messages */
    uint64_t calls_received;  /* CALLs of the CSMS, each answered */
    uint64_t bytes_sent;
    uint64_t max_latency_us;
    uint64_t latency[SIM_LATENCY_BUCKETS]; /* of answered CALLs, from the time they were due */
    uint64_t latency_count;
};

void sim_stats_failure(struct sim_stats *stats, const char *identity, const char *reason);
void sim_stats_latency(struct sim_stats *stats, uint64_t us);
/* Microseconds that this share (0 to 1) of the latencies don't exceed; 0 when there are none. */
uint64_t sim_stats_percentile(const struct sim_stats *stats, double fraction);
/* One line: rates since `earlier`, which was `seconds` ago. */
void sim_stats_line(const struct sim_stats *stats, const struct sim_stats *earlier, double seconds,
                    double elapsed, FILE *out);
void sim_stats_summary(const struct sim_stats *stats, double elapsed, FILE *out);
/* The same as one JSON object on one line. */
void sim_stats_json(const struct sim_stats *stats, double elapsed, FILE *out);

#endif

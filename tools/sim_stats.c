#include "tools/sim_stats.h"

#include <inttypes.h>
#include <string.h>

#include "common/json_scan.h"

/* Values below 64 have a bucket each; above, the six bits after the leading one choose. */
static size_t bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 128)
        shift++;
    size_t bucket = shift * 64 + (size_t)(us >> shift);
    return bucket < SIM_LATENCY_BUCKETS ? bucket : SIM_LATENCY_BUCKETS - 1;
}

/* Greatest value of a bucket. */
static uint64_t bound_of(size_t bucket)
{
    if (bucket < 128)
        return bucket;
    unsigned shift = (unsigned)(bucket / 64 - 1);
    return (((uint64_t)bucket - shift * 64 + 1) << shift) - 1;
}

void sim_stats_failure(struct sim_stats *stats, const char *identity, const char *reason)
{
    stats->failures++;
    snprintf(stats->last_failure, sizeof stats->last_failure, "%s: %s", identity, reason);
}

void sim_stats_latency(struct sim_stats *stats, uint64_t us)
{
    stats->latency[bucket_of(us)]++;
    stats->latency_count++;
    if (us > stats->max_latency_us)
        stats->max_latency_us = us;
}

uint64_t sim_stats_percentile(const struct sim_stats *stats, double fraction)
{
    double wanted = fraction * (double)stats->latency_count;
    uint64_t seen = 0;

    for (size_t i = 0; i < SIM_LATENCY_BUCKETS && stats->latency_count > 0; i++) {
        seen += stats->latency[i];
        if (seen > 0 && (double)seen >= wanted)
            return bound_of(i) < stats->max_latency_us ? bound_of(i) : stats->max_latency_us;
    }
    return stats->max_latency_us;
}

static double percentile_ms(const struct sim_stats *stats, double fraction)
{
    return (double)sim_stats_percentile(stats, fraction) / 1000;
}

static uint64_t messages_sent(const struct sim_stats *stats)
{
    return stats->calls_sent + stats->sends;
}

void sim_stats_line(const struct sim_stats *stats, const struct sim_stats *earlier, double seconds,
                    double elapsed, FILE *out)
{
    double rate = 0;

    if (seconds > 0)
        rate = (double)(messages_sent(stats) - messages_sent(earlier)) / seconds;
    fprintf(out,
            "%5.0f s  %u/%u online  %.0f messages/s  sent %" PRIu64 "  answered %" PRIu64
            "  errors %" PRIu64 "  p50 %.2f ms  p99 %.2f ms\n",
            elapsed, stats->online, stats->stations, rate, messages_sent(stats), stats->results,
            stats->call_errors + stats->unanswered, percentile_ms(stats, 0.5),
            percentile_ms(stats, 0.99));
}

void sim_stats_summary(const struct sim_stats *stats, double elapsed, FILE *out)
{
    fprintf(out, "stations       %u, %.1f s\n", stats->stations, elapsed);
    fprintf(out,
            "connections    %" PRIu64 " opened, %" PRIu64 " refused (%" PRIu64
            " with a wrong password on purpose), %" PRIu64 " failed\n",
            stats->connects, stats->refused, stats->wrong_passwords, stats->failures);
    if (stats->last_failure[0] != '\0')
        fprintf(out, "last failure   %s\n", stats->last_failure);
    fprintf(out,
            "CALLs          %" PRIu64 " sent, %" PRIu64 " answered, %" PRIu64
            " answered with an error, %" PRIu64 " unanswered, %" PRIu64 " unfinished, %" PRIu64
            " not sent\n",
            stats->calls_sent, stats->results, stats->call_errors, stats->unanswered,
            stats->unfinished, stats->dropped);
    fprintf(out, "SENDs          %" PRIu64 "\n", stats->sends);
    fprintf(out, "from the CSMS  %" PRIu64 " CALLs, %" PRIu64 " stray messages\n",
            stats->calls_received, stats->strays);
    fprintf(out,
            "latency        p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms\n",
            percentile_ms(stats, 0.5), percentile_ms(stats, 0.9), percentile_ms(stats, 0.99),
            percentile_ms(stats, 0.999), (double)stats->max_latency_us / 1000);
}

void sim_stats_json(const struct sim_stats *stats, double elapsed, FILE *out)
{
    char last_failure[6 * sizeof stats->last_failure];

    json_escape(stats->last_failure, strlen(stats->last_failure), last_failure,
                sizeof last_failure);
    fprintf(out,
            "{\"stations\":%u,\"seconds\":%.3f,\"connects\":%" PRIu64 ",\"refused\":%" PRIu64
            ",\"wrongPasswords\":%" PRIu64 ",\"failures\":%" PRIu64 ",\"lastFailure\":\"%s\"",
            stats->stations, elapsed, stats->connects, stats->refused, stats->wrong_passwords,
            stats->failures, last_failure);
    fprintf(out,
            ",\"callsSent\":%" PRIu64 ",\"results\":%" PRIu64 ",\"callErrors\":%" PRIu64
            ",\"unanswered\":%" PRIu64 ",\"unfinished\":%" PRIu64 ",\"dropped\":%" PRIu64
            ",\"sends\":%" PRIu64 ",\"callsReceived\":%" PRIu64 ",\"strays\":%" PRIu64
            ",\"bytesSent\":%" PRIu64,
            stats->calls_sent, stats->results, stats->call_errors, stats->unanswered,
            stats->unfinished, stats->dropped, stats->sends, stats->calls_received, stats->strays,
            stats->bytes_sent);
    fprintf(out,
            ",\"latencyMs\":{\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
            percentile_ms(stats, 0.5), percentile_ms(stats, 0.9), percentile_ms(stats, 0.99),
            percentile_ms(stats, 0.999), (double)stats->max_latency_us / 1000);
}

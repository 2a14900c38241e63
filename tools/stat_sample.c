#include "tools/stat_sample.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void take_rings(struct stat_sample *sample, const struct segment_reader *reader)
{
    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        struct stat_ring *ring = &sample->rings[i];
        uint64_t oldest, head;

        segment_reader_fill(reader, (enum collection)i, &ring->used, &ring->capacity);
        segment_reader_bounds(reader, (enum collection)i, &oldest, &head);
        ring->events = head > oldest ? head - oldest : 0;
    }
}

static int more_often(const void *a, const void *b)
{
    const struct histogram *left = a, *right = b;

    return (left->count < right->count) - (left->count > right->count);
}

static void take_latencies(struct stat_sample *sample, const struct segment_reader *reader)
{
    memset(&sample->total, 0, sizeof sample->total);
    sample->action_count = 0;
    while (sample->action_count < STAT_MAX_ACTIONS) {
        struct histogram *action = &sample->actions[sample->action_count];
        if (!segment_reader_histogram(reader, sample->action_count, action))
            break;
        sample->total.count += action->count;
        sample->total.sum_us += action->sum_us;
        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
            sample->total.buckets[i] += action->buckets[i];
        sample->action_count++;
    }
    qsort(sample->actions, sample->action_count, sizeof sample->actions[0], more_often);
}

double stat_latency_ms(const struct station_record *station)
{
    const struct station_counters *counters = &station->counters;

    if (counters->latency_count == 0)
        return 0;
    return (double)counters->latency_us_sum / (double)counters->latency_count / 1000;
}

static int by_identity(const void *a, const void *b)
{
    return strcmp(((const struct station_record *)a)->identity,
                  ((const struct station_record *)b)->identity);
}

static int descending(double left, double right, const void *a, const void *b)
{
    if (left != right)
        return left < right ? 1 : -1;
    return by_identity(a, b);
}

#define COMPARE(name, value)                                                                       \
    static int name(const void *a, const void *b)                                                  \
    {                                                                                              \
        const struct station_record *left = a, *right = b;                                         \
        return descending((double)value(left), (double)value(right), a, b);                        \
    }

static uint64_t messages_of(const struct station_record *station)
{
    return station->counters.messages_in + station->counters.messages_out;
}

static uint64_t errors_of(const struct station_record *station)
{
    return station->counters.errors;
}

static uint64_t time_of(const struct station_record *station)
{
    return station->counters.last_message_ns;
}

COMPARE(by_messages, messages_of)
COMPARE(by_errors, errors_of)
COMPARE(by_latency, stat_latency_ms)
COMPARE(by_time, time_of)

static void sort_stations(struct stat_sample *sample, enum stat_order order)
{
    static int (*const orders[])(const void *, const void *) = {
        [STAT_BY_MESSAGES] = by_messages, [STAT_BY_ERRORS] = by_errors,
        [STAT_BY_LATENCY] = by_latency,   [STAT_BY_IDENTITY] = by_identity,
        [STAT_BY_TIME] = by_time,
    };

    if (sample->station_count > 1)
        qsort(sample->stations, sample->station_count, sizeof sample->stations[0], orders[order]);
}

static bool is_wanted(const struct station_record *station, const struct stat_options *options)
{
    return (options->all || station->status == STATION_ONLINE) &&
           log_patterns_match(&options->identities, station->identity);
}

static bool take_stations(struct stat_sample *sample, const struct segment_reader *reader,
                          const struct stat_options *options)
{
    size_t room = 0;
    struct station_record station;

    sample->online = 0;
    for (uint32_t slot = 0; slot < sample->info.stations; slot++) {
        if (!segment_reader_station(reader, slot, &station))
            continue;
        sample->online += station.status == STATION_ONLINE;
        if (!is_wanted(&station, options))
            continue;
        if (sample->station_count == room) {
            room = room == 0 ? 64 : room * 2;
            void *grown = reallocarray(sample->stations, room, sizeof station);
            if (grown == NULL)
                return false;
            sample->stations = grown;
        }
        sample->stations[sample->station_count++] = station;
    }
    sort_stations(sample, options->order);
    return true;
}

bool stat_sample_take(struct stat_sample *sample, struct segment_reader *reader,
                      const struct stat_options *options)
{
    stat_sample_free(sample);
    sample->mono_ns = read_clock(CLOCK_MONOTONIC);
    sample->real_ns = read_clock(CLOCK_REALTIME);
    sample->health = segment_reader_health(reader, sample->mono_ns);
    segment_reader_info(reader, &sample->info);
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        sample->counters[i] = segment_reader_counter(reader, (enum counter)i);
    take_rings(sample, reader);
    take_latencies(sample, reader);
    return take_stations(sample, reader, options);
}

void stat_sample_free(struct stat_sample *sample)
{
    free(sample->stations);
    sample->stations = NULL;
    sample->station_count = 0;
}

const char *stat_health_label(enum segment_health health)
{
    switch (health) {
    case SEGMENT_LIVE:
        return "running";
    case SEGMENT_HUNG:
        return "hangs";
    case SEGMENT_DOWN:
        return "down";
    default:
        return "replaced";
    }
}

const char *stat_status_label(enum station_status status)
{
    switch (status) {
    case STATION_ONLINE:
        return "online";
    case STATION_OFFLINE:
        return "offline";
    case STATION_EVICTED:
        return "evicted";
    default:
        return "";
    }
}

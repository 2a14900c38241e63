#include "boardd/state/telemetry_series.h"

#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

#define MINUTE_NS  (60 * NS_PER_SECOND)
#define FIRST_ROOM 64

void series_record_init(struct series_record *record)
{
    memset(record, 0, sizeof(*record));
    record->fine.capacity = TELEMETRY_FINE_SAMPLES;
    record->by_minute.capacity = TELEMETRY_MINUTE_SAMPLES;
}

void series_record_end(struct series_record *record)
{
    free(record->fine.samples);
    free(record->by_minute.samples);
}

/* Without memory the ring stays as small as it is. */
static void make_room(struct series *series)
{
    size_t room = series->room > 0 ? series->room * 2 : FIRST_ROOM;
    if (series->count < series->room || series->room == series->capacity)
        return;
    if (room > series->capacity)
        room = series->capacity;
    struct telemetry_sample *samples = realloc(series->samples, room * sizeof(*samples));
    if (samples == NULL) {
        if (series->room > 0)
            series->capacity = series->room;
        return;
    }
    series->samples = samples;
    series->room = room;
}

static void add(struct series *series, const struct telemetry_sample *sample)
{
    make_room(series);
    if (series->room > 0)
        series->samples[series->count % series->room] = *sample;
    series->count++;
}

uint64_t series_first(const struct series *series)
{
    return series->count > series->room ? series->count - series->room : 0;
}

const struct telemetry_sample *series_at(const struct series *series, uint64_t n)
{
    return n < series->count && n >= series_first(series) ? &series->samples[n % series->room]
                                                          : NULL;
}

/* Rates and loads of a minute are means, what counts or is a window of a minute anyway is its last
 * value. */
static void finish_minute(struct series_record *record)
{
    const struct telemetry_sample *sum = &record->minute.sum;
    struct telemetry_sample mean = record->latest;
    float samples = (float)record->minute.samples;
    mean.time_ns = record->minute.number * MINUTE_NS;
    mean.messages_per_second = sum->messages_per_second / samples;
    mean.messages_in_per_second = sum->messages_in_per_second / samples;
    mean.messages_out_per_second = sum->messages_out_per_second / samples;
    mean.gateway_cpu = sum->gateway_cpu / samples;
    mean.board_cpu = sum->board_cpu / samples;
    mean.gateway_lag_ms = sum->gateway_lag_ms; /* the worst */
    mean.board_lag_ms = sum->board_lag_ms;
    add(&record->by_minute, &mean);
    record->minute.samples = 0;
    record->minute.sum = (struct telemetry_sample){0};
}

static float greater(float a, float b)
{
    return a > b ? a : b;
}

static void add_to_minute(struct series_minute *minute, const struct telemetry_sample *sample)
{
    struct telemetry_sample *sum = &minute->sum;
    minute->samples++;
    sum->messages_per_second += sample->messages_per_second;
    sum->messages_in_per_second += sample->messages_in_per_second;
    sum->messages_out_per_second += sample->messages_out_per_second;
    sum->gateway_cpu += sample->gateway_cpu;
    sum->board_cpu += sample->board_cpu;
    sum->gateway_lag_ms = greater(sum->gateway_lag_ms, sample->gateway_lag_ms);
    sum->board_lag_ms = greater(sum->board_lag_ms, sample->board_lag_ms);
}

bool series_record_add(struct series_record *record, const struct telemetry_sample *sample)
{
    uint64_t number = sample->time_ns / MINUTE_NS;
    bool finished = record->minute.samples > 0 && number != record->minute.number;
    if (finished)
        finish_minute(record);
    record->minute.number = number;
    add_to_minute(&record->minute, sample);
    record->latest = *sample;
    add(&record->fine, sample);
    return finished;
}

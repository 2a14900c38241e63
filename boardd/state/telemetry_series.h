/* Samples over time: the newest, an hour of them, a day of minutes. */
#ifndef BOARDD_TELEMETRY_SERIES_H
#define BOARDD_TELEMETRY_SERIES_H

#include "boardd/state/telemetry.h"

struct series {
    size_t capacity; /* at the end */
    size_t room;     /* it grows up to it */
    uint64_t count;  /* ever added */
    struct telemetry_sample *samples;
};

/* What the present minute's entry is the mean of. */
struct series_minute {
    uint64_t number;
    unsigned samples;
    struct telemetry_sample sum;
};

struct series_record {
    struct telemetry_sample latest;
    struct series_minute minute;
    struct series fine;
    struct series by_minute;
};

void series_record_init(struct series_record *record);
void series_record_end(struct series_record *record);
/* True when it finished a minute, which was added before the sample. */
bool series_record_add(struct series_record *record, const struct telemetry_sample *sample);
/* Number `n` (of those ever added) of the series; NULL when it is not kept. */
const struct telemetry_sample *series_at(const struct series *series, uint64_t n);
uint64_t series_first(const struct series *series);

#endif

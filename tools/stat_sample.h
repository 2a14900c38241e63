/*
 * One look at a segment: a copy of all that ocpp-stat shows.
 */
#ifndef TOOLS_STAT_SAMPLE_H
#define TOOLS_STAT_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/segment_reader.h"
#include "tools/stat_options.h"

#define STAT_MAX_ACTIONS 128

struct stat_ring {
    uint64_t used, capacity; /* bytes */
    uint64_t events;
};

struct stat_sample {
    uint64_t mono_ns;
    uint64_t real_ns;
    enum segment_health health;
    struct segment_info info;
    uint64_t counters[COUNTER_COUNT];
    struct stat_ring rings[COLLECTION_COUNT];
    struct histogram total; /* of all actions */
    struct histogram actions[STAT_MAX_ACTIONS];
    unsigned action_count;
    struct station_record *stations; /* those that match, in the order asked for */
    size_t station_count;
    size_t online;
};

/* False without memory. Free it with stat_sample_free, also after an earlier use. */
bool stat_sample_take(struct stat_sample *sample, struct segment_reader *reader,
                      const struct stat_options *options);
void stat_sample_free(struct stat_sample *sample);

const char *stat_health_label(enum segment_health health);
const char *stat_status_label(enum station_status status);
double stat_latency_ms(const struct station_record *station); /* average; 0 without answers */

#endif

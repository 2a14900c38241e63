/* One slot of the station table, for its one writer: its cold fields under the sequence lock. */
#ifndef SHM_STATION_SLOT_H
#define SHM_STATION_SLOT_H

#include <stdbool.h>

#include "shm/segment_format.h"

void station_slot_get(const struct segment_station *slot, struct segment_station_cold *cold);
void station_slot_set(struct segment_station *slot, const struct segment_station_cold *cold);
/* Gives the slot to another station, or to none: its counters start at 0. */
void station_slot_reset(struct segment_station *slot, const struct segment_station_cold *cold);
/* A writer died in the middle of a change; what stands there may be half of each. */
bool station_slot_is_torn(const struct segment_station *slot);

#endif

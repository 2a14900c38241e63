/*
 * One slot of the station table, for its one writer: its cold fields and its closing under the
 * sequence lock. `slot` is one that the table has.
 */
#ifndef SHM_STATION_SLOT_H
#define SHM_STATION_SLOT_H

#include <stdbool.h>

#include "shm/segment_layout.h"

void station_slot_get(const struct segment_stations *table, uint32_t slot,
                      struct segment_station_cold *cold);
void station_slot_get_closing(const struct segment_stations *table, uint32_t slot,
                              struct segment_closing *closing);
void station_slot_set(const struct segment_stations *table, uint32_t slot,
                      const struct segment_station_cold *cold);
/* Of a station that is not online. */
void station_slot_set_closed(const struct segment_stations *table, uint32_t slot,
                             const struct segment_station_cold *cold,
                             const struct segment_closing *closing);
/* Gives the slot to another station, or to none: counters and closing start at 0. */
void station_slot_reset(const struct segment_stations *table, uint32_t slot,
                        const struct segment_station_cold *cold);
/* A writer died in the middle of a change; what stands there may be half of each. */
bool station_slot_is_torn(const struct segment_stations *table, uint32_t slot);

#endif

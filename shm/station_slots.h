/*
 * The station table of a segment. The writer's side also keeps, in its own memory, an index by
 * identity and the order in which slots may be given to another station.
 */
#ifndef SHM_STATION_SLOTS_H
#define SHM_STATION_SLOTS_H

#include "shm/segment_layout.h"
#include "shm/station_table.h"

struct station_slots;

/*
 * Takes up the table as it is found: a slot whose writer died in the middle of a change is freed,
 * stations that were online get `status` STATION_OFFLINE as of `stopped_ns`. NULL without memory.
 */
struct station_slots *station_slots_open(const struct segment_stations *table, uint64_t stopped_ns);
void station_slots_close(struct station_slots *slots);

/* Contracts as in segment_writer.h. */
uint32_t station_slots_claim(struct station_slots *slots, const char *identity);
uint32_t station_slots_find(const struct station_slots *slots, const char *identity);
void station_slots_online(struct station_slots *slots, uint32_t slot,
                          const struct station_record *record);
void station_slots_offline(struct station_slots *slots, uint32_t slot, enum station_status status,
                           uint64_t time_ns, unsigned close_code, struct text_span reason);
void station_slots_all_offline(struct station_slots *slots, uint64_t time_ns, unsigned close_code,
                               const char *reason);
void station_slots_boot(struct station_slots *slots, uint32_t slot, enum boot_status boot_status);
enum boot_status station_slots_boot_status(const struct station_slots *slots, uint32_t slot);

/* For tables that copy another one: all of the record but `slot` and `identity`; and freeing. */
void station_slots_put(struct station_slots *slots, uint32_t slot,
                       const struct station_record *record);
void station_slots_drop(struct station_slots *slots, uint32_t slot);

/* NULL when there is no such slot. */
_Atomic uint64_t *station_slots_counters(const struct station_slots *slots, uint32_t slot);

/* Reading side. False when the slot is free, out of range, or stays in the middle of a change. */
bool station_slot_read(const struct segment_stations *table, uint32_t slot,
                       struct station_record *record);

#endif

/*
 * The writing side of a segment: one process, one thread. Nothing here waits for a reader, makes a
 * system call after opening (but for open and close themselves), or allocates.
 */
#ifndef SHM_SEGMENT_WRITER_H
#define SHM_SEGMENT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/counters.h"
#include "shm/event.h"
#include "shm/station_table.h"

struct segment_writer;

struct segment_options {
    const char *dir;                      /* "/dev/shm" */
    const char *instance;                 /* [A-Za-z0-9_-]{1,31} */
    const char *group;                    /* "" keeps ours; else the file's group */
    const char *build_id;                 /* program and version, at most 31 bytes are kept */
    uint64_t ring_size[COLLECTION_COUNT]; /* bytes, rounded up to a power of two, at least 64 KiB */
    uint32_t stations;
};

/*
 * Takes the instance's lock file (<dir>/ocpp-board.<instance>.lock, 0600), then adopts the segment
 * that is there when its layout and sizes are the same and its checks pass, or makes a new one
 * under a temporary name and renames it. A segment made anew continues the old one's sequence
 * numbers (the first ever is 1), creation time and connection numbers where these can be read. Adds
 * 1 to starts_total, sets connections to 0.
 *
 * Call it after fork and after dropping privileges: the lock file tells the pid, the file belongs
 * to the user. NULL on failure, with a text in `error` that says what to change: another gateway
 * runs on this instance (its pid), not enough room in dir (bytes needed, keys to lower), no
 * permission. Nothing of `options` is kept.
 */
struct segment_writer *segment_writer_open(const struct segment_options *options, char *error,
                                           size_t error_size);

/*
 * Marks the segment closed and all stations offline (time_ns), unmaps. The file stays: history
 * outlives the gateway.
 */
void segment_writer_close(struct segment_writer *writer, uint64_t time_ns);

bool segment_writer_adopted(const struct segment_writer *writer);
/* How the segment came to be, for a log line: "history adopted", "new segment: …why". A constant.
 */
const char *segment_writer_origin(const struct segment_writer *writer);
/* How many messages with a payload of that length, and strings as usual, the ring holds. */
uint64_t segment_writer_room(const struct segment_writer *writer, enum collection collection,
                             size_t payload_length);
uint64_t segment_writer_generation(const struct segment_writer *writer);
uint64_t segment_writer_size(const struct segment_writer *writer); /* bytes, of all of it */

/* Once a second. `mono_ns` is CLOCK_MONOTONIC. */
void segment_writer_heartbeat(struct segment_writer *writer, uint64_t mono_ns);

/*
 * Appends to the ring of the event's collection; the oldest records go. Returns the sequence
 * number; 0, and nothing is written, when event->type is none of event_types.def. event->seq and
 * event->truncated are ignored. Strings and payload are copied, and cut where they are too long.
 */
uint64_t segment_writer_publish(struct segment_writer *writer, const struct event *event);

/* Number for the next connection: unique in this segment's history. */
uint64_t segment_writer_next_connection(struct segment_writer *writer);

/*
 * Slot of that station: its own, or a free one, or that of the station that has been offline for
 * longest. EVENT_NO_STATION when all are online. The slot's counters start at 0 when it changes
 * hands. EVENT_NO_STATION, too, when `identity` is empty or longer than 48 bytes.
 */
uint32_t segment_writer_claim(struct segment_writer *writer, const char *identity);
/* Slot of that station without claiming one; EVENT_NO_STATION when it has none. */
uint32_t segment_writer_find(const struct segment_writer *writer, const char *identity);

/* What a slot says. With a slot that does not exist, EVENT_NO_STATION above all, nothing happens,
 * here and below. online: takes address, connected_ns, connection, protocol, security_profile and
 * boot_status from `record`; `connects` grows by 1. */
void segment_writer_station_online(struct segment_writer *writer, uint32_t slot,
                                   const struct station_record *record);
void segment_writer_station_offline(struct segment_writer *writer, uint32_t slot,
                                    enum station_status status, uint64_t time_ns,
                                    unsigned close_code, struct text_span reason);
void segment_writer_station_boot(struct segment_writer *writer, uint32_t slot,
                                 enum boot_status boot_status);
enum boot_status segment_writer_boot_status(const struct segment_writer *writer, uint32_t slot);

/* Add to a station's own counters. `bytes` of the whole frame, `time_ns` CLOCK_REALTIME. */
void segment_writer_station_message(struct segment_writer *writer, uint32_t slot,
                                    enum direction direction, size_t bytes, uint64_t time_ns);
void segment_writer_station_error(struct segment_writer *writer, uint32_t slot);
void segment_writer_station_latency(struct segment_writer *writer, uint32_t slot,
                                    uint32_t latency_us);

/* The gateway's own counters, for each message of any station (`message_type` as in OCPP-J; `bytes`
 * of the whole frame), and each connection that begins and ends. */
void segment_writer_count_message(struct segment_writer *writer, enum direction direction,
                                  unsigned message_type, size_t bytes);
void segment_writer_count_connect(struct segment_writer *writer);
void segment_writer_count_disconnect(struct segment_writer *writer);

void segment_writer_add(struct segment_writer *writer, enum counter counter, uint64_t amount);
void segment_writer_set(struct segment_writer *writer, enum counter counter, uint64_t value);
uint64_t segment_writer_get(const struct segment_writer *writer, enum counter counter);

/* Histogram of that action, made at the first call, or the last one, "other", when there is no more
 * room; keep the number, the look-up is by name. A number that does not exist counts nothing. */
unsigned segment_writer_histogram(struct segment_writer *writer, const char *action);
void segment_writer_latency(struct segment_writer *writer, unsigned histogram, uint32_t latency_us);

#endif

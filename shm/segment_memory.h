/*
 * A segment in this process's own memory: for readers whose events come from elsewhere (a file,
 * another machine). Everything that reads a segment works on it as it is. Unlike a gateway's it
 * keeps the numbers of where the events come from: a ring may begin at any number and leave some
 * out. Writer and readers are one thread.
 */
#ifndef SHM_SEGMENT_MEMORY_H
#define SHM_SEGMENT_MEMORY_H

#include "shm/segment_reader.h"
#include "shm/segment_writer.h"

struct segment_memory;

/*
 * `size` bytes at most are divided over the collections (at least 2 MiB), of which memory is taken
 * as events come; the station table comes on top. `history` and the sequence number of each
 * collection's first event are those of where the events come from. NULL: out of memory.
 */
struct segment_memory *segment_memory_new(uint64_t size, uint32_t stations, uint64_t history,
                                          const uint64_t first_seq[COLLECTION_COUNT]);
void segment_memory_free(struct segment_memory *memory);

/* For counters and reading, as of any segment; both live as long as the memory. */
struct segment_writer *segment_memory_writer(struct segment_memory *memory);
const struct segment_reader *segment_memory_reader(const struct segment_memory *memory);

/* Bytes of the collection's ring in a memory of that size. */
uint64_t segment_memory_room(uint64_t size, enum collection collection);
/* Number of the event that comes next. */
uint64_t segment_memory_head(const struct segment_memory *memory, enum collection collection);

/*
 * The next event has the number `seq`; those before it are not there. `lost`: readers are told how
 * many, exactly; else they were never ours to show. False, and nothing is changed, when `seq` is
 * not above the head.
 */
bool segment_memory_skip(struct segment_memory *memory, enum collection collection, uint64_t seq,
                         bool lost);
/* Appends the event under the head's number; event->seq is not looked at. */
void segment_memory_publish(struct segment_memory *memory, const struct event *event);

/*
 * As segment_reader_read and segment_reader_next. For numbers that were skipped: RING_LAPPED; next
 * goes to the end of the gap at once and *lost is 0 when nothing was lost.
 */
enum ring_outcome segment_memory_read(const struct segment_memory *memory,
                                      enum collection collection, uint64_t seq, char *buffer,
                                      struct event *event);
enum ring_outcome segment_memory_next(const struct segment_memory *memory,
                                      enum collection collection, uint64_t *next, uint64_t *lost,
                                      char *buffer, struct event *event);

/*
 * The station's slot gets all of the record (but `slot`); a station that has none takes that of the
 * one offline for longest. False: all slots are online, or there's no identity.
 */
bool segment_memory_put_station(struct segment_memory *memory, const struct station_record *record);
/* Frees that station's slot. */
void segment_memory_drop_station(struct segment_memory *memory, const char *identity);
/* The gateway stopped, or began anew: nobody is connected. */
void segment_memory_all_offline(struct segment_memory *memory, uint64_t time_ns);
/* The action's histogram gets these numbers. */
void segment_memory_put_histogram(struct segment_memory *memory, const struct histogram *histogram);

#endif

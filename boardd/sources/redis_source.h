/*
 * One gateway whose events come through Redis: takes what was read from the store and is a source.
 * It does no input and output: redis_feed.c does. All that comes is taken for hostile.
 */
#ifndef BOARDD_REDIS_SOURCE_H
#define BOARDD_REDIS_SOURCE_H

#include "boardd/sources/source.h"
#include "shm/event_wire.h"

struct redis_source;

struct redis_source_options {
    const char *name;
    uint64_t memory;   /* bytes for its events */
    uint32_t stations; /* slots */
    /* Something in the store is not what ocpp-forward writes. */
    void (*report)(void *context, const char *text);
    /* All that was given to it has been read: more may come. */
    void (*drained)(void *context);
    void *context;
};

/* The tail's once it has it (operations->free). NULL: out of memory. */
struct redis_source *redis_source_new(const struct redis_source_options *options);
struct source *redis_source_base(struct redis_source *redis);

/* How many of a collection's newest events are worth reading: more would push them out again. */
uint64_t redis_source_room(const struct redis_source *redis, enum collection collection);

/* Where a gateway's history begins for us. */
struct redis_beginning {
    uint64_t history;
    uint64_t first_seq[COLLECTION_COUNT]; /* of the oldest that is read */
    uint64_t last_seq[COLLECTION_COUNT];  /* of the newest that is there already */
    bool known[COLLECTION_COUNT];         /* else the stream has no event of this history yet */
};
/* From now on entries are taken. A history that it has already goes on; another one takes its place
 * (through poll and reopen, so that the old one is read to its end first). */
void redis_source_begin(struct redis_source *redis, const struct redis_beginning *beginning);
/* The history that is read; 0: none yet. */
uint64_t redis_source_history(const struct redis_source *redis);

/* The id after which the collection's stream is read on. */
const char *redis_source_cursor(const struct redis_source *redis, enum collection collection);
/*
 * Takes an entry: the id, then `count` spans, names and values by turns. Whatever it is, the cursor
 * moves behind it. False when it belongs to a newer history: begin with that one.
 */
bool redis_source_entry(struct redis_source *redis, enum collection collection, struct text_span id,
                        const struct text_span *fields, size_t count);

/* The value of the gateway's alive key; empty: the key is not there. */
void redis_source_alive(struct redis_source *redis, struct text_span value);
/* Why its forwarder may be silent, as far as it is known; "" for no idea. Constant text. */
void redis_source_hint(struct redis_source *redis, const char *hint);
/* The store can't be reached, and why; "" when it can. */
void redis_source_unreachable(struct redis_source *redis, const char *reason);

/* A field of the hash of stations; those that are not seen between two passes are gone. */
void redis_source_station(struct redis_source *redis, struct text_span identity,
                          struct text_span value);
void redis_source_stations_pass(struct redis_source *redis);
/* A field of the hash of counters. */
void redis_source_counter(struct redis_source *redis, struct text_span name,
                          struct text_span value);

#endif

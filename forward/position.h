/*
 * Where to go on: from what the store says was written last, and what the segment still has. No
 * input or output of its own.
 *
 * The store knows the last number twice: from the cursor, which is written in the same transaction
 * as each batch, and from the streams themselves. The higher one counts: an entry with a number
 * that is not higher than the stream's last is refused by the store, so that nothing is ever there
 * twice.
 */
#ifndef FORWARD_POSITION_H
#define FORWARD_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/event.h"

/* A last entry's id, taken apart. */
struct position_id {
    bool known;
    uint64_t history;
    uint64_t seq;
};

struct stored_position {
    bool has_created;
    uint64_t created; /* of the segment that was forwarded last */
    uint64_t history; /* and the number that stands for it in the ids */
    struct position_id cursor[COLLECTION_COUNT];
    struct position_id stream[COLLECTION_COUNT];
};

struct segment_bounds {
    uint64_t created;
    uint64_t oldest[COLLECTION_COUNT];
    uint64_t head[COLLECTION_COUNT];
};

enum position_kind {
    POSITION_SAME,  /* the history goes on */
    POSITION_FIRST, /* the store knows nothing of this gateway: begins with what the segment has */
    POSITION_NEW,   /* another segment than before: begins with its first event */
    POSITION_AHEAD, /* the store has numbers that can't be this segment's: numbered anew */
};

struct position {
    uint64_t history;
    uint64_t next[COLLECTION_COUNT]; /* sequence numbers to be read next */
};

enum position_kind position_resolve(const struct stored_position *stored,
                                    const struct segment_bounds *segment,
                                    struct position *position);

#endif

/*
 * One transaction: events of a gateway's rings, and the cursor that says how far they go. At most
 * one is on its way; nothing of it is kept, since it can be read from the rings again.
 */
#ifndef FORWARD_BATCH_H
#define FORWARD_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "forward/feed_keys.h"
#include "forward/position.h"
#include "forward/resp.h"
#include "common/store_link.h"
#include "shm/event_wire.h"
#include "shm/segment_reader.h"

struct batch_limits {
    uint64_t events;
    uint64_t keep[COLLECTION_COUNT]; /* entries that a stream keeps, roughly */
};

struct batch_counts {
    uint64_t events[COLLECTION_COUNT];
    uint64_t lost[COLLECTION_COUNT];
};

struct batch {
    uint64_t created;     /* of the segment, for the cursor */
    struct position next; /* where to go on when it is through */
    struct batch_counts counts;
    bool full;         /* there may be more */
    bool lapped;       /* events were overwritten after what is in it: synchronize first */
    unsigned commands; /* between MULTI and EXEC */
    char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));
    char command[WIRE_PAYLOAD_MAX + WIRE_HEAD_MAX + FEED_KEY_SIZE + WIRE_ID_SIZE +
                 8 * RESP_OVERHEAD];
};

/* How to send: where answers go to. */
struct batch_target {
    struct store_link *link;
    const struct feed_keys *keys;
    redisCallbackFn *queued; /* for each command but the last */
    redisCallbackFn *done;   /* EXEC's answer: an element for each command */
    void *context;
};

enum batch_start {
    BATCH_GOES_ON,      /* what was lost ends it, and sets `lapped` */
    BATCH_SYNCHRONIZED, /* the streams' last entries were just read, under WATCH: what was lost
                         * before them is known exactly, and may be written */
    BATCH_NEW_HISTORY,  /* the same, and tables that belong to another history are removed */
};

/*
 * Reads from `from` on and sends MULTI, XADD …, HSET, EXEC. `first` is the collection to begin
 * with, so that a flood in one doesn't hold up the others. Sends nothing and returns false where
 * there is nothing, unless it is the first after synchronizing: that always sets the cursor.
 */
bool batch_send(struct batch *batch, const struct batch_target *target,
                const struct segment_reader *reader, const struct position *from,
                enum batch_start start, unsigned first, const struct batch_limits *limits);

#endif

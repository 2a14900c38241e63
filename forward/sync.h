/*
 * Asks the store how far a gateway's events have been written, and watches the streams (WATCH): a
 * transaction that follows fails when somebody else has written meanwhile.
 */
#ifndef FORWARD_SYNC_H
#define FORWARD_SYNC_H

#include <stdbool.h>

#include "forward/feed_keys.h"
#include "forward/position.h"
#include "common/store_link.h"

struct sync {
    const struct feed_keys *keys;
    /* `error` is NULL, or says why it is not known. Not called when the connection is lost. */
    void (*done)(void *context, const char *error);
    void *context;
    unsigned answers; /* that have come */
    struct stored_position stored;
    char error[512];
};

/* One at a time. */
void sync_start(struct sync *sync, struct store_link *link);

/* Reading of the answers, for tests too. False with a text in `error`. */
bool sync_read_cursor(const redisReply *reply, struct stored_position *stored, char *error,
                      size_t error_size);
bool sync_read_stream(const redisReply *reply, const char *key, struct position_id *last,
                      char *error, size_t error_size);

#endif

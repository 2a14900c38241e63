/*
 * One connection to Redis: made again with back-off whenever it is lost, greeted with AUTH and
 * SELECT, watched with PING, so that a server that stands still is noticed too. A host name is
 * looked up for each attempt, in a thread.
 */
#ifndef FORWARD_STORE_LINK_H
#define FORWARD_STORE_LINK_H

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/redis_url.h"

struct event_base;
struct store_link;

struct store_link_options {
    struct redis_url url;
    const char *user;          /* "": the default user */
    const char *password_file; /* "": none; read at each attempt */
    uint64_t timeout_ms;
    const char *label; /* for the log: "gateway NAME" */
};

struct store_link_events {
    void (*up)(void *context);
    /* Commands without an answer get NULL as theirs, before this or after. */
    void (*down)(void *context);
    void *context;
};

/* The strings of the options have to outlive it. Connects at once. NULL: out of memory. */
struct store_link *store_link_new(struct event_base *base, const struct store_link_options *options,
                                  const struct store_link_events *events);
void store_link_free(struct store_link *link); /* without telling */

bool store_link_is_up(const struct store_link *link);
/* Times that it came up. */
uint64_t store_link_connects(const struct store_link *link);
/* "connected", or why not. */
const char *store_link_state(const struct store_link *link);

/*
 * Sends a command; `callback` gets the answer, NULL when the connection is lost before. Does
 * nothing while the link is down.
 */
void store_link_send(struct store_link *link, redisCallbackFn *callback, void *context, int count,
                     const char **arguments, const size_t *lengths);

/* The same, for a command that was put together with resp.h. */
void store_link_send_made(struct store_link *link, redisCallbackFn *callback, void *context,
                          const char *command, size_t length);

/*
 * Writes what waits for the socket now, so that the server works on it while more is put together.
 * Not in a callback. The link may go down in it.
 */
void store_link_flush(struct store_link *link);

/* What was sent has worked: the next back-off begins with the shortest wait. */
void store_link_worked(struct store_link *link);

/* Text of an error reply, of anything else what it is not; never NULL. */
const char *store_link_error(const redisReply *reply);

#endif

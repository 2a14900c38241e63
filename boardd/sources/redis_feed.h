/*
 * Redis (or Valkey) as where events come from: finds the gateways that ocpp-forward(8) writes,
 * makes a source of each (redis_source.h), reads their streams from cursors of its own, and keeps
 * stations, counters and liveness up to date. Two connections: one waits in XREAD, the other asks
 * for everything else. Nothing blocks the loop; what is asked for at once is bounded.
 */
#ifndef BOARDD_REDIS_FEED_H
#define BOARDD_REDIS_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "boardd/sources/source.h"
#include "common/config.h"

struct event_base;
struct own_events;
struct redis_feed;
struct redisReply;

struct redis_feed_options {
    struct event_base *base;
    const struct config *config; /* must outlive it */
    struct own_events *own;
    /* A gateway was found. False: there is no room, it's freed. */
    bool (*found)(void *context, struct source *source);
    void *context;
};

/* board.source is a redis:// URL. Connects at once. NULL with a text in `error`. */
struct redis_feed *redis_feed_new(const struct redis_feed_options *options, char *error,
                                  size_t error_size);
/* The sources, which `found` has handed over, are not polled any more. */
void redis_feed_free(struct redis_feed *feed);

/* Not all gateways that were in the store at the start need have been found yet. */
bool redis_feed_is_finding(const struct redis_feed *feed);
/* "" while all is well, else why not. */
const char *redis_feed_reason(const struct redis_feed *feed);

/*
 * For commands: the key <prefix>:<gateway>:<what>, and the stream in which answers are awaited.
 * Each entry of it is given to `answer` as spans, names and values by turns; the stream goes away
 * so many `seconds` after the last of them.
 */
#define REDIS_KEY_SIZE 96
void redis_feed_key(const struct redis_feed *feed, const char *gateway, const char *what,
                    char out[REDIS_KEY_SIZE]);
const char *redis_feed_answers(const struct redis_feed *feed);
void redis_feed_listen(struct redis_feed *feed, const char *seconds,
                       void (*answer)(void *context, const struct text_span *fields, size_t count),
                       void *context);
/* Sends a command on the second connection; false while it's down. `done` gets a text in `error`
 * where it was refused or the connection was lost; NULL when it worked. */
bool redis_feed_send(struct redis_feed *feed, int count, const char **words, const size_t *lengths,
                     void (*done)(void *context, const char *error), void *context);

#endif

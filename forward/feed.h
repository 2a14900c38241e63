/*
 * One gateway: what its segment gets is written into the store, in order and once. The ring is the
 * only queue: what can't be written yet stays there, and what is overwritten there meanwhile is
 * written as the number of lost events.
 */
#ifndef FORWARD_FEED_H
#define FORWARD_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "shm/event.h"

struct event_base;
struct feed;

/* `config` and `instance` have to outlive it. NULL: out of memory. */
struct feed *feed_new(struct event_base *base, const struct config *config, const char *instance);
void feed_free(struct feed *feed);

/* Begins nothing more. `stopped` is called when what was on its way has been answered, or at once.
 */
void feed_stop(struct feed *feed, void (*stopped)(void *context), void *context);

struct feed_numbers {
    const char *instance;
    const char *segment; /* "live", "hung", "down", "absent" */
    const char *store;   /* "connected", or why nothing can be written */
    bool writing;        /* the last batch went through, or there was none to send */
    uint64_t events[COLLECTION_COUNT];
    uint64_t lost[COLLECTION_COUNT];
    uint64_t behind; /* events that wait in the rings */
    uint64_t batches, already, refused, connects, commands;
};
void feed_numbers(const struct feed *feed, struct feed_numbers *numbers);

#endif

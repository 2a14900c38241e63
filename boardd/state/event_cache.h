/*
 * Events that were written as JSON, the newest to be written, in a bounded piece of memory: many
 * dashboards ask for the same newest messages over and over. An event never changes, so that
 * nothing in here can be out of date but by another history of its source.
 */
#ifndef BOARDD_EVENT_CACHE_H
#define BOARDD_EVENT_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

struct event_cache;

struct event_cache_key {
    unsigned source;
    enum collection collection;
    uint64_t seq;
};

/* `bytes` for the texts, rounded down to a power of two. NULL when out of memory, and for less than
 * 4096: every function takes NULL for a cache that holds nothing. */
struct event_cache *event_cache_new(size_t bytes);
void event_cache_free(struct event_cache *cache);

/* The text, valid until the next call that adds; start NULL when it isn't there. */
struct text_span event_cache_find(const struct event_cache *cache, struct event_cache_key key);
/* Copies the text; a longer one than a sixteenth of the memory is not kept. */
void event_cache_add(struct event_cache *cache, struct event_cache_key key, struct text_span text);
/* A source has another history: forgets everything. */
void event_cache_clear(struct event_cache *cache);

#endif

/*
 * Follows all sources: every 2 ms while there is traffic, up to every 50 ms when there is none, in
 * slices of a few milliseconds so that a long history is read without holding up the loop. What it
 * reads it gives to its listeners.
 */
#ifndef BOARDD_TAIL_H
#define BOARDD_TAIL_H

#include "boardd/sources/source.h"

#define TAIL_MAX_SOURCES 33 /* 32 gateways and boardd itself */

struct event_base;
struct hidden;
struct tail;

/* All may be NULL. `source` is the number from 0. */
struct tail_listener {
    /* `event` and what it points to are valid during the call. event->type is 0 for a record that
     * can't be read. */
    void (*record)(void *context, unsigned source, enum collection collection,
                   const struct event *event);
    /* `count` records before the next one were overwritten before they could be read. */
    void (*lost)(void *context, unsigned source, enum collection collection, uint64_t count);
    /* The source has another history: all that was read of it is void. Reading begins anew. */
    void (*reset)(void *context, unsigned source);
    void (*state)(void *context, unsigned source);
    /* After each round of reading. */
    void (*round)(void *context);
    void *context;
};

/* Takes the sources, also on failure (NULL: out of memory). Nothing is read before tail_start. */
struct tail *tail_new(struct event_base *base, struct source *const *sources, unsigned count);
void tail_free(struct tail *tail);
/* At most 12; copied. */
void tail_listen(struct tail *tail, const struct tail_listener *listener);
void tail_start(struct tail *tail);

/* One more source, found later. It's taken; false, and it stays the caller's, when there are
 * TAIL_MAX_SOURCES. */
bool tail_add(struct tail *tail, struct source *source);
/* What "now" is to those who ask for events: the time of day, or a capture's own. */
uint64_t tail_now_ns(const struct tail *tail);
/* The latest time in a capture as far as it was read; 0 where there is none. */
uint64_t tail_capture_ns(const struct tail *tail);
bool tail_is_capture(const struct tail *tail);

/* What is kept out of sight of all who ask; it forgets what a reset makes void. */
struct hidden *tail_hidden(const struct tail *tail);

unsigned tail_count(const struct tail *tail);
const struct source *tail_source(const struct tail *tail, unsigned source);
/* Sequence number of the record that will be read next. */
uint64_t tail_position(const struct tail *tail, unsigned source, enum collection collection);
/* False until the history that was there at the start, or at a new source's arrival, has been read.
 */
bool tail_caught_up(const struct tail *tail);

#endif

/*
 * What a gateway's tables say, written beside the events: that it is alive and its counters every
 * second, stations that have changed a slice at a time.
 */
#ifndef FORWARD_TABLES_H
#define FORWARD_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "forward/feed_keys.h"
#include "forward/segment_feed.h"
#include "common/store_link.h"

struct tables;

/* All of them have to outlive it. NULL: out of memory. */
struct tables *tables_new(const struct config *config, const struct segment_feed *segment,
                          const struct feed_keys *keys, struct store_link *link);
void tables_free(struct tables *tables);

/* Nothing is known any more of what the store has: everything is written again. */
void tables_forget(struct tables *tables);

/* Called often while the link is up; does what is due. `history`: of the events that are written
 * now, 0 while that isn't known. */
void tables_work(struct tables *tables, uint64_t history, uint64_t now_ns);

#endif

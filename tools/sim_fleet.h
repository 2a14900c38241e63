/*
 * All stations of one run, the fixed load, and the figures.
 */
#ifndef TOOLS_SIM_FLEET_H
#define TOOLS_SIM_FLEET_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/sim_options.h"

struct event_base;
struct sim_fleet;

/* `url` is the final one. NULL with a text in `error`. */
struct sim_fleet *sim_fleet_new(struct event_base *base, const struct sim_options *options,
                                const char *url, char *error, size_t error_size);
unsigned sim_fleet_size(const struct sim_fleet *fleet);
void sim_fleet_start(struct sim_fleet *fleet);
/* Begins nothing new, waits for answers under way, closes the connections and leaves the loop. A
 * second call leaves at once. */
void sim_fleet_stop(void *fleet);
/* Prints the summary. True when every station got through and every CALL that was sent was
 * answered. */
bool sim_fleet_finish(struct sim_fleet *fleet);
void sim_fleet_free(struct sim_fleet *fleet); /* NULL is fine */

#endif

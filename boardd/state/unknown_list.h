/*
 * Stations that gateways refused because their station file does not list them: folded from the
 * security events. Who was not seen for longest goes first when there are too many; who connects
 * after all is unknown no longer.
 */
#ifndef BOARDD_UNKNOWN_LIST_H
#define BOARDD_UNKNOWN_LIST_H

#include "boardd/http/json_out.h"
#include "boardd/state/tail.h"

struct unknown_list;

/* Keeps `max` of them. NULL: no memory. */
struct unknown_list *unknown_list_new(struct tail *tail, size_t max);
void unknown_list_free(struct unknown_list *list);
/* One event, as the tail gives it. */
void unknown_list_event(struct unknown_list *list, unsigned source, const struct event *event);
size_t unknown_list_count(const struct unknown_list *list);
/* An array, seen last first. `source` -1: all. */
void unknown_list_put(const struct unknown_list *list, int source, struct json_out *out);

#endif

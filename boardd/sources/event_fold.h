/*
 * What events say of stations and counters, for sources that have the events only: the same that
 * the gateway wrote beside them, but for the latencies of CALLs that it refused.
 */
#ifndef BOARDD_EVENT_FOLD_H
#define BOARDD_EVENT_FOLD_H

#include "shm/segment_memory.h"

/* One after another, in the order of time. Sets the event's slot to that of its station. */
void event_fold(struct segment_memory *memory, struct event *event);

#endif

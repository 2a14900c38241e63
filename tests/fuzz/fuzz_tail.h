/* A tail that reads nothing but boardd's own events: for what is parsed with its sources' names. */
#ifndef TESTS_FUZZ_TAIL_H
#define TESTS_FUZZ_TAIL_H

#include <event2/event.h>

#include "boardd/sources/own_events.h"
#include "boardd/state/tail.h"
#include "tests/fuzz/fuzz.h"

/* The same one at each call; it stays. */
static inline const struct tail *fuzz_tail(void)
{
    static struct tail *tail;
    if (tail != NULL)
        return tail;
    struct own_events *own = own_events_new();
    MUST(own != NULL);
    struct source *sources[] = {own_events_source(own)};
    struct event_base *base = event_base_new();
    MUST(base != NULL && event_base_priority_init(base, 2) == 0);
    tail = tail_new(base, sources, 1);
    MUST(tail != NULL);
    return tail;
}

#endif

/* Which events a list or a stream shows: the query parameters that all of them share. */
#ifndef BOARDD_SELECTION_H
#define BOARDD_SELECTION_H

#include "boardd/http/query.h"
#include "boardd/state/ring_index.h"
#include "boardd/state/tail.h"

#define SELECTION_MAX_TEXT 200

/* Made from zeroes, so that two are compared byte by byte up to the filter. */
struct selection {
    int source;             /* -1: all */
    unsigned gateways_only; /* 1: not boardd's own events */
    unsigned message_types;
    unsigned directions;
    unsigned severities;
    unsigned log_levels;
    uint64_t event_types;
    uint64_t since_ns;
    uint64_t until_ns;
    char identity[EVENT_MAX_IDENTITY + 1];
    char action[EVENT_MAX_ACTION + 1];
    char text[SELECTION_MAX_TEXT + 1];
    struct filter *filter; /* NULL: none */
};

/* Lets everything through. */
void selection_init(struct selection *selection);
/* Reads those parameters that are there; the filter stays the query's. False with query->error set.
 */
bool selection_parse(struct query *query, const struct tail *tail, struct selection *selection);

/*
 * The part that an index can answer for records of that collection. The spans point into the
 * selection. True when it leaves nothing over, but for what a walk lets through that is_wider.
 */
bool selection_index_filter(const struct selection *selection, enum collection collection,
                            struct index_filter *filter);
/* What the index's filter left over: from the index's entry alone, and from the record. */
enum filter_verdict selection_entry_matches(const struct selection *selection, const char *gateway,
                                            const struct ring_index *index,
                                            const struct index_entry *entry);
bool selection_record_matches(const struct selection *selection, const char *gateway,
                              const struct event *event);
/* All of it. Parameters that mean nothing for the event's collection don't count. */
bool selection_matches(const struct selection *selection, const struct tail *tail, unsigned source,
                       const struct event *event);
bool selection_equal(const struct selection *a, const struct selection *b);

#endif

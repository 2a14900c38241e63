/*
 * An index over one ring: 32 bytes per record, the payload stays where it is. Records of one
 * station, and of one action, are linked from the newest back to the oldest, so that a query for
 * one of them looks at its matches only.
 */
#ifndef BOARDD_RING_INDEX_H
#define BOARDD_RING_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

struct ring_index;

#define RING_INDEX_NONE UINT64_MAX

struct index_entry {
    uint64_t time_ns;
    uint32_t station;      /* number of the identity, 0 none */
    uint32_t station_back; /* distance to the record before of the same station; 0: none */
    uint32_t action_back;
    int32_t pair; /* distance to the CALL's result, or to the result's CALL; 0: not known */
    uint32_t latency_us;
    uint16_t action; /* number of the action or topic, 0 none */
    uint8_t type;    /* enum event_type; 0: can't be read */
    uint8_t message_type : 3;
    uint8_t severity : 3;
    uint8_t direction : 2;
};

struct ring_index *ring_index_new(void);
void ring_index_free(struct ring_index *index);

/* Forgets all; the next record has number `seq`. */
void ring_index_clear(struct ring_index *index, uint64_t seq);
/* The next record. An event with another number than the next one clears the index first. */
void ring_index_add(struct ring_index *index, const struct event *event);
/* Records before `oldest` are gone. */
void ring_index_drop(struct ring_index *index, uint64_t oldest);

/* The records that are known: from *oldest up to, not with, *head. */
void ring_index_bounds(const struct ring_index *index, uint64_t *oldest, uint64_t *head);
const struct index_entry *ring_index_entry(const struct ring_index *index, uint64_t seq);
/* The CALL's result or the result's CALL; RING_INDEX_NONE when it isn't known. */
uint64_t ring_index_pair(const struct ring_index *index, uint64_t seq);
/* The entry's names; start NULL where it has none, or there were too many to keep. */
struct text_span ring_index_station(const struct ring_index *index,
                                    const struct index_entry *entry);
struct text_span ring_index_action(const struct ring_index *index, const struct index_entry *entry);
size_t ring_index_bytes(const struct ring_index *index);

/* What a record must be. Zeroes, and UINT64_MAX in until_ns, let everything through. */
struct index_filter {
    struct text_span identity;
    struct text_span action;
    /* The same, upper and lower case being the same: only to find the matches sooner. Where several
     * names match, others pass, too. */
    struct text_span identity_any_case;
    struct text_span action_any_case;
    uint64_t event_types; /* bit n: enum event_type n; 0 any */
    unsigned message_types;
    unsigned directions;
    unsigned severities;
    uint64_t since_ns; /* this time or later */
    uint64_t until_ns; /* earlier than this */
    bool has_latency;  /* one from min_latency_us up to, and with, max_latency_us */
    uint32_t min_latency_us;
    uint32_t max_latency_us;
};

/* True when a walk looks at no others than those that pass, but for one that is_wider. */
bool index_filter_is_direct(const struct index_filter *filter);

/* A walk from newer to older records that pass the filter. */
struct index_walk {
    const struct ring_index *index;
    struct index_filter filter;
    uint32_t station;
    uint32_t action;
    uint64_t at;   /* the next one to look at + 1, so that 0 ends it */
    bool on_chain; /* `at` was reached along the chain */
    bool is_wider; /* records pass whose names are not those of the filter */
    bool is_void;  /* no record passes */
};
void index_walk_begin(struct index_walk *walk, const struct ring_index *index,
                      const struct index_filter *filter, uint64_t before);
/*
 * The next older match; RING_INDEX_NONE at the end, or when *steps, which counts down for each
 * record looked at, has become 0.
 */
uint64_t index_walk_next(struct index_walk *walk, uint64_t *steps);

/* Goes on at the records before `before` instead. */
void index_walk_move(struct index_walk *walk, uint64_t before);
/* Whether record `seq`, which the index knows, is one for the walk. */
bool index_walk_passes(const struct index_walk *walk, uint64_t seq);

/* How many records pass, where that is known without a walk; RING_INDEX_NONE otherwise. */
uint64_t ring_index_count(const struct ring_index *index, const struct index_filter *filter);

#endif

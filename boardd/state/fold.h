/*
 * Folds messages into what stations are at the moment: boot, connectors, open transactions,
 * firmware, last error, in OCPP 1.6, 2.0.1 and 2.1. It listens to the tail, so that after a start
 * of boardd the history in the rings makes the same picture again.
 *
 * Stations are known by gateway, slot and identity. A message of another identity in the same slot
 * means that the slot was handed over, unless its connection is an older one.
 */
#ifndef BOARDD_FOLD_H
#define BOARDD_FOLD_H

#include "boardd/http/json_out.h"
#include "boardd/state/station_state.h"
#include "boardd/state/tail.h"

struct fold;

struct fold_options {
    struct state_limits limits;
    unsigned flapping_connects; /* so many connects (2 to STATE_CONNECTS) … */
    uint64_t flapping_ms;       /* … within this time */
    uint64_t slow_ms;           /* a station whose answers take longer is slow */
    uint64_t error_ms;          /* a CALLERROR is a problem for so long */
};

enum station_problem {
    PROBLEM_OFFLINE, /* tells the station table, not the fold */
    PROBLEM_FAULTED,
    PROBLEM_FLAPPING,
    PROBLEM_SLOW,
    PROBLEM_ERRORS,
    PROBLEM_COUNT,
};
const char *station_problem_name(enum station_problem problem);
#define STATION_PROBLEM_NAMES "offline|faulted|flapping|slow|errors"

struct fold *fold_new(const struct fold_options *options); /* NULL: no memory */
void fold_free(struct fold *fold);
/* From now on it is given what that tail reads. */
void fold_listen(struct fold *fold, struct tail *tail);

/* One event, as the tail would give it. Spans may hold anything. */
void fold_event(struct fold *fold, unsigned source, const struct event *event);
/* Forgets all of that source. */
void fold_reset(struct fold *fold, unsigned source);

/* NULL when nothing is known of it. Valid until the next event. */
const struct station_state *fold_station(const struct fold *fold, unsigned source, uint32_t slot,
                                         const char *identity);
/* Bit n: enum station_problem n, without the first. */
unsigned fold_problems(const struct fold *fold, const struct station_state *state, uint64_t now_ns);
/* CALLERRORs that answered that action in the history of that source, or of all (-1). */
uint64_t fold_action_errors(const struct fold *fold, int source, const char *action);
/* Bytes that all stations' states take, and how often something found no room. */
size_t fold_bytes(const struct fold *fold);
uint64_t fold_refused(const struct fold *fold);

/* Members of the station's object in lists; `state` may be NULL. `boot_status` is the station
 * table's. */
void fold_put_summary(const struct fold *fold, const struct station_state *state,
                      const char *boot_status, struct json_out *out);
/* What the object of one station has beyond that. */
void fold_put_detail(const struct fold *fold, const struct station_state *state,
                     struct json_out *out);

#endif

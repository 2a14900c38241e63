/*
 * The stations of all gateways: listing, sorting, finding, and the JSON object of one of them.
 *
 * A row of each station is kept here, in the order of identities, so that a request looks neither
 * at the whole station table nor sorts it. A row is read again when its station connects or
 * disconnects, and in turn: the whole table every STATIONS_TURN_MS.
 */
#ifndef BOARDD_STATIONS_H
#define BOARDD_STATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "boardd/http/json_out.h"
#include "boardd/state/fold.h"
#include "boardd/state/tail.h"

#define STATIONS_TURN_MS     2000
#define STATIONS_ATTENTION   12
#define STATIONS_CACHE_BYTES 1048576 /* about a thousand stations: the longest page */

struct stations;

enum stations_sort {
    SORT_IDENTITY,
    SORT_STATUS, /* online first */
    SORT_CONNECTED,
    SORT_LAST_MESSAGE,
    SORT_MESSAGES,
    SORT_ERRORS,
};

struct stations_query {
    unsigned statuses;  /* bit n: enum station_status n; 0 any */
    unsigned protocols; /* bit n: enum ocpp_version n; 0 any */
    unsigned problems;  /* bit n: enum station_problem n, one of them; 0 any, also none */
    int source;         /* -1: all */
    const char *text;   /* part of the identity, ASCII letters in either case; "" any */
    enum stations_sort sort;
    bool descending;
    size_t offset;
    size_t limit;
};

struct station_key {
    unsigned source;
    uint32_t slot;
};

/* Both outlive it. `cache_bytes` hold objects that were written as JSON; 0: nothing is kept, lists
 * neither. NULL: no memory. */
struct stations *stations_new(struct tail *tail, const struct fold *fold, size_t cache_bytes);
void stations_free(struct stations *stations);

/* Fills `keys` (query->limit) and returns how many; *total is the number of matches. -1: out of
 * memory. */
long stations_list(struct stations *stations, const struct stations_query *query,
                   struct station_key *keys, size_t *total);
/* The station of that name: online before offline, then the latest. `source` -1: any. */
bool stations_find(struct stations *stations, int source, const char *identity,
                   struct station_key *key);
bool stations_read(const struct stations *stations, struct station_key key,
                   struct station_record *record);

/* Reads that row again: what is hidden has changed. */
void stations_refresh(struct stations *stations, struct station_key key);

/* Stations with each problem, and the keys of those with the worst ones; returns how many keys. At
 * most a second old. */
size_t stations_attention(struct stations *stations, size_t counts[PROBLEM_COUNT],
                          struct station_key keys[STATIONS_ATTENTION]);

/* The members of the station's object, without the braces, as of `now_ns` (tail_now_ns). With
 * `detail` those of one station alone, too. `record` is what stations_read gave. */
void stations_put(const struct stations *stations, struct station_key key,
                  const struct station_record *record, uint64_t now_ns, bool detail,
                  struct json_out *out);

#endif

/* The stations of all gateways: listing, sorting, finding, and the JSON object of one of them. */
#ifndef BOARDD_STATIONS_H
#define BOARDD_STATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "boardd/http/json_out.h"
#include "boardd/state/tail.h"

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

/* Fills `keys` (query->limit) and returns how many; *total is the number of matches. -1: out of
 * memory. */
long stations_list(const struct tail *tail, const struct stations_query *query,
                   struct station_key *keys, size_t *total);
/* The station of that name: online before offline, then the latest. `source` -1: any. */
bool stations_find(const struct tail *tail, int source, const char *identity,
                   struct station_key *key);
bool stations_read(const struct tail *tail, struct station_key key, struct station_record *record);

/* The members of the station's object, without the braces. */
void stations_put(const struct tail *tail, struct station_key key,
                  const struct station_record *record, struct json_out *out);

#endif

/*
 * Lists of stations that were asked for lately: whoever asks the same while no row has changed that
 * matters to it gets the same, without a look at all rows. Many dashboards ask the same.
 */
#ifndef BOARDD_STATIONS_MEMO_H
#define BOARDD_STATIONS_MEMO_H

#include "boardd/state/stations.h"

#define STATIONS_MEMO_LISTS 8

struct stations_memo;

/* What the rows are, as numbers that grow when they change. */
struct stations_version {
    uint64_t rows;    /* which there are; their identities, status, protocol and problems */
    uint64_t figures; /* all else that lists are sorted by */
};

/* NULL: no memory. */
struct stations_memo *stations_memo_new(void);
void stations_memo_free(struct stations_memo *memo);

/* As stations_list; -1: not known, or no longer. `memo` may be NULL. */
long stations_memo_find(struct stations_memo *memo, const struct stations_query *query,
                        struct stations_version version, struct station_key *keys, size_t *total);
/* Takes the place of the list that was asked for longest ago. Nothing is kept without memory. */
void stations_memo_keep(struct stations_memo *memo, const struct stations_query *query,
                        struct stations_version version, const struct station_key *keys,
                        size_t count, size_t total);

#endif

/* A station's connects and drops, out of the history of connections: nothing is kept for them. */
#ifndef BOARDD_STATION_SESSIONS_H
#define BOARDD_STATION_SESSIONS_H

#include "boardd/state/store.h"

#define STATION_SESSIONS 64 /* the last ones */

/* Members "sessions" (newest first) and "connectsLastHour" of the station's object. */
void station_sessions_put(struct store *store, unsigned source, const char *identity,
                          uint64_t now_ns, struct json_out *out);

#endif

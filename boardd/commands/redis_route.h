/*
 * The way to a gateway on another host: the stream <prefix>:<gateway>:commands, which
 * ocpp-forward(8) reads there; answers come in a stream of this dashboard's own.
 */
#ifndef BOARDD_REDIS_ROUTE_H
#define BOARDD_REDIS_ROUTE_H

#include "boardd/commands/command.h"
#include "boardd/sources/redis_feed.h"

/* Takes the answers of all routes. Once, before the first route. */
void redis_routes_listen(struct commands *commands, struct redis_feed *feed);
/* `source` is the gateway's. All outlive the route. NULL: no memory. */
struct command_route *redis_route_new(struct commands *commands, struct redis_feed *feed,
                                      const struct source *source);

#endif

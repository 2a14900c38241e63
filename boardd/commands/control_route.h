/*
 * The way to a gateway on this machine: its control socket. One connection, made as soon as the
 * socket is there, and again, with growing pauses, when it was lost.
 */
#ifndef BOARDD_CONTROL_ROUTE_H
#define BOARDD_CONTROL_ROUTE_H

#include "boardd/commands/command.h"
#include "boardd/sources/source.h"
#include "common/config.h"

/*
 * `source` is the gateway's, number `number` of the tail; it, `config` and `commands` outlive the
 * route. NULL: no memory.
 */
struct command_route *control_route_new(struct commands *commands, struct event_base *base,
                                        unsigned number, const struct source *source,
                                        const struct config *config, const char *path);

#endif

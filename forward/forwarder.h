/* All gateways that are forwarded, and what is told of them: a line in the log, a metrics file. */
#ifndef FORWARD_FORWARDER_H
#define FORWARD_FORWARDER_H

#include <stddef.h>

#include "common/config.h"

struct event_base;
struct forwarder;

/* `config` has to outlive it. NULL with a text in `error`. */
struct forwarder *forwarder_new(const struct config *config, struct event_base *base, char *error,
                                size_t error_size);
void forwarder_free(struct forwarder *forwarder);

/* Ends the loop when what was on its way has been answered, at most after redis.timeout. */
void forwarder_stop(struct forwarder *forwarder);

#endif

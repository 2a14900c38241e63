/*
 * Commands that dashboards leave in the store, carried out through the gateway's control socket.
 * Each at most once: that it was taken is written down before it is carried out. What comes after
 * its deadline is refused. Answers go to the stream that the command names, as an entry with the
 * fields id, gateway and reply: the control socket's object, or one like it.
 */
#ifndef FORWARD_COMMANDS_H
#define FORWARD_COMMANDS_H

#include <stdint.h>

#include "common/config.h"
#include "forward/feed_keys.h"
#include "common/store_link.h"

struct commands;
struct event_base;

/* All of them have to outlive it. NULL: out of memory. */
struct commands *commands_new(struct event_base *base, const struct config *config,
                              const char *instance, const struct feed_keys *keys,
                              struct store_link *link);
void commands_free(struct commands *commands);

/* The link went down: what was asked is not answered any more. */
void commands_forget(struct commands *commands);
/* Called often while the link is up. */
void commands_work(struct commands *commands, uint64_t now_ns);
/* That were given to the gateway. */
uint64_t commands_count(const struct commands *commands);

#endif

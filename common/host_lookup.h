/*
 * Looks a host name up without holding up the event loop: getaddrinfo(3), which knows all that the
 * system knows of names, runs in a thread. At most one lookup is on its way; a resolver that does
 * not answer keeps it waiting, for as long as the system's own resolver does.
 */
#ifndef COMMON_HOST_LOOKUP_H
#define COMMON_HOST_LOOKUP_H

#include <stdbool.h>

struct event_base;
struct host_lookup;

/*
 * Called from the loop with the outcome of a lookup. `address` is numeric, NULL when there is none:
 * `error` says why then. Both are valid during the call only. May start another lookup.
 */
typedef void host_lookup_done(void *context, const char *address, const char *error);

/* NULL: out of memory. */
struct host_lookup *host_lookup_new(struct event_base *base, host_lookup_done *done, void *context);
/* Nobody is told of a lookup on its way. Its thread ends by itself. */
void host_lookup_free(struct host_lookup *lookup);

/* Whether it is an address already. */
bool host_is_address(const char *host);

/*
 * Begins to look `host` (at most 255 bytes) up. Where it has several addresses, IPv4 comes first,
 * and `turn` counts through them: another one for each turn. False when no thread can be made; does
 * nothing while a lookup is on its way.
 */
bool host_lookup_start(struct host_lookup *lookup, const char *host, unsigned turn);
bool host_lookup_is_busy(const struct host_lookup *lookup);

#endif

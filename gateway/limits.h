/*
 * Rates and counts per address and per identity, in bounded memory. The tables forget first who has
 * been quiet for longest; an address is the IPv4 address or the IPv6 /64 network.
 */
#ifndef GATEWAY_LIMITS_H
#define GATEWAY_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"

struct sockaddr;
struct limits;

/* NULL: no memory. `expected` connections size the tables. */
struct limits *limits_new(size_t expected);
void limits_free(struct limits *limits);
/* At start and when the configuration was read again; what was counted so far stays. */
void limits_configure(struct limits *limits, const struct config *config);

/* Key of an address for the following. */
uint64_t limits_address_key(const struct limits *limits, const struct sockaddr *address);

enum limits_verdict {
    LIMITS_FINE,
    LIMITS_OVER,       /* for the first time in a while: worth an event */
    LIMITS_STILL_OVER, /* again */
};

/*
 * A new connection of an address: gateway.connection_rate. `now_ns` is CLOCK_MONOTONIC, in all of
 * these.
 */
enum limits_verdict limits_connect(struct limits *limits, uint64_t address, uint64_t now_ns);
/* A new connection of an identity: gateway.reconnects. */
enum limits_verdict limits_reconnect(struct limits *limits, const char *identity, uint64_t now_ns);
/* Before a password is looked at: gateway.auth_failures. */
enum limits_verdict limits_may_authenticate(struct limits *limits, uint64_t address,
                                            const char *identity, uint64_t now_ns);
void limits_authentication_failed(struct limits *limits, uint64_t address, const char *identity,
                                  uint64_t now_ns);

/*
 * Connections at one time: gateway.max_connections_per_address. False: too many, or no memory; then
 * there is nothing to leave.
 */
bool limits_enter(struct limits *limits, uint64_t address);
void limits_leave(struct limits *limits, uint64_t address);

#endif

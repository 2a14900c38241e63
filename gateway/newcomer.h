/*
 * Connections that are not stations yet: from accept to the answer to their handshake, over TLS
 * with the handshake of that before. Each has one absolute deadline for both. Over
 * gateway.max_handshakes the oldest that keeps us waiting is turned away, so that connections which
 * say nothing can't keep others out.
 *
 * A TLS handshake costs as much processor time as hundreds of messages. In one iteration of the
 * loop they get a few milliseconds; the others have to wait for the next one, while stations are
 * served in between, and until then no more are accepted.
 */
#ifndef GATEWAY_NEWCOMER_H
#define GATEWAY_NEWCOMER_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/transport.h"

struct gateway;
struct newcomer;
struct newcomers;
struct sockaddr;

struct newcomers *newcomers_new(void); /* NULL: no memory */
/* Refuses all with 503: the gateway stops. */
void newcomers_turn_away(struct newcomers *newcomers);
void newcomers_free(struct newcomers *newcomers);

/* Each a listener_accepted; the context is the gateway. */
void newcomer_accept_tls(void *gateway, struct transport *transport,
                         const struct sockaddr *address);
void newcomer_accept(void *gateway, struct transport *transport, const struct sockaddr *address);

/*
 * For a newcomer that waits until the old connection of its identity was probed (duplicate =
 * probe): the old one has answered, or it is gone. Nothing happens at once; the loop takes it up.
 */
void newcomer_probe_done(struct newcomer *newcomer, bool answered);

#endif

/*
 * Connections that have said everything but must not be closed yet: what was written last may still
 * wait for the socket, and closing a socket that holds unread bytes resets the connection, which
 * can destroy that last answer on its way. So: send the rest, end the sending side, and read and
 * throw away until the peer ends too or a deadline passes.
 */
#ifndef GATEWAY_LINGER_H
#define GATEWAY_LINGER_H

#include <stddef.h>

#include "gateway/transport.h"

#define LINGER_MAX 1024 /* at one time is plenty */

struct event_base;
struct lingerers;

/* Over `max` at one time the oldest is closed at once. NULL: no memory. */
struct lingerers *lingerers_new(struct event_base *base, size_t max);
void lingerers_free(struct lingerers *lingerers); /* closes all */
size_t lingerers_count(const struct lingerers *lingerers);

/* Takes over the transport (it is closed for the caller) and copies `rest`. */
void linger(struct lingerers *lingerers, struct transport *transport, const char *rest,
            size_t length, unsigned timeout_ms);

#endif

/* Accepts connections, and survives running out of descriptors. */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stddef.h>

#include "gateway/transport.h"

struct event_base;
struct listener;
struct sockaddr;

/* Takes over the transport. */
typedef void listener_accepted(void *context, struct transport *transport,
                               const struct sockaddr *address);

/*
 * Listens on "address:port" (port 0: any free one), the value of the configuration's `key`. NULL on
 * failure, with a text in `error` that says what to change.
 */
struct listener *listener_open(struct event_base *base, const char *key, const char *listen,
                               listener_accepted *accepted, void *context, char *error,
                               size_t error_size);
/* Accepts nothing for so long: who connects meanwhile waits in the kernel's queue. */
void listener_pause(struct listener *listener, unsigned ms);
void listener_close(struct listener *listener); /* NULL is fine */
/* "127.0.0.1:9220", with the port in use. */
const char *listener_address(const struct listener *listener);

/* "192.0.2.1:40000" or "[2001:db8::1]:40000". */
void listener_format_address(const struct sockaddr *address, char *out, size_t size);

#endif

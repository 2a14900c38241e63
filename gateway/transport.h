/*
 * Bytes to and from a station: one small place that knows what carries them.
 */
#ifndef GATEWAY_TRANSPORT_H
#define GATEWAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct transport {
    int descriptor; /* -1: closed */
    char *unread;   /* what transport_receive gives first; NULL: nothing */
    size_t unread_start, unread_length;
};

/* Besides counts of bytes above 0 */
#define TRANSPORT_END    0  /* the peer sends no more (receive only) */
#define TRANSPORT_AGAIN  -1 /* nothing now */
#define TRANSPORT_FAILED -2 /* errno tells why */

/* Takes over a connected, non-blocking socket. */
void transport_open(struct transport *transport, int descriptor);
/*
 * `drained` is set when the kernel has no more at this moment, so that no second call is needed to
 * learn it.
 */
ssize_t transport_receive(struct transport *transport, void *buffer, size_t size, bool *drained);
/*
 * Gives bytes back that somebody received for another purpose: a station that does not wait for the
 * answer to its handshake. False: no memory.
 */
bool transport_unread(struct transport *transport, const char *bytes, size_t length);
bool transport_has_unread(const struct transport *transport);
ssize_t transport_send(struct transport *transport, const void *data, size_t length);
/* No more will be sent; what was sent still arrives. */
void transport_shutdown(struct transport *transport);
void transport_close(struct transport *transport);

#endif

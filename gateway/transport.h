/*
 * Bytes to and from a station: one small place that knows what carries them.
 */
#ifndef GATEWAY_TRANSPORT_H
#define GATEWAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/tls.h"
#include "common/tls_stream.h"

struct transport {
    int descriptor;         /* -1: closed */
    struct tls_stream *tls; /* NULL: plain bytes */
    char *unread;           /* what transport_receive gives first; NULL: nothing */
    size_t unread_start, unread_length;
};

/* Besides counts of bytes above 0 */
#define TRANSPORT_END    0  /* the peer sends no more (receive only) */
#define TRANSPORT_AGAIN  -1 /* nothing now */
#define TRANSPORT_FAILED -2 /* errno tells why */

/* Takes over a connected, non-blocking socket. */
void transport_open(struct transport *transport, int descriptor);
/*
 * Over TLS from now on: its handshake comes first (tls_stream_handshake of `transport->tls`).
 * False: no memory.
 */
bool transport_start_tls(struct transport *transport, struct tls *tls);
/* Plain bytes again, for a peer that does not speak TLS, or not correctly. */
void transport_drop_tls(struct transport *transport);
/*
 * `drained` is set when there is no more at this moment, so that no second call is needed to learn
 * it.
 */
ssize_t transport_receive(struct transport *transport, void *buffer, size_t size, bool *drained);
/*
 * Gives bytes back that somebody received for another purpose: a station that does not wait for the
 * answer to its handshake. False: no memory.
 */
bool transport_unread(struct transport *transport, const char *bytes, size_t length);
/*
 * Bytes are here already: the socket does not become readable for them. Whoever stops receiving
 * before it was `drained` has to look, and go on by itself.
 */
static inline bool transport_has_pending(const struct transport *transport)
{
    return transport->unread != NULL ||
           (transport->tls != NULL && tls_stream_has_pending(transport->tls));
}
/* The last receive needs a writable socket to go on, then it has to be repeated. */
static inline bool transport_receive_wants_write(const struct transport *transport)
{
    return transport->tls != NULL && tls_stream_receive_wants_write(transport->tls);
}
/* The rest that was not taken has to be sent next; no call may be shorter than that. */
ssize_t transport_send(struct transport *transport, const void *data, size_t length);
/* No more will be sent; what was sent still arrives. */
void transport_shutdown(struct transport *transport);
void transport_close(struct transport *transport);

#endif

/*
 * One side of a TLS connection, as bytes on a socket that the caller watches.
 */
#ifndef COMMON_TLS_STREAM_H
#define COMMON_TLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct tls;
struct tls_stream;

/* Besides counts of bytes above 0 */
#define TLS_STREAM_END    0  /* the peer sends no more (receive only) */
#define TLS_STREAM_AGAIN  -1 /* nothing now */
#define TLS_STREAM_FAILED -2 /* errno tells why */

/*
 * One side of a connection on `descriptor` (non-blocking), which stays the caller's. A client gives
 * the host's name or address as the server's certificate must have it; a server gives NULL. NULL:
 * no memory. Never raises SIGPIPE.
 */
struct tls_stream *tls_stream_new(struct tls *tls, int descriptor, const char *host);
void tls_stream_free(struct tls_stream *stream); /* NULL is fine; sends nothing */

enum tls_handshake {
    TLS_HANDSHAKE_DONE,
    TLS_HANDSHAKE_WANTS_READ, /* call again when the socket is readable */
    TLS_HANDSHAKE_WANTS_WRITE,
    TLS_HANDSHAKE_FAILED, /* what the peer has to know of it was sent */
};
/* One step; it never waits, but takes a millisecond of processor time and more. No deadline. */
enum tls_handshake tls_stream_handshake(struct tls_stream *stream);

/* Our side has said something: the peer's first message came whole, and was understood. */
bool tls_stream_has_answered(const struct tls_stream *stream);

enum tls_failure {
    TLS_FAILURE_ENDED,     /* the peer went away */
    TLS_FAILURE_PLAIN,     /* it does not speak TLS */
    TLS_FAILURE_UNTRUSTED, /* its certificate is missing, or not good */
    TLS_FAILURE_ALERT,     /* it gave up, and said so: often it does not trust our certificate */
    TLS_FAILURE_PROTOCOL,  /* no version or cipher in common, or what is no correct TLS */
};
/* After TLS_HANDSHAKE_FAILED. `*reason` is constant text of OpenSSL's, nothing of the peer's. */
enum tls_failure tls_stream_failure(const struct tls_stream *stream, const char **reason);

/*
 * The common name of the certificate that the peer showed and that was found good. False: there is
 * none, or its name is not one printable ASCII text that fits.
 */
#define TLS_NAME_SIZE 65 /* X.520: 64 characters at most */
bool tls_stream_peer_name(const struct tls_stream *stream, char name[TLS_NAME_SIZE]);

/* `drained`: neither the kernel nor TLS has more at this moment. */
ssize_t tls_stream_receive(struct tls_stream *stream, void *buffer, size_t size, bool *drained);
/*
 * Sends as much as the socket takes. After less than all, the next call must begin with the rest,
 * and may not be shorter; it may be elsewhere in memory.
 */
ssize_t tls_stream_send(struct tls_stream *stream, const void *data, size_t length);
/*
 * Bytes that came are waiting in TLS: the socket does not become readable for them, so the caller
 * has to receive without being told to.
 */
bool tls_stream_has_pending(const struct tls_stream *stream);
/* The last receive has to be repeated once the socket is writable. */
bool tls_stream_receive_wants_write(const struct tls_stream *stream);
/* Tells the peer that nothing follows (close_notify). */
void tls_stream_end_output(struct tls_stream *stream);

#endif

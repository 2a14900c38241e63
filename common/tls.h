/*
 * TLS: a certificate with its key, and connections that speak TLS with it. The only place that
 * includes OpenSSL's SSL. A connection is a bufferevent (tls_accept), or bytes on a socket that the
 * caller watches (tls_stream_...).
 *
 * TLS 1.2 or 1.3, forward secrecy, no renegotiation, no compression, HTTP/1.1 alone by ALPN. A
 * connection keeps what it began with: reading the files again ends none.
 */
#ifndef COMMON_TLS_H
#define COMMON_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct bufferevent;
struct event_base;
struct tls;
struct tls_stream;

/* Strings are never NULL, "" is none. */
struct tls_options {
    const char *certificate, *key;
    const char *client_ca; /* clients have to show a certificate that one of these has issued */
    bool static_rsa; /* last of all, also AES-GCM without forward secrecy, for clients who can't
                        do better */
};

/*
 * `certificate` is a PEM file with the server's certificate first and then the chain, `key` its
 * PEM key: a file that only its owner (us or root) may read, without a passphrase. `client_ca` has
 * one or more certificates in PEM form, each trusted by itself, whether or not it is a root. The
 * options are copied. NULL with a text in `error` when they can't be used.
 */
struct tls *tls_new(const struct tls_options *options, char *error, size_t error_size);
/*
 * For a client: `client_ca` are the CAs that a server's certificate must come from, "" for those of
 * the system; certificate and key are what it shows where a server asks, both may be "".
 */
struct tls *tls_new_client(const struct tls_options *options, char *error, size_t error_size);
/* Connections go on. */
void tls_free(struct tls *tls);
/* Reads the files again. On failure, false with a text, what was there stays in use. */
bool tls_reload(struct tls *tls, char *error, size_t error_size);

/*
 * The server's side of a connection on `descriptor` (non-blocking), which is closed with it. Its
 * callbacks are deferred; BEV_EVENT_CONNECTED tells that the handshake is complete, which has no
 * deadline of its own. NULL when out of memory; `descriptor` is then still the caller's.
 */
struct bufferevent *tls_accept(struct tls *tls, struct event_base *base, int descriptor);
/* After an error in the handshake: whether the peer did not speak TLS at all. */
bool tls_peer_spoke_plainly(struct bufferevent *connection);
/* Tells the peer that nothing follows (close_notify). Call when all output has left. */
void tls_end_output(struct bufferevent *connection);

/* ---- bytes on a socket that the caller watches ---- */

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

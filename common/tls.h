/*
 * TLS: a certificate with its key, and connections that speak TLS with it. A connection is a
 * bufferevent (tls_accept), or bytes on a socket that the caller watches (tls_stream.h). These two
 * are the only place that includes OpenSSL's SSL.
 *
 * TLS 1.2 or 1.3, forward secrecy, no renegotiation, no compression, HTTP/1.1 alone by ALPN. A
 * connection keeps what it began with: reading the files again ends none.
 */
#ifndef COMMON_TLS_H
#define COMMON_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event_base;
struct tls;

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

#endif

/*
 * TLS for servers: a certificate with its key, and connections that speak TLS with it. The only
 * place that includes OpenSSL's SSL.
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

/*
 * `certificate` is a PEM file with the server's certificate first and then the chain, `key` its
 * PEM key: a file that only its owner (us or root) may read, without a passphrase. Both paths are
 * kept. NULL with a text in `error` when they can't be used.
 */
struct tls *tls_new(const char *certificate, const char *key, char *error, size_t error_size);
/* Connections go on. */
void tls_free(struct tls *tls);
/* Reads both files again. On failure, false with a text, what was there stays in use. */
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

/*
 * The HTTP/1.1 server of boardd: connections, requests, replies, event streams. It knows no routes
 * and no users: each complete request goes to one handler.
 *
 * What it sees to by itself: strict parsing (common/http1.h), one request at a time per connection
 * (the next one is looked at when the reply has left), caps on connections, heads and bodies,
 * absolute deadlines (a TLS handshake or a request that drips in, a reply that isn't read), accept
 * errors that don't spin. Where there are too many connections, one that has brought no request for
 * a second gives way.
 */
#ifndef BOARDD_HTTP_SERVER_H
#define BOARDD_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/http/json_out.h"
#include "common/http1.h"

struct event_base;
struct http_server;
struct http_exchange;
struct http_stream;
struct tls;

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD = 2,
    HTTP_POST = 4,
    HTTP_PUT = 8,
    HTTP_DELETE = 16,
    HTTP_OPTIONS = 32,
    HTTP_OTHER = 64,
};

/* Called for each complete request. It, or something it starts, ends the exchange with one reply or
 * stream, at some time. */
typedef void http_handler(struct http_exchange *exchange, void *context);

struct http_server_options {
    struct event_base *base;
    const char *address; /* "" for any */
    uint16_t port;       /* 0: the system's choice */
    size_t max_connections;
    size_t max_connections_per_address; /* 0: no limit */
    size_t max_body;
    uint64_t request_timeout_ms;
    uint64_t idle_timeout_ms; /* between requests, and for a reply to be read */
    struct tls *tls;          /* not owned; NULL: plain http */
    bool hsts;                /* with TLS: Strict-Transport-Security on every reply */
    http_handler *handler;
    void *context;
};

/* NULL with a text in `error` when the address can't be used. */
struct http_server *http_server_new(const struct http_server_options *options, char *error,
                                    size_t error_size);
/* Closes the listener and all connections and streams. */
void http_server_free(struct http_server *server);
/* Stops accepting; open connections go on. */
void http_server_stop_listening(struct http_server *server);
/* "127.0.0.1:9230", "[::1]:9230" as bound. */
const char *http_server_address(const struct http_server *server);
size_t http_server_connections(const struct http_server *server);
/* Serves a connected non-blocking socket that was not accepted here (a test's socket pair); takes
 * it. `peer` is its address. False, and it is closed, when out of memory. */
bool http_server_adopt(struct http_server *server, int descriptor, const char *peer);

/* The request. Spans and texts are valid until the reply. */
enum http_method http_method(const struct http_exchange *exchange);
const struct http1_request *http_request(const struct http_exchange *exchange);
struct http1_span http_body(const struct http_exchange *exchange);
const char *http_peer(const struct http_exchange *exchange); /* address without the port */
bool http_is_secure(const struct http_exchange *exchange);   /* it came over TLS */
/* A copy of the header's value, NUL-terminated; false when absent, empty or longer than fits. */
bool http_header_text(const struct http_exchange *exchange, const char *name, char *out,
                      size_t size);

/*
 * Where an exchange is answered later: `cancelled` is called when the connection ends first, after
 * which the exchange must not be touched.
 */
void http_defer(struct http_exchange *exchange, void (*cancelled)(void *), void *context);

/*
 * A header of the reply. The value may hold anything: with a control character in it the header is
 * left out. All added headers together fit HTTP_MAX_ADDED bytes; what does not is left out.
 */
#define HTTP_MAX_ADDED 4096
void http_add_header(struct http_exchange *exchange, const char *name, const char *value);

/*
 * http_reply_json with status 200 then adds a weak ETag made from the body, and answers 304 where
 * If-None-Match holds it: for lists that are polled and often have not changed.
 */
void http_tag_reply(struct http_exchange *exchange);
/* Whether If-None-Match holds the tag, compared weakly. */
bool http_none_match(const struct http_exchange *exchange, const char *etag);

/* Each of these ends the exchange. HEAD gets the head alone. */
void http_reply_empty(struct http_exchange *exchange, unsigned status);
/* Takes the text out of `json`, which is empty afterwards; 503 when it failed. */
void http_reply_json(struct http_exchange *exchange, unsigned status, struct json_out *json);
void http_reply_text(struct http_exchange *exchange, unsigned status, const char *type,
                     const char *text, size_t length);
/* `data` is not copied: it stays until `release` is called. */
void http_reply_reference(struct http_exchange *exchange, unsigned status, const char *type,
                          const void *data, size_t length, void (*release)(void *), void *context);
/* {"error": "…"} */
void http_reply_error(struct http_exchange *exchange, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text that streams share: made once, sent to any number of them, freed with the last reference. */
struct http_chunk {
    unsigned references;
    size_t length;
    char *data;
};
/* Takes `data` (heap). NULL, and `data` freed, when out of memory. */
struct http_chunk *http_chunk_new(char *data, size_t length);
void http_chunk_release(struct http_chunk *chunk);

struct http_stream_callbacks {
    void (*drained)(void *context); /* everything that was sent has gone to the kernel */
    void (*closed)(void *context);  /* the stream is gone; don't touch it again */
    void *context;
};

/*
 * Ends the exchange with status 200 and a body without end (it ends with the connection). Returns
 * NULL, having answered, when out of memory or for HEAD.
 */
struct http_stream *http_stream_begin(struct http_exchange *exchange, const char *type,
                                      const struct http_stream_callbacks *callbacks);
void http_stream_send(struct http_stream *stream, struct http_chunk *chunk);
void http_stream_send_copy(struct http_stream *stream, const char *text, size_t length);
/* Bytes that wait for the peer to read. */
size_t http_stream_pending(const struct http_stream *stream);
/* Bytes that went to the kernel since the stream began. */
uint64_t http_stream_sent(const struct http_stream *stream);
/* Ends it after what is pending (bounded time), or at once. `closed` is not called. */
void http_stream_end(struct http_stream *stream, bool at_once);

const char *http_status_text(unsigned status);

#endif

/* What http_server.c, http_accept.c and http_reply.c share; nobody else includes it. */
#ifndef BOARDD_HTTP_INTERNAL_H
#define BOARDD_HTTP_INTERNAL_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/queue.h>

#include "boardd/http/http_server.h"
#include "common/timestamp.h"

enum connection_state {
    CONNECTION_HANDSHAKE, /* of TLS */
    CONNECTION_READING,   /* a request, or nothing yet */
    CONNECTION_HANDLING,  /* a request is complete, its reply not made */
    CONNECTION_WRITING,   /* the reply leaves */
    CONNECTION_STREAMING, /* an event stream */
    CONNECTION_LINGERING, /* written and shut down; what still comes is thrown away so that the peer
                             sees the reply */
};

struct http_exchange {
    struct http_connection *connection;
    enum http_method method;
    struct http1_request request;
    struct http1_span body;
    void (*cancelled)(void *);
    void *cancel_context;
    bool tagged;
    size_t added_length;
    char added[HTTP_MAX_ADDED]; /* header lines */
};

struct http_stream {
    struct http_connection *connection;
    struct http_stream_callbacks callbacks;
    uint64_t queued;
};

struct http_connection {
    TAILQ_ENTRY(http_connection) link;
    struct http_server *server;
    struct bufferevent *events;
    struct event *deadline;
    enum connection_state state;
    bool request_begun;
    bool continue_sent;
    bool keep_alive;
    bool plain; /* not TLS, although the port speaks it */
    size_t request_length;
    uint64_t waiting_since_ms; /* for a request */
    char peer[48];
    struct http1_parser parser;
    struct http_exchange exchange;
    struct http_stream stream;
};

struct http_server {
    struct http_server_options options;
    struct http1_limits limits;
    struct evconnlistener *listener;
    struct event *resume_accepting;
    int spare_descriptor; /* given up to refuse politely when there are no more */
    size_t connection_count;
    TAILQ_HEAD(, http_connection) connections;
    char address[64];
    uint64_t date_s; /* the second that `date` says; "" before the first reply */
    char date[HTTP_DATE_SIZE];
};

/* Takes `descriptor`, a connected non-blocking socket. False, and it is closed, when out of memory.
 */
bool http_connection_new(struct http_server *server, int descriptor, const char *peer);
void http_connection_free(struct http_connection *connection);
void http_connection_set_deadline(struct http_connection *connection, uint64_t ms);
/* Before a reply is put into the output buffer, which http_connection_replied then sends. */
void http_connection_hold_output(struct http_connection *connection);
/* The reply is in the output buffer. */
void http_connection_replied(struct http_connection *connection);

/* The listener of http_accept.c. */
bool http_accept_start(struct http_server *server, char *error, size_t error_size);
void http_accept_stop(struct http_server *server);
/* Starts to accept again after a pause: callback of resume_accepting. */
void http_accept_resume(evutil_socket_t descriptor, short what, void *context);

#endif

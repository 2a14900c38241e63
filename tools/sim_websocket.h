/*
 * A WebSocket client connection of one simulated station (RFC 6455), on libevent and wslay.
 */
#ifndef TOOLS_SIM_WEBSOCKET_H
#define TOOLS_SIM_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct deflate_codec;
struct event_base;
struct sim_websocket;
struct tls;

/* Where all stations connect to. */
struct sim_target {
    struct sockaddr_storage address;
    socklen_t address_length;
    char host[128];  /* for the Host header: "127.0.0.1:9220" */
    char path[256];  /* "/ocpp", no slash at the end */
    char name[112];  /* as the gateway's certificate must have it */
    bool is_secure;  /* wss */
    struct tls *tls; /* where it is secure; the caller's to set */
};

/*
 * Takes "ws://host:port/path" or "wss://..." apart and looks the host up. False with a text in
 * `error`.
 */
bool sim_target_parse(struct sim_target *target, const char *url, char *error, size_t error_size);

struct sim_websocket_options {
    const char *identity;      /* percent-encoded into the path */
    const char *subprotocol;   /* "ocpp1.6" */
    const char *password;      /* NULL: no Authorization header */
    const char *password_user; /* NULL: the identity */
    unsigned source;           /* not 0: connect from 127.0.source.1 (more than 28k connections) */
    uint64_t seed;             /* of the masks */
    /* not NULL: messages are compressed, or there is no connection; shared, used until its end */
    struct deflate_codec *codec;
};

/*
 * Exactly one of these ends a connection: on_refused, on_closed. The connection is freed after it
 * has returned; nothing may be called on it from then on. All are called from the event loop, never
 * from within a function below.
 */
struct sim_websocket_handlers {
    void (*on_open)(void *context);
    /* `status` of the HTTP answer; 0 when there was none, with the reason as text. */
    void (*on_refused)(unsigned status, const char *reason, void *context);
    void (*on_text)(const char *data, size_t length, void *context);
    /* `clean`: a closing handshake with that code. */
    void (*on_closed)(bool clean, unsigned code, void *context);
};

/* NULL when there is no memory or no descriptor (errno). `target` and the handlers are kept, not
 * copied. */
struct sim_websocket *sim_websocket_connect(struct event_base *base,
                                            const struct sim_target *target,
                                            const struct sim_websocket_options *options,
                                            const struct sim_websocket_handlers *handlers,
                                            void *context);

/* False when the connection is closing or there is no memory. */
bool sim_websocket_send(struct sim_websocket *socket, const char *data, size_t length);
/* Starts the closing handshake; on_closed comes when it is done or after 2 seconds. */
void sim_websocket_close(struct sim_websocket *socket, unsigned code);
/* Ends the connection with a TCP reset, as a lost link or a power cut would; on_closed is called
 * from the loop. */
void sim_websocket_abort(struct sim_websocket *socket);
/* Frees at once, without calling anything. NULL is fine. Not from within a handler. */
void sim_websocket_free(struct sim_websocket *socket);

#endif

/*
 * The gateway's context: one event loop, one thread, and what lives in it.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "common/http1.h"
#include "gateway/limits.h"
#include "gateway/loop_clock.h"
#include "gateway/publish.h"
#include "gateway/registry.h"
#include "gateway/station_file.h"
#include "gateway/transaction_ids.h"
#include "gateway/unknown_stations.h"
#include "gateway/websocket.h"
#include "shm/segment_writer.h"

#define GATEWAY_ANSWER_SIZE 16384 /* longest answer to a CALL */

struct control;
struct event;
struct event_base;
struct listener;
struct newcomers;
struct lingerers;
struct station;
struct tls;

/*
 * Reads the configuration: from the command line's file and assignments. Called at start and for
 * each reload. False: errors, all given to `complain`.
 */
typedef bool gateway_read_config(struct config *config, config_complaint *complain,
                                 void *complain_context, void *context);

struct gateway {
    struct event_base *base;
    struct loop_clock clock;
    struct config config;
    gateway_read_config *read_config;
    void *read_config_context;
    /* what the configuration means to the modules that keep a pointer to it */
    struct websocket_limits websocket_limits;
    struct http1_limits http_limits;
    /* no more than there are descriptors for */
    size_t max_connections, max_handshakes, max_lingerers;
    struct station_file *station_file; /* NULL: none configured */

    struct segment_writer *writer;
    struct publisher publisher;
    struct websocket_loop *websockets;
    struct limits *limits;
    struct registry *stations;
    struct station *dead_stations; /* freed after the iteration in which they ended */
    struct newcomers *newcomers;
    struct lingerers *lingerers;
    struct listener *listener;     /* NULL: none for plain connections */
    struct listener *tls_listener; /* NULL: none */
    struct tls *tls;               /* NULL: gateway.tls_listen is not set */
    struct control *control;       /* NULL: off */
    struct unknown_stations *unknown;
    struct transaction_ids transaction_ids;
    char answer[GATEWAY_ANSWER_SIZE];

    struct event *tick; /* once a second */
    uint64_t last_tick_ns;
    struct event *wave; /* while stopping */
    size_t wave_size;
    uint64_t stop_deadline_ns;
    bool stopping;
    bool finished;
};

/* Everything up to listening. NULL on failure, having logged why. `read` is kept for reloads. */
struct gateway *gateway_open(gateway_read_config *read, void *context);
/* Returns after gateway_stop, when all stations are gone or shutdown_timeout is over. */
void gateway_run(struct gateway *gateway);
void gateway_close(struct gateway *gateway);

/*
 * SIGTERM: stops accepting and closes stations in waves. A second call ends at once. `context` is
 * the gateway.
 */
void gateway_stop(void *context);
/* SIGHUP. */
void gateway_reload(void *context);

/* The gateway's side of TLS; true where there is none to speak, too. */
bool gateway_load_tls(const struct config *config, struct tls **tls, config_complaint *complain,
                      void *context);
/* The configuration's station file; true when none is configured, too. */
bool gateway_load_stations(const struct config *config, struct station_file **file,
                           config_complaint *complain, void *context);

#endif

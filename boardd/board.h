/* What belongs together in one ocpp-boardd. main.c makes it; the handlers of the API see it. */
#ifndef BOARDD_BOARD_H
#define BOARDD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/login/login_report.h"
#include "common/config.h"

struct address_limits;
struct commands;
struct custom_metrics;
struct event_base;
struct login;
struct fold;
struct http_server;
struct own_events;
struct redis_feed;
struct session_limits;
struct sessions;
struct sse;
struct static_files;
struct statsd;
struct stations;
struct store;
struct tail;
struct telemetry;
struct unknown_list;
struct throttle;
struct tls;

struct board {
    const struct config *config;
    struct event_base *base;
    struct address_limits *limits;
    struct session_limits *session_limits;
    struct tls *tls; /* NULL: plain http */
    struct http_server *server;
    struct sessions *sessions;
    struct login *login;
    struct throttle *throttle;
    struct throttle *bearer_throttle; /* apart: an old script locks out nobody who logs in */
    struct login_report login_report;
    struct static_files *files;
    struct own_events *own;
    struct commands *commands;
    struct store *store;
    struct fold *fold;
    struct stations *stations;
    struct unknown_list *unknown;
    struct tail *tail;
    struct custom_metrics *custom;
    struct statsd *statsd; /* NULL: off */
    struct telemetry *telemetry;
    struct sse *sse;
    struct redis_feed *redis; /* NULL: board.source is none */
    struct event *save_timer;
    uint64_t started_ns;  /* CLOCK_REALTIME */
    uint64_t lost_events; /* overwritten before they could be read */
    char cookie_name[32]; /* over plain http */
    char state_path[4096];
};

/* NULL with a text in `error` on failure. `config` must outlive it. */
struct board *board_new(const struct config *config, struct event_base *base, char *error,
                        size_t error_size);
void board_free(struct board *board);
/* Reads the web UI, users and tokens and the certificate again; what can't be read stays as it is,
 * with a warning. */
void board_reload(struct board *board);
/* Gateways that were there before are perhaps not found yet. */
bool board_is_finding(const struct board *board);
/* Why nothing can be read from where board.source says; "" when it can. */
const char *board_source_reason(const struct board *board);

#define BOARD_BUILD_ID "ocpp-boardd " PACKAGE_VERSION

#endif

#include "boardd/board.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#include "boardd/commands/command.h"
#include "boardd/commands/control_route.h"
#include "boardd/commands/redis_route.h"
#include "boardd/http/address_limits.h"
#include "boardd/http/http_server.h"
#include "boardd/sources/own_events.h"
#include "boardd/sources/redis_feed.h"
#include "boardd/sources/sources.h"
#include "boardd/api/routes.h"
#include "boardd/login/login.h"
#include "boardd/login/session.h"
#include "boardd/login/throttle.h"
#include "boardd/stream/sse.h"
#include "boardd/http/session_limits.h"
#include "boardd/http/static_files.h"
#include "boardd/state/custom_metrics.h"
#include "boardd/state/fold.h"
#include "boardd/state/statsd.h"
#include "boardd/state/stations.h"
#include "boardd/state/store.h"
#include "boardd/state/tail.h"
#include "boardd/state/telemetry.h"
#include "boardd/state/unknown_list.h"
#include "common/control_socket.h"
#include "common/timestamp.h"
#include "common/log.h"
#include "common/tls.h"

#define SAVE_SECONDS 5

static struct static_files *load_files(const struct config *config, char *error, size_t error_size)
{
    char reason[256];
    const char *directory =
        *config->board_webui != '\0' ? config->board_webui : PKGDATADIR "/webui";
    struct static_files *files = static_files_load(directory, reason, sizeof(reason));
    if (files == NULL)
        snprintf(error, error_size, "web UI in %s: %s", directory, reason);
    return files;
}

static void on_save(evutil_socket_t descriptor, short what, void *context)
{
    struct board *board = context;
    (void)descriptor;
    (void)what;
    sessions_save(board->sessions);
    login_report_flush(&board->login_report);
}

static void on_lost(void *context, unsigned source, enum collection collection, uint64_t count)
{
    struct board *board = context;
    char text[200];
    board->lost_events += count;
    snprintf(text, sizeof(text), "%llu %s of gateway %s were overwritten before they could be read",
             (unsigned long long)count, collection_label(collection),
             tail_source(board->tail, source)->name);
    log_warnx("shm", "%s", text);
    own_events_system(board->own, EVENT_LOST, count, text);
}

static size_t count_streams(void *context)
{
    const struct board *board = context;
    return board->sse != NULL ? sse_count(board->sse) : 0;
}

static void on_sampled(void *context)
{
    struct board *board = context;
    if (board->sse != NULL)
        sse_telemetry(board->sse);
}

/* Whether what the session's login stood for still stands. */
static bool has_account(const struct session *session, void *context)
{
    const struct board *board = context;
    return session->account == login_account(board->login, session->name, session->role);
}

static void end_orphaned_sessions(struct board *board)
{
    size_t count = sessions_end_unless(board->sessions, has_account, board);
    if (count > 0)
        log_info("auth", "%zu sessions ended: their user, role, password or token has changed",
                 count);
}

static bool make_sessions(struct board *board)
{
    const struct config *config = board->config;
    const char *dir = *config->board_state_dir != '\0' ? config->board_state_dir : config->shm_dir;
    snprintf(board->state_path, sizeof(board->state_path), "%s/ocpp-board.%s.sessions", dir,
             config->shm_instance);
    struct sessions_options options = {
        .idle_ms = config->board_session_idle,
        .max_ms = config->board_session_max,
        .max_count = (size_t)config->board_max_sessions,
        .state_path = config->board_auth == BOARD_AUTH_NONE ? "" : board->state_path,
    };
    board->sessions = sessions_new(&options, clock_mono_ms());
    if (board->sessions == NULL)
        return false;
    end_orphaned_sessions(board);
    return true;
}

static bool make_fold(struct board *board)
{
    const struct config *config = board->config;
    board->fold = fold_new(&(struct fold_options){
        .limits = {.connectors = (size_t)config->board_max_connectors,
                   .transactions = (size_t)config->board_max_transactions,
                   .meter_values = (size_t)config->board_max_meter_values,
                   .bytes = (size_t)config->board_max_state},
        .flapping_connects = (unsigned)config->board_flapping_connects,
        .flapping_ms = config->board_flapping_time,
        .slow_ms = config->board_slow_answer,
        .error_ms = config->board_error_time,
    });
    if (board->fold == NULL)
        return false;
    fold_listen(board->fold, board->tail);
    board->stations = stations_new(board->tail, board->fold, STATIONS_CACHE_BYTES);
    board->unknown = unknown_list_new(board->tail, (size_t)config->board_max_unknown);
    return board->stations != NULL && board->unknown != NULL;
}

static bool make_custom_metrics(struct board *board, char *error, size_t error_size)
{
    const struct config *config = board->config;
    board->custom =
        custom_metrics_new((size_t)config->board_max_metrics, config->board_metric_lifetime);
    if (board->custom == NULL)
        return false;
    if (*config->board_statsd == '\0')
        return true;
    board->statsd = statsd_new(board->base, board->custom, config->board_statsd, error, error_size);
    return board->statsd != NULL;
}

/* The sources that there are from the start, boardd itself the last of them. */
static bool make_tail(struct board *board, char *error, size_t error_size)
{
    struct source *sources[TAIL_MAX_SOURCES];
    unsigned count;
    struct own_events *own = own_events_new();
    if (own == NULL)
        return false;
    if (!sources_open(board->config, sources, &count, error, error_size)) {
        own_events_source(own)->operations->free(own_events_source(own));
        return false;
    }
    sources[count++] = own_events_source(own);
    snprintf(error, error_size, "out of memory");
    board->tail = tail_new(board->base, sources, count);
    if (board->tail == NULL)
        return false;
    board->own = own;
    log_set_sink(own_events_log, own);
    login_report_init(&board->login_report, own);
    return true;
}

#ifdef WITH_HIREDIS
static bool on_found(void *context, struct source *source)
{
    struct board *board = context;
    if (!tail_add(board->tail, source))
        return false;
    commands_set_route(board->commands, tail_count(board->tail) - 1,
                       redis_route_new(board->commands, board->redis, source));
    return true;
}
#endif

/* Where gateways are found while the dashboard runs. */
static bool make_store(struct board *board, char *error, size_t error_size)
{
    if (strncmp(board->config->board_source, "redis:", 6) != 0)
        return true;
#ifdef WITH_HIREDIS
    board->redis = redis_feed_new(&(struct redis_feed_options){.base = board->base,
                                                               .config = board->config,
                                                               .own = board->own,
                                                               .found = on_found,
                                                               .context = board},
                                  error, error_size);
    if (board->redis != NULL)
        redis_routes_listen(board->commands, board->redis);
    return board->redis != NULL;
#else
    snprintf(error, error_size, "board.source: this ocpp-boardd was built without hiredis");
    return false;
#endif
}

/* The way back to each gateway whose segment is read here. */
static bool make_commands(struct board *board)
{
    const struct config *config = board->config;
    char path[CONTROL_PATH_SIZE];
    board->commands = commands_new(board->base);
    if (board->commands == NULL)
        return false;
    if (control_is_off(config) || strcmp(config->board_source, "shm") != 0)
        return true;
    for (unsigned i = 0; i < tail_count(board->tail); i++) {
        const struct source *source = tail_source(board->tail, i);
        if (source->is_gateway && control_path(config, source->name, path))
            commands_set_route(
                board->commands, i,
                control_route_new(board->commands, board->base, i, source, config, path));
    }
    return true;
}

static void on_round(void *context)
{
    struct board *board = context;
    if (board->telemetry != NULL && !tail_caught_up(board->tail) && tail_is_capture(board->tail))
        telemetry_sample_capture(board->telemetry);
}

/* Whatever reads the sources: the tail and those who listen to it. */
static bool make_readers(struct board *board, char *error, size_t error_size)
{
    if (!make_tail(board, error, error_size))
        return false;
    board->store = store_new(board->tail, (size_t)board->config->board_event_cache);
    if (board->store == NULL || !make_fold(board) || !make_commands(board))
        return false;
    tail_listen(board->tail,
                &(struct tail_listener){.lost = on_lost, .round = on_round, .context = board});
    if (!make_custom_metrics(board, error, error_size))
        return false;
    board->sse = sse_new(board);
    board->telemetry = telemetry_new(&(struct telemetry_options){
        .base = board->base,
        .tail = board->tail,
        .interval_ms = board->config->board_telemetry_interval,
        .custom = board->custom,
        .streams = count_streams,
        .sampled = on_sampled,
        .context = board,
    });
    return board->sse != NULL && board->telemetry != NULL;
}

static bool make_limits(struct board *board)
{
    board->limits = address_limits_new(&(struct address_limits_options){
        .request_rate = board->config->board_request_rate,
        .request_burst = board->config->board_request_burst,
    });
    struct throttle_options throttling = {
        .attempts = board->config->board_login_attempts,
        .penalty_ms = board->config->board_login_penalty,
        .penalty_max_ms = board->config->board_login_penalty_max,
    };
    board->throttle = throttle_new(&throttling);
    board->bearer_throttle = throttle_new(&throttling);
    board->session_limits =
        session_limits_new(board->config->board_session_rate, board->config->board_session_burst,
                           (size_t)board->config->board_max_sessions);
    return board->limits != NULL && board->throttle != NULL && board->bearer_throttle != NULL &&
           board->session_limits != NULL;
}

static bool make_tls(struct board *board, char *error, size_t error_size)
{
    const struct config *config = board->config;
    char reason[400];
    if (*config->board_tls_cert == '\0')
        return true;
    board->tls = tls_new(&(struct tls_options){.certificate = config->board_tls_cert,
                                               .key = config->board_tls_key,
                                               .client_ca = ""},
                         reason, sizeof(reason));
    if (board->tls == NULL)
        snprintf(error, error_size, "board.tls_cert, board.tls_key: %s", reason);
    return board->tls != NULL;
}

static bool make_save_timer(struct board *board)
{
    static const struct timeval period = {SAVE_SECONDS, 0};
    board->save_timer = event_new(board->base, -1, EV_PERSIST, on_save, board);
    return board->save_timer != NULL && event_add(board->save_timer, &period) == 0;
}

/* Cookies of one host are sent to all its ports: the port in the name keeps two dashboards apart.
 */
static void name_cookie(struct board *board)
{
    const char *port = strrchr(http_server_address(board->server), ':');
    snprintf(board->cookie_name, sizeof(board->cookie_name), "ocpp-board-%s",
             port != NULL ? port + 1 : "");
}

static bool make_server(struct board *board, char *error, size_t error_size)
{
    const struct config *config = board->config;
    char address[256];
    uint16_t port;
    if (!config_split_listen(config->board_listen, address, sizeof(address), &port)) {
        snprintf(error, error_size, "board.listen: '%s' is no address:port", config->board_listen);
        return false;
    }
    struct http_server_options options = {
        .base = board->base,
        .address = address,
        .port = port,
        .max_connections = (size_t)config->board_max_connections,
        .max_connections_per_address = (size_t)config->board_max_connections_per_address,
        .max_body = (size_t)config->board_max_body,
        .request_timeout_ms = config->board_request_timeout,
        .idle_timeout_ms = config->board_idle_timeout,
        .tls = board->tls,
        .hsts = config->board_tls_hsts,
        .handler = routes_dispatch,
        .context = board,
    };
    board->server = http_server_new(&options, error, error_size);
    if (board->server == NULL)
        return false;
    name_cookie(board);
    return true;
}

struct board *board_new(const struct config *config, struct event_base *base, char *error,
                        size_t error_size)
{
    struct board *board = calloc(1, sizeof(*board));
    snprintf(error, error_size, "out of memory");
    if (board == NULL)
        return NULL;
    board->config = config;
    board->base = base;
    board->started_ns = clock_real_ns();
    /* first, for it may start a process, which is to know nothing of the rest */
    board->login = login_new(config, base, error, error_size);
    if (board->login == NULL || !make_limits(board) || !make_sessions(board) ||
        (board->files = load_files(config, error, error_size)) == NULL ||
        !make_readers(board, error, error_size) || !make_save_timer(board) ||
        !make_tls(board, error, error_size) || !make_server(board, error, error_size)) {
        board_free(board);
        return NULL;
    }
    tail_start(board->tail);
    if (!make_store(board, error, error_size)) {
        board_free(board);
        return NULL;
    }
    telemetry_sample_now(board->telemetry);
    return board;
}

void board_free(struct board *board)
{
    if (board == NULL)
        return;
    if (board->sessions != NULL)
        sessions_save(board->sessions);
    log_set_sink(NULL, NULL);
    sse_free(board->sse);
    http_server_free(board->server);
    login_free(board->login);
    if (board->save_timer != NULL)
        event_free(board->save_timer);
    telemetry_free(board->telemetry);
#ifdef WITH_HIREDIS
    redis_feed_free(board->redis); /* nothing comes from it any more */
#endif
    commands_free(board->commands);
    statsd_free(board->statsd);
    custom_metrics_free(board->custom);
    store_free(board->store);
    stations_free(board->stations);
    fold_free(board->fold);
    unknown_list_free(board->unknown);
    tail_free(board->tail); /* with the sources, own events among them */
    static_files_free(board->files);
    sessions_free(board->sessions);
    throttle_free(board->throttle);
    throttle_free(board->bearer_throttle);
    address_limits_free(board->limits);
    session_limits_free(board->session_limits);
    tls_free(board->tls);
    free(board);
}

void board_reload(struct board *board)
{
    char error[512];
    struct static_files *files = load_files(board->config, error, sizeof(error));
    if (files != NULL) {
        static_files_free(board->files);
        board->files = files;
    } else {
        log_warnx("config", "%s; the old files stay", error);
    }
    if (!login_reload(board->login, error, sizeof(error)))
        log_warnx("config", "%s; the old one stays", error);
    end_orphaned_sessions(board);
    sessions_save(board->sessions);
    if (board->tls != NULL && !tls_reload(board->tls, error, sizeof(error)))
        log_warnx("config", "%s; the old certificate and key stay", error);
    log_info("config", "web UI, users, tokens and certificate read again");
    own_events_system(board->own, EVENT_RECONFIGURE, 0, "The dashboard read its files again");
}

const char *board_source_reason(const struct board *board)
{
#ifdef WITH_HIREDIS
    if (board->redis != NULL)
        return redis_feed_reason(board->redis);
#endif
    (void)board;
    return "";
}

bool board_is_finding(const struct board *board)
{
#ifdef WITH_HIREDIS
    return board->redis != NULL && redis_feed_is_finding(board->redis);
#else
    (void)board;
    return false;
#endif
}

#include "gateway/gateway.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "config.h"
#include "gateway/control.h"
#include "gateway/linger.h"
#include "gateway/listener.h"
#include "gateway/newcomer.h"
#include "gateway/station.h"

#define TOPIC               "gateway"
#define MAX_ERROR           512
#define DESCRIPTORS_BESIDES 64  /* listeners, segment, log, pipes … */
#define TYPICAL_MESSAGE     400 /* bytes */

/* A wave of closes while stopping */
#define WAVE_MS   50
#define MIN_WAVE  64
#define MAX_WAVES 20

static void log_complaint(const char *text, void *context)
{
    (void)context;
    log_warnx("config", "%s", text);
}

/* ---- once a second ---- */

static uint64_t resident_bytes(void)
{
    unsigned long long total = 0, resident = 0;
    FILE *stream = fopen("/proc/self/statm", "re");
    if (stream == NULL)
        return 0;
    int got = fscanf(stream, "%llu %llu", &total, &resident);
    fclose(stream);
    return got == 2 ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void on_tick(int descriptor, short what, void *context)
{
    struct gateway *gateway = context;
    struct publisher *publisher = &gateway->publisher;
    uint64_t now = loop_clock_mono(&gateway->clock);
    uint64_t expected = gateway->last_tick_ns + NS_PER_SECOND;
    (void)descriptor;
    (void)what;
    segment_writer_heartbeat(gateway->writer, now);
    publish_gauge(publisher, COUNTER_loop_lag_us, now > expected ? (now - expected) / 1000 : 0);
    publish_gauge(publisher, COUNTER_rss_bytes, resident_bytes());
    publish_gauge(publisher, COUNTER_cpu_us_total, cpu_us());
    gateway->last_tick_ns = now;
}

static bool start_tick(struct gateway *gateway)
{
    struct timeval second = {1, 0};
    gateway->tick = event_new(gateway->base, -1, EV_PERSIST, on_tick, gateway);
    gateway->last_tick_ns = loop_clock_mono(&gateway->clock) - NS_PER_SECOND;
    if (gateway->tick == NULL || event_add(gateway->tick, &second) != 0)
        return false;
    on_tick(-1, 0, gateway);
    return true;
}

/* ---- configuration ---- */

bool gateway_load_stations(const struct config *config, struct station_file **file,
                           config_complaint *complain, void *context)
{
    *file = NULL;
    if (config->gateway_stations[0] == '\0')
        return true;
    *file = station_file_load(config->gateway_stations, complain, context);
    return *file != NULL;
}

bool gateway_load_tls(const struct config *config, struct tls **tls, config_complaint *complain,
                      void *context)
{
    char error[MAX_ERROR - 64], text[MAX_ERROR];
    struct tls_options options = {.certificate = config->gateway_tls_cert,
                                  .key = config->gateway_tls_key,
                                  .client_ca = config->gateway_tls_client_ca,
                                  .static_rsa = true};
    *tls = NULL;
    if (config->gateway_tls_listen[0] == '\0')
        return true;
    *tls = tls_new(&options, error, sizeof(error));
    if (*tls != NULL)
        return true;
    snprintf(text, sizeof(text), "gateway.tls_listen: %s", error);
    complain(text, context);
    return false;
}

static void apply_config(struct gateway *gateway)
{
    const struct config *config = &gateway->config;
    gateway->websocket_limits.max_message = (size_t)config->gateway_max_message;
    gateway->websocket_limits.max_output = (size_t)config->gateway_max_output;
    gateway->websocket_limits.min_compressed = (size_t)config->gateway_compression_min;
    gateway->http_limits = (struct http1_limits){
        .max_request_line = (size_t)config->gateway_max_handshake,
        .max_head = (size_t)config->gateway_max_handshake,
        .max_headers = HTTP1_MAX_HEADERS,
        .max_body = 0,
    };
    limits_configure(gateway->limits, config);
    log_set_level((enum log_level)config->log_level);
}

/* Keys that are read at start only. */
static const char *needs_restart(const struct config *old, const struct config *new)
{
    if (strcmp(config_plain_listen(old), config_plain_listen(new)) != 0)
        return "gateway.listen";
    if (strcmp(old->gateway_tls_listen, new->gateway_tls_listen) != 0)
        return "gateway.tls_listen";
    if (strcmp(old->shm_instance, new->shm_instance) != 0)
        return "shm.instance";
    if (strcmp(old->shm_dir, new->shm_dir) != 0)
        return "shm.dir";
    if (old->shm_messages_size != new->shm_messages_size || old->shm_stations != new->shm_stations)
        return "the sizes of shm";
    if (old->gateway_max_connections != new->gateway_max_connections)
        return "gateway.max_connections";
    if (old->gateway_max_handshakes != new->gateway_max_handshakes)
        return "gateway.max_handshakes";
    if (strcmp(old->gateway_control, new->gateway_control) != 0)
        return "gateway.control";
    if (strcmp(old->gateway_user, new->gateway_user) != 0)
        return "gateway.user";
    return NULL;
}

struct first_complaint {
    char text[MAX_ERROR];
    unsigned count;
};

static void note_complaint(const char *text, void *context)
{
    struct first_complaint *first = context;
    if (first->count++ == 0)
        snprintf(first->text, sizeof(first->text), "%s", text);
    log_warnx("config", "%s", text);
}

static void report_reload(struct gateway *gateway, const char *text)
{
    struct publish_subject nobody = PUBLISH_NOBODY;
    publish_system(&gateway->publisher, &nobody, EVENT_RECONFIGURE, 1, text);
    log_info(TOPIC, "%s", text);
}

static void adopt_config(struct gateway *gateway, struct config *config, struct station_file *file,
                         struct tls *tls)
{
    const char *unchanged = needs_restart(&gateway->config, config);
    station_file_free(gateway->station_file);
    tls_free(gateway->tls);
    config_free(&gateway->config);
    gateway->station_file = file;
    gateway->tls = tls;
    gateway->config = *config;
    apply_config(gateway);
    control_configure(gateway->control);
    if (unchanged != NULL)
        log_warnx("config", "%s changed: that takes a restart", unchanged);
    report_reload(gateway, "the configuration was read again");
}

void gateway_reload(void *context)
{
    struct gateway *gateway = context;
    struct first_complaint first = {.count = 0};
    struct station_file *file = NULL;
    struct tls *tls = NULL;
    struct config config;
    char text[MAX_ERROR + 64];
    config_init(&config);
    if (gateway->read_config(&config, note_complaint, &first, gateway->read_config_context) &&
        gateway_load_tls(&config, &tls, note_complaint, &first) &&
        gateway_load_stations(&config, &file, note_complaint, &first)) {
        adopt_config(gateway, &config, file, tls);
        return;
    }
    tls_free(tls);
    config_free(&config);
    snprintf(text, sizeof(text), "the old configuration stays, the new one has errors: %s",
             first.text);
    report_reload(gateway, text);
}

/* ---- start ---- */

static bool open_segment(struct gateway *gateway)
{
    const struct config *config = &gateway->config;
    char error[MAX_ERROR];
    struct segment_options options = {
        .dir = config->shm_dir,
        .instance = config->shm_instance,
        .group = config->shm_group,
        .build_id = PACKAGE_NAME " " PACKAGE_VERSION,
        .ring_size =
            {
                [COLLECTION_MESSAGES] = config->shm_messages_size,
                [COLLECTION_CONNECTIONS] = config->shm_connections_size,
                [COLLECTION_SECURITY] = config->shm_security_size,
                [COLLECTION_ERRORS] = config->shm_errors_size,
                [COLLECTION_SYSTEM] = config->shm_system_size,
                [COLLECTION_LOG] = config->shm_log_size,
            },
        .stations = (uint32_t)config->shm_stations,
    };
    gateway->writer = segment_writer_open(&options, error, sizeof(error));
    if (gateway->writer == NULL) {
        log_warnx("shm", "%s", error);
        return false;
    }
    publisher_init(&gateway->publisher, gateway->writer, &gateway->clock);
    log_set_sink(publish_log, &gateway->publisher);
    transaction_ids_init(&gateway->transaction_ids,
                         segment_writer_get(gateway->writer, COUNTER_last_transaction_id),
                         loop_clock_real(&gateway->clock));
    publish_gauge(&gateway->publisher, COUNTER_connections, 0);
    publish_gauge(&gateway->publisher, COUNTER_unknown_stations, 0);
    publish_count(&gateway->publisher, COUNTER_starts_total);
    return true;
}

static bool make_parts(struct gateway *gateway)
{
    size_t expected = (size_t)gateway->config.gateway_max_connections;
    gateway->websockets = websocket_loop_new();
    gateway->limits = limits_new(expected);
    gateway->stations = registry_new(expected);
    gateway->newcomers = newcomers_new();
    gateway->lingerers = lingerers_new(gateway->base, gateway->max_lingerers);
    gateway->unknown = unknown_stations_new();
    if (gateway->websockets != NULL && gateway->limits != NULL && gateway->stations != NULL &&
        gateway->newcomers != NULL && gateway->lingerers != NULL && gateway->unknown != NULL)
        return true;
    log_warnx(TOPIC, "out of memory");
    return false;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Stations, handshakes and last words each get their part of what may be open. */
static void share_descriptors(struct gateway *gateway)
{
    const struct config *config = &gateway->config;
    size_t wanted = (size_t)(config->gateway_max_connections + config->gateway_max_handshakes) +
                    LINGER_MAX + DESCRIPTORS_BESIDES;
    size_t limit = daemon_raise_descriptor_limit(wanted);
    gateway->max_connections = (size_t)config->gateway_max_connections;
    gateway->max_handshakes = (size_t)config->gateway_max_handshakes;
    gateway->max_lingerers = LINGER_MAX;
    if (config->gateway_max_connections > config->shm_stations)
        log_warnx(TOPIC,
                  "gateway.max_connections is more than shm.stations: readers will not see all "
                  "stations");
    if (limit >= wanted)
        return;
    size_t left = limit > 2 * DESCRIPTORS_BESIDES ? limit - DESCRIPTORS_BESIDES : limit / 2;
    gateway->max_handshakes = smaller(gateway->max_handshakes, left / 8 + 1);
    gateway->max_lingerers = smaller(gateway->max_lingerers, left / 8 + 1);
    gateway->max_connections = left - left / 4;
    log_warnx(TOPIC,
              "%zu open files are allowed: at most %zu stations instead of %" PRIu64
              "; raise LimitNOFILE or ulimit -n to %zu",
              limit, gateway->max_connections, config->gateway_max_connections, wanted);
}

/* "" for `where`: none is wanted. */
static bool open_listener(struct gateway *gateway, const char *key, const char *where,
                          listener_accepted *accepted, struct listener **listener)
{
    char error[MAX_ERROR];
    if (where[0] == '\0')
        return true;
    *listener = listener_open(gateway->base, key, where, accepted, gateway, error, sizeof(error));
    if (*listener == NULL)
        log_warnx(TOPIC, "%s", error);
    return *listener != NULL;
}

static bool open_listeners(struct gateway *gateway)
{
    const struct config *config = &gateway->config;
    return open_listener(gateway, "gateway.listen", config_plain_listen(config), newcomer_accept,
                         &gateway->listener) &&
           open_listener(gateway, "gateway.tls_listen", config->gateway_tls_listen,
                         newcomer_accept_tls, &gateway->tls_listener);
}

static void close_listeners(struct gateway *gateway)
{
    listener_close(gateway->listener);
    listener_close(gateway->tls_listener);
    gateway->listener = NULL;
    gateway->tls_listener = NULL;
}

static bool drop_privileges(const struct gateway *gateway)
{
    char error[MAX_ERROR];
    if (daemon_drop_privileges(gateway->config.gateway_user, error, sizeof(error)))
        return true;
    log_warnx(TOPIC, "gateway.user: %s", error);
    return false;
}

/* Once the segment is ours: nobody else of this instance is alive. */
static bool open_control(struct gateway *gateway)
{
    char error[MAX_ERROR];
    if (control_open(&gateway->control, gateway, error, sizeof(error)))
        return true;
    log_warnx(TOPIC, "%s", error);
    return false;
}

static void announce(struct gateway *gateway)
{
    struct publish_subject nobody = PUBLISH_NOBODY;
    char text[256];
    snprintf(text, sizeof(text), "%s %s started, %s, generation %" PRIu64, PACKAGE_NAME,
             PACKAGE_VERSION, segment_writer_origin(gateway->writer),
             segment_writer_generation(gateway->writer));
    publish_system(&gateway->publisher, &nobody, EVENT_STARTUP, 1, text);
    log_info(TOPIC, "%s", text);
    log_info(TOPIC,
             "segment %s/ocpp-board.%s: %" PRIu64 " MiB; room for about %" PRIu64
             " messages of %d bytes",
             gateway->config.shm_dir, gateway->config.shm_instance,
             segment_writer_size(gateway->writer) >> 20,
             segment_writer_room(gateway->writer, COLLECTION_MESSAGES, TYPICAL_MESSAGE),
             TYPICAL_MESSAGE);
    if (gateway->station_file != NULL)
        log_info(TOPIC, "%zu stations in %s", station_file_count(gateway->station_file),
                 gateway->config.gateway_stations);
    if (gateway->control != NULL)
        log_info(TOPIC, "control socket %s", control_where(gateway->control));
    if (gateway->tls_listener != NULL)
        log_info(TOPIC, "listening for TLS on %s", listener_address(gateway->tls_listener));
    if (gateway->listener != NULL)
        log_info(TOPIC, "listening on %s", listener_address(gateway->listener));
}

static bool open_all(struct gateway *gateway)
{
    gateway->base = event_base_new();
    if (gateway->base == NULL) {
        log_warnx(TOPIC, "no event loop");
        return false;
    }
    share_descriptors(gateway);
    if (!make_parts(gateway) || !open_listeners(gateway) ||
        !gateway_load_tls(&gateway->config, &gateway->tls, log_complaint, NULL) ||
        !drop_privileges(gateway))
        return false;
    if (!gateway_load_stations(&gateway->config, &gateway->station_file, log_complaint, NULL))
        return false;
    apply_config(gateway);
    if (!open_segment(gateway) || !open_control(gateway))
        return false;
    if (!start_tick(gateway)) {
        log_warnx(TOPIC, "out of memory");
        return false;
    }
    announce(gateway);
    return true;
}

struct gateway *gateway_open(gateway_read_config *read, void *context)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    if (gateway == NULL) {
        log_warnx(TOPIC, "out of memory");
        return NULL;
    }
    gateway->read_config = read;
    gateway->read_config_context = context;
    config_init(&gateway->config);
    if (read(&gateway->config, log_complaint, NULL, context) && open_all(gateway))
        return gateway;
    gateway_close(gateway);
    return NULL;
}

void gateway_run(struct gateway *gateway)
{
    while (!gateway->finished) {
        event_base_loop(gateway->base, EVLOOP_ONCE);
        loop_clock_invalidate(&gateway->clock);
        station_free_dead(gateway);
    }
}

/* ---- stop ---- */

static void close_stations(struct gateway *gateway, size_t count)
{
    struct registry_entry *entry;
    for (; count > 0 && (entry = registry_first(gateway->stations)) != NULL; count--)
        station_close((struct station *)(void *)entry, CLOSE_GOING_AWAY, "the gateway stops");
}

static void on_wave(int descriptor, short what, void *context)
{
    struct gateway *gateway = context;
    bool late = loop_clock_mono(&gateway->clock) >= gateway->stop_deadline_ns;
    (void)descriptor;
    (void)what;
    close_stations(gateway, late ? SIZE_MAX : gateway->wave_size);
    if (late ||
        (registry_count(gateway->stations) == 0 && lingerers_count(gateway->lingerers) == 0))
        gateway->finished = true;
}

void gateway_stop(void *context)
{
    struct gateway *gateway = context;
    struct publish_subject nobody = PUBLISH_NOBODY;
    struct timeval interval = {0, WAVE_MS * 1000};
    if (gateway->stopping) {
        gateway->finished = true;
        return;
    }
    gateway->stopping = true;
    publish_system(&gateway->publisher, &nobody, EVENT_SHUTDOWN, 1, "the gateway stops");
    log_info(TOPIC, "stopping; %zu stations are connected", registry_count(gateway->stations));
    close_listeners(gateway);
    newcomers_turn_away(gateway->newcomers);
    gateway->wave_size = registry_count(gateway->stations) / MAX_WAVES + MIN_WAVE;
    gateway->stop_deadline_ns =
        loop_clock_mono(&gateway->clock) + gateway->config.gateway_shutdown_timeout * NS_PER_MS;
    gateway->wave = event_new(gateway->base, -1, EV_PERSIST, on_wave, gateway);
    if (gateway->wave == NULL || event_add(gateway->wave, &interval) != 0)
        gateway->finished = true;
    else
        on_wave(-1, 0, gateway);
}

void gateway_close(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    close_listeners(gateway);
    newcomers_free(gateway->newcomers);
    if (gateway->stations != NULL)
        close_stations(gateway, SIZE_MAX);
    station_free_dead(gateway);
    control_free(gateway->control);
    lingerers_free(gateway->lingerers);
    log_set_sink(NULL, NULL);
    if (gateway->writer != NULL)
        segment_writer_close(gateway->writer, loop_clock_real(&gateway->clock));
    if (gateway->wave != NULL)
        event_free(gateway->wave);
    if (gateway->tick != NULL)
        event_free(gateway->tick);
    registry_free(gateway->stations);
    limits_free(gateway->limits);
    websocket_loop_free(gateway->websockets);
    unknown_stations_free(gateway->unknown);
    station_file_free(gateway->station_file);
    tls_free(gateway->tls);
    if (gateway->base != NULL)
        event_base_free(gateway->base);
    config_free(&gateway->config);
    free(gateway);
}

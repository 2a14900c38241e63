#include "tools/sim_fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/deflate.h"
#include "common/tls.h"
#include "tools/sim_passwords.h"
#include "tools/sim_station.h"

#define SECOND        UINT64_C(1000000000)
#define STATS_QUIETLY 10 /* seconds between lines that go to a file */
#define CLOSE_WAIT    (3 * SECOND)
#define PATIENCE      (60 * SECOND) /* until all stations are ready for the fixed load */
#define RATE_OF_RAMP  250.0         /* connections a second where no ramp-up is given */

enum phase { RUNNING, WAITING_FOR_ANSWERS, WAITING_FOR_CLOSES };

struct sim_fleet {
    const struct sim_options *options;
    struct sim_world world;
    struct sim_station **stations;
    unsigned count;
    struct event *stats_timer;
    struct event *end_timer;
    struct event *load_timer;
    struct sim_stats shown; /* at the last line */
    uint64_t shown_ns;
    enum phase phase;
    uint64_t give_up_ns; /* of the phase */
    uint64_t end_ns;     /* when it was told to stop */
    /* fixed load */
    uint64_t load_start_ns; /* 0: not yet */
    uint64_t load_sent;
    unsigned load_next;
};

static void set_timer(struct event *timer, uint64_t ns)
{
    struct timeval delay = {(time_t)(ns / SECOND), (suseconds_t)(ns % SECOND / 1000)};

    evtimer_add(timer, &delay);
}

/* Figures */

static double elapsed(const struct sim_fleet *fleet)
{
    return (double)(sim_now_ns() - fleet->world.start_ns) / (double)SECOND;
}

static void on_stats(int fd, short what, void *context)
{
    struct sim_fleet *fleet = context;
    uint64_t now = sim_now_ns();

    (void)fd;
    (void)what;
    sim_stats_line(&fleet->world.stats, &fleet->shown,
                   (double)(now - fleet->shown_ns) / (double)SECOND, elapsed(fleet), stderr);
    fleet->shown = fleet->world.stats;
    fleet->shown_ns = now;
}

/* The end */

static bool any_waiting(const struct sim_fleet *fleet)
{
    for (unsigned i = 0; i < fleet->count; i++) {
        if (sim_station_is_waiting(fleet->stations[i]))
            return true;
    }
    return false;
}

static void on_end(int fd, short what, void *context)
{
    struct sim_fleet *fleet = context;
    uint64_t now = sim_now_ns();

    (void)fd;
    (void)what;
    if (fleet->phase == RUNNING) {
        sim_fleet_stop(fleet);
        return;
    }
    if (fleet->phase == WAITING_FOR_ANSWERS && (now >= fleet->give_up_ns || !any_waiting(fleet))) {
        fleet->phase = WAITING_FOR_CLOSES;
        fleet->give_up_ns = now + CLOSE_WAIT;
        for (unsigned i = 0; i < fleet->count; i++)
            sim_station_stop(fleet->stations[i]);
    }
    if (fleet->phase == WAITING_FOR_CLOSES &&
        (now >= fleet->give_up_ns || fleet->world.stats.online == 0)) {
        event_base_loopbreak(fleet->world.base);
        return;
    }
    set_timer(fleet->end_timer, SECOND / 100);
}

void sim_fleet_stop(void *context)
{
    struct sim_fleet *fleet = context;

    if (fleet->phase != RUNNING) {
        event_base_loopbreak(fleet->world.base);
        return;
    }
    fleet->phase = WAITING_FOR_ANSWERS;
    fleet->end_ns = sim_now_ns();
    fleet->give_up_ns = fleet->end_ns + fleet->world.call_timeout_ns;
    fleet->world.stopping = true;
    evtimer_del(fleet->load_timer);
    set_timer(fleet->end_timer, 0);
}

/* The fixed load: message k is due at the start plus k / rate, whatever happens. */

static bool all_ready(const struct sim_fleet *fleet)
{
    for (unsigned i = 0; i < fleet->count; i++) {
        if (!sim_station_is_ready(fleet->stations[i]))
            return false;
    }
    return true;
}

/* The duration counts from here, the time before was only patience. */
static void begin_load(struct sim_fleet *fleet, uint64_t now)
{
    fleet->load_start_ns = now;
    evtimer_del(fleet->end_timer);
    if (fleet->options->duration > 0)
        set_timer(fleet->end_timer, (uint64_t)(fleet->options->duration * 1e9));
}

static uint64_t due_of(const struct sim_fleet *fleet, uint64_t number)
{
    return fleet->load_start_ns + (uint64_t)((double)number / fleet->options->load * 1e9);
}

static void on_load(int fd, short what, void *context)
{
    struct sim_fleet *fleet = context;
    uint64_t now = sim_now_ns();

    (void)fd;
    (void)what;
    if (fleet->load_start_ns == 0) {
        if (all_ready(fleet))
            begin_load(fleet, now);
        set_timer(fleet->load_timer, SECOND / 20);
        return;
    }
    while (due_of(fleet, fleet->load_sent) <= now) {
        sim_station_load(fleet->stations[fleet->load_next], due_of(fleet, fleet->load_sent));
        fleet->load_next = (fleet->load_next + 1) % fleet->count;
        fleet->load_sent++;
    }
    now = sim_now_ns();
    uint64_t next = due_of(fleet, fleet->load_sent);
    set_timer(fleet->load_timer, next > now ? next - now : 0);
}

/* Making it */

static bool add_station(struct sim_fleet *fleet, const struct sim_passwords *passwords)
{
    const struct sim_options *options = fleet->options;
    unsigned number = fleet->count + 1;
    const struct sim_password *row =
        fleet->count < passwords->count ? &passwords->rows[fleet->count] : NULL;
    struct sim_profile profile;
    struct sim_random random;

    sim_random_init(&random, options->seed, number);
    sim_profile_make(&profile, &options->mix, options->prefix, row != NULL ? row->identity : NULL,
                     number, &random);
    fleet->stations[fleet->count] = sim_station_new(
        &fleet->world, &profile, row != NULL ? row->password : NULL, number, random);
    if (fleet->stations[fleet->count] == NULL)
        return false;
    fleet->count++;
    return true;
}

static bool add_stations(struct sim_fleet *fleet, const struct sim_passwords *passwords)
{
    unsigned wanted = fleet->options->stations;

    if (wanted == 0)
        wanted = passwords->count > 0 ? (unsigned)passwords->count : 10;
    fleet->world.stats.stations = wanted;
    fleet->stations = calloc(wanted, sizeof(struct sim_station *));
    if (fleet->stations == NULL)
        return false;
    while (fleet->count < wanted) {
        if (!add_station(fleet, passwords))
            return false;
    }
    double ramp = fleet->options->ramp;
    if (ramp < 0)
        ramp = (double)wanted / RATE_OF_RAMP;
    fleet->world.ramp_ns = (uint64_t)(ramp * 1e9);
    return true;
}

static void describe_world(struct sim_world *world, const struct sim_options *options)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    world->start_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    world->start_ns = sim_now_ns();
    world->rate = options->rate;
    world->call_timeout_ns = (uint64_t)(options->timeout * 1e9);
    world->wrong_passwords = options->wrong_passwords;
    world->incidents = options->incidents;
    world->fixed_load = options->load > 0;
}

static bool prepare_tls(struct sim_fleet *fleet, char *error, size_t error_size)
{
    struct tls_options options = {.certificate = fleet->options->certificate,
                                  .key = fleet->options->key,
                                  .client_ca = fleet->options->ca};
    if (!fleet->world.target.is_secure)
        return true;
    fleet->world.target.tls = tls_new_client(&options, error, error_size);
    return fleet->world.target.tls != NULL;
}

struct sim_fleet *sim_fleet_new(struct event_base *base, const struct sim_options *options,
                                const char *url, char *error, size_t error_size)
{
    struct sim_passwords passwords = {NULL, 0};
    struct sim_fleet *fleet = calloc(1, sizeof *fleet);

    if (fleet == NULL) {
        snprintf(error, error_size, "%s", strerror(errno));
        return NULL;
    }
    fleet->options = options;
    fleet->world.base = base;
    describe_world(&fleet->world, options);
    fleet->stats_timer = event_new(base, -1, EV_PERSIST, on_stats, fleet);
    fleet->end_timer = evtimer_new(base, on_end, fleet);
    fleet->load_timer = evtimer_new(base, on_load, fleet);
    fleet->world.codec = options->compress ? deflate_codec_new() : NULL;
    bool ready = sim_target_parse(&fleet->world.target, url, error, error_size) &&
                 prepare_tls(fleet, error, error_size) &&
                 (options->password_file == NULL ||
                  sim_passwords_read(&passwords, options->password_file, error, error_size));
    if (ready &&
        (fleet->stats_timer == NULL || fleet->end_timer == NULL || fleet->load_timer == NULL ||
         (options->compress && fleet->world.codec == NULL) || !add_stations(fleet, &passwords))) {
        snprintf(error, error_size, "%s", strerror(ENOMEM));
        ready = false;
    }
    sim_passwords_free(&passwords);
    if (!ready) {
        sim_fleet_free(fleet);
        return NULL;
    }
    return fleet;
}

unsigned sim_fleet_size(const struct sim_fleet *fleet)
{
    return fleet->count;
}

void sim_fleet_start(struct sim_fleet *fleet)
{
    struct timeval interval = {isatty(STDERR_FILENO) ? 1 : STATS_QUIETLY, 0};

    fleet->world.start_ns = fleet->shown_ns = sim_now_ns();
    if (!fleet->options->quiet)
        event_add(fleet->stats_timer, &interval);
    if (fleet->options->load > 0)
        set_timer(fleet->end_timer, fleet->world.ramp_ns + PATIENCE);
    else if (fleet->options->duration > 0)
        set_timer(fleet->end_timer, (uint64_t)(fleet->options->duration * 1e9));
    if (fleet->options->load > 0)
        set_timer(fleet->load_timer, SECOND / 20);
    for (unsigned i = 0; i < fleet->count; i++)
        sim_station_start(fleet->stations[i]);
}

bool sim_fleet_finish(struct sim_fleet *fleet)
{
    const struct sim_stats *stats = &fleet->world.stats;
    unsigned never = 0;

    for (unsigned i = 0; i < fleet->count; i++) {
        sim_station_stop(fleet->stations[i]);
        if (!sim_station_was_ready(fleet->stations[i]))
            never++;
    }
    if (fleet->end_ns == 0)
        fleet->end_ns = sim_now_ns();
    double seconds = (double)(fleet->end_ns - fleet->world.start_ns) / (double)SECOND;
    if (fleet->options->json)
        sim_stats_json(stats, seconds, stdout);
    else
        sim_stats_summary(stats, seconds, stdout);
    if (never > 0)
        fprintf(stderr, "%s: %u of %u stations never got through to %s\n", sim_program.name, never,
                fleet->count, fleet->world.target.host);
    if (fleet->world.fixed_load && fleet->load_start_ns == 0)
        fprintf(stderr, "%s: the load was never begun, for want of stations\n", sim_program.name);
    return never == 0 && stats->unanswered == 0 &&
           (!fleet->world.fixed_load ||
            (fleet->load_start_ns != 0 && stats->dropped + stats->unfinished == 0));
}

void sim_fleet_free(struct sim_fleet *fleet)
{
    if (fleet == NULL)
        return;
    for (unsigned i = 0; i < fleet->count; i++)
        sim_station_free(fleet->stations[i]);
    free(fleet->stations);
    if (fleet->stats_timer != NULL)
        event_free(fleet->stats_timer);
    if (fleet->end_timer != NULL)
        event_free(fleet->end_timer);
    if (fleet->load_timer != NULL)
        event_free(fleet->load_timer);
    tls_free(fleet->world.target.tls);
    deflate_codec_free(fleet->world.codec);
    free(fleet);
}

/* ocpp-sim: a fleet of simulated stations */
#include <event2/event.h>

#include <stdio.h>
#include <string.h>

#include "common/daemon.h"
#include "common/log.h"
#include "tools/sim_fleet.h"

/* The address that the gateway listens on, as stations on this host reach it. */
static void default_url(const struct config *config, char *out, size_t size)
{
    char address[64];
    uint16_t port;

    if (!config_split_listen(config->gateway_listen, address, sizeof address, &port))
        fatalx("sim", "gateway.listen is empty: say with -u where stations connect to");
    if (address[0] == '\0' || strcmp(address, "0.0.0.0") == 0)
        snprintf(address, sizeof address, "127.0.0.1");
    bool v6 = strchr(address, ':') != NULL;
    snprintf(out, size, v6 ? "ws://[%s]:%u%s" : "ws://%s:%u%s", address, port,
             config->gateway_path);
}

static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();

    if (config == NULL)
        return NULL;
    /* messages of a fixed load are due at microseconds, not at the next tick */
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

int main(int argc, char **argv)
{
    struct sim_options options;
    struct config config;
    char url[512], error[256];

    sim_options_parse(&options, argc, argv);
    log_open(sim_program.name, LOG_TO_STDERR, LOG_LEVEL_INFO);
    tool_config_load(&options.config, &config);
    if (options.url != NULL)
        snprintf(url, sizeof url, "%s", options.url);
    else
        default_url(&config, url, sizeof url);
    config_free(&config);

    struct event_base *base = make_base();
    if (base == NULL)
        fatalx("sim", "no event loop");
    struct sim_fleet *fleet = sim_fleet_new(base, &options, url, error, sizeof error);
    if (fleet == NULL)
        fatalx("sim", "%s", error);
    size_t wanted = sim_fleet_size(fleet) + 32;
    size_t descriptors = daemon_raise_descriptor_limit(wanted);
    if (descriptors < wanted)
        log_warnx("sim", "%zu descriptors are too few for %u stations; see ulimit -n", descriptors,
                  sim_fleet_size(fleet));
    struct daemon_signals *signals = daemon_signals_new(base, sim_fleet_stop, NULL, fleet);
    if (signals == NULL)
        fatalx("sim", "no memory");
    sim_fleet_start(fleet);
    event_base_dispatch(base);

    bool well = sim_fleet_finish(fleet);
    daemon_signals_free(signals);
    sim_fleet_free(fleet);
    event_base_free(base);
    return well && fflush(stdout) == 0 ? 0 : 1;
}

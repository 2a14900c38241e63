/* ocpp-gateway: command line, configuration, and the life of the process around the event loop. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/command_line.h"
#include "common/config.h"
#include "common/cpus.h"
#include "common/daemon.h"
#include "common/log.h"
#include "gateway/gateway.h"
#include "gateway/gateway_options.h"

#define MAX_ERROR 512

/* A gateway_read_config; the context is the command line. */
static bool read_config(struct config *config, config_complaint *complain, void *complain_context,
                        void *context)
{
    return command_line_config(context, config, complain, complain_context);
}

/* -t, and the first look at the configuration of every start. */
static bool check_config(struct command_line *line, struct config *config)
{
    struct station_file *stations = NULL;
    struct tls *tls = NULL;
    bool fine = read_config(config, command_line_complain, NULL, line);
    if (line->check_only && fine) {
        fine = gateway_load_tls(config, &tls, command_line_complain, NULL) &&
               gateway_load_stations(config, &stations, command_line_complain, NULL);
        station_file_free(stations);
        tls_free(tls);
    }
    return fine;
}

static void serve(const struct command_line *line, struct gateway *gateway,
                  struct daemon_signals *signals)
{
    if (!line->foreground) {
        daemon_ready();
        log_open("ocpp-gateway", LOG_TO_SYSLOG, (enum log_level)gateway->config.log_level);
    }
    gateway_run(gateway);
    daemon_signals_free(signals);
}

static void run(struct command_line *line, const struct config *config)
{
    char error[MAX_ERROR];
    struct pidfh *pid_file = NULL;
    struct daemon_signals *signals = NULL;
    if (!daemon_pidfile_open(config->gateway_pid_file, &pid_file, error, sizeof(error)))
        fatalx("gateway", "gateway.pid_file: %s", error);
    if (!line->foreground)
        daemon_detach();
    daemon_pidfile_write(pid_file);
    if (!cpus_bind(config->gateway_cpus, error, sizeof(error)))
        log_warnx("gateway", "gateway.cpus: %s; any processor is used", error);
    daemon_hold_signals(); /* it says that it listens before it can be asked to stop */
    struct gateway *gateway = gateway_open(read_config, line);
    if (gateway != NULL)
        signals = daemon_signals_new(gateway->base, gateway_stop, gateway_reload, gateway);
    if (signals != NULL)
        serve(line, gateway, signals);
    gateway_close(gateway);
    daemon_pidfile_remove(pid_file);
    if (signals == NULL)
        fatalx("gateway", "not started");
}

int main(int argc, char **argv)
{
    struct command_line line = {0};
    struct config config;
    options_parse(&gateway_program, argc, argv, command_line_option, &line);
    config_init(&config);
    bool fine = check_config(&line, &config);
    log_open("ocpp-gateway", LOG_TO_STDERR, (enum log_level)config.log_level);
    if (fine && line.check_only)
        printf("The configuration is correct.\n");
    else if (fine)
        run(&line, &config);
    config_free(&config);
    libevent_global_shutdown();
    return fine ? 0 : 1;
}

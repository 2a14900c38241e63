/* ocpp-gateway: command line, configuration, and the life of the process around the event loop. */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/cpus.h"
#include "common/daemon.h"
#include "common/log.h"
#include "gateway/gateway.h"
#include "gateway/gateway_options.h"

#define DEFAULT_CONFIG  SYSCONFDIR "/ocpp-board/ocpp-board.conf"
#define MAX_ASSIGNMENTS 256
#define MAX_ERROR       512

struct command_line {
    const char *file; /* NULL: the default one, which need not be there */
    const char *assignments[MAX_ASSIGNMENTS];
    size_t assignment_count;
    bool check;
    bool foreground;
};

static bool on_option(char letter, const char *argument, void *context)
{
    struct command_line *line = context;
    switch (letter) {
    case 'c':
        line->file = argument;
        break;
    case 'o':
        if (line->assignment_count == MAX_ASSIGNMENTS) {
            fprintf(stderr, "ocpp-gateway: more than %d -o options\n", MAX_ASSIGNMENTS);
            return false;
        }
        line->assignments[line->assignment_count++] = argument;
        break;
    case 't':
        line->check = true;
        break;
    default:
        line->foreground = true;
        break;
    }
    return true;
}

/* A gateway_read_config; the context is the command line. */
static bool read_config(struct config *config, config_complaint *complain, void *complain_context,
                        void *context)
{
    const struct command_line *line = context;
    const char *file = line->file != NULL ? line->file : DEFAULT_CONFIG;
    unsigned errors =
        config_read_file(config, file, line->file == NULL, complain, complain_context);
    for (size_t i = 0; i < line->assignment_count; i++)
        errors += config_set(config, line->assignments[i], complain, complain_context);
    if (errors == 0)
        errors = config_check(config, complain, complain_context);
    return errors == 0;
}

static void print_complaint(const char *text, void *context)
{
    (void)context;
    fprintf(stderr, "ocpp-gateway: %s\n", text);
}

/* -t, and the first look at the configuration of every start. */
static bool check_config(struct command_line *line, struct config *config)
{
    struct station_file *stations = NULL;
    bool fine = read_config(config, print_complaint, NULL, line);
    if (line->check && fine) {
        fine = gateway_load_stations(config, &stations, print_complaint, NULL);
        station_file_free(stations);
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
    options_parse(&gateway_program, argc, argv, on_option, &line);
    config_init(&config);
    bool fine = check_config(&line, &config);
    log_open("ocpp-gateway", LOG_TO_STDERR, (enum log_level)config.log_level);
    if (fine && line.check)
        printf("The configuration is correct.\n");
    else if (fine)
        run(&line, &config);
    config_free(&config);
    libevent_global_shutdown();
    return fine ? 0 : 1;
}

/* ocpp-forward: writes what gateways put into shared memory into Redis streams. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/command_line.h"
#include "common/config.h"
#include "common/cpus.h"
#include "common/daemon.h"
#include "common/log.h"
#include "forward/forward_options.h"
#include "forward/forwarder.h"

/* A password that can't be read is told at the start, not only at the first connection. */
static bool check_password(const struct config *config, char *error, size_t error_size)
{
    char password[512];
    if (config->redis_password_file[0] == '\0')
        return true;
    bool readable = config_read_secret(config->redis_password_file, password, sizeof(password),
                                       error, error_size);
    explicit_bzero(password, sizeof(password));
    return readable;
}

static void stop(void *context)
{
    forwarder_stop(*(struct forwarder **)context);
}

/* Everything after the configuration is known. Ends the program with an error when it can't start.
 */
static void serve(const struct config *config, bool foreground)
{
    struct event_base *base = NULL;
    struct forwarder *forwarder = NULL;
    struct pidfh *pidfile = NULL;
    struct daemon_signals *signals = NULL;
    char error[512] = "out of memory";
    bool served = false;

    if (!foreground)
        daemon_detach();
    if (!daemon_pidfile_open(*config->forward_pid_file != '\0' ? config->forward_pid_file : NULL,
                             &pidfile, error, sizeof(error)))
        fatalx("forward", "%s", error);
    if (!cpus_bind(config->forward_cpus, error, sizeof(error)))
        log_warnx("forward", "forward.cpus: %s; any processor is used", error);
    base = event_base_new();
    if (base == NULL || !daemon_drop_privileges(config->forward_user, error, sizeof(error)) ||
        !check_password(config, error, sizeof(error)))
        goto out;
    signals = daemon_signals_new(base, stop, NULL, &forwarder);
    forwarder = forwarder_new(config, base, error, sizeof(error));
    if (signals == NULL || forwarder == NULL)
        goto out;
    daemon_pidfile_write(pidfile);
    if (!foreground) {
        daemon_ready();
        log_open("ocpp-forward", LOG_TO_SYSLOG, (enum log_level)config->log_level);
    }
    log_info("forward", "writing to %s", config->forward_store);
    event_base_dispatch(base);
    log_info("stop", "stopping");
    served = true;
out:
    forwarder_free(forwarder);
    daemon_signals_free(signals);
    if (base != NULL)
        event_base_free(base);
    daemon_pidfile_remove(pidfile);
    if (!served)
        fatalx("forward", "%s", error);
}

int main(int argc, char **argv)
{
    struct command_line line = {0};
    struct config config;
    options_parse(&forward_program, argc, argv, command_line_option, &line);
    config_init(&config);
    if (!command_line_config(&line, &config, command_line_complain, NULL)) {
        config_free(&config);
        return EXIT_FAILURE;
    }
    if (line.check_only) {
        config_free(&config);
        return EXIT_SUCCESS;
    }
    log_open("ocpp-forward", LOG_TO_STDERR, (enum log_level)config.log_level);
    serve(&config, line.foreground);
    config_free(&config);
    return EXIT_SUCCESS;
}

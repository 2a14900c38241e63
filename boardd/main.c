/* ocpp-boardd: REST, event streams and web UI on top of what gateways write into shared memory. */
#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/board.h"
#include "boardd/boardd_options.h"
#include "boardd/http/http_server.h"
#include "boardd/sandbox/confine.h"
#include "boardd/login/accounts.h"
#include "common/command_line.h"
#include "common/config.h"
#include "common/cpus.h"
#include "common/daemon.h"
#include "common/log.h"

/* The loop looks for new events at least so often: a long answer must not hold up the reading of
 * the rings. */
#define MAX_DISPATCH_US        10000
#define MAX_DISPATCH_CALLBACKS 32
#define OTHER_DESCRIPTORS      64

static struct event_base *make_base(void)
{
    static const struct timeval interval = {0, MAX_DISPATCH_US};
    struct event_config *options = event_config_new();
    if (options == NULL)
        return NULL;
    event_config_set_max_dispatch_interval(options, &interval, MAX_DISPATCH_CALLBACKS, 1);
    struct event_base *base = event_base_new_with_config(options);
    event_config_free(options);
    if (base != NULL && event_base_priority_init(base, 2) != 0) {
        event_base_free(base);
        return NULL;
    }
    return base;
}

/* Replies are made in memory that comes and goes: given back to the kernel each time, it would be
 * cleared again for each reply. */
static void keep_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

struct service {
    struct event_base *base;
    struct board *board;
};

static void stop(void *context)
{
    struct service *service = context;
    event_base_loopbreak(service->base);
}

static void reload(void *context)
{
    struct service *service = context;
    board_reload(service->board);
}

/* Everything after the configuration is known. Ends the program with an error when it can't start.
 */
static void serve(const struct config *config, bool foreground)
{
    struct service service = {0};
    struct pidfh *pidfile = NULL;
    struct daemon_signals *signals = NULL;
    char error[512] = "out of memory";
    bool served = false;

    if (!foreground)
        daemon_detach();
    if (!daemon_pidfile_open(*config->board_pid_file != '\0' ? config->board_pid_file : NULL,
                             &pidfile, error, sizeof(error)))
        fatalx("boardd", "%s", error);
    if (!cpus_bind(config->board_cpus, error, sizeof(error)))
        log_warnx("boardd", "board.cpus: %s; any processor is used", error);
    daemon_raise_descriptor_limit((size_t)config->board_max_connections + OTHER_DESCRIPTORS);
    service.base = make_base();
    if (service.base == NULL)
        goto out;
    signals = daemon_signals_new(service.base, stop, reload, &service);
    service.board = board_new(config, service.base, error, sizeof(error));
    if (signals == NULL || service.board == NULL)
        goto out;
    if (!daemon_drop_privileges(config->board_user, error, sizeof(error)))
        goto out;
    daemon_pidfile_write(pidfile);
    if (!confine_board(config, error, sizeof(error)))
        goto out;
    if (!foreground) {
        daemon_ready();
        log_open("ocpp-boardd", LOG_TO_SYSLOG, (enum log_level)config->log_level);
    }
    log_info("boardd", "listening on %s://%s", service.board->tls != NULL ? "https" : "http",
             http_server_address(service.board->server));
    event_base_dispatch(service.base);
    log_info("stop", "stopping");
    served = true;
out:
    board_free(service.board);
    daemon_signals_free(signals);
    if (service.base != NULL) {
        event_base_loop(service.base, EVLOOP_NONBLOCK); /* in which closed connections are freed */
        event_base_free(service.base);
    }
    daemon_pidfile_remove(pidfile);
    if (!served)
        fatalx("boardd", "%s", error);
}

int main(int argc, char **argv)
{
    struct command_line line = {0};
    struct config config;
    if (argc > 1 && strcmp(argv[1], "passwd") == 0)
        return accounts_passwd(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "token") == 0)
        return accounts_token(argc - 1, argv + 1);
    options_parse(&boardd_program, argc, argv, command_line_option, &line);
    config_init(&config);
    if (!command_line_config(&line, &config, command_line_complain, NULL)) {
        config_free(&config);
        return EXIT_FAILURE;
    }
    if (line.check_only) {
        config_free(&config);
        return EXIT_SUCCESS;
    }
    log_open("ocpp-boardd", LOG_TO_STDERR, (enum log_level)config.log_level);
    keep_memory();
    serve(&config, line.foreground);
    config_free(&config);
    return EXIT_SUCCESS;
}

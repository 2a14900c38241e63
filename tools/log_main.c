/* ocpp-log: the message stream in a terminal */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "tools/log_capture.h"
#include "tools/log_follow.h"
#include "tools/terminal.h"

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* A signal is the usual end of -f: what was shown is written out, and the status is that of
 * success. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char **argv)
{
    struct log_options options;
    struct config config;

    log_options_parse(&options, argc, argv);
    log_open(log_program.name, LOG_TO_STDERR, LOG_LEVEL_INFO);
    tool_config_load(&options.config, &config);
    options.filter.gateway = config.shm_instance;
    struct log_style style = {
        .json = options.json,
        .colour = !options.json && terminal_has_colour(STDOUT_FILENO),
        .width = options.json || options.wide ? 0 : terminal_width(STDOUT_FILENO),
        .gateway = config.shm_instance,
    };
    if (options.capture) {
        bool written = log_capture(&options, &style, config.shm_dir, stdout);
        log_options_free(&options);
        config_free(&config);
        return written ? 0 : 1;
    }
    struct log_follow *follow =
        log_follow_new(&options, &style, config.shm_dir, config.shm_instance, &stopped);
    if (follow == NULL)
        fatal("log", "memory");
    catch_signals();
    bool opened = log_follow_open(follow);
    if (opened) {
        log_follow_history(follow, stdout);
        if (options.follow)
            log_follow_run(follow, stdout);
    }
    bool well = (opened || stopped) && fflush(stdout) == 0 && !ferror(stdout);
    log_follow_free(follow);
    log_options_free(&options);
    config_free(&config);
    return well ? 0 : 1;
}

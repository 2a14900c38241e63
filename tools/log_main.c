/* ocpp-log: the message stream in a terminal */
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "tools/log_follow.h"
#include "tools/terminal.h"

int main(int argc, char **argv)
{
    struct log_options options;
    struct config config;

    log_options_parse(&options, argc, argv);
    log_open(log_program.name, LOG_TO_STDERR, LOG_LEVEL_INFO);
    tool_config_load(&options.config, log_program.name, &config);
    struct log_style style = {
        .json = options.json,
        .colour = !options.json && terminal_has_colour(STDOUT_FILENO),
        .width = options.json || options.wide ? 0 : terminal_width(STDOUT_FILENO),
        .gateway = config.shm_instance,
    };
    struct log_follow *follow =
        log_follow_new(&options, &style, config.shm_dir, config.shm_instance);
    if (follow == NULL)
        fatal("log", "memory");
    bool well = log_follow_open(follow);
    if (well) {
        log_follow_history(follow, stdout);
        if (options.follow)
            log_follow_run(follow, stdout);
        well = !ferror(stdout);
    }
    log_follow_free(follow);
    config_free(&config);
    return well ? 0 : 1;
}

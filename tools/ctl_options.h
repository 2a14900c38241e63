/*
 * Command line of ocpp-ctl.
 */
#ifndef TOOLS_CTL_OPTIONS_H
#define TOOLS_CTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"
#include "tools/tool_config.h"

/* Exit statuses, as in ocpp-ctl(8) */
enum ctl_status {
    CTL_DONE = 0,
    CTL_FAILED = 1,
    CTL_USAGE = 2,
    CTL_CALL_ERROR = 3,
    CTL_CALL_TIMEOUT = 4,
};

enum ctl_command { CTL_LIST, CTL_SHOW, CTL_DISCONNECT, CTL_CALL };

struct ctl_options {
    struct command_line config;
    enum ctl_command command;
    const char *station; /* not for LIST */
    const char *action;  /* CALL */
    const char *payload; /* CALL; "-": standard input */
    const char *reason;  /* DISCONNECT; NULL: the gateway's own words */
    uint64_t connection; /* 0: any */
    uint64_t timeout_ms; /* 0: the gateway's */
    bool json;
};

extern const struct program ctl_program;

/* All defaults, then argv; ends the program on -h, -V and errors, as options_parse does. */
void ctl_options_parse(struct ctl_options *options, int argc, char **argv);

#endif

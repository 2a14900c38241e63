/*
 * Command line of ocpp-stat.
 */
#ifndef TOOLS_STAT_OPTIONS_H
#define TOOLS_STAT_OPTIONS_H

#include <stdbool.h>

#include "common/options.h"
#include "tools/log_filter.h"
#include "tools/tool_config.h"

enum stat_order {
    STAT_BY_MESSAGES,
    STAT_BY_ERRORS,
    STAT_BY_LATENCY,
    STAT_BY_IDENTITY,
    STAT_BY_TIME
};

struct stat_options {
    struct command_line config;
    struct log_patterns identities;
    enum stat_order order;
    unsigned stations; /* rows of the table */
    double interval;   /* seconds */
    bool live;
    bool all; /* stations that are not online, too */
    bool counters;
    bool json;
};

extern const struct program stat_program;

/* All defaults, then argv; ends the program on -h, -V and errors, as options_parse does. */
void stat_options_parse(struct stat_options *options, int argc, char **argv);

#endif

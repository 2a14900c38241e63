/*
 * Command line of ocpp-log.
 */
#ifndef TOOLS_LOG_OPTIONS_H
#define TOOLS_LOG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"
#include "tools/log_filter.h"
#include "tools/tool_config.h"

#define LOG_ALL UINT64_MAX

struct log_options {
    struct command_line config;
    enum collection collection;
    struct log_filter filter;
    uint64_t history; /* events before the present that are shown; LOG_ALL */
    bool follow;
    bool json;
    bool capture; /* all collections, and json is set */
    bool wide;
};

extern const struct program log_program;

/* All defaults, then argv; ends the program on -h, -V and errors, as options_parse does. */
void log_options_parse(struct log_options *options, int argc, char **argv);
void log_options_free(struct log_options *options);

#endif

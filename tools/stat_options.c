#include "tools/stat_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row rows[] = {
    {'l', NULL, "Live: show it again and again, until a signal"},
    {'d', "seconds", "With -l, time between two looks (default: 1)"},
    {'n', "count", "Rows of the table of stations (default: 20)"},
    {'s', "order",
     "Order of the stations: messages (the default), errors, latency, identity or "
     "time (of the last message)"},
    {'i', "pattern", "Only stations whose identity matches, such as CP-00*; may be repeated"},
    {'a', NULL, "Also stations that are not connected now"},
    {'C', NULL, "Show every counter of the gateway, and nothing else"},
    {'j', NULL, "Print one JSON object; with -l one at each look, a line each"},
    OPTION_ROWS_COMMON,
};

const struct program stat_program = {
    .name = "ocpp-stat",
    .purpose = "show counters, latencies and connections of a gateway",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof rows / sizeof rows[0],
};

static bool parse_order(const char *text, enum stat_order *order)
{
    static const char *const names[] = {
        [STAT_BY_MESSAGES] = "messages", [STAT_BY_ERRORS] = "errors", [STAT_BY_LATENCY] = "latency",
        [STAT_BY_IDENTITY] = "identity", [STAT_BY_TIME] = "time",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *order = (enum stat_order)i;
            return true;
        }
    }
    return false;
}

static bool parse_rows(const char *text, unsigned *count)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    *count = (unsigned)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value <= 1000000;
}

static bool parse_interval(const char *text, double *seconds)
{
    char *end;

    *seconds = strtod(text, &end);
    return end != text && *end == '\0' && *seconds >= 0.1 && *seconds <= 86400;
}

static bool handle_value(struct stat_options *options, char letter, const char *argument)
{
    switch (letter) {
    case 'd':
        return parse_interval(argument, &options->interval);
    case 'n':
        return parse_rows(argument, &options->stations);
    case 's':
        return parse_order(argument, &options->order);
    case 'i':
        return log_patterns_add(&options->identities, argument);
    default:
        return command_line_option(letter, argument, &options->config);
    }
}

static bool handle(char letter, const char *argument, void *context)
{
    struct stat_options *options = context;

    switch (letter) {
    case 'l':
        options->live = true;
        return true;
    case 'a':
        options->all = true;
        return true;
    case 'C':
        options->counters = true;
        return true;
    case 'j':
        options->json = true;
        return true;
    default:
        break;
    }
    if (handle_value(options, letter, argument))
        return true;
    fprintf(stderr, "%s: -%c: bad value \"%s\"\n", stat_program.name, letter, argument);
    return false;
}

void stat_options_parse(struct stat_options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    options->stations = 20;
    options->interval = 1;
    options_parse(&stat_program, argc, argv, handle, options);
}

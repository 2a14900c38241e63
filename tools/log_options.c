#include "tools/log_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row rows[] = {
    {'n', "count", "Show that many events of the past that match, or all (default: 10)"},
    {'f', NULL, "Follow: show new events as they come"},
    {'C', "collection",
     "What to show: messages (the default), connections, security, errors, system or log"},
    {'i', "pattern", "Only stations whose identity matches, such as CP-00*; may be repeated"},
    {'a', "pattern",
     "Only actions that match, such as Meter*; in the log, its topics; may be repeated"},
    {'d', "direction", "Only messages that come in from stations or go out to them: in or out"},
    {'T', "type", "Only that type, such as CALLERROR or AUTH_FAILED; may be repeated"},
    {'j', NULL, "Print JSON Lines: one object for each event"},
    {'w', NULL, "Do not cut lines at the width of the terminal"},
    OPTION_ROWS_COMMON,
};

const struct program log_program = {
    .name = "ocpp-log",
    .purpose = "show the messages between stations and gateway",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof rows / sizeof rows[0],
};

static bool parse_count(const char *text, uint64_t *count)
{
    char *end;

    if (strcmp(text, "all") == 0) {
        *count = LOG_ALL;
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    *count = strtoull(text, &end, 10);
    return *end == '\0';
}

static bool parse_collection(const char *text, enum collection *collection)
{
    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        if (strcmp(text, collection_label((enum collection)i)) == 0) {
            *collection = (enum collection)i;
            return true;
        }
    }
    return false;
}

static bool parse_direction(const char *text, enum direction *direction)
{
    if (strcasecmp(text, "in") == 0)
        *direction = DIRECTION_IN;
    else if (strcasecmp(text, "out") == 0)
        *direction = DIRECTION_OUT;
    else
        return false;
    return true;
}

static bool handle_value(struct log_options *options, char letter, const char *argument)
{
    switch (letter) {
    case 'n':
        return parse_count(argument, &options->history);
    case 'C':
        return parse_collection(argument, &options->collection);
    case 'i':
        return log_patterns_add(&options->filter.identities, argument);
    case 'a':
        return log_patterns_add(&options->filter.actions, argument);
    case 'd':
        return parse_direction(argument, &options->filter.direction);
    case 'T':
        return log_patterns_add(&options->filter.types, argument);
    default:
        return tool_config_option(&options->config, letter, argument);
    }
}

static bool handle(char letter, const char *argument, void *context)
{
    struct log_options *options = context;

    switch (letter) {
    case 'f':
        options->follow = true;
        return true;
    case 'j':
        options->json = true;
        return true;
    case 'w':
        options->wide = true;
        return true;
    default:
        break;
    }
    if (handle_value(options, letter, argument))
        return true;
    fprintf(stderr, "%s: -%c: bad value \"%s\"\n", log_program.name, letter, argument);
    return false;
}

void log_options_parse(struct log_options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    options->history = 10;
    options_parse(&log_program, argc, argv, handle, options);
}

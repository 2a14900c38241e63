#include "tools/ctl_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SECONDS 600

static const struct option_row rows[] = {
    {'j', NULL, "Print the gateway's answer as JSON; of list, one object for each station"},
    {'n', "number", "Only if this is the number of the station's connection, as list shows it"},
    {'r', "reason", "With disconnect: what the station is told"},
    {'w', "seconds", "With call: wait so long for the answer (default: gateway.call_timeout)"},
    OPTION_ROWS_COMMON,
};

const struct program ctl_program = {
    .name = "ocpp-ctl",
    .purpose = "list, disconnect and call the stations of a gateway",
    .operands = "list | show station | disconnect station | call station action [payload]",
    .options = rows,
    .option_count = sizeof rows / sizeof rows[0],
};

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && *number > 0 && *number < INT64_MAX;
}

static bool parse_seconds(const char *text, uint64_t *ms)
{
    char *end;
    double seconds = strtod(text, &end);
    *ms = seconds > 0 && seconds <= MAX_SECONDS ? (uint64_t)(seconds * 1000 + 0.5) : 0;
    return end != text && *end == '\0' && *ms > 0;
}

static bool handle_value(struct ctl_options *options, char letter, const char *argument)
{
    switch (letter) {
    case 'n':
        return parse_number(argument, &options->connection);
    case 'w':
        return parse_seconds(argument, &options->timeout_ms);
    default:
        return command_line_option(letter, argument, &options->config);
    }
}

static bool handle(char letter, const char *argument, void *context)
{
    struct ctl_options *options = context;
    switch (letter) {
    case 'j':
        options->json = true;
        return true;
    case 'r':
        options->reason = argument;
        return true;
    default:
        break;
    }
    if (handle_value(options, letter, argument))
        return true;
    fprintf(stderr, "%s: -%c: bad value \"%s\"\n", ctl_program.name, letter, argument);
    return false;
}

static const struct {
    const char *name;
    int min, max; /* operands after it */
} commands[] = {
    [CTL_LIST] = {"list", 0, 0},
    [CTL_SHOW] = {"show", 1, 1},
    [CTL_DISCONNECT] = {"disconnect", 1, 1},
    [CTL_CALL] = {"call", 2, 3},
};

static _Noreturn void misused(const char *text, const char *what)
{
    fprintf(stderr, "%s: %s%s\n", ctl_program.name, text, what);
    options_usage(&ctl_program, stderr);
    exit(CTL_USAGE);
}

static void read_operands(struct ctl_options *options, int count, char **operands)
{
    size_t number = 0, known = sizeof commands / sizeof commands[0];
    if (count == 0)
        misused("no command", "");
    while (number < known && strcmp(commands[number].name, operands[0]) != 0)
        number++;
    if (number == known)
        misused("there is no command ", operands[0]);
    if (count - 1 < commands[number].min || count - 1 > commands[number].max)
        misused("too few or too many operands of ", operands[0]);
    options->command = (enum ctl_command)number;
    options->station = count > 1 ? operands[1] : NULL;
    options->action = count > 2 ? operands[2] : NULL;
    options->payload = count > 3 ? operands[3] : "{}";
}

static char short_json[] = "-j";

void ctl_options_parse(struct ctl_options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            argv[i] = short_json;
    }
    int first = options_parse(&ctl_program, argc, argv, handle, options);
    if (!options->config.check_only)
        read_operands(options, argc - first, argv + first);
}

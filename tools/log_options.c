#include "tools/log_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
    {'A', NULL,
     "Everything there is: all collections in the order of time, as JSON Lines; ocpp-boardd can "
     "open it"},
    {'w', NULL, "Do not cut lines at the width of the terminal"},
    OPTION_ROWS_COMMON,
};

const struct program log_program = {
    .name = "ocpp-log",
    .purpose = "show the messages between stations and gateway",
    .operands = "[expression ...]",
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
        return command_line_option(letter, argument, &options->config);
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
    case 'A':
        options->capture = options->json = true;
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

/* The operands, joined by blanks; false when they are too long. */
static bool join(char **words, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (; *words != NULL; words++) {
        int added = snprintf(out + length, size - length, "%s%s", length > 0 ? " " : "", *words);
        if (added < 0 || (size_t)added >= size - length)
            return false;
        length += (size_t)added;
    }
    return true;
}

/* Ends the program where the expression is wrong, pointing at the place. */
static struct filter *compile(char **words)
{
    char expression[FILTER_MAX_LENGTH + 1];
    struct filter_error error;
    struct timespec now;

    if (*words == NULL)
        return NULL;
    if (!join(words, expression, sizeof expression)) {
        fprintf(stderr, "%s: the expression is longer than %d bytes\n", log_program.name,
                FILTER_MAX_LENGTH);
        exit(2);
    }
    clock_gettime(CLOCK_REALTIME, &now);
    struct filter *filter =
        filter_new(expression, strlen(expression),
                   (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec, &error);
    if (filter == NULL) {
        fprintf(stderr, "%s: %s\n  %s\n  %*s^\n", log_program.name, error.text, expression,
                (int)error.offset, "");
        exit(2);
    }
    return filter;
}

void log_options_parse(struct log_options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    options->history = 10;
    int first = options_parse(&log_program, argc, argv, handle, options);
    options->filter.expression = compile(argv + first);
}

void log_options_free(struct log_options *options)
{
    filter_free(options->filter.expression);
}

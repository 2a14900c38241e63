#include "common/command_line.h"

#include <errno.h>
#include <stdio.h>

#define DEFAULT_FILE SYSCONFDIR "/ocpp-board/ocpp-board.conf"

bool command_line_option(char letter, const char *argument, void *context)
{
    struct command_line *line = context;
    switch (letter) {
    case 'c':
        line->file = argument;
        return true;
    case 'o':
        if (line->count == COMMAND_LINE_MAX_ASSIGNMENTS) {
            fprintf(stderr, "%s: more than %d -o options\n", program_invocation_short_name,
                    COMMAND_LINE_MAX_ASSIGNMENTS);
            return false;
        }
        line->assignments[line->count++] = argument;
        return true;
    case 't':
        line->check_only = true;
        return true;
    default:
        line->foreground = true;
        return true;
    }
}

bool command_line_config(const struct command_line *line, struct config *config,
                         config_complaint *complain, void *context)
{
    const char *path = line->file != NULL ? line->file : DEFAULT_FILE;
    unsigned errors = config_read_file(config, path, line->file == NULL, complain, context);
    for (unsigned i = 0; i < line->count; i++)
        errors += config_set(config, line->assignments[i], complain, context);
    if (errors == 0)
        errors = config_check(config, complain, context);
    return errors == 0;
}

void command_line_complain(const char *text, void *context)
{
    (void)context;
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

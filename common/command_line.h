/* What all programs do with -c, -o, -t and -f (OPTION_ROWS_COMMON), and the configuration that
 * these make. */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include <stdbool.h>

#include "common/config.h"

#define COMMAND_LINE_MAX_ASSIGNMENTS 256

struct command_line {
    const char *file; /* -c; NULL: the default one, which may be absent */
    const char *assignments[COMMAND_LINE_MAX_ASSIGNMENTS];
    unsigned count;
    bool check_only; /* -t */
    bool foreground; /* -f, of daemons */
};

/* An option_handler whose context is the command line, for these letters alone. */
bool command_line_option(char letter, const char *argument, void *line);

/* Reads the file and the assignments into a configuration of defaults, and checks it. False: there
 * were complaints. */
bool command_line_config(const struct command_line *line, struct config *config,
                         config_complaint *complain, void *context);

/* A config_complaint: to stderr, with the program's name; no context. */
void command_line_complain(const char *text, void *context);

#endif

/*
 * Command-line options: one table per program, from which come the getopt(3) string, the usage text
 * and the OPTIONS list of the program's man page (`man/tables`).
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct option_row {
    char letter;
    const char *argument; /* name of the argument as the man page shows it, NULL for a flag */
    const char *help;     /* one sentence, no final full stop */
};

struct program {
    const char *name;     /* "ocpp-gateway" */
    const char *purpose;  /* the man page's one-line description */
    const char *operands; /* "station ...", in brackets where they are optional; NULL for none */
    const struct option_row *options;
    size_t option_count;
};

/* Called for each option in the order given. Returns false when the argument is unusable, having
 * printed why. */
typedef bool option_handler(char letter, const char *argument, void *context);

/*
 * Parses argv. -h prints the usage to stdout and exits 0, -V prints "NAME VERSION" and exits 0;
 * both are rows like the others. A wrong option prints the usage to stderr and exits 2 (also when
 * the handler returns false). So do operands where the program takes none. Options may stand after
 * operands, up to "--". At most 32 rows. Returns the index of the first operand.
 */
int options_parse(const struct program *program, int argc, char **argv, option_handler *handler,
                  void *context);
void options_usage(const struct program *program, FILE *out);

/* clang-format off */
#define OPTION_ROWS_COMMON                                                                         \
    {'c', "file", "Read the configuration from file instead of the default one"},                  \
    {'o', "section.key=value", "Set one configuration key; wins over the file; may be repeated"},  \
    {'t', NULL, "Check the configuration, say what is wrong with file and line, and exit"},        \
    {'V', NULL, "Print the version and exit"},                                                     \
    {'h', NULL, "Print the usage and exit"}
#define OPTION_ROW_FOREGROUND                                                                      \
    {'f', NULL, "Stay in the foreground and log to standard error"}
/* clang-format on */

#endif

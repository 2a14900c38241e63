/*
 * What every tool does with -c, -o and -t.
 */
#ifndef TOOLS_TOOL_CONFIG_H
#define TOOLS_TOOL_CONFIG_H

#include <stdbool.h>

#include "common/config.h"

#define TOOL_MAX_ASSIGNMENTS 256

struct tool_config {
    const char *file; /* -c; NULL: the default one, which may be absent */
    const char *assignments[TOOL_MAX_ASSIGNMENTS];
    unsigned count;
    bool check_only; /* -t */
};

/* For the letters c, o and t; false when there are too many -o. */
bool tool_config_option(struct tool_config *tool, char letter, const char *argument);

/*
 * Reads the configuration. On errors these are printed to stderr, and the program ends with status
 * 2; with -t it ends in any case, with 0 when all is well.
 */
void tool_config_load(const struct tool_config *tool, const char *program, struct config *config);

#endif

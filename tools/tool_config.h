/* What every tool does once its command line is read. */
#ifndef TOOLS_TOOL_CONFIG_H
#define TOOLS_TOOL_CONFIG_H

#include "common/command_line.h"

/*
 * Reads the configuration. On errors these are printed to stderr, and the program ends with status
 * 1; with -t it ends in any case, with 0 when all is well.
 */
void tool_config_load(const struct command_line *line, struct config *config);

#endif

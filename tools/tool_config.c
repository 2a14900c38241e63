#include "tools/tool_config.h"

#include <stdlib.h>

void tool_config_load(const struct command_line *line, struct config *config)
{
    config_init(config);
    if (!command_line_config(line, config, command_line_complain, NULL))
        exit(1);
    if (line->check_only)
        exit(0);
}

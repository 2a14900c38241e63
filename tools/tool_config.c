#include "tools/tool_config.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_FILE SYSCONFDIR "/ocpp-board/ocpp-board.conf"

bool tool_config_option(struct tool_config *tool, char letter, const char *argument)
{
    switch (letter) {
    case 'c':
        tool->file = argument;
        return true;
    case 'o':
        if (tool->count == TOOL_MAX_ASSIGNMENTS)
            return false;
        tool->assignments[tool->count++] = argument;
        return true;
    default:
        tool->check_only = true;
        return true;
    }
}

static void complain(const char *text, void *context)
{
    fprintf(stderr, "%s: %s\n", (const char *)context, text);
}

void tool_config_load(const struct tool_config *tool, const char *program, struct config *config)
{
    const char *path = tool->file != NULL ? tool->file : DEFAULT_FILE;
    void *context = (void *)(uintptr_t)program;

    config_init(config);
    unsigned errors = config_read_file(config, path, tool->file == NULL, complain, context);
    for (unsigned i = 0; i < tool->count; i++)
        errors += config_set(config, tool->assignments[i], complain, context);
    if (errors == 0)
        errors = config_check(config, complain, context);
    if (errors != 0)
        exit(1);
    if (tool->check_only)
        exit(0);
}

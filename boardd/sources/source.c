#include "boardd/sources/source.h"

const char *source_state_name(enum source_state state)
{
    static const char *const names[] = {
        [SOURCE_ABSENT] = "absent",   [SOURCE_LIVE] = "live",
        [SOURCE_HUNG] = "hung",       [SOURCE_DOWN] = "down",
        [SOURCE_SILENT] = "silent",   [SOURCE_UNREACHABLE] = "unreachable",
        [SOURCE_CAPTURE] = "capture",
    };
    return names[state];
}

bool source_counts(const struct source *source)
{
    return source->is_gateway && source->state != SOURCE_ABSENT && source->state != SOURCE_DOWN;
}

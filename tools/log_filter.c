#include "tools/log_filter.h"

#include <fnmatch.h>
#include <string.h>

bool log_patterns_add(struct log_patterns *patterns, const char *pattern)
{
    if (patterns->count == LOG_MAX_PATTERNS)
        return false;
    patterns->pattern[patterns->count++] = pattern;
    return true;
}

bool log_patterns_match(const struct log_patterns *patterns, const char *text)
{
    for (unsigned i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->pattern[i], text, FNM_CASEFOLD) == 0)
            return true;
    }
    return patterns->count == 0;
}

static bool matches_span(const struct log_patterns *patterns, struct text_span span)
{
    char text[EVENT_MAX_ACTION + 1];

    if (patterns->count == 0)
        return true;
    if (span.length >= sizeof text)
        return false;
    if (span.length > 0)
        memcpy(text, span.start, span.length);
    text[span.length] = '\0';
    return log_patterns_match(patterns, text);
}

const char *log_type(const struct event *event)
{
    return event->type == EVENT_MESSAGE ? message_type_label(event->message_type)
                                        : event_label(event->type);
}

bool log_filter_matches(const struct log_filter *filter, const struct event *event)
{
    if (filter->direction != DIRECTION_NONE && event->direction != filter->direction)
        return false;
    if (!matches_span(&filter->identities, event->identity) ||
        !matches_span(&filter->actions, event->action) ||
        !log_patterns_match(&filter->types, log_type(event)))
        return false;
    return filter->expression == NULL || filter_match(filter->expression, event, filter->gateway);
}

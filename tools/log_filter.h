/*
 * Which events ocpp-log shows.
 */
#ifndef TOOLS_LOG_FILTER_H
#define TOOLS_LOG_FILTER_H

#include <stdbool.h>

#include "shm/event.h"
#include "shm/filter.h"

#define LOG_MAX_PATTERNS 16

/* Matches when there are none, or when one of them does. */
struct log_patterns {
    const char *pattern[LOG_MAX_PATTERNS]; /* of fnmatch(3) */
    unsigned count;
};

struct log_filter {
    struct log_patterns identities;
    struct log_patterns actions;
    struct log_patterns types;
    enum direction direction;  /* DIRECTION_NONE: both */
    struct filter *expression; /* NULL: none */
    const char *gateway;       /* for the expression: name of the gateway that is read */
};

/* `pattern` is kept, not copied. False when there are too many. */
bool log_patterns_add(struct log_patterns *patterns, const char *pattern);

bool log_patterns_match(const struct log_patterns *patterns, const char *text);

/* What -T compares with: a message's type ("CALL"), else the event's ("AUTH_FAILED"). */
const char *log_type(const struct event *event);

bool log_filter_matches(const struct log_filter *filter, const struct event *event);

#endif

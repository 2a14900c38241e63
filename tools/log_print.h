/*
 * How ocpp-log shows an event: a line with aligned columns, or a JSON object.
 */
#ifndef TOOLS_LOG_PRINT_H
#define TOOLS_LOG_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shm/event.h"

struct log_style {
    bool json;
    bool colour;
    unsigned width; /* of the terminal; 0: lines are as long as they are */
    const char *gateway;
};

void log_print_event(FILE *out, const struct event *event, const struct log_style *style);
/* So many events could not be shown: on stderr, and in JSON as an object of type LOST among the
 * others. */
void log_print_lost(FILE *out, uint64_t lost, const struct log_style *style);

#endif

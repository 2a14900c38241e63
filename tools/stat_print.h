/*
 * How ocpp-stat shows what it saw.
 */
#ifndef TOOLS_STAT_PRINT_H
#define TOOLS_STAT_PRINT_H

#include <stdio.h>

#include "tools/stat_sample.h"

/* `earlier` gives rates; NULL: none. */
void stat_print(FILE *out, const struct stat_sample *sample, const struct stat_sample *earlier,
                const struct stat_options *options);
void stat_print_counters(FILE *out, const struct stat_sample *sample);
/* One object on one line. */
void stat_print_json(FILE *out, const struct stat_sample *sample,
                     const struct stat_options *options);

#endif

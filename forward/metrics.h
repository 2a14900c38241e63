/* The numbers of all gateways as Prometheus text in a file, for a textfile collector. */
#ifndef FORWARD_METRICS_H
#define FORWARD_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "forward/feed.h"

/* Writes a new file and gives it the name at once, so that nobody reads half of it. */
bool metrics_write(const char *path, struct feed *const *feeds, unsigned count, char *error,
                   size_t error_size);

void metrics_print(FILE *out, const struct feed_numbers *numbers, unsigned count);

/* Memory of this process alone, bytes: without what is mapped of segments and libraries. */
uint64_t metrics_memory(void);

#endif

/* The sources that board.source names. */
#ifndef BOARDD_SOURCES_H
#define BOARDD_SOURCES_H

#include "boardd/sources/source.h"
#include "common/config.h"

/*
 * Opens those that are there from the start, which is none where they are in a store
 * (redis_feed.h); `sources` has room for SOURCES_MAX. False with a text
 * in `error`, and none is left open.
 */
#define SOURCES_MAX 32
bool sources_open(const struct config *config, struct source **sources, unsigned *count,
                  char *error, size_t error_size);

#endif

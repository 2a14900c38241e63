/* Stations that the store has, and the segment has no more. */
#ifndef FORWARD_TABLE_NAMES_H
#define FORWARD_TABLE_NAMES_H

#include <stdint.h>

#include "common/store_link.h"
#include "shm/segment_reader.h"

/*
 * `names` is the answer to HKEYS; sends HDEL for those of them that no slot holds. Returns how many
 * these are.
 */
uint64_t table_names_remove(const redisReply *names, const struct segment_reader *reader,
                            uint32_t slots, const char *key, struct store_link *link,
                            redisCallbackFn *callback, void *context);

#endif

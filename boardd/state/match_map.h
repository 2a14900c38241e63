/*
 * Which records of one ring match a question, as far as they were looked at: all of them from
 * `from` up to, not with, `to`. A bit for each, and none for 4,096 records in a row without a
 * match.
 */
#ifndef BOARDD_MATCH_MAP_H
#define BOARDD_MATCH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_MAP_NONE UINT64_MAX

/* Made from zeroes: nothing is known. For others to read only. */
struct match_map {
    uint64_t from;
    uint64_t to;
    uint64_t count; /* matches */
    struct match_chunk **chunks;
    size_t chunk_slots;
};

/* Forgets all; the next record to be known is that with number `at`, or the one before it. */
void match_map_clear(struct match_map *map, uint64_t at);
/* Records before `oldest` are gone. */
void match_map_drop(struct match_map *map, uint64_t oldest);

/* The record with number `to`. Without memory all up to it is forgotten. */
void match_map_append(struct match_map *map, bool matches);
/* No record from `seq` up to `from` matches, but for `seq` itself when `matches`. Without memory
 * nothing is changed. */
void match_map_prepend(struct match_map *map, uint64_t seq, bool matches);

/* The newest match before number `before`; MATCH_MAP_NONE: there is none in the map. */
uint64_t match_map_before(const struct match_map *map, uint64_t before);

#endif

/*
 * JSON texts that were written, by what they are of, the newest to be written, in a bounded piece
 * of memory: many dashboards ask for the same messages and stations over and over. An event never
 * changes, so that its text can't be out of date but by another history of its source; who keeps
 * what changes has to put into the text how it tells.
 */
#ifndef BOARDD_TEXT_CACHE_H
#define BOARDD_TEXT_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

struct text_cache;

struct text_cache_key {
    unsigned source;
    unsigned kind;   /* of an event, its collection */
    uint64_t number; /* in the source: that of an event, of a station's slot */
};

/* `bytes` for the texts, rounded down to a power of two. NULL when out of memory, and for less than
 * 4096: every function takes NULL for a cache that holds nothing. */
struct text_cache *text_cache_new(size_t bytes);
void text_cache_free(struct text_cache *cache);

/* The text, valid until the next call that adds, and the hash that it was added with; start NULL
 * when it isn't there. */
struct text_span text_cache_find(const struct text_cache *cache, struct text_cache_key key,
                                 uint64_t *hash);
/* Copies the text; a longer one than a sixteenth of the memory is not kept. */
void text_cache_add(struct text_cache *cache, struct text_cache_key key, struct text_span text,
                    uint64_t hash);
/* The same for a text of that length that the caller writes at once; NULL when it is not kept. */
char *text_cache_room(struct text_cache *cache, struct text_cache_key key, size_t length,
                      uint64_t hash);
/* Forgets everything. */
void text_cache_clear(struct text_cache *cache);

#endif

#include "boardd/state/text_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MIN_BYTES      4096
#define BYTES_PER_SLOT 256 /* less than most texts take */

/* The texts lie one behind the other in a ring. A slot is good as long as its text was not
 * overwritten; of two keys that want one slot, the later has it. */
struct slot {
    struct text_cache_key key;
    uint64_t at;   /* position in the ring, that only grows */
    size_t length; /* 0: free */
    uint64_t hash;
};

struct text_cache {
    size_t size; /* of the ring, a power of two */
    size_t slot_count;
    uint64_t end; /* position of the next text */
    struct slot *slots;
    char *ring;
};

struct text_cache *text_cache_new(size_t bytes)
{
    size_t size = MIN_BYTES;
    if (bytes < MIN_BYTES)
        return NULL;
    while (size <= bytes / 2)
        size *= 2;
    struct text_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    cache->size = size;
    cache->slot_count = size / BYTES_PER_SLOT;
    cache->slots = calloc(cache->slot_count, sizeof(*cache->slots));
    cache->ring = malloc(size);
    if (cache->slots == NULL || cache->ring == NULL) {
        text_cache_free(cache);
        return NULL;
    }
    return cache;
}

void text_cache_free(struct text_cache *cache)
{
    if (cache == NULL)
        return;
    free(cache->slots);
    free(cache->ring);
    free(cache);
}

/* Neighbours of one kind lie in neighbouring slots. */
static struct slot *slot_of(const struct text_cache *cache, struct text_cache_key key)
{
    uint64_t start =
        (key.source * COLLECTION_COUNT + (uint64_t)key.kind) * UINT64_C(0x9e3779b97f4a7c15);
    return &cache->slots[(start + key.number) & (cache->slot_count - 1)];
}

static bool is_key(const struct slot *slot, struct text_cache_key key)
{
    return slot->key.number == key.number && slot->key.source == key.source &&
           slot->key.kind == key.kind;
}

struct text_span text_cache_find(const struct text_cache *cache, struct text_cache_key key,
                                 uint64_t *hash)
{
    if (cache == NULL)
        return TEXT_SPAN_NONE;
    const struct slot *slot = slot_of(cache, key);
    if (slot->length == 0 || !is_key(slot, key) || cache->end - slot->at > cache->size)
        return TEXT_SPAN_NONE;
    *hash = slot->hash;
    return (struct text_span){cache->ring + (slot->at & (cache->size - 1)), slot->length};
}

char *text_cache_room(struct text_cache *cache, struct text_cache_key key, size_t length,
                      uint64_t hash)
{
    if (cache == NULL || length == 0 || length > cache->size / 16)
        return NULL;
    size_t offset = cache->end & (cache->size - 1);
    if (offset + length > cache->size) { /* no text straddles the end */
        cache->end += cache->size - offset;
        offset = 0;
    }
    *slot_of(cache, key) = (struct slot){key, cache->end, length, hash};
    cache->end += length;
    return cache->ring + offset;
}

void text_cache_add(struct text_cache *cache, struct text_cache_key key, struct text_span text,
                    uint64_t hash)
{
    char *room = text_cache_room(cache, key, text.length, hash);
    if (room != NULL)
        memcpy(room, text.start, text.length);
}

void text_cache_clear(struct text_cache *cache)
{
    if (cache != NULL)
        memset(cache->slots, 0, cache->slot_count * sizeof(*cache->slots));
}

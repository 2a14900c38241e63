#include "boardd/state/event_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MIN_BYTES      4096
#define BYTES_PER_SLOT 256 /* about what an event takes */

/* The texts lie one behind the other in a ring. A slot is good as long as its text was not
 * overwritten; of two keys that want one slot, the later has it. */
struct slot {
    struct event_cache_key key;
    uint64_t at;   /* position in the ring, that only grows */
    size_t length; /* 0: free */
};

struct event_cache {
    size_t size; /* of the ring, a power of two */
    size_t slot_count;
    uint64_t end; /* position of the next text */
    struct slot *slots;
    char *ring;
};

struct event_cache *event_cache_new(size_t bytes)
{
    size_t size = MIN_BYTES;
    if (bytes < MIN_BYTES)
        return NULL;
    while (size <= bytes / 2)
        size *= 2;
    struct event_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    cache->size = size;
    cache->slot_count = size / BYTES_PER_SLOT;
    cache->slots = calloc(cache->slot_count, sizeof(*cache->slots));
    cache->ring = malloc(size);
    if (cache->slots == NULL || cache->ring == NULL) {
        event_cache_free(cache);
        return NULL;
    }
    return cache;
}

void event_cache_free(struct event_cache *cache)
{
    if (cache == NULL)
        return;
    free(cache->slots);
    free(cache->ring);
    free(cache);
}

/* Neighbours in one collection lie in neighbouring slots. */
static struct slot *slot_of(const struct event_cache *cache, struct event_cache_key key)
{
    uint64_t start =
        (key.source * COLLECTION_COUNT + (uint64_t)key.collection) * UINT64_C(0x9e3779b97f4a7c15);
    return &cache->slots[(start + key.seq) & (cache->slot_count - 1)];
}

static bool is_key(const struct slot *slot, struct event_cache_key key)
{
    return slot->key.seq == key.seq && slot->key.source == key.source &&
           slot->key.collection == key.collection;
}

struct text_span event_cache_find(const struct event_cache *cache, struct event_cache_key key)
{
    if (cache == NULL)
        return TEXT_SPAN_NONE;
    const struct slot *slot = slot_of(cache, key);
    if (slot->length == 0 || !is_key(slot, key) || cache->end - slot->at > cache->size)
        return TEXT_SPAN_NONE;
    return (struct text_span){cache->ring + (slot->at & (cache->size - 1)), slot->length};
}

void event_cache_add(struct event_cache *cache, struct event_cache_key key, struct text_span text)
{
    if (cache == NULL || text.length == 0 || text.length > cache->size / 16)
        return;
    size_t offset = cache->end & (cache->size - 1);
    if (offset + text.length > cache->size) { /* no text straddles the end */
        cache->end += cache->size - offset;
        offset = 0;
    }
    memcpy(cache->ring + offset, text.start, text.length);
    *slot_of(cache, key) = (struct slot){key, cache->end, text.length};
    cache->end += text.length;
}

void event_cache_clear(struct event_cache *cache)
{
    if (cache != NULL)
        memset(cache->slots, 0, cache->slot_count * sizeof(*cache->slots));
}

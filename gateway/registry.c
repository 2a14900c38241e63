#include "gateway/registry.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/hash.h"

struct registry {
    size_t mask;
    size_t count;
    struct registry_entry *first;
    struct registry_entry *buckets[];
};

struct registry *registry_new(size_t expected)
{
    size_t buckets = 64;
    while (buckets < expected)
        buckets *= 2;
    struct registry *registry =
        calloc(1, sizeof(*registry) + buckets * sizeof(registry->buckets[0]));
    if (registry != NULL)
        registry->mask = buckets - 1;
    return registry;
}

void registry_free(struct registry *registry)
{
    free(registry);
}

static uint64_t hash_of(const char *identity)
{
    return hash_bytes(HASH_START, identity, strlen(identity));
}

struct registry_entry *registry_find(const struct registry *registry, const char *identity)
{
    uint64_t hash = hash_of(identity);
    struct registry_entry *entry = registry->buckets[hash & registry->mask];
    while (entry != NULL && (entry->hash != hash || strcmp(entry->identity, identity) != 0))
        entry = entry->next_in_bucket;
    return entry;
}

void registry_add(struct registry *registry, struct registry_entry *entry, const char *identity)
{
    entry->identity = identity;
    entry->hash = hash_of(identity);
    struct registry_entry **bucket = &registry->buckets[entry->hash & registry->mask];
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    entry->previous = NULL;
    entry->next = registry->first;
    if (registry->first != NULL)
        registry->first->previous = entry;
    registry->first = entry;
    registry->count++;
}

void registry_remove(struct registry *registry, struct registry_entry *entry)
{
    struct registry_entry **link = &registry->buckets[entry->hash & registry->mask];
    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    if (entry->previous != NULL)
        entry->previous->next = entry->next;
    else
        registry->first = entry->next;
    if (entry->next != NULL)
        entry->next->previous = entry->previous;
    registry->count--;
}

struct registry_entry *registry_first(const struct registry *registry)
{
    return registry->first;
}

size_t registry_buckets(const struct registry *registry)
{
    return registry->mask + 1;
}

const struct registry_entry *registry_bucket(const struct registry *registry, size_t bucket)
{
    return registry->buckets[bucket];
}

size_t registry_count(const struct registry *registry)
{
    return registry->count;
}

/* The connected stations by identity, and all of them in a list. */
#ifndef GATEWAY_REGISTRY_H
#define GATEWAY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lives in the station; private to registry.c but for `identity` and `next_in_bucket`. */
struct registry_entry {
    const char *identity;
    uint64_t hash;
    struct registry_entry *next_in_bucket;
    struct registry_entry *previous, *next;
};

struct registry;

/* NULL: no memory. `expected` sizes the table; more stations are fine. */
struct registry *registry_new(size_t expected);
void registry_free(struct registry *registry);

struct registry_entry *registry_find(const struct registry *registry, const char *identity);
/* The identity must not be there yet; it is kept, not copied. */
void registry_add(struct registry *registry, struct registry_entry *entry, const char *identity);
void registry_remove(struct registry *registry, struct registry_entry *entry);
struct registry_entry *registry_first(const struct registry *registry); /* newest first */
/*
 * For lists in parts: the entries of bucket number `bucket` by next_in_bucket. Whoever stays is
 * found once, however long it takes to come through.
 */
size_t registry_buckets(const struct registry *registry);
const struct registry_entry *registry_bucket(const struct registry *registry, size_t bucket);
size_t registry_count(const struct registry *registry);

#endif

#include "boardd/state/hidden.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 2048 /* a power of two */
#define HIDES   (1u << COLLECTION_MESSAGES | 1u << COLLECTION_CONNECTIONS | 1u << COLLECTION_ERRORS)

struct entry {
    uint32_t next_in_bucket; /* number + 1; 0: none */
    unsigned source;
    size_t length; /* 0: free */
    char identity[EVENT_MAX_IDENTITY];
    uint64_t connection;
    uint64_t next[COLLECTION_COUNT];
};

struct hidden {
    size_t count;
    uint64_t version;
    size_t oldest; /* the next to be overwritten */
    uint32_t buckets[BUCKETS];
    struct entry entries[HIDDEN_MAX];
};

struct hidden *hidden_new(void)
{
    return calloc(1, sizeof(struct hidden));
}

void hidden_free(struct hidden *hidden)
{
    free(hidden);
}

uint64_t hidden_version(const struct hidden *hidden)
{
    return hidden->version;
}

size_t hidden_count(const struct hidden *hidden)
{
    return hidden->count;
}

static size_t bucket_of(unsigned source, const char *identity, size_t length)
{
    uint32_t hash = 2166136261u + source;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)identity[i]) * 16777619u;
    return (hash ^ hash >> 15) & (BUCKETS - 1);
}

/* Its number; HIDDEN_MAX: there is none. */
static size_t find(const struct hidden *hidden, unsigned source, const char *identity,
                   size_t length)
{
    uint32_t number = hidden->buckets[bucket_of(source, identity, length)];
    while (number != 0) {
        const struct entry *entry = &hidden->entries[number - 1];
        if (entry->source == source && entry->length == length &&
            memcmp(entry->identity, identity, length) == 0)
            return number - 1;
        number = entry->next_in_bucket;
    }
    return HIDDEN_MAX;
}

static void put_in_bucket(struct hidden *hidden, size_t number)
{
    struct entry *entry = &hidden->entries[number];
    uint32_t *bucket = &hidden->buckets[bucket_of(entry->source, entry->identity, entry->length)];
    entry->next_in_bucket = *bucket;
    *bucket = (uint32_t)number + 1;
    hidden->count++;
}

static void take_from_bucket(struct hidden *hidden, size_t number)
{
    struct entry *entry = &hidden->entries[number];
    uint32_t *link = &hidden->buckets[bucket_of(entry->source, entry->identity, entry->length)];
    while (*link != number + 1)
        link = &hidden->entries[*link - 1].next_in_bucket;
    *link = entry->next_in_bucket;
    entry->length = 0;
    hidden->count--;
    hidden->version++;
}

void hidden_add(struct hidden *hidden, unsigned source, const char *identity, uint64_t connection,
                const uint64_t next[COLLECTION_COUNT])
{
    size_t length = strnlen(identity, EVENT_MAX_IDENTITY);
    size_t number = find(hidden, source, identity, length);
    if (length == 0)
        return;
    hidden->version++;
    if (number == HIDDEN_MAX) {
        number = hidden->oldest;
        hidden->oldest = (hidden->oldest + 1) % HIDDEN_MAX;
        if (hidden->entries[number].length > 0)
            take_from_bucket(hidden, number);
        hidden->entries[number] = (struct entry){.source = source, .length = length};
        memcpy(hidden->entries[number].identity, identity, length);
        put_in_bucket(hidden, number);
    }
    hidden->entries[number].connection = connection;
    memcpy(hidden->entries[number].next, next, sizeof(hidden->entries[number].next));
}

void hidden_forget_source(struct hidden *hidden, unsigned source)
{
    for (size_t i = 0; i < HIDDEN_MAX && hidden->count > 0; i++) {
        if (hidden->entries[i].length > 0 && hidden->entries[i].source == source)
            take_from_bucket(hidden, i);
    }
}

bool hidden_any(const struct hidden *hidden, enum collection collection)
{
    return hidden->count > 0 && (HIDES >> collection & 1) != 0;
}

bool hidden_event(const struct hidden *hidden, unsigned source, enum collection collection,
                  struct text_span identity, uint64_t seq)
{
    if (!hidden_any(hidden, collection) || identity.length == 0)
        return false;
    size_t number = find(hidden, source, identity.start, identity.length);
    return number < HIDDEN_MAX && seq < hidden->entries[number].next[collection];
}

bool hidden_station(const struct hidden *hidden, unsigned source, const char *identity,
                    uint64_t connection)
{
    if (hidden->count == 0)
        return false;
    size_t number = find(hidden, source, identity, strnlen(identity, EVENT_MAX_IDENTITY));
    return number < HIDDEN_MAX && connection <= hidden->entries[number].connection;
}

#include "boardd/state/name_table.h"

#include <bsd/stdlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_SLOTS 64
/* With these bits set, names that differ in case only have the same hash. */
#define ANY_CASE UINT64_C(0x2020202020202020)

struct name {
    char *text; /* NULL: free */
    size_t length;
    uint64_t hash;
    uint64_t newest;
    uint32_t records;
    uint32_t next; /* in its bucket, or among the free ones; 0 ends */
};

struct name_table {
    uint32_t max_names;
    uint32_t count;
    uint32_t used;     /* names[1] to names[used] have been given at some time */
    uint32_t capacity; /* of names */
    uint32_t free_list;
    uint32_t bucket_count; /* a power of two */
    uint64_t seed;
    struct name *names;
    uint32_t *buckets;
};

struct name_table *name_table_new(uint32_t max_names)
{
    struct name_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return NULL;
    table->max_names = max_names;
    table->seed = ((uint64_t)arc4random() << 32) | arc4random();
    return table;
}

void name_table_clear(struct name_table *table)
{
    for (uint32_t i = 1; i <= table->used; i++)
        free(table->names[i].text);
    free(table->names);
    free(table->buckets);
    table->names = NULL;
    table->buckets = NULL;
    table->count = table->used = table->capacity = table->free_list = table->bucket_count = 0;
}

void name_table_free(struct name_table *table)
{
    if (table == NULL)
        return;
    name_table_clear(table);
    free(table);
}

/* Seeded: stations choose their names. */
static uint64_t hash_of(const struct name_table *table, const char *name, size_t length)
{
    uint64_t hash = table->seed ^ (length * UINT64_C(0x9e3779b97f4a7c15));
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, name, 8);
        hash = (hash ^ (word | ANY_CASE)) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        name += 8;
        length -= 8;
    }
    uint64_t rest = 0;
    memcpy(&rest, name, length);
    hash = (hash ^ (rest | ANY_CASE) ^ table->seed) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 29);
}

static uint32_t find_hashed(const struct name_table *table, uint64_t hash, const char *name,
                            size_t length)
{
    if (table->bucket_count == 0)
        return 0;
    uint32_t at = table->buckets[hash & (table->bucket_count - 1)];
    for (; at != 0; at = table->names[at].next) {
        const struct name *entry = &table->names[at];
        if (entry->hash == hash && entry->length == length &&
            memcmp(entry->text, name, length) == 0)
            return at;
    }
    return 0;
}

uint32_t name_table_find(const struct name_table *table, const char *name, size_t length)
{
    return find_hashed(table, hash_of(table, name, length), name, length);
}

uint32_t name_table_find_any_case(const struct name_table *table, const char *name, size_t length)
{
    uint64_t hash = hash_of(table, name, length);
    uint32_t found = 0;
    uint32_t at = table->bucket_count > 0 ? table->buckets[hash & (table->bucket_count - 1)] : 0;
    for (; at != 0; at = table->names[at].next) {
        const struct name *entry = &table->names[at];
        if (entry->hash != hash || entry->length != length ||
            strncasecmp(entry->text, name, length) != 0)
            continue;
        if (found != 0)
            return NAME_TABLE_SEVERAL;
        found = at;
    }
    return found;
}

static void put_in_bucket(struct name_table *table, uint32_t number)
{
    uint32_t *bucket = &table->buckets[table->names[number].hash & (table->bucket_count - 1)];
    table->names[number].next = *bucket;
    *bucket = number;
}

static bool grow(struct name_table *table)
{
    uint32_t capacity = table->capacity > 0 ? table->capacity * 2 : FIRST_SLOTS;
    struct name *names = realloc(table->names, capacity * sizeof(*names));
    if (names == NULL)
        return false;
    table->names = names;
    uint32_t *buckets = calloc(capacity, sizeof(*buckets));
    if (buckets == NULL)
        return false;
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = capacity;
    table->capacity = capacity;
    for (uint32_t i = 1; i <= table->used; i++) { /* there are no free ones when it grows */
        put_in_bucket(table, i);
    }
    return true;
}

static uint32_t take_number(struct name_table *table)
{
    uint32_t number = table->free_list;
    if (number != 0) {
        table->free_list = table->names[number].next;
        return number;
    }
    if (table->used == table->max_names || (table->used + 1 >= table->capacity && !grow(table)))
        return 0;
    return ++table->used;
}

static uint32_t add_name(struct name_table *table, uint64_t hash, const char *name, size_t length)
{
    char *text = malloc(length);
    if (text == NULL)
        return 0;
    uint32_t number = take_number(table);
    if (number == 0) {
        free(text);
        return 0;
    }
    memcpy(text, name, length);
    table->names[number] =
        (struct name){.text = text, .length = length, .hash = hash, .newest = UINT64_MAX};
    put_in_bucket(table, number);
    table->count++;
    return number;
}

uint32_t name_table_add(struct name_table *table, const char *name, size_t length, uint64_t seq,
                        uint64_t *previous)
{
    *previous = UINT64_MAX;
    if (length == 0)
        return 0;
    uint64_t hash = hash_of(table, name, length);
    uint32_t number = find_hashed(table, hash, name, length);
    if (number == 0)
        number = add_name(table, hash, name, length);
    if (number == 0)
        return 0;
    struct name *entry = &table->names[number];
    *previous = entry->newest;
    entry->newest = seq;
    entry->records++;
    return number;
}

void name_table_remove(struct name_table *table, uint32_t number)
{
    if (number == 0 || --table->names[number].records > 0)
        return;
    struct name *entry = &table->names[number];
    uint32_t *link = &table->buckets[entry->hash & (table->bucket_count - 1)];
    while (*link != number)
        link = &table->names[*link].next;
    *link = entry->next;
    free(entry->text);
    *entry = (struct name){.next = table->free_list};
    table->free_list = number;
    table->count--;
}

uint64_t name_table_newest(const struct name_table *table, uint32_t number)
{
    return table->names[number].newest;
}

uint32_t name_table_records(const struct name_table *table, uint32_t number)
{
    return table->names[number].records;
}

const char *name_table_text(const struct name_table *table, uint32_t number, size_t *length)
{
    *length = table->names[number].length;
    return table->names[number].text;
}

uint32_t name_table_count(const struct name_table *table)
{
    return table->count;
}

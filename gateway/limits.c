#include "gateway/limits.h"

#include <arpa/inet.h>
#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/token_bucket.h"
#include "gateway/hash.h"

#define WAYS 4 /* places where a key may stand */

struct entry {
    uint64_t key; /* 0: unused */
    struct token_bucket bucket;
    bool over; /* said so already, since the bucket was last full */
};

struct table {
    struct entry *entries;
    size_t sets;
    uint64_t rate, period_ns, burst;
};

/* Connections of one address at one time. */
struct presence {
    uint64_t address;
    uint64_t count;
    struct presence *next;
};

struct limits {
    uint64_t hash_start; /* random, so that nobody outside can aim at a place in the tables */
    struct table connects, reconnects, auth_failures;
    uint64_t max_per_address;
    size_t presence_mask;
    struct presence *presences[];
};

static bool table_init(struct table *table, size_t entries)
{
    table->sets = entries / WAYS;
    table->entries = calloc(entries, sizeof(table->entries[0]));
    return table->entries != NULL;
}

static void table_configure(struct table *table, uint64_t rate, uint64_t period_ns, uint64_t burst)
{
    if (table->rate == rate && table->burst == burst)
        return;
    table->rate = rate;
    table->period_ns = period_ns;
    table->burst = burst;
    memset(table->entries, 0, table->sets * WAYS * sizeof(table->entries[0]));
}

static struct entry *table_find(struct table *table, uint64_t key)
{
    struct entry *set = &table->entries[key % table->sets * WAYS];
    struct entry *victim = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        /* an unused one has a bucket that was full at time 0 */
        if (set[i].bucket.due < victim->bucket.due)
            victim = &set[i];
    }
    victim->key = key;
    victim->over = false;
    token_bucket_init(&victim->bucket, table->rate, table->period_ns, table->burst);
    return victim;
}

static enum limits_verdict verdict(struct entry *entry, bool fine, uint64_t now_ns)
{
    if (fine) {
        if (token_bucket_is_full(&entry->bucket, now_ns))
            entry->over = false;
        return LIMITS_FINE;
    }
    bool was_over = entry->over;
    entry->over = true;
    return was_over ? LIMITS_STILL_OVER : LIMITS_OVER;
}

static enum limits_verdict table_take(struct table *table, uint64_t key, uint64_t now_ns)
{
    struct entry *entry = table_find(table, key);
    if (token_bucket_is_full(&entry->bucket, now_ns))
        entry->over = false;
    return verdict(entry, token_bucket_take(&entry->bucket, now_ns), now_ns);
}

struct limits *limits_new(size_t expected)
{
    size_t size = 1024;
    while (size < expected)
        size *= 2;
    struct limits *limits = calloc(1, sizeof(*limits) + size * sizeof(limits->presences[0]));
    if (limits == NULL)
        return NULL;
    limits->presence_mask = size - 1;
    arc4random_buf(&limits->hash_start, sizeof(limits->hash_start));
    if (table_init(&limits->connects, size) && table_init(&limits->reconnects, 2 * size) &&
        table_init(&limits->auth_failures, size))
        return limits;
    limits_free(limits);
    return NULL;
}

void limits_free(struct limits *limits)
{
    if (limits == NULL)
        return;
    for (size_t i = 0; i <= limits->presence_mask; i++) {
        while (limits->presences[i] != NULL) {
            struct presence *presence = limits->presences[i];
            limits->presences[i] = presence->next;
            free(presence);
        }
    }
    free(limits->connects.entries);
    free(limits->reconnects.entries);
    free(limits->auth_failures.entries);
    free(limits);
}

void limits_configure(struct limits *limits, const struct config *config)
{
    table_configure(&limits->connects, config->gateway_connection_rate, TOKEN_BUCKET_SECOND,
                    config->gateway_connection_burst);
    table_configure(&limits->reconnects, config->gateway_reconnects, TOKEN_BUCKET_MINUTE,
                    config->gateway_reconnects);
    table_configure(&limits->auth_failures, config->gateway_auth_failures, TOKEN_BUCKET_MINUTE,
                    config->gateway_auth_failures);
    limits->max_per_address = config->gateway_max_connections_per_address;
}

static uint64_t key_of(const struct limits *limits, const void *bytes, size_t length)
{
    uint64_t key = hash_bytes(limits->hash_start, bytes, length);
    return key != 0 ? key : 1;
}

uint64_t limits_address_key(const struct limits *limits, const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        return key_of(limits, &v4->sin_addr, 4);
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
            return key_of(limits, &v6->sin6_addr.s6_addr[12], 4);
        return key_of(limits, &v6->sin6_addr, 8);
    }
    return key_of(limits, "?", 1);
}

enum limits_verdict limits_connect(struct limits *limits, uint64_t address, uint64_t now_ns)
{
    return table_take(&limits->connects, address, now_ns);
}

enum limits_verdict limits_reconnect(struct limits *limits, const char *identity, uint64_t now_ns)
{
    return table_take(&limits->reconnects, key_of(limits, identity, strlen(identity)), now_ns);
}

/*
 * Failures count per pair: one that guesses can lock out neither the station itself nor its
 * neighbours behind one address.
 */
static struct entry *find_pair(struct limits *limits, uint64_t address, const char *identity)
{
    uint64_t key = hash_bytes(address, identity, strlen(identity));
    return table_find(&limits->auth_failures, key != 0 ? key : 1);
}

enum limits_verdict limits_may_authenticate(struct limits *limits, uint64_t address,
                                            const char *identity, uint64_t now_ns)
{
    struct entry *entry = find_pair(limits, address, identity);
    return verdict(entry, token_bucket_wait(&entry->bucket, now_ns) == 0, now_ns);
}

void limits_authentication_failed(struct limits *limits, uint64_t address, const char *identity,
                                  uint64_t now_ns)
{
    token_bucket_take(&find_pair(limits, address, identity)->bucket, now_ns);
}

static struct presence **find_presence(struct limits *limits, uint64_t address)
{
    struct presence **link = &limits->presences[address & limits->presence_mask];
    while (*link != NULL && (*link)->address != address)
        link = &(*link)->next;
    return link;
}

bool limits_enter(struct limits *limits, uint64_t address)
{
    struct presence **link = find_presence(limits, address);
    if (*link == NULL) {
        *link = calloc(1, sizeof(**link));
        if (*link == NULL)
            return false;
        (*link)->address = address;
    }
    if (limits->max_per_address > 0 && (*link)->count >= limits->max_per_address)
        return false;
    (*link)->count++;
    return true;
}

void limits_leave(struct limits *limits, uint64_t address)
{
    struct presence **link = find_presence(limits, address);
    struct presence *presence = *link;
    if (presence == NULL || --presence->count > 0)
        return;
    *link = presence->next;
    free(presence);
}

#include "boardd/http/address_limits.h"

#include <arpa/inet.h>
#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "common/token_bucket.h"

#define SETS 1024
#define WAYS 4

struct peer {
    unsigned char key[16];
    uint64_t seen_ns;
    bool used;
    struct token_bucket requests;
};

struct address_limits {
    struct address_limits_options options;
    uint64_t seed;
    struct peer peers[SETS][WAYS];
};

struct address_limits *address_limits_new(const struct address_limits_options *options)
{
    struct address_limits *limits = calloc(1, sizeof(*limits));
    if (limits == NULL)
        return NULL;
    limits->options = *options;
    arc4random_buf(&limits->seed, sizeof(limits->seed));
    return limits;
}

void address_limits_free(struct address_limits *limits)
{
    free(limits);
}

void address_key(const char *address, unsigned char key[ADDRESS_KEY])
{
    memset(key, 0, ADDRESS_KEY);
    if (inet_pton(AF_INET, address, key + 12) == 1) {
        key[10] = key[11] = 0xff;
        return;
    }
    if (inet_pton(AF_INET6, address, key) == 1)
        memset(key + 8, 0, 8);
}

static size_t set_of(const struct address_limits *limits, const unsigned char key[16])
{
    uint64_t hash = limits->seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < 16; i++)
        hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    return (size_t)(hash % SETS);
}

static struct peer *peer_of(struct address_limits *limits, const char *address, uint64_t now_ns)
{
    unsigned char key[16];
    address_key(address, key);
    struct peer *set = limits->peers[set_of(limits, key)];
    struct peer *oldest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && memcmp(set[i].key, key, sizeof(key)) == 0) {
            set[i].seen_ns = now_ns;
            return &set[i];
        }
        if (!set[i].used || (oldest->used && set[i].seen_ns < oldest->seen_ns))
            oldest = &set[i];
    }
    memset(oldest, 0, sizeof(*oldest));
    memcpy(oldest->key, key, sizeof(key));
    oldest->used = true;
    oldest->seen_ns = now_ns;
    token_bucket_init(&oldest->requests, limits->options.request_rate, TOKEN_BUCKET_SECOND,
                      limits->options.request_burst);
    return oldest;
}

static bool has_token(const struct token_bucket *bucket, uint64_t now_ns, unsigned *retry_after)
{
    uint64_t wait = token_bucket_wait(bucket, now_ns);
    *retry_after = (unsigned)(wait / TOKEN_BUCKET_SECOND + 1);
    return wait == 0;
}

bool address_limits_request(struct address_limits *limits, const char *address, uint64_t now_ns,
                            unsigned *retry_after)
{
    struct token_bucket *bucket = &peer_of(limits, address, now_ns)->requests;
    return has_token(bucket, now_ns, retry_after) && token_bucket_take(bucket, now_ns);
}

/*
 * A token bucket: at most `burst` events at once and `rate` per `period` on average. Plain
 * arithmetic on a monotonic clock in nanoseconds; nothing to run in between, nothing to free.
 */
#ifndef COMMON_TOKEN_BUCKET_H
#define COMMON_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BUCKET_SECOND UINT64_C(1000000000)
#define TOKEN_BUCKET_MINUTE (60 * TOKEN_BUCKET_SECOND)

struct token_bucket {
    uint64_t interval; /* ns until a token comes back */
    uint64_t slack;    /* ns by which a burst may run ahead */
    uint64_t due;      /* when the bucket is full again */
};

/* A full bucket. `rate`, `period_ns` and `burst` are at least 1; burst * (period / rate) must stay
 * below 2^62 ns. */
void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t period_ns,
                       uint64_t burst);
/* Takes a token when there is one. */
bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ns);
/* Nanoseconds until there is a token; 0: now. */
uint64_t token_bucket_wait(const struct token_bucket *bucket, uint64_t now_ns);
/* True when it is as good as new, so that its owner may forget it. */
bool token_bucket_is_full(const struct token_bucket *bucket, uint64_t now_ns);

#endif

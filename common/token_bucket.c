#include "common/token_bucket.h"

void token_bucket_init(struct token_bucket *bucket, uint64_t rate, uint64_t period_ns,
                       uint64_t burst)
{
    bucket->interval = period_ns / rate > 0 ? period_ns / rate : 1;
    bucket->slack = bucket->interval * (burst - 1);
    bucket->due = 0;
}

uint64_t token_bucket_wait(const struct token_bucket *bucket, uint64_t now_ns)
{
    uint64_t allowed = now_ns + bucket->slack;
    return bucket->due > allowed ? bucket->due - allowed : 0;
}

bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ns)
{
    if (token_bucket_wait(bucket, now_ns) > 0)
        return false;
    bucket->due = (bucket->due > now_ns ? bucket->due : now_ns) + bucket->interval;
    return true;
}

bool token_bucket_is_full(const struct token_bucket *bucket, uint64_t now_ns)
{
    return bucket->due <= now_ns;
}

#include "boardd/http/session_limits.h"

#include <stdlib.h>

#include "common/token_bucket.h"

struct slot {
    uint64_t session;
    struct token_bucket bucket;
};

struct session_limits {
    uint64_t rate;
    uint64_t burst;
    size_t slot_count;
    struct slot slots[];
};

struct session_limits *session_limits_new(uint64_t rate, uint64_t burst, size_t max_sessions)
{
    size_t count = max_sessions > 0 ? max_sessions : 1;
    struct session_limits *limits = calloc(1, sizeof(*limits) + count * sizeof(struct slot));
    if (limits == NULL)
        return NULL;
    limits->rate = rate;
    limits->burst = burst;
    limits->slot_count = count;
    return limits;
}

void session_limits_free(struct session_limits *limits)
{
    free(limits);
}

bool session_limits_request(struct session_limits *limits, uint64_t session, uint64_t now_ns,
                            unsigned *retry_after)
{
    /* numbers are given in turn: two that stand at one time rarely meet, and then the older one
     * begins anew */
    struct slot *slot = &limits->slots[session % limits->slot_count];
    if (slot->session != session) {
        slot->session = session;
        token_bucket_init(&slot->bucket, limits->rate, TOKEN_BUCKET_SECOND, limits->burst);
    }
    if (token_bucket_take(&slot->bucket, now_ns))
        return true;
    *retry_after = (unsigned)(token_bucket_wait(&slot->bucket, now_ns) / TOKEN_BUCKET_SECOND + 1);
    return false;
}

#include "common/backoff.h"

#include <bsd/stdlib.h>

uint32_t backoff_next(struct backoff *backoff)
{
    if (backoff->ms == 0)
        backoff->ms = BACKOFF_FIRST_MS;
    else
        backoff->ms = backoff->ms * 2 < BACKOFF_LAST_MS ? backoff->ms * 2 : BACKOFF_LAST_MS;
    return backoff->ms * 3 / 4 + arc4random_uniform(backoff->ms / 2 + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->ms = 0;
}

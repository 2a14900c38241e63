/* How long to wait before the next attempt: twice as long each time, with jitter. */
#ifndef FORWARD_BACKOFF_H
#define FORWARD_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  5000

struct backoff {
    uint32_t ms; /* 0: the first attempt is still to come */
};

/* Milliseconds to wait now, between 75 % and 125 % of what is due. */
uint32_t backoff_next(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);

#endif

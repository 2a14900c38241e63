/*
 * Makes guessing slow. Wrong logins are counted for each address and for each account, whether it
 * exists or not. After `attempts` of them the next one has to wait; each further one doubles the
 * wait, up to `penalty_max_ms`; after that time without a wrong one all is forgotten.
 *
 * An account that is under attack does not wait at addresses from which its user has logged in
 * before: nobody can lock a user out there from elsewhere. Checks that are under way count as if
 * they had failed, so that many at once don't slip through. Memory is bounded: who has the fewest
 * wrong logins gives way.
 */
#ifndef BOARDD_THROTTLE_H
#define BOARDD_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_KEY 16

struct throttle;

struct throttle_options {
    uint64_t attempts;       /* at least 1 */
    uint64_t penalty_ms;     /* the first wait */
    uint64_t penalty_max_ms; /* the longest one */
};

/* A check that is under way. */
struct throttle_ticket {
    unsigned char address[THROTTLE_KEY];
    unsigned char account[THROTTLE_KEY];
    unsigned char pair[THROTTLE_KEY];
    bool has_account;
    bool counts_account; /* false at addresses that the account's user is known at */
};

enum throttle_outcome {
    THROTTLE_RIGHT,
    THROTTLE_WRONG,
    THROTTLE_UNKNOWN, /* it could not be checked: as if it had not been */
};

struct throttle *throttle_new(const struct throttle_options *options);
void throttle_free(struct throttle *throttle);

/* May this address try that account ("" where there are none) now? Returns 0 and fills the ticket,
 * for which throttle_end is to be called; or the seconds to wait. */
unsigned throttle_begin(struct throttle *throttle, const char *address, const char *account,
                        uint64_t now_ms, struct throttle_ticket *ticket);
/* True when a wait began with this one. */
bool throttle_end(struct throttle *throttle, const struct throttle_ticket *ticket,
                  enum throttle_outcome outcome, uint64_t now_ms);

#endif

#include "boardd/login/throttle.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/http/address_limits.h"
#include "common/digest.h"

#define SETS          256
#define WAYS          8
#define WHILE_CHECKED 1 /* seconds to wait for checks that are under way */
#define MAX_TEXT      256

struct entry {
    unsigned char key[THROTTLE_KEY];
    bool used;
    uint64_t failures;
    uint64_t pending;  /* checks that are under way */
    uint64_t until_ms; /* the wait ends */
    uint64_t seen_ms;
};

struct throttle {
    struct throttle_options options;
    unsigned char seed[THROTTLE_KEY];
    struct entry counts[SETS][WAYS];
    struct entry known[SETS][WAYS]; /* pairs of address and account that have logged in */
};

struct throttle *throttle_new(const struct throttle_options *options)
{
    struct throttle *throttle = calloc(1, sizeof(*throttle));
    if (throttle == NULL)
        return NULL;
    throttle->options = *options;
    arc4random_buf(throttle->seed, sizeof(throttle->seed));
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    free(throttle);
}

/* Nobody knows the seed: which keys share a set can't be chosen. */
static void make_key(const struct throttle *throttle, char kind, const void *data, size_t length,
                     unsigned char key[THROTTLE_KEY])
{
    unsigned char text[THROTTLE_KEY + 1 + MAX_TEXT], digest[DIGEST_SIZE];
    length = length < MAX_TEXT ? length : MAX_TEXT;
    memcpy(text, throttle->seed, THROTTLE_KEY);
    text[THROTTLE_KEY] = (unsigned char)kind;
    memcpy(text + THROTTLE_KEY + 1, data, length);
    digest_sha256(text, THROTTLE_KEY + 1 + length, digest);
    memcpy(key, digest, THROTTLE_KEY);
}

static bool is_forgotten(const struct throttle *throttle, const struct entry *entry,
                         uint64_t now_ms)
{
    uint64_t last = entry->until_ms > entry->seen_ms ? entry->until_ms : entry->seen_ms;
    return entry->pending == 0 && now_ms >= last + throttle->options.penalty_max_ms;
}

/* Who is to give way rather than the other. */
static bool is_lesser(const struct entry *a, const struct entry *b)
{
    if (a->used != b->used)
        return !a->used;
    if (a->failures + a->pending != b->failures + b->pending)
        return a->failures + a->pending < b->failures + b->pending;
    return a->seen_ms < b->seen_ms;
}

static struct entry *set_of(struct entry table[SETS][WAYS], const unsigned char *key)
{
    return table[key[0] % SETS];
}

static struct entry *find(struct entry table[SETS][WAYS], const unsigned char *key)
{
    struct entry *set = set_of(table, key);
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].used && memcmp(set[i].key, key, THROTTLE_KEY) == 0)
            return &set[i];
    }
    return NULL;
}

static struct entry *find_or_make(struct throttle *throttle, struct entry table[SETS][WAYS],
                                  const unsigned char *key, uint64_t now_ms)
{
    struct entry *set = set_of(table, key), *entry = find(table, key), *least = &set[0];
    if (entry != NULL && (table == throttle->known || !is_forgotten(throttle, entry, now_ms)))
        return entry;
    for (size_t i = 0; entry == NULL && i < WAYS; i++) {
        if (table == throttle->counts && set[i].used && is_forgotten(throttle, &set[i], now_ms))
            set[i].used = false;
        if (is_lesser(&set[i], least))
            least = &set[i];
    }
    if (entry == NULL)
        entry = least;
    *entry = (struct entry){.used = true, .seen_ms = now_ms};
    memcpy(entry->key, key, THROTTLE_KEY);
    return entry;
}

static unsigned wait_of(const struct throttle *throttle, const struct entry *entry, uint64_t now_ms)
{
    if (entry->until_ms > now_ms)
        return (unsigned)((entry->until_ms - now_ms + 999) / 1000);
    uint64_t allowed = throttle->options.attempts > entry->failures
                           ? throttle->options.attempts - entry->failures
                           : 1;
    return entry->pending < allowed ? 0 : WHILE_CHECKED;
}

static void fill_ticket(struct throttle *throttle, const char *address, const char *account,
                        struct throttle_ticket *ticket)
{
    unsigned char binary[ADDRESS_KEY];
    memset(ticket, 0, sizeof(*ticket));
    address_key(address, binary);
    make_key(throttle, 'a', binary, sizeof(binary), ticket->address);
    ticket->has_account = *account != '\0';
    if (!ticket->has_account)
        return;
    make_key(throttle, 'n', account, strlen(account), ticket->account);
    unsigned char both[2 * THROTTLE_KEY];
    memcpy(both, ticket->address, THROTTLE_KEY);
    memcpy(both + THROTTLE_KEY, ticket->account, THROTTLE_KEY);
    make_key(throttle, 'p', both, sizeof(both), ticket->pair);
    ticket->counts_account = find(throttle->known, ticket->pair) == NULL;
}

unsigned throttle_begin(struct throttle *throttle, const char *address, const char *account,
                        uint64_t now_ms, struct throttle_ticket *ticket)
{
    fill_ticket(throttle, address, account, ticket);
    unsigned wait = wait_of(
        throttle, find_or_make(throttle, throttle->counts, ticket->address, now_ms), now_ms);
    if (ticket->counts_account) {
        unsigned other = wait_of(
            throttle, find_or_make(throttle, throttle->counts, ticket->account, now_ms), now_ms);
        wait = other > wait ? other : wait;
    }
    if (wait > 0)
        return wait;
    /* found again: making the second may have taken the first one's place */
    find_or_make(throttle, throttle->counts, ticket->address, now_ms)->pending++;
    if (ticket->counts_account)
        find_or_make(throttle, throttle->counts, ticket->account, now_ms)->pending++;
    return 0;
}

static uint64_t penalty(const struct throttle *throttle, uint64_t failures)
{
    uint64_t wait = throttle->options.penalty_ms, longest = throttle->options.penalty_max_ms;
    for (uint64_t i = throttle->options.attempts; i < failures && wait < longest; i++)
        wait *= 2;
    return wait < longest ? wait : longest;
}

/* True when a wait begins. */
static bool end_one(struct throttle *throttle, const unsigned char *key,
                    enum throttle_outcome outcome, uint64_t now_ms)
{
    struct entry *entry = find_or_make(throttle, throttle->counts, key, now_ms);
    if (entry->pending > 0)
        entry->pending--;
    if (outcome != THROTTLE_WRONG)
        return false;
    entry->failures++;
    entry->seen_ms = now_ms;
    if (entry->failures < throttle->options.attempts)
        return false;
    entry->until_ms = now_ms + penalty(throttle, entry->failures);
    return true;
}

bool throttle_end(struct throttle *throttle, const struct throttle_ticket *ticket,
                  enum throttle_outcome outcome, uint64_t now_ms)
{
    bool waits = end_one(throttle, ticket->address, outcome, now_ms);
    if (ticket->counts_account)
        waits = end_one(throttle, ticket->account, outcome, now_ms) || waits;
    if (outcome != THROTTLE_RIGHT || !ticket->has_account)
        return waits;
    /* the address keeps its count: who has an account must not guess others' without end */
    struct entry *account = find(throttle->counts, ticket->account);
    if (account != NULL)
        account->failures = account->until_ms = 0;
    find_or_make(throttle, throttle->known, ticket->pair, now_ms)->seen_ms = now_ms;
    return waits;
}

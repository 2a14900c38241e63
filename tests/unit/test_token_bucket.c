#include "common/token_bucket.h"

#include "tests/unit/suite.h"

#define NOW (UINT64_C(1000) * TOKEN_BUCKET_SECOND)
#define MS  UINT64_C(1000000)

static unsigned take_all(struct token_bucket *bucket, uint64_t now)
{
    unsigned taken = 0;
    while (token_bucket_take(bucket, now))
        taken++;
    return taken;
}

START_TEST(a_new_bucket_gives_its_burst_and_no_more)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 100, TOKEN_BUCKET_SECOND, 500);
    ck_assert(token_bucket_is_full(&bucket, NOW));
    ck_assert_uint_eq(take_all(&bucket, NOW), 500);
    ck_assert(!token_bucket_is_full(&bucket, NOW));
}
END_TEST

START_TEST(tokens_come_back_at_the_rate)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 100, TOKEN_BUCKET_SECOND, 5);
    take_all(&bucket, NOW);
    ck_assert(!token_bucket_take(&bucket, NOW + 10 * MS - 1));
    ck_assert(token_bucket_take(&bucket, NOW + 10 * MS));
    ck_assert(!token_bucket_take(&bucket, NOW + 10 * MS));
    ck_assert_uint_eq(take_all(&bucket, NOW + 40 * MS), 3);
}
END_TEST

START_TEST(an_idle_bucket_fills_up_to_its_burst)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 10, TOKEN_BUCKET_SECOND, 3);
    take_all(&bucket, NOW);
    ck_assert(!token_bucket_is_full(&bucket, NOW + 300 * MS - 1));
    ck_assert(token_bucket_is_full(&bucket, NOW + 300 * MS));
    ck_assert_uint_eq(take_all(&bucket, NOW + 3600 * TOKEN_BUCKET_SECOND), 3);
}
END_TEST

START_TEST(wait_says_when_the_next_token_comes)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 5, TOKEN_BUCKET_MINUTE, 5);
    ck_assert_uint_eq(token_bucket_wait(&bucket, NOW), 0);
    take_all(&bucket, NOW);
    ck_assert_uint_eq(token_bucket_wait(&bucket, NOW), 12 * TOKEN_BUCKET_SECOND);
    ck_assert_uint_eq(token_bucket_wait(&bucket, NOW + TOKEN_BUCKET_SECOND),
                      11 * TOKEN_BUCKET_SECOND);
    ck_assert(!token_bucket_take(&bucket, NOW + 12 * TOKEN_BUCKET_SECOND - 1));
    ck_assert(token_bucket_take(&bucket, NOW + 12 * TOKEN_BUCKET_SECOND));
}
END_TEST

START_TEST(refused_takes_cost_nothing)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 1, TOKEN_BUCKET_SECOND, 1);
    ck_assert(token_bucket_take(&bucket, NOW));
    for (unsigned i = 0; i < 1000; i++)
        ck_assert(!token_bucket_take(&bucket, NOW + i));
    ck_assert(token_bucket_take(&bucket, NOW + TOKEN_BUCKET_SECOND));
}
END_TEST

START_TEST(the_average_holds_over_a_long_time)
{
    struct token_bucket bucket;
    unsigned taken = 0;
    token_bucket_init(&bucket, 7, TOKEN_BUCKET_SECOND, 20);
    for (uint64_t ms = 0; ms < 100000; ms += 3)
        taken += take_all(&bucket, NOW + ms * MS);
    ck_assert_uint_ge(taken, 20 + 699);
    ck_assert_uint_le(taken, 20 + 700);
}
END_TEST

START_TEST(a_rate_above_the_clock_still_works)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, 10, 1, 2);
    ck_assert_uint_eq(take_all(&bucket, NOW), 2);
    ck_assert(token_bucket_take(&bucket, NOW + 1));
}
END_TEST

SUITE("token_bucket", a_new_bucket_gives_its_burst_and_no_more, tokens_come_back_at_the_rate,
      an_idle_bucket_fills_up_to_its_burst, wait_says_when_the_next_token_comes,
      refused_takes_cost_nothing, the_average_holds_over_a_long_time,
      a_rate_above_the_clock_still_works)

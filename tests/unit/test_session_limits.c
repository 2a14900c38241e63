#include "boardd/http/session_limits.h"

#include "tests/unit/suite.h"

#define SECOND UINT64_C(1000000000)

START_TEST(a_session_gets_its_burst_and_then_its_rate)
{
    unsigned wait = 0;
    struct session_limits *limits = session_limits_new(2, 3, 8);
    ck_assert_ptr_nonnull(limits);
    for (int i = 0; i < 3; i++)
        ck_assert(session_limits_request(limits, 5, SECOND, &wait));
    ck_assert(!session_limits_request(limits, 5, SECOND, &wait));
    ck_assert_uint_eq(wait, 1);
    ck_assert(session_limits_request(limits, 5, SECOND + SECOND / 2, &wait));
    ck_assert(!session_limits_request(limits, 5, SECOND + SECOND / 2, &wait));
    session_limits_free(limits);
}
END_TEST

START_TEST(sessions_do_not_count_for_each_other)
{
    unsigned wait = 0;
    struct session_limits *limits = session_limits_new(1, 1, 4);
    for (uint64_t session = 1; session <= 4; session++)
        ck_assert(session_limits_request(limits, session, SECOND, &wait));
    for (uint64_t session = 1; session <= 4; session++)
        ck_assert(!session_limits_request(limits, session, SECOND, &wait));
    ck_assert(session_limits_request(limits, 5, SECOND, &wait)); /* in the place of the first */
    ck_assert(!session_limits_request(limits, 5, SECOND, &wait));
    session_limits_free(limits);
}
END_TEST

START_TEST(there_is_always_a_place)
{
    unsigned wait = 0;
    struct session_limits *limits = session_limits_new(1, 1, 0);
    ck_assert(session_limits_request(limits, UINT64_MAX, SECOND, &wait));
    ck_assert(!session_limits_request(limits, UINT64_MAX, SECOND, &wait));
    session_limits_free(limits);
    session_limits_free(NULL);
}
END_TEST

SUITE("session_limits", a_session_gets_its_burst_and_then_its_rate,
      sessions_do_not_count_for_each_other, there_is_always_a_place)

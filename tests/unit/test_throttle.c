#include "boardd/login/throttle.h"

#include <stdio.h>

#include "tests/unit/suite.h"

static struct throttle *throttle;

static void begin(void)
{
    throttle = throttle_new(
        &(struct throttle_options){.attempts = 3, .penalty_ms = 1000, .penalty_max_ms = 8000});
    ck_assert_ptr_nonnull(throttle);
}

static void end(void)
{
    throttle_free(throttle);
}

/* Seconds to wait, 0 where it was tried. */
static unsigned try(const char *address, const char *account, enum throttle_outcome outcome,
                    uint64_t now_ms)
{
    struct throttle_ticket ticket;
    unsigned wait = throttle_begin(throttle, address, account, now_ms, &ticket);
    if (wait == 0)
        throttle_end(throttle, &ticket, outcome, now_ms);
    return wait;
}

START_TEST(waits_double_up_to_the_longest)
{
    static const uint64_t waits[] = {1, 2, 4, 8, 8};
    uint64_t now = 100;
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, now), 0);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, now), 0);
        ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_RIGHT, now), waits[i]);
        ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_RIGHT, now + waits[i] * 1000 - 1), 1);
        now += waits[i] * 1000;
    }
    ck_assert_uint_eq(try("192.0.2.2", "", THROTTLE_WRONG, now), 0); /* another one */
}
END_TEST

START_TEST(wrong_logins_are_forgotten)
{
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 8100), 0); /* the first again */
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 8100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 8100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 8100), 1);
}
END_TEST

START_TEST(a_right_login_clears_the_account_but_not_the_address)
{
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_RIGHT, 100), 0);
    ck_assert_uint_eq(try("192.0.2.2", "ann", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("192.0.2.3", "ann", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "eve", THROTTLE_WRONG, 100), 0); /* its third */
    ck_assert_uint_eq(try("192.0.2.1", "eve", THROTTLE_WRONG, 100), 1);
}
END_TEST

START_TEST(an_account_under_attack_is_open_where_its_user_is_known)
{
    char address[32];
    ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_RIGHT, 100), 0);
    for (int i = 0; i < 100; i++) {
        snprintf(address, sizeof(address), "198.51.100.%d", i);
        ck_assert_uint_eq(try(address, "ann", THROTTLE_WRONG, 100) > 0, i >= 3);
    }
    ck_assert_uint_gt(try("203.0.113.1", "ann", THROTTLE_RIGHT, 100), 0);
    ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_RIGHT, 100), 0);
    ck_assert_uint_eq(try("203.0.113.1", "bob", THROTTLE_RIGHT, 100), 0);
    /* but who guesses from there waits as everybody else does */
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_WRONG, 200), 0);
    ck_assert_uint_eq(try("192.0.2.1", "ann", THROTTLE_WRONG, 200), 1);
}
END_TEST

START_TEST(checks_under_way_count)
{
    struct throttle_ticket tickets[4];
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(throttle_begin(throttle, "192.0.2.1", "", 100, &tickets[i]), 0);
    ck_assert_uint_gt(throttle_begin(throttle, "192.0.2.1", "", 100, &tickets[3]), 0);
    ck_assert(!throttle_end(throttle, &tickets[0], THROTTLE_UNKNOWN, 100)); /* never happened */
    ck_assert(!throttle_end(throttle, &tickets[1], THROTTLE_WRONG, 100));
    ck_assert_uint_eq(throttle_begin(throttle, "192.0.2.1", "", 100, &tickets[0]), 0);
    ck_assert(!throttle_end(throttle, &tickets[0], THROTTLE_WRONG, 100));
    ck_assert(throttle_end(throttle, &tickets[2], THROTTLE_WRONG, 100)); /* a wait begins */
}
END_TEST

START_TEST(an_ipv6_subscriber_is_one_address)
{
    for (int i = 0; i < 3; i++) {
        char address[48];
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i + 1);
        ck_assert_uint_eq(try(address, "", THROTTLE_WRONG, 100), 0);
    }
    ck_assert_uint_gt(try("2001:db8:1:2:ffff::9", "", THROTTLE_WRONG, 100), 0);
    ck_assert_uint_eq(try("2001:db8:1:3::1", "", THROTTLE_WRONG, 100), 0);
}
END_TEST

START_TEST(a_flood_of_others_does_not_wash_it_out)
{
    char name[32], address[32];
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(try("192.0.2.1", "", THROTTLE_WRONG, 100), 0);
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        try(address, name, THROTTLE_WRONG, 100 + i / 100);
    }
    ck_assert_uint_gt(try("192.0.2.1", "", THROTTLE_WRONG, 400), 0);
}
END_TEST

SUITE_WITH("throttle", begin, end, waits_double_up_to_the_longest, wrong_logins_are_forgotten,
           a_right_login_clears_the_account_but_not_the_address,
           an_account_under_attack_is_open_where_its_user_is_known, checks_under_way_count,
           an_ipv6_subscriber_is_one_address, a_flood_of_others_does_not_wash_it_out)

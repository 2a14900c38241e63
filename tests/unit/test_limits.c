#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "gateway/limits.h"
#include "tests/unit/suite.h"

#define SECOND UINT64_C(1000000000)

static struct limits *limits;
static struct config config;

static void setup(void)
{
    config_init(&config);
    config.gateway_connection_rate = 2;
    config.gateway_connection_burst = 3;
    config.gateway_reconnects = 15;
    config.gateway_auth_failures = 2;
    config.gateway_max_connections_per_address = 2;
    limits = limits_new(100);
    ck_assert_ptr_nonnull(limits);
    limits_configure(limits, &config);
}

static void teardown(void)
{
    limits_free(limits);
    config_free(&config);
}

START_TEST(test_connection_rate)
{
    uint64_t now = 1000 * SECOND;
    setup();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(limits_connect(limits, 7, now), LIMITS_FINE);
    ck_assert_int_eq(limits_connect(limits, 7, now), LIMITS_OVER);
    ck_assert_int_eq(limits_connect(limits, 7, now), LIMITS_STILL_OVER);
    ck_assert_int_eq(limits_connect(limits, 8, now), LIMITS_FINE);
    ck_assert_int_eq(limits_connect(limits, 7, now + SECOND), LIMITS_FINE);
    /* quiet for long enough: over it again is news again */
    now += 100 * SECOND;
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(limits_connect(limits, 7, now), LIMITS_FINE);
    ck_assert_int_eq(limits_connect(limits, 7, now), LIMITS_OVER);
    teardown();
}
END_TEST

START_TEST(test_flapping)
{
    uint64_t now = 1000 * SECOND;
    setup();
    for (int i = 0; i < 15; i++)
        ck_assert_int_eq(limits_reconnect(limits, "CP1", now), LIMITS_FINE);
    ck_assert_int_eq(limits_reconnect(limits, "CP1", now), LIMITS_OVER);
    ck_assert_int_eq(limits_reconnect(limits, "CP2", now), LIMITS_FINE);
    ck_assert_int_eq(limits_reconnect(limits, "CP1", now + 4 * SECOND), LIMITS_FINE);
    ck_assert_int_eq(limits_reconnect(limits, "CP1", now + 4 * SECOND), LIMITS_STILL_OVER);
    teardown();
}
END_TEST

START_TEST(test_wrong_passwords)
{
    uint64_t now = 1000 * SECOND;
    setup();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(limits_may_authenticate(limits, 7, "CP1", now), LIMITS_FINE);
        limits_authentication_failed(limits, 7, "CP1", now);
    }
    ck_assert_int_eq(limits_may_authenticate(limits, 7, "CP1", now), LIMITS_OVER);
    ck_assert_int_eq(limits_may_authenticate(limits, 7, "CP1", now), LIMITS_STILL_OVER);
    /* neither the station elsewhere nor its neighbour has to suffer */
    ck_assert_int_eq(limits_may_authenticate(limits, 8, "CP1", now), LIMITS_FINE);
    ck_assert_int_eq(limits_may_authenticate(limits, 7, "CP2", now), LIMITS_FINE);
    ck_assert_int_eq(limits_may_authenticate(limits, 7, "CP1", now + 30 * SECOND), LIMITS_FINE);
    teardown();
}
END_TEST

START_TEST(test_connections_at_one_time)
{
    setup();
    ck_assert(limits_enter(limits, 7));
    ck_assert(limits_enter(limits, 7));
    ck_assert(!limits_enter(limits, 7));
    ck_assert(limits_enter(limits, 8));
    limits_leave(limits, 7);
    ck_assert(limits_enter(limits, 7));
    config.gateway_max_connections_per_address = 0;
    limits_configure(limits, &config);
    ck_assert(limits_enter(limits, 7));
    teardown();
}
END_TEST

START_TEST(test_many_keys_do_not_grow_the_tables)
{
    setup();
    for (uint64_t key = 1; key < 100000; key++)
        ck_assert_int_eq(limits_connect(limits, key, 1000 * SECOND), LIMITS_FINE);
    teardown();
}
END_TEST

static uint64_t key_of(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return limits_address_key(limits, (struct sockaddr *)&v4);
    ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return limits_address_key(limits, (struct sockaddr *)&v6);
}

START_TEST(test_address_keys)
{
    setup();
    ck_assert_uint_eq(key_of("192.0.2.1"), key_of("192.0.2.1"));
    ck_assert_uint_ne(key_of("192.0.2.1"), key_of("192.0.2.2"));
    ck_assert_uint_eq(key_of("::ffff:192.0.2.1"), key_of("192.0.2.1"));
    /* one network, one key */
    ck_assert_uint_eq(key_of("2001:db8:1:2::1"), key_of("2001:db8:1:2:3:4:5:6"));
    ck_assert_uint_ne(key_of("2001:db8:1:2::1"), key_of("2001:db8:1:3::1"));
    teardown();
}
END_TEST

SUITE("limits", test_connection_rate, test_flapping, test_wrong_passwords,
      test_connections_at_one_time, test_many_keys_do_not_grow_the_tables, test_address_keys)

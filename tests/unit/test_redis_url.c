#include "common/redis_url.h"

#include "tests/unit/suite.h"

static void expect(const char *text, const char *host, unsigned port, unsigned database)
{
    struct redis_url url;
    ck_assert_msg(redis_url_parse(text, &url), "%s", text);
    ck_assert_str_eq(url.host, host);
    ck_assert_uint_eq(url.port, port);
    ck_assert_uint_eq(url.database, database);
}

START_TEST(test_parts)
{
    expect("redis://127.0.0.1:7000/3", "127.0.0.1", 7000, 3);
    expect("redis://127.0.0.1:7000/", "127.0.0.1", 7000, 0);
    expect("redis://redis.example", "redis.example", 6379, 0);
    expect("redis://redis.example/12", "redis.example", 6379, 12);
    expect("redis://[::1]:7000", "::1", 7000, 0);
    expect("redis://[::1]", "::1", 6379, 0);
}
END_TEST

START_TEST(test_what_is_none)
{
    static const char *const wrong[] = {"",
                                        "redis://",
                                        "redis:///0",
                                        "http://127.0.0.1",
                                        "127.0.0.1:6379",
                                        "redis://:6379",
                                        "redis://host:0",
                                        "redis://host:70000",
                                        "redis://host:6379/x",
                                        "redis://host:6379/0/1",
                                        "redis://host/10000",
                                        "redis://user:secret@host:6379",
                                        "redis://::1"};
    struct redis_url url;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!redis_url_parse(wrong[i], &url), "%s", wrong[i]);
}
END_TEST

SUITE("redis_url", test_parts, test_what_is_none)

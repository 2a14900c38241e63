#include "boardd/http/guard.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static char head[2048];
static struct http1_request request;

static const struct http1_limits limits = {1024, 2048, 32, 1024};

static void parse(const char *headers)
{
    struct http1_parser parser;
    snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: board.example:9230\r\n%s\r\n", headers);
    http1_parser_init(&parser, &limits);
    ck_assert_int_eq(http1_parse(&parser, head, strlen(head), &request), HTTP1_DONE);
}

static bool host(const char *text, const char *allowed)
{
    return guard_host((struct http1_span){text, strlen(text)}, "192.0.2.7", allowed);
}

START_TEST(hosts)
{
    ck_assert(host("localhost", ""));
    ck_assert(host("LOCALHOST:9230", ""));
    ck_assert(host("127.0.0.1:9230", ""));
    ck_assert(host("[::1]:9230", ""));
    ck_assert(host("192.0.2.7", ""));
    ck_assert(!host("evil.example", ""));
    ck_assert(!host("localhost.evil.example", ""));
    ck_assert(!host("127.0.0.1.evil.example", ""));
    ck_assert(!host("", ""));
    ck_assert(!host("[::1", ""));
    ck_assert(host("board.example", "a.example, board.example"));
    ck_assert(!host("oard.example", "a.example,board.example"));
}
END_TEST

START_TEST(origins)
{
    static const char listed[] = "https://ops.example";
    parse("");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_ABSENT);
    parse("Origin: http://board.example:9230\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_SAME);
    ck_assert_int_eq(guard_origin(&request, true, listed),
                     ORIGIN_FOREIGN); /* http page, https site */
    parse("Origin: http://board.example\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_FOREIGN);
    parse("Origin: null\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_FOREIGN);
    parse("Origin: https://ops.example\r\nSec-Fetch-Site: cross-site\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_LISTED);
    parse("Origin: https://ops.example.evil\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_FOREIGN);
    parse("Sec-Fetch-Site: same-site\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_FOREIGN);
    parse("Sec-Fetch-Site: same-origin\r\n");
    ck_assert_int_eq(guard_origin(&request, false, listed), ORIGIN_ABSENT);
}
END_TEST

static void expect_address(const char *headers, const char *trusted, const char *wanted,
                           bool secure)
{
    char address[48];
    bool is_secure = false;
    parse(headers);
    guard_forwarded(&request, "10.0.0.1", trusted, address, sizeof(address), &is_secure);
    ck_assert_str_eq(address, wanted);
    ck_assert_int_eq(is_secure, secure);
}

START_TEST(forwarded_headers_count_from_trusted_proxies_alone)
{
    static const char both[] =
        "X-Forwarded-For: 203.0.113.9, 198.51.100.4\r\nX-Forwarded-Proto: https\r\n";
    expect_address(both, "", "10.0.0.1", false);
    expect_address(both, "10.0.0.2", "10.0.0.1", false);
    expect_address(both, "10.0.0.1", "198.51.100.4", true);
    expect_address(both, "10.0.0.1, 198.51.100.4", "203.0.113.9", true);
    expect_address("X-Forwarded-For: junk, 198.51.100.4\r\n", "10.0.0.1,198.51.100.4",
                   "198.51.100.4", false);
    expect_address("X-Forwarded-For: [2001:db8::5]:1234\r\n", "10.0.0.1", "2001:db8::5", false);
    expect_address("X-Forwarded-For: 198.51.100.4:99\r\n", "10.0.0.1", "198.51.100.4", false);
}
END_TEST

START_TEST(cookies)
{
    char value[16];
    parse("Cookie: a=1; session=abc; b=2\r\n");
    ck_assert(guard_cookie(&request, "session", value, sizeof(value)));
    ck_assert_str_eq(value, "abc");
    ck_assert(!guard_cookie(&request, "sess", value, sizeof(value)));
    ck_assert(!guard_cookie(&request, "ession", value, sizeof(value)));
    parse("Cookie: session=abc; session=def\r\n");
    ck_assert(!guard_cookie(&request, "session", value, sizeof(value)));
    parse("Cookie: session=0123456789abcdefg\r\n");
    ck_assert(!guard_cookie(&request, "session", value, sizeof(value)));
    parse("Cookie: session=; ;=;a\r\n");
    ck_assert(!guard_cookie(&request, "session", value, sizeof(value)));
}
END_TEST

SUITE("guard", hosts, origins, forwarded_headers_count_from_trusted_proxies_alone, cookies)

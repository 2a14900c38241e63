#include "forward/resp.h"

#include "tests/unit/suite.h"

#include <string.h>

START_TEST(test_a_command)
{
    static const char wanted[] = "*3\r\n$4\r\nXADD\r\n$0\r\n\r\n$3\r\na\0b\r\n";
    char data[64];
    struct resp resp = {.data = data, .size = sizeof(data)};
    resp_begin(&resp, 3);
    resp_word(&resp, "XADD", 4);
    resp_word(&resp, NULL, 0);
    resp_word(&resp, "a\0b", 3);
    ck_assert(!resp.full);
    ck_assert_uint_eq(resp.length, sizeof(wanted) - 1);
    ck_assert_mem_eq(data, wanted, resp.length);
}
END_TEST

START_TEST(test_what_does_not_fit_is_told)
{
    char data[20];
    struct resp resp = {.data = data, .size = sizeof(data)};
    resp_begin(&resp, 1);
    resp_word(&resp, "0123456789", 10);
    ck_assert(resp.full);
    ck_assert_uint_le(resp.length, sizeof(data));
    resp_begin(&resp, 1);
    ck_assert(!resp.full);
}
END_TEST

START_TEST(test_what_was_made_before_goes_in_as_it_is)
{
    static const char begin[] = "*2\r\n$4\r\nPING\r\n";
    static const char wanted[] = "*2\r\n$4\r\nPING\r\n$1\r\na\r\n";
    char data[32], small[8];
    struct resp resp = {.data = data, .size = sizeof(data)};
    struct resp narrow = {.data = small, .size = sizeof(small)};
    resp_made(&resp, begin, sizeof(begin) - 1);
    resp_word(&resp, "a", 1);
    ck_assert_uint_eq(resp.length, sizeof(wanted) - 1);
    ck_assert_mem_eq(data, wanted, resp.length);
    resp_made(&narrow, begin, sizeof(begin) - 1);
    ck_assert(narrow.full);
    ck_assert_uint_eq(narrow.length, 0);
}
END_TEST

SUITE("resp", test_a_command, test_what_was_made_before_goes_in_as_it_is,
      test_what_does_not_fit_is_told)

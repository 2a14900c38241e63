#include "forward/resp.h"

#include "tests/unit/suite.h"

#include <string.h>

START_TEST(test_a_command)
{
    static const char wanted[] = "*3\r\n$4\r\nXADD\r\n$0\r\n\r\n$3\r\na\0b\r\n";
    char data[64];
    struct text_buffer resp = {.start = data, .capacity = sizeof(data)};
    resp_begin(&resp, 3);
    resp_word(&resp, "XADD", 4);
    resp_word(&resp, NULL, 0);
    resp_word(&resp, "a\0b", 3);
    ck_assert(!resp.overflow);
    ck_assert_uint_eq(resp.length, sizeof(wanted) - 1);
    ck_assert_mem_eq(data, wanted, resp.length);
}
END_TEST

START_TEST(test_what_does_not_fit_is_told)
{
    char data[20];
    struct text_buffer resp = {.start = data, .capacity = sizeof(data)};
    resp_begin(&resp, 1);
    resp_word(&resp, "0123456789", 10);
    ck_assert(resp.overflow);
    ck_assert_uint_le(resp.length, sizeof(data));
    resp_begin(&resp, 1);
    ck_assert(!resp.overflow);
}
END_TEST

SUITE("resp", test_a_command, test_what_does_not_fit_is_told)

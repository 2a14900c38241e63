#include "common/timestamp.h"

#include "common/text.h"
#include "tests/unit/suite.h"

#include <string.h>

#define NOW (UINT64_C(1769860800) * NS_PER_SECOND) /* 2026-01-31T12:00:00Z */

static uint64_t parsed(const char *text)
{
    uint64_t ns = 0;
    ck_assert_msg(timestamp_parse(text, NOW, &ns), "%s", text);
    return ns;
}

START_TEST(times_may_be_written_in_several_ways)
{
    ck_assert_uint_eq(parsed("2026-01-31T12:00:00Z"), NOW);
    ck_assert_uint_eq(parsed("2026-01-31t12:00:00z"), NOW);
    ck_assert_uint_eq(parsed("2026-01-31T13:30:00+01:30"), NOW);
    ck_assert_uint_eq(parsed("2026-01-31T10:00:00-02:00"), NOW);
    ck_assert_uint_eq(parsed("2026-01-31T12:00:00.25Z"), NOW + 250 * NS_PER_MS);
    ck_assert_uint_eq(parsed("1769860800000"), NOW);
    ck_assert_uint_eq(parsed("10m"), NOW - 600 * NS_PER_SECOND);
    ck_assert_uint_eq(parsed("90s"), NOW - 90 * NS_PER_SECOND);
    ck_assert_uint_eq(parsed("2h"), NOW - 7200 * NS_PER_SECOND);
    ck_assert_uint_eq(parsed("1d"), NOW - 86400 * NS_PER_SECOND);
    ck_assert_uint_eq(parsed("2024-02-29T00:00:00Z"), UINT64_C(1709164800) * NS_PER_SECOND);
    ck_assert_uint_eq(parsed("999999999d"), 0);
    ck_assert_uint_eq(parsed("9999-12-31T23:59:59.9Z"), UINT64_MAX);
    ck_assert_uint_eq(parsed("253402300799000"), UINT64_MAX);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
    static const char *const wrong[] = {"",
                                        "now",
                                        "10",
                                        "10x",
                                        "10mm",
                                        "-10m",
                                        "2026-01-31",
                                        "2026-01-31T12:00:00",
                                        "2026-01-31T12:00:00.Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-02-29T00:00:00Z",
                                        "2026-01-31T24:00:00Z",
                                        "2026-01-31T12:00:00Zz",
                                        "1969-12-31T23:59:59Z",
                                        "99999999999999999",
                                        "9999999999h"};
    uint64_t ns;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!timestamp_parse(wrong[i], NOW, &ns), "%s", wrong[i]);
}
END_TEST

START_TEST(what_text_time_writes_comes_back)
{
    char text[TEXT_TIME_SIZE];
    for (uint64_t ms = 0; ms < UINT64_C(8000000000000); ms += UINT64_C(7777777777)) {
        text_time(ms * NS_PER_MS, text);
        ck_assert_uint_eq(parsed(text), ms * NS_PER_MS);
    }
}
END_TEST

START_TEST(http_dates)
{
    char text[HTTP_DATE_SIZE];
    timestamp_http_date(UINT64_C(784111777) * NS_PER_SECOND, text);
    ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}
END_TEST

SUITE("timestamp", times_may_be_written_in_several_ways, what_is_no_time_is_refused,
      what_text_time_writes_comes_back, http_dates)

#include "boardd/http/query.h"

#include <stdio.h>
#include <string.h>

#include "common/timestamp.h"
#include "tests/unit/suite.h"

static struct query query;

static bool parse(const char *text)
{
    return query_parse(&query, (struct http1_span){text, strlen(text)});
}

START_TEST(pairs_are_decoded_once)
{
    ck_assert(parse("a=1&name=x%20y+z&empty=&flag&&p=%2541"));
    ck_assert_str_eq(query_get(&query, "name"), "x y z");
    ck_assert_str_eq(query_get(&query, "empty"), "");
    ck_assert_str_eq(query_get(&query, "flag"), "");
    ck_assert_str_eq(query_get(&query, "p"), "%41");
    ck_assert_ptr_null(query_get(&query, "b"));
}
END_TEST

START_TEST(broken_queries_are_refused)
{
    ck_assert(!parse("a=%zz"));
    ck_assert(!parse("a=%00"));
    ck_assert(!parse("a=%0a"));
    ck_assert(!parse("a=%ff"));
    ck_assert(!parse("a=1&a=2"));
    ck_assert_ptr_nonnull(strstr(query.error, "twice"));
}
END_TEST

START_TEST(too_many_pairs_and_too_long)
{
    char many[200] = "", longer[QUERY_MAX_TEXT + 10];
    for (int i = 0; i < QUERY_MAX_PAIRS + 1; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "p%d=&", i);
    ck_assert(!parse(many));
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    ck_assert(!parse(longer));
}
END_TEST

START_TEST(unknown_names_are_named)
{
    ck_assert(parse("limit=1&stauts=online"));
    ck_assert(!query_check_names(&query, "limit status"));
    ck_assert_ptr_nonnull(strstr(query.error, "stauts"));
    ck_assert_ptr_nonnull(strstr(query.error, "limit status"));
    ck_assert(query_check_names(&query, "stauts limit"));
    ck_assert(!query_check_names(&query, "limit stautss"));
    ck_assert(!query_check_names(&query, ""));
}
END_TEST

START_TEST(numbers_have_a_range)
{
    static const char *const bad[] = {"n=-1",  "n=abc", "n=1e9", "n=1.5",
                                      "n=0x1", "n= 1",  "n=11",  "n=99999999999999999999999",
                                      "n=0"};
    uint64_t number = 7;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert(parse(bad[i]));
        ck_assert_msg(!query_uint(&query, "n", 1, 10, &number), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(query.error, "n:"));
    }
    ck_assert_uint_eq(number, 7);
    ck_assert(parse("n=10") && query_uint(&query, "n", 1, 10, &number));
    ck_assert_uint_eq(number, 10);
    ck_assert(parse("n=") && query_uint(&query, "n", 1, 10, &number));
    ck_assert_uint_eq(number, 10);
}
END_TEST

START_TEST(choices)
{
    unsigned choice = 9, bits = 0;
    ck_assert(parse("c=OFFLINE&l=b,C"));
    ck_assert(query_choice(&query, "c", "online|offline", &choice));
    ck_assert_uint_eq(choice, 1);
    ck_assert(query_choices(&query, "l", "a|b|c", &bits));
    ck_assert_uint_eq(bits, 6);
    ck_assert(!query_choice(&query, "c", "on|off", &choice));
    ck_assert(!query_choices(&query, "l", "a|b", &bits));
    ck_assert(parse("l=a,") && !query_choices(&query, "l", "a|b", &bits));
}
END_TEST

START_TEST(times_in_three_spellings)
{
    static const struct {
        const char *text;
        uint64_t ns;
    } good[] = {
        {"2026-01-31T12:00:00Z", UINT64_C(1769860800000000000)},
        {"2026-01-31T12:00:00.5Z", UINT64_C(1769860800500000000)},
        {"2026-01-31T13:30:00+01:30", UINT64_C(1769860800000000000)},
        {"2024-02-29T00:00:00Z", UINT64_C(1709164800000000000)},
        {"1769860800123", UINT64_C(1769860800123000000)},
        {"10s", UINT64_C(990000000000)},
        {"5m", UINT64_C(700000000000)},
        {"1d", 0},
    };
    static const char *const bad[] = {"",
                                      "x",
                                      "10",
                                      "10x",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-01",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:00:00",
                                      "2026-01-01T00:00:00Zx",
                                      "-5m",
                                      "99999999999999999999"};
    uint64_t ns;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_msg(timestamp_parse(good[i].text, UINT64_C(1000000000000), &ns), "%s",
                      good[i].text);
        ck_assert_msg(ns == good[i].ns, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!timestamp_parse(bad[i], UINT64_C(1000000000000), &ns), "%s", bad[i]);
}
END_TEST

START_TEST(filters_are_compiled_and_errors_say_where)
{
    struct filter *filter = NULL;
    ck_assert(parse("q=x&filter="));
    ck_assert(query_filter(&query, "filter", 0, &filter));
    ck_assert_ptr_null(filter);
    query_end(&query);
    ck_assert(parse("filter=dir:in+station:%22a+b%22"));
    ck_assert(query_filter(&query, "filter", 0, &filter));
    char printed[FILTER_MAX_LENGTH + 1];
    ck_assert_ptr_nonnull(filter);
    filter_print(filter, printed);
    ck_assert_str_eq(printed, "dir:in station:\"a b\"");
    query_end(&query);
    filter = NULL;
    ck_assert(parse("filter=dir:in+dir:up"));
    ck_assert(!query_filter(&query, "filter", 0, &filter));
    ck_assert_ptr_null(filter);
    ck_assert_str_eq(query.error, "filter: at 11: dir can't be \"up\"; expected one of in, out");
    query_end(&query);
}
END_TEST

START_TEST(http_dates)
{
    char text[HTTP_DATE_SIZE];
    timestamp_http_date(UINT64_C(784111777000000000), text);
    ck_assert_str_eq(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    timestamp_http_date(UINT64_C(1709164800000000000), text);
    ck_assert_str_eq(text, "Thu, 29 Feb 2024 00:00:00 GMT");
}
END_TEST

SUITE("query", pairs_are_decoded_once, broken_queries_are_refused, too_many_pairs_and_too_long,
      unknown_names_are_named, numbers_have_a_range, choices, times_in_three_spellings,
      filters_are_compiled_and_errors_say_where, http_dates)

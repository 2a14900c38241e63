#include "common/text.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void expect_time(uint64_t ns, const char *expected)
{
    char text[TEXT_TIME_SIZE];
    ck_assert_uint_eq(text_time(ns, text), TEXT_TIME_SIZE - 1);
    ck_assert_str_eq(text, expected);
}

START_TEST(time_is_rfc3339_with_milliseconds)
{
    expect_time(0, "1970-01-01T00:00:00.000Z");
    expect_time(1769860800123999999, "2026-01-31T12:00:00.123Z");
    expect_time(1769860800999999999, "2026-01-31T12:00:00.999Z");
    expect_time(1769860801000000000, "2026-01-31T12:00:01.000Z");
    expect_time(1709210096007000000, "2024-02-29T12:34:56.007Z");
    expect_time(UINT64_MAX, "2554-07-21T23:34:33.709Z");
}
END_TEST

START_TEST(time_agrees_with_the_library_at_odd_steps)
{
    for (uint64_t second = 0; second < 4102444800; second += 86399 * 13) {
        char expected[64], milliseconds[8];
        time_t when = (time_t)second;
        struct tm utc;
        ck_assert_ptr_nonnull(gmtime_r(&when, &utc));
        ck_assert_uint_eq(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &utc), 19);
        snprintf(milliseconds, sizeof(milliseconds), ".%03uZ", (unsigned)(second % 1000));
        strcat(expected, milliseconds);
        expect_time(second * 1000000000 + second % 1000 * 1000000, expected);
    }
}
END_TEST

START_TEST(utf8_characters_are_measured)
{
    ck_assert_uint_eq(text_utf8_length("a", 1), 1);
    ck_assert_uint_eq(text_utf8_length("\0", 1), 1);
    ck_assert_uint_eq(text_utf8_length("\xc3\xa9", 2), 2);
    ck_assert_uint_eq(text_utf8_length("\xe2\x82\xac", 3), 3);
    ck_assert_uint_eq(text_utf8_length("\xf0\x9f\x94\x8c", 4), 4);
    ck_assert_uint_eq(text_utf8_length("\xf4\x8f\xbf\xbf", 4), 4);
}
END_TEST

START_TEST(what_is_not_utf8_has_no_length)
{
    static const char *const wrong[] = {
        "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",         "\xc3",
        "\xc3(",        "\xe0\x9f\xbf", "\xed\xa0\x80",     "\xed\xbf\xbf",     "\xe2\x82",
        "\xe2\x28\xac", "\xf0\x9f\x94", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(text_utf8_length(wrong[i], strlen(wrong[i])) == 0, "case %zu", i);
    ck_assert_uint_eq(text_utf8_length("", 0), 0);
}
END_TEST

START_TEST(cut_never_splits_a_character)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8cz";
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t max = 0; max <= 11; max++)
        ck_assert_uint_eq(text_cut_utf8(text, 11, max), expected[max]);
    ck_assert_uint_eq(text_cut_utf8(text, 11, 100), 11);
}
END_TEST

START_TEST(cut_of_junk_is_where_asked)
{
    static const char junk[] = "\x80\x80\x80\x80\x80\x80\x80\x80";
    for (size_t max = 0; max <= 8; max++)
        ck_assert_uint_eq(text_cut_utf8(junk, 8, max), max);
}
END_TEST

START_TEST(distance_counts_changes)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {{"", "", 0},
                 {"station", "station", 0},
                 {"STATION", "station", 0},
                 {"statoin", "station", 2},
                 {"staton", "station", 1},
                 {"sstation", "station", 1},
                 {"", "abc", 3},
                 {"abc", "", 3},
                 {"kitten", "sitting", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_uint_eq(text_distance(cases[i].a, cases[i].b), cases[i].distance);
}
END_TEST

START_TEST(distance_of_long_texts_is_unknown)
{
    char text[TEXT_DISTANCE_MAX + 2];
    memset(text, 'x', sizeof text);
    text[TEXT_DISTANCE_MAX + 1] = '\0';
    ck_assert_uint_eq(text_distance(text, "x"), SIZE_MAX);
    ck_assert_uint_eq(text_distance("x", text), SIZE_MAX);
    text[TEXT_DISTANCE_MAX] = '\0';
    ck_assert_uint_eq(text_distance(text, "x"), TEXT_DISTANCE_MAX - 1);
    ck_assert_uint_eq(text_distance("x", text), TEXT_DISTANCE_MAX - 1);
}
END_TEST

START_TEST(numbers_in_decimal)
{
    char out[TEXT_DECIMAL_SIZE];

    ck_assert_uint_eq(text_decimal(0, out), 1);
    ck_assert_str_eq(out, "0");
    ck_assert_uint_eq(text_decimal(1000, out), 4);
    ck_assert_str_eq(out, "1000");
    ck_assert_uint_eq(text_decimal(UINT64_MAX, out), 20);
    ck_assert_str_eq(out, "18446744073709551615");
}
END_TEST

SUITE("text", numbers_in_decimal, time_is_rfc3339_with_milliseconds,
      time_agrees_with_the_library_at_odd_steps, utf8_characters_are_measured,
      what_is_not_utf8_has_no_length, cut_never_splits_a_character, cut_of_junk_is_where_asked,
      distance_counts_changes, distance_of_long_texts_is_unknown)

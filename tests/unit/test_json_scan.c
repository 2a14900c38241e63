#include "common/json_scan.h"

#include "tests/unit/suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Scans a copy that ends where the text ends, so that a sanitizer sees any look behind it. */
static bool scan_exact(const char *text, size_t length, struct json_scan_error *error)
{
    char *copy = malloc(length + (length == 0));
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    bool valid = json_scan(copy, length, NULL, error);
    free(copy);
    return valid;
}

static struct json_span scan(const char *text)
{
    struct json_span value;
    struct json_scan_error error;
    if (!json_scan(text, strlen(text), &value, &error))
        ck_abort_msg("%s: %s at %zu", text, error.reason, error.offset);
    return value;
}

START_TEST(values_are_recognised)
{
    static const struct {
        const char *text;
        enum json_span_type type;
        size_t offset, length;
    } cases[] = {
        {"null", JSON_NULL, 0, 4},     {" false\n", JSON_FALSE, 1, 5}, {"\ttrue", JSON_TRUE, 1, 4},
        {"\r\n-0", JSON_NUMBER, 2, 2}, {"[ ]", JSON_ARRAY, 0, 3},      {"{ } ", JSON_OBJECT, 0, 3},
        {"\"\"", JSON_STRING, 0, 2},   {" [1,2] ", JSON_ARRAY, 1, 5},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_span value = scan(cases[i].text);
        ck_assert_int_eq(value.type, cases[i].type);
        ck_assert_ptr_eq(value.start, cases[i].text + cases[i].offset);
        ck_assert_uint_eq(value.length, cases[i].length);
    }
}
END_TEST

START_TEST(valid_texts_are_accepted)
{
    static const char *const texts[] = {
        "0",
        "-1",
        "10",
        "1.5",
        "-0.0e-0",
        "1E+9",
        "1e400",
        "123456789012345678901234567890",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0001\\uFFFF\\ud83d\\udd0c\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c\x7f\"",
        "{\"a\":{\"b\":[null,true,false,{}]},\"\":0}",
        " { \"a\" : [ 1 , 2 ] , \"b\" : \"c\" } ",
        "{\"a\":1,\"a\":2}",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
        "\"0123456\\n01234567\xc3\xa9 0123456789\"",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(scan_exact(texts[i], strlen(texts[i]), NULL), "%s", texts[i]);
}
END_TEST

START_TEST(invalid_texts_are_refused_at_the_first_wrong_byte)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *reason;
    } cases[] = {
        {"", 0, "text ends too early"},
        {"  ", 2, "text ends too early"},
        {"nul", 3, "text ends too early"},
        {"nulL", 3, "value expected"},
        {"True", 0, "value expected"},
        {"NaN", 0, "value expected"},
        {"Infinity", 0, "value expected"},
        {"-Infinity", 1, "digit expected"},
        {"+1", 0, "value expected"},
        {"01", 1, "number with a leading zero"},
        {"-", 1, "text ends too early"},
        {"1.", 2, "text ends too early"},
        {"1.e1", 2, "digit expected"},
        {".5", 0, "value expected"},
        {"1e", 2, "text ends too early"},
        {"1e+x", 3, "digit expected"},
        {"0x10", 1, "text after the value"},
        {"1 2", 2, "text after the value"},
        {"[1]]", 3, "text after the value"},
        {"\xef\xbb\xbf[]", 0, "value expected"},
        {"'a'", 0, "value expected"},
        {"\"a", 2, "text ends too early"},
        {"\"a\tb\"", 2, "control character in a string"},
        {"\"01234567\n\"", 9, "control character in a string"},
        {"\"\\x\"", 2, "unknown escape"},
        {"\"\\", 2, "text ends too early"},
        {"\"\\u12", 5, "text ends too early"},
        {"\"\\u12g4\"", 5, "\\u needs four hexadecimal digits"},
        {"\"\\u0000\"", 3, "\\u0000 in a string"},
        {"\"\\ud800\"", 7, "lone surrogate"},
        {"\"\\ud800\\n\"", 8, "lone surrogate"},
        {"\"\\ud800\\ud800\"", 9, "lone surrogate"},
        {"\"\\udc00\"", 3, "lone surrogate"},
        {"\"\\ud83d", 7, "text ends too early"},
        {"\"\\ud83d\\", 8, "text ends too early"},
        {"\"\xc3(\"", 1, "not UTF-8"},
        {"\"01234567\xc0\x80\"", 9, "not UTF-8"},
        {"\"\xed\xa0\x80\"", 1, "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", 1, "not UTF-8"},
        {"\"\xe2\x82", 1, "not UTF-8"},
        {"[", 1, "text ends too early"},
        {"[1", 2, "text ends too early"},
        {"[1,", 3, "text ends too early"},
        {"[1,]", 3, "value expected"},
        {"[,1]", 1, "value expected"},
        {"[1 2]", 3, "',' or ']' expected"},
        {"[1}", 2, "',' or ']' expected"},
        {"{", 1, "text ends too early"},
        {"{a:1}", 1, "key expected"},
        {"{1:1}", 1, "key expected"},
        {"{\"a\"}", 4, "':' expected"},
        {"{\"a\":}", 5, "value expected"},
        {"{\"a\":1,}", 7, "key expected"},
        {"{\"a\":1;}", 6, "',' or '}' expected"},
        {"{\"a\" 1}", 5, "':' expected"},
        {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 16, "nested too deeply"},
        {"/**/1", 0, "value expected"},
        {"1//", 1, "text after the value"},
        {"[\f1]", 1, "value expected"},
        {"[\xc2\xa0"
         "1]",
         1, "value expected"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json_scan_error error = {0};
        ck_assert_msg(!scan_exact(cases[i].text, strlen(cases[i].text), &error), "%s",
                      cases[i].text);
        ck_assert_msg(error.offset == cases[i].offset, "%s: %zu", cases[i].text, error.offset);
        ck_assert_msg(strcmp(error.reason, cases[i].reason) == 0, "%s: %s", cases[i].text,
                      error.reason);
    }
}
END_TEST

START_TEST(nul_bytes_are_refused_everywhere)
{
    ck_assert(!scan_exact("1\0", 2, NULL));
    ck_assert(!scan_exact("\0", 1, NULL));
    ck_assert(!scan_exact("\"a\0b\"", 5, NULL));
    ck_assert(!scan_exact("\"\\\0\"", 4, NULL));
    ck_assert(!scan_exact("[\0]", 3, NULL));
    ck_assert(!scan_exact("{\"a\"\0:1}", 8, NULL));
}
END_TEST

/* Every byte at every place of a string that is longer than the scanner's stride. */
START_TEST(every_byte_is_judged_alike_at_every_place)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        for (size_t place = 1; place <= 19; place++) {
            char text[22];
            struct json_scan_error error;
            memset(text, 'x', sizeof(text));
            text[0] = text[21] = '"';
            text[place] = (char)byte;
            bool valid = scan_exact(text, sizeof(text), &error);
            ck_assert_msg(valid == plain, "byte %02x at %zu", byte, place);
            if (!plain)
                ck_assert_uint_eq(error.offset, byte == '"' || byte == '\\' ? place + 1 : place);
        }
    }
}
END_TEST

START_TEST(a_prefix_of_a_text_is_never_valid_and_never_read_beyond)
{
    static const char text[] =
        "[2,\"19223201\",\"MeterValues\",{\"connectorId\":1,\"transactionId\":-7,\"meterValue\":[{"
        "\"timestamp\":\"2026-01-31T12:00:00Z\",\"sampledValue\":[{\"value\":\"1.5e3\",\"x\":1.5e3,"
        "\"unit\":\"\\ud83d\\udd0c\xe2\x82\xac\"},true,false,null]}]}]";
    size_t length = strlen(text);
    ck_assert(scan_exact(text, length, NULL));
    for (size_t cut = 0; cut < length; cut++) {
        struct json_scan_error error;
        ck_assert_msg(!scan_exact(text, cut, &error), "cut at %zu", cut);
        ck_assert_uint_le(error.offset, cut);
    }
}
END_TEST

START_TEST(an_array_yields_its_elements)
{
    static const char text[] = " [ 2 , \"id\",\"Heartbeat\" ,{\"a\":[1,2]}] ";
    struct json_span elements[4];
    size_t count = 0;
    ck_assert(json_scan_array(text, strlen(text), elements, 4, &count, NULL));
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(elements[0].type, JSON_NUMBER);
    ck_assert_ptr_eq(elements[0].start, text + 3);
    ck_assert_uint_eq(elements[0].length, 1);
    ck_assert(json_string_is(elements[1], "id"));
    ck_assert(json_string_is(elements[2], "Heartbeat"));
    ck_assert_int_eq(elements[3].type, JSON_OBJECT);
    ck_assert_uint_eq(elements[3].length, 11);
}
END_TEST

START_TEST(more_elements_than_wanted_are_counted)
{
    struct json_span elements[2];
    size_t count = 0;
    ck_assert(json_scan_array("[1,[2,3],4]", 11, elements, 2, &count, NULL));
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(elements[1].type, JSON_ARRAY);
    ck_assert(json_scan_array("[1,2]", 5, NULL, 0, &count, NULL));
    ck_assert_uint_eq(count, 2);
    ck_assert(json_scan_array("[]", 2, NULL, 0, &count, NULL));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(array_scan_refuses_what_is_no_array)
{
    struct json_scan_error error;
    size_t count;
    ck_assert(!json_scan_array(" {}", 3, NULL, 0, &count, &error));
    ck_assert_str_eq(error.reason, "not an array");
    ck_assert_uint_eq(error.offset, 1);
    ck_assert(!json_scan_array("{", 1, NULL, 0, &count, &error));
    ck_assert_str_eq(error.reason, "text ends too early");
    ck_assert(!json_scan_array("", 0, NULL, 0, &count, &error));
    ck_assert(!json_scan_array("[1] 2", 5, NULL, 0, &count, &error));
    ck_assert_str_eq(error.reason, "text after the value");
    ck_assert(!json_scan_array("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", 34, NULL, 0, &count, &error));
    ck_assert_uint_eq(error.offset, 16);
    ck_assert(!json_scan_array("{}", 2, NULL, 0, &count, NULL));
}
END_TEST

START_TEST(members_are_found_by_their_unescaped_key)
{
    struct json_span object =
        scan("{ \"first\" : 1 , \"na\\u006de\":\"x\", \"deep\":{\"name\":2}, \"name\":3, \"\":4 }");
    struct json_span value;
    ck_assert(json_member(object, "first", &value));
    ck_assert_int_eq(value.type, JSON_NUMBER);
    ck_assert(json_member(object, "name", &value));
    ck_assert(json_string_is(value, "x"));
    ck_assert(json_member(object, "deep", &value));
    ck_assert(json_member(value, "name", &value));
    ck_assert_uint_eq(value.length, 1);
    ck_assert(json_member(object, "", &value));
    ck_assert_int_eq(*value.start, '4');
    ck_assert(!json_member(object, "nam", &value));
    ck_assert(!json_member(object, "names", &value));
    ck_assert(!json_member(scan("{ }"), "a", &value));
    ck_assert(!json_member(scan("[1]"), "a", &value));
    ck_assert(!json_member(scan("\"a\""), "a", &value));
}
END_TEST

struct sum {
    long long total;
    unsigned visits;
    long long stop_at;
};

static bool add(struct json_span element, void *context)
{
    struct sum *sum = context;
    long long number;
    ck_assert(json_integer(element, &number));
    sum->total += number;
    sum->visits++;
    return number != sum->stop_at;
}

START_TEST(each_visits_all_elements_or_until_stopped)
{
    struct sum all = {0}, some = {.stop_at = 2};
    ck_assert(json_each(scan("[ 1, 2 ,3,4 ]"), add, &all));
    ck_assert_int_eq(all.total, 10);
    ck_assert(!json_each(scan("[1,2,3]"), add, &some));
    ck_assert_uint_eq(some.visits, 2);
    ck_assert(json_each(scan("[ ]"), add, &some));
    ck_assert(json_each(scan("{}"), add, &some));
    ck_assert_uint_eq(some.visits, 2);
}
END_TEST

START_TEST(strings_are_unescaped)
{
    char out[64];
    static const char expected[] = "a\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c"
                                   "A";
    struct json_span string =
        scan("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\uD83d\\udd0c\\u0041\"");
    ck_assert_int_eq(json_string(string, out, sizeof(out)), (int)strlen(expected));
    ck_assert_str_eq(out, expected);
    ck_assert(json_string_is(string, expected));
    ck_assert_int_eq(json_string(scan("\"\""), out, 1), 0);
    ck_assert_str_eq(out, "");
    ck_assert_int_eq(json_string(scan("1"), out, sizeof(out)), -1);
}
END_TEST

START_TEST(a_string_that_does_not_fit_is_refused)
{
    char out[8];
    ck_assert_int_eq(json_string(scan("\"1234567\""), out, 8), 7);
    ck_assert_int_eq(json_string(scan("\"12345678\""), out, 8), -1);
    ck_assert_int_eq(json_string(scan("\"12345\\u20ac\""), out, 8), -1);
    ck_assert_int_eq(json_string(scan("\"\""), out, 0), -1);
}
END_TEST

START_TEST(strings_are_compared_whole)
{
    ck_assert(json_string_is(scan("\"Boot\""), "Boot"));
    ck_assert(!json_string_is(scan("\"Boot\""), "Boo"));
    ck_assert(!json_string_is(scan("\"Boot\""), "Boots"));
    ck_assert(!json_string_is(scan("\"\\u20ac\""), "\xe2\x82"));
    ck_assert(!json_string_is(scan("1"), "1"));
    ck_assert(json_string_is(scan("\"\""), ""));
}
END_TEST

START_TEST(integers_are_exact)
{
    static const struct {
        const char *text;
        bool fits;
        long long value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"-17", true, -17},
        {"9223372036854775807", true, LLONG_MAX},
        {"-9223372036854775808", true, LLONG_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e2", false, 0},
        {"\"1\"", false, 0},
        {"true", false, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        long long value = 0;
        ck_assert_msg(json_integer(scan(cases[i].text), &value) == cases[i].fits, "%s",
                      cases[i].text);
        ck_assert_int_eq(value, cases[i].value);
    }
}
END_TEST

static void expect_escaped(const char *text, size_t length, const char *expected)
{
    char out[256];
    ck_assert_uint_eq(json_escape(text, length, out, sizeof(out)), strlen(expected));
    ck_assert_str_eq(out, expected);
}

START_TEST(escape_makes_a_string_for_json_and_html)
{
    expect_escaped("plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c", 15,
                   "plain \xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c");
    expect_escaped("\"\\/\b\f\n\r\t", 8, "\\\"\\\\/\\b\\f\\n\\r\\t");
    expect_escaped("\0\x01\x1f\x7f", 4, "\\u0000\\u0001\\u001f\\u007f");
    expect_escaped("</script>&", 10, "\\u003c/script\\u003e\\u0026");
    expect_escaped("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7\xe2\x80\xaa", 12,
                   "\\u2028\\u2029\xe2\x80\xa7\xe2\x80\xaa");
    expect_escaped("a\xff\xc3", 3, "a\xef\xbf\xbd\xef\xbf\xbd");
    expect_escaped("", 0, "");
}
END_TEST

START_TEST(a_cut_escape_is_never_half)
{
    static const char text[] = "ab\n\x01\xe2\x82\xac"
                               "c";
    static const size_t expected[] = {0, 0, 1, 2, 2, 4, 4, 4, 4, 4, 4, 10, 10, 10, 13, 14};
    for (size_t size = 1; size < COUNT(expected); size++) {
        char *out = malloc(size);
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(json_escape(text, 8, out, size), 14);
        ck_assert_uint_eq(strlen(out), expected[size]);
        free(out);
    }
    ck_assert_uint_eq(json_escape(text, 8, NULL, 0), 14);
}
END_TEST

START_TEST(what_was_escaped_scans_and_unescapes_to_the_same)
{
    for (unsigned first = 1; first < 128; first++) {
        char text[3] = {(char)first, (char)(128 - first), '\0'};
        char literal[64] = "\"", back[8];
        size_t length = json_escape(text, 2, literal + 1, sizeof(literal) - 2);
        literal[1 + length] = '"';
        literal[2 + length] = '\0';
        ck_assert_int_eq(json_string(scan(literal), back, sizeof(back)), 2);
        ck_assert_str_eq(back, text);
    }
}
END_TEST

SUITE("json_scan", values_are_recognised, valid_texts_are_accepted,
      invalid_texts_are_refused_at_the_first_wrong_byte, nul_bytes_are_refused_everywhere,
      every_byte_is_judged_alike_at_every_place,
      a_prefix_of_a_text_is_never_valid_and_never_read_beyond, an_array_yields_its_elements,
      more_elements_than_wanted_are_counted, array_scan_refuses_what_is_no_array,
      members_are_found_by_their_unescaped_key, each_visits_all_elements_or_until_stopped,
      strings_are_unescaped, a_string_that_does_not_fit_is_refused, strings_are_compared_whole,
      integers_are_exact, escape_makes_a_string_for_json_and_html, a_cut_escape_is_never_half,
      what_was_escaped_scans_and_unescapes_to_the_same)

#include "boardd/http/json_out.h"

#include <math.h>
#include <string.h>

#include "common/json_scan.h"
#include "tests/unit/suite.h"

static struct json_out out;

static void begin(void)
{
    json_out_init(&out);
}

static void end(void)
{
    json_out_free(&out);
}

static void expect(const char *text)
{
    ck_assert(!out.failed);
    ck_assert_msg(out.length == strlen(text) && memcmp(out.data, text, out.length) == 0,
                  "%.*s is not %s", (int)out.length, out.data, text);
}

START_TEST(nesting_puts_commas_where_they_belong)
{
    json_out_object(&out);
    json_out_uint(json_out_key(&out, "a"), 1);
    json_out_array(json_out_key(&out, "b"));
    json_out_array_end(&out);
    json_out_array(json_out_key(&out, "c"));
    json_out_int(&out, -5);
    json_out_object(&out);
    json_out_object_end(&out);
    json_out_null(&out);
    json_out_array_end(&out);
    json_out_bool(json_out_key(&out, "d"), true);
    json_out_object_end(&out);
    expect("{\"a\":1,\"b\":[],\"c\":[-5,{},null],\"d\":true}");
    ck_assert(json_scan(out.data, out.length, NULL, NULL));
}
END_TEST

START_TEST(extreme_numbers)
{
    json_out_array(&out);
    json_out_uint(&out, UINT64_MAX);
    json_out_int(&out, INT64_MIN);
    json_out_uint(&out, 0);
    json_out_array_end(&out);
    expect("[18446744073709551615,-9223372036854775808,0]");
}
END_TEST

START_TEST(numbers_lose_their_trailing_zeros)
{
    json_out_array(&out);
    json_out_number(&out, 1.5, 3);
    json_out_number(&out, 2.0, 3);
    json_out_number(&out, 100.0, 0);
    json_out_number(&out, -0.0001, 2);
    json_out_number(&out, NAN, 2);
    json_out_number(&out, INFINITY, 2);
    json_out_array_end(&out);
    expect("[1.5,2,100,0,null,null]");
}
END_TEST

START_TEST(text_is_escaped)
{
    json_out_text(&out, "a\"\\\n<b>\xff", 8);
    ck_assert(json_scan(out.data, out.length, NULL, NULL));
    ck_assert_ptr_null(memchr(out.data, '<', out.length));
    ck_assert_ptr_null(memchr(out.data, '\n', out.length));
}
END_TEST

START_TEST(long_text_grows_the_buffer)
{
    static char text[100000];
    memset(text, '\x01', sizeof(text)); /* six bytes each */
    json_out_text(&out, text, sizeof(text));
    ck_assert_uint_eq(out.length, 6 * sizeof(text) + 2);
    ck_assert(json_scan(out.data, out.length, NULL, NULL));
}
END_TEST

START_TEST(raw_json_stays_on_one_line)
{
    static const char raw[] = "{\r\n \"a\": 1\n}";
    json_out_array(&out);
    json_out_raw(&out, raw, sizeof(raw) - 1);
    json_out_raw(&out, "2", 1);
    json_out_array_end(&out);
    expect("[{   \"a\": 1 },2]");
}
END_TEST

START_TEST(a_value_written_in_place)
{
    json_out_array(&out);
    json_out_uint(&out, 1);
    char *room = json_out_room(&out, 10);
    ck_assert_ptr_nonnull(room);
    memcpy(room, "\"x\"", 3);
    json_out_filled(&out, 3);
    ck_assert_ptr_nonnull(json_out_room(&out, 10)); /* not used: nothing is written */
    json_out_uint(&out, 3);
    json_out_array_end(&out);
    expect("[1,\"x\",3]");
}
END_TEST

START_TEST(times)
{
    json_out_array(&out);
    json_out_time(&out, 0);
    json_out_time(&out, UINT64_C(1769860800123999999));
    json_out_array_end(&out);
    expect("[null,\"2026-01-31T12:00:00.123Z\"]");
}
END_TEST

/* A list of three: the middle one is written anew, or as it was written before. */
static uint64_t hash_of_list(const char *last, const struct json_out *known, uint64_t *piece)
{
    json_out_reset(&out);
    json_out_array(&out);
    json_out_uint(&out, 1);
    if (known != NULL) {
        json_out_written(&out, known->data, known->length, *piece);
    } else {
        size_t start = json_out_start(&out);
        json_out_string(&out, "a piece");
        *piece = json_out_piece(&out, start);
    }
    json_out_string(&out, last);
    json_out_array_end(&out);
    return json_out_hash(&out);
}

START_TEST(the_same_pieces_make_the_same_hash)
{
    struct json_out known;
    uint64_t piece = 0, other_piece = 0;
    uint64_t hash = hash_of_list("end", NULL, &piece);
    expect("[1,\"a piece\",\"end\"]");
    json_out_init(&known);
    json_out_string(&known, "a piece");
    ck_assert_uint_eq(hash_of_list("end", &known, &piece), hash);
    expect("[1,\"a piece\",\"end\"]");
    ck_assert_uint_eq(json_out_hash(&out), hash);
    ck_assert_uint_ne(hash_of_list("And", &known, &piece), hash);
    other_piece = piece + 1;
    ck_assert_uint_ne(hash_of_list("end", &known, &other_piece), hash);
    json_out_free(&known);
}
END_TEST

/* Whichever byte of a text is another one. */
START_TEST(a_byte_makes_another_hash)
{
    char text[100];
    memset(text, 'a', sizeof(text));
    json_out_text(&out, text, sizeof(text));
    uint64_t hash = json_out_hash(&out);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = 'b';
        json_out_reset(&out);
        json_out_text(&out, text, sizeof(text));
        ck_assert_uint_ne(json_out_hash(&out), hash);
        text[i] = 'a';
    }
    json_out_reset(&out);
    json_out_text(&out, text, sizeof(text) - 1);
    ck_assert_uint_ne(json_out_hash(&out), hash);
}
END_TEST

SUITE_WITH("json_out", begin, end, nesting_puts_commas_where_they_belong, extreme_numbers,
           numbers_lose_their_trailing_zeros, text_is_escaped, long_text_grows_the_buffer,
           raw_json_stays_on_one_line, a_value_written_in_place, times,
           the_same_pieces_make_the_same_hash, a_byte_makes_another_hash)

#include "common/text_buffer.h"

#include "tests/unit/suite.h"

static void check_text(const struct text_buffer *buffer, const char *wanted)
{
    ck_assert(!buffer->overflow);
    ck_assert_uint_eq(buffer->length, strlen(wanted));
    ck_assert_mem_eq(buffer->start, wanted, buffer->length);
}

START_TEST(test_pieces_follow_each_other)
{
    char data[64];
    struct text_buffer buffer = {data, 0, sizeof(data), false};
    text_buffer_puts(&buffer, "[");
    text_buffer_number(&buffer, 0);
    text_buffer_append(&buffer, ",x", 1);
    text_buffer_number(&buffer, UINT64_MAX);
    check_text(&buffer, "[0,18446744073709551615");
}
END_TEST

START_TEST(test_it_may_be_filled_to_the_last_byte)
{
    char data[4] = "---";
    struct text_buffer buffer = {data, 0, 3, false};
    text_buffer_puts(&buffer, "abc");
    check_text(&buffer, "abc");
    ck_assert_int_eq(data[3], '\0');
}
END_TEST

START_TEST(test_after_what_did_not_fit_nothing_comes)
{
    char data[4];
    struct text_buffer buffer = {data, 0, sizeof(data), false};
    text_buffer_puts(&buffer, "abcde");
    text_buffer_puts(&buffer, "f");
    text_buffer_number(&buffer, 1);
    text_buffer_escape(&buffer, "g", 1, SIZE_MAX);
    text_buffer_json(&buffer, "1", 1);
    ck_assert(buffer.overflow);
    ck_assert_uint_eq(buffer.length, 0);
}
END_TEST

START_TEST(test_escaped_text_is_cut_at_a_character)
{
    char data[64];
    struct text_buffer buffer = {data, 0, sizeof(data), false};
    text_buffer_escape(&buffer, "a\"\n\xc3\xa4", 5, 4);
    check_text(&buffer, "a\\\"\\n");
}
END_TEST

START_TEST(test_escapes_need_room_as_they_are_written)
{
    char data[8];
    struct text_buffer buffer = {data, 0, sizeof(data), false};
    text_buffer_escape(&buffer, "\x01\x01", 2, SIZE_MAX);
    ck_assert(buffer.overflow);
    ck_assert_uint_eq(buffer.length, 0);
}
END_TEST

START_TEST(test_json_comes_on_one_line)
{
    char data[64];
    struct text_buffer buffer = {data, 0, sizeof(data), false};
    text_buffer_puts(&buffer, "a\n");
    text_buffer_json(&buffer, "{\r\n\"b\":\n1}", 10);
    check_text(&buffer, "a\n{  \"b\": 1}");
}
END_TEST

SUITE("text_buffer", test_pieces_follow_each_other, test_it_may_be_filled_to_the_last_byte,
      test_after_what_did_not_fit_nothing_comes, test_escaped_text_is_cut_at_a_character,
      test_escapes_need_room_as_they_are_written, test_json_comes_on_one_line)

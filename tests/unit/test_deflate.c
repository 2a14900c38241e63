#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/deflate.h"
#include "tests/unit/suite.h"

static struct deflate_codec *codec;
static const char *text, *data;
static size_t text_length, data_length;

static void begin(void)
{
    codec = deflate_codec_new();
    ck_assert_ptr_nonnull(codec);
}

static void end(void)
{
    deflate_codec_free(codec);
}

static enum deflate_outcome unpack(const char *bytes, size_t length, size_t max)
{
    return deflate_unpack(codec, bytes, length, max, &text, &text_length);
}

static bool text_is(const char *expected)
{
    return text_length == strlen(expected) && memcmp(text, expected, text_length) == 0;
}

#define BYTES(bytes) bytes, sizeof(bytes) - 1

/* RFC 7692, 7.2.3 */
START_TEST(test_examples_of_the_rfc)
{
    static const struct {
        const char *what, *bytes;
        size_t length;
        const char *text;
    } examples[] = {
        {"one block", BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), "Hello"},
        {"no compression", BYTES("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"), "Hello"},
        {"BFINAL is set", BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), "Hello"},
        {"two blocks", BYTES("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), "Hello"},
        {"empty", BYTES("\x00"), ""},
    };
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        ck_assert_msg(unpack(examples[i].bytes, examples[i].length, 100) == DEFLATE_DONE, "%s",
                      examples[i].what);
        ck_assert_msg(text_is(examples[i].text), "%s", examples[i].what);
    }
}
END_TEST

START_TEST(test_ends_with_a_last_block)
{
    ck_assert_int_eq(unpack(BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00"), 100), DEFLATE_DONE);
    ck_assert(text_is("Hello"));
    ck_assert_int_eq(unpack(BYTES("\x03\x00\x03\x00\xf2\x48\xcd\xc9\xc9\x07\x00"), 100),
                     DEFLATE_DONE);
    ck_assert(text_is("Hello"));
}
END_TEST

START_TEST(test_corrupt)
{
    static const struct {
        const char *what, *bytes;
        size_t length;
    } cases[] = {
        {"nothing at all", BYTES("")},
        {"block of type 3", BYTES("\x07\x00")},
        {"text", BYTES("[2,\"1\",\"Heartbeat\",{}]")},
        {"wrong length of a stored block", BYTES("\x00\x05\x00\xfb\xff\x48\x65\x6c\x6c\x6f\x00")},
        {"cut stored block", BYTES("\x00\x0a\x00\xf5\xff\x48\x65\x6c\x6c\x6f")},
        {"cut within a block", BYTES("\xf2\x48\xcd")},
        {"before the beginning", BYTES("\x4b\x04\x12\x00\x00")},
        {"cut after a last block", BYTES("\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x48\xcd")},
        {"junk", BYTES("\xff\xff\xff\xff")},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(unpack(cases[i].bytes, cases[i].length, 100) == DEFLATE_CORRUPT, "%s",
                      cases[i].what);
    /* and the next message does not care */
    ck_assert_int_eq(unpack(BYTES("\xf2\x48\xcd\xc9\xc9\x07\x00"), 100), DEFLATE_DONE);
    ck_assert(text_is("Hello"));
}
END_TEST

/* As a station would: another zlib stream, all of its settings. */
static size_t deflate_plainly(const char *bytes, size_t length, int window, int level, char *out,
                              size_t size)
{
    z_stream stream = {0};
    ck_assert_int_eq(deflateInit2(&stream, level, Z_DEFLATED, -window, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)size;
    ck_assert_int_eq(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    ck_assert_uint_gt(stream.avail_out, 0);
    size_t produced = size - stream.avail_out;
    deflateEnd(&stream);
    ck_assert_mem_eq(out + produced - 4, "\0\0\xff\xff", 4);
    return produced - 4;
}

static void fill(char *bytes, size_t length)
{
    static const char *const words[] = {"Energy.Active", "\"value\":", "Voltage", ",{", "}]", "17"};
    size_t at = 0;
    unsigned state = 1;
    while (at < length) {
        state = state * 1103515245 + 12345;
        const char *word = words[(state >> 16) % 6];
        for (; *word != '\0' && at < length; word++)
            bytes[at++] = *word;
    }
}

START_TEST(test_every_sender)
{
    static char message[60000], packed[70000];
    static const size_t lengths[] = {1, 300, 5000, sizeof(message)};
    fill(message, sizeof(message));
    for (int window = 9; window <= 15; window++) {
        for (int level = 0; level <= 9; level += 3) {
            for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
                size_t length =
                    deflate_plainly(message, lengths[i], window, level, packed, sizeof(packed));
                ck_assert_int_eq(unpack(packed, length, sizeof(message)), DEFLATE_DONE);
                ck_assert_uint_eq(text_length, lengths[i]);
                ck_assert_mem_eq(text, message, text_length);
                ck_assert_int_ne(unpack(packed, length - 1, sizeof(message)), DEFLATE_DONE);
            }
        }
    }
}
END_TEST

START_TEST(test_limit)
{
    static char zeros[10 << 20], packed[20000];
    memset(zeros, '0', sizeof(zeros));
    size_t length = deflate_plainly(zeros, sizeof(zeros), 15, 9, packed, sizeof(packed));
    ck_assert_uint_lt(length, 11000);
    ck_assert_int_eq(unpack(packed, length, 65536), DEFLATE_TOO_LONG);
    ck_assert_uint_eq(text_length, 65537);
    length = deflate_plainly(zeros, 1000, 15, 9, packed, sizeof(packed));
    ck_assert_int_eq(unpack(packed, length, 1000), DEFLATE_DONE);
    ck_assert_uint_eq(text_length, 1000);
    ck_assert_int_eq(unpack(packed, length, 999), DEFLATE_TOO_LONG);
    ck_assert_int_eq(unpack(packed, length, 0), DEFLATE_TOO_LONG);
    ck_assert_int_eq(unpack(BYTES("\x00"), 0), DEFLATE_DONE);
}
END_TEST

/* As a station would: with no larger window than it said. */
static void inflate_plainly(int window, const char *expected, size_t length)
{
    static char out[20000];
    z_stream stream = {0};
    static char whole[20000];
    memcpy(whole, data, data_length);
    memcpy(whole + data_length, "\0\0\xff\xff", 4);
    ck_assert_int_eq(inflateInit2(&stream, -window), Z_OK);
    stream.next_in = (Bytef *)whole;
    stream.avail_in = (uInt)data_length + 4;
    stream.next_out = (Bytef *)out;
    stream.avail_out = sizeof(out);
    ck_assert_int_eq(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    ck_assert_uint_eq(stream.avail_in, 0);
    ck_assert_uint_eq(sizeof(out) - stream.avail_out, length);
    ck_assert_mem_eq(out, expected, length);
    inflateEnd(&stream);
}

START_TEST(test_every_window)
{
    static char message[16384];
    fill(message, sizeof(message));
    for (unsigned window = DEFLATE_MIN_WINDOW; window <= DEFLATE_MAX_WINDOW; window++) {
        size_t longest = window < 14 ? (size_t)1 << window : sizeof(message);
        for (size_t length = 64; length <= longest; length = length * 3 / 2) {
            ck_assert(deflate_pack(codec, message, length, window, &data, &data_length));
            ck_assert_uint_lt(data_length, length);
            inflate_plainly((int)window, message, length);
        }
        ck_assert(deflate_pack(codec, message, longest, window, &data, &data_length));
        inflate_plainly((int)window, message, longest);
        if (window < 14)
            ck_assert(!deflate_pack(codec, message, longest + 1, window, &data, &data_length));
    }
}
END_TEST

START_TEST(test_not_worth_it)
{
    char bytes[1000];
    unsigned state = 7;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        state = state * 1103515245 + 12345;
        bytes[i] = (char)(state >> 16);
    }
    ck_assert(!deflate_pack(codec, bytes, sizeof(bytes), 15, &data, &data_length));
    ck_assert(!deflate_pack(codec, bytes, 0, 15, &data, &data_length));
    ck_assert(!deflate_pack(codec, "[]", 2, 15, &data, &data_length));
    /* and the next message does not care */
    fill(bytes, sizeof(bytes));
    ck_assert(deflate_pack(codec, bytes, sizeof(bytes), 15, &data, &data_length));
    inflate_plainly(15, bytes, sizeof(bytes));
}
END_TEST

START_TEST(test_there_and_back)
{
    static char message[5000];
    fill(message, sizeof(message));
    for (size_t length = 200; length < sizeof(message); length += 321) {
        ck_assert(deflate_pack(codec, message, length, 15, &data, &data_length));
        ck_assert_int_eq(unpack(data, data_length, length), DEFLATE_DONE);
        ck_assert_uint_eq(text_length, length);
        ck_assert_mem_eq(text, message, length);
    }
}
END_TEST

SUITE_WITH("deflate", begin, end, test_examples_of_the_rfc, test_ends_with_a_last_block,
           test_corrupt, test_every_sender, test_limit, test_every_window, test_not_worth_it,
           test_there_and_back)

#include "common/base64.h"

#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4648, 10. */
static const struct {
    const char *plain, *encoded;
} vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static ssize_t decode(const char *text, unsigned char *out, size_t size)
{
    size_t length = strlen(text);
    char *copy = malloc(length + (length == 0)); /* without a NUL, for the sanitizer */
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    ssize_t result = base64_decode(copy, length, out, size);
    free(copy);
    return result;
}

START_TEST(vectors_of_the_standard_hold_both_ways)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        size_t length = strlen(vectors[i].plain);
        char encoded[16];
        unsigned char decoded[8];
        base64_encode((const unsigned char *)vectors[i].plain, length, encoded);
        ck_assert_str_eq(encoded, vectors[i].encoded);
        ck_assert_uint_eq(strlen(encoded), BASE64_LENGTH(length));
        ck_assert_int_eq(decode(vectors[i].encoded, decoded, sizeof(decoded)), (ssize_t)length);
        ck_assert_mem_eq(decoded, vectors[i].plain, length);
    }
}
END_TEST

START_TEST(every_byte_survives)
{
    unsigned char bytes[256], decoded[256];
    char encoded[BASE64_LENGTH(256) + 1];
    for (unsigned i = 0; i < 256; i++)
        bytes[i] = (unsigned char)(i * 167);
    for (size_t length = 0; length <= 256; length++) {
        base64_encode(bytes, length, encoded);
        ck_assert_int_eq(decode(encoded, decoded, sizeof(decoded)), (ssize_t)length);
        ck_assert_mem_eq(decoded, bytes, length);
    }
}
END_TEST

START_TEST(what_is_not_canonical_is_refused)
{
    static const char *const wrong[] = {
        "Z",    "Zg",      "Zg=",   "Z===", "====",   "=",        "Zg==Zg==",
        "Zh==", "Zm9=",    "Zg= =", "Z g=", "Zm9v\n", "Zm\n9",    "Zm9-",
        "Zm9_", "Zm9\xc3", "=g==",  "Zm=v", "Zm9vZg", "Zm9v====",
    };
    unsigned char out[16];
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(decode(wrong[i], out, sizeof(out)) == -1, "%s", wrong[i]);
    ck_assert_int_eq(base64_decode("Zm\0v", 4, out, sizeof(out)), -1);
}
END_TEST

START_TEST(decoding_stays_within_its_buffer)
{
    unsigned char *out = malloc(5);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(decode("Zm9vYmE=", out, 5), 5);
    ck_assert_int_eq(decode("Zm9vYmFy", out, 5), -1);
    ck_assert_int_eq(decode("", out, 0), 0);
    free(out);
}
END_TEST

SUITE("base64", vectors_of_the_standard_hold_both_ways, every_byte_survives,
      what_is_not_canonical_is_refused, decoding_stays_within_its_buffer)

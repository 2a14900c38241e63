#include "common/digest.h"

#include "tests/unit/suite.h"

#include <string.h>

START_TEST(sha256_of_known_texts)
{
    unsigned char digest[DIGEST_SIZE];
    char hex[DIGEST_HEX + 1];
    digest_sha256("abc", 3, digest);
    digest_hex(digest, sizeof(digest), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256("", 0, digest);
    digest_hex(digest, sizeof(digest), hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(sha1_of_a_known_text)
{
    unsigned char digest[DIGEST_SHA1_SIZE];
    char hex[2 * DIGEST_SHA1_SIZE + 1];
    digest_sha1("abc", 3, digest);
    digest_hex(digest, sizeof(digest), hex);
    ck_assert_str_eq(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
}
END_TEST

START_TEST(texts_are_compared_whole)
{
    ck_assert(digest_equal_text("secret", "secret"));
    ck_assert(digest_equal_text("", ""));
    ck_assert(!digest_equal_text("secret", "secres"));
    ck_assert(!digest_equal_text("secret", "secret2"));
    ck_assert(!digest_equal_text("secret", "secre"));
    ck_assert(!digest_equal_text("secret", ""));
    ck_assert(!digest_equal_text("secret", "Secret"));
}
END_TEST

START_TEST(digests_are_compared_to_the_last_byte)
{
    unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];
    digest_sha256("a", 1, a);
    memcpy(b, a, sizeof(b));
    ck_assert(digest_equal(a, b));
    b[DIGEST_SIZE - 1] ^= 1;
    ck_assert(!digest_equal(a, b));
}
END_TEST

START_TEST(random_texts_are_hexadecimal_and_differ)
{
    char one[DIGEST_HEX + 1], two[DIGEST_HEX + 1];
    digest_random_hex(one);
    digest_random_hex(two);
    ck_assert_uint_eq(strlen(one), DIGEST_HEX);
    ck_assert_uint_eq(strspn(one, "0123456789abcdef"), DIGEST_HEX);
    ck_assert_str_ne(one, two);
}
END_TEST

SUITE("digest", sha256_of_known_texts, sha1_of_a_known_text, texts_are_compared_whole,
      digests_are_compared_to_the_last_byte, random_texts_are_hexadecimal_and_differ)

#include "common/password.h"

#include <string.h>
#include <time.h>

#include "tests/unit/suite.h"

START_TEST(a_hash_fits_its_password_alone)
{
    char hash[PASSWORD_HASH_SIZE], other[PASSWORD_HASH_SIZE];
    ck_assert(password_hash("correct horse", hash));
    ck_assert(password_is_hash(hash));
    ck_assert(password_matches(hash, "correct horse"));
    ck_assert(!password_matches(hash, "correct horsf"));
    ck_assert(!password_matches(hash, "correct hors"));
    ck_assert(!password_matches(hash, ""));
    ck_assert(password_hash("correct horse", other));
    ck_assert_str_ne(hash, other); /* a salt of its own */
}
END_TEST

START_TEST(only_yescrypt_counts)
{
    static const char *const texts[] = {
        "",
        "x",
        "$y$",
        "$y$$",
        "$1$salt$hash",
        "$6$salt$hash",
        "*",
        "!",
        "$y$j9T$salt$short",
        "secret",
        "$y$j9T$salt$0123456789012345678901234567890123456789:12",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_msg(!password_is_hash(texts[i]), "%s", texts[i]);
        ck_assert(!password_matches(texts[i], "secret"));
    }
    char traditional[] = "ab1JxZ7qpWMoY"; /* the old form of crypt(3) */
    ck_assert(!password_is_hash(traditional));
}
END_TEST

START_TEST(lengths)
{
    char longest[PASSWORD_MAX + 2], hash[PASSWORD_HASH_SIZE];
    memset(longest, 'a', sizeof(longest));
    longest[PASSWORD_MAX + 1] = '\0';
    ck_assert(!password_hash(longest, hash));
    longest[PASSWORD_MAX] = '\0';
    ck_assert(password_hash(longest, hash));
    ck_assert(password_matches(hash, longest));
    longest[PASSWORD_MAX - 1] = 'b'; /* the last byte counts too */
    ck_assert(!password_matches(hash, longest));
    ck_assert(!password_hash("", hash));
}
END_TEST

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

START_TEST(a_user_who_does_not_exist_takes_as_long)
{
    char hash[PASSWORD_HASH_SIZE];
    ck_assert(password_is_hash(password_of_nobody));
    ck_assert(password_hash("one", hash));
    double real = 1e9, nobody = 1e9;
    for (int i = 0; i < 5; i++) { /* the least of some: the machine is busy */
        double start = cpu_ms();
        ck_assert(!password_matches(hash, "two"));
        double middle = cpu_ms();
        ck_assert(!password_matches(password_of_nobody, "two"));
        double end = cpu_ms();
        real = middle - start < real ? middle - start : real;
        nobody = end - middle < nobody ? end - middle : nobody;
    }
    ck_assert_double_gt(nobody, real / 2);
    ck_assert_double_lt(nobody, real * 2);
}
END_TEST

SUITE("password", a_hash_fits_its_password_alone, only_yescrypt_counts, lengths,
      a_user_who_does_not_exist_takes_as_long)

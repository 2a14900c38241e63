#include "boardd/state/text_cache.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct text_cache *cache;

static void begin(void)
{
    cache = text_cache_new(8192);
    ck_assert_ptr_nonnull(cache);
}

static void end(void)
{
    text_cache_free(cache);
}

static struct text_cache_key message(uint64_t seq)
{
    return (struct text_cache_key){0, COLLECTION_MESSAGES, seq};
}

static void add(struct text_cache_key key, size_t length)
{
    char text[8192];
    memset(text, 'a' + (int)(key.number % 26), length);
    text_cache_add(cache, key, (struct text_span){text, length}, key.number);
}

static bool holds(struct text_cache_key key, size_t length)
{
    char wanted[8192];
    uint64_t hash;
    struct text_span text = text_cache_find(cache, key, &hash);
    if (text.start == NULL)
        return false;
    ck_assert_uint_eq(hash, key.number);
    memset(wanted, 'a' + (int)(key.number % 26), length);
    ck_assert_uint_eq(text.length, length);
    ck_assert_mem_eq(text.start, wanted, length);
    return true;
}

START_TEST(what_was_added_is_found)
{
    struct text_cache_key other_source = {1, COLLECTION_MESSAGES, 7};
    struct text_cache_key other_collection = {0, COLLECTION_LOG, 7};
    add(message(7), 100);
    ck_assert(holds(message(7), 100));
    ck_assert(!holds(message(8), 100));
    ck_assert(!holds(other_source, 100));
    ck_assert(!holds(other_collection, 100));
    text_cache_clear(cache);
    ck_assert(!holds(message(7), 100));
}
END_TEST

START_TEST(the_newest_stay_and_none_is_torn)
{
    for (uint64_t seq = 0; seq < 5000; seq++) {
        add(message(seq), 100 + seq % 300);
        unsigned held = 0;
        for (uint64_t back = 0; back <= 40 && back <= seq; back++)
            held += holds(message(seq - back), 100 + (seq - back) % 300);
        ck_assert_uint_ge(held, seq < 15 ? seq + 1 : 15);
        ck_assert(holds(message(seq), 100 + seq % 300));
    }
}
END_TEST

START_TEST(too_long_is_not_kept)
{
    add(message(1), 100);
    add(message(2), 8192 / 16 + 1);
    ck_assert(!holds(message(2), 8192 / 16 + 1));
    ck_assert(holds(message(1), 100));
}
END_TEST

START_TEST(none_is_a_cache_that_holds_nothing)
{
    ck_assert_ptr_null(text_cache_new(4095));
    uint64_t hash;
    text_cache_add(NULL, message(1), (struct text_span){"x", 1}, 0);
    text_cache_clear(NULL);
    ck_assert_ptr_null(text_cache_find(NULL, message(1), &hash).start);
}
END_TEST

SUITE_WITH("text_cache", begin, end, what_was_added_is_found, the_newest_stay_and_none_is_torn,
           too_long_is_not_kept, none_is_a_cache_that_holds_nothing)

#include "boardd/state/match_map.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

#define RECORDS 60000

static struct match_map map;
static bool wanted[RECORDS]; /* whether it matches; of those in the map */

static void begin(void)
{
    srand(1);
    map = (struct match_map){.from = 0};
}

static void end(void)
{
    match_map_clear(&map, 0);
}

static void expect_wanted(void)
{
    uint64_t count = 0, before = map.to + 5;
    for (uint64_t seq = map.to; seq-- > map.from;) {
        if (!wanted[seq])
            continue;
        ck_assert_uint_eq(match_map_before(&map, before), seq);
        before = seq;
        count++;
    }
    ck_assert_uint_eq(match_map_before(&map, before), MATCH_MAP_NONE);
    ck_assert_uint_eq(map.count, count);
}

static bool is_match(unsigned one_in)
{
    return one_in > 0 && (unsigned)rand() % one_in == 0;
}

static void append(unsigned records, unsigned one_in)
{
    for (unsigned i = 0; i < records && map.to < RECORDS; i++) {
        wanted[map.to] = is_match(one_in);
        match_map_append(&map, wanted[map.to]);
    }
}

static void prepend(unsigned records)
{
    uint64_t seq = map.from > records ? map.from - records : 0;
    bool matches = is_match(2);
    if (seq == map.from)
        return;
    memset(wanted + seq, 0, map.from - seq);
    wanted[seq] = matches;
    match_map_prepend(&map, seq, matches);
    ck_assert_uint_eq(map.from, seq);
}

START_TEST(nothing_is_in_a_new_map)
{
    ck_assert_uint_eq(match_map_before(&map, UINT64_MAX), MATCH_MAP_NONE);
    match_map_clear(&map, 1000);
    ck_assert_uint_eq(map.from, 1000);
    ck_assert_uint_eq(map.to, 1000);
    ck_assert_uint_eq(match_map_before(&map, UINT64_MAX), MATCH_MAP_NONE);
}
END_TEST

START_TEST(matches_of_any_density_are_found)
{
    static const unsigned densities[] = {0, 1, 2, 64, 5000};
    for (size_t i = 0; i < sizeof(densities) / sizeof(densities[0]); i++) {
        match_map_clear(&map, 4000);
        append(20000, densities[i]);
        expect_wanted();
    }
}
END_TEST

START_TEST(a_map_grows_at_both_ends_and_shrinks_at_the_old_one)
{
    static const unsigned densities[] = {0, 1, 3, 1000};
    for (unsigned round = 0; round < 40; round++) {
        match_map_clear(&map, (uint64_t)(rand() % (RECORDS / 2)));
        for (unsigned i = 0; i < 12; i++) {
            switch (rand() % 4) {
            case 0:
                prepend((unsigned)rand() % 10000);
                break;
            case 1:
                match_map_drop(&map, map.from + (unsigned)rand() % 6000);
                break;
            default:
                append((unsigned)rand() % 5000, densities[rand() % 4]);
            }
            expect_wanted();
        }
    }
}
END_TEST

START_TEST(what_is_dropped_is_gone)
{
    match_map_clear(&map, 100);
    append(10000, 1);
    match_map_drop(&map, 50); /* nothing */
    ck_assert_uint_eq(map.from, 100);
    match_map_drop(&map, 5001);
    ck_assert_uint_eq(map.from, 5001);
    ck_assert_uint_eq(map.count, 10100 - 5001);
    match_map_prepend(&map, 4990, false); /* the bits of before are not seen again */
    ck_assert_uint_eq(match_map_before(&map, 5001), MATCH_MAP_NONE);
    match_map_drop(&map, 10100);
    ck_assert_uint_eq(map.to, 10100);
    ck_assert_uint_eq(map.count, 0);
    match_map_drop(&map, 20000);
    ck_assert_uint_eq(map.from, 20000);
    ck_assert_uint_eq(map.to, 20000);
}
END_TEST

START_TEST(only_what_is_older_is_prepended)
{
    match_map_clear(&map, 100);
    append(10, 1);
    match_map_prepend(&map, 105, true);
    ck_assert_uint_eq(map.from, 100);
    ck_assert_uint_eq(map.count, 10);
}
END_TEST

SUITE_WITH("match_map", begin, end, nothing_is_in_a_new_map, matches_of_any_density_are_found,
           a_map_grows_at_both_ends_and_shrinks_at_the_old_one, what_is_dropped_is_gone,
           only_what_is_older_is_prepended)

#include "boardd/state/ring_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/name_table.h"
#include "tests/unit/suite.h"

static struct ring_index *ring;

static void begin(void)
{
    ring = ring_index_new();
    ck_assert_ptr_nonnull(ring);
}

static void end(void)
{
    ring_index_free(ring);
}

static void add(uint64_t seq, const char *identity, const char *action, unsigned type,
                const char *id)
{
    struct event event = {
        .seq = seq,
        .time_ns = seq * 1000000000,
        .type = EVENT_MESSAGE,
        .direction = type == MESSAGE_CALL ? DIRECTION_IN : DIRECTION_OUT,
        .message_type = type,
        .identity = {identity, strlen(identity)},
        .action = {action, strlen(action)},
        .message_id = {id, strlen(id)},
    };
    ring_index_add(ring, &event);
}

/* Station n % 7, action n % 3. */
static void add_many(uint64_t first, uint64_t count)
{
    for (uint64_t n = first; n < first + count; n++) {
        char identity[32], action[32];
        snprintf(identity, sizeof(identity), "CP%d", (int)(n % 7));
        snprintf(action, sizeof(action), "Action%d", (int)(n % 3));
        add(n, identity, action, MESSAGE_CALL, "m");
    }
}

static struct index_filter any(void)
{
    return (struct index_filter){.until_ns = UINT64_MAX};
}

/* Walks and compares with what it must be: every record from newest to oldest for which `wanted`
 * holds. */
static void expect_walk(const struct index_filter *filter, uint64_t before,
                        unsigned station_modulus, unsigned action_modulus, uint64_t *steps)
{
    struct index_walk walk;
    uint64_t oldest, head;
    ring_index_bounds(ring, &oldest, &head);
    index_walk_begin(&walk, ring, filter, before);
    for (uint64_t n = before < head ? before : head; n-- > oldest;) {
        if ((station_modulus != 0 && n % 7 != 3) || (action_modulus != 0 && n % 3 != 1))
            continue;
        ck_assert_uint_eq(index_walk_next(&walk, steps), n);
    }
    ck_assert_uint_eq(index_walk_next(&walk, steps), RING_INDEX_NONE);
}

START_TEST(walks_find_each_match_once)
{
    uint64_t steps = UINT64_MAX;
    struct index_filter filter = any();
    add_many(5, 20000);
    expect_walk(&filter, UINT64_MAX, 0, 0, &steps);
    filter.identity = (struct text_span){"CP3", 3};
    expect_walk(&filter, UINT64_MAX, 7, 0, &steps);
    expect_walk(&filter, 10000, 7, 0, &steps);
    filter.action = (struct text_span){"Action1", 7};
    expect_walk(&filter, UINT64_MAX, 7, 3, &steps);
    filter.identity.length = 0;
    expect_walk(&filter, UINT64_MAX, 0, 3, &steps);
}
END_TEST

START_TEST(a_station_s_query_looks_at_its_records_alone)
{
    uint64_t steps = 100000;
    struct index_filter filter = any();
    add_many(0, 70000);
    add(70000, "rare", "Boot", MESSAGE_CALL, "x");
    add_many(70001, 70000);
    filter.identity = (struct text_span){"rare", 4};
    struct index_walk walk;
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 70000);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);
    ck_assert_uint_ge(steps, 100000 - 2);
}
END_TEST

/* Far from the newest record of a station with many, and of one with few. */
START_TEST(a_walk_may_begin_anywhere_on_a_chain)
{
    uint64_t steps = 200;
    struct index_filter filter = any();
    struct index_walk walk;
    add(0, "rare", "Boot", MESSAGE_CALL, "x");
    add_many(1, 70000);
    add(70001, "rare", "Boot", MESSAGE_CALL, "x");
    add_many(70002, 70000);
    filter.identity = (struct text_span){"CP3", 3};
    index_walk_begin(&walk, ring, &filter, 50000);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 49997);
    index_walk_move(&walk, 29997); /* which is of another station */
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 29991);
    filter.identity = (struct text_span){"rare", 4};
    index_walk_begin(&walk, ring, &filter, 70001);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 0);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);
    ck_assert_uint_gt(steps, 100);
}
END_TEST

/* However long the way to the chain is: the next page begins earlier than this one. */
START_TEST(a_walk_that_does_not_reach_its_chain_goes_on)
{
    struct index_filter filter = any();
    struct index_walk walk;
    add(0, "late", "Boot", MESSAGE_CALL, "x");
    add_many(1, 1000);
    for (uint64_t seq = 1001; seq < 2001; seq++)
        add(seq, "late", "Boot", MESSAGE_CALL, "x");
    filter.identity = (struct text_span){"late", 4};
    uint64_t before = 1001, found = RING_INDEX_NONE;
    for (unsigned pages = 0; pages < 20 && found == RING_INDEX_NONE; pages++) {
        uint64_t steps = 100;
        index_walk_begin(&walk, ring, &filter, before);
        found = index_walk_next(&walk, &steps);
        ck_assert_uint_lt(walk.at, before);
        before = walk.at;
    }
    ck_assert_uint_eq(found, 0);
    index_walk_begin(&walk, ring, &filter, 1001);
    do { /* the same walk, with more steps */
        uint64_t steps = 100;
        found = index_walk_next(&walk, &steps);
    } while (found == RING_INDEX_NONE && walk.at > 0);
    ck_assert_uint_eq(found, 0);
}
END_TEST

START_TEST(steps_bound_a_walk_and_it_can_go_on)
{
    uint64_t steps = 100;
    struct index_filter filter = any();
    add_many(0, 1000);
    filter.message_types = 1u << MESSAGE_CALLERROR; /* none */
    struct index_walk walk;
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);
    ck_assert_uint_eq(steps, 0);
    ck_assert_uint_eq(walk.at, 900); /* where the next page begins */
}
END_TEST

START_TEST(a_name_in_any_case_is_found_when_it_is_the_only_one)
{
    uint64_t steps = 10000;
    struct index_filter filter = any();
    add_many(0, 30000);
    filter.identity_any_case = (struct text_span){"cp3", 3};
    expect_walk(&filter, UINT64_MAX, 7, 0, &steps);
    filter.action_any_case = (struct text_span){"ACTION1", 7};
    expect_walk(&filter, UINT64_MAX, 7, 3, &steps);
    filter.action_any_case.length = 0;
    filter.identity_any_case = (struct text_span){"cp7", 3}; /* nobody */
    struct index_walk walk;
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);

    add(30000, "cp3", "Action1", MESSAGE_CALL, "m");
    filter.identity_any_case = (struct text_span){"CP3", 3};
    steps = UINT64_MAX;
    expect_walk(&filter, UINT64_MAX, 0, 0, &steps); /* whoever asks has to look at the names */
    const struct index_entry *entry = ring_index_entry(ring, 30000);
    struct text_span station = ring_index_station(ring, entry),
                     action = ring_index_action(ring, entry);
    ck_assert(station.length == 3 && memcmp(station.start, "cp3", 3) == 0);
    ck_assert(action.length == 7 && memcmp(action.start, "Action1", 7) == 0);
    add(30001, "", "", MESSAGE_CALL, "m");
    ck_assert_ptr_null(ring_index_station(ring, ring_index_entry(ring, 30001)).start);
    filter.identity = (struct text_span){"cp3", 3}; /* exact */
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 30000);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);
}
END_TEST

START_TEST(overwritten_records_are_forgotten_exactly)
{
    uint64_t steps = UINT64_MAX;
    struct index_filter filter = any();
    add_many(0, 30000);
    ring_index_drop(ring, 29990);
    expect_walk(&filter, UINT64_MAX, 0, 0, &steps);
    filter.identity = (struct text_span){"CP3", 3};
    expect_walk(&filter, UINT64_MAX, 7, 0, &steps);
    ck_assert_uint_eq(ring_index_count(ring, &filter), 2); /* 29991 and 29998 */
    ck_assert_ptr_null(ring_index_entry(ring, 29989));
    ck_assert_uint_le(ring_index_bytes(ring), 2 * 4096 * sizeof(struct index_entry) + 4096);
    ring_index_drop(ring, 30000);
    ck_assert_uint_eq(ring_index_count(ring, &filter), 0);
    add_many(30000, 100);
    expect_walk(&filter, UINT64_MAX, 7, 0, &steps);
}
END_TEST

START_TEST(a_gap_keeps_what_is_before_it)
{
    uint64_t steps = UINT64_MAX, oldest, head;
    struct index_filter filter = any();
    add_many(0, 100);
    add_many(500, 100);
    ring_index_bounds(ring, &oldest, &head);
    ck_assert_uint_eq(oldest, 0);
    ck_assert_uint_eq(head, 600);
    ck_assert_uint_eq(ring_index_count(ring, &filter), 200);
    struct index_walk walk;
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    for (uint64_t n = 600; n-- > 500;)
        ck_assert_uint_eq(index_walk_next(&walk, &steps), n);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), 99);
    ring_index_drop(ring, 300);
    ck_assert_uint_eq(ring_index_count(ring, &filter), 100);
}
END_TEST

START_TEST(a_long_gap_starts_anew)
{
    uint64_t oldest, head;
    add_many(0, 100);
    add_many(100000, 100);
    ring_index_bounds(ring, &oldest, &head);
    ck_assert_uint_eq(oldest, 100000);
    ck_assert_uint_eq(head, 100100);
}
END_TEST

START_TEST(times_limit_a_walk)
{
    uint64_t steps = UINT64_MAX;
    struct index_filter filter = any();
    struct index_walk walk;
    add_many(0, 1000);
    filter.since_ns = UINT64_C(500) * 1000000000;
    filter.until_ns = UINT64_C(503) * 1000000000;
    index_walk_begin(&walk, ring, &filter, UINT64_MAX);
    for (uint64_t n = 503; n-- > 500;)
        ck_assert_uint_eq(index_walk_next(&walk, &steps), n);
    ck_assert_uint_eq(index_walk_next(&walk, &steps), RING_INDEX_NONE);
    ck_assert_uint_ge(steps, UINT64_MAX - 20); /* it didn't look through all of it */
}
END_TEST

START_TEST(a_call_and_its_result_find_each_other)
{
    add(0, "A", "Boot", MESSAGE_CALL, "1");
    add(1, "B", "Boot", MESSAGE_CALL, "1"); /* the same id of another station */
    add(2, "A", "Boot", MESSAGE_CALLRESULT, "1");
    add(3, "B", "Boot", MESSAGE_CALLERROR, "1");
    add(4, "A", "Boot", MESSAGE_CALLRESULT, "1"); /* a second answer belongs to nobody */
    ck_assert_uint_eq(ring_index_pair(ring, 0), 2);
    ck_assert_uint_eq(ring_index_pair(ring, 2), 0);
    ck_assert_uint_eq(ring_index_pair(ring, 1), 3);
    ck_assert_uint_eq(ring_index_pair(ring, 3), 1);
    ck_assert_uint_eq(ring_index_pair(ring, 4), RING_INDEX_NONE);
    ring_index_drop(ring, 1);
    ck_assert_uint_eq(ring_index_pair(ring, 2), RING_INDEX_NONE);
}
END_TEST

START_TEST(names_come_and_go)
{
    struct name_table *table = name_table_new(100000);
    uint64_t previous;
    char name[32];
    for (uint64_t round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 3000; i++) {
            snprintf(name, sizeof(name), "round %d name %d", (int)round, (int)i);
            uint32_t number = name_table_add(table, name, strlen(name), i, &previous);
            ck_assert_uint_ne(number, 0);
            ck_assert_uint_eq(previous, UINT64_MAX);
            ck_assert_uint_le(number, 3000); /* numbers are used again */
        }
        ck_assert_uint_eq(name_table_count(table), 3000);
        for (uint64_t i = 0; i < 3000; i++) {
            snprintf(name, sizeof(name), "round %d name %d", (int)round, (int)i);
            name_table_remove(table, name_table_find(table, name, strlen(name)));
            ck_assert_uint_eq(name_table_find(table, name, strlen(name)), 0);
        }
    }
    name_table_free(table);
    table = name_table_new(2);
    ck_assert_uint_ne(name_table_add(table, "a", 1, 0, &previous), 0);
    ck_assert_uint_ne(name_table_add(table, "b", 1, 1, &previous), 0);
    ck_assert_uint_eq(name_table_add(table, "c", 1, 2, &previous), 0);
    ck_assert_uint_ne(name_table_add(table, "a", 1, 3, &previous), 0);
    ck_assert_uint_eq(previous, 0);
    name_table_free(table);
}
END_TEST

/* By walking. */
static uint64_t walked(const struct index_filter *filter)
{
    uint64_t steps = UINT64_MAX, count = 0;
    struct index_walk walk;
    index_walk_begin(&walk, ring, filter, UINT64_MAX);
    while (index_walk_next(&walk, &steps) != RING_INDEX_NONE)
        count++;
    return count;
}

static void expect_counts(void)
{
    static const char *const actions[] = {"", "Boot", "Heartbeat", "nothing"};
    for (unsigned types = 1; types < 1u << 7; types++) {
        for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
            struct index_filter filter = any();
            filter.message_types = types;
            filter.action_any_case = (struct text_span){actions[i], strlen(actions[i])};
            ck_assert_uint_eq(ring_index_count(ring, &filter), walked(&filter));
        }
    }
}

START_TEST(types_are_counted)
{
    static const char *const actions[] = {"Boot", "heartBeat", ""};
    for (uint64_t n = 0; n < 9000; n++)
        add(n, "CP", actions[n % 3], (enum message_type)(MESSAGE_CALL + n % 5), "m");
    expect_counts();
    ring_index_drop(ring, 4500);
    expect_counts();
    add(9700, "CP", "Boot", MESSAGE_CALL, "m"); /* after a gap */
    expect_counts();
    ring_index_drop(ring, 9600);
    expect_counts();
    ring_index_clear(ring, 5);
    expect_counts();
    add(5, "CP", "Boot", MESSAGE_SEND, "m");
    expect_counts();
    add(6, "CP", "boot", MESSAGE_SEND, "m"); /* several names: who counts has to look */
    struct index_filter filter = any();
    filter.message_types = 1u << MESSAGE_SEND;
    filter.action_any_case = (struct text_span){"Boot", 4};
    ck_assert_uint_eq(ring_index_count(ring, &filter), RING_INDEX_NONE);
    filter.action = (struct text_span){"Boot", 4};
    filter.action_any_case.length = 0;
    ck_assert_uint_eq(ring_index_count(ring, &filter), 1);
}
END_TEST

SUITE_WITH("ring_index", begin, end, walks_find_each_match_once,
           a_walk_may_begin_anywhere_on_a_chain, a_walk_that_does_not_reach_its_chain_goes_on,
           a_station_s_query_looks_at_its_records_alone, steps_bound_a_walk_and_it_can_go_on,
           a_name_in_any_case_is_found_when_it_is_the_only_one,
           overwritten_records_are_forgotten_exactly, a_gap_keeps_what_is_before_it,
           a_long_gap_starts_anew, times_limit_a_walk, a_call_and_its_result_find_each_other,
           names_come_and_go, types_are_counted)

#include "forward/position.h"

#include "tests/unit/suite.h"

#include "common/backoff.h"

#define CREATED UINT64_C(1790000000000000000)

static struct segment_bounds bounds(uint64_t created)
{
    struct segment_bounds segment = {.created = created};
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        segment.oldest[i] = 50;
        segment.head[i] = 100;
    }
    return segment;
}

static void set_all(struct position_id ids[COLLECTION_COUNT], uint64_t history, uint64_t seq)
{
    for (int i = 0; i < COLLECTION_COUNT; i++)
        ids[i] = (struct position_id){true, history, seq};
}

static struct stored_position stored_at(uint64_t history, uint64_t seq)
{
    struct stored_position stored = {.has_created = true, .created = CREATED, .history = history};
    set_all(stored.cursor, history, seq);
    return stored;
}

static void expect(const struct stored_position *stored, const struct segment_bounds *segment,
                   enum position_kind kind, uint64_t history, uint64_t next)
{
    struct position position;
    ck_assert_int_eq(position_resolve(stored, segment, &position), kind);
    ck_assert_uint_eq(position.history, history);
    for (int i = 0; i < COLLECTION_COUNT; i++)
        ck_assert_uint_eq(position.next[i], next);
}

START_TEST(test_a_gateway_that_the_store_does_not_know_begins_with_what_is_there)
{
    struct stored_position stored = {0};
    struct segment_bounds segment = bounds(CREATED);
    expect(&stored, &segment, POSITION_FIRST, CREATED, 50);
}
END_TEST

START_TEST(test_it_goes_on_after_the_cursor)
{
    struct stored_position stored = stored_at(CREATED, 79);
    struct segment_bounds segment = bounds(CREATED);
    expect(&stored, &segment, POSITION_SAME, CREATED, 80);
}
END_TEST

START_TEST(test_what_was_overwritten_meanwhile_is_asked_for_too)
{
    struct stored_position stored = stored_at(CREATED, 9);
    struct segment_bounds segment = bounds(CREATED);
    expect(&stored, &segment, POSITION_SAME, CREATED, 10); /* reading it tells how many are lost */
}
END_TEST

START_TEST(test_the_higher_of_cursor_and_stream_counts)
{
    struct stored_position stored = stored_at(CREATED, 79);
    struct segment_bounds segment = bounds(CREATED);
    set_all(stored.stream, CREATED, 85);
    expect(&stored, &segment, POSITION_SAME, CREATED, 86);
    set_all(stored.stream, CREATED, 60); /* trimmed streams and restored ones */
    expect(&stored, &segment, POSITION_SAME, CREATED, 80);
    set_all(stored.stream, CREATED - 5, 99); /* the last history's */
    expect(&stored, &segment, POSITION_SAME, CREATED, 80);
}
END_TEST

START_TEST(test_a_new_segment_begins_with_its_first_event)
{
    struct stored_position stored = stored_at(CREATED, 79);
    struct segment_bounds segment = bounds(CREATED + 7);
    expect(&stored, &segment, POSITION_NEW, CREATED + 7, 1);
}
END_TEST

START_TEST(test_a_new_segment_of_an_earlier_time_gets_a_larger_history)
{
    struct stored_position stored = stored_at(CREATED, 79);
    struct segment_bounds segment = bounds(CREATED - 7);
    expect(&stored, &segment, POSITION_NEW, CREATED + 1, 1);
    /* and keeps it */
    stored.created = CREATED - 7;
    stored.history = CREATED + 1;
    set_all(stored.cursor, CREATED + 1, 79);
    expect(&stored, &segment, POSITION_SAME, CREATED + 1, 80);
}
END_TEST

START_TEST(test_without_a_cursor_the_streams_tell)
{
    struct stored_position stored = {0};
    struct segment_bounds segment = bounds(CREATED);
    set_all(stored.stream, CREATED, 85);
    expect(&stored, &segment, POSITION_SAME, CREATED, 86);
}
END_TEST

START_TEST(test_later_histories_in_a_stream_force_a_new_one)
{
    struct stored_position stored = stored_at(CREATED, 79);
    struct segment_bounds segment = bounds(CREATED);
    stored.stream[3] = (struct position_id){true, CREATED + 100, 1};
    expect(&stored, &segment, POSITION_NEW, CREATED + 101, 1);
}
END_TEST

START_TEST(test_numbers_that_the_segment_never_gave_are_left_behind)
{
    struct stored_position stored = stored_at(CREATED, 120);
    struct segment_bounds segment = bounds(CREATED);
    expect(&stored, &segment, POSITION_AHEAD, CREATED + 1, 50);
}
END_TEST

START_TEST(test_an_empty_collection_that_was_seen_goes_on)
{
    struct stored_position stored = stored_at(CREATED, 0);
    struct segment_bounds segment = bounds(CREATED);
    for (int i = 0; i < COLLECTION_COUNT; i++)
        segment.oldest[i] = segment.head[i] = 1;
    expect(&stored, &segment, POSITION_SAME, CREATED, 1);
}
END_TEST

START_TEST(test_backoff_doubles_up_to_a_limit_with_jitter)
{
    struct backoff backoff = {0};
    uint32_t due = BACKOFF_FIRST_MS;
    for (int i = 0; i < 20; i++) {
        uint32_t ms = backoff_next(&backoff);
        ck_assert_uint_ge(ms, due * 3 / 4);
        ck_assert_uint_le(ms, due * 5 / 4 + 1);
        due = due * 2 < BACKOFF_LAST_MS ? due * 2 : BACKOFF_LAST_MS;
    }
    backoff_reset(&backoff);
    ck_assert_uint_le(backoff_next(&backoff), BACKOFF_FIRST_MS * 5 / 4 + 1);
}
END_TEST

SUITE("forward_position", test_a_gateway_that_the_store_does_not_know_begins_with_what_is_there,
      test_it_goes_on_after_the_cursor, test_what_was_overwritten_meanwhile_is_asked_for_too,
      test_the_higher_of_cursor_and_stream_counts, test_a_new_segment_begins_with_its_first_event,
      test_a_new_segment_of_an_earlier_time_gets_a_larger_history,
      test_without_a_cursor_the_streams_tell, test_later_histories_in_a_stream_force_a_new_one,
      test_numbers_that_the_segment_never_gave_are_left_behind,
      test_an_empty_collection_that_was_seen_goes_on,
      test_backoff_doubles_up_to_a_limit_with_jitter)

#include "shm/segment_memory.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

#define SIZE (8u << 20)

static const uint64_t first_numbers[COLLECTION_COUNT] = {1001, 1, 1, 1, 1, 77};

struct reading {
    enum ring_outcome outcome;
    uint64_t lost;
    struct event event;
    char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));
};

static struct segment_memory *make(void)
{
    struct segment_memory *memory = segment_memory_new(SIZE, 4, 4242, first_numbers);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

static void publish(struct segment_memory *memory, const char *text)
{
    struct event event = {
        .time_ns = 5,
        .type = EVENT_MESSAGE,
        .station_slot = EVENT_NO_STATION,
        .latency_us = EVENT_NO_LATENCY,
        .payload = {text, strlen(text)},
    };
    segment_memory_publish(memory, &event);
}

static void read_next(const struct segment_memory *memory, uint64_t *next, struct reading *reading)
{
    reading->outcome = segment_memory_next(memory, COLLECTION_MESSAGES, next, &reading->lost,
                                           reading->buffer, &reading->event);
}

START_TEST(numbers_are_those_of_the_origin)
{
    struct segment_memory *memory = make();
    struct segment_info info;
    struct reading reading;
    uint64_t next = 1001;
    publish(memory, "[2]");
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_MORE);
    ck_assert_uint_eq(reading.event.seq, 1001);
    ck_assert_mem_eq(reading.event.payload.start, "[2]", 3);
    ck_assert_uint_eq(segment_memory_head(memory, COLLECTION_MESSAGES), 1002);
    ck_assert_uint_eq(segment_memory_head(memory, COLLECTION_LOG), 77);
    segment_reader_info(segment_memory_reader(memory), &info);
    ck_assert_uint_eq(info.created_ns, 4242);
    segment_memory_free(memory);
}
END_TEST

START_TEST(a_gap_is_told_once_and_exactly)
{
    struct segment_memory *memory = make();
    struct reading reading;
    uint64_t next = 1001;
    publish(memory, "before");
    ck_assert(segment_memory_skip(memory, COLLECTION_MESSAGES, 1502, true));
    publish(memory, "after");
    read_next(memory, &next, &reading);
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_LAPPED);
    ck_assert_uint_eq(reading.lost, 500);
    ck_assert_uint_eq(next, 1502);
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_MORE);
    ck_assert_uint_eq(reading.event.seq, 1502);
    ck_assert_mem_eq(reading.event.payload.start, "after", 5);
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_END);
    segment_memory_free(memory);
}
END_TEST

START_TEST(who_enters_a_gap_in_its_middle_gets_the_rest)
{
    struct segment_memory *memory = make();
    struct reading reading;
    uint64_t next = 1200;
    publish(memory, "before");
    segment_memory_skip(memory, COLLECTION_MESSAGES, 1502, true);
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_LAPPED);
    ck_assert_uint_eq(reading.lost, 302);
    for (uint64_t seq = 1002; seq < 1502; seq++)
        ck_assert_int_eq(
            segment_memory_read(memory, COLLECTION_MESSAGES, seq, reading.buffer, &reading.event),
            RING_LAPPED);
    ck_assert_int_eq(
        segment_memory_read(memory, COLLECTION_MESSAGES, 1001, reading.buffer, &reading.event),
        RING_MORE);
    segment_memory_free(memory);
}
END_TEST

static void check_gap(uint64_t length, bool is_loss)
{
    struct segment_memory *memory = make();
    struct reading reading;
    uint64_t next = 1001, lost = 0;
    publish(memory, "before");
    segment_memory_skip(memory, COLLECTION_MESSAGES, 1002 + length, is_loss);
    publish(memory, "after");
    read_next(memory, &next, &reading);
    if (reading.outcome == RING_LAPPED) /* the long gap has pushed it out */
        lost += reading.lost;
    do {
        read_next(memory, &next, &reading);
        lost += reading.lost;
    } while (reading.outcome == RING_LAPPED);
    ck_assert_int_eq(reading.outcome, RING_MORE);
    ck_assert_uint_eq(reading.event.seq, 1002 + length);
    if (is_loss)
        ck_assert_uint_ge(lost, length);
    else
        ck_assert_uint_le(lost, 1);
    segment_memory_free(memory);
}

START_TEST(gaps_of_any_length)
{
    static const uint64_t lengths[] = {1, 2, 100, 32767, 32768, 32769, 1000000, UINT64_C(1) << 40};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        check_gap(lengths[i], true);
        check_gap(lengths[i], false);
    }
}
END_TEST

START_TEST(what_was_never_ours_is_no_loss)
{
    struct segment_memory *memory = make();
    struct reading reading;
    uint64_t next = 1001;
    segment_memory_skip(memory, COLLECTION_MESSAGES, 2000, false);
    publish(memory, "x");
    read_next(memory, &next, &reading);
    ck_assert_int_eq(reading.outcome, RING_LAPPED);
    ck_assert_uint_eq(reading.lost, 0);
    ck_assert_uint_eq(next, 2000);
    segment_memory_free(memory);
}
END_TEST

START_TEST(numbers_never_go_back)
{
    struct segment_memory *memory = make();
    ck_assert(!segment_memory_skip(memory, COLLECTION_MESSAGES, 1001, true));
    ck_assert(!segment_memory_skip(memory, COLLECTION_MESSAGES, 5, true));
    ck_assert(!segment_memory_skip(memory, COLLECTION_MESSAGES, UINT64_MAX, true));
    ck_assert_uint_eq(segment_memory_head(memory, COLLECTION_MESSAGES), 1001);
    segment_memory_free(memory);
}
END_TEST

static struct station_record station(const char *identity, enum station_status status)
{
    struct station_record record = {
        .address = "192.0.2.1:4000",
        .connected_ns = 10,
        .disconnected_ns = status == STATION_ONLINE ? 0 : 20,
        .connection = 9,
        .protocol = OCPP_201,
        .status = status,
        .security_profile = 1,
        .boot_status = BOOT_PENDING,
        .close_code = 1001,
        .close_reason = "bye",
        .connects = 7,
        .counters = {1, 2, 3, 4, 5, 6, 7, 8},
    };
    snprintf(record.identity, sizeof(record.identity), "%s", identity);
    return record;
}

START_TEST(a_station_is_kept_as_it_came)
{
    struct segment_memory *memory = make();
    struct station_record wanted = station("CP1", STATION_OFFLINE), found;
    ck_assert(segment_memory_put_station(memory, &wanted));
    ck_assert(segment_memory_put_station(memory, &wanted));
    ck_assert(segment_reader_station(segment_memory_reader(memory), 0, &found));
    ck_assert_str_eq(found.identity, "CP1");
    ck_assert_str_eq(found.close_reason, "bye");
    ck_assert_uint_eq(found.connects, 7);
    ck_assert_uint_eq(found.disconnected_ns, 20);
    ck_assert_int_eq(found.boot_status, BOOT_PENDING);
    ck_assert_mem_eq(&found.counters, &wanted.counters, sizeof(found.counters));
    ck_assert(!segment_reader_station(segment_memory_reader(memory), 1, &found));
    segment_memory_free(memory);
}
END_TEST

START_TEST(the_table_is_bounded)
{
    struct segment_memory *memory = make();
    char identity[16];
    for (unsigned i = 0; i < 4; i++) {
        snprintf(identity, sizeof(identity), "CP%u", i);
        struct station_record record = station(identity, STATION_ONLINE);
        ck_assert(segment_memory_put_station(memory, &record));
    }
    struct station_record fifth = station("CP5", STATION_ONLINE);
    ck_assert(!segment_memory_put_station(memory, &fifth));
    segment_memory_drop_station(memory, "CP2");
    segment_memory_drop_station(memory, "nobody");
    ck_assert(segment_memory_put_station(memory, &fifth));
    segment_memory_free(memory);
}
END_TEST

START_TEST(histograms_and_counters)
{
    struct segment_memory *memory = make();
    struct histogram wanted = {.action = "Heartbeat", .count = 3, .sum_us = 9, .buckets = {1, 2}};
    struct histogram found;
    segment_memory_put_histogram(memory, &wanted);
    segment_memory_put_histogram(memory, &wanted);
    ck_assert(segment_reader_histogram(segment_memory_reader(memory), 0, &found));
    ck_assert_mem_eq(&found, &wanted, sizeof(found));
    ck_assert(!segment_reader_histogram(segment_memory_reader(memory), 1, &found));
    segment_writer_set(segment_memory_writer(memory), COUNTER_messages_in_total, 12);
    ck_assert_uint_eq(
        segment_reader_counter(segment_memory_reader(memory), COUNTER_messages_in_total), 12);
    segment_memory_free(memory);
}
END_TEST

START_TEST(the_newest_stay)
{
    static const char text[8000];
    struct segment_memory *memory = make();
    struct reading reading;
    uint64_t next = 1001, lost = 0, seen = 0;
    struct event event = {.type = EVENT_MESSAGE, .payload = {text, sizeof(text)}};
    for (unsigned i = 0; i < 2000; i++)
        segment_memory_publish(memory, &event);
    do {
        read_next(memory, &next, &reading);
        lost += reading.lost;
        seen += reading.outcome == RING_MORE;
    } while (reading.outcome != RING_END);
    ck_assert_uint_eq(lost + seen, 2000);
    ck_assert_uint_gt(seen, 400);
    ck_assert_uint_eq(reading.event.seq, 3000);
    segment_memory_free(memory);
}
END_TEST

SUITE("segment_memory", numbers_are_those_of_the_origin, a_gap_is_told_once_and_exactly,
      who_enters_a_gap_in_its_middle_gets_the_rest, gaps_of_any_length,
      what_was_never_ours_is_no_loss, numbers_never_go_back, a_station_is_kept_as_it_came,
      the_table_is_bounded, histograms_and_counters, the_newest_stay)

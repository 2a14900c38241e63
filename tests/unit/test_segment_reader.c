#include "shm/segment_reader.h"

#include "tests/unit/suite.h"
#include "tests/unit/segment_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static void expect_open_fails(struct fixture *fixture, long owner, const char *part)
{
    struct segment_reader *reader =
        segment_reader_open(fixture->dir, "unit", owner, fixture->error, sizeof fixture->error);
    ck_assert_ptr_null(reader);
    ck_assert_msg(strstr(fixture->error, part) != NULL, "\"%s\" lacks \"%s\"", fixture->error,
                  part);
    ck_assert_msg(strstr(fixture->error, "ocpp-board.unit") != NULL, "%s", fixture->error);
}

/* A closed segment with bytes changed, as a reader finds it. */
static void expect_refusal(off_t offset, const void *bytes, size_t size, const char *part)
{
    struct fixture fixture;
    fixture_open(&fixture);
    segment_writer_close(fixture_writer(&fixture), 1);
    int fd = open(fixture.path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, size, offset), (int)size);
    close(fd);
    expect_open_fails(&fixture, -1, part);
    fixture_close(&fixture);
}

START_TEST(foreign_formats_are_refused_and_named)
{
    expect_refusal(0, "PNG", 3, "not a segment of ocpp-board");
    expect_refusal(8, "\x02\x00", 2, "format is version 2.0 (written by ocpp-board 0.0.0-test)");
    expect_refusal(12, "\x01\x02\x03\x04", 4, "other byte order");
    expect_refusal(24, "\x55", 1, "its layout is");
    expect_refusal(16, "\x55", 1, "cut short or grown");
    expect_refusal(68, "\xff\xff", 2, "regions");
    expect_refusal(256 + 64 + 24, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "region 1 is damaged");
    /* the count of the region behind counters, labels, rings and station table */
    expect_refusal(256 + 64 * (3 + COLLECTION_COUNT) + 40, "\x0f", 1,
                   "it has 16 station slots but 15 closings");
}
END_TEST

START_TEST(a_cut_file_is_refused)
{
    struct fixture fixture;
    struct stat file;
    fixture_open(&fixture);
    segment_writer_close(fixture_writer(&fixture), 1);
    ck_assert_int_eq(stat(fixture.path, &file), 0);
    ck_assert_int_eq(truncate(fixture.path, file.st_size - 4096), 0);
    expect_open_fails(&fixture, -1, "cut short");
    ck_assert_int_eq(truncate(fixture.path, 100), 0);
    expect_open_fails(&fixture, -1, "cut short: 100 bytes");
    fixture_close(&fixture);
}
END_TEST

START_TEST(files_that_others_could_have_written_are_refused)
{
    struct fixture fixture;
    fixture_open(&fixture);
    expect_open_fails(&fixture, -1, "is the gateway running");
    segment_writer_close(fixture_writer(&fixture), 1);
    ck_assert_int_eq(chmod(fixture.path, 0660), 0);
    expect_open_fails(&fixture, -1, "mode 660");
    ck_assert_int_eq(chmod(fixture.path, 0642), 0);
    expect_open_fails(&fixture, -1, "mode 642");
    ck_assert_int_eq(unlink(fixture.path), 0);
    ck_assert_int_eq(symlink("/etc/passwd", fixture.path), 0);
    expect_open_fails(&fixture, -1, "symbolic links");
    ck_assert_int_eq(unlink(fixture.path), 0);
    ck_assert_int_eq(mkfifo(fixture.path, 0600), 0);
    expect_open_fails(&fixture, -1, "regular file");
    fixture_close(&fixture);
}
END_TEST

START_TEST(a_stranger_s_file_is_refused)
{
    struct fixture fixture;
    if (geteuid() != 0)
        return; /* giving a file away takes root */
    fixture_open(&fixture);
    segment_writer_close(fixture_writer(&fixture), 1);
    ck_assert_int_eq(chown(fixture.path, 12345, (gid_t)-1), 0);
    expect_open_fails(&fixture, 54321, "belongs to user 12345");
    struct segment_reader *reader =
        segment_reader_open(fixture.dir, "unit", 12345, fixture.error, sizeof fixture.error);
    ck_assert_msg(reader != NULL, "%s", fixture.error);
    segment_reader_close(reader);
    segment_reader_close(fixture_reader(&fixture)); /* -1: anyone */
    fixture_close(&fixture);
}
END_TEST

START_TEST(names_stay_in_the_directory)
{
    char error[256];
    ck_assert_ptr_null(segment_reader_open("/dev/shm", "../etc", -1, error, sizeof error));
    ck_assert_ptr_nonnull(strstr(error, "shm.instance takes"));
    ck_assert_ptr_null(segment_reader_open("/dev/shm", "", -1, error, sizeof error));
    ck_assert_ptr_null(segment_reader_open("/dev/shm", "a123456789b123456789c123456789d1", -1,
                                           error, sizeof error));
}
END_TEST

START_TEST(records_come_in_order_and_then_the_end)
{
    struct fixture fixture;
    struct event event;
    uint64_t next = 1, lost;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_uint_eq(fixture_publish(writer, i, (char)('a' + i)), i + 1);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert_int_eq(
            segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
            RING_MORE);
        ck_assert_uint_eq(event.seq, i + 1);
        ck_assert_uint_eq(event.payload.length, i);
        for (size_t k = 0; k < i; k++)
            ck_assert_int_eq(event.payload.start[k], (char)('a' + i));
    }
    ck_assert_int_eq(
        segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
        RING_END);
    ck_assert_int_eq(
        segment_reader_next(reader, COLLECTION_LOG, &next, &lost, fixture.buffer, &event),
        RING_END);
    ck_assert_int_eq(
        segment_reader_next(reader, (enum collection)99, &next, &lost, fixture.buffer, &event),
        RING_END);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

/* Publishes `count` records of `length` bytes of payload and checks what a reader that stood at 1
 * is told. */
static void expect_exact_loss(unsigned count, size_t length)
{
    struct fixture fixture;
    struct event event;
    uint64_t next = 1, lost, oldest, head, read = 0, total_lost = 0;
    enum ring_outcome outcome;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    for (unsigned i = 0; i < count; i++)
        fixture_publish(writer, length, 'x');
    segment_reader_bounds(reader, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(head, count + 1);
    ck_assert_int_eq(
        segment_reader_read(reader, COLLECTION_MESSAGES, oldest, fixture.buffer, &event),
        RING_MORE);
    if (oldest > 1)
        ck_assert_int_eq(
            segment_reader_read(reader, COLLECTION_MESSAGES, oldest - 1, fixture.buffer, &event),
            RING_LAPPED);
    while ((outcome = segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, fixture.buffer,
                                          &event)) != RING_END) {
        ck_assert(outcome == RING_MORE || outcome == RING_LAPPED);
        total_lost += lost;
        read += outcome == RING_MORE;
        if (outcome == RING_LAPPED)
            ck_assert_uint_ge(next, oldest);
    }
    ck_assert_uint_eq(read + total_lost, count);
    ck_assert_int_eq(total_lost > 0, oldest > 1);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}

START_TEST(losses_are_counted_exactly)
{
    expect_exact_loss(100, 10);
    expect_exact_loss(509, 0); /* 512 index slots: the most that can be read is 511 */
    expect_exact_loss(512, 0);
    expect_exact_loss(513, 0);
    expect_exact_loss(5000, 0);
    expect_exact_loss(1000, 1000);
    expect_exact_loss(1000, 8000);
    expect_exact_loss(100, 100000);
}
END_TEST

START_TEST(an_oversize_payload_is_cut_and_flagged)
{
    struct fixture fixture;
    struct event event;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    fixture_publish(writer, 8192 - 32 - 48, 'f');
    fixture_publish(writer, 8192 - 32 - 48 + 1, 'g');
    ck_assert_int_eq(segment_reader_read(reader, COLLECTION_MESSAGES, 1, fixture.buffer, &event),
                     RING_MORE);
    ck_assert(!event.truncated);
    ck_assert_int_eq(segment_reader_read(reader, COLLECTION_MESSAGES, 2, fixture.buffer, &event),
                     RING_MORE);
    ck_assert(event.truncated);
    ck_assert_uint_eq(event.payload.length, 8192 - 32 - 48);
    ck_assert_uint_eq(event.payload_length, 8192 - 32 - 48 + 1);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(the_fill_grows_to_the_capacity)
{
    struct fixture fixture;
    uint64_t used, capacity;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    segment_reader_fill(reader, COLLECTION_MESSAGES, &used, &capacity);
    ck_assert_uint_eq(used, 0);
    ck_assert_uint_eq(capacity, 65536);
    fixture_publish(writer, 16, 'f');
    segment_reader_fill(reader, COLLECTION_MESSAGES, &used, &capacity);
    ck_assert_uint_eq(used, 32 + 48 + 16);
    for (unsigned i = 0; i < 1000; i++)
        fixture_publish(writer, 1000, 'f');
    segment_reader_fill(reader, COLLECTION_MESSAGES, &used, &capacity);
    ck_assert_uint_gt(used, 63000);
    ck_assert_uint_le(used, 65536);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(a_flood_in_one_collection_leaves_the_others)
{
    struct fixture fixture;
    struct event event;
    uint64_t oldest, head;
    static const enum event_type kinds[] = {EVENT_CONNECTED, EVENT_AUTH_FAILED, EVENT_BAD_MESSAGE,
                                            EVENT_STARTUP, EVENT_LOG_LINE};
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    for (unsigned i = 0; i < 500; i++)
        segment_writer_publish(writer, &(struct event){.type = kinds[i % 5]});
    for (unsigned i = 0; i < 1000000; i++)
        fixture_publish(writer, 100, 'f');
    for (unsigned i = 0; i < 5; i++) {
        enum collection collection = (enum collection)event_collection(kinds[i]);
        segment_reader_bounds(reader, collection, &oldest, &head);
        ck_assert_uint_eq(oldest, 1);
        ck_assert_uint_eq(head, 101);
        for (uint64_t seq = 1; seq < head; seq++) {
            ck_assert_int_eq(segment_reader_read(reader, collection, seq, fixture.buffer, &event),
                             RING_MORE);
            ck_assert_int_eq(event.type, kinds[i]);
        }
    }
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(health_tells_live_hung_down_and_replaced)
{
    struct fixture fixture;
    const uint64_t second = 1000000000;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    segment_writer_heartbeat(writer, 100 * second);
    ck_assert_int_eq(segment_reader_health(reader, 101 * second), SEGMENT_LIVE);
    ck_assert_int_eq(segment_reader_health(reader, 99 * second), SEGMENT_LIVE);
    ck_assert_int_eq(segment_reader_health(reader, 104 * second), SEGMENT_HUNG);
    segment_writer_close(writer, 1);
    ck_assert_int_eq(segment_reader_health(reader, 101 * second), SEGMENT_DOWN);
    fixture.options.stations = 32;
    writer = fixture_writer(&fixture);
    ck_assert(!segment_writer_adopted(writer));
    ck_assert_int_eq(segment_reader_health(reader, 101 * second), SEGMENT_REPLACED);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(info_tells_who_writes)
{
    struct fixture fixture;
    struct segment_info info;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    segment_reader_info(reader, &info);
    ck_assert_str_eq(info.instance, "unit");
    ck_assert_str_eq(info.build_id, "ocpp-board 0.0.0-test");
    ck_assert_uint_eq(info.pid, (unsigned)getpid());
    ck_assert_uint_eq(info.generation, 1);
    ck_assert_uint_eq(info.stations, 16);
    ck_assert_uint_eq(info.total_size, segment_writer_size(writer));
    ck_assert_uint_gt(info.created_ns, 0);
    ck_assert_uint_ge(info.started_ns, info.created_ns);
    ck_assert_uint_ge(info.heartbeat_ns, info.started_mono_ns);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(counters_and_histograms_reach_the_reader)
{
    struct fixture fixture;
    struct histogram histogram;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    segment_writer_add(writer, COUNTER_messages_in_total, 5);
    segment_writer_add(writer, COUNTER_messages_in_total, 2);
    segment_writer_set(writer, COUNTER_rss_bytes, 99);
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_messages_in_total), 7);
    ck_assert_uint_eq(segment_writer_get(writer, COUNTER_messages_in_total), 7);
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_rss_bytes), 99);
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_starts_total), 1);
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_COUNT), 0);
    ck_assert(!segment_reader_histogram(reader, 0, &histogram));
    unsigned boot = segment_writer_histogram(writer, "BootNotification");
    unsigned beat = segment_writer_histogram(writer, "Heartbeat");
    ck_assert_uint_ne(boot, beat);
    ck_assert_uint_eq(segment_writer_histogram(writer, "BootNotification"), boot);
    segment_writer_latency(writer, beat, 100);
    segment_writer_latency(writer, beat, 300);
    ck_assert(segment_reader_histogram(reader, beat, &histogram));
    ck_assert_str_eq(histogram.action, "Heartbeat");
    ck_assert_uint_eq(histogram.count, 2);
    ck_assert_uint_eq(histogram.sum_us, 400);
    ck_assert_uint_eq(histogram.buckets[histogram_bucket(300)], 1);
    ck_assert(!segment_reader_histogram(reader, 2, &histogram));
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(actions_beyond_the_histograms_go_into_one)
{
    struct fixture fixture;
    struct histogram histogram;
    char name[80];
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    for (unsigned i = 0; i < 127; i++) {
        snprintf(name, sizeof name, "%048u", i);
        ck_assert_uint_eq(segment_writer_histogram(writer, name), i);
    }
    ck_assert_uint_eq(segment_writer_histogram(writer, "OneMore"), 127);
    ck_assert_uint_eq(segment_writer_histogram(writer, "Another"), 127);
    ck_assert(segment_reader_histogram(reader, 126, &histogram));
    ck_assert_str_eq(histogram.action, name);
    ck_assert(segment_reader_histogram(reader, 127, &histogram));
    ck_assert_str_eq(histogram.action, "other");
    ck_assert(!segment_reader_histogram(reader, 128, &histogram));
    segment_writer_latency(writer, 128, 1); /* no such histogram: nothing happens */
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

SUITE("segment_reader", foreign_formats_are_refused_and_named, a_cut_file_is_refused,
      files_that_others_could_have_written_are_refused, a_stranger_s_file_is_refused,
      names_stay_in_the_directory, records_come_in_order_and_then_the_end,
      losses_are_counted_exactly, an_oversize_payload_is_cut_and_flagged,
      the_fill_grows_to_the_capacity, a_flood_in_one_collection_leaves_the_others,
      health_tells_live_hung_down_and_replaced, info_tells_who_writes,
      counters_and_histograms_reach_the_reader, actions_beyond_the_histograms_go_into_one)

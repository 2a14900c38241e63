#include "shm/segment_writer.h"

#include "tests/unit/suite.h"
#include "tests/unit/segment_fixture.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void online(struct segment_writer *writer, const char *identity, uint64_t time_ns)
{
    struct station_record record = {
        .address = "192.0.2.1:40000",
        .connected_ns = time_ns,
        .connection = segment_writer_next_connection(writer),
        .protocol = OCPP_16,
        .status = STATION_ONLINE,
    };
    uint32_t slot = segment_writer_claim(writer, identity);
    ck_assert_uint_ne(slot, EVENT_NO_STATION);
    segment_writer_station_online(writer, slot, &record);
}

static void offline(struct segment_writer *writer, const char *identity, uint64_t time_ns)
{
    segment_writer_station_offline(writer, segment_writer_find(writer, identity), STATION_OFFLINE,
                                   time_ns, 1000, (struct text_span){"bye", 3});
}

START_TEST(the_files_are_ours_alone)
{
    struct fixture fixture;
    struct stat file;
    char path[200];
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    ck_assert_int_eq(stat(fixture.path, &file), 0);
    ck_assert_uint_eq(file.st_mode & 07777, 0640);
    ck_assert_uint_eq((uint64_t)file.st_size, segment_writer_size(writer));
    ck_assert_uint_ge((uint64_t)file.st_blocks * 512, segment_writer_size(writer));
    snprintf(path, sizeof path, "%s.lock", fixture.path);
    ck_assert_int_eq(stat(path, &file), 0);
    ck_assert_uint_eq(file.st_mode & 07777, 0600);
    snprintf(path, sizeof path, "%s.new", fixture.path);
    ck_assert_int_ne(stat(path, &file), 0);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(a_second_gateway_is_told_the_pid_of_the_first)
{
    struct fixture fixture;
    char wanted[64];
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    ck_assert_ptr_null(segment_writer_open(&fixture.options, fixture.error, sizeof fixture.error));
    snprintf(wanted, sizeof wanted, "(pid %ld) runs on instance \"unit\"", (long)getpid());
    ck_assert_msg(strstr(fixture.error, wanted) != NULL, "%s", fixture.error);
    segment_writer_close(writer, 1);
    segment_writer_close(fixture_writer(&fixture), 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(bad_options_are_named)
{
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.options.group = "no-such-group-here";
    ck_assert_ptr_null(segment_writer_open(&fixture.options, fixture.error, sizeof fixture.error));
    ck_assert_ptr_nonnull(strstr(fixture.error, "shm.group: there is no group"));
    fixture.options.group = "";
    fixture.options.dir = "/nonexistent";
    ck_assert_ptr_null(segment_writer_open(&fixture.options, fixture.error, sizeof fixture.error));
    ck_assert_ptr_nonnull(strstr(fixture.error, "/nonexistent/ocpp-board.unit.lock"));
    fixture_close(&fixture);
}
END_TEST

START_TEST(a_restart_keeps_history_and_sequence)
{
    struct fixture fixture;
    struct event event;
    struct segment_info before, after;
    uint64_t oldest, head;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    segment_reader_info(reader, &before);
    for (unsigned i = 0; i < 10; i++)
        fixture_publish(writer, i, 'x');
    segment_writer_add(writer, COUNTER_messages_in_total, 10);
    ck_assert_uint_eq(segment_writer_next_connection(writer), 1);
    segment_writer_close(writer, 1);
    fixture.options.build_id = "ocpp-board 0.0.1-test";
    writer = fixture_writer(&fixture);
    ck_assert(segment_writer_adopted(writer));
    ck_assert_str_eq(segment_writer_origin(writer), "history adopted");
    ck_assert_uint_eq(segment_writer_generation(writer), 2);
    ck_assert_uint_eq(segment_writer_next_connection(writer), 2);
    ck_assert_uint_eq(fixture_publish(writer, 10, 'x'), 11);
    segment_reader_info(reader, &after);
    ck_assert_uint_eq(after.generation, 2);
    ck_assert_uint_eq(after.created_ns, before.created_ns);
    ck_assert_str_eq(after.build_id, "ocpp-board 0.0.1-test");
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_messages_in_total), 10);
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_starts_total), 2);
    segment_reader_bounds(reader, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(oldest, 1);
    ck_assert_uint_eq(head, 12);
    for (uint64_t seq = 1; seq < head; seq++) {
        ck_assert_int_eq(
            segment_reader_read(reader, COLLECTION_MESSAGES, seq, fixture.buffer, &event),
            RING_MORE);
        ck_assert_uint_eq(event.payload.length, seq - 1);
    }
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(other_sizes_make_a_new_segment_that_goes_on_counting)
{
    struct fixture fixture;
    struct event event;
    struct segment_info before, after;
    uint64_t next = 3, lost;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *old = fixture_reader(&fixture);
    for (unsigned i = 0; i < 5; i++)
        fixture_publish(writer, 1, 'x');
    segment_writer_next_connection(writer);
    segment_writer_close(writer, 1);
    fixture.options.ring_size[COLLECTION_LOG] = 100000;
    writer = fixture_writer(&fixture);
    ck_assert(!segment_writer_adopted(writer));
    ck_assert_ptr_nonnull(strstr(segment_writer_origin(writer), "the sizes have changed"));
    ck_assert_uint_eq(segment_writer_next_connection(writer), 2);
    ck_assert_uint_eq(fixture_publish(writer, 1, 'y'), 6);

    /* who still reads the old one gets all of it, and then is told to go on with the new one */
    for (unsigned i = 3; i <= 5; i++)
        ck_assert_int_eq(
            segment_reader_next(old, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
            RING_MORE);
    ck_assert_int_eq(
        segment_reader_next(old, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
        RING_SUPERSEDED);
    struct segment_reader *reader = fixture_reader(&fixture);
    ck_assert_int_eq(
        segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
        RING_MORE);
    ck_assert_uint_eq(event.seq, 6);

    /* and who comes from further back is told exactly what the new one does not have */
    next = 2;
    ck_assert_int_eq(
        segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, fixture.buffer, &event),
        RING_LAPPED);
    ck_assert_uint_eq(lost, 4);
    segment_reader_info(old, &before);
    segment_reader_info(reader, &after);
    ck_assert_uint_eq(before.created_ns, after.created_ns);
    ck_assert_uint_eq(after.generation, 2);
    segment_reader_close(old);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(stations_keep_their_slot)
{
    struct fixture fixture;
    struct station_record record;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    ck_assert_uint_eq(segment_writer_find(writer, "CS-1"), EVENT_NO_STATION);
    online(writer, "CS-1", 1000);
    uint32_t slot = segment_writer_find(writer, "CS-1");
    segment_writer_station_boot(writer, slot, BOOT_PENDING);
    segment_writer_station_message(writer, slot, DIRECTION_IN, 100, 1100);
    segment_writer_station_message(writer, slot, DIRECTION_OUT, 10, 1200);
    segment_writer_station_error(writer, slot);
    segment_writer_station_latency(writer, slot, 33);
    ck_assert_int_eq(segment_writer_boot_status(writer, slot), BOOT_PENDING);
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_str_eq(record.identity, "CS-1");
    ck_assert_str_eq(record.address, "192.0.2.1:40000");
    ck_assert_int_eq(record.status, STATION_ONLINE);
    ck_assert_int_eq(record.boot_status, BOOT_PENDING);
    ck_assert_uint_eq(record.connects, 1);
    ck_assert_uint_eq(record.counters.messages_in, 1);
    ck_assert_uint_eq(record.counters.bytes_in, 100);
    ck_assert_uint_eq(record.counters.messages_out, 1);
    ck_assert_uint_eq(record.counters.bytes_out, 10);
    ck_assert_uint_eq(record.counters.last_message_ns, 1200);
    ck_assert_uint_eq(record.counters.errors, 1);
    ck_assert_uint_eq(record.counters.latency_us_sum, 33);
    ck_assert_uint_eq(record.counters.latency_count, 1);
    offline(writer, "CS-1", 2000);
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_int_eq(record.status, STATION_OFFLINE);
    ck_assert_uint_eq(record.disconnected_ns, 2000);
    ck_assert_uint_eq(record.close_code, 1000);
    ck_assert_str_eq(record.close_reason, "bye");
    online(writer, "CS-1", 3000);
    ck_assert_uint_eq(segment_writer_find(writer, "CS-1"), slot);
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_uint_eq(record.connects, 2);
    ck_assert_uint_eq(record.disconnected_ns, 0);
    ck_assert_uint_eq(record.counters.messages_in, 1);
    ck_assert_str_eq(record.close_reason, "");
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(who_has_been_offline_for_longest_makes_room)
{
    struct fixture fixture;
    struct station_record record;
    char identity[16];
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    for (unsigned i = 0; i < 16; i++) {
        snprintf(identity, sizeof identity, "CS-%u", i);
        online(writer, identity, i + 1);
    }
    ck_assert_uint_eq(segment_writer_claim(writer, "CS-new"), EVENT_NO_STATION);
    uint32_t slot = segment_writer_find(writer, "CS-7");
    segment_writer_station_message(writer, slot, DIRECTION_IN, 100, 1100);
    offline(writer, "CS-7", 100);
    offline(writer, "CS-3", 200);
    offline(writer, "CS-5", 300);
    ck_assert_uint_eq(segment_writer_claim(writer, "CS-new"), slot);
    ck_assert_uint_eq(segment_writer_find(writer, "CS-7"), EVENT_NO_STATION);
    ck_assert_uint_eq(segment_writer_find(writer, "CS-new"), slot);
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_str_eq(record.identity, "CS-new");
    ck_assert_uint_eq(record.counters.messages_in, 0);
    ck_assert_uint_eq(record.connects, 0);
    /* the others come before what was claimed a moment ago */
    slot = segment_writer_find(writer, "CS-3");
    ck_assert_uint_eq(segment_writer_claim(writer, "CS-newer"), slot);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(the_order_of_reuse_survives_a_restart)
{
    struct fixture fixture;
    char identity[16];
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    for (unsigned i = 0; i < 16; i++) {
        snprintf(identity, sizeof identity, "CS-%u", i);
        online(writer, identity, i + 1);
    }
    offline(writer, "CS-9", 100);
    offline(writer, "CS-2", 200);
    segment_writer_close(writer, 1000);
    writer = fixture_writer(&fixture);
    uint32_t first = segment_writer_find(writer, "CS-9");
    uint32_t second = segment_writer_find(writer, "CS-2");
    ck_assert_uint_eq(segment_writer_claim(writer, "CS-x"), first);
    ck_assert_uint_eq(segment_writer_claim(writer, "CS-y"), second);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(how_a_connection_ended_survives_a_restart)
{
    struct fixture fixture;
    struct station_record record;
    struct station_record longest = {.address = "[2001:0db8:1111:2222:3333:4444:5555:6666]:65535"};
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    uint32_t slot = segment_writer_claim(writer, "CS-1");
    segment_writer_station_online(writer, slot, &longest);
    const char *reason = "0123456789abcdef0123456789abcdef0123456789abcde\xc3\xa9";
    segment_writer_station_offline(writer, slot, STATION_EVICTED, 2000, 1008,
                                   (struct text_span){reason, strlen(reason)});
    segment_writer_close(writer, 3000);
    writer = fixture_writer(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_str_eq(record.address, longest.address);
    ck_assert_int_eq(record.status, STATION_EVICTED);
    ck_assert_uint_eq(record.disconnected_ns, 2000);
    ck_assert_uint_eq(record.close_code, 1008);
    ck_assert_str_eq(record.close_reason, "0123456789abcdef0123456789abcdef0123456789abcde");
    /* another station in the same slot has nothing of it */
    for (unsigned i = 0; i < 16; i++) {
        char identity[16];
        snprintf(identity, sizeof identity, "CS-new-%u", i);
        segment_writer_claim(writer, identity);
    }
    ck_assert(segment_reader_station(reader, slot, &record));
    ck_assert_str_ne(record.identity, "CS-1");
    ck_assert_uint_eq(record.disconnected_ns, 0);
    ck_assert_uint_eq(record.close_code, 0);
    ck_assert_str_eq(record.close_reason, "");
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(identities_have_1_to_48_bytes)
{
    struct fixture fixture;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    const char *longest = "0123456789abcdef0123456789abcdef0123456789abcdef";
    uint32_t slot = segment_writer_claim(writer, longest);
    ck_assert_uint_ne(slot, EVENT_NO_STATION);
    ck_assert_uint_eq(segment_writer_find(writer, longest), slot);
    ck_assert_uint_eq(
        segment_writer_claim(writer, "0123456789abcdef0123456789abcdef0123456789abcdefX"),
        EVENT_NO_STATION);
    ck_assert_uint_eq(segment_writer_claim(writer, ""), EVENT_NO_STATION);
    /* verbs on a station without a slot do nothing */
    segment_writer_station_message(writer, EVENT_NO_STATION, DIRECTION_IN, 1, 1);
    segment_writer_station_error(writer, EVENT_NO_STATION);
    segment_writer_station_latency(writer, EVENT_NO_STATION, 1);
    segment_writer_station_boot(writer, EVENT_NO_STATION, BOOT_ACCEPTED);
    ck_assert_int_eq(segment_writer_boot_status(writer, EVENT_NO_STATION), BOOT_NONE);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

static void damage(const struct fixture *fixture, off_t offset, uint64_t value)
{
    int fd = open(fixture->path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, &value, sizeof value, offset), (int)sizeof value);
    close(fd);
}

START_TEST(a_damaged_segment_is_not_adopted)
{
    struct fixture fixture;
    fixture_open(&fixture);
    for (unsigned i = 0; i < 3; i++) {
        struct segment_writer *writer = fixture_writer(&fixture);
        fixture_publish(writer, 10, 'x');
        segment_writer_close(writer, 1);
        switch (i) {
        case 0: /* layout hash */
            damage(&fixture, 24, 1);
            break;
        case 1: /* intent of the messages' ring: below what is written there */
            damage(&fixture, 3 * 4096 + 64, 8);
            break;
        case 2: /* its first record's sequence */
            damage(&fixture, 3 * 4096 + 128 + 512 * 8, 77);
            break;
        }
        writer = fixture_writer(&fixture);
        ck_assert(!segment_writer_adopted(writer));
        ck_assert_ptr_nonnull(strstr(segment_writer_origin(writer), "or damaged"));
        ck_assert_uint_eq(fixture_publish(writer, 10, 'x'), 1);
        segment_writer_close(writer, 1);
        unlink(fixture.path);
    }
    fixture_close(&fixture);
}
END_TEST

START_TEST(a_reader_s_lock_can_t_stop_the_gateway)
{
    struct fixture fixture;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    fixture_publish(writer, 10, 'x');
    segment_writer_close(writer, 1);
    int fd = open(fixture.path, O_RDONLY);
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    writer = fixture_writer(&fixture);
    ck_assert(!segment_writer_adopted(writer));
    ck_assert_ptr_nonnull(strstr(segment_writer_origin(writer), "a reader has locked"));
    ck_assert_uint_eq(fixture_publish(writer, 10, 'x'), 2);
    close(fd);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(what_a_killed_gateway_left_half_made_is_removed)
{
    struct fixture fixture;
    char path[200];
    fixture_open(&fixture);
    snprintf(path, sizeof path, "%s.new", fixture.path);
    close(open(path, O_RDWR | O_CREAT, 0600));
    segment_writer_close(fixture_writer(&fixture), 1);
    ck_assert_int_ne(access(path, F_OK), 0);
    close(open(path, O_RDWR | O_CREAT, 0600));
    struct segment_writer *writer = fixture_writer(&fixture);
    ck_assert(segment_writer_adopted(writer));
    ck_assert_int_ne(access(path, F_OK), 0);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

START_TEST(room_is_told_in_messages)
{
    struct fixture fixture;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    /* 64 KiB, records of 32 + 48 + 64 + 400 bytes */
    ck_assert_uint_eq(segment_writer_room(writer, COLLECTION_MESSAGES, 400), 65536 / 544);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

/* Everything that a gateway does with a segment while it runs. */
static void use_all_verbs(struct segment_writer *writer, unsigned count)
{
    static char payload[10000];

    for (unsigned i = 0; i < count; i++) {
        char identity[] = {'C', 'S', (char)('a' + i % 26), '\0'};
        struct station_record record = {.status = STATION_ONLINE,
                                        .connection = segment_writer_next_connection(writer)};
        uint32_t slot = segment_writer_claim(writer, identity);
        segment_writer_station_online(writer, slot, &record);
        segment_writer_station_boot(writer, slot, BOOT_ACCEPTED);
        segment_writer_station_message(writer, slot, DIRECTION_IN, 100, i);
        segment_writer_station_error(writer, slot);
        segment_writer_station_latency(writer, slot, i);
        segment_writer_station_offline(writer, slot, STATION_OFFLINE, i, 1000, TEXT_SPAN_NONE);
        segment_writer_publish(writer, &(struct event){.type = EVENT_MESSAGE,
                                                       .payload = {payload, i % sizeof payload}});
        segment_writer_heartbeat(writer, i);
        segment_writer_latency(writer, segment_writer_histogram(writer, "Heartbeat"), i);
        segment_writer_add(writer, COUNTER_messages_in_total, 1);
        segment_writer_set(writer, COUNTER_rss_bytes, i);
    }
}

START_TEST(nothing_but_opening_and_closing_calls_the_system)
{
    struct fixture fixture;
    int status;
    fixture_open(&fixture);
    struct segment_writer *writer = fixture_writer(&fixture);
    use_all_verbs(writer, 10000); /* a sanitizer may need the system the first time */
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* from here on anything but read, write and exit kills */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(77);
        use_all_verbs(writer, 10000);
        syscall(SYS_exit, 0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
    ck_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

/* Leaves the segment as a gateway does that is killed with two stations online. */
static void run_and_die(struct fixture *fixture)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct segment_writer *writer =
            segment_writer_open(&fixture->options, fixture->error, sizeof fixture->error);
        if (writer == NULL)
            _exit(1);
        struct station_record record = {.status = STATION_ONLINE, .connected_ns = 1};
        segment_writer_station_online(writer, segment_writer_claim(writer, "CS-1"), &record);
        segment_writer_station_online(writer, segment_writer_claim(writer, "CS-2"), &record);
        segment_writer_set(writer, COUNTER_connections, 2);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(after_a_crash_all_stations_are_offline)
{
    struct fixture fixture;
    struct station_record record;
    fixture_open(&fixture);
    run_and_die(&fixture);
    struct segment_reader *reader = fixture_reader(&fixture);
    ck_assert_int_eq(segment_reader_health(reader, 0), SEGMENT_DOWN);
    struct segment_writer *writer = fixture_writer(&fixture);
    ck_assert(segment_writer_adopted(writer));
    for (uint32_t slot = 0; slot < 2; slot++) {
        ck_assert(segment_reader_station(reader, slot, &record));
        ck_assert_int_eq(record.status, STATION_OFFLINE);
        ck_assert_uint_eq(record.close_code, 1006);
        ck_assert_uint_gt(record.disconnected_ns, 1);
    }
    ck_assert_uint_eq(segment_reader_counter(reader, COUNTER_connections), 0);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    fixture_close(&fixture);
}
END_TEST

SUITE("segment_writer", the_files_are_ours_alone, a_second_gateway_is_told_the_pid_of_the_first,
      bad_options_are_named, a_restart_keeps_history_and_sequence,
      other_sizes_make_a_new_segment_that_goes_on_counting, stations_keep_their_slot,
      who_has_been_offline_for_longest_makes_room, the_order_of_reuse_survives_a_restart,
      how_a_connection_ended_survives_a_restart, identities_have_1_to_48_bytes,
      a_damaged_segment_is_not_adopted, a_reader_s_lock_can_t_stop_the_gateway,
      what_a_killed_gateway_left_half_made_is_removed, room_is_told_in_messages,
      nothing_but_opening_and_closing_calls_the_system, after_a_crash_all_stations_are_offline)

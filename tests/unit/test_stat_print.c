/* ocpp-stat on a real segment: the table of stations, rates, JSON */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json_scan.h"
#include "shm/segment_writer.h"
#include "tools/stat_print.h"

static char dir[] = "/dev/shm/test_stat_print.XXXXXX";
static struct segment_writer *writer;
static struct segment_reader *reader;
static struct stat_options options;
static struct stat_sample sample;

static void setup(void)
{
    struct segment_options wanted = {
        .dir = dir, .instance = "test", .group = "", .build_id = "test 1.0", .stations = 64};
    char error[512] = "";

    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        wanted.ring_size[i] = 65536;
    writer = segment_writer_open(&wanted, error, sizeof error);
    ck_assert_msg(writer != NULL, "%s", error);
    reader = segment_reader_open(dir, "test", -1, error, sizeof error);
    ck_assert_msg(reader != NULL, "%s", error);
    memset(&options, 0, sizeof options);
    options.stations = 20;
    memset(&sample, 0, sizeof sample);
}

static void teardown(void)
{
    char path[128];

    stat_sample_free(&sample);
    segment_reader_close(reader);
    segment_writer_close(writer, 1);
    snprintf(path, sizeof path, "%s/ocpp-board.test", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/ocpp-board.test.lock", dir);
    unlink(path);
    ck_assert_int_eq(rmdir(dir), 0);
}

static uint32_t connect_station(const char *identity, unsigned messages)
{
    struct station_record record = {.connected_ns = UINT64_C(1769860800000000000),
                                    .protocol = OCPP_201,
                                    .status = STATION_ONLINE};
    uint32_t slot = segment_writer_claim(writer, identity);

    snprintf(record.identity, sizeof record.identity, "%s", identity);
    snprintf(record.address, sizeof record.address, "127.0.0.1:4000");
    segment_writer_station_online(writer, slot, &record);
    for (unsigned i = 0; i < messages; i++)
        segment_writer_station_message(writer, slot, DIRECTION_IN, 100,
                                       UINT64_C(1769860801000000000));
    return slot;
}

static char *print(bool json)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (json)
        stat_print_json(out, &sample, &options);
    else
        stat_print(out, &sample, NULL, &options);
    fclose(out);
    return text;
}

static void expect_order(const char *text, const char *const *names, size_t count)
{
    const char *last = text;

    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(text, names[i]);
        ck_assert_msg(found != NULL, "no %s", names[i]);
        ck_assert_msg(found > last, "%s comes too early", names[i]);
        last = found;
    }
}

START_TEST(stations_in_the_order_asked_for)
{
    uint32_t slow = connect_station("CP-SLOW", 2);

    connect_station("CP-BUSY", 9);
    connect_station("CP-LAZY", 1);
    segment_writer_station_latency(writer, slow, 7000);
    segment_writer_station_error(writer, slow);
    options.order = STAT_BY_MESSAGES;
    ck_assert(stat_sample_take(&sample, reader, &options));
    ck_assert_uint_eq(sample.online, 3);
    char *text = print(false);
    expect_order(text, (const char *[]){"CP-BUSY", "CP-SLOW", "CP-LAZY"}, 3);
    free(text);
    static const enum stat_order orders[] = {STAT_BY_LATENCY, STAT_BY_ERRORS};
    for (size_t i = 0; i < 2; i++) {
        options.order = orders[i];
        ck_assert(stat_sample_take(&sample, reader, &options));
        text = print(false);
        expect_order(text, (const char *[]){"CP-SLOW", "CP-BUSY", "CP-LAZY"}, 3);
        free(text);
    }
    options.order = STAT_BY_IDENTITY;
    ck_assert(stat_sample_take(&sample, reader, &options));
    text = print(false);
    expect_order(text, (const char *[]){"CP-BUSY", "CP-LAZY", "CP-SLOW"}, 3);
    free(text);
}
END_TEST

START_TEST(stations_are_chosen)
{
    uint32_t gone = connect_station("CP-GONE", 1);

    connect_station("CP-HERE", 1);
    connect_station("XX-HERE", 1);
    segment_writer_station_offline(writer, gone, STATION_OFFLINE, UINT64_C(1769860802000000000),
                                   1000, TEXT_SPAN_NONE);
    log_patterns_add(&options.identities, "CP-*");
    ck_assert(stat_sample_take(&sample, reader, &options));
    ck_assert_uint_eq(sample.station_count, 1);
    ck_assert_str_eq(sample.stations[0].identity, "CP-HERE");
    options.all = true;
    ck_assert(stat_sample_take(&sample, reader, &options));
    ck_assert_uint_eq(sample.station_count, 2);
    options.stations = 1;
    char *text = print(false);
    ck_assert_ptr_nonnull(strstr(text, "and 1 more"));
    free(text);
}
END_TEST

START_TEST(hostile_identity_is_harmless)
{
    connect_station("CP\033[2J\n", 1);
    ck_assert(stat_sample_take(&sample, reader, &options));
    char *text = print(false);
    ck_assert_ptr_null(strchr(text, '\033'));
    free(text);
}
END_TEST

START_TEST(rates_are_those_of_the_time_between)
{
    static struct stat_sample earlier;
    char *text = NULL;
    size_t size = 0;

    ck_assert(stat_sample_take(&earlier, reader, &options));
    segment_writer_add(writer, COUNTER_messages_in_total, 600);
    ck_assert(stat_sample_take(&sample, reader, &options));
    sample.mono_ns = earlier.mono_ns + UINT64_C(2000000000);
    FILE *out = open_memstream(&text, &size);
    stat_print(out, &sample, &earlier, &options);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "600 in, 0 out  (300 and 0 a second)"));
    free(text);
    stat_sample_free(&earlier);
}
END_TEST

START_TEST(json)
{
    struct json_span value, counters, member, latency, all;
    long long number;

    connect_station("CP-\"1\"", 3);
    segment_writer_add(writer, COUNTER_calls_in_total, 12);
    unsigned histogram = segment_writer_histogram(writer, "Heartbeat");
    for (unsigned i = 0; i < 100; i++)
        segment_writer_latency(writer, histogram, 1000);
    segment_writer_latency(writer, histogram, UINT32_MAX);
    ck_assert(stat_sample_take(&sample, reader, &options));
    char *text = print(true);
    ck_assert_msg(json_scan(text, strlen(text), &value, NULL), "%s", text);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    ck_assert(json_member(value, "status", &member) && json_string_is(member, "running"));
    ck_assert(json_member(value, "counters", &counters));
    ck_assert(json_member(counters, "calls_in_total", &member) && json_integer(member, &number));
    ck_assert_int_eq(number, 12);
    ck_assert(json_member(value, "latencyMs", &latency) && json_member(latency, "Heartbeat", &all));
    ck_assert(json_member(all, "count", &member) && json_integer(member, &number));
    ck_assert_int_eq(number, 101);
    ck_assert(json_member(value, "stations", &member) && member.type == JSON_ARRAY);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stat_print");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60); /* sanitizers and a busy machine */
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, stations_in_the_order_asked_for);
    tcase_add_test(tests, stations_are_chosen);
    tcase_add_test(tests, hostile_identity_is_harmless);
    tcase_add_test(tests, rates_are_those_of_the_time_between);
    tcase_add_test(tests, json);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

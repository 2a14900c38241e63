/* ocpp-log on a real segment: history, filters, following, loss */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/segment_writer.h"
#include "tools/log_follow.h"

static char dir[] = "/dev/shm/test_log_follow.XXXXXX";
static struct segment_writer *writer;
static struct log_options options;
static struct log_style style;
static volatile sig_atomic_t stopped;

static struct segment_writer *open_writer(void)
{
    struct segment_options wanted = {
        .dir = dir, .instance = "test", .group = "", .build_id = "test", .stations = 16};
    char error[512] = "";

    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        wanted.ring_size[i] = 65536;
    struct segment_writer *opened = segment_writer_open(&wanted, error, sizeof error);
    ck_assert_msg(opened != NULL, "%s", error);
    return opened;
}

static void setup(void)
{
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    writer = open_writer();
    memset(&options, 0, sizeof options);
    options.history = 10;
    memset(&style, 0, sizeof style);
    style.gateway = "test";
}

static void teardown(void)
{
    char path[128];

    segment_writer_close(writer, 1);
    snprintf(path, sizeof path, "%s/ocpp-board.test", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/ocpp-board.test.lock", dir);
    unlink(path);
    ck_assert_int_eq(rmdir(dir), 0);
}

static void publish(unsigned number, const char *identity)
{
    char frame[128];
    int length = snprintf(frame, sizeof frame, "[2,\"m\",\"Heartbeat\",{\"n\":%u}]", number);
    struct event event = {
        .time_ns = UINT64_C(1769860800000000000) + number,
        .type = EVENT_MESSAGE,
        .station_slot = EVENT_NO_STATION,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .latency_us = EVENT_NO_LATENCY,
        .identity = {identity, strlen(identity)},
        .action = {"Heartbeat", 9},
        .payload = {frame, (size_t)length},
        .payload_length = (uint32_t)length,
    };

    segment_writer_publish(writer, &event);
}

static unsigned lines_of(const char *text)
{
    unsigned lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static char *history(void)
{
    struct log_follow *follow = log_follow_new(&options, &style, dir, "test", &stopped);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(follow);
    ck_assert(log_follow_open(follow));
    log_follow_history(follow, out);
    fclose(out);
    log_follow_free(follow);
    return text;
}

START_TEST(history_is_the_last_that_match)
{
    for (unsigned i = 0; i < 100; i++)
        publish(i, i % 10 == 0 ? "CP-0010" : "CP-0001");
    char *text = history();
    ck_assert_uint_eq(lines_of(text), 10);
    ck_assert_ptr_nonnull(strstr(text, "{\"n\":99}"));
    free(text);

    options.history = 3;
    log_patterns_add(&options.filter.identities, "*10");
    text = history();
    ck_assert_uint_eq(lines_of(text), 3);
    ck_assert_ptr_null(strstr(text, "CP-0001 "));
    free(text);

    options.history = LOG_ALL;
    text = history();
    ck_assert_uint_eq(lines_of(text), 10);
    free(text);

    options.history = 0;
    text = history();
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(other_collections)
{
    struct event event = {.time_ns = 1,
                          .type = EVENT_AUTH_FAILED,
                          .station_slot = EVENT_NO_STATION,
                          .severity = SEVERITY_MEDIUM,
                          .text = {"wrong password", 14}};

    segment_writer_publish(writer, &event);
    publish(1, "CP-1");
    options.collection = COLLECTION_SECURITY;
    char *text = history();
    ck_assert_uint_eq(lines_of(text), 1);
    ck_assert_ptr_nonnull(strstr(text, "AUTH_FAILED"));
    ck_assert_ptr_nonnull(strstr(text, "wrong password"));
    free(text);
}
END_TEST

START_TEST(no_segment_is_an_error)
{
    struct log_follow *follow = log_follow_new(&options, &style, dir, "other", &stopped);

    ck_assert(!log_follow_open(follow));
    log_follow_free(follow);
}
END_TEST

/* A pipe's reading end; run returns when it is closed. */
struct run {
    struct log_follow *follow;
    FILE *out;
};

static void *run(void *context)
{
    struct run *run = context;

    log_follow_run(run->follow, run->out);
    return NULL;
}

static void expect_line(FILE *in, const char *part)
{
    char line[1024];

    ck_assert_ptr_nonnull(fgets(line, sizeof line, in));
    ck_assert_msg(strstr(line, part) != NULL, "no \"%s\" in %s", part, line);
}

START_TEST(follow_goes_on_after_a_restart)
{
    struct run context;
    pthread_t thread;
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    FILE *in = fdopen(ends[0], "r");
    context.out = fdopen(ends[1], "w");
    style.json = true;
    options.follow = true;
    publish(0, "CP-1");
    context.follow = log_follow_new(&options, &style, dir, "test", &stopped);
    ck_assert(log_follow_open(context.follow));
    log_follow_history(context.follow, context.out);
    expect_line(in, "{\"n\":0}");
    ck_assert_int_eq(pthread_create(&thread, NULL, run, &context), 0);
    publish(1, "CP-1");
    expect_line(in, "{\"n\":1}");
    segment_writer_close(writer, 2);
    writer = open_writer();
    publish(2, "CP-1");
    expect_line(in, "{\"n\":2}");
    fclose(in);
    publish(3, "CP-1"); /* the pipe is broken: run sees it when it writes */
    pthread_join(thread, NULL);
    fclose(context.out);
    log_follow_free(context.follow);
}
END_TEST

START_TEST(loss_is_counted)
{
    struct run context;
    pthread_t thread;
    int ends[2];

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(pipe(ends), 0);
    FILE *in = fdopen(ends[0], "r");
    context.out = fdopen(ends[1], "w");
    style.json = true;
    options.follow = true;
    options.history = 0;
    context.follow = log_follow_new(&options, &style, dir, "test", &stopped);
    ck_assert(log_follow_open(context.follow));
    publish(0, "CP-1");
    log_follow_history(context.follow, context.out);
    unsigned first = 1, last = 5000; /* far more than the ring takes, before anybody reads */
    for (unsigned i = first; i <= last; i++)
        publish(i, "CP-1");
    ck_assert_int_eq(pthread_create(&thread, NULL, run, &context), 0);
    char line[1024];
    unsigned long lost = 0, seen = 0;
    while (fgets(line, sizeof line, in) != NULL) {
        const char *count = strstr(line, "\"count\":");
        if (count != NULL)
            lost += strtoul(count + 8, NULL, 10);
        else
            seen++;
        if (strstr(line, "{\"n\":5000}") != NULL)
            break;
    }
    ck_assert_uint_gt(lost, 0);
    ck_assert_uint_eq(lost + seen, last - first + 1);
    stopped = 1;
    pthread_join(thread, NULL);
    fclose(in);
    fclose(context.out);
    log_follow_free(context.follow);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_follow");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60); /* sanitizers and a busy machine */
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, history_is_the_last_that_match);
    tcase_add_test(tests, other_collections);
    tcase_add_test(tests, no_segment_is_an_error);
    tcase_add_test(tests, follow_goes_on_after_a_restart);
    tcase_add_test(tests, loss_is_counted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#include "common/log.h"

#include "tests/unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct heard {
    unsigned lines;
    enum log_level level;
    char topic[32];
    char text[LOG_LINE_MAX];
};

static void hear(enum log_level level, const char *topic, const char *text, void *context)
{
    struct heard *heard = context;
    heard->lines++;
    heard->level = level;
    snprintf(heard->topic, sizeof(heard->topic), "%s", topic);
    snprintf(heard->text, sizeof(heard->text), "%s", text);
}

/* Runs `speak` in a child; returns what it wrote to stderr and how it ended. */
static int run(void (*speak)(void), char *out, size_t size)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        speak();
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got; (got = read(ends[0], out + used, size - 1 - used)) > 0;)
        used += (size_t)got;
    out[used] = '\0';
    close(ends[0]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect_escaped(const char *text, size_t length, const char *expected)
{
    char out[256];
    ck_assert_uint_eq(log_escape(text, length, out, sizeof(out)), strlen(expected));
    ck_assert_str_eq(out, expected);
}

START_TEST(escape_keeps_text_and_shows_the_rest)
{
    expect_escaped("plain text, \xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c", 21,
                   "plain text, \xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x8c");
    expect_escaped("a\nb\r\t\x1b[2J", 9, "a\\x0Ab\\x0D\\x09\\x1B[2J");
    expect_escaped("\0\x7f\\", 3, "\\x00\\x7F\\\\");
    expect_escaped("\xff\xc3(\xed\xa0\x80", 6, "\\xFF\\xC3(\\xED\\xA0\\x80");
    expect_escaped("\xe2\x82", 2, "\\xE2\\x82");
}
END_TEST

START_TEST(escape_shows_what_a_terminal_would_obey)
{
    expect_escaped("\xc2\x9b", 2, "\\xC2\\x9B");          /* CSI */
    expect_escaped("\xe2\x80\xa8", 3, "\\xE2\\x80\\xA8"); /* line separator */
    expect_escaped("\xe2\x80\xae"
                   "x",
                   4, "\\xE2\\x80\\xAEx");                /* right-to-left override */
    expect_escaped("\xe2\x81\xa6", 3, "\\xE2\\x81\\xA6"); /* isolate */
    expect_escaped("\xc2\xa0\xe2\x80\xa7", 5,
                   "\xc2\xa0\xe2\x80\xa7"); /* their harmless neighbours */
}
END_TEST

START_TEST(escape_never_writes_half_an_escape)
{
    static const char text[] = "ab\n\xc3\xa9\\";
    static const size_t expected[] = {0, 0, 1, 2, 2, 2, 2, 6, 6, 8, 8, 10};
    for (size_t size = 1; size < 12; size++) {
        char *out = malloc(size);
        ck_assert_ptr_nonnull(out);
        ck_assert_uint_eq(log_escape(text, 6, out, size), expected[size]);
        ck_assert_uint_eq(strlen(out), expected[size]);
        free(out);
    }
    ck_assert_uint_eq(log_escape(text, 6, NULL, 0), 0);
}
END_TEST

START_TEST(the_sink_gets_lines_at_or_below_the_level)
{
    struct heard heard = {0};
    log_open("test", LOG_TO_STDERR, LOG_LEVEL_WARNING);
    log_set_sink(hear, &heard);
    log_info("http", "not wanted");
    log_debug("http", "not wanted");
    ck_assert_uint_eq(heard.lines, 0);
    log_warnx("http", "%s of %d", "one", 2);
    ck_assert_uint_eq(heard.lines, 1);
    ck_assert_int_eq(heard.level, LOG_LEVEL_WARNING);
    ck_assert_str_eq(heard.topic, "http");
    ck_assert_str_eq(heard.text, "one of 2");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("shm", "now");
    ck_assert_uint_eq(heard.lines, 2);
    ck_assert_int_eq(heard.level, LOG_LEVEL_DEBUG);
}
END_TEST

START_TEST(warn_appends_the_error_and_preserves_errno)
{
    struct heard heard = {0};
    log_set_sink(hear, &heard);
    errno = ENOENT;
    log_warn("config", "station %s", "file");
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_str_eq(heard.text, "station file: No such file or directory");
    errno = EPERM;
    log_warnx("config", "text");
    ck_assert_int_eq(errno, EPERM);
    ck_assert_str_eq(heard.text, "text");
}
END_TEST

START_TEST(a_long_message_is_cut_but_not_its_error)
{
    static char message[2 * LOG_LINE_MAX];
    struct heard heard = {0};
    log_set_sink(hear, &heard);
    memset(message, 'x', sizeof(message) - 1);
    errno = ENOENT;
    log_warn("shm", "%s", message);
    ck_assert_uint_eq(strlen(heard.text), LOG_LINE_MAX - 1);
    ck_assert_str_eq(heard.text + LOG_LINE_MAX - 1 - 12, "or directory");
}
END_TEST

static void say_hostile(void)
{
    log_open("ocpp-test", LOG_TO_STDERR, LOG_LEVEL_INFO);
    log_info("ocppj", "id %s", "x\n2026-01-31T12:00:00.123Z ocpp-test: error: forged");
}

START_TEST(a_line_has_time_program_level_and_topic)
{
    char out[LOG_LINE_MAX];
    ck_assert_int_eq(run(say_hostile, out, sizeof(out)), 0);
    ck_assert_uint_gt(strlen(out), 24);
    ck_assert_int_eq(out[10], 'T');
    ck_assert_int_eq(out[23], 'Z');
    ck_assert_str_eq(out + 24, " ocpp-test: info: ocppj: id x\\x0A2026-01-31T12:00:00.123Z "
                               "ocpp-test: error: forged\n");
}
END_TEST

static void say_long(void)
{
    static char message[2 * LOG_LINE_MAX];
    for (size_t i = 0; i + 2 < sizeof(message); i += 2)
        memcpy(message + i, "\xc3\xa9", 2);
    log_info("topic", "%s", message);
    log_info("topi", "%s", message);
}

START_TEST(a_line_is_cut_between_characters)
{
    char out[4 * LOG_LINE_MAX];
    run(say_long, out, sizeof(out));
    char *first_end = strchr(out, '\n');
    ck_assert_ptr_nonnull(first_end);
    ck_assert_int_eq(first_end[-1], '\xa9');
    ck_assert_uint_le((size_t)(first_end + 1 - out), LOG_LINE_MAX);
    char *second_end = strchr(first_end + 1, '\n');
    ck_assert_ptr_nonnull(second_end);
    ck_assert_int_eq(second_end[-1], '\xa9');
    ck_assert_uint_le((size_t)(second_end - first_end), LOG_LINE_MAX);
}
END_TEST

static void die_with_error(void)
{
    errno = EACCES;
    fatal("shm", "segment");
}

static void die_without(void)
{
    errno = EACCES;
    fatalx("shm", "segment");
}

START_TEST(fatal_exits_with_1)
{
    char out[LOG_LINE_MAX];
    ck_assert_int_eq(run(die_with_error, out, sizeof(out)), 1);
    ck_assert_ptr_nonnull(strstr(out, ": error: shm: segment: Permission denied\n"));
    ck_assert_int_eq(run(die_without, out, sizeof(out)), 1);
    ck_assert_ptr_nonnull(strstr(out, ": error: shm: segment\n"));
}
END_TEST

START_TEST(a_full_disk_stops_nobody)
{
    struct heard heard = {0};
    int full = open("/dev/full", O_WRONLY);
    ck_assert_int_ge(full, 0);
    dup2(full, STDERR_FILENO);
    log_set_sink(hear, &heard);
    errno = 0;
    log_warnx("log", "still here");
    ck_assert_int_eq(errno, 0);
    ck_assert_uint_eq(heard.lines, 1);
}
END_TEST

START_TEST(levels_have_names)
{
    ck_assert_str_eq(log_level_name(LOG_LEVEL_ERROR), "error");
    ck_assert_str_eq(log_level_name(LOG_LEVEL_WARNING), "warning");
    ck_assert_str_eq(log_level_name(LOG_LEVEL_INFO), "info");
    ck_assert_str_eq(log_level_name(LOG_LEVEL_DEBUG), "debug");
    ck_assert_str_eq(log_level_name((enum log_level)77), "unknown");
}
END_TEST

SUITE("log", escape_keeps_text_and_shows_the_rest, escape_shows_what_a_terminal_would_obey,
      escape_never_writes_half_an_escape, the_sink_gets_lines_at_or_below_the_level,
      warn_appends_the_error_and_preserves_errno, a_long_message_is_cut_but_not_its_error,
      a_line_has_time_program_level_and_topic, a_line_is_cut_between_characters, fatal_exits_with_1,
      a_full_disk_stops_nobody, levels_have_names)

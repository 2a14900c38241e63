#include "common/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"

static struct command_line line;
static struct config config;
static char file[] = "/tmp/ocpp-board-test.XXXXXX";
static char complaints[1000];

static void begin(void)
{
    static const char text[] = "[board]\nmax_unknown = 7\nmax_metrics = 8\n";
    memset(&line, 0, sizeof(line));
    complaints[0] = '\0';
    config_init(&config);
    int descriptor = mkstemp(file);
    ck_assert_int_eq(write(descriptor, text, sizeof(text) - 1), sizeof(text) - 1);
    close(descriptor);
}

static void end(void)
{
    unlink(file);
    config_free(&config);
}

static void note(const char *text, void *context)
{
    size_t length = strlen(complaints);
    (void)context;
    snprintf(complaints + length, sizeof(complaints) - length, "%s\n", text);
}

START_TEST(assignments_win_over_the_file)
{
    ck_assert(command_line_option('o', "board.max_metrics=9", &line));
    ck_assert(command_line_option('c', file, &line));
    ck_assert_msg(command_line_config(&line, &config, note, NULL), "%s", complaints);
    ck_assert_uint_eq(config.board_max_unknown, 7);
    ck_assert_uint_eq(config.board_max_metrics, 9);
    ck_assert(!line.check_only && !line.foreground);
    ck_assert(command_line_option('t', NULL, &line) && command_line_option('f', NULL, &line));
    ck_assert(line.check_only && line.foreground);
}
END_TEST

START_TEST(all_that_is_wrong_is_told)
{
    ck_assert(command_line_option('c', "/nonexistent/file", &line));
    ck_assert(command_line_option('o', "board.nothing=1", &line));
    ck_assert(!command_line_config(&line, &config, note, NULL));
    ck_assert_ptr_nonnull(strstr(complaints, "/nonexistent/file"));
    ck_assert_ptr_nonnull(strstr(complaints, "board.nothing"));
}
END_TEST

START_TEST(assignments_have_a_bound)
{
    for (int i = 0; i < COMMAND_LINE_MAX_ASSIGNMENTS; i++)
        ck_assert(command_line_option('o', "board.max_metrics=9", &line));
    ck_assert(!command_line_option('o', "board.max_metrics=9", &line));
}
END_TEST

SUITE_WITH("command_line", begin, end, assignments_win_over_the_file, all_that_is_wrong_is_told,
           assignments_have_a_bound)

#include "common/options.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct option_row rows[] = {OPTION_ROWS_COMMON, OPTION_ROW_FOREGROUND};
static const struct program daemon_program = {
    .name = "ocpp-test",
    .purpose = "test",
    .options = rows,
    .option_count = sizeof(rows) / sizeof(rows[0]),
};
static const struct program tool_program = {
    .name = "ocpp-tool",
    .purpose = "test",
    .operands = "[station ...]",
    .options = rows,
    .option_count = sizeof(rows) / sizeof(rows[0]),
};

struct seen {
    char letters[16];
    char last_argument[64];
    char refuse;
};

static bool note(char letter, const char *argument, void *context)
{
    struct seen *seen = context;
    size_t used = strlen(seen->letters);
    seen->letters[used] = letter;
    if (argument != NULL)
        snprintf(seen->last_argument, sizeof(seen->last_argument), "%s", argument);
    return letter != seen->refuse;
}

#define ARGV(...) ((char *[]){"/usr/sbin/ocpp-test", __VA_ARGS__, NULL})
#define ARGC(...) ((int)(sizeof((char *[]){"", __VA_ARGS__}) / sizeof(char *)))

struct result {
    int status;
    char out[4096];
    char err[4096];
};

static void slurp(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* options_parse in a child, because it may exit; 100 when it returned. */
static struct result parse(const struct program *program, int argc, char **argv, char refuse)
{
    struct result result;
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    ck_assert(out != NULL && err != NULL);
    pid_t child = fork();
    if (child == 0) {
        struct seen seen = {.refuse = refuse};
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        options_parse(program, argc, argv, note, &seen);
        _exit(100);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    result.status = WEXITSTATUS(status);
    slurp(out, result.out, sizeof(result.out));
    slurp(err, result.err, sizeof(result.err));
    return result;
}

START_TEST(options_reach_the_handler_in_order)
{
    struct seen seen = {0};
    int first = options_parse(&tool_program, ARGC("-f", "-ofoo", "-c", "file", "-t", "CP1"),
                              ARGV("-f", "-ofoo", "-c", "file", "-t", "CP1"), note, &seen);
    ck_assert_str_eq(seen.letters, "foct");
    ck_assert_str_eq(seen.last_argument, "file");
    ck_assert_int_eq(first, 6);
}
END_TEST

START_TEST(parsing_twice_starts_afresh)
{
    for (int i = 0; i < 2; i++) {
        struct seen seen = {0};
        ck_assert_int_eq(options_parse(&daemon_program, ARGC("-ft"), ARGV("-ft"), note, &seen), 2);
        ck_assert_str_eq(seen.letters, "ft");
    }
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    struct seen seen = {0};
    int first = options_parse(&tool_program, ARGC("--", "-f"), ARGV("--", "-f"), note, &seen);
    ck_assert_str_eq(seen.letters, "");
    ck_assert_int_eq(first, 2);
}
END_TEST

START_TEST(help_goes_to_stdout_and_lists_every_option)
{
    struct result result = parse(&daemon_program, ARGC("-h"), ARGV("-h"), 0);
    ck_assert_int_eq(result.status, 0);
    ck_assert_str_eq(result.err, "");
    ck_assert_int_eq(
        strncmp(result.out, "usage: ocpp-test [-tVhf] [-c file] [-o section.key=value]\n", 58), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(strstr(result.out, rows[i].help) != NULL, "-%c", rows[i].letter);
}
END_TEST

START_TEST(version_names_program_and_version)
{
    struct result result = parse(&daemon_program, ARGC("-V"), ARGV("-V"), 0);
    ck_assert_int_eq(result.status, 0);
    ck_assert_int_eq(strncmp(result.out, "ocpp-test 0.", 12), 0);
    ck_assert_int_eq(result.out[strlen(result.out) - 1], '\n');
}
END_TEST

static void expect_wrong(struct result result, const char *message)
{
    ck_assert_int_eq(result.status, 2);
    ck_assert_str_eq(result.out, "");
    ck_assert_msg(strstr(result.err, message) == result.err, "%s", result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "usage: ocpp-t"));
}

START_TEST(wrong_usage_exits_with_2)
{
    expect_wrong(parse(&daemon_program, ARGC("-x"), ARGV("-x"), 0),
                 "ocpp-test: option -x is unknown\n");
    expect_wrong(parse(&daemon_program, ARGC("-c"), ARGV("-c"), 0),
                 "ocpp-test: option -c needs an argument\n");
    expect_wrong(parse(&daemon_program, ARGC("-\n"), ARGV("-\n"), 0),
                 "ocpp-test: option \\x0A is unknown\n");
    expect_wrong(parse(&daemon_program, ARGC("--help"), ARGV("--help"), 0),
                 "ocpp-test: option -- is unknown\n");
    expect_wrong(parse(&daemon_program, ARGC("start"), ARGV("start"), 0),
                 "ocpp-test: takes no operands\n");
    expect_wrong(parse(&tool_program, ARGC("-f"), ARGV("-f"), 'f'), "usage: ocpp-tool");
}
END_TEST

START_TEST(help_to_a_full_disk_fails)
{
    pid_t child = fork();
    if (child == 0) {
        struct seen seen = {0};
        if (freopen("/dev/full", "w", stdout) == NULL)
            _exit(99);
        options_parse(&daemon_program, ARGC("-h"), ARGV("-h"), note, &seen);
        _exit(100);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

SUITE("options", options_reach_the_handler_in_order, parsing_twice_starts_afresh,
      two_dashes_end_the_options, help_goes_to_stdout_and_lists_every_option,
      version_names_program_and_version, wrong_usage_exits_with_2, help_to_a_full_disk_fails)

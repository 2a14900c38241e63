/* The users file, the file of API tokens, and what writes them. */
#include "boardd/login/users_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boardd/login/api_tokens.h"
#include "tests/unit/suite.h"

#define HASH "$y$j9T$XospC/UWIP2di.ZiXnZYr1$t8zv7Jn3HZKjFjh3QJV6aJ/sPDHmWUnTp7Way6hqC3/"

static char directory[64], path[128], error[512];

static void begin(void)
{
    strcpy(directory, "/dev/shm/ocpp-board-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/users", directory);
}

static void end(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0); /* nothing temporary is left */
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static const char *read_file(void)
{
    static char text[8192];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

START_TEST(users_are_found_by_name)
{
    write_file("# who may log in\n\nann:operator:" HASH "\nbob@example.org:viewer:" HASH "\r\n");
    struct users *users = users_load(path, error, sizeof(error));
    ck_assert_msg(users != NULL, "%s", error);
    ck_assert_uint_eq(users_count(users), 2);
    ck_assert_int_eq(users_find(users, "ann")->role, ROLE_OPERATOR);
    ck_assert_int_eq(users_find(users, "bob@example.org")->role, ROLE_VIEWER);
    ck_assert_str_eq(users_find(users, "bob@example.org")->hash, HASH);
    ck_assert_ptr_null(users_find(users, "an"));
    ck_assert_ptr_null(users_find(users, "Ann"));
    ck_assert_ptr_null(users_find(users, ""));
    users_free(users);
}
END_TEST

static void expect_error(const char *text, const char *wanted)
{
    write_file(text);
    struct users *users = users_load(path, error, sizeof(error));
    ck_assert_msg(users == NULL, "%s", text);
    ck_assert_msg(strstr(error, wanted) != NULL, "\"%s\" is not in \"%s\"", wanted, error);
    ck_assert_msg(strstr(error, "$y$j9T") == NULL, "no secret in: %s", error);
}

START_TEST(mistakes_are_told_with_their_line)
{
    static char longest[2 * ACCOUNT_FILE_MAX_LINE + 2];
    expect_error("# x\nann\n", "users:2: the role");
    expect_error("ann:admin:" HASH "\n", "users:1: the role");
    expect_error("ann:viewer\n", "users:1: the password");
    expect_error("ann:viewer:secret\n", "users:1: the password");
    expect_error("ann:viewer:$1$abc$def\n", "users:1: the password");
    expect_error("ann:viewer:" HASH ":more\n", "users:1: the password");
    expect_error(":viewer:" HASH "\n", "users:1: the name");
    expect_error("a b:viewer:" HASH "\n", "users:1: the name");
    expect_error("ann:viewer:" HASH "\nann:operator:" HASH "\n", "users:2: this name");
    memset(longest, 'a', sizeof(longest) - 1);
    expect_error(longest, "users:1: the line is too long");
}
END_TEST

START_TEST(a_file_that_others_can_read_is_refused)
{
    write_file("ann:viewer:" HASH "\n");
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_ptr_null(users_load(path, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "chmod 600"));
    unlink(path);
    ck_assert_ptr_null(users_load(path, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "No such file"));
}
END_TEST

START_TEST(lines_are_put_replaced_and_taken_out)
{
    bool found;
    struct stat status;
    ck_assert(account_file_put(path, "ann", ':', "ann:viewer:1", &found, error, sizeof(error)));
    ck_assert(!found);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    write_file("# ann: a comment\nann:viewer:1\nanna:viewer:2"); /* no newline at the end */
    ck_assert(account_file_put(path, "ann", ':', "ann:operator:3", &found, error, sizeof(error)));
    ck_assert(found);
    ck_assert(account_file_put(path, "bob", ':', "bob:viewer:4", &found, error, sizeof(error)));
    ck_assert_str_eq(read_file(),
                     "# ann: a comment\nann:operator:3\nanna:viewer:2\nbob:viewer:4\n");
    ck_assert(account_file_put(path, "anna", ':', NULL, &found, error, sizeof(error)));
    ck_assert(found);
    ck_assert(account_file_put(path, "nobody", ':', NULL, &found, error, sizeof(error)));
    ck_assert(!found);
    ck_assert_str_eq(read_file(), "# ann: a comment\nann:operator:3\nbob:viewer:4\n");
}
END_TEST

START_TEST(tokens_have_scopes)
{
    /* SHA-256 of 64 times 0 */
    static const char line[] =
        "scraper metrics,read 60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55\n";
    char text[65];
    memset(text, '0', 64);
    text[64] = '\0';
    write_file(line);
    struct api_tokens *tokens = api_tokens_load(path, error, sizeof(error));
    ck_assert_msg(tokens != NULL, "%s", error);
    const struct api_token *token = api_tokens_find(tokens, text);
    ck_assert_ptr_nonnull(token);
    ck_assert_str_eq(token->name, "scraper");
    ck_assert_uint_eq(token->scopes, SCOPE_METRICS | SCOPE_READ);
    text[0] = '1';
    ck_assert_ptr_null(api_tokens_find(tokens, text));
    ck_assert_ptr_null(api_tokens_find(tokens, ""));
    ck_assert_ptr_null(api_tokens_find(NULL, text));
    api_tokens_free(tokens);
    static const char *const wrong[] = {"x\n", "x read\n", "x write 00\n", "x read abc\n",
                                        "x read,, 00\n"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        write_file(wrong[i]);
        ck_assert_ptr_null(api_tokens_load(path, error, sizeof(error)));
        ck_assert_ptr_nonnull(strstr(error, ":1: "));
    }
}
END_TEST

START_TEST(scopes_and_roles)
{
    unsigned scopes;
    ck_assert(scopes_parse("read", &scopes) && scopes == SCOPE_READ);
    ck_assert(scopes_parse("operate,metrics,operate", &scopes) &&
              scopes == (SCOPE_OPERATE | SCOPE_METRICS));
    ck_assert(!scopes_parse("", &scopes) && !scopes_parse("read,", &scopes));
    ck_assert(!scopes_parse("read metrics", &scopes) && !scopes_parse("Read", &scopes));
    ck_assert(scopes_suffice(0, ROLE_NONE, false));
    ck_assert(!scopes_suffice(SCOPE_METRICS, ROLE_VIEWER, true));
    ck_assert(!scopes_suffice(SCOPE_READ | SCOPE_METRICS, ROLE_OPERATOR, false));
    ck_assert(scopes_suffice(SCOPE_READ, ROLE_METRICS, true));   /* reads what it may read */
    ck_assert(!scopes_suffice(SCOPE_READ, ROLE_METRICS, false)); /* but puts nothing in */
    ck_assert(scopes_suffice(SCOPE_METRICS, ROLE_METRICS, false));
    ck_assert(!scopes_suffice(SCOPE_OPERATE, ROLE_VIEWER, true));
    for (enum role needed = ROLE_NONE; needed <= ROLE_METRICS; needed++)
        ck_assert(scopes_suffice(role_scopes(ROLE_OPERATOR), needed, false));
    enum role role;
    ck_assert(role_parse("viewer", &role) && role == ROLE_VIEWER);
    ck_assert(!role_parse("metrics", &role) && !role_parse("none", &role));
}
END_TEST

SUITE_WITH("users", begin, end, users_are_found_by_name, mistakes_are_told_with_their_line,
           a_file_that_others_can_read_is_refused, lines_are_put_replaced_and_taken_out,
           tokens_have_scopes, scopes_and_roles)

/* The methods of logging in, each with what can go wrong in it. */
#include "boardd/login/login.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/timestamp.h"
#include "tests/unit/suite.h"

static char directory[64], path[128], error[512];
static struct config config;
static struct event_base *base;
static struct login *login;

struct seen {
    unsigned count;
    struct login_result last;
};

static void complain(const char *text, void *context)
{
    (void)context;
    ck_abort_msg("%s", text);
}

static void set(const char *key, const char *value)
{
    char assignment[300];
    snprintf(assignment, sizeof(assignment), "%s=%s", key, value);
    ck_assert_uint_eq(config_set(&config, assignment, complain, NULL), 0);
}

static void begin(void)
{
    strcpy(directory, "/dev/shm/ocpp-board-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/file", directory);
    config_init(&config);
    base = event_base_new();
    login = NULL;
}

static void end(void)
{
    login_free(login);
    event_base_free(base);
    config_free(&config);
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0);
}

static void write_file(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static void start(void)
{
    login = login_new(&config, base, error, sizeof(error));
    ck_assert_msg(login != NULL, "%s", error);
}

static void on_done(const struct login_result *result, void *context)
{
    struct seen *seen = context;
    seen->count++;
    seen->last = *result;
}

static struct credentials named(const char *name, const char *password)
{
    struct credentials credentials = {0};
    snprintf(credentials.name, sizeof(credentials.name), "%s", name);
    snprintf(credentials.password, sizeof(credentials.password), "%s", password);
    return credentials;
}

static void wait_for(const struct seen *seen, unsigned count)
{
    static const struct timespec nap = {0, 500000};
    uint64_t until = clock_mono_ms() + 20000;
    while (seen->count < count) {
        ck_assert_uint_lt(clock_mono_ms(), until);
        event_base_loop(base, EVLOOP_NONBLOCK);
        nanosleep(&nap, NULL);
    }
}

static enum login_outcome check(const char *name, const char *password)
{
    struct seen seen = {0};
    struct credentials credentials = named(name, password);
    ck_assert_ptr_null(login_missing(login, &credentials));
    login_check(login, &credentials, on_done, &seen);
    wait_for(&seen, 1);
    ck_assert_uint_eq(seen.count, 1);
    if (seen.last.outcome != LOGIN_RIGHT)
        ck_assert(seen.last.role == ROLE_NONE || seen.last.outcome == LOGIN_FAILED);
    return seen.last.outcome;
}

START_TEST(the_token)
{
    struct credentials credentials = {.token = "secret"};
    struct seen seen = {0};
    write_file("secret\n", 0600);
    set("board.token_file", path);
    start();
    login_check(login, &credentials, on_done, &seen);
    ck_assert_int_eq(seen.last.outcome, LOGIN_RIGHT);
    ck_assert_int_eq(seen.last.role, ROLE_OPERATOR);
    ck_assert_str_eq(seen.last.name, "token");
    ck_assert(login_is_token(login, "secret") && !login_is_token(login, "secre"));
    uint64_t account = login_account(login, "token", ROLE_OPERATOR);
    ck_assert_uint_ne(account, 0);
    ck_assert_uint_eq(login_account(login, "ann", ROLE_OPERATOR), 0);
    write_file("other\n", 0600);
    ck_assert(login_reload(login, error, sizeof(error)));
    ck_assert(!login_is_token(login, "secret"));
    ck_assert_uint_ne(login_account(login, "token", ROLE_OPERATOR), account);
    write_file("open\n", 0644);
    ck_assert(!login_reload(login, error, sizeof(error)));
    ck_assert(login_is_token(login, "other"));
}
END_TEST

static void write_users(const char *ann_password, const char *role)
{
    char hash[PASSWORD_HASH_SIZE], text[400];
    ck_assert(password_hash(ann_password, hash));
    snprintf(text, sizeof(text), "ann:%s:%s\n", role, hash);
    write_file(text, 0600);
}

START_TEST(names_and_passwords)
{
    write_users("right", "viewer");
    set("board.auth", "credentials");
    set("board.users", path);
    start();
    ck_assert_int_eq(check("ann", "right"), LOGIN_RIGHT);
    ck_assert_int_eq(check("ann", "wrong"), LOGIN_WRONG);
    ck_assert_int_eq(check("bob", "right"), LOGIN_WRONG);
    ck_assert(login_knows(login, "ann") && !login_knows(login, "bob"));
    struct credentials token = {.token = "x"}, half = named("ann", "");
    ck_assert_ptr_nonnull(login_missing(login, &token));
    ck_assert_ptr_nonnull(login_missing(login, &half));
    uint64_t account = login_account(login, "ann", ROLE_VIEWER);
    ck_assert_uint_ne(account, 0);
    ck_assert_uint_eq(login_account(login, "ann", ROLE_OPERATOR), 0);
    write_users("other", "viewer");
    ck_assert(login_reload(login, error, sizeof(error)));
    ck_assert_uint_ne(login_account(login, "ann", ROLE_VIEWER), account);
    ck_assert_int_eq(check("ann", "right"), LOGIN_WRONG);
    ck_assert_int_eq(check("ann", "other"), LOGIN_RIGHT);
}
END_TEST

START_TEST(a_user_who_is_taken_out_during_the_check_is_not_let_in)
{
    struct seen seen = {0};
    struct credentials credentials = named("ann", "right");
    write_users("right", "viewer");
    set("board.auth", "credentials");
    set("board.users", path);
    start();
    login_check(login, &credentials, on_done, &seen);
    write_file("# nobody\n", 0600);
    ck_assert(login_reload(login, error, sizeof(error)));
    wait_for(&seen, 1);
    ck_assert_int_eq(seen.last.outcome, LOGIN_WRONG);
}
END_TEST

START_TEST(too_many_passwords_at_once)
{
    struct seen seen[10] = {0};
    struct credentials credentials = named("ann", "right");
    unsigned busy = 0;
    write_users("right", "viewer");
    set("board.auth", "credentials");
    set("board.users", path);
    start();
    for (int i = 0; i < 10; i++) {
        login_check(login, &credentials, on_done, &seen[i]);
        busy += seen[i].count == 1 && seen[i].last.outcome == LOGIN_BUSY;
    }
    ck_assert_uint_eq(busy, 6); /* the queue holds four */
    for (int i = 0; i < 10; i++)
        wait_for(&seen[i], 1);
    ck_assert_int_eq(seen[0].last.outcome, LOGIN_RIGHT);
    ck_assert_int_eq(seen[3].last.outcome, LOGIN_RIGHT);
}
END_TEST

START_TEST(a_rate_of_passwords)
{
    unsigned busy = 0;
    write_users("right", "viewer");
    set("board.auth", "credentials");
    set("board.users", path);
    set("board.login_rate", "2");
    start();
    for (int i = 0; i < 4; i++)
        busy += check("ann", "wrong") == LOGIN_BUSY;
    ck_assert_uint_ge(busy, 1);
}
END_TEST

START_TEST(checks_end_with_the_login)
{
    struct seen seen[3] = {0};
    struct credentials credentials = named("ann", "right");
    write_users("right", "viewer");
    set("board.auth", "credentials");
    set("board.users", path);
    start();
    for (int i = 0; i < 3; i++)
        login_check(login, &credentials, on_done, &seen[i]);
    login_free(login);
    login = NULL;
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(seen[i].count, 1);
        ck_assert_int_ne(seen[i].last.outcome, LOGIN_RIGHT);
    }
}
END_TEST

static void start_program(const char *script)
{
    write_file(script, 0700);
    set("board.auth", "custom");
    set("board.auth_program", path);
    start();
}

START_TEST(a_program)
{
    static const struct {
        const char *name;
        enum login_outcome outcome;
    } cases[] = {
        {"viewer", LOGIN_RIGHT},   {"refused", LOGIN_WRONG},  {"two", LOGIN_FAILED},
        {"killed", LOGIN_FAILED},  {"nothing", LOGIN_FAILED}, {"junk", LOGIN_FAILED},
        {"list", LOGIN_FAILED},    {"norole", LOGIN_FAILED},  {"root", LOGIN_FAILED},
        {"control", LOGIN_FAILED}, {"long", LOGIN_FAILED},    {"much", LOGIN_FAILED},
    };
    start_program("#!/bin/sh\n"
                  "read -r line\n"
                  "case $line in\n"
                  "*viewer*) echo '{\"name\":\"v\",\"role\":\"viewer\"}' ;;\n"
                  "*refused*) exit 1 ;;\n"
                  "*two*) echo '{\"name\":\"v\",\"role\":\"viewer\"}'; exit 2 ;;\n"
                  "*killed*) echo '{\"name\":\"v\",\"role\":\"viewer\"}'; kill -KILL $$ ;;\n"
                  "*nothing*) ;;\n"
                  "*junk*) echo '{\"name\":\"v\",\"role\":\"viewer\"} and more' ;;\n"
                  "*list*) echo '[\"v\",\"viewer\"]' ;;\n"
                  "*norole*) echo '{\"name\":\"v\"}' ;;\n"
                  "*root*) echo '{\"name\":\"v\",\"role\":\"root\"}' ;;\n"
                  "*control*) echo '{\"name\":\"a\\\\nb\",\"role\":\"viewer\"}' ;;\n"
                  "*long*) printf '{\"name\":\"%064d\",\"role\":\"viewer\"}' 0 ;;\n"
                  "*much*) printf '%2000s{\"name\":\"v\",\"role\":\"viewer\"}' '' ;;\n"
                  "esac\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(check(cases[i].name, "x") == cases[i].outcome, "%s", cases[i].name);
}
END_TEST

START_TEST(a_program_that_hangs)
{
    uint64_t begun = clock_mono_ms();
    set("board.auth_timeout", "200ms");
    start_program("#!/bin/sh\nexec sleep 60\n");
    ck_assert_int_eq(check("ann", "x"), LOGIN_FAILED);
    ck_assert_uint_ge(clock_mono_ms() - begun, 200);
    ck_assert_int_eq(check("ann", "x"), LOGIN_FAILED); /* and again */
}
END_TEST

START_TEST(programs_at_one_time)
{
    struct seen seen[3] = {0};
    set("board.auth_programs", "2");
    set("board.auth_timeout", "500ms");
    start_program("#!/bin/sh\nexec sleep 60\n");
    for (int i = 0; i < 3; i++) {
        char password[8];
        snprintf(password, sizeof(password), "%d", i);
        struct credentials credentials = named("ann", password);
        login_check(login, &credentials, on_done, &seen[i]);
    }
    ck_assert_uint_eq(seen[2].count, 1);
    ck_assert_int_eq(seen[2].last.outcome, LOGIN_BUSY);
    wait_for(&seen[0], 1);
    wait_for(&seen[1], 1);
}
END_TEST

START_TEST(a_program_can_be_replaced_but_must_be_there_at_the_start)
{
    set("board.auth", "custom");
    set("board.auth_program", "relative");
    ck_assert_ptr_null(login_new(&config, base, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "absolute"));
    set("board.auth_program", "/nonexistent");
    ck_assert_ptr_null(login_new(&config, base, error, sizeof(error)));
    start_program("#!/bin/sh\nexit 1\n");
    ck_assert_int_eq(check("ann", "x"), LOGIN_WRONG);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(check("ann", "x"), LOGIN_FAILED);
}
END_TEST

SUITE_WITH("login", begin, end, the_token, names_and_passwords,
           a_user_who_is_taken_out_during_the_check_is_not_let_in, too_many_passwords_at_once,
           a_rate_of_passwords, checks_end_with_the_login, a_program, a_program_that_hangs,
           programs_at_one_time, a_program_can_be_replaced_but_must_be_there_at_the_start)

#include "common/daemon.h"

#include "tests/unit/suite.h"

#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/test_daemon.XXXXXX";
static char path[64];

static void make_path(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/pid", directory);
}

static void remove_path(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0);
}

static int exit_status(pid_t child)
{
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void silence(void)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDERR_FILENO);
}

START_TEST(a_pid_file_holds_our_pid_until_it_is_removed)
{
    struct pidfh *pidfile;
    char error[256], text[32] = "";
    make_path();
    ck_assert(daemon_pidfile_open(path, &pidfile, error, sizeof(error)));
    daemon_pidfile_write(pidfile);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
    fclose(file);
    ck_assert_int_eq(atol(text), getpid());
    daemon_pidfile_remove(pidfile);
    ck_assert_int_ne(access(path, F_OK), 0);
    remove_path();
}
END_TEST

START_TEST(a_second_process_is_told_who_runs)
{
    struct pidfh *pidfile, *second;
    char error[256], expected[256];
    make_path();
    ck_assert(daemon_pidfile_open(path, &pidfile, error, sizeof(error)));
    daemon_pidfile_write(pidfile);
    pid_t child = fork();
    if (child == 0) {
        bool opened = daemon_pidfile_open(path, &second, error, sizeof(error));
        snprintf(expected, sizeof(expected), "already running, process %ld holds %s",
                 (long)getppid(), path);
        _exit(!opened && second == NULL && strcmp(error, expected) == 0 ? 0 : 1);
    }
    ck_assert_int_eq(exit_status(child), 0);
    daemon_pidfile_remove(pidfile);
    remove_path();
}
END_TEST

START_TEST(a_stale_pid_file_is_taken_over)
{
    struct pidfh *pidfile;
    char error[256];
    make_path();
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%ld", (long)getppid());
    fclose(file);
    ck_assert(daemon_pidfile_open(path, &pidfile, error, sizeof(error)));
    daemon_pidfile_remove(pidfile);
    remove_path();
}
END_TEST

START_TEST(no_pid_file_is_fine_a_bad_one_is_not)
{
    struct pidfh *pidfile;
    char error[256];
    ck_assert(daemon_pidfile_open(NULL, &pidfile, error, sizeof(error)));
    ck_assert_ptr_null(pidfile);
    ck_assert(daemon_pidfile_open("", &pidfile, error, sizeof(error)));
    ck_assert_ptr_null(pidfile);
    daemon_pidfile_write(NULL);
    daemon_pidfile_remove(NULL);
    ck_assert(!daemon_pidfile_open("/nonexistent/pid", &pidfile, error, sizeof(error)));
    ck_assert_str_eq(error, "/nonexistent/pid: No such file or directory");
}
END_TEST

START_TEST(the_parent_ends_well_when_the_daemon_is_ready)
{
    int ends[2];
    pid_t daemon = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        daemon_detach();
        daemon_ready();
        daemon_ready(); /* the second does nothing */
        pid_t self = getsid(0) == getpid() ? getpid() : -1;
        ssize_t written = write(ends[1], &self, sizeof(self));
        _exit(written == sizeof(self) ? 0 : 1);
    }
    ck_assert_int_eq(exit_status(parent), 0);
    ck_assert_int_eq(read(ends[0], &daemon, sizeof(daemon)), sizeof(daemon));
    ck_assert_int_gt(daemon, 0);
    ck_assert_int_ne(daemon, parent);
}
END_TEST

static char standard_streams(void)
{
    char target[3][64] = {"", "", ""};
    for (int i = 0; i < 3; i++) {
        char link[32];
        snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
        if (readlink(link, target[i], sizeof(target[i]) - 1) < 0)
            return 'e';
    }
    for (int i = 0; i < 3; i++)
        if (strcmp(target[i], "/dev/null") != 0)
            return 'o';
    return 'n';
}

START_TEST(a_ready_daemon_has_let_go_of_the_terminal)
{
    int ends[2];
    char before_and_after[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0) {
        dup2(ends[1], STDERR_FILENO);
        daemon_detach();
        before_and_after[0] = standard_streams();
        daemon_ready();
        before_and_after[1] = standard_streams();
        ssize_t written = write(ends[1], before_and_after, 2);
        _exit(written == 2 ? 0 : 1);
    }
    ck_assert_int_eq(exit_status(parent), 0);
    ck_assert_int_eq(read(ends[0], before_and_after, 2), 2);
    ck_assert_int_eq(before_and_after[0], 'o');
    ck_assert_int_eq(before_and_after[1], 'n');
}
END_TEST

START_TEST(the_parent_fails_when_the_daemon_does)
{
    pid_t parent = fork();
    if (parent == 0) {
        daemon_detach();
        _exit(7);
    }
    ck_assert_int_eq(exit_status(parent), 1);
    parent = fork();
    if (parent == 0) {
        silence();
        daemon_detach();
        kill(getpid(), SIGKILL);
    }
    ck_assert_int_eq(exit_status(parent), 1);
}
END_TEST

START_TEST(ready_without_detach_changes_nothing)
{
    char before = standard_streams();
    daemon_ready();
    ck_assert_int_eq(standard_streams(), before);
}
END_TEST

START_TEST(privileges_are_dropped_for_good)
{
    char error[256];
    const struct passwd *nobody = getpwnam("nobody");
    if (geteuid() != 0 || nobody == NULL)
        return;
    pid_t child = fork();
    if (child == 0) {
        uid_t wanted = nobody->pw_uid;
        gid_t group = nobody->pw_gid;
        if (!daemon_drop_privileges("nobody", error, sizeof(error)))
            _exit(1);
        if (getuid() != wanted || geteuid() != wanted || getgid() != group || getegid() != group)
            _exit(2);
        if (setuid(0) == 0 || seteuid(0) == 0)
            _exit(3);
        if (!daemon_drop_privileges("nobody", error, sizeof(error)))
            _exit(4); /* we are nobody already */
        if (daemon_drop_privileges("root", error, sizeof(error)) ||
            strcmp(error, "only root can change to user root") != 0)
            _exit(5);
        _exit(0);
    }
    ck_assert_int_eq(exit_status(child), 0);
}
END_TEST

START_TEST(unknown_users_are_refused_and_none_is_fine)
{
    char error[256];
    uid_t before = geteuid();
    ck_assert(daemon_drop_privileges("", error, sizeof(error)));
    ck_assert_uint_eq(geteuid(), before);
    ck_assert(!daemon_drop_privileges("no-such-user", error, sizeof(error)));
    ck_assert_str_eq(error, "user no-such-user: unknown");
}
END_TEST

START_TEST(the_descriptor_limit_is_raised_as_far_as_allowed)
{
    struct rlimit low = {.rlim_cur = 64, .rlim_max = 256}, now;
    if (geteuid() == 0)
        ck_assert(setgid(65534) == 0 && setuid(65534) == 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    ck_assert_uint_eq(daemon_raise_descriptor_limit(32), 64);
    ck_assert_uint_eq(daemon_raise_descriptor_limit(128), 128);
    ck_assert_uint_eq(daemon_raise_descriptor_limit(100000), 256);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
    ck_assert_uint_eq(now.rlim_cur, 256);
}
END_TEST

struct calls {
    struct event_base *base;
    unsigned stops, reloads;
};

static void stop(void *context)
{
    struct calls *calls = context;
    calls->stops++;
    event_base_loopbreak(calls->base);
}

static void reload(void *context)
{
    struct calls *calls = context;
    calls->reloads++;
    event_base_loopbreak(calls->base);
}

START_TEST(signals_call_back_inside_the_loop)
{
    struct calls calls = {.base = event_base_new()};
    ck_assert_ptr_nonnull(calls.base);
    struct daemon_signals *signals = daemon_signals_new(calls.base, stop, reload, &calls);
    ck_assert_ptr_nonnull(signals);
    raise(SIGPIPE);
    raise(SIGTERM);
    ck_assert_uint_eq(calls.stops, 0);
    event_base_dispatch(calls.base);
    ck_assert_uint_eq(calls.stops, 1);
    raise(SIGINT);
    event_base_dispatch(calls.base);
    ck_assert_uint_eq(calls.stops, 2);
    ck_assert_uint_eq(calls.reloads, 0);
    raise(SIGHUP);
    event_base_dispatch(calls.base);
    ck_assert_uint_eq(calls.stops, 2);
    ck_assert_uint_eq(calls.reloads, 1);
    daemon_signals_free(signals);
    event_base_free(calls.base);
}
END_TEST

START_TEST(signals_that_come_early_wait)
{
    struct calls calls = {.base = event_base_new()};
    ck_assert_ptr_nonnull(calls.base);
    daemon_hold_signals();
    raise(SIGTERM);
    struct daemon_signals *signals = daemon_signals_new(calls.base, stop, NULL, &calls);
    ck_assert_ptr_nonnull(signals);
    event_base_dispatch(calls.base);
    ck_assert_uint_eq(calls.stops, 1);
    daemon_signals_free(signals);
    event_base_free(calls.base);
}
END_TEST

START_TEST(reload_may_be_absent)
{
    struct calls calls = {.base = event_base_new()};
    ck_assert_ptr_nonnull(calls.base);
    struct daemon_signals *signals = daemon_signals_new(calls.base, stop, NULL, &calls);
    ck_assert_ptr_nonnull(signals);
    raise(SIGHUP);
    raise(SIGTERM);
    event_base_dispatch(calls.base);
    ck_assert_uint_eq(calls.stops, 1);
    daemon_signals_free(signals);
    daemon_signals_free(NULL);
    event_base_free(calls.base);
}
END_TEST

SUITE("daemon", a_pid_file_holds_our_pid_until_it_is_removed, a_second_process_is_told_who_runs,
      a_stale_pid_file_is_taken_over, no_pid_file_is_fine_a_bad_one_is_not,
      the_parent_ends_well_when_the_daemon_is_ready, a_ready_daemon_has_let_go_of_the_terminal,
      the_parent_fails_when_the_daemon_does, ready_without_detach_changes_nothing,
      privileges_are_dropped_for_good, unknown_users_are_refused_and_none_is_fine,
      the_descriptor_limit_is_raised_as_far_as_allowed, signals_call_back_inside_the_loop,
      signals_that_come_early_wait, reload_may_be_absent)

#include "common/daemon.h"

#include "common/log.h"

#include <bsd/libutil.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOPIC "daemon"

/* Write end of the pipe to the waiting parent, between daemon_detach and daemon_ready. */
static int ready_pipe = -1;

bool daemon_pidfile_open(const char *path, struct pidfh **pidfile, char *error, size_t error_size)
{
    pid_t other = 0;
    *pidfile = NULL;
    if (path == NULL || path[0] == '\0')
        return true;
    *pidfile = pidfile_open(path, 0644, &other);
    if (*pidfile != NULL)
        return true;
    if (errno == EEXIST)
        snprintf(error, error_size, "already running, process %ld holds %s", (long)other, path);
    else
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return false;
}

void daemon_pidfile_write(struct pidfh *pidfile)
{
    if (pidfile != NULL && pidfile_write(pidfile) != 0)
        log_warn(TOPIC, "pid file");
}

void daemon_pidfile_remove(struct pidfh *pidfile)
{
    if (pidfile != NULL)
        pidfile_remove(pidfile);
}

/* The parent's half: ends as the child's start-up ends. */
static _Noreturn void wait_until_ready(pid_t child, int from_child)
{
    char ready;
    ssize_t got;
    do
        got = read(from_child, &ready, 1);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        _exit(0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        log_warnx(TOPIC, "start failed: killed by signal %d", WTERMSIG(status));
    _exit(1);
}

void daemon_detach(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        fatal(TOPIC, "pipe");
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        fatal(TOPIC, "fork");
    if (child > 0) {
        close(ends[1]);
        wait_until_ready(child, ends[0]);
    }
    close(ends[0]);
    ready_pipe = ends[1];
    if (setsid() < 0)
        fatal(TOPIC, "setsid");
}

void daemon_ready(void)
{
    if (ready_pipe < 0)
        return;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        fatal(TOPIC, "/dev/null");
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++)
        if (dup2(null, standard) < 0)
            fatal(TOPIC, "dup2");
    if (null > STDERR_FILENO)
        close(null);
    /* the parent may have been killed meanwhile; the daemon goes on */
    ssize_t written = write(ready_pipe, "", 1);
    (void)written;
    close(ready_pipe);
    ready_pipe = -1;
}

static bool become(const struct passwd *account)
{
    return initgroups(account->pw_name, account->pw_gid) == 0 &&
           setresgid(account->pw_gid, account->pw_gid, account->pw_gid) == 0 &&
           setresuid(account->pw_uid, account->pw_uid, account->pw_uid) == 0;
}

bool daemon_drop_privileges(const char *user, char *error, size_t error_size)
{
    if (user[0] == '\0')
        return true;
    errno = 0;
    const struct passwd *account = getpwnam(user);
    if (account == NULL) {
        snprintf(error, error_size, "user %s: %s", user, errno != 0 ? strerror(errno) : "unknown");
        return false;
    }
    if (geteuid() != 0) {
        if (account->pw_uid == getuid() && account->pw_uid == geteuid())
            return true;
        snprintf(error, error_size, "only root can change to user %s", user);
        return false;
    }
    if (!become(account)) {
        snprintf(error, error_size, "user %s: %s", user, strerror(errno));
        return false;
    }
    if (account->pw_uid != 0 && setresuid(0, 0, 0) == 0) {
        snprintf(error, error_size, "user %s: privileges can be regained", user);
        return false;
    }
    return true;
}

size_t daemon_raise_descriptor_limit(size_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    struct rlimit raised = {.rlim_cur = wanted, .rlim_max = limit.rlim_max};
    if (raised.rlim_max < wanted)
        raised.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        return wanted;
    raised = (struct rlimit){.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

struct daemon_signals {
    struct event *terminate;
    struct event *interrupt;
    struct event *hangup;
    void (*stop)(void *);
    void (*reload)(void *);
    void *context;
};

static void on_signal(evutil_socket_t number, short what, void *argument)
{
    const struct daemon_signals *signals = argument;
    (void)what;
    if (number != SIGHUP)
        signals->stop(signals->context);
    else if (signals->reload != NULL)
        signals->reload(signals->context);
}

static struct event *watch(struct event_base *base, int number, struct daemon_signals *signals)
{
    struct event *event = evsignal_new(base, number, on_signal, signals);
    if (event != NULL && event_add(event, NULL) != 0) {
        event_free(event);
        return NULL;
    }
    return event;
}

static void mask_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(how, &set, NULL);
}

void daemon_hold_signals(void)
{
    mask_signals(SIG_BLOCK);
}

struct daemon_signals *daemon_signals_new(struct event_base *base, void (*stop)(void *),
                                          void (*reload)(void *), void *context)
{
    struct daemon_signals *signals = calloc(1, sizeof(*signals));
    if (signals == NULL)
        return NULL;
    signals->stop = stop;
    signals->reload = reload;
    signals->context = context;
    signals->terminate = watch(base, SIGTERM, signals);
    signals->interrupt = watch(base, SIGINT, signals);
    signals->hangup = watch(base, SIGHUP, signals);
    if (signals->terminate == NULL || signals->interrupt == NULL || signals->hangup == NULL ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        daemon_signals_free(signals);
        return NULL;
    }
    mask_signals(SIG_UNBLOCK);
    return signals;
}

void daemon_signals_free(struct daemon_signals *signals)
{
    if (signals == NULL)
        return;
    struct event *const events[] = {signals->terminate, signals->interrupt, signals->hangup};
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (events[i] != NULL)
            event_free(events[i]);
    free(signals);
}

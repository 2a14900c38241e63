#include "boardd/login/auth_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/timestamp.h"

enum { IN, OUT, ERR, PROCESS, DESCRIPTORS };

/* One program that runs. */
struct run {
    pid_t pid; /* 0: free */
    bool answered;
    int descriptors[DESCRIPTORS]; /* our ends, -1 when closed */
    uint64_t deadline_ms;
    size_t written; /* of the request's input */
    size_t complaint_length;
    struct auth_request request;
    struct auth_answer answer;
};

struct helper {
    struct auth_helper_options options;
    int socket;
    pid_t self;
    struct run *runs; /* options.max_programs */
};

static void close_one(struct run *run, int which)
{
    if (run->descriptors[which] >= 0)
        close(run->descriptors[which]);
    run->descriptors[which] = -1;
}

static void answer(const struct helper *helper, struct run *run, enum auth_outcome outcome,
                   int code)
{
    if (run->answered)
        return;
    run->answered = true;
    run->answer.number = run->request.number;
    run->answer.outcome = outcome;
    run->answer.code = code;
    send(helper->socket, &run->answer, sizeof(run->answer), MSG_NOSIGNAL);
    explicit_bzero(run->request.input, sizeof(run->request.input));
}

/* In the new process. */
static _Noreturn void become_program(const struct helper *helper, const int ends[3])
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char lang[] = "LANG=C.UTF-8";
    char program[PATH_MAX];
    char *const arguments[] = {program, NULL}, *const environment[] = {path, lang, NULL};
    snprintf(program, sizeof(program), "%s", helper->options.program);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != helper->self) /* it ended before the line above */
        _exit(127);
    for (int i = 0; i < 3; i++) {
        if (dup2(ends[i], i) < 0)
            _exit(127);
    }
    close_range(3, UINT_MAX, 0);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    if (chdir("/") == 0)
        execve(program, arguments, environment);
    dprintf(STDERR_FILENO, "%s: %s", program, strerror(errno));
    _exit(127);
}

static bool make_pipe(int ends[2], int ours)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    return fcntl(ends[ours], F_SETFL, O_NONBLOCK) == 0;
}

static bool start_program(struct helper *helper, struct run *run)
{
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    bool good = make_pipe(pipes[IN], 1) && make_pipe(pipes[OUT], 0) && make_pipe(pipes[ERR], 0);
    pid_t pid = good ? fork() : -1;
    if (pid == 0)
        become_program(helper, (const int[3]){pipes[IN][0], pipes[OUT][1], pipes[ERR][1]});
    run->descriptors[IN] = pipes[IN][1];
    run->descriptors[OUT] = pipes[OUT][0];
    run->descriptors[ERR] = pipes[ERR][0];
    const int theirs[] = {pipes[IN][0], pipes[OUT][1], pipes[ERR][1]};
    for (size_t i = 0; i < 3; i++) {
        if (theirs[i] >= 0)
            close(theirs[i]);
    }
    run->descriptors[PROCESS] = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pid > 0) {
        setpgid(pid, pid); /* whoever comes first */
        run->pid = pid;
    }
    if (pid > 0 && run->descriptors[PROCESS] >= 0)
        return true;
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    for (int i = 0; i < DESCRIPTORS; i++)
        close_one(run, i);
    run->pid = 0;
    return false;
}

static void write_input(struct run *run)
{
    const struct auth_request *request = &run->request;
    ssize_t written =
        write(run->descriptors[IN], request->input + run->written, request->length - run->written);
    if (written > 0)
        run->written += (size_t)written;
    if (run->written == request->length || (written < 0 && errno != EAGAIN))
        close_one(run, IN); /* all of it, or it does not want to know */
}

static void kill_run(struct run *run)
{
    kill(-run->pid, SIGKILL);
}

/* Reads what there is; false when the program wrote too much. */
static bool read_output(struct run *run)
{
    struct auth_answer *to = &run->answer;
    char more[512];
    ssize_t got;
    if (run->descriptors[OUT] < 0)
        return true;
    while ((got = read(run->descriptors[OUT], more, sizeof(more))) > 0) {
        if ((size_t)got > sizeof(to->output) - to->length)
            return false;
        memcpy(to->output + to->length, more, (size_t)got);
        to->length += (size_t)got;
    }
    if (got == 0 || errno != EAGAIN)
        close_one(run, OUT);
    return true;
}

/* What is too much of it is thrown away; at most so much at a time, for it may never end. */
static void read_complaint(struct run *run)
{
    char more[AUTH_MAX_COMPLAINT];
    ssize_t got = read(run->descriptors[ERR], more, sizeof(more));
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        close_one(run, ERR);
        return;
    }
    size_t room = sizeof(run->answer.complaint) - 1 - run->complaint_length;
    size_t taken = got < 0 ? 0 : (size_t)got < room ? (size_t)got : room;
    memcpy(run->answer.complaint + run->complaint_length, more, taken);
    run->complaint_length += taken;
}

static void finish(const struct helper *helper, struct run *run)
{
    int status = 0;
    if (waitpid(run->pid, &status, WNOHANG) != run->pid)
        return;
    kill_run(run); /* what it has left behind */
    bool fits = read_output(run);
    if (run->descriptors[ERR] >= 0)
        read_complaint(run);
    if (!fits)
        answer(helper, run, AUTH_TOO_LONG, 0);
    else if (WIFSIGNALED(status))
        answer(helper, run, AUTH_KILLED, WTERMSIG(status));
    else
        answer(helper, run, AUTH_EXITED, WEXITSTATUS(status));
    for (int i = 0; i < DESCRIPTORS; i++)
        close_one(run, i);
    explicit_bzero(run, sizeof(*run));
}

static struct run *free_run(const struct helper *helper)
{
    for (size_t i = 0; i < helper->options.max_programs; i++) {
        if (helper->runs[i].pid == 0)
            return &helper->runs[i];
    }
    return NULL;
}

/* False at the end of boardd. */
static bool take_request(struct helper *helper)
{
    struct auth_request request;
    ssize_t got = recv(helper->socket, &request, sizeof(request), MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    struct run *run = free_run(helper), none = {.request.number = request.number};
    if (run == NULL || request.length > AUTH_MAX_INPUT) {
        answer(helper, &none, AUTH_NOT_RUN, 0);
        return true;
    }
    memset(run, 0, sizeof(*run));
    run->request = request;
    explicit_bzero(&request, sizeof(request));
    run->deadline_ms = clock_mono_ms() + helper->options.timeout_ms;
    if (start_program(helper, run))
        write_input(run);
    else
        answer(helper, run, AUTH_NOT_RUN, errno);
    return true;
}

/* Descriptors that poll is to watch; for each its run and which of the run's it is. */
struct watched {
    struct pollfd polls[1 + DESCRIPTORS * AUTH_MAX_PROGRAMS];
    struct run *runs[1 + DESCRIPTORS * AUTH_MAX_PROGRAMS];
    int which[1 + DESCRIPTORS * AUTH_MAX_PROGRAMS];
    nfds_t count;
};

/* Returns the milliseconds until the next deadline, -1 for none. */
static int watch(struct helper *helper, struct watched *watched)
{
    uint64_t now_ms = clock_mono_ms();
    int wait = -1;
    watched->polls[0] = (struct pollfd){.fd = helper->socket, .events = POLLIN};
    watched->count = 1;
    for (size_t n = 0; n < helper->options.max_programs; n++) {
        struct run *run = &helper->runs[n];
        for (int i = 0; run->pid != 0 && i < DESCRIPTORS; i++) {
            if (run->descriptors[i] < 0)
                continue;
            watched->polls[watched->count] = (struct pollfd){
                .fd = run->descriptors[i], .events = (short)(i == IN ? POLLOUT : POLLIN)};
            watched->runs[watched->count] = run;
            watched->which[watched->count++] = i;
        }
        if (run->pid == 0 || run->answered)
            continue;
        int left = run->deadline_ms > now_ms ? (int)(run->deadline_ms - now_ms) : 0;
        wait = wait < 0 || left < wait ? left : wait;
    }
    return wait;
}

static void handle(const struct helper *helper, struct run *run, int which)
{
    if (run->descriptors[which] < 0)
        return;
    if (which == IN)
        write_input(run);
    else if (which == ERR)
        read_complaint(run);
    else if (which == PROCESS)
        finish(helper, run);
    else if (!read_output(run)) {
        close_one(run, OUT);
        kill_run(run);
        answer(helper, run, AUTH_TOO_LONG, 0);
    }
}

static void end_late_ones(const struct helper *helper)
{
    uint64_t now_ms = clock_mono_ms();
    for (size_t i = 0; i < helper->options.max_programs; i++) {
        struct run *run = &helper->runs[i];
        if (run->pid == 0 || run->answered || now_ms < run->deadline_ms)
            continue;
        kill_run(run);
        answer(helper, run, AUTH_TIMED_OUT, 0);
    }
}

static void serve(struct helper *helper)
{
    static struct watched watched;
    for (;;) {
        int wait = watch(helper, &watched);
        if (poll(watched.polls, watched.count, wait) < 0 && errno != EINTR)
            return;
        for (nfds_t i = 1; i < watched.count; i++) {
            if (watched.polls[i].revents != 0 && watched.runs[i]->pid != 0)
                handle(helper, watched.runs[i], watched.which[i]);
        }
        end_late_ones(helper);
        if (watched.polls[0].revents != 0 && !take_request(helper))
            return;
    }
}

/* Nothing of boardd's stays open but the socket, which becomes descriptor 3. */
static bool leave_boardd(struct helper *helper)
{
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) {
        if (null < 0 || dup2(null, i) < 0)
            return false;
    }
    if (helper->socket != 3 && dup2(helper->socket, 3) < 0)
        return false;
    helper->socket = 3;
    close_range(4, UINT_MAX, 0);
    fcntl(helper->socket, F_SETFD, FD_CLOEXEC);
    /* it ends with the socket, after boardd, whatever a terminal or a service manager sends to all
     */
    static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core would hold passwords */
    prctl(PR_SET_NAME, "boardd-auth");
    return true;
}

static _Noreturn void run_helper(const struct auth_helper_options *options, int socket)
{
    struct helper helper = {.options = *options, .socket = socket, .self = getpid()};
    char error[256];
    helper.runs = calloc(options->max_programs, sizeof(*helper.runs));
    if (helper.runs != NULL && leave_boardd(&helper) &&
        daemon_drop_privileges(options->user, error, sizeof(error)))
        serve(&helper);
    for (size_t i = 0; helper.runs != NULL && i < options->max_programs; i++) {
        if (helper.runs[i].pid != 0)
            kill_run(&helper.runs[i]);
    }
    _exit(0);
}

int auth_helper_start(const struct auth_helper_options *options, pid_t *helper)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_helper(options, ends[1]);
    }
    close(ends[1]);
    *helper = pid;
    if (pid > 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

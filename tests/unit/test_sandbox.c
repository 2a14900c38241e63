/* Inside the sandbox: what boardd needs goes on, what a broken-in boardd could want does not. Each
 * test is a process of its own. */
#include "boardd/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/suite.h"

static char directory[64];
static struct sandbox_rules *rules;
static struct sandbox_level available, level;
static int listener;

static const char *in_directory(const char *name)
{
    static char path[200];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int listen_somewhere(struct sockaddr_in *address)
{
    socklen_t length = sizeof(*address);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert_int_eq(bind(descriptor, (struct sockaddr *)address, sizeof(*address)), 0);
    ck_assert_int_eq(listen(descriptor, 4), 0);
    ck_assert_int_eq(getsockname(descriptor, (struct sockaddr *)address, &length), 0);
    return descriptor;
}

/* The test itself can't remove them any more. */
static void remove_files_afterwards(void)
{
    int ends[2];
    char byte;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    if (fork() != 0) {
        close(ends[0]);
        return;
    }
    setsid(); /* the suite ends what a test leaves behind */
    close(ends[1]);
    while (read(ends[0], &byte, 1) > 0)
        ;
    execl("/bin/rm", "rm", "-rf", directory, (char *)NULL);
    _exit(1);
}

static void begin(void)
{
    available = sandbox_available();
    rules = calloc(1, sizeof(*rules));
    snprintf(directory, sizeof(directory), "/tmp/ocpp-board-unit.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    remove_files_afterwards();
    ck_assert_int_eq(mkdir(in_directory("state"), 0700), 0);
    ck_assert_int_eq(mkdir(in_directory("read"), 0700), 0);
    int file = open(in_directory("read/file"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(write(file, "text", 4), 4);
    close(file);
    ck_assert(sandbox_allow(rules, in_directory("state"), SANDBOX_READ | SANDBOX_CHANGE));
    ck_assert(sandbox_allow(rules, in_directory("read"), SANDBOX_READ));
    ck_assert(sandbox_allow(rules, in_directory("missing"), SANDBOX_READ));
}

/* Outside of the sandbox again: the test was a process of its own. */
static void end(void)
{
    free(rules);
}

static void enter(void)
{
    level = sandbox_enter(rules);
    ck_assert_int_eq(level.landlock_abi, available.landlock_abi);
    ck_assert_int_eq(level.seccomp, available.seccomp);
}

static void expect_open(const char *path, int flags, int wanted_error)
{
    errno = 0;
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (wanted_error == 0 || level.landlock_abi == 0)
        ck_assert_msg(file >= 0, "%s: %s", path, strerror(errno));
    else
        ck_assert_msg(file < 0 && errno == wanted_error, "%s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
}

START_TEST(files)
{
    enter();
    expect_open("/etc/passwd", O_RDONLY, EACCES);
    expect_open("/proc/self/environ", O_RDONLY, EACCES);
    expect_open(in_directory("read/file"), O_RDONLY, 0);
    expect_open(in_directory("read/file"), O_WRONLY, EACCES);
    expect_open(in_directory("read/other"), O_WRONLY | O_CREAT, EACCES);
    expect_open(in_directory("read/../other"), O_WRONLY | O_CREAT, EACCES);
    expect_open(in_directory("state/new"), O_WRONLY | O_CREAT | O_EXCL, 0);
    if (level.landlock_abi == 0)
        return;
    char from[200];
    snprintf(from, sizeof(from), "%s", in_directory("state/new"));
    ck_assert_int_eq(rename(from, in_directory("state/kept")), 0);
    snprintf(from, sizeof(from), "%s", in_directory("state/kept"));
    ck_assert_int_ne(rename(from, in_directory("read/kept")), 0);
    ck_assert_int_ne(symlink("/etc/passwd", in_directory("state/link")), 0);
    ck_assert_int_ne(unlink(in_directory("read/file")), 0);
    ck_assert_int_eq(unlink(in_directory("state/kept")), 0);
}
END_TEST

START_TEST(connections)
{
    struct sockaddr_in address, elsewhere;
    listener = listen_somewhere(&address);
    int other = listen_somewhere(&elsewhere);
    int client = socket(AF_INET, SOCK_STREAM, 0), stranger = socket(AF_INET, SOCK_STREAM, 0);
    rules->connect_port = ntohs(address.sin_port);
    enter();
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ck_assert_msg(accepted >= 0, "its own listener: %s", strerror(errno));
    if (level.landlock_abi >= 4)
        ck_assert_int_ne(connect(stranger, (struct sockaddr *)&elsewhere, sizeof(elsewhere)), 0);
    if (level.seccomp) {
        ck_assert_int_lt(socket(AF_INET, SOCK_STREAM, 0), 0);
        ck_assert_int_lt(socket(AF_INET6, SOCK_DGRAM, 0), 0);
        ck_assert_int_lt(socket(AF_NETLINK, SOCK_RAW, 0), 0);
        ck_assert_int_ne(listen(stranger, 1), 0);
        ck_assert_int_ne(bind(stranger, (struct sockaddr *)&elsewhere, sizeof(elsewhere)), 0);
    }
    close(other);
}
END_TEST

START_TEST(unix_sockets)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/control", directory);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    enter();
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(client, 0);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
}
END_TEST

START_TEST(with_a_network)
{
    struct sockaddr_in address, elsewhere;
    listener = listen_somewhere(&address);
    listen_somewhere(&elsewhere);
    rules->internet = true;
    rules->connect_port = ntohs(address.sin_port);
    enter();
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(client, 0);
    ck_assert(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0 ||
              errno == EINPROGRESS);
    client = socket(AF_INET, SOCK_STREAM, 0);
    if (level.landlock_abi >= 4)
        ck_assert_int_ne(connect(client, (struct sockaddr *)&elsewhere, sizeof(elsewhere)), 0);
}
END_TEST

static void *write_there(void *context)
{
    *(int *)context = 1;
    return NULL;
}

START_TEST(memory_and_threads)
{
    int written = 0;
    pthread_t thread;
    enter();
    ck_assert_int_eq(pthread_create(&thread, NULL, write_there, &written), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(written, 1);
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    int file = open(in_directory("read/file"), O_RDONLY);
    ck_assert_ptr_ne(mmap(NULL, 4, PROT_READ, MAP_SHARED, file, 0), MAP_FAILED);
    if (!level.seccomp)
        return;
    ck_assert_int_ne(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
    ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     MAP_FAILED);
    ck_assert_int_lt(fork(), 0);
}
END_TEST

START_TEST(no_other_program)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        sandbox_enter(rules);
        execl("/bin/true", "true", (char *)NULL);
        _exit(7);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    if (available.seccomp)
        ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    else if (available.landlock_abi > 0)
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
END_TEST

START_TEST(nobody_is_signalled)
{
    pid_t victim = fork();
    if (victim == 0) {
        pause();
        _exit(0);
    }
    enter();
    if (level.seccomp || level.landlock_abi >= 6)
        ck_assert_int_ne(kill(victim, SIGTERM), 0);
    if (level.seccomp)
        ck_assert_int_ne(kill(getppid(), 0), 0);
}
END_TEST

START_TEST(there_is_room_for_so_many_rules)
{
    while (rules->path_count < SANDBOX_MAX_PATHS)
        ck_assert(sandbox_allow(rules, "/nonexistent", SANDBOX_READ));
    ck_assert(!sandbox_allow(rules, "/nonexistent", SANDBOX_READ));
}
END_TEST

SUITE_WITH("sandbox", begin, end, files, connections, unix_sockets, with_a_network,
           memory_and_threads, no_other_program, nobody_is_signalled,
           there_is_room_for_so_many_rules)

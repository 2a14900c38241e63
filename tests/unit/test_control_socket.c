/* Whose socket it is that commands are given to. */
#include "common/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/suite.h"

#define STRANGER 65533
#define GATEWAY  65534

static char dir[] = "/tmp/ocpp-board-test.XXXXXX";
static char segment[64], path[CONTROL_PATH_SIZE];
static struct config config;
static pid_t listener;

static void no_complaint(const char *text, void *context)
{
    (void)context;
    ck_abort_msg("%s", text);
}

static void begin(void)
{
    char assignment[100];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chmod(dir, 01777), 0);
    config_init(&config);
    snprintf(assignment, sizeof(assignment), "shm.dir=%s", dir);
    ck_assert_uint_eq(config_set(&config, assignment, no_complaint, NULL), 0);
    snprintf(segment, sizeof(segment), "%s/ocpp-board.unit", dir);
    ck_assert(control_path(&config, "unit", path));
}

static void stop_listening(void)
{
    if (listener > 0) {
        kill(listener, SIGKILL);
        waitpid(listener, NULL, 0);
    }
    listener = 0;
    unlink(path);
}

static void end(void)
{
    stop_listening();
    unlink(segment);
    rmdir(dir);
    config_free(&config);
}

static void make_segment(uid_t owner)
{
    close(open(segment, O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    ck_assert_int_eq(chown(segment, owner, (gid_t)-1), 0);
}

/* A process of that user that listens at `path`; it ends with this one. */
static void listen_as(uid_t user)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int ready[2];
    char byte = 0;
    memcpy(address.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(pipe(ready), 0);
    listener = fork();
    ck_assert_int_ge(listener, 0);
    if (listener == 0) {
        int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
        alarm(30);
        if ((user != geteuid() && setuid(user) != 0) ||
            bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0 ||
            listen(descriptor, 4) != 0 || write(ready[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    ck_assert_msg(read(ready[0], &byte, 1) == 1, "no listener at %s", path);
    close(ready[0]);
}

static void expect(int error)
{
    errno = 0;
    int descriptor = control_connect_gateway(&config, "unit", path);
    ck_assert_int_eq(descriptor < 0 ? errno : 0, error);
    if (descriptor >= 0)
        close(descriptor);
}

START_TEST(our_own)
{
    expect(ENOENT);
    listen_as(geteuid());
    expect(0);
    make_segment(geteuid());
    expect(0);
    stop_listening();
    expect(ENOENT);
}
END_TEST

START_TEST(of_others)
{
    if (geteuid() != 0)
        return; /* only root can be several users */
    listen_as(GATEWAY);
    expect(EPERM);
    make_segment(GATEWAY);
    expect(0);
    stop_listening();
    listen_as(STRANGER);
    expect(EPERM);
    make_segment(0);
    expect(EPERM);
    stop_listening();
    listen_as(0);
    make_segment(GATEWAY);
    expect(0);
}
END_TEST

SUITE_WITH("control_socket", begin, end, our_own, of_others)

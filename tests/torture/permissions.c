/*
 * The gateway, the dashboard and a stranger as three unprivileged users: whoever breaks into the
 * dashboard can read the segment and do nothing else to it. Needs root, to become them.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/segment_reader.h"
#include "shm/segment_writer.h"

#define SKIPPED  77
#define GROUP    "daemon" /* any that every system has */
#define GATEWAY  61001
#define BOARD    61002
#define STRANGER 61003
#define NOBODY   61004

struct scene {
    char dir[64];
    char segment[128];
    char lock[160];
    gid_t group;
    pid_t gateway;
};

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    _exit(2);
}

/* `got` is what a forbidden call returned. */
static void must_fail(const char *what, long got, int wanted_errno)
{
    if (got >= 0) {
        fprintf(stderr, "allowed: %s\n", what);
        _exit(1);
    }
    if (errno != wanted_errno) {
        fprintf(stderr, "%s: %s, expected %s\n", what, strerror(errno), strerror(wanted_errno));
        _exit(1);
    }
}

static void must(const char *what, bool good)
{
    if (!good) {
        fprintf(stderr, "not so: %s\n", what);
        _exit(1);
    }
}

static void become(uid_t user, gid_t group, const gid_t *groups, size_t count)
{
    if (setgroups(count, groups) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0)
        die("setresuid");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static long map_as(int fd, int protection)
{
    void *base = mmap(NULL, 4096, protection, MAP_SHARED, fd, 0);

    if (base == MAP_FAILED)
        return -1;
    munmap(base, 4096);
    return 0;
}

static long protect_as(int fd, int protection)
{
    void *base = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

    if (base == MAP_FAILED)
        die("mmap");
    int result = mprotect(base, 4096, protection);
    int failure = errno;
    munmap(base, 4096);
    errno = failure;
    return result;
}

/* Runs until it's killed; writes a byte to `ready` when the segment is there. */
static void run_gateway(const struct scene *scene, int ready)
{
    char error[512];
    struct segment_options options = {.dir = scene->dir,
                                      .instance = "access",
                                      .group = GROUP,
                                      .build_id = "access",
                                      .stations = 16};

    become(GATEWAY, GATEWAY, &scene->group, 1);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        options.ring_size[i] = 65536;
    struct segment_writer *writer = segment_writer_open(&options, error, sizeof error);
    if (writer == NULL) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    segment_writer_publish(writer, &(struct event){.type = EVENT_STARTUP});
    if (write(ready, "r", 1) != 1)
        die("write");
    pause();
    _exit(0);
}

static void read_as_intended(const struct scene *scene)
{
    static char buffer[SEGMENT_READER_BUFFER];
    char error[512];
    struct event event;

    struct segment_reader *reader =
        segment_reader_open(scene->dir, "access", GATEWAY, error, sizeof error);
    if (reader == NULL) {
        fprintf(stderr, "%s\n", error);
        _exit(1);
    }
    must("the segment is read",
         segment_reader_read(reader, COLLECTION_SYSTEM, 1, buffer, &event) == RING_MORE);
    must("the writer's lock is seen", segment_reader_health(reader, 0) == SEGMENT_LIVE);
    segment_reader_close(reader);
    reader = segment_reader_open(scene->dir, "access", NOBODY, error, sizeof error);
    must("another owner's segment is refused",
         reader == NULL && strstr(error, "belongs to user 61001") != NULL);
}

static void try_the_file(const struct scene *scene, int fd)
{
    char path[64];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    must_fail("open for reading and writing", open(scene->segment, O_RDWR), EACCES);
    must_fail("open for writing", open(scene->segment, O_WRONLY), EACCES);
    must_fail("truncate", truncate(scene->segment, 0), EACCES);
    must_fail("truncate the descriptor", ftruncate(fd, 0), EINVAL);
    must_fail("punch a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096),
              EBADF);
    must_fail("write", write(fd, "x", 1), EBADF);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    must_fail("open the descriptor again for writing", open(path, O_RDWR), EACCES);
    must_fail("take the writer's lock", fcntl(fd, F_OFD_SETLK, &lock), EBADF);
    must_fail("chmod", chmod(scene->segment, 0666), EPERM);
    must_fail("unlink", unlink(scene->segment), EACCES);
    must_fail("rename", rename(scene->segment, scene->lock), EACCES);
    must_fail("open the lock file", open(scene->lock, O_RDONLY), EACCES);
}

static void try_the_memory(const struct scene *scene, int fd)
{
    char path[64];

    must_fail("map writable", map_as(fd, PROT_READ | PROT_WRITE), EACCES);
    must_fail("map write-only", map_as(fd, PROT_WRITE), EACCES);
    must_fail("make the mapping writable", protect_as(fd, PROT_READ | PROT_WRITE), EACCES);
    snprintf(path, sizeof path, "/proc/%ld/mem", (long)scene->gateway);
    must_fail("open the gateway's memory", open(path, O_RDWR), EACCES);
}

static void run_board(const struct scene *scene, int unused)
{
    (void)unused;
    become(BOARD, scene->group, NULL, 0);
    read_as_intended(scene);
    int fd = open(scene->segment, O_RDONLY);
    if (fd < 0)
        die(scene->segment);
    try_the_file(scene, fd);
    try_the_memory(scene, fd);
    _exit(0);
}

static void run_stranger(const struct scene *scene, int unused)
{
    (void)unused;
    become(STRANGER, STRANGER, NULL, 0);
    must_fail("open as a stranger", open(scene->segment, O_RDONLY), EACCES);
    _exit(0);
}

static pid_t start(const struct scene *scene, void (*run)(const struct scene *, int), int fd)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child == 0)
        run(scene, fd);
    return child;
}

static int status_of(pid_t child)
{
    int status;

    if (waitpid(child, &status, 0) != child)
        die("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static void set_up(struct scene *scene)
{
    const struct group *group = getgrnam(GROUP);

    if (geteuid() != 0 || group == NULL) {
        printf("needs root and a group \"%s\"\n", GROUP);
        exit(SKIPPED);
    }
    scene->group = group->gr_gid;
    strcpy(scene->dir, "/dev/shm/ocpp-board-access.XXXXXX");
    if (mkdtemp(scene->dir) == NULL || chown(scene->dir, GATEWAY, GATEWAY) != 0 ||
        chmod(scene->dir, 0755) != 0)
        die(scene->dir);
    snprintf(scene->segment, sizeof scene->segment, "%s/ocpp-board.access", scene->dir);
    snprintf(scene->lock, sizeof scene->lock, "%s.lock", scene->segment);
}

int main(void)
{
    struct scene scene;
    int ready[2];
    char byte;
    int result = 1;

    set_up(&scene);
    if (pipe(ready) != 0)
        die("pipe");
    scene.gateway = start(&scene, run_gateway, ready[1]);
    close(ready[1]);
    if (read(ready[0], &byte, 1) == 1)
        result =
            status_of(start(&scene, run_board, -1)) | status_of(start(&scene, run_stranger, -1));
    kill(scene.gateway, SIGKILL);
    waitpid(scene.gateway, NULL, 0);
    unlink(scene.segment);
    unlink(scene.lock);
    rmdir(scene.dir);
    return result;
}

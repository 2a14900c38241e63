/*
 * A file system without room, in a mount namespace of its own: the gateway says how much it needs
 * and which keys to change, and leaves nothing behind; where there is room for one segment, but not
 * for two, it still comes up with other sizes.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/segment_reader.h"
#include "shm/segment_writer.h"

#define SKIPPED 77

static char dir[] = "/tmp/ocpp-board-full.XXXXXX";
static char error[1024];

static void must(const char *what, bool good)
{
    if (!good) {
        fprintf(stderr, "not so: %s (%s)\n", what, error);
        exit(1);
    }
}

static void skip(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    rmdir(dir);
    exit(SKIPPED);
}

static void mount_tmpfs(unsigned long flags, const char *size)
{
    if (mount("none", dir, "tmpfs", flags, size) != 0)
        skip("mount");
}

static struct segment_options options_of(uint64_t log_size)
{
    struct segment_options options = {
        .dir = dir, .instance = "full", .build_id = "full", .stations = 16};

    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        options.ring_size[i] = 65536;
    options.ring_size[COLLECTION_LOG] = log_size;
    return options;
}

static struct segment_writer *open_writer(uint64_t log_size)
{
    struct segment_options options = options_of(log_size);

    error[0] = '\0';
    return segment_writer_open(&options, error, sizeof error);
}

static unsigned files_left(void)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry;
    unsigned count = 0;

    must("the directory can be read", stream != NULL);
    while ((entry = readdir(stream)) != NULL)
        count += entry->d_name[0] != '.' && strstr(entry->d_name, ".lock") == NULL;
    closedir(stream);
    return count;
}

static void no_room_at_all(void)
{
    mount_tmpfs(0, "size=256k");
    must("no segment", open_writer(65536) == NULL);
    must("the directory is named", strstr(error, dir) != NULL);
    must("the size needed is named", strstr(error, "it needs 5") != NULL);
    must("the keys are named",
         strstr(error, "shm.messages_size") != NULL && strstr(error, "shm.stations") != NULL);
    must("no file is left", files_left() == 0);
    printf("%s\n", error);
}

/* A reader as they should be: it lets go of a segment that is superseded. Returns when it reads. */
static pid_t start_reader(void)
{
    int ready[2];
    char byte;

    must("pipe", pipe(ready) == 0);
    pid_t child = fork();
    must("fork", child >= 0);
    if (child > 0) {
        close(ready[1]);
        must("the reader reads", read(ready[0], &byte, 1) == 1);
        close(ready[0]);
        return child;
    }
    static char buffer[SEGMENT_READER_BUFFER];
    struct event event;
    struct segment_reader *reader = segment_reader_open(dir, "full", -1, error, sizeof error);
    if (reader == NULL || write(ready[1], "r", 1) != 1)
        _exit(1);
    while (segment_reader_read(reader, COLLECTION_SYSTEM, 2, buffer, &event) != RING_SUPERSEDED)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    segment_reader_close(reader);
    _exit(0);
}

static void room_for_one(void)
{
    int status;

    mount_tmpfs(MS_REMOUNT, "size=800k");
    struct segment_writer *writer = open_writer(65536);
    must("a segment", writer != NULL);
    must("its first record",
         segment_writer_publish(writer, &(struct event){.type = EVENT_STARTUP}) == 1);
    segment_writer_close(writer, 1);
    pid_t reader = start_reader();
    writer = open_writer(131072);
    must("one with other sizes", writer != NULL && !segment_writer_adopted(writer));
    must("which goes on counting",
         segment_writer_publish(writer, &(struct event){.type = EVENT_STARTUP}) == 2);
    must("one file", files_left() == 1);
    segment_writer_close(writer, 1);
    must("the reader let go",
         waitpid(reader, &status, 0) == reader && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* One that would not fit even alone must not cost the history. */
static void room_for_no_larger_one(void)
{
    must("no larger one", open_writer(1048576) == NULL);
    struct segment_writer *writer = open_writer(131072);
    must("the history is still there", writer != NULL && segment_writer_adopted(writer));
    segment_writer_close(writer, 1);
}

int main(void)
{
    if (mkdtemp(dir) == NULL)
        return 2;
    if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
        skip("unshare");
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        skip("mount");
    no_room_at_all();
    room_for_one();
    room_for_no_larger_one();
    umount(dir);
    rmdir(dir);
    return 0;
}

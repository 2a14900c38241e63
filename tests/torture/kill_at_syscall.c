/*
 * Kills a gateway at each system call of its start, run and stop, before and after the call, in
 * three situations: no segment there, one to adopt, one of other sizes. Whatever it left, the next
 * one has to start, go on with the same sequence and leave no half-made file, and a reader that was
 * there all the time has to get every record once.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/segment_writer_private.h"
#include "tests/torture/pattern.h"

#define SKIPPED 77
#define BEFORE  20 /* records of the first gateway */
#define RECORDS 5  /* of the one that is killed, and of the one after it */

enum situation { NOTHING_THERE, TO_ADOPT, OTHER_SIZES };

static const char *const situations[] = {"no segment", "one to adopt", "one of other sizes"};

struct scene {
    char dir[64];
    struct segment_options options;
    enum situation situation;
    unsigned stop; /* the system call, counted in stops */
    struct segment_reader *reader;
    uint64_t next;
    char *buffer;
};

/* False when there was more than what belongs there. */
static bool remove_files(const struct scene *scene)
{
    static const char *const names[] = {"", ".lock"};
    char path[128];

    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/ocpp-board.killed%s", scene->dir, names[i]);
        unlink(path);
    }
    if (rmdir(scene->dir) == 0)
        return true;
    snprintf(path, sizeof path, "%s/ocpp-board.killed.new", scene->dir);
    unlink(path);
    rmdir(scene->dir);
    return false;
}

static void fail(const struct scene *scene, const char *what)
{
    fprintf(stderr, "%s, killed at stop %u: %s\n", situations[scene->situation], scene->stop, what);
    remove_files(scene);
    exit(1);
}

static struct segment_writer *open_writer(struct scene *scene)
{
    char error[512];
    struct segment_writer *writer = segment_writer_open(&scene->options, error, sizeof error);

    if (writer == NULL)
        fail(scene, error);
    return writer;
}

static void open_reader(struct scene *scene)
{
    char error[512];

    segment_reader_close(scene->reader);
    scene->reader = segment_reader_open(scene->dir, "killed", -1, error, sizeof error);
    if (scene->reader == NULL)
        fail(scene, error);
}

static void publish(struct segment_writer *writer, unsigned count)
{
    static char payload[PATTERN_MAX];

    for (unsigned i = 0; i < count; i++) {
        struct event event = pattern_event(writer->rings[COLLECTION_MESSAGES].seq, payload);
        segment_writer_publish(writer, &event);
    }
}

/* To the end of what has been published, through a change of segments when there was one. */
static void read_on(struct scene *scene)
{
    struct event event;
    uint64_t lost;
    bool again = false;
    char wanted[PATTERN_MAX];

    for (;;) {
        uint64_t seq = scene->next;
        switch (segment_reader_next(scene->reader, COLLECTION_MESSAGES, &scene->next, &lost,
                                    scene->buffer, &event)) {
        case RING_MORE:
            if (!pattern_check(&event, seq, wanted))
                fail(scene, "torn record");
            again = false;
            break;
        case RING_SUPERSEDED:
            if (again)
                return; /* killed before the new one had the name: later */
            open_reader(scene);
            again = true;
            break;
        case RING_END:
            return;
        default:
            fail(scene, "a record is gone");
        }
    }
}

/* Killed or not, runs the gateway from start to stop. */
static void run_child(struct scene *scene)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(SKIPPED);
    raise(SIGSTOP);
    struct segment_writer *writer = open_writer(scene);
    publish(writer, RECORDS);
    segment_writer_close(writer, 1);
    _exit(0);
}

/* False when the child came to its end before that stop. */
static bool run_until_stop(struct scene *scene)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        run_child(scene);
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail(scene, strerror(errno));
    if (WIFEXITED(status)) {
        printf("ptrace is not allowed here\n");
        exit(SKIPPED);
    }
    for (unsigned i = 0; i < scene->stop; i++) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
            fail(scene, strerror(errno));
        if (WIFEXITED(status)) {
            if (WEXITSTATUS(status) != 0)
                fail(scene, "it failed by itself");
            return false;
        }
    }
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) != child)
        fail(scene, strerror(errno));
    return true;
}

static void set_up(struct scene *scene)
{
    struct segment_writer *writer;

    scene->reader = NULL;
    scene->next = 1;
    strcpy(scene->dir, "/dev/shm/ocpp-board-killed.XXXXXX");
    if (mkdtemp(scene->dir) == NULL)
        fail(scene, strerror(errno));
    scene->options.dir = scene->dir;
    scene->options.ring_size[COLLECTION_LOG] = 65536;
    if (scene->situation == NOTHING_THERE)
        return;
    writer = open_writer(scene);
    publish(writer, BEFORE);
    segment_writer_close(writer, 1);
    open_reader(scene);
    if (scene->situation == OTHER_SIZES)
        scene->options.ring_size[COLLECTION_LOG] = 131072;
}

static void tear_down(struct scene *scene)
{
    segment_reader_close(scene->reader);
    if (!remove_files(scene))
        fail(scene, "it left a file");
}

/* What has to hold after the kill. */
static void go_on(struct scene *scene)
{
    uint64_t before = scene->situation == NOTHING_THERE ? 1 : BEFORE + 1;

    if (scene->reader != NULL)
        read_on(scene);
    struct segment_writer *writer = open_writer(scene);
    uint64_t head = writer->rings[COLLECTION_MESSAGES].seq;
    if (head < before || head > before + RECORDS)
        fail(scene, "the sequence is wrong");
    if (scene->reader == NULL)
        open_reader(scene);
    publish(writer, RECORDS);
    read_on(scene);
    if (scene->next != head + RECORDS)
        fail(scene, "the reader did not get everything");
    segment_writer_close(writer, 1);
}

static unsigned play(struct scene *scene)
{
    bool killed = true;

    for (scene->stop = 0; killed; scene->stop++) {
        set_up(scene);
        killed = run_until_stop(scene);
        go_on(scene);
        tear_down(scene);
    }
    return scene->stop;
}

int main(void)
{
    struct scene scene = {
        .options = {.instance = "killed", .build_id = "killed", .stations = 16},
        .buffer = malloc(SEGMENT_READER_BUFFER),
    };

    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        scene.options.ring_size[i] = 65536;
    if (scene.buffer == NULL)
        return 2;
    for (scene.situation = NOTHING_THERE; scene.situation <= OTHER_SIZES; scene.situation++)
        printf("%s: killed at each of %u points\n", situations[scene.situation], play(&scene));
    free(scene.buffer);
    return 0;
}

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "shm/segment_file.h"
#include "shm/segment_writer_private.h"

#define SECOND           UINT64_C(1000000000)
#define CLOSE_GOING_AWAY 1001 /* RFC 6455 7.4.1 */
#define ROOM_ATTEMPTS    40
#define ROOM_PAUSE_MS    50

/* What is known of the file that has the name before us. */
struct former {
    int fd; /* -1: there is none that could be ours */
    struct segment_view view;
    bool readable; /* the view is valid */
    bool counts;   /* and all its rings are in order: the numbers below are its */
    uint64_t bytes;
    uint64_t generation;
    uint64_t created_ns;
    uint64_t connections;
    uint64_t first_seq[COLLECTION_COUNT];
};

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* The segment that is there */

static void former_init(struct former *former)
{
    memset(former, 0, sizeof *former);
    former->fd = -1;
    former->created_ns = now_ns(CLOCK_REALTIME);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        former->first_seq[i] = 1;
}

static void former_close(struct former *former)
{
    if (former->readable)
        munmap(former->view.header, former->view.size);
    if (former->fd >= 0)
        close(former->fd);
    former->readable = false;
    former->fd = -1;
}

/* Numbers that a new segment goes on with; only when all rings are in order. */
static void former_take_numbers(struct former *former)
{
    struct ring_writer writer;
    uint64_t head[COLLECTION_COUNT];

    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        if (former->view.rings[i].shared == NULL || !ring_adopt(&writer, &former->view.rings[i]))
            return;
        head[i] = writer.seq;
    }
    memcpy(former->first_seq, head, sizeof head);
    former->created_ns = former->view.created_ns;
    former->generation = word_load(&former->view.header->generation);
    former->connections = word_load(&former->view.header->connections);
    former->counts = true;
}

static void former_open(struct former *former, const struct segment_names *names)
{
    char ignored[256];
    struct stat file;

    former_init(former);
    former->fd = open(names->segment, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (former->fd < 0)
        return;
    if (fstat(former->fd, &file) != 0 || file.st_uid != geteuid() || file.st_size <= 0 ||
        !segment_check_file(&file, -1, ignored, sizeof ignored)) {
        former_close(former);
        return;
    }
    former->bytes = (uint64_t)file.st_blocks * 512;
    void *base = segment_map_to_write(former->fd, (size_t)file.st_size);
    if (base == NULL)
        return;
    former->readable =
        segment_check(&former->view, base, (size_t)file.st_size, ignored, sizeof ignored);
    if (!former->readable)
        munmap(base, (size_t)file.st_size);
    else
        former_take_numbers(former);
}

static void former_supersede(struct former *former)
{
    if (former->readable)
        atomic_store_explicit(&former->view.header->state, SEGMENT_SUPERSEDED,
                              memory_order_release);
}

/* Starting to write */

/* When the former gateway stopped, by its last heartbeat; now when that's unknown. */
static uint64_t stopped_ns(const struct segment_header *header)
{
    uint64_t real = now_ns(CLOCK_REALTIME);
    uint64_t mono = now_ns(CLOCK_MONOTONIC);
    uint64_t heartbeat = word_load(&header->heartbeat_ns);

    return heartbeat > 0 && heartbeat < mono ? real - (mono - heartbeat) : real;
}

static void set_build_id(struct segment_header *header, const char *build_id)
{
    char text[sizeof header->build_id] = {0};

    snprintf(text, sizeof text, "%s", build_id);
    words_store(header->build_id, text, sizeof text / WORD);
}

/* The view is mapped and checked, the lock is held: from here on we are its writer. */
static bool start(struct segment_writer *writer, const char *build_id, uint64_t generation)
{
    struct segment_header *header = writer->view.header;

    writer->slots = station_slots_open(&writer->view.stations, stopped_ns(header));
    if (writer->slots == NULL)
        return false;
    set_build_id(header, build_id);
    atomic_store_explicit(&header->pid, (uint32_t)getpid(), memory_order_relaxed);
    word_store(&header->started_ns, now_ns(CLOCK_REALTIME));
    word_store(&header->started_mono_ns, now_ns(CLOCK_MONOTONIC));
    segment_writer_heartbeat(writer, now_ns(CLOCK_MONOTONIC));
    segment_writer_set(writer, COUNTER_connections, 0);
    segment_writer_add(writer, COUNTER_starts_total, 1);
    atomic_store_explicit(&header->state, SEGMENT_RUNNING, memory_order_release);
    atomic_store_explicit(&header->generation, generation, memory_order_release);
    return true;
}

static bool rings_adopted(struct segment_writer *writer, const struct segment_view *view)
{
    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        if (!ring_adopt(&writer->rings[i], &view->rings[i]))
            return false;
    }
    return true;
}

/* False, with the reason in writer->origin, when there has to be a new one. */
static bool adopt(struct segment_writer *writer, struct former *former,
                  const struct segment_header *wanted)
{
    writer->origin = "new segment";
    if (former->fd < 0)
        return false;
    writer->origin = "new segment: the former one was of another version, or damaged";
    if (!former->readable || !former->counts)
        return false;
    writer->origin = "new segment: the sizes have changed; sequence numbers go on";
    if (!segment_same_layout(&former->view, wanted))
        return false;
    /* whoever may read the file can also lock it for reading */
    writer->origin = "new segment: a reader has locked the former one; sequence numbers go on";
    if (!rings_adopted(writer, &former->view) || !segment_lock_writer(former->fd))
        return false;
    writer->origin = "history adopted";
    writer->fd = former->fd;
    writer->view = former->view;
    former->fd = -1;
    former->readable = false;
    return true;
}

/*
 * Where there is room for one segment but not for two, the former one goes first; readers need a
 * moment to let go of it.
 */
static int make_room(const struct segment_names *names, struct former *former, uint64_t size,
                     char *error, size_t error_size)
{
    static const struct timespec pause = {.tv_nsec = ROOM_PAUSE_MS * 1000000};
    int fd = segment_make_file(names, size, error, error_size);

    if (fd >= 0 || errno != ENOSPC || former->fd < 0 ||
        segment_free_bytes(names) + former->bytes < size)
        return fd;
    former_supersede(former);
    former_close(former);
    if (unlink(names->segment) != 0)
        return -1;
    for (unsigned i = 0; i < ROOM_ATTEMPTS && fd < 0; i++) {
        nanosleep(&pause, NULL);
        fd = segment_make_file(names, size, error, error_size);
    }
    return fd;
}

static bool create(struct segment_writer *writer, const struct segment_names *names,
                   struct former *former, const struct segment_header *wanted, long group,
                   char *error, size_t error_size)
{
    writer->fd = make_room(names, former, wanted->total_size, error, error_size);
    if (writer->fd < 0)
        return false;
    if (!segment_lock_writer(writer->fd))
        return segment_complain(error, error_size, "%s: %s", names->fresh, strerror(errno));
    if (!segment_set_access(writer->fd, group, error, error_size))
        return false;
    struct segment_header *header = segment_map_to_write(writer->fd, wanted->total_size);
    if (header == NULL)
        return segment_complain(error, error_size, "can't map %s: %s", names->fresh,
                                strerror(errno));
    segment_format(header, wanted, former->first_seq);
    header->created_ns = former->created_ns;
    snprintf(header->instance, sizeof header->instance, "%s", names->instance);
    word_store(&header->connections, former->connections);
    segment_publish_magic(header);
    if (!segment_check(&writer->view, header, wanted->total_size, error, error_size)) {
        munmap(header, wanted->total_size);
        return false;
    }
    return rings_adopted(writer, &writer->view);
}

/* The new segment takes the name; from here on readers find it. */
static bool take_name(const struct segment_names *names, struct former *former, char *error,
                      size_t error_size)
{
    former_supersede(former);
    if (rename(names->fresh, names->segment) != 0)
        return segment_complain(error, error_size, "can't rename %s to %s: %s", names->fresh,
                                names->segment, strerror(errno));
    return true;
}

static void release(struct segment_writer *writer)
{
    station_slots_close(writer->slots);
    if (writer->view.header != NULL)
        munmap(writer->view.header, writer->view.size);
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->lock_fd >= 0)
        close(writer->lock_fd);
    free(writer);
}

static bool open_segment(struct segment_writer *writer, const struct segment_options *options,
                         const struct segment_names *names, long group, char *error,
                         size_t error_size)
{
    struct segment_header wanted;
    struct former former;
    bool done = false;

    segment_discard_fresh(names);
    segment_layout(options, &wanted);
    former_open(&former, names);
    uint64_t generation = former.generation + 1;
    writer->adopted = adopt(writer, &former, &wanted);
    if (writer->adopted) {
        if (!segment_set_access(writer->fd, group, error, error_size))
            goto out;
    } else if (!create(writer, names, &former, &wanted, group, error, error_size)) {
        goto out;
    }
    if (!start(writer, options->build_id, generation)) {
        segment_complain(error, error_size, "out of memory for %" PRIu32 " stations",
                         options->stations);
        goto out;
    }
    done = writer->adopted || take_name(names, &former, error, error_size);

out:
    if (!done && !writer->adopted && writer->fd >= 0)
        unlink(names->fresh);
    former_close(&former);
    return done;
}

struct segment_writer *segment_writer_open(const struct segment_options *options, char *error,
                                           size_t error_size)
{
    struct segment_names names;
    long group;

    if (!segment_names(&names, options->dir, options->instance, error, error_size) ||
        !segment_find_group(options->group, &group, error, error_size))
        return NULL;
    struct segment_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        segment_complain(error, error_size, "out of memory");
        return NULL;
    }
    writer->fd = -1;
    writer->lock_fd = segment_lock_instance(&names, error, error_size);
    if (writer->lock_fd >= 0 && open_segment(writer, options, &names, group, error, error_size))
        return writer;
    release(writer);
    return NULL;
}

void segment_writer_close(struct segment_writer *writer, uint64_t time_ns)
{
    if (writer == NULL)
        return;
    station_slots_all_offline(writer->slots, time_ns, CLOSE_GOING_AWAY, "gateway stopped");
    segment_writer_set(writer, COUNTER_connections, 0);
    atomic_store_explicit(&writer->view.header->state, SEGMENT_CLOSED, memory_order_release);
    release(writer);
}

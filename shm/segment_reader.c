#include "shm/segment_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/segment_attach.h"
#include "shm/segment_file.h"
#include "shm/segment_layout.h"
#include "shm/station_slots.h"
#include "shm/words.h"

#define HEARTBEAT_MAX_NS UINT64_C(3000000000)

struct segment_reader {
    struct segment_view view;
    int fd; /* -1: attached to memory, not to a file */
    dev_t device;
    ino_t inode;
    struct segment_names names;
};

/* The length of a text field: no NUL is promised in it. */
static void copy_text(char *to, size_t size, const char *from, size_t length)
{
    size_t used = strnlen(from, length < size ? length : size - 1);

    memcpy(to, from, used);
    to[used] = '\0';
}

struct segment_reader *segment_reader_attach(void *base, size_t size, char *error,
                                             size_t error_size)
{
    struct segment_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        segment_complain(error, error_size, "out of memory");
        return NULL;
    }
    reader->fd = -1;
    if (segment_check(&reader->view, base, size, error, error_size))
        return reader;
    free(reader);
    return NULL;
}

/* Descriptor of a file that may be trusted to be a gateway's, or -1. */
static int open_file(const struct segment_names *names, long owner, struct stat *file, char *error,
                     size_t error_size)
{
    int fd = open(names->segment, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT) {
        segment_complain(error, error_size,
                         "there is none: is the gateway running, with the same shm.dir and "
                         "shm.instance?");
        return -1;
    }
    if (fd < 0 || fstat(fd, file) != 0) {
        segment_complain(error, error_size, "%s", strerror(errno));
    } else if (segment_check_file(file, owner, error, error_size)) {
        if (file->st_size >= SEGMENT_PAGE)
            return fd;
        segment_complain(error, error_size, "it is cut short: %jd bytes", (intmax_t)file->st_size);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct segment_reader *map_file(int fd, const struct stat *file, char *error,
                                       size_t error_size)
{
    size_t size = (size_t)file->st_size;
    void *base = segment_map_to_read(fd, size);

    if (base == NULL) {
        segment_complain(error, error_size, "can't map it: %s", strerror(errno));
        return NULL;
    }
    struct segment_reader *reader = segment_reader_attach(base, size, error, error_size);
    if (reader == NULL) {
        munmap(base, size);
        return NULL;
    }
    reader->fd = fd;
    reader->device = file->st_dev;
    reader->inode = file->st_ino;
    return reader;
}

struct segment_reader *segment_reader_open(const char *dir, const char *instance, long owner,
                                           char *error, size_t error_size)
{
    struct segment_names names;
    struct segment_reader *reader = NULL;
    struct stat file;
    char reason[256];

    if (!segment_names(&names, dir, instance, error, error_size))
        return NULL;
    int fd = open_file(&names, owner, &file, reason, sizeof reason);
    if (fd >= 0)
        reader = map_file(fd, &file, reason, sizeof reason);
    if (reader == NULL) {
        segment_complain(error, error_size, "segment %s: %s", names.segment, reason);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    reader->names = names;
    return reader;
}

void segment_reader_close(struct segment_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->fd >= 0) {
        munmap(reader->view.header, reader->view.size);
        close(reader->fd);
    }
    free(reader);
}

void segment_reader_info(const struct segment_reader *reader, struct segment_info *info)
{
    const struct segment_header *header = reader->view.header;
    char build_id[sizeof header->build_id];

    memset(info, 0, sizeof *info);
    copy_text(info->instance, sizeof info->instance, reader->view.instance,
              sizeof reader->view.instance);
    words_load(build_id, header->build_id, sizeof build_id / WORD);
    copy_text(info->build_id, sizeof info->build_id, build_id, sizeof build_id);
    info->created_ns = reader->view.created_ns;
    info->started_ns = word_load(&header->started_ns);
    info->started_mono_ns = word_load(&header->started_mono_ns);
    info->heartbeat_ns = word_load(&header->heartbeat_ns);
    info->generation = atomic_load_explicit(&header->generation, memory_order_acquire);
    info->total_size = reader->view.size;
    info->pid = atomic_load_explicit(&header->pid, memory_order_relaxed);
    info->stations = (uint32_t)reader->view.stations.slots.count;
}

static uint32_t state_of(const struct segment_reader *reader)
{
    return atomic_load_explicit(&reader->view.header->state, memory_order_acquire);
}

enum segment_health segment_reader_health(struct segment_reader *reader, uint64_t mono_ns)
{
    struct stat file;

    if (reader->fd < 0)
        return SEGMENT_DOWN;
    if (stat(reader->names.segment, &file) != 0 || file.st_dev != reader->device ||
        file.st_ino != reader->inode)
        return SEGMENT_REPLACED;
    if (!segment_has_writer(reader->fd) || state_of(reader) == SEGMENT_CLOSED)
        return SEGMENT_DOWN;
    uint64_t heartbeat = word_load(&reader->view.header->heartbeat_ns);
    return mono_ns > heartbeat && mono_ns - heartbeat > HEARTBEAT_MAX_NS ? SEGMENT_HUNG
                                                                         : SEGMENT_LIVE;
}

/* NULL when there's no such collection in the segment. */
static const struct ring *ring_of(const struct segment_reader *reader, enum collection collection)
{
    if ((unsigned)collection >= COLLECTION_COUNT || reader->view.rings[collection].shared == NULL)
        return NULL;
    return &reader->view.rings[collection];
}

void segment_reader_bounds(const struct segment_reader *reader, enum collection collection,
                           uint64_t *oldest, uint64_t *head)
{
    const struct ring *ring = ring_of(reader, collection);

    *oldest = *head = 0;
    if (ring == NULL)
        return;
    *oldest = ring_oldest(ring, 0);
    *head = ring_head(ring);
}

static bool decode(const struct segment_record *record, const char *payload, struct event *event)
{
    if (!event_decode(payload, record->length, event))
        return false;
    event->seq = record->seq;
    event->time_ns = record->time_ns;
    event->type = record->type;
    event->station_slot = record->station_slot;
    return true;
}

enum ring_outcome segment_reader_read(const struct segment_reader *reader,
                                      enum collection collection, uint64_t seq, char *buffer,
                                      struct event *event)
{
    const struct ring *ring = ring_of(reader, collection);
    struct segment_record record;

    if (ring == NULL)
        return RING_END;
    enum ring_outcome outcome = ring_read(ring, seq, &record, buffer);
    if (outcome == RING_END && state_of(reader) == SEGMENT_SUPERSEDED) {
        /* the last records may have come between the two looks; none come after the state */
        outcome = ring_read(ring, seq, &record, buffer);
        if (outcome == RING_END)
            return RING_SUPERSEDED;
    }
    if (outcome == RING_MORE && !decode(&record, buffer, event))
        return RING_CORRUPT;
    return outcome;
}

enum ring_outcome segment_reader_next(const struct segment_reader *reader,
                                      enum collection collection, uint64_t *next, uint64_t *lost,
                                      char *buffer, struct event *event)
{
    enum ring_outcome outcome = segment_reader_read(reader, collection, *next, buffer, event);
    const struct ring *ring = ring_of(reader, collection);
    uint64_t oldest;

    *lost = 0;
    switch (outcome) {
    case RING_MORE:
        (*next)++;
        break;
    case RING_CORRUPT:
        (*next)++;
        *lost = 1;
        break;
    case RING_LAPPED:
        oldest = ring_oldest(ring, ring->capacity / 8);
        if (oldest <= *next) /* its index slot was written again while we searched */
            oldest = *next + 1;
        *lost = oldest - *next;
        *next = oldest;
        break;
    case RING_END:
    case RING_SUPERSEDED:
        break;
    }
    return outcome;
}

void segment_reader_fill(const struct segment_reader *reader, enum collection collection,
                         uint64_t *used, uint64_t *capacity)
{
    const struct ring *ring = ring_of(reader, collection);

    *used = *capacity = 0;
    if (ring == NULL)
        return;
    *used = ring_distance(ring, ring_oldest(ring, 0));
    *capacity = ring->capacity;
}

bool segment_reader_station(const struct segment_reader *reader, uint32_t slot,
                            struct station_record *record)
{
    return station_slot_read(&reader->view.stations, slot, record);
}

uint64_t segment_reader_counter(const struct segment_reader *reader, enum counter counter)
{
    const _Atomic uint64_t *word =
        (unsigned)counter < COUNTER_COUNT ? reader->view.counters[counter] : NULL;

    return word != NULL ? word_load(word) : 0;
}

bool segment_reader_histogram(const struct segment_reader *reader, unsigned number,
                              struct histogram *histogram)
{
    char name[SEGMENT_NAME_WORDS * WORD];

    memset(histogram, 0, sizeof *histogram);
    if (number >= reader->view.histograms.count)
        return false;
    const struct segment_histogram *shared = segment_element(&reader->view.histograms, number);
    if (atomic_load_explicit(&shared->name[0], memory_order_acquire) == 0)
        return false;
    words_load(name, shared->name, SEGMENT_NAME_WORDS);
    copy_text(histogram->action, sizeof histogram->action, name, sizeof name);
    histogram->count = word_load(&shared->count);
    histogram->sum_us = word_load(&shared->sum_us);
    words_load(histogram->buckets, shared->buckets, HISTOGRAM_BUCKETS);
    return true;
}

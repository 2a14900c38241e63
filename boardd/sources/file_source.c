#include "boardd/sources/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boardd/sources/capture_line.h"
#include "boardd/sources/event_fold.h"
#include "boardd/sources/private_segment.h"
#include "common/log.h"
#include "common/timestamp.h"

#define SLICE_NS      (2 * NS_PER_MS)
#define SLICE_BYTES   (256u * 1024)
#define TOLD_BAD_LINE 10 /* so many bad lines are logged one by one, then their number */

struct file_source {
    struct private_segment segment; /* its struct source is the first member of all */
    uint64_t window_ns;
    int fd;
    uint64_t number; /* of the line, from 1 */
    uint64_t bad;
    bool skipping; /* the rest of a line that is too long */
    size_t used, length;
    char text[CAPTURE_MAX_LINE]; /* read, of which `used` is done with */
    char scratch[CAPTURE_MAX_LINE];
};

static void note_bad(struct file_source *file, const char *reason)
{
    struct source *source = &file->segment.source;
    if (++file->bad <= TOLD_BAD_LINE)
        log_warnx("capture", "line %llu: %s; skipped", (unsigned long long)file->number, reason);
    snprintf(source->reason, sizeof(source->reason), "lines skipped: %llu, the last is line %llu",
             (unsigned long long)file->bad, (unsigned long long)file->number);
}

/* The capture's time goes on with its events; it is what "now" means to whoever reads. */
static void take_event(struct file_source *file, struct event *event)
{
    struct source *source = &file->segment.source;
    struct segment_memory *memory = file->segment.memory;
    enum collection collection = (enum collection)event_collection(event->type);
    segment_memory_skip(memory, collection, event->seq, false);
    if (event->seq != segment_memory_head(memory, collection)) {
        note_bad(file, "its number is not above that of the one before");
        return;
    }
    event_fold(memory, event); /* first, so that the station has its slot */
    segment_memory_publish(memory, event);
    if (source->info.started_ns == 0 || event->type == EVENT_STARTUP)
        source->info.started_ns = event->time_ns;
    if (source->info.history == 0)
        source->info.history = event->time_ns;
    if (event->time_ns > source->now_ns)
        source->now_ns = event->time_ns;
}

static void take_line(struct file_source *file, const char *text, size_t length)
{
    struct capture_line line;
    const char *reason;
    if (length == 0)
        return;
    if (!capture_line_read(text, length, file->scratch, &line, &reason))
        note_bad(file, reason);
    else if (strcmp(line.gateway, file->segment.source.name) != 0)
        note_bad(file, "an event of another gateway than the first line's");
    else if (line.event.type != 0)
        take_event(file, &line.event);
}

/* False when there is no whole line in memory. */
static bool next_line(struct file_source *file)
{
    char *start = file->text + file->used;
    char *end = memchr(start, '\n', file->length - file->used);
    if (end == NULL)
        return false;
    file->used = (size_t)(end - file->text) + 1;
    file->number++;
    if (file->skipping)
        note_bad(file, "it is too long");
    else
        take_line(file, start, (size_t)(end - start));
    file->skipping = false;
    return true;
}

/* False at the end of what there is; a file that grows is read on later. */
static bool read_more(struct file_source *file)
{
    memmove(file->text, file->text + file->used, file->length - file->used);
    file->length -= file->used;
    file->used = 0;
    if (file->length == sizeof(file->text)) {
        file->skipping = true;
        file->length = 0;
    }
    size_t room = sizeof(file->text) - file->length;
    ssize_t count = read(file->fd, file->text + file->length, room < 65536 ? room : 65536);
    if (count < 0 && errno != EINTR && errno != EAGAIN)
        log_warn("capture", "read");
    if (count > 0)
        file->length += (size_t)count;
    return count > 0;
}

/* A slice: some milliseconds, some bytes (less than the rings hold), a window of its own time. */
static bool poll_file(struct source *source, uint64_t mono_ns)
{
    struct file_source *file = (struct file_source *)source;
    uint64_t until_ns = mono_ns + SLICE_NS, window_end = source->now_ns + file->window_ns;
    bool begun = source->now_ns != 0, more = true;
    for (size_t bytes = 0; more && bytes < SLICE_BYTES && clock_mono_ns() < until_ns;) {
        size_t before = file->used;
        if (next_line(file))
            bytes += file->used - before;
        else
            more = read_more(file);
        if (begun && source->now_ns >= window_end)
            break;
    }
    if (source->loading && !more)
        log_info("capture", "%llu lines read, %llu skipped", (unsigned long long)file->number,
                 (unsigned long long)file->bad);
    source->loading = more;
    return false;
}

static void reopen_file(struct source *source)
{
    (void)source;
}

static void free_file(struct source *source)
{
    struct file_source *file = (struct file_source *)source;
    if (file->fd >= 0)
        close(file->fd);
    segment_memory_free(file->segment.memory);
    free(file);
}

static const struct source_operations file_operations = {PRIVATE_SEGMENT_READING, .poll = poll_file,
                                                         .reopen = reopen_file, .free = free_file};

/* The first line that can be read names the gateway. */
static bool find_name(struct file_source *file)
{
    struct capture_line line;
    const char *reason, *end;
    while (file->length < sizeof(file->text) && read_more(file))
        continue;
    for (const char *start = file->text;
         (end = memchr(start, '\n', file->length - (size_t)(start - file->text))) != NULL;
         start = end + 1) {
        if (!capture_line_read(start, (size_t)(end - start), file->scratch, &line, &reason))
            continue;
        snprintf(file->segment.source.name, SOURCE_NAME_SIZE, "%s", line.gateway);
        return true;
    }
    return false;
}

struct source *file_source_new(const struct file_source_options *options, char *error,
                               size_t error_size)
{
    static const uint64_t first[COLLECTION_COUNT] = {1, 1, 1, 1, 1, 1};
    struct stat status;
    struct file_source *file = calloc(1, sizeof(*file));
    snprintf(error, error_size, "out of memory");
    if (file == NULL)
        return NULL;
    struct source *source = &file->segment.source;
    source->operations = &file_operations;
    source->is_gateway = source->loading = true;
    source->state = SOURCE_CAPTURE;
    source->info.stations = options->stations;
    file->window_ns = options->window_ns;
    file->segment.memory = segment_memory_new(options->memory, options->stations, 1, first);
    file->fd = open(options->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file->fd < 0)
        snprintf(error, error_size, "%s: %s", options->path, strerror(errno));
    else if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode))
        snprintf(error, error_size, "%s is no file", options->path);
    else if (file->segment.memory != NULL && !find_name(file))
        snprintf(error, error_size,
                 "%s is no capture: no line of it is an event that ocpp-log -j "
                 "printed",
                 options->path);
    else if (file->segment.memory != NULL)
        return source;
    free_file(source);
    return NULL;
}

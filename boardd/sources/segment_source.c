#include "boardd/sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

struct segment_source {
    struct source source;
    char *dir;
    struct segment_reader *reader; /* NULL while absent */
    char last_error[512];          /* to say each reason once */
};

static struct segment_source *of(struct source *source)
{
    return (struct segment_source *)source;
}

static const struct segment_reader *reader_of(const struct source *source)
{
    return ((const struct segment_source *)source)->reader;
}

static void note_info(struct segment_source *segment)
{
    struct segment_info info;
    segment_reader_info(segment->reader, &info);
    struct source_info *out = &segment->source.info;
    snprintf(out->build, sizeof(out->build), "%.32s", info.build_id);
    out->history = info.created_ns;
    out->started_ns = info.started_ns;
    out->pid = info.pid;
    out->stations = info.stations;
}

static void open_segment(struct segment_source *segment)
{
    char error[512];
    segment->reader =
        segment_reader_open(segment->dir, segment->source.name, -1, error, sizeof(error));
    if (segment->reader != NULL) {
        segment->last_error[0] = '\0';
        segment->source.state = SOURCE_DOWN;
        note_info(segment);
        return;
    }
    segment->source.state = SOURCE_ABSENT;
    memset(&segment->source.info, 0, sizeof(segment->source.info));
    if (strcmp(error, segment->last_error) != 0)
        log_info("shm", "gateway %s: %s", segment->source.name, error);
    snprintf(segment->last_error, sizeof(segment->last_error), "%s", error);
}

static bool poll_segment(struct source *source, uint64_t mono_ns)
{
    struct segment_source *segment = of(source);
    if (segment->reader == NULL)
        open_segment(segment);
    if (segment->reader == NULL)
        return false;
    enum segment_health health = segment_reader_health(segment->reader, mono_ns);
    note_info(segment);
    switch (health) {
    case SEGMENT_LIVE:
        source->state = SOURCE_LIVE;
        return false;
    case SEGMENT_HUNG:
        source->state = SOURCE_HUNG;
        return false;
    case SEGMENT_DOWN:
        source->state = SOURCE_DOWN;
        return false;
    case SEGMENT_REPLACED:
        break;
    }
    return true;
}

static void reopen_segment(struct source *source)
{
    struct segment_source *segment = of(source);
    if (segment->reader != NULL)
        segment_reader_close(segment->reader);
    segment->reader = NULL;
    open_segment(segment);
}

static void bounds(const struct source *source, enum collection collection, uint64_t *oldest,
                   uint64_t *head)
{
    *oldest = *head = 0;
    if (reader_of(source) != NULL)
        segment_reader_bounds(reader_of(source), collection, oldest, head);
}

static enum ring_outcome read_record(const struct source *source, enum collection collection,
                                     uint64_t seq, char *buffer, struct event *event)
{
    if (reader_of(source) == NULL)
        return RING_END;
    return segment_reader_read(reader_of(source), collection, seq, buffer, event);
}

static enum ring_outcome next_record(const struct source *source, enum collection collection,
                                     uint64_t *next, uint64_t *lost, char *buffer,
                                     struct event *event)
{
    *lost = 0;
    if (reader_of(source) == NULL)
        return RING_END;
    return segment_reader_next(reader_of(source), collection, next, lost, buffer, event);
}

static void fill(const struct source *source, enum collection collection, uint64_t *used,
                 uint64_t *capacity)
{
    *used = *capacity = 0;
    if (reader_of(source) != NULL)
        segment_reader_fill(reader_of(source), collection, used, capacity);
}

/* A connection ends with the process that held it, whatever the table of a killed gateway says. */
static bool station(const struct source *source, uint32_t slot, struct station_record *record)
{
    if (reader_of(source) == NULL || !segment_reader_station(reader_of(source), slot, record))
        return false;
    if (record->status == STATION_ONLINE && source->state == SOURCE_DOWN)
        record->status = STATION_OFFLINE;
    return true;
}

static uint64_t counter(const struct source *source, enum counter number)
{
    return reader_of(source) != NULL ? segment_reader_counter(reader_of(source), number) : 0;
}

static bool histogram(const struct source *source, unsigned number, struct histogram *out)
{
    return reader_of(source) != NULL && segment_reader_histogram(reader_of(source), number, out);
}

static void free_segment(struct source *source)
{
    struct segment_source *segment = of(source);
    if (segment->reader != NULL)
        segment_reader_close(segment->reader);
    free(segment->dir);
    free(segment);
}

static const struct source_operations segment_operations = {
    .poll = poll_segment,
    .reopen = reopen_segment,
    .bounds = bounds,
    .read = read_record,
    .next = next_record,
    .fill = fill,
    .station = station,
    .counter = counter,
    .histogram = histogram,
    .free = free_segment,
};

struct source *segment_source_new(const char *dir, const char *instance)
{
    struct segment_source *segment = calloc(1, sizeof(*segment));
    if (segment == NULL)
        return NULL;
    segment->source.operations = &segment_operations;
    segment->source.is_gateway = true;
    snprintf(segment->source.name, sizeof(segment->source.name), "%s", instance);
    segment->dir = strdup(dir);
    if (segment->dir == NULL) {
        free(segment);
        return NULL;
    }
    return &segment->source;
}

#include "boardd/sources/private_segment.h"

static const struct segment_memory *memory_of(const struct source *source)
{
    return ((const struct private_segment *)source)->memory;
}

static const struct segment_reader *reader_of(const struct source *source)
{
    return segment_memory_reader(memory_of(source));
}

void private_segment_bounds(const struct source *source, enum collection collection,
                            uint64_t *oldest, uint64_t *head)
{
    *oldest = *head = 0;
    if (memory_of(source) != NULL)
        segment_reader_bounds(reader_of(source), collection, oldest, head);
}

enum ring_outcome private_segment_read(const struct source *source, enum collection collection,
                                       uint64_t seq, char *buffer, struct event *event)
{
    if (memory_of(source) == NULL)
        return RING_END;
    return segment_memory_read(memory_of(source), collection, seq, buffer, event);
}

enum ring_outcome private_segment_next(const struct source *source, enum collection collection,
                                       uint64_t *next, uint64_t *lost, char *buffer,
                                       struct event *event)
{
    *lost = 0;
    if (memory_of(source) == NULL)
        return RING_END;
    return segment_memory_next(memory_of(source), collection, next, lost, buffer, event);
}

void private_segment_fill(const struct source *source, enum collection collection, uint64_t *used,
                          uint64_t *capacity)
{
    *used = *capacity = 0;
    if (memory_of(source) != NULL)
        segment_reader_fill(reader_of(source), collection, used, capacity);
}

bool private_segment_station(const struct source *source, uint32_t slot,
                             struct station_record *record)
{
    return memory_of(source) != NULL && segment_reader_station(reader_of(source), slot, record);
}

uint64_t private_segment_counter(const struct source *source, enum counter counter)
{
    return memory_of(source) != NULL ? segment_reader_counter(reader_of(source), counter) : 0;
}

bool private_segment_histogram(const struct source *source, unsigned number,
                               struct histogram *histogram)
{
    return memory_of(source) != NULL &&
           segment_reader_histogram(reader_of(source), number, histogram);
}

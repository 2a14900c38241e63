/*
 * Where everything lies in a segment: computed for a new one, checked for one that is found. After
 * the check, sizes and pointers come from a private struct segment_view, so that nothing in the
 * segment is looked at twice.
 */
#ifndef SHM_SEGMENT_LAYOUT_H
#define SHM_SEGMENT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/counters.h"
#include "shm/ring.h"
#include "shm/segment_format.h"
#include "shm/segment_writer.h"

/* A row of elements of one size. Elements may be longer than this build knows. */
struct segment_row {
    char *start; /* NULL: the segment has none */
    uint64_t count;
    uint64_t stride;
};

/* Element n of both belongs to slot n. */
struct segment_stations {
    struct segment_row slots;
    struct segment_row closings; /* as many */
};

struct segment_view {
    struct segment_header *header; /* in the segment: for what changes */
    uint64_t size;
    uint64_t created_ns;
    uint16_t abi_minor;
    char instance[32];
    struct ring rings[COLLECTION_COUNT];
    struct segment_stations stations;
    struct segment_row histograms;
    _Atomic uint64_t *counters[COUNTER_COUNT]; /* NULL: the writer's build did not have it */
};

/* One field of the format. Those that came with a minor version are not part of the hash. */
struct segment_field {
    const char *name; /* "segment_header.magic" */
    size_t offset;
    size_t size;
};
const struct segment_field *segment_fields(size_t *count);

/* FNV-1a over "name:offset:size;" of every field. */
uint64_t segment_layout_hash(void);

/* Fills regions and total size of a header for these sizes. */
void segment_layout(const struct segment_options *options, struct segment_header *header);

/*
 * Lays out a zeroed mapping of header->total_size bytes: everything but the magic. `first_seq`
 * holds a number for each ring.
 */
void segment_format(void *base, const struct segment_header *header, const uint64_t *first_seq);
/* Makes it a segment that readers accept. */
void segment_publish_magic(void *base);

/* Checks a mapping of `size` bytes, at least a page; false with a text in `error` that says what is
 * wrong with it and which build wrote it. The view points into the mapping. */
bool segment_check(struct segment_view *view, void *base, size_t size, char *error,
                   size_t error_size);

/* Is the segment laid out exactly as `header` says? */
bool segment_same_layout(const struct segment_view *view, const struct segment_header *header);

/* `number` is below row->count. */
static inline void *segment_element(const struct segment_row *row, uint64_t number)
{
    return row->start + number * row->stride;
}

/* Writes a text to `error`, returns false. */
bool segment_complain(char *error, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

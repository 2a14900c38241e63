#include "shm/segment_layout.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shm/words.h"

#define MIN_RING_SIZE                                                                              \
    65536 /* a record takes an eighth at most, and that must hold any event without its payload */
static_assert(MIN_RING_SIZE / 8 >= sizeof(struct segment_record) + EVENT_MAX_FIXED,
              "MIN_RING_SIZE");

bool segment_complain(char *error, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return false;
}

static uint64_t page_up(uint64_t size)
{
    return (size + SEGMENT_PAGE - 1) & ~(uint64_t)(SEGMENT_PAGE - 1);
}

static uint64_t ring_capacity(uint64_t value)
{
    uint64_t power = MIN_RING_SIZE;

    while (power < value)
        power *= 2;
    return power;
}

static void add_region(struct segment_header *header, enum segment_region_kind kind,
                       uint32_t number, const char *name, struct segment_region shape)
{
    struct segment_region *region = &header->regions[header->region_count++];

    shape.kind = kind;
    shape.number = number;
    shape.offset = header->total_size;
    strncpy(shape.name, name, sizeof shape.name - 1);
    *region = shape;
    header->total_size += page_up(shape.length);
}

static void add_row(struct segment_header *header, enum segment_region_kind kind, const char *name,
                    uint64_t count, uint64_t element_size)
{
    add_region(header, kind, 0, name,
               (struct segment_region){
                   .length = count * element_size, .count = count, .element_size = element_size});
}

static void add_ring(struct segment_header *header, enum collection collection, uint64_t size)
{
    uint64_t capacity = ring_capacity(size);

    add_region(header, REGION_RING, collection, collection_label(collection),
               (struct segment_region){
                   .length = ring_region_size(capacity, ring_index_slots(capacity)),
                   .count = capacity,
                   .element_size = 1,
               });
}

void segment_layout(const struct segment_options *options, struct segment_header *header)
{
    memset(header, 0, sizeof *header);
    header->total_size = SEGMENT_PAGE;
    add_row(header, REGION_COUNTERS, "counters", COUNTER_COUNT, sizeof(uint64_t));
    add_row(header, REGION_LABELS, "labels", COUNTER_COUNT, sizeof(struct segment_label));
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        add_ring(header, i, options->ring_size[i]);
    add_row(header, REGION_STATIONS, "stations", options->stations, sizeof(struct segment_station));
    add_row(header, REGION_CLOSINGS, "closings", options->stations, sizeof(struct segment_closing));
    add_row(header, REGION_HISTOGRAMS, "histograms", SEGMENT_HISTOGRAMS,
            sizeof(struct segment_histogram));
}

static void format_labels(struct segment_label *labels)
{
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        strncpy(labels[i].name, counter_name(i), sizeof labels[i].name - 1);
        labels[i].is_gauge = counter_is_gauge(i);
    }
}

void segment_format(void *base, const struct segment_header *header, const uint64_t *first_seq)
{
    struct segment_header *shared = base;

    shared->abi_major = SEGMENT_ABI_MAJOR;
    shared->abi_minor = SEGMENT_ABI_MINOR;
    shared->endian_tag = SEGMENT_ENDIAN_TAG;
    shared->total_size = header->total_size;
    shared->layout_hash = segment_layout_hash();
    shared->region_count = header->region_count;
    memcpy(shared->regions, header->regions, sizeof shared->regions);
    for (uint32_t i = 0; i < header->region_count; i++) {
        const struct segment_region *region = &header->regions[i];
        void *start = (char *)base + region->offset;
        if (region->kind == REGION_RING)
            ring_format(start, region->count, ring_index_slots(region->count),
                        first_seq[region->number]);
        else if (region->kind == REGION_LABELS)
            format_labels(start);
    }
}

void segment_publish_magic(void *base)
{
    struct segment_header *shared = base;

    atomic_store_explicit(&shared->magic, SEGMENT_MAGIC, memory_order_release);
}

/* Text from a segment for an error message: printable ASCII only. */
static void printable(char *text, size_t size)
{
    text[size - 1] = '\0';
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

/* Is it a segment that this build can read at all? `header` is a private copy. */
static bool check_version(const struct segment_header *header, char *error, size_t error_size)
{
    char build[33] = {0};

    memcpy(build, header->build_id, sizeof header->build_id);
    printable(build, sizeof build);
    if (header->magic != SEGMENT_MAGIC)
        return segment_complain(error, error_size,
                                "it is not a segment of ocpp-board: its magic is %016" PRIx64,
                                (uint64_t)header->magic);
    if (header->endian_tag != SEGMENT_ENDIAN_TAG)
        return segment_complain(error, error_size,
                                "it was written on a machine of the other byte order");
    if (header->abi_major != SEGMENT_ABI_MAJOR)
        return segment_complain(error, error_size,
                                "its format is version %u.%u (written by %s), this program reads "
                                "%u: use programs of one version",
                                header->abi_major, header->abi_minor, build, SEGMENT_ABI_MAJOR);
    if (header->layout_hash != segment_layout_hash())
        return segment_complain(error, error_size,
                                "its layout is %016" PRIx64 " (written by %s), this program reads "
                                "%016" PRIx64 ": use programs of one version",
                                header->layout_hash, build, segment_layout_hash());
    return true;
}

static bool region_fits(const struct segment_region *region, uint64_t size)
{
    return region->offset >= SEGMENT_PAGE && region->offset % SEGMENT_CACHE_LINE == 0 &&
           region->offset <= size && region->length <= size - region->offset &&
           region->element_size > 0 && region->count <= region->length / region->element_size;
}

/* False when the elements are shorter than this build's oldest known form of them. */
static bool take_row(struct segment_row *row, char *base, const struct segment_region *region,
                     size_t least)
{
    if (region->element_size < least || region->element_size % WORD != 0)
        return false;
    row->start = base + region->offset;
    row->count = region->count;
    row->stride = region->element_size;
    return true;
}

static bool take_region(struct segment_view *view, struct segment_row *values,
                        struct segment_row *labels, char *base, const struct segment_region *region)
{
    switch (region->kind) {
    case REGION_RING:
        if (region->number >= COLLECTION_COUNT)
            return true; /* a collection of a later minor version */
        return ring_map(&view->rings[region->number], base + region->offset, region->length);
    case REGION_STATIONS:
        return region->count < EVENT_NO_STATION &&
               take_row(&view->stations.slots, base, region, sizeof(struct segment_station));
    case REGION_CLOSINGS:
        return take_row(&view->stations.closings, base, region, sizeof(struct segment_closing));
    case REGION_COUNTERS:
        return take_row(values, base, region, sizeof(uint64_t));
    case REGION_LABELS:
        return take_row(labels, base, region, sizeof(struct segment_label));
    case REGION_HISTOGRAMS:
        return take_row(&view->histograms, base, region, sizeof(struct segment_histogram));
    default:
        return true;
    }
}

/* Counters are found by name, so that builds with other counters can read each other's. */
static void find_counters(struct segment_view *view, const struct segment_row *values,
                          const struct segment_row *labels)
{
    struct segment_label label;
    uint64_t count = values->count < labels->count ? values->count : labels->count;

    for (uint64_t i = 0; i < count && i < UINT16_MAX; i++) {
        memcpy(&label, segment_element(labels, i), sizeof label);
        label.name[sizeof label.name - 1] = '\0';
        for (unsigned known = 0; known < COUNTER_COUNT; known++) {
            if (strcmp(label.name, counter_name(known)) == 0)
                view->counters[known] = segment_element(values, i);
        }
    }
}

bool segment_check(struct segment_view *view, void *base, size_t size, char *error,
                   size_t error_size)
{
    struct segment_header header;
    struct segment_row values = {0};
    struct segment_row labels = {0};

    memset(view, 0, sizeof *view);
    if (size < SEGMENT_PAGE)
        return segment_complain(error, error_size, "it is cut short: %zu bytes", size);
    words_load(&header, base, sizeof header / WORD);
    if (!check_version(&header, error, error_size))
        return false;
    if (header.total_size != size)
        return segment_complain(error, error_size,
                                "it has %zu bytes instead of %" PRIu64 ": cut short or grown", size,
                                header.total_size);
    if (header.region_count > SEGMENT_MAX_REGIONS)
        return segment_complain(error, error_size, "it claims to have %" PRIu32 " regions",
                                header.region_count);
    for (uint32_t i = 0; i < header.region_count; i++) {
        if (!region_fits(&header.regions[i], size) ||
            !take_region(view, &values, &labels, base, &header.regions[i]))
            return segment_complain(error, error_size, "its region %" PRIu32 " is damaged", i);
    }
    if (view->stations.closings.count != view->stations.slots.count)
        return segment_complain(error, error_size,
                                "it has %" PRIu64 " station slots but %" PRIu64 " closings",
                                view->stations.slots.count, view->stations.closings.count);
    find_counters(view, &values, &labels);
    view->header = base;
    view->size = size;
    view->created_ns = header.created_ns;
    view->abi_minor = header.abi_minor;
    memcpy(view->instance, header.instance, sizeof view->instance);
    printable(view->instance, sizeof view->instance);
    return true;
}

bool segment_same_layout(const struct segment_view *view, const struct segment_header *header)
{
    return view->size == header->total_size && view->abi_minor == SEGMENT_ABI_MINOR &&
           view->header->region_count == header->region_count &&
           memcmp(view->header->regions, header->regions, sizeof header->regions) == 0;
}

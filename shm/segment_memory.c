#include "shm/segment_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shm/segment_attach.h"
#include "shm/segment_writer_private.h"

#define LEAST_SIZE       UINT64_C(2097152)
#define CLOSE_GOING_AWAY 1001 /* RFC 6455 7.4.1 */

struct segment_memory {
    struct segment_writer writer;
    struct segment_reader *reader;
    /* the newest gap without a loss: one that is longer than the index can't be told from it */
    struct {
        uint64_t first, end;
    } left_out[COLLECTION_COUNT];
};

/*
 * Stands in the ring for numbers that are not there: its own number is the last of them, and the
 * index leads from all of them to it. Its type is 0, which no event has.
 */
struct gap {
    uint64_t lost;
};

/* Shares of the size, in 64ths; what the index of each ring takes is within the rest. */
static const unsigned shares[COLLECTION_COUNT] = {
    [COLLECTION_MESSAGES] = 32, [COLLECTION_CONNECTIONS] = 4, [COLLECTION_SECURITY] = 4,
    [COLLECTION_ERRORS] = 4,    [COLLECTION_SYSTEM] = 4,      [COLLECTION_LOG] = 8,
};

/* A ring's size is rounded up to a power of two, so this is one. */
static uint64_t power_of_two_within(uint64_t size)
{
    uint64_t power = LEAST_SIZE;

    while (power * 2 <= size)
        power *= 2;
    return power;
}

static bool map(struct segment_memory *memory, const struct segment_header *wanted,
                uint64_t history, const uint64_t *first_seq)
{
    char ignored[256];
    struct segment_header *header = mmap(NULL, wanted->total_size, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (header == MAP_FAILED)
        return false;
    segment_format(header, wanted, first_seq);
    header->created_ns = history;
    atomic_store_explicit(&header->state, SEGMENT_RUNNING, memory_order_relaxed);
    segment_publish_magic(header);
    if (segment_check(&memory->writer.view, header, wanted->total_size, ignored, sizeof ignored))
        return true;
    munmap(header, wanted->total_size);
    return false;
}

static bool open_both(struct segment_memory *memory)
{
    struct segment_view *view = &memory->writer.view;
    char ignored[256];

    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        if (!ring_adopt(&memory->writer.rings[i], &view->rings[i]))
            return false;
    }
    memory->writer.slots = station_slots_open(&view->stations, 0);
    memory->reader =
        segment_reader_attach(view->header, (size_t)view->size, ignored, sizeof ignored);
    return memory->writer.slots != NULL && memory->reader != NULL;
}

struct segment_memory *segment_memory_new(uint64_t size, uint32_t stations, uint64_t history,
                                          const uint64_t first_seq[COLLECTION_COUNT])
{
    struct segment_options options = {.stations = stations};
    struct segment_header wanted;
    struct segment_memory *memory = calloc(1, sizeof *memory);

    if (memory == NULL)
        return NULL;
    memory->writer.fd = memory->writer.lock_fd = -1;
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        options.ring_size[i] = segment_memory_room(size, (enum collection)i);
    segment_layout(&options, &wanted);
    if (map(memory, &wanted, history, first_seq) && open_both(memory))
        return memory;
    segment_memory_free(memory);
    return NULL;
}

void segment_memory_free(struct segment_memory *memory)
{
    if (memory == NULL)
        return;
    segment_reader_close(memory->reader);
    station_slots_close(memory->writer.slots);
    if (memory->writer.view.header != NULL)
        munmap(memory->writer.view.header, memory->writer.view.size);
    free(memory);
}

struct segment_writer *segment_memory_writer(struct segment_memory *memory)
{
    return &memory->writer;
}

const struct segment_reader *segment_memory_reader(const struct segment_memory *memory)
{
    return memory->reader;
}

uint64_t segment_memory_room(uint64_t size, enum collection collection)
{
    return power_of_two_within(size) / 64 * shares[collection];
}

uint64_t segment_memory_head(const struct segment_memory *memory, enum collection collection)
{
    return memory->writer.rings[collection].seq;
}

bool segment_memory_skip(struct segment_memory *memory, enum collection collection, uint64_t seq,
                         bool lost)
{
    struct ring_writer *writer = &memory->writer.rings[collection];
    const struct ring *ring = &writer->ring;
    struct gap gap = {lost};
    char head[sizeof gap + RING_HEAD_ROOM];
    uint64_t first = writer->seq;

    if (seq <= first || seq > UINT64_MAX / 2)
        return false;
    memcpy(head, &gap, sizeof gap);
    if (!lost) {
        memory->left_out[collection].first = first;
        memory->left_out[collection].end = seq;
    }
    writer->seq = seq - 1;
    ring_append(writer, &(struct ring_input){.station_slot = EVENT_NO_STATION,
                                             .head = head,
                                             .head_length = sizeof gap,
                                             .original_length = sizeof gap});
    uint64_t position = word_load(ring->index + ((seq - 1) & (ring->index_slots - 1)));
    if (seq - first > ring->index_slots)
        first = seq - ring->index_slots;
    for (; first < seq - 1; first++)
        word_store(ring->index + (first & (ring->index_slots - 1)), position);
    return true;
}

void segment_memory_publish(struct segment_memory *memory, const struct event *event)
{
    segment_writer_publish(&memory->writer, event);
}

/* Does `seq` lie in a gap? Nothing else in this memory can look like a damaged record. */
static bool find_gap(const struct segment_memory *memory, enum collection collection, uint64_t seq,
                     char *buffer, uint64_t *end, bool *lost)
{
    struct segment_record record = {0};
    struct gap gap;
    const struct ring *ring = &memory->writer.rings[collection].ring;
    enum ring_outcome outcome = ring_read(ring, seq, &record, buffer);

    if ((outcome != RING_MORE && outcome != RING_CORRUPT) || record.type != 0 ||
        record.length != sizeof gap || record.seq < seq)
        return false;
    memcpy(&gap, buffer, sizeof gap);
    *end = record.seq + 1;
    *lost = gap.lost != 0;
    return true;
}

enum ring_outcome segment_memory_read(const struct segment_memory *memory,
                                      enum collection collection, uint64_t seq, char *buffer,
                                      struct event *event)
{
    enum ring_outcome outcome = segment_reader_read(memory->reader, collection, seq, buffer, event);

    return outcome == RING_CORRUPT ? RING_LAPPED : outcome;
}

/* A reader went from `seq` to *next: what was left out between them is no loss. */
static void pass_left_out(const struct segment_memory *memory, enum collection collection,
                          uint64_t seq, uint64_t *next, uint64_t *lost)
{
    uint64_t first = memory->left_out[collection].first;
    uint64_t end = memory->left_out[collection].end;

    if (*next <= first || seq >= end)
        return;
    if (*next < end) {
        *lost += end - *next;
        *next = end;
    }
    *lost -= end - (seq > first ? seq : first);
}

enum ring_outcome segment_memory_next(const struct segment_memory *memory,
                                      enum collection collection, uint64_t *next, uint64_t *lost,
                                      char *buffer, struct event *event)
{
    uint64_t seq = *next, end;
    bool is_loss;
    enum ring_outcome outcome =
        segment_reader_next(memory->reader, collection, next, lost, buffer, event);

    if (outcome == RING_LAPPED)
        pass_left_out(memory, collection, seq, next, lost);
    if (outcome != RING_CORRUPT || !find_gap(memory, collection, seq, buffer, &end, &is_loss))
        return outcome;
    *next = end;
    *lost = is_loss ? end - seq : 0;
    return RING_LAPPED;
}

bool segment_memory_put_station(struct segment_memory *memory, const struct station_record *record)
{
    uint32_t slot = station_slots_claim(memory->writer.slots, record->identity);

    if (slot == EVENT_NO_STATION)
        return false;
    station_slots_put(memory->writer.slots, slot, record);
    return true;
}

void segment_memory_drop_station(struct segment_memory *memory, const char *identity)
{
    station_slots_drop(memory->writer.slots, station_slots_find(memory->writer.slots, identity));
}

void segment_memory_all_offline(struct segment_memory *memory, uint64_t time_ns)
{
    station_slots_all_offline(memory->writer.slots, time_ns, CLOSE_GOING_AWAY, "gateway stopped");
    segment_writer_set(&memory->writer, COUNTER_connections, 0);
}

void segment_memory_put_histogram(struct segment_memory *memory, const struct histogram *histogram)
{
    unsigned number = segment_writer_histogram(&memory->writer, histogram->action);
    struct segment_histogram *shared = segment_element(&memory->writer.view.histograms, number);

    word_store(&shared->count, histogram->count);
    word_store(&shared->sum_us, histogram->sum_us);
    words_store(shared->buckets, histogram->buckets, HISTOGRAM_BUCKETS);
}

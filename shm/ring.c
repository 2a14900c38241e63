#include "shm/ring.h"

#include <string.h>

/* One index slot per so many bytes of data: records are hardly ever shorter on average. */
#define BYTES_PER_INDEX_SLOT 128
#define MIN_INDEX_SLOTS      16
#define MIN_CAPACITY         4096

static uint64_t align_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}

static bool power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

uint64_t ring_index_slots(uint64_t capacity)
{
    uint64_t slots = capacity / BYTES_PER_INDEX_SLOT;

    return slots > MIN_INDEX_SLOTS ? slots : MIN_INDEX_SLOTS;
}

uint64_t ring_max_record(uint64_t capacity)
{
    return capacity / 8 < SEGMENT_MAX_RECORD ? capacity / 8 : SEGMENT_MAX_RECORD;
}

static uint64_t data_offset(uint64_t index_slots)
{
    return align_up(sizeof(struct segment_ring) + index_slots * sizeof(uint64_t),
                    SEGMENT_CACHE_LINE);
}

uint64_t ring_region_size(uint64_t capacity, uint64_t index_slots)
{
    return data_offset(index_slots) + capacity;
}

void ring_format(void *region, uint64_t capacity, uint64_t index_slots, uint64_t first_seq)
{
    struct segment_ring *ring = region;

    ring->capacity = capacity;
    ring->index_slots = index_slots;
    ring->max_record = ring_max_record(capacity);
    ring->first_seq = first_seq;
    ring->index_offset = sizeof *ring;
    ring->data_offset = data_offset(index_slots);
    atomic_store_explicit(&ring->intent, 0, memory_order_relaxed);
    atomic_store_explicit(&ring->head_seq, first_seq, memory_order_release);
}

/* `offset` .. `offset + size` lies behind the ring's header and inside of the region. */
static bool inside(uint64_t offset, uint64_t size, uint64_t length, uint64_t alignment)
{
    return offset % alignment == 0 && offset >= sizeof(struct segment_ring) && offset <= length &&
           size <= length - offset;
}

bool ring_map(struct ring *ring, void *region, uint64_t length)
{
    struct {
        uint64_t capacity, index_slots, max_record, first_seq, index_offset, data_offset;
    } constant;

    if (length < sizeof(struct segment_ring))
        return false;
    memcpy(&constant, region, sizeof constant);
    if (!power_of_two(constant.capacity) || constant.capacity < MIN_CAPACITY ||
        !power_of_two(constant.index_slots) || constant.index_slots > length / sizeof(uint64_t) ||
        constant.max_record != ring_max_record(constant.capacity))
        return false;
    if (!inside(constant.index_offset, constant.index_slots * sizeof(uint64_t), length, 8) ||
        !inside(constant.data_offset, constant.capacity, length, 8))
        return false;

    ring->shared = region;
    ring->index = (void *)((char *)region + constant.index_offset);
    ring->data = (void *)((char *)region + constant.data_offset);
    ring->capacity = constant.capacity;
    ring->index_slots = constant.index_slots;
    ring->max_record = constant.max_record;
    ring->first_seq = constant.first_seq;
    return true;
}

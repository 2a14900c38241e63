#include <stdio.h>

#include "shm/segment_layout.h"

#define FIELD(structure, member)                                                                   \
    {                                                                                              \
#structure "." #member, offsetof(struct structure, member),                                \
            sizeof(((struct structure *)0)->member)                                                \
    }

static const struct segment_field fields[] = {
    FIELD(segment_header, magic),
    FIELD(segment_header, abi_major),
    FIELD(segment_header, abi_minor),
    FIELD(segment_header, endian_tag),
    FIELD(segment_header, total_size),
    FIELD(segment_header, layout_hash),
    FIELD(segment_header, generation),
    FIELD(segment_header, created_ns),
    FIELD(segment_header, started_ns),
    FIELD(segment_header, started_mono_ns),
    FIELD(segment_header, pid),
    FIELD(segment_header, region_count),
    FIELD(segment_header, instance),
    FIELD(segment_header, build_id),
    FIELD(segment_header, connections),
    FIELD(segment_header, heartbeat_ns),
    FIELD(segment_header, state),
    FIELD(segment_header, doorbell),
    FIELD(segment_header, regions),
    FIELD(segment_region, kind),
    FIELD(segment_region, number),
    FIELD(segment_region, name),
    FIELD(segment_region, offset),
    FIELD(segment_region, length),
    FIELD(segment_region, count),
    FIELD(segment_region, element_size),
    FIELD(segment_ring, capacity),
    FIELD(segment_ring, index_slots),
    FIELD(segment_ring, max_record),
    FIELD(segment_ring, first_seq),
    FIELD(segment_ring, index_offset),
    FIELD(segment_ring, data_offset),
    FIELD(segment_ring, intent),
    FIELD(segment_ring, head_seq),
    FIELD(segment_record, seq),
    FIELD(segment_record, time_ns),
    FIELD(segment_record, length),
    FIELD(segment_record, original_length),
    FIELD(segment_record, type),
    FIELD(segment_record, flags),
    FIELD(segment_record, station_slot),
    FIELD(segment_event, direction),
    FIELD(segment_event, message_type),
    FIELD(segment_event, protocol),
    FIELD(segment_event, severity),
    FIELD(segment_event, close_code),
    FIELD(segment_event, security_profile),
    FIELD(segment_event, identity_length),
    FIELD(segment_event, latency_us),
    FIELD(segment_event, count),
    FIELD(segment_event, duration_ms),
    FIELD(segment_event, connection),
    FIELD(segment_event, action_length),
    FIELD(segment_event, message_id_length),
    FIELD(segment_event, address_length),
    FIELD(segment_event, text_length),
    FIELD(segment_event, fixed_length),
    FIELD(segment_event, payload_length),
    FIELD(segment_station, lock),
    FIELD(segment_station, cold),
    FIELD(segment_station, counters),
    FIELD(segment_station_cold, identity),
    FIELD(segment_station_cold, address),
    FIELD(segment_station_cold, connected_ns),
    FIELD(segment_station_cold, connection),
    FIELD(segment_station_cold, protocol),
    FIELD(segment_station_cold, status),
    FIELD(segment_station_cold, security_profile),
    FIELD(segment_station_cold, boot_status),
    FIELD(segment_station_cold, connects),
    FIELD(segment_closing, disconnected_ns),
    FIELD(segment_closing, close_code),
    FIELD(segment_closing, close_reason_length),
    FIELD(segment_closing, close_reason),
    FIELD(segment_label, name),
    FIELD(segment_label, is_gauge),
    FIELD(segment_histogram, name),
    FIELD(segment_histogram, count),
    FIELD(segment_histogram, sum_us),
    FIELD(segment_histogram, buckets),
};

const struct segment_field *segment_fields(size_t *count)
{
    *count = sizeof fields / sizeof fields[0];
    return fields;
}

static uint64_t fnv1a(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t segment_layout_hash(void)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    char text[96];

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        snprintf(text, sizeof text, "%s:%zu:%zu;", fields[i].name, fields[i].offset,
                 fields[i].size);
        hash = fnv1a(hash, text);
    }
    return hash;
}

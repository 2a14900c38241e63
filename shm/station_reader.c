#include <string.h>

#include "shm/station_slot.h"
#include "shm/station_slots.h"

/* `size` bytes of text that may lack a terminator into one byte more. */
static void take_text(char *to, const char *from, size_t size)
{
    memcpy(to, from, size);
    to[size] = '\0';
}

static void take_cold(struct station_record *record, const struct segment_station_cold *cold)
{
    take_text(record->identity, cold->identity, sizeof cold->identity);
    take_text(record->address, cold->address, sizeof cold->address);
    record->connected_ns = cold->connected_ns;
    record->disconnected_ns = cold->disconnected_ns;
    record->connection = cold->connection;
    record->protocol = cold->protocol <= OCPP_21 ? cold->protocol : OCPP_UNKNOWN;
    record->status = cold->status <= STATION_EVICTED ? cold->status : STATION_OFFLINE;
    record->security_profile = cold->security_profile;
    record->boot_status = cold->boot_status <= BOOT_REJECTED ? cold->boot_status : BOOT_NONE;
    record->close_code = cold->close_code;
    take_text(record->close_reason, cold->close_reason, sizeof cold->close_reason);
    if (cold->close_reason_length < sizeof cold->close_reason)
        record->close_reason[cold->close_reason_length] = '\0';
    record->connects = cold->connects;
}

bool station_slot_read(const struct segment_row *table, uint32_t slot,
                       struct station_record *record)
{
    struct segment_station_cold cold;
    uint64_t counters[8];

    if (slot >= table->count || !station_slot_copy(segment_element(table, slot), &cold, counters) ||
        cold.identity[0] == '\0')
        return false;
    record->slot = slot;
    take_cold(record, &cold);
    record->counters = (struct station_counters){
        .messages_in = counters[STATION_MESSAGES_IN],
        .messages_out = counters[STATION_MESSAGES_OUT],
        .errors = counters[STATION_ERRORS],
        .last_message_ns = counters[STATION_LAST_MESSAGE_NS],
        .bytes_in = counters[STATION_BYTES_IN],
        .bytes_out = counters[STATION_BYTES_OUT],
        .latency_us_sum = counters[STATION_LATENCY_US_SUM],
        .latency_count = counters[STATION_LATENCY_COUNT],
    };
    return true;
}

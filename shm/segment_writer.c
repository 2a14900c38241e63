#include <string.h>

#include "shm/segment_writer_private.h"

#define USUAL_STRINGS 64 /* identity, action and a message id that is an UUID */

bool segment_writer_adopted(const struct segment_writer *writer)
{
    return writer->adopted;
}

const char *segment_writer_origin(const struct segment_writer *writer)
{
    return writer->origin;
}

uint64_t segment_writer_room(const struct segment_writer *writer, enum collection collection,
                             size_t payload_length)
{
    const struct ring *ring = &writer->rings[collection].ring;
    uint64_t record =
        words_round_up(RING_HEADER + sizeof(struct segment_event) + USUAL_STRINGS + payload_length);
    uint64_t records = ring->capacity / record;

    return records < ring->index_slots ? records : ring->index_slots - 1;
}

uint64_t segment_writer_generation(const struct segment_writer *writer)
{
    return word_load(&writer->view.header->generation);
}

uint64_t segment_writer_size(const struct segment_writer *writer)
{
    return writer->view.size;
}

void segment_writer_heartbeat(struct segment_writer *writer, uint64_t mono_ns)
{
    word_store(&writer->view.header->heartbeat_ns, mono_ns);
}

uint64_t segment_writer_publish(struct segment_writer *writer, const struct event *event)
{
    char head[EVENT_MAX_FIXED + RING_HEAD_ROOM];
    int collection = event_collection(event->type);

    if (collection < 0)
        return 0;
    size_t head_length = event_encode_head(event, head);
    size_t payload_length = event->payload.length;
    if (payload_length < event->payload_length)
        payload_length = event->payload_length;
    return ring_append(&writer->rings[collection],
                       &(struct ring_input){
                           .time_ns = event->time_ns,
                           .type = (uint16_t)event->type,
                           .station_slot = event->station_slot,
                           .head = head,
                           .head_length = head_length,
                           .tail = event->payload.start,
                           .tail_length = event->payload.length,
                           .original_length = head_length + payload_length,
                       });
}

uint64_t segment_writer_next_connection(struct segment_writer *writer)
{
    word_add(&writer->view.header->connections, 1);
    return word_load(&writer->view.header->connections);
}

uint32_t segment_writer_claim(struct segment_writer *writer, const char *identity)
{
    return station_slots_claim(writer->slots, identity);
}

uint32_t segment_writer_find(const struct segment_writer *writer, const char *identity)
{
    return station_slots_find(writer->slots, identity);
}

void segment_writer_station_online(struct segment_writer *writer, uint32_t slot,
                                   const struct station_record *record)
{
    station_slots_online(writer->slots, slot, record);
}

void segment_writer_station_offline(struct segment_writer *writer, uint32_t slot,
                                    enum station_status status, uint64_t time_ns,
                                    unsigned close_code, struct text_span reason)
{
    station_slots_offline(writer->slots, slot, status, time_ns, close_code, reason);
}

void segment_writer_station_boot(struct segment_writer *writer, uint32_t slot,
                                 enum boot_status boot_status)
{
    station_slots_boot(writer->slots, slot, boot_status);
}

enum boot_status segment_writer_boot_status(const struct segment_writer *writer, uint32_t slot)
{
    return station_slots_boot_status(writer->slots, slot);
}

void segment_writer_station_message(struct segment_writer *writer, uint32_t slot,
                                    enum direction direction, size_t bytes, uint64_t time_ns)
{
    _Atomic uint64_t *counters = station_slots_counters(writer->slots, slot);
    bool in = direction == DIRECTION_IN;

    if (counters == NULL)
        return;
    word_add(&counters[in ? STATION_MESSAGES_IN : STATION_MESSAGES_OUT], 1);
    word_add(&counters[in ? STATION_BYTES_IN : STATION_BYTES_OUT], bytes);
    word_store(&counters[STATION_LAST_MESSAGE_NS], time_ns);
}

void segment_writer_station_error(struct segment_writer *writer, uint32_t slot)
{
    _Atomic uint64_t *counters = station_slots_counters(writer->slots, slot);

    if (counters != NULL)
        word_add(&counters[STATION_ERRORS], 1);
}

void segment_writer_station_latency(struct segment_writer *writer, uint32_t slot,
                                    uint32_t latency_us)
{
    _Atomic uint64_t *counters = station_slots_counters(writer->slots, slot);

    if (counters == NULL)
        return;
    word_add(&counters[STATION_LATENCY_US_SUM], latency_us);
    word_add(&counters[STATION_LATENCY_COUNT], 1);
}

void segment_writer_add(struct segment_writer *writer, enum counter counter, uint64_t amount)
{
    word_add(writer->view.counters[counter], amount);
}

void segment_writer_set(struct segment_writer *writer, enum counter counter, uint64_t value)
{
    word_store(writer->view.counters[counter], value);
}

uint64_t segment_writer_get(const struct segment_writer *writer, enum counter counter)
{
    return word_load(writer->view.counters[counter]);
}

void segment_writer_count_message(struct segment_writer *writer, enum direction direction,
                                  unsigned message_type, size_t bytes)
{
    static const enum counter by_type[2][MESSAGE_CALLERROR + 1] = {
        {[MESSAGE_CALL] = COUNTER_calls_in_total,
         [MESSAGE_CALLRESULT] = COUNTER_results_in_total,
         [MESSAGE_CALLERROR] = COUNTER_call_errors_in_total},
        {[MESSAGE_CALL] = COUNTER_calls_out_total,
         [MESSAGE_CALLRESULT] = COUNTER_results_out_total,
         [MESSAGE_CALLERROR] = COUNTER_call_errors_out_total},
    };
    bool is_out = direction == DIRECTION_OUT;

    segment_writer_add(writer, is_out ? COUNTER_messages_out_total : COUNTER_messages_in_total, 1);
    segment_writer_add(writer, is_out ? COUNTER_bytes_out_total : COUNTER_bytes_in_total, bytes);
    if (message_type >= MESSAGE_CALL && message_type <= MESSAGE_CALLERROR)
        segment_writer_add(writer, by_type[is_out][message_type], 1);
}

void segment_writer_count_connect(struct segment_writer *writer)
{
    uint64_t now = segment_writer_get(writer, COUNTER_connections) + 1;

    segment_writer_add(writer, COUNTER_connections_total, 1);
    segment_writer_set(writer, COUNTER_connections, now);
    if (now > segment_writer_get(writer, COUNTER_peak_connections))
        segment_writer_set(writer, COUNTER_peak_connections, now);
}

void segment_writer_count_disconnect(struct segment_writer *writer)
{
    uint64_t now = segment_writer_get(writer, COUNTER_connections);

    segment_writer_add(writer, COUNTER_disconnects_total, 1);
    if (now > 0)
        segment_writer_set(writer, COUNTER_connections, now - 1);
}

static struct segment_histogram *histogram(const struct segment_writer *writer, uint64_t number)
{
    return segment_element(&writer->view.histograms, number);
}

/* The first word goes last: a reader that finds it finds the whole name. */
static void name_histogram(struct segment_histogram *unused, const char *name)
{
    uint64_t first;

    words_store(unused->name + 1, name + sizeof first, SEGMENT_NAME_WORDS - 1);
    memcpy(&first, name, sizeof first);
    atomic_store_explicit(&unused->name[0], first, memory_order_release);
}

unsigned segment_writer_histogram(struct segment_writer *writer, const char *action)
{
    uint64_t last = writer->view.histograms.count - 1;
    char wanted[SEGMENT_NAME_WORDS * WORD] = {0};
    char name[SEGMENT_NAME_WORDS * WORD];

    memcpy(wanted, action, strnlen(action, sizeof wanted));
    for (uint64_t i = 0; i < last; i++) {
        words_load(name, histogram(writer, i)->name, SEGMENT_NAME_WORDS);
        if (memcmp(name, wanted, sizeof name) == 0)
            return (unsigned)i;
        if (word_load(&histogram(writer, i)->name[0]) == 0) {
            name_histogram(histogram(writer, i), wanted);
            return (unsigned)i;
        }
    }
    name_histogram(histogram(writer, last), (char[sizeof wanted]){"other"});
    return (unsigned)last;
}

void segment_writer_latency(struct segment_writer *writer, unsigned number, uint32_t latency_us)
{
    if (number >= writer->view.histograms.count)
        return;
    word_add(&histogram(writer, number)->buckets[histogram_bucket(latency_us)], 1);
    word_add(&histogram(writer, number)->sum_us, latency_us);
    word_add(&histogram(writer, number)->count, 1);
}

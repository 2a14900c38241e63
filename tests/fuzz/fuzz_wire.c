/*
 * What a store may give back in place of what was written: the first byte chooses what it is read
 * as, the second is the length of an entry's first value. What is accepted says the same when it is
 * written again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shm/event_wire.h"
#include "shm/state_wire.h"
#include "tests/fuzz/fuzz.h"

static struct text_span span(const char *text)
{
    return (struct text_span){text, strlen(text)};
}

static void check_event(const char *data, size_t size, enum collection collection)
{
    static char again[WIRE_HEAD_MAX];
    struct event event;
    uint64_t lost;
    size_t head = (unsigned char)data[0];
    if (head > size - 1)
        head = size - 1;
    struct text_span fields[] = {
        span("e"), {data + 1, head}, span("p"), {data + 1 + head, size - 1 - head}};
    if (wire_decode(fields, 4, collection, 3, &event, &lost) != WIRE_EVENT)
        return;
    MUST(event.seq == 3 && event.payload.length <= event.payload_length);
    size_t length = wire_encode(&event, again);
    struct text_span text = event.identity;
    /* strings that are not UTF-8 can be cut, but only too long ones are */
    MUST(length == head && memcmp(again, data + 1, length) == 0);
    MUST(text.length <= EVENT_MAX_IDENTITY);
}

static void check_lost(const char *data, size_t size)
{
    struct text_span fields[] = {span("lost"), {data, size}};
    struct event event;
    uint64_t lost = 0, history, seq;
    char id[WIRE_ID_SIZE];
    if (wire_decode(fields, 2, COLLECTION_LOG, 3, &event, &lost) == WIRE_LOST)
        MUST(lost > 0);
    if (wire_id_parse(data, size, &history, &seq)) {
        MUST(wire_id(history, seq, id) == size);
        MUST(memcmp(id, data, size) == 0);
    }
}

static void check_state(const char *data, size_t size)
{
    static char text[WIRE_HISTOGRAM_MAX];
    static struct station_record record, again;
    static struct wire_alive alive, alive_again;
    static struct histogram histogram, histogram_again;
    if (wire_station_parse(data, size, &record)) {
        MUST(wire_station_parse(text, wire_station(&record, text), &again));
        MUST(memcmp(&record, &again, sizeof(record)) == 0);
    }
    if (wire_alive_parse(data, size, &alive))
        MUST(wire_alive_parse(text, wire_alive(&alive, text), &alive_again) &&
             alive.history == alive_again.history);
    if (wire_histogram_parse(data, size, &histogram)) {
        MUST(wire_histogram_parse(text, wire_histogram(&histogram, text), &histogram_again));
        MUST(memcmp(&histogram, &histogram_again, sizeof(histogram)) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    char *copy = malloc(size - 1); /* its own, so that a read past the end is seen */
    MUST(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    if (data[0] < 'a')
        check_event(copy, size - 1, (enum collection)(data[0] % COLLECTION_COUNT));
    else if (data[0] == 'l')
        check_lost(copy, size - 1);
    else
        check_state(copy, size - 1);
    free(copy);
    return 0;
}

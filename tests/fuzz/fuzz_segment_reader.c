/*
 * A reader on a segment that holds any bytes at all. The first byte of the input says how the rest
 * is used:
 *
 *   bit 0   clear: patches on a sound segment, each {offset u16, length u8, bytes}
 *           set: the whole file
 *   bit 1   a second thread scribbles over the segment while it is read
 *
 * The segment lies in memory of its exact size: AddressSanitizer sees every step outside of it.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "shm/ring_writer.h"
#include "shm/segment_attach.h"
#include "shm/segment_layout.h"
#include "shm/station_slot.h"
#include "tests/fuzz/fuzz.h"

#define RING_CAPACITY 4096
#define STATIONS      3
#define HISTOGRAMS    2
#define RECORDS       40
#define MAX_FILE      65536
#define STEPS         64

static char *image; /* a sound segment, small */
static size_t image_size;

/* The sound segment */

static void add_region(struct segment_header *header, uint32_t kind, uint64_t count, uint64_t size,
                       uint64_t length)
{
    header->regions[header->region_count++] = (struct segment_region){
        .kind = kind,
        .offset = header->total_size,
        .length = length,
        .count = count,
        .element_size = size,
    };
    header->total_size += (length + SEGMENT_CACHE_LINE - 1) & ~UINT64_C(63);
}

static void add_row(struct segment_header *header, uint32_t kind, uint64_t count, uint64_t size)
{
    add_region(header, kind, count, size, count * size);
}

static void fill_ring(const struct segment_view *view)
{
    struct ring_writer writer;
    char head[EVENT_MAX_FIXED + RING_HEAD_ROOM];

    MUST(ring_adopt(&writer, &view->rings[COLLECTION_MESSAGES]));
    for (unsigned i = 0; i < RECORDS; i++) {
        struct event event = {.type = EVENT_MESSAGE,
                              .identity = {"CS-0123456789", i % 14},
                              .payload = {"[2,\"1\",\"Heartbeat\",{}]", i % 23}};
        ring_append(&writer, &(struct ring_input){
                                 .type = EVENT_MESSAGE,
                                 .head = head,
                                 .head_length = event_encode_head(&event, head),
                                 .tail = event.payload.start,
                                 .tail_length = event.payload.length,
                             });
    }
}

static void make_image(void)
{
    struct segment_header header = {.total_size = SEGMENT_PAGE};
    struct segment_view view;
    const uint64_t first_seq[COLLECTION_COUNT] = {7};
    const struct segment_station_cold online = {.identity = "CS-1", .status = STATION_ONLINE};
    const struct segment_station_cold offline = {.identity = "CS-2", .status = STATION_OFFLINE};
    const struct segment_closing closing = {
        .disconnected_ns = 5, .close_code = 1000, .close_reason_length = 3, .close_reason = "bye"};
    char error[256];

    add_row(&header, REGION_COUNTERS, COUNTER_COUNT, sizeof(uint64_t));
    add_row(&header, REGION_LABELS, COUNTER_COUNT, sizeof(struct segment_label));
    add_region(&header, REGION_RING, RING_CAPACITY, 1,
               ring_region_size(RING_CAPACITY, ring_index_slots(RING_CAPACITY)));
    add_row(&header, REGION_STATIONS, STATIONS, sizeof(struct segment_station));
    add_row(&header, REGION_CLOSINGS, STATIONS, sizeof(struct segment_closing));
    add_row(&header, REGION_HISTOGRAMS, HISTOGRAMS, sizeof(struct segment_histogram));
    image_size = header.total_size;
    MUST(posix_memalign((void **)&image, SEGMENT_PAGE, image_size) == 0);
    memset(image, 0, image_size);
    segment_format(image, &header, first_seq);
    segment_publish_magic(image);
    MUST(segment_check(&view, image, image_size, error, sizeof error));
    fill_ring(&view);
    station_slot_set(&view.stations, 1, &online);
    station_slot_set_closed(&view.stations, 2, &offline, &closing);
}

/* The scribbling thread: busy only while an input asks for it. */

static struct {
    pthread_t thread;
    sem_t start, done;
    _Atomic bool stop;
    _Atomic uint64_t *words;
    size_t count;
} scribbler;

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) /* libFuzzer's timer interrupts it */
        ;
}

static void *scribble(void *unused)
{
    uint64_t random = 1;

    (void)unused;
    for (;;) {
        wait_for(&scribbler.start);
        while (!scribbler.stop) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            size_t word = (random >> 33) % scribbler.count;
            uint64_t value = random & 8 ? random : random >> 50;
            atomic_store_explicit(&scribbler.words[word], value, memory_order_relaxed);
        }
        sem_post(&scribbler.done);
    }
    return NULL;
}

static void start_scribbling(void *base, size_t size)
{
    scribbler.words = base;
    scribbler.count = size / sizeof(uint64_t);
    scribbler.stop = false;
    sem_post(&scribbler.start);
}

static void stop_scribbling(void)
{
    scribbler.stop = true;
    wait_for(&scribbler.done);
}

/* What a reader can do */

/* The ends of a span are enough: no sanitizer's gap lies between them. */
static void touch(struct text_span span)
{
    volatile char sum = 0;

    if (span.length > 0)
        sum = (char)(span.start[0] + span.start[span.length - 1]);
    (void)sum;
}

static void use_event(const struct event *event)
{
    touch(event->identity);
    touch(event->action);
    touch(event->message_id);
    touch(event->address);
    touch(event->text);
    touch(event->payload);
    MUST(event->payload.length <= event->payload_length);
    MUST(event->direction <= DIRECTION_OUT && event->protocol <= OCPP_21);
}

static void read_ring(const struct segment_reader *reader, enum collection collection,
                      uint64_t next, char *buffer)
{
    struct event event;
    uint64_t lost;

    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t before = next;
        switch (segment_reader_next(reader, collection, &next, &lost, buffer, &event)) {
        case RING_MORE:
            use_event(&event);
            MUST(next == before + 1 && lost == 0 && event.seq == before);
            break;
        case RING_LAPPED:
        case RING_CORRUPT:
            MUST(next != before && lost == next - before);
            break;
        case RING_END:
        case RING_SUPERSEDED:
            MUST(next == before && lost == 0);
            return;
        }
    }
}

static void read_everything(const struct segment_reader *reader)
{
    static char buffer[SEGMENT_READER_BUFFER];
    struct segment_info info;
    struct station_record station;
    struct histogram histogram;
    uint64_t oldest, head, used, capacity;

    segment_reader_info(reader, &info);
    MUST(memchr(info.instance, '\0', sizeof info.instance) != NULL);
    for (unsigned i = 0; i < COLLECTION_COUNT; i++) {
        segment_reader_bounds(reader, i, &oldest, &head);
        segment_reader_fill(reader, i, &used, &capacity);
        MUST(used <= capacity);
        read_ring(reader, i, oldest, buffer);
        read_ring(reader, i, 0, buffer);
        read_ring(reader, i, head - 2, buffer);
        read_ring(reader, i, UINT64_MAX, buffer);
    }
    for (uint32_t i = 0; i < STATIONS + 2; i++) {
        if (segment_reader_station(reader, i, &station)) {
            MUST(strlen(station.identity) <= EVENT_MAX_IDENTITY && station.identity[0] != '\0');
            MUST(strlen(station.address) <= EVENT_MAX_ADDRESS);
            MUST(strlen(station.close_reason) < sizeof station.close_reason);
        }
        segment_reader_histogram(reader, i, &histogram);
        MUST(strlen(histogram.action) < sizeof histogram.action);
    }
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        segment_reader_counter(reader, i);
}

static void patch(char *segment, const uint8_t *data, size_t size)
{
    while (size > 3) {
        size_t offset = (data[0] | (size_t)data[1] << 8) % image_size;
        size_t length = data[2];
        data += 3;
        size -= 3;
        if (length > size)
            length = size;
        if (length > image_size - offset)
            length = image_size - offset;
        memcpy(segment + offset, data, length);
        data += length;
        size -= length;
    }
}

static void attach_and_read(void *segment, size_t size, bool with_scribbler)
{
    char error[512];

    if (with_scribbler)
        start_scribbling(segment, size);
    struct segment_reader *reader = segment_reader_attach(segment, size, error, sizeof error);
    if (reader != NULL)
        read_everything(reader);
    if (with_scribbler)
        stop_scribbling();
    segment_reader_close(reader);
}

static void set_up(void)
{
    make_image();
    MUST(sem_init(&scribbler.start, 0, 0) == 0 && sem_init(&scribbler.done, 0, 0) == 0);
    MUST(pthread_create(&scribbler.thread, NULL, scribble, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (image == NULL)
        set_up();
    if (size < 1)
        return 0;
    bool whole_file = data[0] & 1;
    bool with_scribbler = (data[0] & 2) != 0;
    size_t file_size = whole_file ? size - 1 : image_size;
    char *segment;

    if (file_size < sizeof(uint64_t) || file_size > MAX_FILE)
        return 0;
    MUST(posix_memalign((void **)&segment, SEGMENT_PAGE, file_size) == 0);
    if (whole_file) {
        memcpy(segment, data + 1, file_size);
    } else {
        memcpy(segment, image, file_size);
        patch(segment, data + 1, size - 1);
    }
    attach_and_read(segment, file_size, with_scribbler);
    free(segment);
    return 0;
}

/*
 * One writer and several readers as threads over one mapping, for ThreadSanitizer: it has to see no
 * access of theirs that is not atomic. Checks what is read as well.
 *
 *     threads [RECORDS]
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "shm/segment_attach.h"
#include "shm/segment_writer_private.h"
#include "tests/torture/pattern.h"

#define READERS  3
#define STATIONS 16

static _Atomic bool stop;
static _Atomic bool failed;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static struct segment_writer *open_writer(const char *dir)
{
    char error[512];
    struct segment_options options = {
        .dir = dir, .instance = "threads", .build_id = "threads", .stations = STATIONS};

    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        options.ring_size[i] = 65536;
    struct segment_writer *writer = segment_writer_open(&options, error, sizeof error);
    if (writer == NULL)
        die(error);
    return writer;
}

static void write_all(struct segment_writer *writer, uint64_t records)
{
    static char payload[PATTERN_MAX];
    struct station_record record;

    for (uint64_t seq = 1; seq <= records; seq++) {
        struct event event = pattern_event(seq, payload);
        segment_writer_publish(writer, &event);
        segment_writer_add(writer, COUNTER_messages_in_total, 1);
        segment_writer_latency(writer, segment_writer_histogram(writer, "Heartbeat"), 5);
        if (seq % 8 != 0)
            continue;
        char identity[16];
        snprintf(identity, sizeof identity, "CS-%u", (unsigned)(seq / 8 % (2 * STATIONS)));
        uint32_t slot = segment_writer_claim(writer, identity);
        pattern_station(segment_writer_next_connection(writer), &record);
        segment_writer_station_online(writer, slot, &record);
        segment_writer_station_message(writer, slot, DIRECTION_IN, 10, seq);
        pattern_closed_station(record.connection, &record);
        segment_writer_station_offline(
            writer, slot, record.status, record.disconnected_ns, record.close_code,
            (struct text_span){record.close_reason, strlen(record.close_reason)});
        segment_writer_heartbeat(writer, seq);
    }
}

static void look_around(const struct segment_reader *reader, uint64_t number)
{
    struct station_record record;
    struct segment_info info;
    struct histogram histogram;
    uint64_t used, capacity;

    if (segment_reader_station(reader, (uint32_t)(number % STATIONS), &record) &&
        !pattern_check_station(&record))
        failed = true;
    segment_reader_info(reader, &info);
    segment_reader_histogram(reader, 0, &histogram);
    segment_reader_fill(reader, COLLECTION_MESSAGES, &used, &capacity);
    segment_reader_counter(reader, COUNTER_messages_in_total);
}

/* Every reader has a handle of its own on the one mapping. */
static void *read_all(void *context)
{
    struct segment_writer *writer = context;
    char error[512];
    char *buffer = malloc(SEGMENT_READER_BUFFER);
    struct segment_reader *reader =
        segment_reader_attach(writer->view.header, writer->view.size, error, sizeof error);
    struct event event;
    uint64_t next = 1, lost, read = 0, total_lost = 0;
    char wanted[PATTERN_MAX];

    if (reader == NULL || buffer == NULL)
        die("reader");
    for (uint64_t i = 0;; i++) {
        bool stopped = stop;
        uint64_t seq = next;
        enum ring_outcome outcome =
            segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, buffer, &event);
        total_lost += lost;
        if (outcome == RING_MORE)
            read++;
        if (outcome == RING_CORRUPT ||
            (outcome == RING_MORE && !pattern_check(&event, seq, wanted)))
            failed = true;
        if (outcome == RING_END && stopped)
            break;
        if (i % 256 == 0)
            look_around(reader, i / 256);
    }
    printf("reader: %" PRIu64 " read, %" PRIu64 " lost\n", read, total_lost);
    if (1 + read + total_lost != next)
        failed = true;
    segment_reader_close(reader);
    free(buffer);
    return NULL;
}

static void clean_up(const char *dir)
{
    char path[128];

    snprintf(path, sizeof path, "%s/ocpp-board.threads", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/ocpp-board.threads.lock", dir);
    unlink(path);
    rmdir(dir);
}

int main(int argc, char **argv)
{
    char dir[] = "/dev/shm/ocpp-board-threads.XXXXXX";
    uint64_t records = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    pthread_t readers[READERS];

    if (mkdtemp(dir) == NULL)
        die(dir);
    struct segment_writer *writer = open_writer(dir);
    for (unsigned i = 0; i < READERS; i++) {
        if (pthread_create(&readers[i], NULL, read_all, writer) != 0)
            die("pthread_create");
    }
    write_all(writer, records);
    stop = true;
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    segment_writer_close(writer, UINT64_MAX);
    clean_up(dir);
    return failed;
}

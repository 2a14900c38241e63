/*
 * What a publish costs the gateway, against a bare memcpy of the same bytes in the same run, and
 * what reading costs.
 *
 *     bench_shm [-g]     with -g: exit with 1 when a goal is missed
 *
 * Times are CPU time of the measured thread, so that neither readers nor neighbours on the machine
 * count as the writer's. Each number is the median of rounds in which the variants take turns.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/segment_reader.h"
#include "shm/segment_writer_private.h"
#include "shm/words.h"

#define ROUNDS      15
#define ROUND_BYTES (UINT64_C(64) << 20)
#define RING_BYTES  (UINT64_C(32) << 20)
#define MAX_READERS 4
#define POLL_NS     2000000 /* as ocpp-boardd does while there is traffic */
#define HISTORY     5000
#define STATIONS    100000

static bool missed;

struct bench {
    char dir[64];
    struct segment_options options;
    struct segment_writer *writer;
    struct ring_writer ring;
    char *plain; /* what memcpy fills, as large as a ring */
    char *frame;
    size_t position;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static double cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;

    return (*a > *b) - (*a < *b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void *map_pages(uint64_t size)
{
    void *base =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (base == MAP_FAILED)
        die("mmap");
    return base;
}

static void make_ring(struct bench *bench)
{
    uint64_t slots = ring_index_slots(RING_BYTES);
    uint64_t size = ring_region_size(RING_BYTES, slots);
    void *region = map_pages(size);
    struct ring ring;

    ring_format(region, RING_BYTES, slots, 1);
    if (!ring_map(&ring, region, size) || !ring_adopt(&bench->ring, &ring))
        die("ring");
}

static void open_bench(struct bench *bench)
{
    char error[512];

    memset(bench, 0, sizeof *bench);
    strcpy(bench->dir, "/dev/shm/ocpp-board-bench.XXXXXX");
    if (mkdtemp(bench->dir) == NULL)
        die(bench->dir);
    bench->options = (struct segment_options){
        .dir = bench->dir, .instance = "bench", .build_id = "bench", .stations = STATIONS};
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        bench->options.ring_size[i] = 65536;
    bench->options.ring_size[COLLECTION_MESSAGES] = RING_BYTES;
    bench->writer = segment_writer_open(&bench->options, error, sizeof error);
    if (bench->writer == NULL) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    make_ring(bench);
    bench->plain = map_pages(RING_BYTES);
    bench->frame = map_pages(65536);
    memset(bench->frame, 'f', 65536);
}

static void close_bench(struct bench *bench)
{
    char path[128];

    segment_writer_close(bench->writer, 1);
    snprintf(path, sizeof path, "%s/ocpp-board.bench", bench->dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/ocpp-board.bench.lock", bench->dir);
    unlink(path);
    rmdir(bench->dir);
}

/* Three ways to put `size` bytes behind each other; each returns ns per call. */

typedef double variant(struct bench *bench, size_t size, uint64_t count);

static double copy_only(struct bench *bench, size_t size, uint64_t count)
{
    double start = cpu_ns();

    for (uint64_t i = 0; i < count; i++) {
        if (bench->position + size > RING_BYTES)
            bench->position = 0;
        memcpy(bench->plain + bench->position, bench->frame, size);
        __asm__ volatile("" : : "r"(bench->plain) : "memory"); /* no copy is left out */
        bench->position += size;
    }
    return (cpu_ns() - start) / (double)count;
}

static double append(struct bench *bench, size_t size, uint64_t count)
{
    double start = cpu_ns();

    for (uint64_t i = 0; i < count; i++)
        ring_append(&bench->ring, &(struct ring_input){
                                      .time_ns = i,
                                      .type = EVENT_MESSAGE,
                                      .tail = bench->frame,
                                      .tail_length = size,
                                      .original_length = size,
                                  });
    return (cpu_ns() - start) / (double)count;
}

/* A whole event: `size` bytes of frame and the strings that go with it. */
static double publish(struct bench *bench, size_t size, uint64_t count)
{
    struct event event = {
        .type = EVENT_MESSAGE,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .protocol = OCPP_16,
        .latency_us = EVENT_NO_LATENCY,
        .identity = {"CS-001234", 9},
        .action = {"MeterValues", 11},
        .message_id = {"0b6c4f0e-35a6-4e0f-8d51-1f2d7d2f9a10", 36},
        .payload = {bench->frame, size},
    };
    double start = cpu_ns();

    for (uint64_t i = 0; i < count; i++) {
        event.time_ns = i;
        segment_writer_publish(bench->writer, &event);
    }
    return (cpu_ns() - start) / (double)count;
}

/* Readers */

static pid_t start_reader(struct bench *bench)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct segment_record record;
    char *buffer = malloc(SEGMENT_READER_BUFFER);
    uint64_t next = ring_head(&bench->ring.ring);
    for (;;) {
        enum ring_outcome outcome = ring_read(&bench->ring.ring, next, &record, buffer);
        if (outcome == RING_MORE)
            next++;
        else if (outcome == RING_END)
            nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        else
            next = ring_oldest(&bench->ring.ring, RING_BYTES / 8);
    }
}

/* The first `count` of them read, the others stand still. */
static void let_read(const pid_t *readers, unsigned count)
{
    for (unsigned i = 0; i < MAX_READERS; i++)
        kill(readers[i], i < count ? SIGCONT : SIGSTOP);
}

static const unsigned levels[] = {0, 1, MAX_READERS}; /* of readers */
#define LEVELS (sizeof levels / sizeof levels[0])

/* ns per call, by round: neighbouring rounds see the same machine. */
struct times {
    double copy[LEVELS][ROUNDS];
    double append[LEVELS][ROUNDS];
    double publish[LEVELS][ROUNDS];
    double crowding[ROUNDS]; /* append with all readers, in relation to that with none */
};

static void measure(struct bench *bench, size_t size, struct times *times)
{
    uint64_t count = ROUND_BYTES / (size + 64);
    pid_t readers[MAX_READERS];

    for (unsigned i = 0; i < MAX_READERS; i++)
        readers[i] = start_reader(bench);
    let_read(readers, 0);
    copy_only(bench, size, count);
    append(bench, size, count);
    publish(bench, size, count);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned level = 0; level < LEVELS; level++) {
            let_read(readers, levels[level]);
            times->copy[level][round] = copy_only(bench, size, count);
            times->append[level][round] = append(bench, size, count);
            times->publish[level][round] = publish(bench, size, count);
        }
        times->crowding[round] = times->append[LEVELS - 1][round] / times->append[0][round];
    }
    for (unsigned i = 0; i < MAX_READERS; i++) {
        kill(readers[i], SIGKILL);
        waitpid(readers[i], NULL, 0);
    }
}

static void judge(const char *what, double value, double limit, const char *unit)
{
    bool good = value <= limit;

    printf("%-44s %10.2f %-10s goal <= %.2f  %s\n", what, value, unit, limit,
           good ? "ok" : "MISSED");
    missed |= !good;
}

static void bench_publish(struct bench *bench)
{
    static const struct {
        size_t size;
        double goal;
    } rows[] = {{64, 2.0}, {400, 1.2}, {4096, 1.3}};
    double ratio[3], crowding[3];

    printf("ns per record, CPU time of the writer\n");
    printf("%6s %8s %10s %10s %8s %14s\n", "bytes", "readers", "memcpy", "append", "ratio",
           "whole event");
    for (unsigned i = 0; i < 3; i++) {
        struct times times;
        measure(bench, rows[i].size, &times);
        for (unsigned level = LEVELS; level-- > 0;) {
            double copy = median(times.copy[level], ROUNDS);
            double append_ns = median(times.append[level], ROUNDS);
            ratio[i] = append_ns / copy; /* in the end that with no reader */
            printf("%6zu %8u %10.1f %10.1f %8.2f %14.1f\n", rows[i].size, levels[level], copy,
                   append_ns, ratio[i], median(times.publish[level], ROUNDS));
        }
        crowding[i] = median(times.crowding, ROUNDS);
    }
    printf("\n");
    for (unsigned i = 0; i < 3; i++) {
        char what[64];
        snprintf(what, sizeof what, "append of %zu bytes, against memcpy", rows[i].size);
        judge(what, ratio[i], rows[i].goal, "times");
        snprintf(what, sizeof what, "append of %zu bytes, 4 readers against 0", rows[i].size);
        judge(what, crowding[i], 1.5, "times");
    }
}

static void bench_reading(struct bench *bench, const struct segment_reader *reader)
{
    double rates[ROUNDS], history[ROUNDS];
    char *buffer = malloc(SEGMENT_READER_BUFFER);
    struct event event;
    uint64_t oldest, head, lost;

    if (buffer == NULL)
        die("malloc");
    publish(bench, 400, ROUND_BYTES / 400);
    segment_reader_bounds(reader, COLLECTION_MESSAGES, &oldest, &head);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t next = oldest;
        double start = cpu_ns();
        while (segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, buffer, &event) ==
               RING_MORE)
            ;
        rates[i] = (cpu_ns() - start) / (double)(head - oldest);
        next = head - HISTORY;
        start = cpu_ns();
        while (segment_reader_next(reader, COLLECTION_MESSAGES, &next, &lost, buffer, &event) ==
               RING_MORE)
            ;
        history[i] = (cpu_ns() - start) / 1e6;
    }
    judge("reading an event of 400 bytes", median(rates, ROUNDS), 100, "ns");
    judge("the last 5000 events", median(history, ROUNDS), 1, "ms");
    free(buffer);
}

static void fill_stations(struct bench *bench)
{
    struct station_record record = {.status = STATION_ONLINE, .connected_ns = 1};
    char identity[16];

    for (unsigned i = 0; i < STATIONS; i++) {
        snprintf(identity, sizeof identity, "CS-%06u", i);
        segment_writer_station_online(bench->writer, segment_writer_claim(bench->writer, identity),
                                      &record);
    }
}

static double scan_stations(const struct segment_reader *reader)
{
    struct station_record record;
    unsigned found = 0;
    double start = cpu_ns();

    for (uint32_t slot = 0; slot < STATIONS; slot++)
        found += segment_reader_station(reader, slot, &record);
    double ms = (cpu_ns() - start) / 1e6;
    if (found != STATIONS)
        die("stations");
    return ms;
}

/* One word of each cache line: what this machine's memory takes for the table, whoever reads it. */
static double touch_stations(const struct bench *bench)
{
    const struct segment_row *table = &bench->writer->view.stations.slots;
    uint64_t sum = 0;
    double start = cpu_ns();

    for (uint64_t slot = 0; slot < STATIONS; slot++) {
        const _Atomic uint64_t *words = segment_element(table, slot);
        for (size_t i = 0; i < table->stride / WORD; i += LINE / WORD)
            sum += word_load(words + i);
    }
    __asm__ volatile("" : : "r"(sum));
    return (cpu_ns() - start) / 1e6;
}

/* What a reader pays once: the kernel puts a page into its mapping at the first look. */
static void bench_first_scan(struct bench *bench)
{
    char error[512];
    struct rusage before, after;
    struct segment_reader *reader =
        segment_reader_open(bench->dir, "bench", -1, error, sizeof error);

    if (reader == NULL)
        die(error);
    getrusage(RUSAGE_SELF, &before);
    double ms = scan_stations(reader);
    getrusage(RUSAGE_SELF, &after);
    segment_reader_close(reader);
    printf("%-44s %10.2f ms, with %ld page faults\n", "  a new reader's first time", ms,
           after.ru_minflt - before.ru_minflt);
}

/* Their closings are another cache line each. */
static void bench_offline(struct bench *bench, const struct segment_reader *reader)
{
    double scans[ROUNDS];

    for (uint32_t slot = 0; slot < STATIONS; slot++)
        segment_writer_station_offline(bench->writer, slot, STATION_OFFLINE, 2, 1001,
                                       TEXT_SPAN_NONE);
    for (unsigned i = 0; i < ROUNDS; i++)
        scans[i] = scan_stations(reader);
    printf("%-44s %10.2f ms\n", "  when all of them are offline", median(scans, ROUNDS));
}

static void bench_stations(struct bench *bench, const struct segment_reader *reader)
{
    double scans[ROUNDS], touches[ROUNDS];

    fill_stations(bench);
    scan_stations(reader);
    for (unsigned i = 0; i < ROUNDS; i++) {
        scans[i] = scan_stations(reader);
        touches[i] = touch_stations(bench);
    }
    double scan = median(scans, ROUNDS), touch = median(touches, ROUNDS);
    judge("reading 100,000 stations", scan, 2, "ms");
    printf("%-44s %10.2f ms\n", "  a word of each of their cache lines", touch);
    judge("reading stations, against these words", scan / touch, 2, "times");
    bench_first_scan(bench);
    bench_offline(bench, reader);
}

/* In large pages reading takes a quarter less time; whether there are any is the kernel's to say.
 */
static void tell_pages(void)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long kib, large = 0;

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "ShmemPmdMapped: %lu kB", &kib) == 1)
            large += kib;
    }
    if (maps != NULL)
        fclose(maps);
    printf("large pages: %lu MiB of the writer's and the reader's mapping\n", large / 1024);
}

int main(int argc, char **argv)
{
    struct bench bench;
    char error[512];
    bool gate = argc > 1 && strcmp(argv[1], "-g") == 0;

    open_bench(&bench);
    struct segment_reader *reader =
        segment_reader_open(bench.dir, "bench", -1, error, sizeof error);
    if (reader == NULL)
        die(error);
    bench_publish(&bench);
    bench_reading(&bench, reader);
    bench_stations(&bench, reader);
    tell_pages();
    segment_reader_close(reader);
    close_bench(&bench);
    return gate && missed;
}

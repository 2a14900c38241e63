/*
 * Stops a writer after every single instruction. At each point where memory has changed
 *   - a reader may see whole records and whole stations only;
 *   - were the writer killed now, the next one could take up what it left, and go on.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/ring_writer.h"
#include "shm/station_slot.h"
#include "shm/station_slots.h"
#include "tests/torture/pattern.h"

#define SKIPPED  77
#define CAPACITY 4096
#define RECORDS  60
#define MAX_TAIL 600 /* the ring takes 480 at most */
#define SLOTS    3
#define CHANGES  12

/* What is watched: a region of shared memory, what the child does to it, what has to hold. */
struct subject {
    const char *name;
    size_t size; /* a multiple of 64 */
    void (*prepare)(void *region);
    void (*write)(void *region);
    void (*check)(const char *when, void *region);
    void (*crash)(void *copy); /* on a copy, which it may change */
};

static void fail(const char *when, const char *what, uint64_t number)
{
    fprintf(stderr, "%s: %s %" PRIu64 "\n", when, what, number);
    exit(1);
}

/* The ring */

/* 16: the index laps before the data; 64: the data first. */
static uint64_t index_slots;

static struct ring map_ring(void *region)
{
    struct ring ring;

    if (!ring_map(&ring, region, ring_region_size(CAPACITY, index_slots)))
        fail("ring", "can't be mapped", 0);
    return ring;
}

static size_t record_length(uint64_t seq)
{
    uint64_t random = pattern_random(seq);

    return (random >> 8) % (random % 3 == 0 ? MAX_TAIL : 60);
}

/* Made beforehand: what is stepped through should be the writer, not the pattern. */
static char tails[RECORDS + 4][MAX_TAIL];

static void prepare_ring(void *region)
{
    ring_format(region, CAPACITY, index_slots, 1);
    for (uint64_t seq = 0; seq < sizeof tails / sizeof tails[0]; seq++)
        pattern_fill(seq, tails[seq], record_length(seq));
}

/* A brief one has no tail, and says so in its time. */
static void append_record(struct ring_writer *writer, bool brief)
{
    char head[16 + RING_HEAD_ROOM];
    uint64_t seq = writer->seq;
    size_t head_length = seq % 16;
    size_t tail_length = brief ? 0 : record_length(seq);

    memset(head, (int)seq, sizeof head);
    ring_append(writer, &(struct ring_input){
                            .time_ns = seq * 2 + brief,
                            .type = (uint16_t)seq,
                            .station_slot = (uint32_t)seq * 3,
                            .head = head,
                            .head_length = head_length,
                            .tail = tails[seq],
                            .tail_length = tail_length,
                            .original_length = head_length + tail_length,
                        });
}

static void write_ring(void *region)
{
    struct ring ring = map_ring(region);
    struct ring_writer writer;

    if (!ring_adopt(&writer, &ring))
        _exit(1);
    for (unsigned i = 0; i < RECORDS; i++)
        append_record(&writer, false);
}

static bool record_is_whole(uint64_t seq, const struct segment_record *record, const char *payload)
{
    char head[16];
    size_t head_length = seq % 16;
    size_t tail_length = record->length - head_length;
    size_t full_length = record->time_ns % 2 == 1 ? 0 : record_length(seq);

    if (record->seq != seq || record->time_ns / 2 != seq || record->type != (uint16_t)seq ||
        record->station_slot != (uint32_t)seq * 3 || record->length < head_length ||
        record->original_length != head_length + full_length || tail_length > full_length)
        return false;
    memset(head, (int)seq, sizeof head);
    return memcmp(payload, head, head_length) == 0 &&
           memcmp(payload + head_length, tails[seq], tail_length) == 0;
}

static void check_ring(const char *when, void *region)
{
    static char payload[SEGMENT_READER_BUFFER];
    struct ring ring = map_ring(region);
    struct segment_record record;
    uint64_t head = ring_head(&ring);

    for (uint64_t seq = head > index_slots ? head - index_slots : 1; seq < head; seq++) {
        enum ring_outcome outcome = ring_read(&ring, seq, &record, payload);
        if (outcome == RING_MORE && !record_is_whole(seq, &record, payload))
            fail(when, "torn record", seq);
        if (outcome != RING_MORE && outcome != RING_LAPPED)
            fail(when, "corrupt record", seq);
        if (seq == head - 1 && outcome != RING_MORE)
            fail(when, "the newest record is gone", seq);
        if (seq >= ring_oldest(&ring, 0) && outcome != RING_MORE)
            fail(when, "a record that should be there is gone", seq);
    }
    if (ring_read(&ring, head, &record, payload) != RING_END)
        fail(when, "a record from the future", head);
}

static void crash_ring(void *copy)
{
    struct ring ring = map_ring(copy);
    struct ring_writer writer;
    uint64_t head = ring_head(&ring);

    if (!ring_adopt(&writer, &ring) || writer.seq != head)
        fail("after a crash", "can't adopt at", head);
    check_ring("after a crash", copy);
    for (unsigned i = 0; i < 3; i++) {
        append_record(&writer, true);
        check_ring("after a crash and an append", copy);
    }
    if (ring_head(&ring) != head + 3)
        fail("after a crash", "wrong sequence", ring_head(&ring));
}

/* The station table */

#define SLOT_BYTES  (SLOTS * sizeof(struct segment_station))
#define TABLE_BYTES (SLOT_BYTES + SLOTS * sizeof(struct segment_closing))

static struct segment_stations map_table(void *region)
{
    return (struct segment_stations){
        .slots = {region, SLOTS, sizeof(struct segment_station)},
        .closings = {(char *)region + SLOT_BYTES, SLOTS, sizeof(struct segment_closing)},
    };
}

static void prepare_table(void *region)
{
    memset(region, 0, TABLE_BYTES);
}

static void write_table(void *region)
{
    struct segment_stations table = map_table(region);
    struct station_slots *slots = station_slots_open(&table, 1);
    struct station_record record;
    char identity[16];

    if (slots == NULL)
        _exit(1);
    for (unsigned i = 1; i <= CHANGES; i++) {
        snprintf(identity, sizeof identity, "CS-%u", i % 5);
        uint32_t slot = station_slots_claim(slots, identity);
        pattern_station(i, &record);
        station_slots_online(slots, slot, &record);
        station_slots_counters(slots, slot)[STATION_LAST_MESSAGE_NS] = i * 3;
        if (i % 3 == 0)
            station_slots_boot(slots, slot, BOOT_ACCEPTED);
        pattern_closed_station(i, &record);
        station_slots_offline(slots, slot, record.status, record.disconnected_ns, record.close_code,
                              (struct text_span){record.close_reason, strlen(record.close_reason)});
    }
    station_slots_close(slots);
}

static void check_table(const char *when, void *region)
{
    struct segment_stations table = map_table(region);
    struct station_record record;

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (station_slot_read(&table, slot, &record) && !pattern_check_station(&record))
            fail(when, "torn station", slot);
    }
}

static void crash_table(void *copy)
{
    struct segment_stations table = map_table(copy);
    struct station_slots *slots = station_slots_open(&table, UINT64_MAX - 1);
    struct station_record record;

    if (slots == NULL)
        fail("after a crash", "can't open the table", 0);
    check_table("after a crash", copy);
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        if (station_slot_is_torn(&table, slot))
            fail("after a crash", "a slot stays locked", slot);
        if (!station_slot_read(&table, slot, &record))
            continue;
        if (record.status == STATION_ONLINE)
            fail("after a crash", "a station is online", slot);
        if (station_slots_find(slots, record.identity) != slot)
            fail("after a crash", "a station is not found", slot);
    }
    if (station_slots_claim(slots, "CS-9") == EVENT_NO_STATION)
        fail("after a crash", "no slot can be claimed", 0);
    check_table("after a crash and a claim", copy);
    station_slots_close(slots);
}

/* Stepping */

static void run_child(const struct subject *subject, void *region)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(SKIPPED);
    raise(SIGSTOP);
    subject->write(region);
    _exit(0);
}

static void look(const struct subject *subject, void *region, char *last)
{
    if (memcmp(region, last, subject->size) == 0)
        return;
    memcpy(last, region, subject->size);
    subject->check("while it is written", region);
    char *copy = aligned_alloc(SEGMENT_CACHE_LINE, subject->size);
    if (copy == NULL)
        fail(subject->name, "out of memory", 0);
    memcpy(copy, region, subject->size);
    subject->crash(copy);
    free(copy);
}

static bool step(pid_t child, uint64_t *points)
{
    int status;

    if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
        fail("ptrace", strerror(errno), 0);
    if (waitpid(child, &status, 0) != child)
        fail("waitpid", strerror(errno), 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
        fail("the writer", "failed with status", (uint64_t)status);
    (*points)++;
    return true;
}

static void watch(const struct subject *subject)
{
    size_t size = (subject->size + SEGMENT_PAGE - 1) & ~(size_t)(SEGMENT_PAGE - 1);
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *last = calloc(1, subject->size);
    uint64_t points = 0;
    int status = 0;

    if (region == MAP_FAILED || last == NULL)
        fail(subject->name, "out of memory", 0);
    subject->prepare(region);
    pid_t child = fork();
    if (child == 0)
        run_child(subject, region);
    if (child < 0 || waitpid(child, &status, 0) != child)
        fail("fork", strerror(errno), 0);
    if (WIFEXITED(status)) {
        printf("%s: ptrace is not allowed here\n", subject->name);
        exit(SKIPPED);
    }
    while (step(child, &points))
        look(subject, region, last);
    printf("%s: %" PRIu64 " instructions, no violation\n", subject->name, points);
    free(last);
    munmap(region, size);
}

static void watch_ring(uint64_t slots)
{
    index_slots = slots;
    watch(&(struct subject){
        .name = "ring",
        .size = ring_region_size(CAPACITY, slots),
        .prepare = prepare_ring,
        .write = write_ring,
        .check = check_ring,
        .crash = crash_ring,
    });
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    watch_ring(16);
    watch_ring(64);
    watch(&(struct subject){
        .name = "station table",
        .size = TABLE_BYTES,
        .prepare = prepare_table,
        .write = write_table,
        .check = check_table,
        .crash = crash_table,
    });
    return 0;
}

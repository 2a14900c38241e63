/*
 * Writer and readers as processes; the writer is killed (SIGKILL) again and again at random
 * moments, also while it opens the segment, and now and then comes back with other sizes.
 *
 *     torture [-k KILLS] [-r READERS] [-m BYTES] [-s SEED]
 *
 * Every reader checks every byte it gets and keeps account: records read and records reported lost
 * have to add up to exactly what was published. Exit status 1 when anything is torn or miscounted.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/segment_writer_private.h"
#include "tests/torture/pattern.h"

#define MAX_READERS         8
#define STATIONS            16
#define KILLS_PER_RESIZE    25
#define LONGEST_LIFE_US     4000
#define BYTES_OPENED_PER_US 2000 /* a large segment takes time to open */
#define READ_BEFORE_SLEEP   3000

/* One per reader, shared with the supervisor. */
struct account {
    _Atomic uint64_t next;
    _Atomic uint64_t read;
    _Atomic uint64_t lost;
    _Atomic uint64_t lapped;
    _Atomic uint64_t segments;
    _Atomic uint64_t stations;
    _Atomic bool failed;
};

struct control {
    _Atomic bool stop; /* the last writer is dead: read to the end, then leave */
    _Atomic uint64_t opened;
    _Atomic uint64_t adopted;
    struct account accounts[MAX_READERS];
};

struct torture {
    char dir[64];
    struct segment_options options;
    struct control *control;
    unsigned kills;
    unsigned readers;
    uint64_t seed;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static uint64_t next_random(uint64_t *state)
{
    return pattern_random((*state)++);
}

static void sleep_us(uint64_t us)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)us * 1000}, NULL);
}

static pid_t start(struct torture *torture, void (*run)(struct torture *, uint64_t),
                   uint64_t number)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(torture, number);
        _exit(0);
    }
    return child;
}

/* Writer */

static void change_a_station(struct segment_writer *writer, uint64_t random)
{
    struct station_record record;
    char identity[16];

    snprintf(identity, sizeof identity, "CS-%u", (unsigned)(random % (STATIONS + 4)));
    uint32_t slot = segment_writer_claim(writer, identity);
    if (slot == EVENT_NO_STATION)
        slot = (uint32_t)(random % STATIONS);
    if (random & 256) {
        pattern_station(segment_writer_next_connection(writer), &record);
        segment_writer_station_online(writer, slot, &record);
        segment_writer_station_message(writer, slot, DIRECTION_IN, 100, record.connected_ns);
    } else if (station_slot_read(&writer->view.stations, slot, &record) && record.connection != 0) {
        pattern_closed_station(record.connection, &record);
        segment_writer_station_offline(
            writer, slot, record.status, record.disconnected_ns, record.close_code,
            (struct text_span){record.close_reason, strlen(record.close_reason)});
    }
}

static void run_writer(struct torture *torture, uint64_t number)
{
    static char payload[PATTERN_MAX];
    char error[512];
    uint64_t random = torture->seed + number * 1000003;

    struct segment_writer *writer = segment_writer_open(&torture->options, error, sizeof error);
    if (writer == NULL) {
        fprintf(stderr, "writer: %s\n", error);
        _exit(1);
    }
    torture->control->opened++;
    torture->control->adopted += segment_writer_adopted(writer);
    for (;;) {
        uint64_t burst = next_random(&random) % 2000;
        for (uint64_t i = 0; i < burst; i++) {
            uint64_t seq = writer->rings[COLLECTION_MESSAGES].seq;
            struct event event = pattern_event(seq, payload);
            if (segment_writer_publish(writer, &event) != seq)
                _exit(1);
            if (i % 4 == 0)
                change_a_station(writer, next_random(&random));
        }
        sleep_us(next_random(&random) % 300);
    }
}

/* Reader */

struct reader {
    struct torture *torture;
    struct account *account;
    struct segment_reader *segment;
    uint64_t next;
    uint64_t random;
    char *buffer;
};

static void fail(struct reader *reader, const char *what, uint64_t number)
{
    fprintf(stderr, "reader: %s %" PRIu64 "\n", what, number);
    reader->account->failed = true;
    _exit(1);
}

static void open_again(struct reader *reader)
{
    char error[512];

    segment_reader_close(reader->segment);
    for (;;) {
        reader->segment =
            segment_reader_open(reader->torture->dir, "torture", -1, error, sizeof error);
        if (reader->segment != NULL)
            break;
        if (strstr(error, "is the gateway running") == NULL) {
            fprintf(stderr, "%s\n", error);
            fail(reader, "can't open, next is", reader->next);
        }
        sleep_us(200);
    }
    reader->account->segments++;
}

static void look_at_a_station(struct reader *reader)
{
    struct station_record record;
    uint32_t slot = (uint32_t)(next_random(&reader->random) % STATIONS);

    if (!segment_reader_station(reader->segment, slot, &record))
        return;
    reader->account->stations++;
    if (!pattern_check_station(&record))
        fail(reader, "torn station", slot);
}

/* False when everything has been read. */
static bool read_one(struct reader *reader)
{
    struct account *account = reader->account;
    bool stopped = reader->torture->control->stop;
    uint64_t seq = reader->next;
    char wanted[PATTERN_MAX];
    struct event event;
    uint64_t lost;

    switch (segment_reader_next(reader->segment, COLLECTION_MESSAGES, &reader->next, &lost,
                                reader->buffer, &event)) {
    case RING_MORE:
        if (!pattern_check(&event, seq, wanted))
            fail(reader, "torn record", seq);
        account->read++;
        break;
    case RING_LAPPED:
        account->lapped++;
        account->lost += lost;
        break;
    case RING_CORRUPT:
        fail(reader, "corrupt record", seq);
        break;
    case RING_SUPERSEDED:
        sleep_us(100);
        open_again(reader);
        return true;
    case RING_END:
        if (stopped)
            return false;
        sleep_us(next_random(&reader->random) % 200);
        break;
    }
    return true;
}

static void run_reader(struct torture *torture, uint64_t number)
{
    struct reader reader = {
        .torture = torture,
        .account = &torture->control->accounts[number],
        .next = 1,
        .random = ~torture->seed + number * 7919,
        .buffer = malloc(SEGMENT_READER_BUFFER),
    };

    if (reader.buffer == NULL)
        die("malloc");
    open_again(&reader);
    for (uint64_t i = 0; read_one(&reader); i++) {
        if (i % 4 == 0)
            look_at_a_station(&reader);
        /* every second reader is often too slow */
        if (number % 2 == 1 && i % READ_BEFORE_SLEEP == 0)
            sleep_us(next_random(&reader.random) % 2000);
        reader.account->next = reader.next;
    }
    reader.account->next = reader.next;
    segment_reader_close(reader.segment);
    free(reader.buffer);
}

/* Supervisor */

static void end(pid_t child, int signal_number)
{
    int status;

    if (signal_number != 0)
        kill(child, signal_number);
    if (waitpid(child, &status, 0) != child)
        die("waitpid");
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        exit(1);
}

static void kill_writers(struct torture *torture)
{
    uint64_t random = torture->seed;
    uint64_t longest =
        LONGEST_LIFE_US + torture->options.ring_size[COLLECTION_MESSAGES] / BYTES_OPENED_PER_US;

    for (unsigned i = 0; i < torture->kills; i++) {
        if (i % KILLS_PER_RESIZE == KILLS_PER_RESIZE - 1)
            torture->options.ring_size[COLLECTION_LOG] ^= 65536 ^ 131072;
        pid_t writer = start(torture, run_writer, i);
        sleep_us(next_random(&random) % longest);
        end(writer, SIGKILL);
        for (unsigned k = 0; k < torture->readers; k++) {
            if (torture->control->accounts[k].failed)
                exit(1);
        }
    }
}

/* The account of one reader: true when it adds up. */
static bool settle(const struct account *account, uint64_t head)
{
    printf("reader: %" PRIu64 " read, %" PRIu64 " lost in %" PRIu64 " laps, %" PRIu64
           " segments, %" PRIu64 " stations\n",
           account->read, account->lost, account->lapped, account->segments, account->stations);
    if (account->next == head && 1 + account->read + account->lost == head)
        return true;
    fprintf(stderr, "wrong count: next is %" PRIu64 ", the head %" PRIu64 "\n", account->next,
            head);
    return false;
}

static bool settle_all(struct torture *torture)
{
    char error[512];
    uint64_t oldest, head;
    bool good = true;

    struct segment_reader *segment =
        segment_reader_open(torture->dir, "torture", -1, error, sizeof error);
    if (segment == NULL) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    segment_reader_bounds(segment, COLLECTION_MESSAGES, &oldest, &head);
    segment_reader_close(segment);
    printf("%u kills, %" PRIu64 " opened, %" PRIu64 " of these adopted, %" PRIu64 " records\n",
           torture->kills, torture->control->opened, torture->control->adopted, head - 1);
    for (unsigned i = 0; i < torture->readers; i++)
        good &= settle(&torture->control->accounts[i], head);
    return good;
}

static void prepare(struct torture *torture)
{
    char error[512];

    strcpy(torture->dir, "/dev/shm/ocpp-board-torture.XXXXXX");
    if (mkdtemp(torture->dir) == NULL)
        die(torture->dir);
    torture->options.dir = torture->dir;
    torture->control = mmap(NULL, sizeof *torture->control, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (torture->control == MAP_FAILED)
        die("mmap");
    struct segment_writer *writer = segment_writer_open(&torture->options, error, sizeof error);
    if (writer == NULL) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    segment_writer_close(writer, 1);
}

static void clean_up(const struct torture *torture)
{
    static const char *const names[] = {"", ".lock", ".new"};
    char path[128];

    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/ocpp-board.torture%s", torture->dir, names[i]);
        unlink(path);
    }
    rmdir(torture->dir);
}

static void run_supervisor(struct torture *torture, uint64_t unused)
{
    (void)unused;
    pid_t readers[MAX_READERS];

    for (unsigned i = 0; i < torture->readers; i++)
        readers[i] = start(torture, run_reader, i);
    kill_writers(torture);
    torture->control->stop = true;
    for (unsigned i = 0; i < torture->readers; i++)
        end(readers[i], 0);
    exit(!settle_all(torture));
}

static unsigned long number(const char *text, unsigned long max)
{
    char *end_of_number;
    unsigned long value = strtoul(text, &end_of_number, 10);

    if (*text == '\0' || *end_of_number != '\0' || value > max) {
        fprintf(stderr, "bad number: %s\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct torture torture = {
        .options = {.instance = "torture", .build_id = "torture", .stations = STATIONS},
        .kills = 100,
        .readers = 3,
    };
    int option;

    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        torture.options.ring_size[i] = 65536;
    torture.seed = (uint64_t)time(NULL);
    while ((option = getopt(argc, argv, "k:r:m:s:")) != -1) {
        switch (option) {
        case 'k':
            torture.kills = (unsigned)number(optarg, 1000000);
            break;
        case 'r':
            torture.readers = (unsigned)number(optarg, MAX_READERS);
            break;
        case 'm':
            torture.options.ring_size[COLLECTION_MESSAGES] = number(optarg, 1UL << 30);
            break;
        case 's':
            torture.seed = number(optarg, ULONG_MAX);
            break;
        default:
            return 2;
        }
    }
    printf("seed %" PRIu64 "\n", torture.seed);
    fflush(stdout); /* children have none of it in their buffers */
    prepare(&torture);
    pid_t supervisor = start(&torture, run_supervisor, 0);
    int status;
    if (waitpid(supervisor, &status, 0) != supervisor)
        die("waitpid");
    clean_up(&torture);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

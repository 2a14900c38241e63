/* A question about one station, or one action, reads the messages that are asked for and no others,
 * however many there are; and who asks again does not read again. */
#include "boardd/sources/source.h"
#include "boardd/state/tail.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

#define MESSAGES 300000 /* more than a query may walk over: STORE_MAX_STEPS */
#define STATIONS 500
#define MATCHES  150
#define SPARE    5 /* reads that have nothing to do with the number of messages */
#define EVERY    (MESSAGES / MATCHES)

static struct board_fixture *fixture;
static struct source_operations counting;
static enum ring_outcome (*read_uncounted)(const struct source *, enum collection, uint64_t, char *,
                                           struct event *);
static unsigned reads;
static char web_ui[100];

static enum ring_outcome count_read(const struct source *source, enum collection collection,
                                    uint64_t seq, char *buffer, struct event *event)
{
    reads++;
    return read_uncounted(source, collection, seq, buffer, event);
}

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
    segment_writer_close(fixture->writer, clock_real_ns());
    fixture->segment.options.ring_size[COLLECTION_MESSAGES] = 64 << 20;
    fixture->writer = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(fixture->writer, clock_mono_ns());
    board_set(fixture, "board.event_cache=0"); /* each event that is shown is read */
    snprintf(web_ui, sizeof(web_ui), "%s/webui", fixture->segment.dir); /* no place for a segment */
    ck_assert_int_eq(mkdir(web_ui, 0700), 0);
    board_setf(fixture, "board.webui=%s", web_ui);
}

static void end(void)
{
    rmdir(web_ui);
    board_end(fixture);
    free(fixture);
}

/* Of X, and with the rare action, is the same one in EVERY. */
static void publish(unsigned number)
{
    bool is_rare = number % EVERY == 0 && number / EVERY < MATCHES;
    char identity[16], frame[80];
    snprintf(identity, sizeof(identity), is_rare ? "X" : "CP%u", number % STATIONS);
    int length = snprintf(frame, sizeof(frame), "[2,\"m%u\",\"%s\",{\"n\":%u}]", number,
                          is_rare ? "GetLog" : "Heartbeat", number);
    struct event event = {
        .type = EVENT_MESSAGE,
        .time_ns = clock_real_ns(),
        .station_slot = EVENT_NO_STATION,
        .direction = DIRECTION_IN,
        .message_type = MESSAGE_CALL,
        .protocol = OCPP_16,
        .latency_us = EVENT_NO_LATENCY,
        .identity = {identity, strlen(identity)},
        .action = {is_rare ? "GetLog" : "Heartbeat", is_rare ? 6 : 9},
        .payload = {frame, (size_t)length},
        .payload_length = (uint32_t)length,
    };
    segment_writer_publish(fixture->writer, &event);
}

static void count_reads(void)
{
    struct source *source;
    const struct source *followed = tail_source(fixture->board->tail, 0);
    memcpy(&source, &followed, sizeof(source)); /* readers change nothing in it; we do */
    counting = *source->operations;
    read_uncounted = counting.read;
    counting.read = count_read;
    source->operations = &counting;
}

static void start(void)
{
    uint64_t oldest, head, until = clock_mono_ms() + 40000;
    for (unsigned i = 0; i < MESSAGES; i++)
        publish(i);
    board_start(fixture);
    count_reads();
    do {
        ck_assert_uint_lt(clock_mono_ms(), until);
        board_turn(fixture);
        counting.bounds(tail_source(fixture->board->tail, 0), COLLECTION_MESSAGES, &oldest, &head);
    } while (head == 0 || tail_position(fixture->board->tail, 0, COLLECTION_MESSAGES) < head);
    ck_assert_uint_eq(head - oldest, MESSAGES);
    board_login(fixture);
}

static unsigned reads_of(const char *target, unsigned matches)
{
    unsigned found = 0;
    reads = 0;
    ck_assert_int_eq(board_get(fixture, target), 200);
    for (const char *p = fixture->reply; (p = strstr(p, "\"direction\":")) != NULL; p++)
        found++;
    ck_assert_msg(found == matches, "%s: %u messages, not %u", target, found, matches);
    return reads;
}

START_TEST(a_question_reads_its_matches)
{
    static const struct {
        const char *target;
        unsigned matches;
    } questions[] = {
        {"/api/messages?limit=1000&identity=X", MATCHES},
        {"/api/messages?limit=1000&method=GetLog", MATCHES},
        {"/api/messages?limit=1000&filter=station:X", MATCHES},
        {"/api/messages?limit=1000&filter=station:x+type:CALL", MATCHES},
        {"/api/messages?limit=1000&identity=X&direction=IN&type=CALL", MATCHES},
        {"/api/messages?limit=10&identity=X", 10},
        {"/api/messages?limit=10&identity=X&offset=100", 10},
        {"/api/messages?limit=10&offset=100000", 10},
        {"/api/messages?limit=10&identity=nobody", 0},
        {"/api/messages?limit=10&identity=X&type=CALLERROR", 0},
    };
    start();
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        unsigned got = reads_of(questions[i].target, questions[i].matches);
        ck_assert_msg(got >= questions[i].matches && got <= questions[i].matches + SPARE,
                      "%s reads %u messages to show %u", questions[i].target, got,
                      questions[i].matches);
    }
    board_expect(fixture, "X-Total-Count: 0\r\n");
    reads_of("/api/messages?limit=10&identity=X", 10);
    board_expect(fixture, "X-Total-Count: 150\r\n");
    /* the counter counts: the text of messages is known only to who reads them */
    ck_assert_uint_gt(reads_of("/api/messages?limit=10&q=not+there", 0), 1000);
    unsigned asked = 0;
    while (reads_of("/api/messages?limit=10&q=not+there", 0) > 0)
        ck_assert_uint_lt(++asked, 100);
    board_expect(fixture, "X-Total-Count: 0\r\n");
}
END_TEST

SUITE_WITH("store_reads", begin, end, a_question_reads_its_matches)

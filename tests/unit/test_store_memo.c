/* Whatever was found of questions before, and whatever happens to the gateways between: answers are
 * what all records, looked at one by one, say. */
#include "boardd/state/hidden.h"
#include "boardd/state/question_memo.h"
#include "boardd/state/store.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

#define GATEWAYS  2
#define STATIONS  6
#define QUESTIONS (QUESTION_MEMO_QUESTIONS + 8)
#define MAX_HITS  60000

static struct board_fixture *fixture;
static struct segment_writer *writers[GATEWAYS];
static const char *const gateways[GATEWAYS] = {"unit", "second"};
static struct source_operations failing;
static enum ring_outcome (*read_well)(const struct source *, enum collection, uint64_t, char *,
                                      struct event *);
static bool some_reads_fail;
static uint64_t reads;
static uint32_t seed;
static uint64_t published;
static struct selection questions[QUESTIONS];
static struct store_hit wanted[MAX_HITS], given[MAX_HITS];
static char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void open_writer(unsigned gateway)
{
    fixture->segment.options.instance = gateways[gateway];
    writers[gateway] = fixture_writer(&fixture->segment);
    segment_writer_heartbeat(writers[gateway], clock_mono_ns());
}

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
    segment_writer_close(fixture->writer, clock_real_ns());
    fixture->writer = NULL;
    unlink(fixture->segment.path);
    board_set(fixture, "board.instances=unit, second");
    memset(questions, 0, sizeof(questions));
}

static void end(void)
{
    for (unsigned i = 0; i < QUESTIONS; i++)
        filter_free(questions[i].filter);
    for (unsigned i = 0; i < GATEWAYS; i++)
        segment_writer_close(writers[i], clock_real_ns());
    board_end(fixture);
    free(fixture);
}

static enum ring_outcome read_badly(const struct source *source, enum collection collection,
                                    uint64_t seq, char *into, struct event *event)
{
    reads++;
    return some_reads_fail && seq % 3 == 0 ? RING_CORRUPT
                                           : read_well(source, collection, seq, into, event);
}

static void start(size_t ring_size)
{
    fixture->segment.options.ring_size[COLLECTION_MESSAGES] = ring_size;
    for (unsigned i = 0; i < GATEWAYS; i++)
        open_writer(i);
    board_start(fixture);
    for (unsigned i = 0; i < GATEWAYS; i++) {
        struct source *source;
        const struct source *followed = tail_source(fixture->board->tail, i);
        memcpy(&source, &followed, sizeof(source)); /* readers change nothing in it; we do */
        failing = *source->operations;
        read_well = failing.read;
        failing.read = read_badly;
        source->operations = &failing;
        if (i + 1 < GATEWAYS)
            failing.read = read_well; /* for the next one to find */
    }
    failing.read = read_badly;
}

static void bounds_of(unsigned source, uint64_t *oldest, uint64_t *head)
{
    const struct source *from = tail_source(fixture->board->tail, source);
    from->operations->bounds(from, COLLECTION_MESSAGES, oldest, head);
}

static bool is_settled(void)
{
    uint64_t oldest, head;
    for (unsigned i = 0; i < GATEWAYS; i++) {
        bounds_of(i, &oldest, &head);
        if (tail_position(fixture->board->tail, i, COLLECTION_MESSAGES) != head)
            return false;
    }
    return true;
}

static void settle(void)
{
    uint64_t until = clock_mono_ms() + 10000;
    while (!is_settled()) {
        ck_assert_uint_lt(clock_mono_ms(), until);
        board_turn(fixture);
    }
}

static void publish(unsigned gateway)
{
    static const char *const actions[] = {"Heartbeat", "MeterValues", "Authorize"};
    char identity[16], frame[80];
    bool is_call = draw(2) != 0;
    snprintf(identity, sizeof(identity), draw(20) == 0 ? "cp%u" : "CP%u", draw(STATIONS));
    int length = snprintf(frame, sizeof(frame), "[%d,\"m%" PRIu64 "\",{\"n\":\"a%u\"}]",
                          is_call ? 2 : 3, published, draw(30));
    const char *action = actions[draw(10) == 0 ? 2 : draw(2)];
    struct event event = {
        .type = EVENT_MESSAGE,
        .time_ns = clock_real_ns(),
        .station_slot = EVENT_NO_STATION,
        .direction = is_call ? DIRECTION_IN : DIRECTION_OUT,
        .message_type = is_call ? MESSAGE_CALL : MESSAGE_CALLRESULT,
        .protocol = draw(2) != 0 ? OCPP_16 : OCPP_201,
        .latency_us = is_call ? EVENT_NO_LATENCY : draw(1000),
        .identity = {identity, strlen(identity)},
        .action = {action, strlen(action)},
        .payload = {frame, (size_t)length},
        .payload_length = (uint32_t)length,
    };
    segment_writer_publish(writers[gateway], &event);
    published++;
}

/* A new history, and all that was there is gone. */
static void replace(unsigned gateway)
{
    char path[200];
    const struct source *source = tail_source(fixture->board->tail, gateway);
    uint64_t history = source->info.history, until = clock_mono_ms() + 10000;
    segment_writer_close(writers[gateway], clock_real_ns());
    snprintf(path, sizeof(path), "%s/ocpp-board.%s", fixture->segment.dir, gateways[gateway]);
    ck_assert_int_eq(unlink(path), 0);
    open_writer(gateway);
    for (unsigned i = draw(100); i > 0; i--)
        publish(gateway);
    while (source->info.history == history) {
        ck_assert_uint_lt(clock_mono_ms(), until);
        board_turn(fixture);
    }
}

static void adopt(unsigned gateway)
{
    segment_writer_close(writers[gateway], clock_real_ns());
    open_writer(gateway);
}

static void hide(void)
{
    char identity[16];
    uint64_t next[COLLECTION_COUNT];
    unsigned source = draw(GATEWAYS);
    snprintf(identity, sizeof(identity), "CP%u", draw(STATIONS));
    for (int i = 0; i < COLLECTION_COUNT; i++)
        next[i] = tail_position(fixture->board->tail, source, (enum collection)i);
    hidden_add(tail_hidden(fixture->board->tail), source, identity, 1, next);
}

static void invent(struct selection *selection)
{
    static const char *const expressions[] = {
        "",
        "station:CP*",
        "station:CP1*,cp2",
        "station:cp1",
        "latency>0.9ms",
        "latency<0.1ms station:*3",
        "latency:500us",
        "latency>900us or action:Authorize",
        "a7",
        "a17 or a18",
        "not a1",
        "dir:in a7",
        "type:CALL",
        "type:CALL action:authorize",
        "protocol:1.6 action:M*",
        "gateway:second a2",
        "since:10m a7",
        "station:nobody a7",
        "type:CALL type:CALLRESULT",
        "station:CP1 action:MeterValues \"a2\"",
    };
    static const char *const texts[] = {"", "", "", "a7", "zz", "A1"};
    const char *expression = expressions[draw(sizeof(expressions) / sizeof(expressions[0]))];
    struct filter_error error;
    filter_free(selection->filter);
    selection_init(selection);
    selection->filter = filter_new(expression, strlen(expression), clock_real_ns(), &error);
    ck_assert_ptr_nonnull(selection->filter);
    strcpy(selection->text, texts[draw(6)]);
    strcpy(selection->identity, draw(5) == 0 ? "CP2" : "");
    strcpy(selection->action, draw(5) == 0 ? "Heartbeat" : "");
    selection->source = draw(4) == 0 ? (int)draw(GATEWAYS) : -1;
    selection->directions = draw(5) == 0 ? 1u << DIRECTION_IN : 0;
    selection->gateways_only = draw(2);
}

/* The next older match of a source, looked at record by record. */
static bool look_back(const struct selection *selection, unsigned source, uint64_t *seq,
                      uint64_t *time_ns)
{
    uint64_t oldest, head;
    const struct source *from = tail_source(fixture->board->tail, source);
    struct event event;
    bounds_of(source, &oldest, &head);
    while (*seq > oldest) {
        --*seq;
        if (read_well(from, COLLECTION_MESSAGES, *seq, buffer, &event) != RING_MORE)
            ck_abort_msg("%" PRIu64 " can't be read", *seq); /* an assertion each takes long */
        *time_ns = event.time_ns;
        if (selection_matches(selection, fixture->board->tail, source, &event))
            return true;
    }
    return false;
}

/* All matches, newest first. */
static size_t look_at_all(const struct selection *selection)
{
    uint64_t seq[GATEWAYS], time_ns[GATEWAYS], oldest;
    bool has[GATEWAYS];
    size_t count = 0;
    for (unsigned i = 0; i < GATEWAYS; i++) {
        bounds_of(i, &oldest, &seq[i]);
        has[i] = look_back(selection, i, &seq[i], &time_ns[i]);
    }
    while (has[0] || has[1]) {
        unsigned newest = has[0] && (!has[1] || time_ns[0] >= time_ns[1]) ? 0 : 1;
        if (count == MAX_HITS)
            ck_abort_msg("too many records");
        wanted[count++] = (struct store_hit){newest, seq[newest]};
        has[newest] = look_back(selection, newest, &seq[newest], &time_ns[newest]);
    }
    return count;
}

/* As many pages as there are, or `pages`. */
static size_t ask(const struct selection *selection, uint64_t offset, size_t limit, unsigned pages,
                  struct store_result *last)
{
    struct position before;
    struct store_query query = {.collection = COLLECTION_MESSAGES,
                                .selection = selection,
                                .offset = offset,
                                .limit = limit};
    size_t count = 0;
    for (unsigned page = 0; page < pages && (page == 0 || last->more); page++) {
        reads = 0;
        store_query(fixture->board->store, &query, given + count, last);
        ck_assert_uint_le(reads, STORE_MAX_READS);
        count += last->count;
        before = last->next;
        query.before = &before;
        query.offset = 0;
    }
    return count;
}

static void expect_answers(const struct selection *selection, bool may_be_short)
{
    struct store_result last;
    size_t limit = 1 + draw(200);
    uint64_t offset = may_be_short ? 0 : draw(3) * draw(100);
    unsigned pages = 1 + draw(4);
    size_t all = look_at_all(selection), count = ask(selection, offset, limit, pages, &last);
    size_t rest = all > offset ? all - offset : 0;
    if (may_be_short && last.more)
        ck_assert_uint_le(count, rest);
    else
        ck_assert_uint_eq(count, rest < limit * pages ? rest : limit * pages);
    for (size_t i = 0; i < count; i++) {
        if (given[i].source != wanted[offset + i].source || given[i].seq != wanted[offset + i].seq)
            ck_abort_msg("%zu is %u-%" PRIu64, i, given[i].source, given[i].seq);
    }
    if (last.total != STORE_UNKNOWN)
        ck_assert_uint_eq(last.total, all);
}

static void change(unsigned burst)
{
    unsigned gateway = draw(GATEWAYS);
    switch (draw(100)) {
    case 0:
        replace(gateway);
        break;
    case 1:
    case 2:
        adopt(gateway);
        break;
    case 3:
    case 4:
        hide();
        break;
    default:
        for (unsigned i = draw(burst); i > 0; i--)
            publish(draw(8) != 0 ? gateway : 1 - gateway);
    }
    settle();
}

/* Few questions at a time, so that most of them were asked before. */
static void run(unsigned rounds, unsigned burst, bool may_be_short)
{
    struct store_result result;
    for (unsigned round = 0; round < rounds; round++) {
        if (round % 150 == 0) {
            for (unsigned i = 0; i < QUESTIONS; i++)
                invent(&questions[i]);
        }
        change(burst);
        some_reads_fail = draw(10) == 0;
        for (unsigned i = 0; i < 4; i++) {
            const struct selection *question = &questions[draw(draw(10) != 0 ? 6 : QUESTIONS)];
            if (some_reads_fail)
                ask(question, 0, 100, 2, &result);
            else
                expect_answers(question, may_be_short);
        }
        some_reads_fail = false;
    }
}

START_TEST(answers_are_as_if_never_asked_before)
{
    seed = 1;
    start(65536);
    run(1000, 60, false);
    ck_assert_uint_gt(published, 20000);
}
END_TEST

/* More comes between than is caught up with, and more is there than an answer looks at. */
START_TEST(answers_are_true_of_long_histories)
{
    seed = 2;
    start(4 << 20);
    run(40, 9000, true);
    ck_assert_uint_gt(published, 100000);
}
END_TEST

START_TEST(in_the_end_the_total_is_known)
{
    struct store_result result;
    struct selection selection;
    struct filter_error error;
    unsigned asked = 0;
    seed = 3;
    start(4 << 20);
    for (unsigned i = 0; i < 12000; i++)
        publish(0);
    settle();
    selection_init(&selection);
    selection.filter = questions[0].filter =
        filter_new("protocol:1.6", strlen("protocol:1.6"), 0, &error);
    size_t all = look_at_all(&selection);
    do {
        ck_assert_uint_lt(++asked, 20);
        ask(&selection, 0, 10, 1, &result);
        publish(0);
        settle();
        all = look_at_all(&selection);
        ask(&selection, 0, 10, 1, &result);
    } while (result.total == STORE_UNKNOWN);
    ck_assert_uint_gt(asked, 1);
    ck_assert_uint_eq(result.total, all);
}
END_TEST

/* What came since is more than is worth looking at from its old end. */
START_TEST(an_old_question_shows_what_is_new)
{
    struct store_result result;
    struct selection selection;
    seed = 4;
    start(4 << 20);
    selection_init(&selection);
    strcpy(selection.text, "a7");
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 9000; i++)
            publish(i % GATEWAYS);
        settle();
        ck_assert_uint_eq(ask(&selection, 0, 10, 1, &result), 10);
        look_at_all(&selection);
        for (unsigned i = 0; i < 10; i++)
            ck_assert_uint_eq(given[i].seq, wanted[i].seq);
    }
}
END_TEST

SUITE_WITH("store_memo", begin, end, answers_are_as_if_never_asked_before,
           answers_are_true_of_long_histories, an_old_question_shows_what_is_new,
           in_the_end_the_total_is_known)

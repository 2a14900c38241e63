/* What a gateway's source makes of what stands in a store, without a store. */
#include "boardd/sources/redis_source.h"

#include <stdio.h>
#include <string.h>

#include "shm/state_wire.h"
#include "tests/unit/suite.h"

#define SPAN(text)    ((struct text_span){text, sizeof(text) - 1})
#define HISTORY       UINT64_C(1769860800000000000)
#define LATER_HISTORY (HISTORY + 1)

static struct redis_source *redis;
static struct source *source;
static unsigned reports, drained;
static char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));

static void on_report(void *context, const char *text)
{
    (void)context;
    ck_assert_ptr_nonnull(text);
    reports++;
}

static void on_drained(void *context)
{
    (void)context;
    drained++;
}

static void begin_at(uint64_t history, uint64_t first, uint64_t last)
{
    struct redis_beginning beginning = {.history = history};
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        beginning.first_seq[i] = i == COLLECTION_MESSAGES ? first : 1;
        beginning.known[i] = i == COLLECTION_MESSAGES;
    }
    beginning.last_seq[COLLECTION_MESSAGES] = last;
    redis_source_begin(redis, &beginning);
}

static void begin(void)
{
    reports = drained = 0;
    redis = redis_source_new(&(struct redis_source_options){.name = "north",
                                                            .memory = 8u << 20,
                                                            .stations = 8,
                                                            .report = on_report,
                                                            .drained = on_drained});
    ck_assert_ptr_nonnull(redis);
    source = redis_source_base(redis);
}

static void end(void)
{
    source->operations->free(source);
}

static bool give(uint64_t history, uint64_t seq, const struct text_span *fields, size_t count)
{
    char id[WIRE_ID_SIZE];
    size_t length = wire_id(history, seq, id);
    return redis_source_entry(redis, COLLECTION_MESSAGES, (struct text_span){id, length}, fields,
                              count);
}

static bool give_message(uint64_t history, uint64_t seq)
{
    char head[WIRE_HEAD_MAX];
    struct event event = {
        .time_ns = HISTORY + seq,
        .type = EVENT_MESSAGE,
        .station_slot = 3,
        .identity = SPAN("CP1"),
        .payload = SPAN("[2,\"1\",\"Heartbeat\",{}]"),
    };
    struct text_span fields[] = {
        SPAN("e"), {head, wire_encode(&event, head)}, SPAN("p"), event.payload};
    return give(history, seq, fields, 4);
}

static void give_lost(uint64_t seq, const char *count)
{
    struct text_span fields[] = {SPAN("lost"), {count, strlen(count)}};
    ck_assert(give(HISTORY, seq, fields, 2));
}

/* Reads to the end; the numbers that came, and how many were lost. */
static unsigned read_all(uint64_t next, uint64_t *first, uint64_t *last, uint64_t *lost)
{
    struct event event;
    uint64_t gone;
    unsigned count = 0;
    *first = *last = *lost = 0;
    for (;;) {
        enum ring_outcome outcome =
            source->operations->next(source, COLLECTION_MESSAGES, &next, &gone, buffer, &event);
        *lost += gone;
        if (outcome == RING_END)
            return count;
        if (outcome != RING_MORE)
            continue;
        *first = count == 0 ? event.seq : *first;
        *last = event.seq;
        count++;
    }
}

START_TEST(nothing_before_the_beginning)
{
    uint64_t oldest, head;
    struct station_record record;
    ck_assert_uint_eq(source->info.history, 0);
    source->operations->bounds(source, COLLECTION_MESSAGES, &oldest, &head);
    ck_assert_uint_eq(head, 0);
    ck_assert(!source->operations->station(source, 0, &record));
    redis_source_station(redis, SPAN("CP1"), SPAN("{}"));
    redis_source_counter(redis, SPAN("connections"), SPAN("4"));
    ck_assert(give_message(HISTORY, 1));
    ck_assert_uint_eq(source->info.history, 0);
}
END_TEST

START_TEST(events_keep_history_and_numbers)
{
    uint64_t first, last, lost;
    begin_at(HISTORY, 41, 43);
    ck_assert_str_eq(redis_source_cursor(redis, COLLECTION_MESSAGES), "1769860800000000000-41");
    ck_assert_str_eq(redis_source_cursor(redis, COLLECTION_LOG), "1769860800000000000-0");
    ck_assert_uint_eq(source->info.history, HISTORY);
    ck_assert(source->is_behind);
    for (uint64_t seq = 41; seq <= 43; seq++)
        ck_assert(give_message(HISTORY, seq));
    ck_assert(!source->is_behind);
    ck_assert_str_eq(redis_source_cursor(redis, COLLECTION_MESSAGES), "1769860800000000000-44");
    ck_assert_uint_eq(read_all(41, &first, &last, &lost), 3);
    ck_assert_uint_eq(first, 41);
    ck_assert_uint_eq(last, 43);
    ck_assert_uint_eq(lost, 0);
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 3); /* who comes back late */
    ck_assert_uint_eq(lost, 40);
    ck_assert_uint_eq(reports, 0);
}
END_TEST

START_TEST(losses_are_exact)
{
    uint64_t first, last, lost;
    begin_at(HISTORY, 1, 1);
    give_message(HISTORY, 1);
    give_lost(11, "10"); /* 2 to 11 */
    give_message(HISTORY, 12);
    give_message(HISTORY, 15); /* 13 and 14 were trimmed before we came */
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 3);
    ck_assert_uint_eq(lost, 12);
    ck_assert_uint_eq(last, 15);
}
END_TEST

START_TEST(again_is_not_twice)
{
    uint64_t first, last, lost;
    begin_at(HISTORY, 1, 1);
    for (unsigned i = 0; i < 3; i++) {
        give_message(HISTORY, 1);
        give_message(HISTORY, 2);
    }
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 2);
    ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(what_is_no_entry_is_passed)
{
    uint64_t first, last, lost;
    static char huge[WIRE_PAYLOAD_MAX + 1];
    struct text_span foreign[] = {SPAN("foo"), SPAN("bar")};
    struct text_span bad[] = {SPAN("e"), SPAN("\x01 far too short"), SPAN("p"), SPAN("")};
    struct text_span big[] = {SPAN("e"), SPAN("x"), SPAN("p"), {huge, sizeof(huge)}};
    struct text_span nothing[] = {TEXT_SPAN_NONE, TEXT_SPAN_NONE};
    begin_at(HISTORY, 1, 1);
    give_message(HISTORY, 1);
    ck_assert(give(HISTORY, 2, foreign, 2));
    ck_assert(give(HISTORY, 3, bad, 4));
    ck_assert(give(HISTORY, 4, big, 4));
    ck_assert(give(HISTORY, 5, nothing, 2));
    ck_assert(give(HISTORY, 6, NULL, 0));
    ck_assert(give(LATER_HISTORY, 1, foreign, 2)); /* no reason to begin anew */
    ck_assert(
        redis_source_entry(redis, COLLECTION_MESSAGES, SPAN("1769860800000000001-0"), foreign, 2));
    ck_assert_str_eq(redis_source_cursor(redis, COLLECTION_MESSAGES), "1769860800000000001-0");
    ck_assert_uint_eq(reports, 7);
    give_message(HISTORY, 7);
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 2);
    ck_assert_uint_eq(lost, 5);
}
END_TEST

START_TEST(a_newer_history_takes_the_place)
{
    uint64_t first, last, lost;
    begin_at(HISTORY, 1, 2);
    give_message(HISTORY, 1);
    ck_assert(!give_message(LATER_HISTORY, 1));
    begin_at(LATER_HISTORY, 1, 1);
    ck_assert_uint_eq(source->info.history, HISTORY); /* until the old one is read */
    ck_assert(source->operations->poll(source, 0));
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 1);
    source->operations->reopen(source);
    ck_assert_uint_eq(source->info.history, LATER_HISTORY);
    ck_assert(!source->operations->poll(source, 0));
    ck_assert_uint_eq(drained, 1);
    ck_assert(give_message(LATER_HISTORY, 1));
    ck_assert_uint_eq(read_all(1, &first, &last, &lost), 1);
}
END_TEST

static void give_station(const char *identity, enum station_status status)
{
    char text[WIRE_STATION_MAX];
    struct station_record record = {.slot = 5, .status = status, .connects = 3, .connection = 9};
    snprintf(record.identity, sizeof(record.identity), "%s", identity);
    size_t length = wire_station(&record, text);
    redis_source_station(redis, (struct text_span){identity, strlen(identity)},
                         (struct text_span){text, length});
}

START_TEST(stations_come_and_go)
{
    struct station_record record;
    begin_at(HISTORY, 1, 0);
    give_station("CP1", STATION_ONLINE);
    give_station("CP2", STATION_OFFLINE);
    redis_source_stations_pass(redis);
    ck_assert(source->operations->station(source, 0, &record));
    ck_assert_str_eq(record.identity, "CP1");
    ck_assert_uint_eq(record.connects, 3);
    ck_assert(source->operations->station(source, 1, &record));
    give_station("CP2", STATION_ONLINE);
    redis_source_stations_pass(redis);
    ck_assert(!source->operations->station(source, 0, &record)); /* it is not in the store now */
    ck_assert(source->operations->station(source, 1, &record));
    redis_source_station(redis, SPAN("CP3"), SPAN("not json"));
    redis_source_station(redis, SPAN("CP3"), SPAN("{\"identity\":\"CP4\"}"));
    ck_assert_uint_eq(reports, 2);
}
END_TEST

START_TEST(counters_and_fill)
{
    uint64_t used, capacity;
    struct histogram histogram;
    begin_at(HISTORY, 1, 0);
    redis_source_counter(redis, SPAN("messages_in_total"), SPAN("77"));
    redis_source_counter(redis, SPAN("of_another_version"), SPAN("1"));
    redis_source_counter(redis, SPAN("fill:messages"), SPAN("100 32768"));
    redis_source_counter(redis, SPAN("latency:Heartbeat"), SPAN("2 30 4:2"));
    ck_assert_uint_eq(reports, 0);
    ck_assert_uint_eq(source->operations->counter(source, COUNTER_messages_in_total), 77);
    source->operations->fill(source, COLLECTION_MESSAGES, &used, &capacity);
    ck_assert_uint_eq(used, 100);
    ck_assert_uint_eq(capacity, 32768);
    ck_assert(source->operations->histogram(source, 0, &histogram));
    ck_assert_str_eq(histogram.action, "Heartbeat");
    ck_assert_uint_eq(histogram.buckets[4], 2);
    redis_source_counter(redis, SPAN("messages_in_total"), SPAN("-1"));
    redis_source_counter(redis, SPAN("latency:X"), SPAN("a"));
    redis_source_counter(redis, SPAN("fill:messages"), SPAN("100"));
    ck_assert_uint_eq(reports, 3);
}
END_TEST

static void give_alive(const char *state)
{
    char text[WIRE_ALIVE_MAX];
    struct wire_alive alive = {.pid = 12, .history = HISTORY, .started_ns = HISTORY, .stations = 9};
    snprintf(alive.build, sizeof(alive.build), "ocpp-board 1");
    snprintf(alive.state, sizeof(alive.state), "%s", state);
    size_t length = wire_alive(&alive, text);
    redis_source_alive(redis, (struct text_span){text, length});
}

START_TEST(states)
{
    ck_assert_int_eq(source->state, SOURCE_ABSENT);
    give_alive("live");
    ck_assert_int_eq(source->state, SOURCE_LIVE);
    ck_assert_uint_eq(source->info.pid, 12);
    ck_assert_str_eq(source->info.build, "ocpp-board 1");
    give_alive("hung");
    ck_assert_int_eq(source->state, SOURCE_HUNG);
    give_alive("down");
    ck_assert_int_eq(source->state, SOURCE_DOWN);
    redis_source_alive(redis, TEXT_SPAN_NONE);
    ck_assert_int_eq(source->state, SOURCE_SILENT);
    ck_assert_str_ne(source->reason, "");
    give_alive("live");
    redis_source_unreachable(redis, "no answer for 5000 ms");
    ck_assert_int_eq(source->state, SOURCE_UNREACHABLE);
    ck_assert_str_eq(source->reason, "no answer for 5000 ms");
    redis_source_unreachable(redis, "");
    ck_assert_int_eq(source->state, SOURCE_LIVE);
    ck_assert_str_eq(source->reason, "");
    redis_source_alive(redis, SPAN("something else"));
    ck_assert_int_eq(source->state, SOURCE_SILENT);
    ck_assert_uint_eq(reports, 1);
}
END_TEST

SUITE_WITH("redis_source", begin, end, nothing_before_the_beginning,
           events_keep_history_and_numbers, losses_are_exact, again_is_not_twice,
           what_is_no_entry_is_passed, a_newer_history_takes_the_place, stations_come_and_go,
           counters_and_fill, states)

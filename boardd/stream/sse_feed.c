#include "boardd/stream/sse_internal.h"

#include <string.h>

#include "boardd/board.h"
#include "common/timestamp.h"
#include "common/config.h"

/* Writes to sockets are what costs: with many subscribers a batch gathers for longer. At most
 * 10,000 writes a second. */
#define MIN_FLUSH_MS         10
#define MAX_FLUSH_MS         100
#define CLIENTS_PER_FLUSH_MS 10
#define SLICE_RECORDS        32
#define SLICE_BYTES          (64 * 1024)
#define CATCH_UP_NS          (4 * NS_PER_MS)
#define TELL_SKIPPED_MS      1000

void sampler_init(struct sampler *sampler, uint64_t max_rate)
{
    memset(sampler, 0, sizeof(*sampler));
    sampler->max_rate = max_rate;
    if (max_rate > 0)
        token_bucket_init(&sampler->bucket, max_rate, TOKEN_BUCKET_SECOND, max_rate);
}

bool sampler_admits(struct sampler *sampler, enum collection collection, const struct event *event)
{
    if (sampler->max_rate == 0 || collection != COLLECTION_MESSAGES ||
        token_bucket_take(&sampler->bucket, event->time_ns))
        return true;
    sampler->skipped++;
    return false;
}

static bool time_to_tell(struct sampler *sampler, uint64_t now_ms)
{
    if (sampler->skipped == 0 || now_ms - sampler->told_ms < TELL_SKIPPED_MS)
        return false;
    sampler->told_ms = now_ms;
    return true;
}

static bool wants(const struct audience *audience, unsigned source, enum collection collection)
{
    return (audience->topics >> collection & 1) != 0 &&
           (audience->selection.source < 0 || (unsigned)audience->selection.source == source);
}

/* Behind the id that fits what has come so far. */
static void add_text(struct audience *audience, const struct sse *sse, const struct json_out *text)
{
    sse_text_id(&audience->batch, sse, &sse->live, audience->topics);
    json_out_plain(&audience->batch, text->data, text->length);
    audience->batch.failed = audience->batch.failed || text->failed;
}

static void add_lost(struct audience *audience, const struct sse *sse, unsigned source,
                     enum collection collection, uint64_t count)
{
    sse_text_id(&audience->batch, sse, &sse->live, audience->topics);
    sse_text_lost(&audience->batch, sse, source, collection, count);
}

static void on_record(void *context, unsigned source, enum collection collection,
                      const struct event *event)
{
    struct sse *sse = context;
    struct audience *audience;
    sse->live.sources[source].next[collection] = event->seq + 1;
    json_out_reset(&sse->record);
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        if (event->type == 0) { /* a record that can't be read */
            if (wants(audience, source, collection))
                add_lost(audience, sse, source, collection, 1);
            continue;
        }
        if (!wants(audience, source, collection) ||
            !selection_matches(&audience->selection, sse->tail, source, event) ||
            !sampler_admits(&audience->sampler, collection, event))
            continue;
        if (sse->record.length == 0)
            sse_text_record(&sse->record, sse, source, collection, event);
        add_text(audience, sse, &sse->record);
    }
}

static void on_lost(void *context, unsigned source, enum collection collection, uint64_t count)
{
    struct sse *sse = context;
    struct audience *audience;
    sse->live.sources[source].next[collection] = tail_position(sse->tail, source, collection);
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        if (wants(audience, source, collection))
            add_lost(audience, sse, source, collection, count);
    }
}

static void take_tail_position(struct sse *sse, struct position *position, unsigned source)
{
    position->sources[source].history = POSITION_GOOD;
    position->sources[source].known = ALL_COLLECTIONS;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        position->sources[source].next[i] = tail_position(sse->tail, source, (enum collection)i);
}

static void fall_behind(struct subscriber *subscriber)
{
    subscriber->at_head = false;
    subscriber->position = subscriber->sse->flushed;
    subscriber->sampler = subscriber->audience->sampler;
    subscriber->sampler.skipped = 0;
}

/* A source whose history is known only now: its browser may have been there before. */
static void resume(struct subscriber *subscriber, unsigned source)
{
    struct position given;
    if (subscriber->resume == NULL ||
        tail_source(subscriber->sse->tail, source)->info.history == 0 ||
        !position_parse(subscriber->resume, subscriber->sse->tail, &given) ||
        given.sources[source].history != POSITION_GOOD)
        return;
    if (subscriber->at_head)
        fall_behind(subscriber);
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if ((given.sources[source].known >> i & 1) != 0)
            subscriber->position.sources[source].next[i] = given.sources[source].next[i];
    }
}

static void on_reset(void *context, unsigned source)
{
    struct sse *sse = context;
    struct audience *audience;
    struct subscriber *subscriber;
    take_tail_position(sse, &sse->live, source);
    take_tail_position(sse, &sse->flushed, source);
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        TAILQ_FOREACH(subscriber, &audience->members, link)
        {
            take_tail_position(sse, &subscriber->position, source);
            resume(subscriber, source);
        }
    }
}

static void on_state(void *context, unsigned source)
{
    struct sse *sse = context;
    struct audience *audience;
    if (!tail_source(sse->tail, source)->is_gateway)
        return;
    json_out_reset(&sse->record);
    sse_text_gateway(&sse->record, sse, source);
    TAILQ_FOREACH(audience, &sse->audiences, link)
    add_text(audience, sse, &sse->record);
    json_out_reset(&sse->record);
}

static void on_round(void *context)
{
    sse_feed_flush(context, false);
}

void sse_feed_begin(struct sse *sse)
{
    position_of_tail(sse->tail, &sse->live);
    sse->flushed = sse->live;
    tail_listen((struct tail *)sse->board->tail, &(struct tail_listener){.record = on_record,
                                                                         .lost = on_lost,
                                                                         .reset = on_reset,
                                                                         .state = on_state,
                                                                         .round = on_round,
                                                                         .context = sse});
}

void sse_telemetry(struct sse *sse)
{
    struct audience *audience;
    json_out_reset(&sse->record);
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        if ((audience->topics >> SSE_TOPIC_TELEMETRY & 1) == 0)
            continue;
        if (sse->record.length == 0)
            sse_text_telemetry(&sse->record, sse);
        add_text(audience, sse, &sse->record);
    }
    json_out_reset(&sse->record);
}

/* Gives the batch to all members at the head; those that have no room for it stay where they are.
 */
static void flush_audience(struct audience *audience, uint64_t now_ms, size_t limit)
{
    size_t length;
    struct subscriber *subscriber;
    if (time_to_tell(&audience->sampler, now_ms)) {
        sse_text_skipped(&audience->batch, audience->sampler.skipped);
        audience->sampler.skipped = 0;
    }
    if (audience->batch.length == 0 && !audience->batch.failed)
        return;
    char *text = json_out_take(&audience->batch, &length);
    struct http_chunk *chunk = text != NULL ? http_chunk_new(text, length) : NULL;
    TAILQ_FOREACH(subscriber, &audience->members, link)
    {
        if (!subscriber->at_head)
            continue;
        size_t pending = http_stream_pending(subscriber->stream);
        if (chunk == NULL || (pending > 0 && pending + length > limit)) {
            fall_behind(subscriber);
            continue;
        }
        http_stream_send(subscriber->stream, chunk);
        subscriber->sent_ms = now_ms;
    }
    if (chunk != NULL)
        http_chunk_release(chunk);
}

static uint64_t flush_interval_ms(const struct sse *sse)
{
    uint64_t ms = sse->count / CLIENTS_PER_FLUSH_MS;
    return ms < MIN_FLUSH_MS ? MIN_FLUSH_MS : ms > MAX_FLUSH_MS ? MAX_FLUSH_MS : ms;
}

/* Those who were served go to the end of the line, so that none waits for ever. */
static void serve_behind(struct sse *sse)
{
    uint64_t until_ns = clock_mono_ns() + CATCH_UP_NS;
    struct audience *audience;
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        struct subscriber *last = TAILQ_LAST(&audience->members, member_list), *next;
        for (struct subscriber *subscriber = TAILQ_FIRST(&audience->members); subscriber != NULL;
             subscriber = next) {
            next = subscriber != last ? TAILQ_NEXT(subscriber, link) : NULL;
            if (subscriber->at_head)
                continue;
            sse_feed_catch_up(subscriber);
            TAILQ_REMOVE(&audience->members, subscriber, link);
            TAILQ_INSERT_TAIL(&audience->members, subscriber, link);
            if (clock_mono_ns() >= until_ns)
                return;
        }
    }
}

void sse_feed_flush(struct sse *sse, bool now)
{
    struct audience *audience;
    uint64_t now_ms = clock_mono_ms();
    if (!now && now_ms - sse->flushed_ms < flush_interval_ms(sse))
        return;
    sse->flushed_ms = now_ms;
    TAILQ_FOREACH(audience, &sse->audiences, link)
    flush_audience(audience, now_ms, (size_t)sse->board->config->board_sse_buffer);
    sse->flushed = sse->live;
    serve_behind(sse);
}

/* A few records of one ring. True when there may be more. */
static bool read_slice(struct subscriber *subscriber, unsigned source, enum collection collection)
{
    struct sse *sse = subscriber->sse;
    const struct audience *audience = subscriber->audience;
    const struct source *from = tail_source(sse->tail, source);
    uint64_t *next = &subscriber->position.sources[source].next[collection];
    uint64_t end = sse->flushed.sources[source].next[collection];
    for (unsigned n = 0; n < SLICE_RECORDS && *next < end; n++) {
        struct event event;
        uint64_t lost = 0;
        enum ring_outcome outcome =
            from->operations->next(from, collection, next, &lost, sse->buffer, &event);
        if (outcome == RING_MORE) {
            if (selection_matches(&audience->selection, sse->tail, source, &event) &&
                sampler_admits(&subscriber->sampler, collection, &event)) {
                sse_text_id(&sse->scratch, sse, &subscriber->position, audience->topics);
                sse_text_record(&sse->scratch, sse, source, collection, &event);
            }
        } else if (outcome == RING_LAPPED || outcome == RING_CORRUPT) {
            if (lost == 0) /* numbers that were never there */
                continue;
            sse_text_id(&sse->scratch, sse, &subscriber->position, audience->topics);
            sse_text_lost(&sse->scratch, sse, source, collection, lost);
        } else {
            return false;
        }
    }
    return *next < end;
}

/* True when something may be left to read. */
static bool read_round(struct subscriber *subscriber)
{
    bool more = false;
    for (unsigned source = 0; source < tail_count(subscriber->sse->tail); source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++) {
            if (wants(subscriber->audience, source, (enum collection)i) &&
                read_slice(subscriber, source, (enum collection)i))
                more = true;
        }
    }
    return more;
}

static bool has_arrived(const struct subscriber *subscriber)
{
    const struct sse *sse = subscriber->sse;
    for (unsigned source = 0; source < tail_count(sse->tail); source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++) {
            if (wants(subscriber->audience, source, (enum collection)i) &&
                subscriber->position.sources[source].next[i] !=
                    sse->flushed.sources[source].next[i])
                return false;
        }
    }
    return true;
}

/* Places of what it doesn't want to see would only age. */
static void move_unwanted(struct subscriber *subscriber)
{
    const struct sse *sse = subscriber->sse;
    for (unsigned source = 0; source < tail_count(sse->tail); source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++) {
            if (!wants(subscriber->audience, source, (enum collection)i))
                subscriber->position.sources[source].next[i] = sse->flushed.sources[source].next[i];
        }
    }
}

/* A store can lose its last events, and with them the place of who had seen them. */
static void move_back(struct subscriber *subscriber)
{
    const struct sse *sse = subscriber->sse;
    for (unsigned source = 0; source < tail_count(sse->tail); source++) {
        for (int i = 0; i < COLLECTION_COUNT; i++) {
            uint64_t *next = &subscriber->position.sources[source].next[i];
            uint64_t end = sse->live.sources[source].next[i];
            *next = *next > end ? end : *next;
        }
    }
}

void sse_feed_catch_up(struct subscriber *subscriber)
{
    struct sse *sse = subscriber->sse;
    size_t limit = (size_t)sse->board->config->board_sse_buffer / 2;
    size_t pending = http_stream_pending(subscriber->stream);
    bool more = true;
    if (pending >= limit || subscriber->waits)
        return;
    size_t room = limit - pending < SLICE_BYTES ? limit - pending : SLICE_BYTES;
    json_out_reset(&sse->scratch);
    move_unwanted(subscriber);
    if (tail_caught_up(sse->tail))
        move_back(subscriber);
    while (more && sse->scratch.length < room)
        more = read_round(subscriber);
    if (time_to_tell(&subscriber->sampler, clock_mono_ms()) ||
        (!more && subscriber->sampler.skipped > 0)) {
        sse_text_skipped(&sse->scratch, subscriber->sampler.skipped);
        subscriber->sampler.skipped = 0;
    }
    subscriber_send(subscriber, &sse->scratch);
    if (!more && has_arrived(subscriber))
        subscriber->at_head = true;
}

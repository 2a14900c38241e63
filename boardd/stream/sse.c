#include "boardd/stream/sse.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/board.h"
#include "boardd/http/query.h"
#include "boardd/login/session.h"
#include "boardd/stream/sse_internal.h"
#include "boardd/state/store.h"
#include "common/timestamp.h"
#include "common/log.h"

#define CHECK_MS    250
#define MAX_RATE    100000
#define MAX_HISTORY 1000

static const char *const topic_names[SSE_TOPICS] = {"messages", "connections", "security", "errors",
                                                    "system",   "logs",        "telemetry"};

unsigned sse_parse_topics(const char *text)
{
    unsigned topics = 0;
    for (;;) {
        size_t span = strcspn(text, ","), i = 0;
        while (i < SSE_TOPICS &&
               (strlen(topic_names[i]) != span || memcmp(topic_names[i], text, span) != 0))
            i++;
        if (i == SSE_TOPICS)
            return 0;
        topics |= 1u << i;
        if (text[span] == '\0')
            return topics;
        text += span + 1;
    }
}

size_t sse_count(const struct sse *sse)
{
    return sse->count;
}

void subscriber_send(struct subscriber *subscriber, const struct json_out *text)
{
    if (text->failed || text->length == 0)
        return;
    http_stream_send_copy(subscriber->stream, text->data, text->length);
    subscriber->sent_ms = clock_mono_ms();
}

static void remove_subscriber(struct subscriber *subscriber)
{
    struct audience *audience = subscriber->audience;
    TAILQ_REMOVE(&audience->members, subscriber, link);
    subscriber->sse->count--;
    if (TAILQ_EMPTY(&audience->members)) {
        TAILQ_REMOVE(&subscriber->sse->audiences, audience, link);
        json_out_free(&audience->batch);
        filter_free(audience->selection.filter);
        free(audience);
    }
    free(subscriber->resume);
    free(subscriber);
}

static void end_subscriber(struct subscriber *subscriber, bool at_once)
{
    struct http_stream *stream = subscriber->stream;
    remove_subscriber(subscriber);
    http_stream_end(stream, at_once);
}

static void on_closed(void *context)
{
    remove_subscriber(context);
}

static void on_drained(void *context)
{
    struct subscriber *subscriber = context;
    if (!subscriber->at_head)
        sse_feed_catch_up(subscriber);
}

static struct audience *find_audience(struct sse *sse, unsigned topics, uint64_t max_rate,
                                      const struct selection *selection)
{
    struct audience *audience;
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        if (audience->topics == topics && audience->sampler.max_rate == max_rate &&
            selection_equal(&audience->selection, selection))
            return audience;
    }
    audience = calloc(1, sizeof(*audience));
    struct filter *filter = selection->filter != NULL ? filter_copy(selection->filter) : NULL;
    if (audience == NULL || (selection->filter != NULL && filter == NULL)) {
        filter_free(filter);
        free(audience);
        return NULL;
    }
    audience->topics = topics;
    audience->selection = *selection;
    audience->selection.filter = filter;
    sampler_init(&audience->sampler, max_rate);
    TAILQ_INIT(&audience->members);
    /* Its batch begins now: what the tail has read up to here must not be left for a batch. */
    sse_feed_flush(sse, true);
    TAILQ_INSERT_TAIL(&sse->audiences, audience, link);
    return audience;
}

/* The heads of all rings: what is there now has been, what comes next is news. */
static void start_at_heads(const struct sse *sse, struct position *position)
{
    memset(position, 0, sizeof(*position));
    for (unsigned i = 0; i < tail_count(sse->tail); i++) {
        const struct source *source = tail_source(sse->tail, i);
        position->sources[i].history = POSITION_GOOD;
        position->sources[i].known = ALL_COLLECTIONS;
        for (int collection = 0; collection < COLLECTION_COUNT; collection++) {
            uint64_t oldest;
            source->operations->bounds(source, (enum collection)collection, &oldest,
                                       &position->sources[i].next[collection]);
        }
    }
}

/* Goes on where the browser stopped. Of a source that it did not know, or whose history is another
 * one, it gets all. */
static void start_at(const struct sse *sse, const struct position *given, struct position *position)
{
    for (unsigned i = 0; i < tail_count(sse->tail); i++) {
        const struct source *source = tail_source(sse->tail, i);
        for (int collection = 0; collection < COLLECTION_COUNT; collection++) {
            uint64_t oldest, head, *next = &position->sources[i].next[collection];
            source->operations->bounds(source, (enum collection)collection, &oldest, &head);
            bool good = given->sources[i].history == POSITION_GOOD &&
                        (given->sources[i].known >> collection & 1) != 0;
            if (!good && given->sources[i].history != POSITION_GOOD)
                *next = oldest;
            else if (good && (given->sources[i].next[collection] < head || source->is_behind))
                *next = given->sources[i].next[collection];
        }
    }
}

/* The last `count` events of each topic that pass. */
static void start_with_history(struct sse *sse, unsigned topics, const struct selection *selection,
                               uint64_t count, struct position *position)
{
    struct store_hit *hits = calloc(count, sizeof(*hits));
    for (int i = 0; hits != NULL && i < COLLECTION_COUNT; i++) {
        struct store_result result;
        struct store_query query = {
            .collection = (enum collection)i, .selection = selection, .limit = count};
        if ((topics >> i & 1) == 0)
            continue;
        store_query(sse->board->store, &query, hits, &result);
        for (size_t n = 0; n < result.count; n++) {
            uint64_t *next = &position->sources[hits[n].source].next[i];
            *next = hits[n].seq < *next ? hits[n].seq : *next;
        }
    }
    free(hits);
}

/* What a request asks for. */
struct wish {
    unsigned topics;
    uint64_t max_rate;
    uint64_t history;
    struct selection selection;
    bool resumes;
    struct position given;
    char id[POSITION_MAX_TEXT + 1];
};

static bool read_wish(const struct sse *sse, struct http_exchange *exchange, struct query *query,
                      struct wish *wish)
{
    const char *resume = query_get(query, "lastEventId");
    wish->max_rate = wish->history = 0;
    if (!query_uint(query, "maxRate", 1, MAX_RATE, &wish->max_rate) ||
        !query_uint(query, "history", 0, MAX_HISTORY, &wish->history) ||
        !selection_parse(query, sse->tail, &wish->selection)) {
        http_reply_error(exchange, 400, "%s", query->error);
        return false;
    }
    if (http_header_text(exchange, "Last-Event-ID", wish->id, sizeof(wish->id)))
        resume = wish->id;
    else if (resume != NULL)
        snprintf(wish->id, sizeof(wish->id), "%s", resume);
    wish->resumes = resume != NULL && *resume != '\0';
    if (wish->resumes && !position_parse(resume, sse->tail, &wish->given)) {
        http_reply_error(exchange, 400, "lastEventId: not an id of an event of ours");
        return false;
    }
    return true;
}

static bool has_room(const struct sse *sse, uint64_t session)
{
    const struct config *config = sse->board->config;
    const struct audience *audience;
    const struct subscriber *subscriber;
    size_t same = 0;
    if (sse->count >= config->board_sse_clients)
        return false;
    TAILQ_FOREACH(audience, &sse->audiences, link)
    {
        TAILQ_FOREACH(subscriber, &audience->members, link)
        same += session != 0 && subscriber->session == session;
    }
    return same < config->board_sse_clients_per_session;
}

static struct subscriber *new_subscriber(struct sse *sse, const struct wish *wish)
{
    struct subscriber *subscriber = calloc(1, sizeof(*subscriber));
    struct audience *audience =
        subscriber != NULL ? find_audience(sse, wish->topics, wish->max_rate, &wish->selection)
                           : NULL;
    if (audience == NULL) {
        free(subscriber);
        return NULL;
    }
    subscriber->sse = sse;
    subscriber->audience = audience;
    subscriber->sent_ms = subscriber->progress_ms = clock_mono_ms();
    sampler_init(&subscriber->sampler, wish->max_rate);
    TAILQ_INSERT_TAIL(&audience->members, subscriber, link);
    sse->count++;
    start_at_heads(sse, &subscriber->position);
    if (wish->resumes) {
        start_at(sse, &wish->given, &subscriber->position);
        subscriber->resume = strdup(wish->id); /* without it, sources found later begin anew */
        subscriber->waits =
            subscriber->resume != NULL && wish->given.missing > 0 && board_is_finding(sse->board);
    } else if (wish->history > 0)
        start_with_history(sse, wish->topics, &wish->selection, wish->history,
                           &subscriber->position);
    return subscriber;
}

void sse_open(struct sse *sse, struct http_exchange *exchange, struct query *query,
              uint64_t session, unsigned topics)
{
    struct wish wish = {.topics = topics};
    if (!read_wish(sse, exchange, query, &wish))
        return;
    if (!has_room(sse, session)) {
        http_add_header(exchange, "Retry-After", "5");
        http_reply_error(
            exchange, 503,
            "too many event streams; see board.sse_clients and sse_clients_per_session");
        return;
    }
    struct subscriber *subscriber = new_subscriber(sse, &wish);
    if (subscriber == NULL) {
        http_reply_error(exchange, 503, "out of memory");
        return;
    }
    subscriber->session = session;
    http_add_header(exchange, "X-Accel-Buffering", "no");
    subscriber->stream =
        http_stream_begin(exchange, "text/event-stream",
                          &(struct http_stream_callbacks){on_drained, on_closed, subscriber});
    if (subscriber->stream == NULL) {
        remove_subscriber(subscriber);
        return;
    }
    json_out_reset(&sse->scratch);
    if (!subscriber->waits)
        sse_text_id(&sse->scratch, sse, &subscriber->position, topics);
    sse_text_connected(&sse->scratch, sse);
    subscriber_send(subscriber, &sse->scratch);
    sse_feed_catch_up(subscriber);
}

void sse_end_session(struct sse *sse, uint64_t session)
{
    struct audience *audience, *next_audience;
    for (audience = TAILQ_FIRST(&sse->audiences); audience != NULL; audience = next_audience) {
        struct subscriber *subscriber, *next;
        next_audience = TAILQ_NEXT(audience, link);
        for (subscriber = TAILQ_FIRST(&audience->members); subscriber != NULL; subscriber = next) {
            next = TAILQ_NEXT(subscriber, link);
            if (subscriber->session == session)
                end_subscriber(subscriber, false);
        }
    }
}

static bool is_stalled(struct subscriber *subscriber, uint64_t now_ms, uint64_t stall_ms)
{
    uint64_t sent = http_stream_sent(subscriber->stream);
    if (sent != subscriber->progress_bytes || http_stream_pending(subscriber->stream) == 0) {
        subscriber->progress_bytes = sent;
        subscriber->progress_ms = now_ms;
    }
    return now_ms - subscriber->progress_ms >= stall_ms;
}

/* An id without a gateway that is still to be found would make the browser forget where it was. */
static void end_waiting(struct subscriber *subscriber)
{
    struct position given;
    if (board_is_finding(subscriber->sse->board) &&
        position_parse(subscriber->resume, subscriber->sse->tail, &given) && given.missing > 0)
        return;
    subscriber->waits = false;
    sse_feed_catch_up(subscriber);
}

static void check_subscriber(struct subscriber *subscriber, uint64_t now_ms)
{
    struct sse *sse = subscriber->sse;
    const struct config *config = sse->board->config;
    if (subscriber->session != 0 &&
        !sessions_stands(sse->board->sessions, subscriber->session, now_ms)) {
        end_subscriber(subscriber, false);
        return;
    }
    if (subscriber->waits)
        end_waiting(subscriber);
    if (is_stalled(subscriber, now_ms, config->board_sse_stall)) {
        log_info("sse", "a stream without progress for %llu ms is closed",
                 (unsigned long long)config->board_sse_stall);
        end_subscriber(subscriber, true);
        return;
    }
    sessions_use(sse->board->sessions, subscriber->session, now_ms); /* somebody reads */
    if (!subscriber->waits && now_ms - subscriber->sent_ms >= config->board_sse_heartbeat &&
        http_stream_pending(subscriber->stream) == 0) {
        json_out_reset(&sse->scratch);
        sse_text_id(&sse->scratch, sse, subscriber->at_head ? &sse->flushed : &subscriber->position,
                    subscriber->audience->topics);
        sse_text_heartbeat(&sse->scratch);
        subscriber_send(subscriber, &sse->scratch);
    }
}

static void on_timer(evutil_socket_t descriptor, short what, void *context)
{
    struct sse *sse = context;
    struct audience *audience, *next_audience;
    uint64_t now_ms = clock_mono_ms();
    (void)descriptor;
    (void)what;
    for (audience = TAILQ_FIRST(&sse->audiences); audience != NULL; audience = next_audience) {
        struct subscriber *subscriber, *next;
        next_audience = TAILQ_NEXT(audience, link);
        for (subscriber = TAILQ_FIRST(&audience->members); subscriber != NULL; subscriber = next) {
            next = TAILQ_NEXT(subscriber, link);
            check_subscriber(subscriber, now_ms);
        }
    }
}

struct sse *sse_new(struct board *board)
{
    static const struct timeval period = {0, CHECK_MS * 1000};
    struct sse *sse = calloc(1, sizeof(*sse));
    if (sse == NULL)
        return NULL;
    sse->board = board;
    sse->tail = board->tail;
    TAILQ_INIT(&sse->audiences);
    sse->timer = event_new(board->base, -1, EV_PERSIST, on_timer, sse);
    if (sse->timer == NULL) {
        free(sse);
        return NULL;
    }
    event_add(sse->timer, &period);
    sse_feed_begin(sse);
    return sse;
}

void sse_free(struct sse *sse)
{
    if (sse == NULL)
        return;
    while (!TAILQ_EMPTY(&sse->audiences))
        end_subscriber(TAILQ_FIRST(&TAILQ_FIRST(&sse->audiences)->members), true);
    event_free(sse->timer);
    json_out_free(&sse->record);
    json_out_free(&sse->scratch);
    free(sse);
}

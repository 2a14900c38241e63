#include "forward/feed.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/timestamp.h"
#include "common/backoff.h"
#include "forward/batch.h"
#include "forward/commands.h"
#include "forward/segment_feed.h"
#include "common/store_link.h"
#include "forward/sync.h"
#include "forward/tables.h"

#define ACTIVE_WAIT_US 2000
#define IDLE_WAIT_US   50000

/* READY: the position is known, and nothing is on its way. */
enum phase { UNKNOWN, SYNCHRONIZING, READY, WRITING };

struct feed {
    const struct config *config;
    struct segment_feed segment;
    struct feed_keys keys;
    struct store_link *link;
    struct event *timer;
    unsigned wait_us;
    enum phase phase;
    struct sync sync;
    struct position position;
    enum batch_start start; /* of the next batch */
    unsigned first;         /* collection with which it begins */
    struct batch_limits limits;
    struct batch batch;
    struct tables *tables;
    struct commands *commands;
    struct backoff backoff;
    uint64_t resume_ns; /* not before it, after a refusal; CLOCK_MONOTONIC */
    char refusal[512];  /* why nothing can be written; "" when it can */
    char queued_error[512];
    uint64_t already_said;
    struct feed_numbers numbers;
    bool stopping;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void wake(struct feed *feed, unsigned us)
{
    struct timeval after = {0, (suseconds_t)us};
    event_add(feed->timer, &after);
}

static void synchronize_again(struct feed *feed)
{
    feed->phase = UNKNOWN;
    wake(feed, 0);
}

/* The store said no: the same is asked again later, and said once. */
static void refused(struct feed *feed, const char *reason)
{
    feed->numbers.refused++;
    feed->phase = UNKNOWN;
    feed->resume_ns = clock_mono_ns() + backoff_next(&feed->backoff) * NS_PER_MS;
    if (strcmp(feed->refusal, reason) == 0)
        return;
    snprintf(feed->refusal, sizeof(feed->refusal), "%s", reason);
    log_warnx("redis", "gateway %s: refused: %s; the events wait in the segment",
              feed->segment.instance, reason);
}

static void accepted(struct feed *feed)
{
    backoff_reset(&feed->backoff);
    store_link_worked(feed->link);
    if (feed->refusal[0] != '\0')
        log_info("redis", "gateway %s: accepted again", feed->segment.instance);
    feed->refusal[0] = '\0';
}

/* Numbers that were refused because the stream has them. */
static void count_already(struct feed *feed, uint64_t already)
{
    uint64_t now = clock_mono_ns();
    feed->numbers.already += already;
    if (feed->already_said != 0 && now - feed->already_said < 60 * NS_PER_SECOND)
        return;
    feed->already_said = now;
    log_warnx("redis",
              "gateway %s: somebody else has written its events meanwhile: does another "
              "ocpp-forward run for it?",
              feed->segment.instance);
}

static bool is_already_there(const redisReply *reply)
{
    return strstr(reply->str, "equal or smaller") != NULL;
}

/* What the answers to the commands of a transaction say; NULL when nothing is wrong. */
static const char *check_answers(const redisReply *reply, uint64_t *already)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *answer = reply->element[i];
        if (answer->type != REDIS_REPLY_ERROR)
            continue;
        if (is_already_there(answer))
            (*already)++;
        else
            wrong = answer->str;
    }
    return wrong;
}

static void went_through(struct feed *feed, uint64_t already)
{
    feed->position = feed->batch.next;
    feed->start = BATCH_GOES_ON;
    feed->numbers.batches++;
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        feed->numbers.events[i] += feed->batch.counts.events[i];
        feed->numbers.lost[i] += feed->batch.counts.lost[i];
    }
    accepted(feed);
    feed->phase = already > 0 || feed->batch.lapped ? UNKNOWN : READY;
    wake(feed, feed->batch.full || feed->phase == UNKNOWN ? 0 : ACTIVE_WAIT_US);
}

static void tell_stopped(struct feed *feed)
{
    void (*stopped)(void *) = feed->stopped;
    feed->stopped = NULL;
    if (stopped != NULL)
        stopped(feed->stopped_context);
}

static void on_queued(redisAsyncContext *redis, void *answer, void *context)
{
    struct feed *feed = context;
    const redisReply *reply = answer;
    (void)redis;
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR && feed->queued_error[0] == '\0')
        snprintf(feed->queued_error, sizeof(feed->queued_error), "%s", reply->str);
}

static void on_executed(redisAsyncContext *redis, void *answer, void *context)
{
    struct feed *feed = context;
    const redisReply *reply = answer;
    uint64_t already = 0;
    const char *wrong = NULL;
    (void)redis;
    if (reply == NULL || feed->phase != WRITING)
        return;
    if (reply->type == REDIS_REPLY_NIL) {
        synchronize_again(feed); /* somebody wrote between the look and the transaction */
    } else if (reply->type != REDIS_REPLY_ARRAY) {
        refused(feed, feed->queued_error[0] != '\0' ? feed->queued_error : store_link_error(reply));
    } else if ((wrong = check_answers(reply, &already)) != NULL) {
        refused(feed, wrong);
    } else {
        if (already > 0)
            count_already(feed, already);
        went_through(feed, already);
    }
    tell_stopped(feed);
}

static void on_synchronized(void *context, const char *error)
{
    static const enum batch_start starts[] = {
        [POSITION_SAME] = BATCH_SYNCHRONIZED,
        [POSITION_FIRST] = BATCH_NEW_HISTORY,
        [POSITION_NEW] = BATCH_NEW_HISTORY,
        [POSITION_AHEAD] = BATCH_NEW_HISTORY,
    };
    struct feed *feed = context;
    struct segment_bounds bounds;
    if (feed->phase != SYNCHRONIZING)
        return;
    if (error != NULL) {
        refused(feed, error);
        return;
    }
    if (feed->segment.reader == NULL) {
        feed->phase = UNKNOWN;
        return;
    }
    segment_feed_bounds(&feed->segment, &bounds);
    enum position_kind kind = position_resolve(&feed->sync.stored, &bounds, &feed->position);
    if (kind == POSITION_NEW)
        log_info("forward", "gateway %s: a new history", feed->segment.instance);
    if (kind == POSITION_AHEAD)
        log_warnx("forward",
                  "gateway %s: the store has later events than the segment; numbered anew",
                  feed->segment.instance);
    feed->start = starts[kind];
    if (kind != POSITION_SAME || feed->batch.created != bounds.created)
        tables_forget(feed->tables);
    feed->batch.created = bounds.created;
    feed->phase = READY;
    wake(feed, 0);
}

/* True when a batch went out. */
static bool write_batch(struct feed *feed)
{
    const struct batch_target target = {feed->link, &feed->keys, on_queued, on_executed, feed};
    feed->queued_error[0] = '\0';
    if (!batch_send(&feed->batch, &target, feed->segment.reader, &feed->position, feed->start,
                    feed->first, &feed->limits))
        return false;
    feed->first = (feed->first + 1) % COLLECTION_COUNT;
    if (store_link_is_up(feed->link)) /* else it went down meanwhile: there will be no answer */
        feed->phase = WRITING;
    return true;
}

static void synchronize(struct feed *feed)
{
    feed->phase = SYNCHRONIZING;
    sync_start(&feed->sync, feed->link);
}

/* True when something began; else there is nothing to do now. */
static bool go_on(struct feed *feed, uint64_t now_ns)
{
    if (!store_link_is_up(feed->link) || feed->segment.reader == NULL || feed->stopping ||
        now_ns < feed->resume_ns)
        return false;
    if (feed->phase == UNKNOWN) {
        synchronize(feed);
        return true;
    }
    if (feed->phase != READY)
        return false;
    if (write_batch(feed))
        return true;
    if (feed->batch.lapped)
        synchronize(feed);
    return feed->batch.lapped;
}

/* The old segment is final: when all of it is written the new one takes its place. */
static void replace_segment(struct feed *feed)
{
    if (feed->phase != READY && store_link_is_up(feed->link))
        return;
    log_info("shm", "gateway %s: segment replaced", feed->segment.instance);
    segment_feed_close(&feed->segment);
    feed->phase = UNKNOWN;
}

static void on_timer(evutil_socket_t descriptor, short what, void *context)
{
    struct feed *feed = context;
    uint64_t now_ns = clock_mono_ns();
    (void)descriptor;
    (void)what;
    bool replaced = segment_feed_poll(&feed->segment, now_ns);
    bool busy = go_on(feed, now_ns);
    if (replaced && !busy)
        replace_segment(feed);
    if (!feed->stopping && store_link_is_up(feed->link)) {
        tables_work(feed->tables, feed->position.history, now_ns);
        commands_work(feed->commands, now_ns);
    }
    if (busy)
        feed->wait_us = ACTIVE_WAIT_US;
    else if (feed->wait_us < IDLE_WAIT_US)
        feed->wait_us = feed->wait_us * 5 / 4;
    if (!event_pending(feed->timer, EV_TIMEOUT, NULL))
        wake(feed, feed->wait_us);
}

static void on_up(void *context)
{
    struct feed *feed = context;
    feed->phase = UNKNOWN;
    feed->resume_ns = 0;
    wake(feed, 0);
}

static void on_down(void *context)
{
    struct feed *feed = context;
    feed->phase = UNKNOWN;
    tables_forget(feed->tables);
    commands_forget(feed->commands);
    tell_stopped(feed);
}

static struct store_link *make_link(struct event_base *base, struct feed *feed)
{
    const struct config *config = feed->config;
    struct store_link_options options = {.user = config->redis_user,
                                         .password_file = config->redis_password_file,
                                         .timeout_ms = config->redis_timeout,
                                         .label = feed->segment.instance};
    const struct store_link_events events = {on_up, on_down, feed};
    if (!redis_url_parse(config->forward_store, &options.url))
        return NULL;
    return store_link_new(base, &options, &events);
}

static void set_limits(struct feed *feed)
{
    feed->limits.events = feed->config->forward_batch;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        feed->limits.keep[i] = i == COLLECTION_MESSAGES ? feed->config->forward_keep_messages
                                                        : feed->config->forward_keep_others;
}

struct feed *feed_new(struct event_base *base, const struct config *config, const char *instance)
{
    struct feed *feed = calloc(1, sizeof(*feed));
    if (feed == NULL)
        return NULL;
    feed->config = config;
    feed->wait_us = ACTIVE_WAIT_US;
    segment_feed_init(&feed->segment, config->shm_dir, instance);
    feed_keys_init(&feed->keys, config->redis_prefix, instance);
    feed->sync = (struct sync){.keys = &feed->keys, .done = on_synchronized, .context = feed};
    set_limits(feed);
    feed->timer = evtimer_new(base, on_timer, feed);
    feed->link = feed->timer != NULL ? make_link(base, feed) : NULL;
    if (feed->link != NULL) {
        feed->tables = tables_new(config, &feed->segment, &feed->keys, feed->link);
        feed->commands = commands_new(base, config, instance, &feed->keys, feed->link);
    }
    if (feed->tables == NULL || feed->commands == NULL) {
        feed_free(feed);
        return NULL;
    }
    wake(feed, 0);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    store_link_free(feed->link);
    tables_free(feed->tables);
    commands_free(feed->commands);
    if (feed->timer != NULL)
        event_free(feed->timer);
    segment_feed_close(&feed->segment);
    free(feed);
}

void feed_stop(struct feed *feed, void (*stopped)(void *context), void *context)
{
    feed->stopping = true;
    feed->stopped = stopped;
    feed->stopped_context = context;
    if (feed->phase != WRITING)
        tell_stopped(feed);
}

static uint64_t count_behind(const struct feed *feed)
{
    struct segment_bounds bounds;
    uint64_t behind = 0;
    if (feed->segment.reader == NULL || feed->position.history == 0)
        return 0;
    segment_feed_bounds(&feed->segment, &bounds);
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (bounds.head[i] > feed->position.next[i])
            behind += bounds.head[i] - feed->position.next[i];
    }
    return behind;
}

void feed_numbers(const struct feed *feed, struct feed_numbers *numbers)
{
    *numbers = feed->numbers;
    numbers->instance = feed->segment.instance;
    numbers->segment = segment_feed_state(&feed->segment);
    numbers->writing = store_link_is_up(feed->link) && feed->refusal[0] == '\0';
    numbers->store = feed->refusal[0] != '\0' && store_link_is_up(feed->link)
                         ? feed->refusal
                         : store_link_state(feed->link);
    numbers->connects = store_link_connects(feed->link);
    numbers->commands = commands_count(feed->commands);
    numbers->behind = count_behind(feed);
}

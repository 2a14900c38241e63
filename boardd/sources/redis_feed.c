#include "boardd/sources/redis_feed.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/sources/own_events.h"
#include "boardd/sources/redis_internal.h"
#include "common/log.h"
#include "common/redis_url.h"
#include "common/timestamp.h"

#define TICK_MS            100
#define DISCOVER_MS        1000
#define FOREIGN_MS         10000
#define FINDING_MS         5000
#define REPORTS_A_MINUTE   20
#define GATEWAYS_ASKED_FOR "255" /* the last of so many that were seen last */

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

bool redis_is(const redisReply *reply, int type)
{
    return reply != NULL && reply->type == type;
}

struct text_span redis_text(const redisReply *reply)
{
    if (!redis_is(reply, REDIS_REPLY_STRING))
        return TEXT_SPAN_NONE;
    return (struct text_span){reply->str, reply->len};
}

void redis_feed_key(const struct redis_feed *feed, const char *gateway, const char *what,
                    char out[REDIS_KEY_SIZE])
{
    snprintf(out, REDIS_KEY_SIZE, "%s:%s:%s", feed->prefix, gateway, what);
}

const char *redis_feed_reason(const struct redis_feed *feed)
{
    if (!store_link_is_up(feed->asking))
        return store_link_state(feed->asking);
    return store_link_is_up(feed->reading) ? feed->reason : store_link_state(feed->reading);
}

bool redis_feed_is_finding(const struct redis_feed *feed)
{
    return feed->found_ms == 0 || clock_mono_ms() - feed->found_ms < FINDING_MS;
}

void redis_feed_set_reason(struct redis_feed *feed, const char *reason)
{
    if (strcmp(feed->reason, reason) == 0)
        return;
    snprintf(feed->reason, sizeof(feed->reason), "%.*s", SOURCE_REASON_SIZE - 1, reason);
    if (feed->reason[0] != '\0')
        log_warnx("redis", "the store refuses: %s", feed->reason);
}

/* Somebody else writes to our keys: worth a look by those who look after security. */
void redis_feed_report(void *context, const char *text)
{
    struct redis_feed *feed = context;
    uint64_t minute = clock_mono_ms() / 60000;
    if (minute != feed->minute) {
        if (feed->reports > REPORTS_A_MINUTE)
            log_warnx("redis", "%" PRIu64 " more such reports in a minute",
                      feed->reports - REPORTS_A_MINUTE);
        feed->minute = minute;
        feed->reports = 0;
    }
    if (++feed->reports > REPORTS_A_MINUTE)
        return;
    log_warnx("redis", "%s", text);
    own_events_security(feed->options.own, EVENT_ANOMALY, SEVERITY_MEDIUM, "", text);
}

/* Gateways */

static struct redis_gateway *find_gateway(struct redis_feed *feed, const char *name)
{
    for (unsigned i = 0; i < feed->count; i++) {
        if (strcmp(feed->gateways[i].name, name) == 0)
            return &feed->gateways[i];
    }
    return NULL;
}

static void init_gateway(struct redis_feed *feed, struct redis_gateway *gateway, const char *name)
{
    gateway->feed = feed;
    snprintf(gateway->name, sizeof(gateway->name), "%s", name);
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        gateway->streams[i].gateway = gateway;
        gateway->streams[i].collection = (enum collection)i;
    }
    gateway->source = redis_source_new(&(struct redis_source_options){
        .name = gateway->name,
        .memory = feed->options.config->board_source_memory,
        .stations = (uint32_t)feed->options.config->shm_stations,
        .report = redis_feed_report,
        .drained = redis_streams_drained,
        .context = feed,
    });
}

static void add_gateway(struct redis_feed *feed, const char *name)
{
    struct redis_gateway *gateway = &feed->gateways[feed->count];
    if (find_gateway(feed, name) != NULL)
        return;
    if (feed->count == SOURCES_MAX) {
        if (!feed->is_full)
            log_warnx("redis", "more than %d gateways: %s and others are not shown", SOURCES_MAX,
                      name);
        feed->is_full = true;
        return;
    }
    memset(gateway, 0, sizeof(*gateway));
    init_gateway(feed, gateway, name);
    if (gateway->source == NULL)
        return;
    redis_source_unreachable(gateway->source, redis_feed_reason(feed));
    struct source *source = redis_source_base(gateway->source);
    if (feed->options.found(feed->options.context, source))
        feed->count++;
    else
        source->operations->free(source);
}

/* All of them, or those that board.instances names. */
static bool is_shown(const struct redis_feed *feed, const char *name)
{
    const char *list = feed->options.config->board_instances;
    if (*list == '\0')
        return true;
    for (list += strspn(list, ", \t"); *list != '\0'; list += strspn(list, ", \t")) {
        size_t length = strcspn(list, ", \t");
        if (strlen(name) == length && memcmp(list, name, length) == 0)
            return true;
        list += length;
    }
    return false;
}

static void take_name(struct redis_feed *feed, struct text_span member)
{
    char name[SOURCE_NAME_SIZE];
    if (member.length == 0 || member.length >= sizeof(name)) {
        redis_feed_report(feed, "the set of gateways has a member that is no name of one");
        return;
    }
    memcpy(name, member.start, member.length);
    name[member.length] = '\0';
    if (strspn(name, NAME_CHARACTERS) != member.length || strcmp(name, OWN_EVENTS_NAME) == 0)
        redis_feed_report(feed, "the set of gateways has a member that is no name of one");
    else if (is_shown(feed, name))
        add_gateway(feed, name);
}

static void on_gateways(redisAsyncContext *redis, void *answer, void *context)
{
    struct redis_feed *feed = context;
    const redisReply *reply = answer;
    (void)redis;
    feed->is_discovering = false;
    if (reply == NULL)
        return;
    store_link_worked(feed->asking);
    if (redis_is(reply, REDIS_REPLY_ERROR)) {
        redis_feed_set_reason(feed, store_link_error(reply));
        return;
    }
    if (feed->count == 0)
        redis_feed_set_reason(feed, "");
    if (feed->found_ms == 0)
        feed->found_ms = clock_mono_ms();
    for (size_t i = 0; redis_is(reply, REDIS_REPLY_ARRAY) && i < reply->elements; i++)
        take_name(feed, redis_text(reply->element[i]));
}

static void discover(struct redis_feed *feed, uint64_t now_ms)
{
    char key[REDIS_KEY_SIZE];
    const char *words[] = {"ZREVRANGE", key, "0", GATEWAYS_ASKED_FOR};
    if (feed->is_discovering ||
        (feed->discovered_ms != 0 && now_ms - feed->discovered_ms < DISCOVER_MS))
        return;
    feed->discovered_ms = now_ms;
    feed->is_discovering = true;
    snprintf(key, sizeof(key), "%s:gateways", feed->prefix);
    store_link_send(feed->asking, on_gateways, feed, 4, words, NULL);
}

/* Connections */

static void tell_sources(struct redis_feed *feed)
{
    for (unsigned i = 0; i < feed->count; i++)
        redis_source_unreachable(feed->gateways[i].source, redis_feed_reason(feed));
}

/* What has become of keys that held something else is looked at now and then. */
static bool is_due(const struct redis_gateway *gateway, uint64_t now_ms)
{
    bool has_foreign = false;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        has_foreign = has_foreign || gateway->streams[i].is_foreign;
    return gateway->is_wanted || redis_source_history(gateway->source) == 0 ||
           (has_foreign && now_ms - gateway->searched_ms >= FOREIGN_MS);
}

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
    struct redis_feed *feed = context;
    uint64_t now_ms = clock_mono_ms();
    (void)descriptor;
    (void)what;
    if (!store_link_is_up(feed->asking))
        return;
    discover(feed, now_ms);
    redis_tables_ask_memory(feed, now_ms);
    for (unsigned i = 0; i < feed->count; i++) {
        struct redis_gateway *gateway = &feed->gateways[i];
        redis_tables_ask(gateway, now_ms);
        if (is_due(gateway, now_ms))
            redis_begin(gateway, now_ms);
    }
    redis_streams_read(feed);
    tell_sources(feed);
}

static void on_asking_up(void *context)
{
    struct redis_feed *feed = context;
    feed->discovered_ms = 0;
    tell_sources(feed);
    on_tick(-1, 0, feed);
}

static void on_asking_down(void *context)
{
    struct redis_feed *feed = context;
    feed->is_discovering = feed->asks_memory = false;
    for (unsigned i = 0; i < feed->count; i++)
        redis_tables_lost(&feed->gateways[i]);
    tell_sources(feed);
}

static void on_reading_up(void *context)
{
    tell_sources(context);
    redis_streams_read(context);
}

static void on_reading_down(void *context)
{
    struct redis_feed *feed = context;
    feed->is_reading = false;
    tell_sources(feed);
}

static bool connect_both(struct redis_feed *feed, const struct redis_url *url)
{
    const struct config *config = feed->options.config;
    struct store_link_options options = {
        .url = *url,
        .user = config->redis_user,
        .password_file = config->redis_password_file,
        .timeout_ms = config->redis_timeout,
        .label = "board.source",
    };
    struct store_link_events asking = {on_asking_up, on_asking_down, feed};
    struct store_link_events reading = {on_reading_up, on_reading_down, feed};
    feed->asking = store_link_new(feed->options.base, &options, &asking);
    options.label = "board.source, streams";
    feed->reading = store_link_new(feed->options.base, &options, &reading);
    return feed->asking != NULL && feed->reading != NULL;
}

static bool start_timer(struct redis_feed *feed)
{
    static const struct timeval period = {0, TICK_MS * 1000};
    feed->timer = event_new(feed->options.base, -1, EV_PERSIST, on_tick, feed);
    return feed->timer != NULL && event_add(feed->timer, &period) == 0;
}

/* Where answers to this dashboard's commands are expected: its own for each process. */
static void name_answers(struct redis_feed *feed)
{
    uint64_t id;
    evutil_secure_rng_get_bytes(&id, sizeof(id));
    snprintf(feed->answers_key, sizeof(feed->answers_key), "%s:replies:%016" PRIx64, feed->prefix,
             id);
}

struct redis_feed *redis_feed_new(const struct redis_feed_options *options, char *error,
                                  size_t error_size)
{
    struct redis_url url;
    struct redis_feed *feed = calloc(1, sizeof(*feed));
    snprintf(error, error_size, "out of memory");
    if (feed == NULL)
        return NULL;
    feed->options = *options;
    feed->prefix = options->config->redis_prefix;
    name_answers(feed);
    if (!redis_url_parse(options->config->board_source, &url)) {
        snprintf(error, error_size, "board.source: \"%s\" is not %s", options->config->board_source,
                 REDIS_URL_FORM);
    } else if (connect_both(feed, &url) && start_timer(feed)) {
        return feed;
    }
    redis_feed_free(feed);
    return NULL;
}

void redis_feed_free(struct redis_feed *feed)
{
    if (feed == NULL)
        return;
    feed->count = 0;          /* the sources are the tail's */
    feed->is_draining = true; /* what the links' ends call back reads no further */
    store_link_free(feed->reading);
    store_link_free(feed->asking);
    if (feed->timer != NULL)
        event_free(feed->timer);
    free(feed);
}

/* Commands */

const char *redis_feed_answers(const struct redis_feed *feed)
{
    return feed->answers_key;
}

void redis_feed_listen(struct redis_feed *feed, const char *seconds,
                       void (*answer)(void *context, const struct text_span *fields, size_t count),
                       void *context)
{
    feed->answers_stay = seconds;
    feed->answer = answer;
    feed->answer_context = context;
    snprintf(feed->answers_cursor, sizeof(feed->answers_cursor), "0-0");
}

struct sending {
    void (*done)(void *context, const char *error);
    void *context;
};

static void on_sent(redisAsyncContext *redis, void *answer, void *context)
{
    struct sending *sending = context;
    const redisReply *reply = answer;
    (void)redis;
    if (reply == NULL)
        sending->done(sending->context, "the connection to the store was lost");
    else
        sending->done(sending->context,
                      reply->type == REDIS_REPLY_ERROR ? store_link_error(reply) : NULL);
    free(sending);
}

bool redis_feed_send(struct redis_feed *feed, int count, const char **words, const size_t *lengths,
                     void (*done)(void *context, const char *error), void *context)
{
    struct sending *sending;
    if (!store_link_is_up(feed->asking) || (sending = malloc(sizeof(*sending))) == NULL)
        return false;
    *sending = (struct sending){done, context};
    store_link_send(feed->asking, on_sent, sending, count, words, lengths);
    return true;
}

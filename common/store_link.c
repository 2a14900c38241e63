#include "common/store_link.h"

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "common/backoff.h"
#include "common/host_lookup.h"

#define TEXT_SIZE     512
#define SECRET_SIZE   512
#define OLDEST_MAJOR  5 /* streams */
#define WATCH_PER_TRY 4 /* looks at the clock within the time-out */

enum phase { WAITING, LOOKING_UP, CONNECTING, UP };

struct store_link {
    struct event_base *base;
    struct store_link_options options;
    struct store_link_events events;
    redisAsyncContext *redis; /* NULL while WAITING or LOOKING_UP */
    redisReplyObjectFunctions replies;
    struct host_lookup *lookup;
    enum phase phase;
    struct event *retry;
    struct event *watch;
    struct backoff backoff;
    uint64_t connects;
    unsigned failures; /* to connect: the next try is for another of the host's addresses */
    uint64_t asked_ns; /* CLOCK_MONOTONIC: looking up, connecting or waiting for a pong since; 0:
                          neither */
    char state[TEXT_SIZE];
};

/* Each reason is said once, until it comes up again. */
static void set_state(struct store_link *link, const char *text)
{
    if (strcmp(link->state, text) == 0)
        return;
    snprintf(link->state, sizeof(link->state), "%s", text);
    if (link->phase == UP)
        log_info("redis", "%s: connected to %s:%u", link->options.label, link->options.url.host,
                 link->options.url.port);
    else
        log_warnx("redis", "%s: %s:%u: %s", link->options.label, link->options.url.host,
                  link->options.url.port, text);
}

static void wait_and_retry(struct store_link *link)
{
    uint32_t ms = backoff_next(&link->backoff);
    struct timeval wait = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
    event_add(link->retry, &wait);
}

/* `redis` has gone, or goes: tells it and tries again later. */
static void went_down(struct store_link *link, const char *reason)
{
    bool was_up = link->phase == UP;
    if (link->phase == CONNECTING)
        link->failures++;
    link->redis = NULL;
    link->phase = WAITING;
    link->asked_ns = 0;
    set_state(link, reason);
    wait_and_retry(link);
    if (was_up)
        link->events.down(link->events.context);
}

static void give_up(struct store_link *link, const char *reason)
{
    redisAsyncContext *redis = link->redis;
    if (redis == NULL)
        return;
    redis->data = NULL; /* its callbacks are not ours any more */
    redisAsyncFree(redis);
    went_down(link, reason);
}

static void on_disconnected(const redisAsyncContext *redis, int status)
{
    struct store_link *link = redis->data;
    if (link == NULL)
        return;
    char reason[TEXT_SIZE];
    snprintf(reason, sizeof(reason), "connection lost: %s",
             status != REDIS_OK && redis->errstr != NULL ? redis->errstr : "closed");
    went_down(link, reason);
}

static void on_connected(const redisAsyncContext *redis, int status)
{
    struct store_link *link = redis->data;
    if (link == NULL || status == REDIS_OK)
        return;
    char reason[TEXT_SIZE];
    snprintf(reason, sizeof(reason), "can't connect: %s", redis->errstr);
    went_down(link, reason);
}

const char *store_link_error(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer of another kind";
}

static struct store_link *link_of(const redisAsyncContext *redis, const void *reply)
{
    return reply != NULL ? redis->data : NULL;
}

static void on_greeted(redisAsyncContext *redis, void *answer, void *what)
{
    struct store_link *link = link_of(redis, answer);
    const redisReply *reply = answer;
    char reason[TEXT_SIZE];
    if (link == NULL || reply->type != REDIS_REPLY_ERROR)
        return;
    snprintf(reason, sizeof(reason), "%s refused: %s", (const char *)what, reply->str);
    give_up(link, reason);
}

/* Version of a server that says "redis_version:7.0.15"; false when it doesn't say. */
static bool read_version(const redisReply *reply, unsigned *major, char *version, size_t size)
{
    static const char key[] = "redis_version:";
    if (reply->type != REDIS_REPLY_STRING)
        return false;
    const char *at = strstr(reply->str, key);
    if (at == NULL)
        return false;
    at += strlen(key);
    snprintf(version, size, "%.*s", (int)strspn(at, "0123456789."), at);
    *major = (unsigned)strtoul(version, NULL, 10);
    return version[0] != '\0';
}

/* Whoever may not ask for the version goes on: an old server refuses the commands themselves. */
static void on_info(redisAsyncContext *redis, void *answer, void *context)
{
    struct store_link *link = link_of(redis, answer);
    unsigned major;
    char version[32], reason[TEXT_SIZE];
    (void)context;
    if (link == NULL)
        return;
    if (strncmp(store_link_error(answer), "NOAUTH", 6) == 0) {
        give_up(link, "needs a password: set redis.password_file");
        return;
    }
    if (read_version(answer, &major, version, sizeof(version)) && major < OLDEST_MAJOR) {
        snprintf(reason, sizeof(reason), "Redis %s is too old: streams came with Redis %d.0",
                 version, OLDEST_MAJOR);
        give_up(link, reason);
        return;
    }
    link->phase = UP;
    link->asked_ns = 0;
    link->connects++;
    set_state(link, "connected");
    link->events.up(link->events.context);
}

static void send_words(struct store_link *link, redisCallbackFn *callback, const char *what,
                       int count, const char **words)
{
    /* the cast: hiredis takes a context of any kind; on_greeted gets a constant text */
    redisAsyncCommandArgv(link->redis, callback, (void *)(uintptr_t)what, count, words, NULL);
}

static bool authenticate(struct store_link *link, char *error, size_t error_size)
{
    char password[SECRET_SIZE] = "";
    const char *user = link->options.user;
    const char *words[] = {"AUTH", user, password};
    const char *short_words[] = {"AUTH", password};
    if (link->options.password_file[0] != '\0' &&
        !config_read_secret(link->options.password_file, password, sizeof(password), error,
                            error_size))
        return false;
    if (user[0] != '\0')
        send_words(link, on_greeted, "user or password", 3, words);
    else if (password[0] != '\0')
        send_words(link, on_greeted, "password", 2, short_words);
    explicit_bzero(password, sizeof(password));
    return true;
}

static bool greet(struct store_link *link, char *error, size_t error_size)
{
    char database[16];
    const char *select[] = {"SELECT", database};
    const char *info[] = {"INFO", "server"};
    if (!authenticate(link, error, error_size))
        return false;
    snprintf(database, sizeof(database), "%u", link->options.url.database);
    if (link->options.url.database != 0)
        send_words(link, on_greeted, "database", 2, select);
    send_words(link, on_info, "", 2, info);
    return true;
}

/* Most answers say that a command was queued in a transaction: these are all the same object. */
static redisReply *queued(void)
{
    static char text[] = "QUEUED";
    static redisReply reply = {.type = REDIS_REPLY_STATUS, .str = text, .len = sizeof(text) - 1};
    return &reply;
}

static void *make_string(const redisReadTask *task, char *text, size_t length)
{
    const redisReplyObjectFunctions *library = task->privdata;
    const redisReply *same = queued();
    if (task->parent == NULL && task->type == REDIS_REPLY_STATUS && length == same->len &&
        memcmp(text, same->str, length) == 0)
        return queued();
    return library->createString(task, text, length);
}

static void free_reply(void *reply)
{
    if (reply != queued())
        freeReplyObject(reply);
}

static void share_replies(struct store_link *link, redisReader *reader)
{
    reader->privdata = reader->fn;
    link->replies = *reader->fn;
    link->replies.createString = make_string;
    link->replies.freeObject = free_reply;
    reader->fn = &link->replies;
}

static void connect_to(struct store_link *link, const char *address)
{
    char reason[TEXT_SIZE] = "out of memory";
    redisAsyncContext *redis = redisAsyncConnect(address, link->options.url.port);
    link->phase = CONNECTING;
    link->asked_ns = clock_mono_ns();
    if (redis == NULL || redis->err != 0) {
        if (redis != NULL)
            snprintf(reason, sizeof(reason), "can't connect: %s", redis->errstr);
        if (redis != NULL)
            redisAsyncFree(redis);
        went_down(link, reason);
        return;
    }
    link->redis = redis;
    share_replies(link, redis->c.reader);
    redis->data = link;
    if (redisLibeventAttach(redis, link->base) != REDIS_OK) {
        give_up(link, reason);
        return;
    }
    redisAsyncSetConnectCallback(redis, on_connected);
    redisAsyncSetDisconnectCallback(redis, on_disconnected);
    if (!greet(link, reason, sizeof(reason)))
        give_up(link, reason);
}

static void on_looked_up(void *context, const char *address, const char *error)
{
    struct store_link *link = context;
    char reason[TEXT_SIZE];
    if (address != NULL) {
        connect_to(link, address);
        return;
    }
    snprintf(reason, sizeof(reason), "can't look the host name up: %s", error);
    went_down(link, reason);
}

static void connect_now(struct store_link *link)
{
    const char *host = link->options.url.host;
    if (host_is_address(host)) {
        connect_to(link, host);
        return;
    }
    link->phase = LOOKING_UP;
    link->asked_ns = clock_mono_ns();
    if (!host_lookup_start(link->lookup, host, link->failures))
        went_down(link, "can't look the host name up: out of memory");
}

static void on_retry(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    connect_now(context);
}

static void on_pong(redisAsyncContext *redis, void *answer, void *context)
{
    struct store_link *link = link_of(redis, answer);
    (void)context;
    if (link != NULL)
        link->asked_ns = 0;
}

static void on_watch(evutil_socket_t descriptor, short what, void *context)
{
    static const char *ping[] = {"PING"};
    struct store_link *link = context;
    uint64_t now = clock_mono_ns();
    char reason[TEXT_SIZE];
    (void)descriptor;
    (void)what;
    bool is_late =
        link->asked_ns != 0 && now - link->asked_ns > link->options.timeout_ms * NS_PER_MS;
    if (link->phase == LOOKING_UP && is_late)
        set_state(link, "can't look the host name up: the resolver does not answer"); /* yet */
    if (link->redis == NULL)
        return;
    if (link->asked_ns == 0) {
        link->asked_ns = now;
        send_words(link, on_pong, "", 1, ping);
    } else if (is_late) {
        snprintf(reason, sizeof(reason), "no answer for %" PRIu64 " ms", link->options.timeout_ms);
        give_up(link, reason);
    }
}

struct store_link *store_link_new(struct event_base *base, const struct store_link_options *options,
                                  const struct store_link_events *events)
{
    uint64_t ms = options->timeout_ms / WATCH_PER_TRY;
    struct timeval period = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000};
    struct store_link *link = calloc(1, sizeof(*link));
    if (link == NULL)
        return NULL;
    link->base = base;
    link->options = *options;
    link->events = *events;
    link->lookup = host_lookup_new(base, on_looked_up, link);
    link->retry = evtimer_new(base, on_retry, link);
    link->watch = event_new(base, -1, EV_PERSIST, on_watch, link);
    if (link->lookup == NULL || link->retry == NULL || link->watch == NULL) {
        store_link_free(link);
        return NULL;
    }
    event_add(link->watch, &period);
    event_active(link->retry, EV_TIMEOUT, 0);
    return link;
}

void store_link_free(struct store_link *link)
{
    if (link == NULL)
        return;
    if (link->redis != NULL) {
        link->redis->data = NULL;
        redisAsyncFree(link->redis);
    }
    host_lookup_free(link->lookup);
    if (link->retry != NULL)
        event_free(link->retry);
    if (link->watch != NULL)
        event_free(link->watch);
    free(link);
}

bool store_link_is_up(const struct store_link *link)
{
    return link->phase == UP;
}

uint64_t store_link_connects(const struct store_link *link)
{
    return link->connects;
}

const char *store_link_state(const struct store_link *link)
{
    return link->state;
}

void store_link_send(struct store_link *link, redisCallbackFn *callback, void *context, int count,
                     const char **arguments, const size_t *lengths)
{
    if (link->phase == UP)
        redisAsyncCommandArgv(link->redis, callback, context, count, arguments, lengths);
}

void store_link_send_made(struct store_link *link, redisCallbackFn *callback, void *context,
                          const char *command, size_t length)
{
    if (link->phase == UP)
        redisAsyncFormattedCommand(link->redis, callback, context, command, length);
}

void store_link_flush(struct store_link *link)
{
    if (link->phase == UP)
        redisAsyncHandleWrite(link->redis);
}

void store_link_worked(struct store_link *link)
{
    backoff_reset(&link->backoff);
}

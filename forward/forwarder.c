#include "forward/forwarder.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "forward/feed.h"
#include "forward/metrics.h"

#define MAX_FEEDS       64
#define NAME_SIZE       32
#define METRICS_SECONDS 10

struct forwarder {
    const struct config *config;
    struct event_base *base;
    struct event *health;
    struct event *metrics;
    struct event *deadline;
    unsigned count, stopping;
    char names[MAX_FEEDS][NAME_SIZE];
    struct feed *feeds[MAX_FEEDS];
    uint64_t events_before[MAX_FEEDS];
    bool metrics_failed;
};

static uint64_t sum(const uint64_t values[COLLECTION_COUNT])
{
    uint64_t all = 0;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        all += values[i];
    return all;
}

static void say_health(struct forwarder *forwarder, unsigned number)
{
    struct feed_numbers numbers;
    feed_numbers(forwarder->feeds[number], &numbers);
    uint64_t events = sum(numbers.events);
    double rate = (double)(events - forwarder->events_before[number]) * 1000 /
                  (double)forwarder->config->forward_health_interval;
    forwarder->events_before[number] = events;
    log_info("health",
             "gateway %s is %s, store %s: %" PRIu64 " events (%.0f/s), %" PRIu64 " lost, %" PRIu64
             " waiting, %" PRIu64 " connects, %" PRIu64 " refusals, %" PRIu64 " KiB of memory",
             numbers.instance, numbers.segment, numbers.store, events, rate, sum(numbers.lost),
             numbers.behind, numbers.connects, numbers.refused, metrics_memory() / 1024);
}

static void on_health(evutil_socket_t descriptor, short what, void *context)
{
    struct forwarder *forwarder = context;
    (void)descriptor;
    (void)what;
    for (unsigned i = 0; i < forwarder->count; i++)
        say_health(forwarder, i);
}

static void write_metrics(struct forwarder *forwarder)
{
    char error[512];
    if (forwarder->config->forward_metrics_file[0] == '\0')
        return;
    bool written = metrics_write(forwarder->config->forward_metrics_file, forwarder->feeds,
                                 forwarder->count, error, sizeof(error));
    if (!written && !forwarder->metrics_failed)
        log_warnx("metrics", "%s", error);
    forwarder->metrics_failed = !written;
}

static void on_metrics(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    write_metrics(context);
}

static void finish(struct forwarder *forwarder)
{
    write_metrics(forwarder);
    event_base_loopbreak(forwarder->base);
}

static void end_loop(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    finish(context);
}

static bool add_feed(struct forwarder *forwarder, const char *name, size_t length)
{
    if (forwarder->count == MAX_FEEDS || length >= NAME_SIZE)
        return false;
    char *copy = forwarder->names[forwarder->count];
    memcpy(copy, name, length);
    copy[length] = '\0';
    for (unsigned i = 0; i < forwarder->count; i++) {
        if (strcmp(forwarder->names[i], copy) == 0)
            return true; /* named twice */
    }
    struct feed *feed = feed_new(forwarder->base, forwarder->config, copy);
    if (feed != NULL)
        forwarder->feeds[forwarder->count++] = feed;
    return feed != NULL;
}

static bool add_feeds(struct forwarder *forwarder)
{
    const char *list = forwarder->config->forward_instances;
    if (list[0] == '\0')
        list = forwarder->config->shm_instance;
    while (*(list += strspn(list, ", ")) != '\0') {
        size_t length = strcspn(list, ", ");
        if (!add_feed(forwarder, list, length))
            return false;
        list += length;
    }
    return forwarder->count > 0;
}

static bool start_timers(struct forwarder *forwarder)
{
    uint64_t ms = forwarder->config->forward_health_interval;
    struct timeval period = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000};
    struct timeval metrics_period = {METRICS_SECONDS, 0};
    forwarder->health = event_new(forwarder->base, -1, EV_PERSIST, on_health, forwarder);
    forwarder->metrics = event_new(forwarder->base, -1, EV_PERSIST, on_metrics, forwarder);
    forwarder->deadline = evtimer_new(forwarder->base, end_loop, forwarder);
    if (forwarder->health == NULL || forwarder->metrics == NULL || forwarder->deadline == NULL)
        return false;
    return event_add(forwarder->metrics, &metrics_period) == 0 &&
           event_add(forwarder->health, &period) == 0;
}

struct forwarder *forwarder_new(const struct config *config, struct event_base *base, char *error,
                                size_t error_size)
{
    struct forwarder *forwarder = calloc(1, sizeof(*forwarder));
    if (forwarder != NULL) {
        forwarder->config = config;
        forwarder->base = base;
        if (start_timers(forwarder) && add_feeds(forwarder))
            return forwarder;
    }
    forwarder_free(forwarder);
    snprintf(error, error_size, "out of memory, or more than %d gateways", MAX_FEEDS);
    return NULL;
}

void forwarder_free(struct forwarder *forwarder)
{
    if (forwarder == NULL)
        return;
    for (unsigned i = 0; i < forwarder->count; i++)
        feed_free(forwarder->feeds[i]);
    if (forwarder->health != NULL)
        event_free(forwarder->health);
    if (forwarder->metrics != NULL)
        event_free(forwarder->metrics);
    if (forwarder->deadline != NULL)
        event_free(forwarder->deadline);
    free(forwarder);
}

static void one_stopped(void *context)
{
    struct forwarder *forwarder = context;
    if (--forwarder->stopping == 0)
        finish(forwarder);
}

void forwarder_stop(struct forwarder *forwarder)
{
    uint64_t ms = forwarder->config->redis_timeout;
    struct timeval longest = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000};
    if (forwarder->stopping > 0)
        return;
    forwarder->stopping = forwarder->count;
    event_add(forwarder->deadline, &longest);
    for (unsigned i = 0; i < forwarder->count; i++)
        feed_stop(forwarder->feeds[i], one_stopped, forwarder);
}

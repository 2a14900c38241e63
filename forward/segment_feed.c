#include "forward/segment_feed.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/timestamp.h"

#define POLL_NS (250 * NS_PER_MS)

void segment_feed_init(struct segment_feed *feed, const char *dir, const char *instance)
{
    memset(feed, 0, sizeof(*feed));
    feed->dir = dir;
    feed->instance = instance;
}

void segment_feed_close(struct segment_feed *feed)
{
    segment_reader_close(feed->reader);
    feed->reader = NULL;
    feed->polled_ns = 0;
}

static void open_segment(struct segment_feed *feed)
{
    char error[sizeof(feed->error)];
    feed->reader = segment_reader_open(feed->dir, feed->instance, -1, error, sizeof(error));
    if (feed->reader != NULL) {
        feed->error[0] = '\0';
        return;
    }
    if (strcmp(error, feed->error) != 0)
        log_info("shm", "gateway %s: %s", feed->instance, error);
    snprintf(feed->error, sizeof(feed->error), "%s", error);
}

bool segment_feed_poll(struct segment_feed *feed, uint64_t mono_ns)
{
    const char *before = segment_feed_state(feed);
    if (feed->polled_ns != 0 && mono_ns - feed->polled_ns < POLL_NS)
        return false;
    feed->polled_ns = mono_ns;
    if (feed->reader == NULL)
        open_segment(feed);
    if (feed->reader == NULL)
        return false;
    feed->health = segment_reader_health(feed->reader, mono_ns);
    segment_reader_info(feed->reader, &feed->info);
    if (before != segment_feed_state(feed))
        log_info("shm", "gateway %s is %s", feed->instance, segment_feed_state(feed));
    return feed->health == SEGMENT_REPLACED;
}

void segment_feed_bounds(const struct segment_feed *feed, struct segment_bounds *bounds)
{
    bounds->created = feed->info.created_ns;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        segment_reader_bounds(feed->reader, (enum collection)i, &bounds->oldest[i],
                              &bounds->head[i]);
}

const char *segment_feed_state(const struct segment_feed *feed)
{
    if (feed->reader == NULL)
        return "absent";
    switch (feed->health) {
    case SEGMENT_LIVE:
        return "live";
    case SEGMENT_HUNG:
        return "hung";
    case SEGMENT_DOWN:
    case SEGMENT_REPLACED:
        break;
    }
    return "down";
}

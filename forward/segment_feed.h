/*
 * The segment of one gateway, opened again whenever another takes its place. What it says of the
 * writer's health is looked at every 250 ms.
 */
#ifndef FORWARD_SEGMENT_FEED_H
#define FORWARD_SEGMENT_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "forward/position.h"
#include "shm/segment_reader.h"

struct segment_feed {
    const char *dir;
    const char *instance;
    struct segment_reader *reader; /* NULL while there is none */
    struct segment_info info;
    enum segment_health health;
    uint64_t polled_ns;
    char error[512]; /* why there is none; to say each reason once */
};

void segment_feed_init(struct segment_feed *feed, const char *dir, const char *instance);
void segment_feed_close(struct segment_feed *feed);

/* Looks whether it's time to look. True: another segment has its name; read to the end, then call
 * segment_feed_close: the next look opens the other. */
bool segment_feed_poll(struct segment_feed *feed, uint64_t mono_ns);

void segment_feed_bounds(const struct segment_feed *feed, struct segment_bounds *bounds);
const char *segment_feed_state(const struct segment_feed *feed); /* "live" … "absent" */

#endif

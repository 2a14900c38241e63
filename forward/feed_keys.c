#include "forward/feed_keys.h"

#include <stdio.h>

void feed_keys_init(struct feed_keys *keys, const char *prefix, const char *gateway)
{
    for (int i = 0; i < COLLECTION_COUNT; i++)
        snprintf(keys->stream[i], FEED_KEY_SIZE, "%s:%s:%s", prefix, gateway,
                 collection_label((enum collection)i));
    snprintf(keys->cursor, FEED_KEY_SIZE, "%s:%s:cursor", prefix, gateway);
    snprintf(keys->stations, FEED_KEY_SIZE, "%s:%s:stations", prefix, gateway);
    snprintf(keys->counters, FEED_KEY_SIZE, "%s:%s:counters", prefix, gateway);
    snprintf(keys->alive, FEED_KEY_SIZE, "%s:%s:alive", prefix, gateway);
    snprintf(keys->commands, FEED_KEY_SIZE, "%s:%s:commands", prefix, gateway);
    snprintf(keys->gateways, FEED_KEY_SIZE, "%s:gateways", prefix);
    snprintf(keys->replies, FEED_KEY_SIZE, "%s:replies:", prefix);
}

/* Names of a gateway's keys in the store, and of the fields of its cursor. */
#ifndef FORWARD_FEED_KEYS_H
#define FORWARD_FEED_KEYS_H

#include "shm/event.h"

#define FEED_KEY_SIZE 96

/* Fields of the cursor besides the collections' names. */
#define CURSOR_CREATED  "created"  /* of the segment that is forwarded, ns since 1970 */
#define CURSOR_HISTORY  "history"  /* the number that stands for it in the ids */
#define CURSOR_COMMANDS "commands" /* id of the last command that was taken */

struct feed_keys {
    char stream[COLLECTION_COUNT][FEED_KEY_SIZE];
    char cursor[FEED_KEY_SIZE];
    char stations[FEED_KEY_SIZE];
    char counters[FEED_KEY_SIZE];
    char alive[FEED_KEY_SIZE];
    char commands[FEED_KEY_SIZE];
    char gateways[FEED_KEY_SIZE]; /* of all of them */
    char replies[FEED_KEY_SIZE];  /* what the key of every reply stream begins with */
};

/* Prefix and name are at most 31 characters. */
void feed_keys_init(struct feed_keys *keys, const char *prefix, const char *gateway);

#endif

/* What the files of the Redis feed share: redis_feed.c (connections, gateways, commands),
 * redis_streams.c (reading the streams), redis_begin.c (where a gateway's history begins),
 * redis_tables.c (stations, counters, liveness). */
#ifndef BOARDD_REDIS_INTERNAL_H
#define BOARDD_REDIS_INTERNAL_H

#include "boardd/sources/redis_feed.h"
#include "boardd/sources/redis_source.h"
#include "boardd/sources/sources.h"
#include "common/store_link.h"

#define REDIS_CURSOR_SIZE 24

struct redis_gateway;

struct redis_stream {
    struct redis_gateway *gateway;
    enum collection collection;
    bool is_foreign; /* the key holds no stream */
    bool has_last;   /* of what was found in the search for a beginning: the newest entry */
    uint64_t last_history;
    uint64_t last_seq;
};

/* One gateway that was found. Lives as long as the feed; its source is the tail's. */
struct redis_gateway {
    struct redis_feed *feed;
    struct redis_source *source;
    char name[SOURCE_NAME_SIZE];
    struct redis_stream streams[COLLECTION_COUNT];
    /* the search for a beginning (redis_begin.c) */
    unsigned awaited; /* answers */
    bool has_failed;
    bool is_wanted; /* it begins anew */
    uint64_t searched_ms;
    struct redis_beginning beginning;
    /* the tables (redis_tables.c) */
    bool is_scanning;
    char cursor[REDIS_CURSOR_SIZE];
    uint64_t scanned_ms;
    bool is_counting;
    uint64_t counted_ms;
    bool asks_alive;
    uint64_t alive_history;
};

struct redis_feed {
    struct redis_feed_options options;
    const char *prefix;
    struct store_link *reading;
    struct store_link *asking;
    struct event *timer;
    char reason[SOURCE_REASON_SIZE];
    unsigned count;
    struct redis_gateway gateways[SOURCES_MAX];
    bool is_full; /* said */
    bool asks_memory;
    uint64_t memory_ms;
    bool is_discovering;
    uint64_t discovered_ms;
    uint64_t found_ms; /* the first time that the store said which gateways there are; 0 not yet */
    bool is_reading;   /* an XREAD is under way */
    uint64_t not_before_ms; /* the next one, after an error */
    bool is_draining;       /* what was read last has not all been taken */
    uint64_t reports;       /* in the present minute */
    uint64_t minute;
    char answers_key[REDIS_KEY_SIZE];
    char answers_cursor[WIRE_ID_SIZE]; /* "" while nobody listens */
    const char *answers_stay;
    void (*answer)(void *context, const struct text_span *fields, size_t count);
    void *answer_context;
};

/* Says it in the log and as an event of boardd's own; so many a minute and no more. */
void redis_feed_report(void *feed, const char *text);
void redis_feed_set_reason(struct redis_feed *feed, const char *reason);

struct text_span redis_text(const redisReply *reply); /* none for other types than texts */
bool redis_is(const redisReply *reply, int type);

/* An entry of a stream: id and fields; more fields than these make it none of ours, with 0. */
#define REDIS_MAX_FIELDS 32
struct redis_entry {
    struct text_span id;
    struct text_span fields[REDIS_MAX_FIELDS];
    size_t count;
};
bool redis_entry_read(const redisReply *reply, struct redis_entry *entry);

/* Reads on when all that was read has been taken. */
void redis_streams_read(struct redis_feed *feed);
void redis_streams_drained(void *feed); /* of a source */

/* Looks for the gateway's newest history and lets the source begin there. */
void redis_begin(struct redis_gateway *gateway, uint64_t now_ms);

/* Asks how full the store is while a gateway is silent. */
void redis_tables_ask_memory(struct redis_feed *feed, uint64_t now_ms);
/* Asks for what is due. */
void redis_tables_ask(struct redis_gateway *gateway, uint64_t now_ms);
void redis_tables_lost(struct redis_gateway *gateway); /* the connection: nothing is under way */

#endif

/* What boardd knows of all sources: an index over each ring, fed by the tail, and queries over
 * them, newest first. */
#ifndef BOARDD_STORE_H
#define BOARDD_STORE_H

#include "boardd/http/json_out.h"
#include "boardd/state/position.h"
#include "boardd/state/selection.h"
#include "boardd/state/tail.h"

struct store;

/* Listens to the tail from now on. `cache_bytes` hold events that were written as JSON; 0: none. */
struct store *store_new(struct tail *tail, size_t cache_bytes);
void store_free(struct store *store);

struct store_hit {
    unsigned source;
    uint64_t seq;
};

/* Records that one query may look at: some milliseconds. What it could not look at is for the next
 * page. */
#define STORE_MAX_STEPS   UINT64_C(200000)
#define STORE_MAX_READS   UINT64_C(8000) /* where the text has to be read */
#define STORE_COUNT_STEPS UINT64_C(8000) /* of these, for counting what comes after the page */
#define STORE_COUNT_READS UINT64_C(1000)
#define STORE_UNKNOWN     UINT64_MAX

struct store_query {
    enum collection collection;
    const struct selection *selection;
    const struct position *before; /* NULL: from the newest */
    uint64_t offset;
    size_t limit;
};

struct store_result {
    size_t count;
    uint64_t total; /* matches in all, or STORE_UNKNOWN where counting them takes too long */
    bool more;      /* there is, or may be, an older one: go on before `next` */
    struct position next;
};

/* `hits` has room for query->limit. */
void store_query(struct store *store, const struct store_query *query, struct store_hit *hits,
                 struct store_result *result);

/* Number of records in that collection of all gateways that can be read. */
uint64_t store_count(const struct store *store, enum collection collection);

/*
 * Writes the event as JSON (shm/event_json.h). False, and nothing is written, when the record is
 * gone. With `raw` a message also has the frame as text.
 */
bool store_put(struct store *store, enum collection collection, struct store_hit hit, bool raw,
               struct json_out *out);
/* The record; its spans are valid until the next call with the store. False when it is gone. */
bool store_read(struct store *store, enum collection collection, struct store_hit hit,
                struct event *event);
/* The record's CALL or result; false when there is none. */
bool store_pair(const struct store *store, struct store_hit hit, struct store_hit *pair);

void event_put(struct json_out *out, const char *gateway, const struct event *event);

#endif

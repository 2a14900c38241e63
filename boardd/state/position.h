/*
 * Where a reader of several sources stands: for each source and collection the sequence number of
 * the record that comes next. As text it's the id of an event in a stream and the cursor of a list:
 * opaque to browsers, exact over restarts of boardd and of the gateways, because it names each
 * source's history.
 */
#ifndef BOARDD_POSITION_H
#define BOARDD_POSITION_H

#include <stdbool.h>
#include <stddef.h>

#include "boardd/http/json_out.h"
#include "boardd/state/tail.h"

#define POSITION_MAX_TEXT 8192
#define ALL_COLLECTIONS   ((1u << COLLECTION_COUNT) - 1)

enum position_history {
    POSITION_UNKNOWN, /* the text does not name the source */
    POSITION_GOOD,
    POSITION_OTHER, /* it names another history of the source: the numbers mean nothing */
};

struct position {
    unsigned missing; /* sources that the text names and that have no history (yet) */
    struct {
        enum position_history history;
        unsigned known; /* bit n: next[n] was given */
        uint64_t next[COLLECTION_COUNT];
    } sources[TAIL_MAX_SOURCES];
};

/* The place that `tail` has reached, all sources and collections known. */
void position_of_tail(const struct tail *tail, struct position *position);

/* The known places of `collections` (bit n: enum collection n); only characters that need no
 * escaping in a header or URL. */
void position_write(const struct position *position, const struct tail *tail, unsigned collections,
                    struct json_out *out);
/* Into a buffer, NUL-terminated; false when it does not fit. */
bool position_text(const struct position *position, const struct tail *tail, unsigned collections,
                   char *out, size_t size);

/* False when the text is none of ours. Sources that are not followed any more are ignored. */
bool position_parse(const char *text, const struct tail *tail, struct position *position);

#endif

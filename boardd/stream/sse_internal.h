/* What the files of the event streams share: sse.c (subscribers), sse_feed.c (from the tail to
 * audiences), sse_text.c. */
#ifndef BOARDD_SSE_INTERNAL_H
#define BOARDD_SSE_INTERNAL_H

#include <sys/queue.h>

#include "boardd/http/http_server.h"
#include "boardd/http/json_out.h"
#include "boardd/state/position.h"
#include "boardd/state/selection.h"
#include "boardd/stream/sse.h"
#include "common/token_bucket.h"

/* Lets at most so many messages a second pass, by the messages' own time, and counts the others. */
struct sampler {
    uint64_t max_rate; /* 0: all pass */
    uint64_t skipped;
    uint64_t told_ms;
    struct token_bucket bucket;
};

/* Subscribers that see the same. What comes in is rendered once for all of them. */
struct audience {
    TAILQ_ENTRY(audience) link;
    unsigned topics;
    struct selection selection;
    struct sampler sampler;
    struct json_out batch; /* since the last flush */
    TAILQ_HEAD(member_list, subscriber) members;
};

struct subscriber {
    TAILQ_ENTRY(subscriber) link;
    struct sse *sse;
    struct audience *audience;
    struct http_stream *stream;
    uint64_t session; /* 0: none */
    bool at_head;     /* has, or has been sent, all up to the last flush */
    uint64_t sent_ms; /* the last time that something was given to it */
    uint64_t progress_ms;
    uint64_t progress_bytes;
    struct sampler sampler;   /* while it is behind */
    struct position position; /* while it is behind */
    bool waits;               /* for sources that its browser knew and that are not found yet */
    char *resume;             /* where the browser stopped: for sources that are found later */
};

struct sse {
    struct board *board;
    const struct tail *tail;
    struct event *timer;
    size_t count;
    uint64_t flushed_ms;
    TAILQ_HEAD(, audience) audiences;
    struct position live;    /* what the tail has given */
    struct position flushed; /* what subscribers at the head have */
    struct json_out record;  /* text of the record that has just come; empty: not yet made */
    struct json_out scratch;
    char buffer[SEGMENT_READER_BUFFER] __attribute__((aligned(16)));
};

void sampler_init(struct sampler *sampler, uint64_t max_rate);
bool sampler_admits(struct sampler *sampler, enum collection collection, const struct event *event);

/* The line with the place that a browser goes on from, which names the topics of its stream alone.
 */
void sse_text_id(struct json_out *out, const struct sse *sse, const struct position *after,
                 unsigned topics);
/* The texts of events, to be put behind their id. */
void sse_text_record(struct json_out *out, const struct sse *sse, unsigned source,
                     enum collection collection, const struct event *event);
void sse_text_lost(struct json_out *out, const struct sse *sse, unsigned source,
                   enum collection collection, uint64_t count);
void sse_text_skipped(struct json_out *out, uint64_t count);
void sse_text_gateway(struct json_out *out, const struct sse *sse, unsigned source);
void sse_text_telemetry(struct json_out *out, const struct sse *sse);
void sse_text_connected(struct json_out *out, const struct sse *sse);
/* An empty event: with an id before it, it moves the browser's place on although nothing that it
 * wants to see came. */
void sse_text_heartbeat(struct json_out *out);

/* Starts listening to the tail. */
void sse_feed_begin(struct sse *sse);
/* Sends what has gathered where it's time; then serves those who are behind. */
void sse_feed_flush(struct sse *sse, bool now);
/* Reads on for a subscriber that is behind, as far as its socket takes. */
void sse_feed_catch_up(struct subscriber *subscriber);

void subscriber_send(struct subscriber *subscriber, const struct json_out *text);

#endif

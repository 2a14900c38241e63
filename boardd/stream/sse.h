/*
 * Event streams. A subscriber is a place in the rings, not a queue: those that keep up share one
 * rendered text per batch, by reference; one that falls behind is served from the ring when its
 * socket has room, is told exactly what it missed, and is closed when it makes no progress.
 */
#ifndef BOARDD_SSE_H
#define BOARDD_SSE_H

#include <stddef.h>
#include <stdint.h>

struct board;
struct http_exchange;
struct query;
struct sse;

/* Topics: bit n is the collection n, and one more. */
#define SSE_TOPIC_TELEMETRY 6
#define SSE_TOPICS          7

/* Listens to the tail of the board from now on. */
struct sse *sse_new(struct board *board);
/* Before the server and the tail are freed. */
void sse_free(struct sse *sse);

/* Answers with a stream of these topics that passes what `query` says, or with an error. `session`:
 * its number, 0 without one; the stream ends with it. */
void sse_open(struct sse *sse, struct http_exchange *exchange, struct query *query,
              uint64_t session, unsigned topics);
/* "messages,security" into bits; 0 when a word is no topic. */
unsigned sse_parse_topics(const char *text);

void sse_end_session(struct sse *sse, uint64_t session);
size_t sse_count(const struct sse *sse);
/* A sample was taken: sends it to those who want it. */
void sse_telemetry(struct sse *sse);

#endif

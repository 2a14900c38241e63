/*
 * Stations that an operator has put out of this dashboard's view: their records, and their
 * messages, connects and errors up to that moment. A station is back with its next connection, and
 * what happens from then on is seen. Security events, what the processes did, and logs are never
 * hidden.
 *
 * What is hidden is known to this process alone, and of at most HIDDEN_MAX stations: the oldest
 * gives way. It changes nothing at the gateway.
 */
#ifndef BOARDD_HIDDEN_H
#define BOARDD_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

#define HIDDEN_MAX 1024

struct hidden;

/* NULL: no memory. */
struct hidden *hidden_new(void);
void hidden_free(struct hidden *hidden);

/* `next` holds, for each collection, the number of the first event that is seen again; `connection`
 * is the last one that is hidden. */
void hidden_add(struct hidden *hidden, unsigned source, const char *identity, uint64_t connection,
                const uint64_t next[COLLECTION_COUNT]);
/* Numbers of another history mean nothing. */
void hidden_forget_source(struct hidden *hidden, unsigned source);
/* Grows whenever what is hidden changes. */
uint64_t hidden_version(const struct hidden *hidden);
size_t hidden_count(const struct hidden *hidden);

/* True when events of that collection may be hidden: a cheap first question. */
bool hidden_any(const struct hidden *hidden, enum collection collection);
bool hidden_event(const struct hidden *hidden, unsigned source, enum collection collection,
                  struct text_span identity, uint64_t seq);
bool hidden_station(const struct hidden *hidden, unsigned source, const char *identity,
                    uint64_t connection);

#endif

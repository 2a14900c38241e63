/*
 * An event as an entry of a store's stream (ocpp-forward(8) writes them, ocpp-boardd reads them):
 * its id and its fields. What is read is taken for hostile: any bytes give WIRE_INVALID or an event
 * within its bounds, never more.
 *
 * The id is <history>-<seq + 1>: where the event stands in its gateway's history, so that writing
 * an entry again is refused by the store, and any event is found by its number. An entry has two
 * fields: "e", the event without its payload (a version, then fixed little-endian numbers, then
 * strings), and "p", the payload's bytes as they are; or the one field "lost", the decimal number
 * of events that were overwritten before they could be read: the entry's own number is that of the
 * last of them.
 */
#ifndef SHM_EVENT_WIRE_H
#define SHM_EVENT_WIRE_H

#include "shm/event.h"

#define WIRE_EVENT_FIELD   "e"
#define WIRE_PAYLOAD_FIELD "p"
#define WIRE_LOST_FIELD    "lost"

#define WIRE_HEAD_MAX    2400  /* bytes of the field "e" */
#define WIRE_PAYLOAD_MAX 65536 /* of "p" */

/* Writes the field "e" into `out` (WIRE_HEAD_MAX bytes), longer strings cut as event_encode does.
 * Returns its length. The field "p" is event->payload. */
size_t wire_encode(const struct event *event, char *out);

enum wire_outcome {
    WIRE_EVENT,
    WIRE_LOST,
    WIRE_INVALID, /* not written by us, or by a newer version */
};

/*
 * Reads an entry: `count` spans, names and values by turns. WIRE_EVENT: all of `event` is set; its
 * spans point into the values. WIRE_LOST: `lost` (at least 1) is set. A type that is known has to
 * be one of `collection`.
 */
enum wire_outcome wire_decode(const struct text_span *fields, size_t count,
                              enum collection collection, uint64_t seq, struct event *event,
                              uint64_t *lost);

/* "<history>-<seq + 1>", NUL-terminated. Returns the length. */
#define WIRE_ID_SIZE 42
size_t wire_id(uint64_t history, uint64_t seq, char out[WIRE_ID_SIZE]);
/* Strict: two decimal numbers without leading zeros, the second at least 1. */
bool wire_id_parse(const char *text, size_t length, uint64_t *history, uint64_t *seq);

/* A decimal number without sign or leading zeros; false when it is none, or too large. */
bool wire_number(const char *text, size_t length, uint64_t *number);

#endif

/* What the files of the stations' rows share; no one else includes it. */
#ifndef BOARDD_STATIONS_INTERNAL_H
#define BOARDD_STATIONS_INTERNAL_H

#include "boardd/state/stations.h"
#include "boardd/state/stations_memo.h"
#include "boardd/state/text_cache.h"

struct station_row {
    uint32_t slot;
    uint8_t source;
    bool is_ordered;
    char identity[EVENT_MAX_IDENTITY + 1];
};

/* What filters look at. */
struct station_mark {
    uint8_t source;
    uint8_t status; /* STATION_FREE: hidden */
    uint8_t protocol;
    uint8_t problems;
};

/* By number of the row. Each in one piece, so that a query goes through as little memory as it can.
 */
struct station_columns {
    struct station_row *rows;
    struct station_mark *marks;
    uint64_t *letters; /* stations_letters of the identity */
    uint64_t *connected_ns;
    uint64_t *last_message_ns;
    uint64_t *messages;
    uint64_t *errors;
    uint32_t *positions; /* among the identities, of those that are ordered */
    uint32_t *order;     /* not by row: numbers of rows, the first `ordered` by identity */
};

struct stations {
    struct tail *tail;
    const struct fold *fold;
    struct text_cache *written; /* may be NULL */
    struct stations_memo *memo; /* may be NULL */
    struct stations_version version;
    struct station_columns columns;
    uint32_t count;
    uint32_t capacity;
    struct {
        uint32_t slots;    /* room in by_slot */
        uint32_t *by_slot; /* number of the slot's row + 1; 0: none */
        bool stale;        /* read all of it in the next round */
    } sources[TAIL_MAX_SOURCES];
    uint32_t ordered;
    bool moved; /* rows among the ordered ones have another identity now */
    /* rows that are not hidden, by their status */
    uint32_t counts[TAIL_MAX_SOURCES][STATION_EVICTED + 1];
    size_t problems[PROBLEM_COUNT]; /* rows that have each */
    unsigned turn_source;           /* what the next round reads */
    uint32_t turn_slot;
    uint64_t turned_ns;
    uint64_t attention_ns;
    size_t attention_count;
    struct station_key attention[STATIONS_ATTENTION];
};

int stations_compare(const struct station_row *a, const struct station_row *b);
/* Bits for the letters in a text, in either case, and for each two that follow each other: a text
 * has all bits of its parts. */
uint64_t stations_letters(const char *text);
/* All of `order` by identity. */
void stations_order(struct stations *stations);

#endif

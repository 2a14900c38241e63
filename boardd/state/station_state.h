/*
 * What is known of one station beyond the station table: what its messages said. All of it is
 * allocated only when there is something to hold, and counted against one limit.
 */
#ifndef BOARDD_STATION_STATE_H
#define BOARDD_STATION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

#define STATE_MAX_ID       36 /* of a transaction */
#define STATE_MAX_ID_TOKEN 36 /* longer ones are cut */
#define STATE_MAX_TEXT     120
#define STATE_CONNECTS     8         /* times of the last connects that are kept */
#define STATE_ENDED        4         /* transactions that are remembered as ended */
#define STATE_NONE         INT32_MIN /* no EVSE, no connector */

struct state_limits {
    size_t connectors;   /* of one station */
    size_t transactions; /* of one station */
    size_t meter_values; /* of one transaction */
    size_t bytes;        /* of all stations */
};

/* What all stations share: the limits and how much is used of them. */
struct state_memory {
    struct state_limits limits;
    size_t used;
    uint64_t refused; /* times that something was not kept for want of room */
    bool is_full;     /* since the last of them there was no room to speak of */
};

struct state_connector {
    uint64_t time_ns;
    int32_t evse; /* STATE_NONE in 1.6 */
    int32_t connector;
    uint16_t status; /* words of the vocabulary */
    uint16_t error;
};

struct state_meter_value {
    uint64_t time_ns;
    double value;
    uint16_t measurand;
    uint16_t unit;
    uint16_t phase;
    uint16_t location;
};

struct state_transaction {
    struct state_transaction *next;
    struct state_meter_value *values;
    uint64_t message;      /* hash of the StartTransaction's message id; 0: there was none */
    uint64_t started_ns;   /* 0: not known, the start is no longer in the history */
    double meter_start_wh; /* NaN: not known */
    int32_t evse;
    int32_t connector;
    uint16_t charging_state;
    uint16_t value_count;
    bool is_known;             /* a message of the station spoke of it, not only an answer to it */
    char id[STATE_MAX_ID + 1]; /* "" before the answer to a StartTransaction */
    char id_token[STATE_MAX_ID_TOKEN + 1];
};

struct state_boot {
    uint64_t connection; /* of the BootNotification */
    uint64_t time_ns;
    size_t size;
    unsigned vendor, model, serial_number,
        firmware_version; /* offsets into text, of "" if absent */
    char text[];
};

struct state_error {
    uint64_t time_ns;
    uint16_t code;
    uint16_t method;
    char description[STATE_MAX_TEXT + 1];
};

struct station_state {
    uint64_t connection; /* the newest that was seen */
    uint64_t version;    /* another one, that no state had before, when any of this may change */
    struct state_boot *boot;
    struct state_connector *connectors;
    struct state_transaction *transactions; /* newest first */
    struct state_error *error;
    uint64_t firmware_ns;
    uint32_t latency_us; /* of its answers to CALLs, recent ones count more; 0: none */
    uint16_t connector_count;
    uint16_t transaction_count;
    uint16_t firmware;
    uint16_t next_ended;
    uint32_t ended[STATE_ENDED];
    uint32_t connects;                    /* that were seen */
    uint32_t connected_s[STATE_CONNECTS]; /* since 1970; number n at n % STATE_CONNECTS */
    char identity[];
};

/* NULL when there is no memory. */
struct station_state *station_state_new(struct state_memory *memory, struct text_span identity);
void station_state_free(struct state_memory *memory, struct station_state *state);
bool station_state_is(const struct station_state *state, struct text_span identity);

/* Takes copies; spans are cut at 64 bytes. */
void station_state_set_boot(struct state_memory *memory, struct station_state *state,
                            const struct event *event, const struct text_span texts[4]);
/* Each of these finds or makes; NULL where there is no room. */
struct state_connector *station_state_connector(struct state_memory *memory,
                                                struct station_state *state, int32_t evse,
                                                int32_t connector);
struct state_transaction *station_state_add_transaction(struct state_memory *memory,
                                                        struct station_state *state);
struct state_meter_value *station_state_meter_value(struct state_memory *memory,
                                                    struct state_transaction *transaction,
                                                    const struct state_meter_value *like);
struct state_error *station_state_error(struct state_memory *memory, struct station_state *state);

struct state_transaction *station_state_find_transaction(const struct station_state *state,
                                                         const char *id);
struct state_transaction *station_state_find_started(const struct station_state *state,
                                                     uint64_t message);
/* The newest one there; `evse` or `connector` may be STATE_NONE: any. */
struct state_transaction *station_state_find_at(const struct station_state *state, int32_t evse,
                                                int32_t connector);
void station_state_drop_transaction(struct state_memory *memory, struct station_state *state,
                                    struct state_transaction *transaction);
void station_state_drop_transactions(struct state_memory *memory, struct station_state *state);

/* A transaction that ended: what still comes in for it does not make it anew. */
void station_state_note_ended(struct station_state *state, const char *id);
bool station_state_has_ended(const struct station_state *state, const char *id);

/* True when the last `count` connects (2 to STATE_CONNECTS) all lie within `window_s`. */
bool station_state_is_flapping(const struct station_state *state, unsigned count, uint64_t now_s,
                               uint64_t window_s);

#endif

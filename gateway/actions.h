/*
 * The built-in answers to what stations may send, one table per OCPP version. Each answer is the
 * smallest that the version's JSON schema allows, and honest: it promises nothing that needs a
 * backend.
 */
#ifndef GATEWAY_ACTIONS_H
#define GATEWAY_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/ocppj.h"
#include "common/text_buffer.h"
#include "gateway/transaction_ids.h"
#include "shm/station_table.h"

/* What a handler may look at. */
struct action_request {
    const char *identity;
    struct text_span message_id;
    struct json_span payload; /* an object, or null */
    const char *now;          /* RFC 3339 */
    uint64_t boot_interval_s;
    enum boot_status boot_status; /* what a BootNotification is answered with */
    struct transaction_ids *transaction_ids;
    const char *problem; /* set by a handler that fails: constant text for the CALLERROR */
};

/*
 * Appends the result's payload; or returns an error, with `problem` set, having appended nothing
 * that counts.
 */
typedef enum ocppj_error action_handler(struct action_request *request, struct text_buffer *out);

struct action {
    const char *name;
    size_t name_length;
    const char *answer; /* constant payload; NULL: `handle` makes it */
    action_handler *handle;
    bool is_boot; /* BootNotification: allowed before it was accepted */
    bool is_send; /* comes as SEND only and is never answered */
};
#define ACTION_CONSTANT(name, answer)                                                              \
    {                                                                                              \
        name, sizeof(name) - 1, answer, NULL, false, false                                         \
    }
#define ACTION_HANDLED(name, handler)                                                              \
    {                                                                                              \
        name, sizeof(name) - 1, NULL, handler, false, false                                        \
    }
#define ACTION_BOOT(name, handler)                                                                 \
    {                                                                                              \
        name, sizeof(name) - 1, NULL, handler, true, false                                         \
    }
#define ACTION_SEND(name)                                                                          \
    {                                                                                              \
        name, sizeof(name) - 1, NULL, NULL, false, true                                            \
    }

#define ACTIONS_MAX         64
#define ACTION_COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct action_table {
    const struct action *actions;    /* what a station may send */
    size_t count;                    /* at most ACTIONS_MAX */
    const char *const *csms_actions; /* what only a CSMS may send */
    size_t csms_count;
};

extern const struct action_table actions_v16, actions_v201, actions_v21;

/* NULL for OCPP_UNKNOWN. */
const struct action_table *actions_of(enum ocpp_version version);
/* NULL where a station of that version may not send it. */
const struct action *actions_find(const struct action_table *table, struct text_span name);
bool actions_is_csms_only(const struct action_table *table, struct text_span name);

/* Handlers that several versions share. */
action_handler action_answer_boot;
action_handler action_answer_heartbeat;
action_handler action_answer_transaction_event;

/* True when the payload has a member of that name that is not null. */
bool action_has_member(const struct action_request *request, const char *name);

#endif

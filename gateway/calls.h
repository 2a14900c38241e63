/*
 * CALLs of the gateway to one station: one outstanding at a time (OCPP-J 4.1.1), the others wait in
 * a bounded queue.
 */
#ifndef GATEWAY_CALLS_H
#define GATEWAY_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/ocppj.h"

#define CALL_ID_SIZE     (OCPPJ_MAX_ID + 1)
#define CALL_ACTION_SIZE (EVENT_MAX_ACTION + 1)

enum call_outcome {
    CALL_ANSWERED,  /* CALLRESULT */
    CALL_FAILED,    /* CALLERROR */
    CALL_TIMED_OUT, /* no answer in gateway.call_timeout */
    CALL_ABANDONED, /* the connection ended, or the call could not be sent */
};

struct call;

/*
 * `message` is NULL but for CALL_ANSWERED and CALL_FAILED; it and `call` are valid during the call
 * only.
 */
typedef void call_done(void *context, const struct call *call, enum call_outcome outcome,
                       const struct ocppj_message *message);

struct call {
    struct call *next;
    char id[CALL_ID_SIZE];
    char action[CALL_ACTION_SIZE];
    uint64_t sent_ns; /* CLOCK_MONOTONIC; 0: waiting */
    call_done *done;  /* may be NULL */
    void *context;
    size_t length;
    char payload[];
};

struct calls {
    struct call *first, *last;
    size_t count;
    uint32_t next_number;
};

/*
 * Queues a CALL. `connection` makes the id unique. False: `max` are waiting already, the action is
 * too long, or no memory.
 */
bool calls_add(struct calls *calls, size_t max, uint64_t connection, const char *action,
               struct text_span payload, call_done *done, void *context);
/* The one to send now, or NULL: none, or one is outstanding. */
struct call *calls_to_send(const struct calls *calls);
/* The outstanding one with that id, taken out; NULL: there is none. Give it to calls_finish. */
struct call *calls_match(struct calls *calls, struct json_span id);
/* The outstanding one, taken out if it was sent at or before `sent_ns`. */
struct call *calls_expire(struct calls *calls, uint64_t sent_ns);
/* When the outstanding one was sent; 0: none is. */
uint64_t calls_outstanding_since(const struct calls *calls);
/*
 * The caller with that context does not wait any more: `done` will not be called. False: the CALL
 * was not sent yet, and never will be.
 */
bool calls_forget(struct calls *calls, const void *context);
/* Tells `done` and frees. */
void calls_finish(struct call *call, enum call_outcome outcome,
                  const struct ocppj_message *message);
/* All that are left: CALL_ABANDONED. */
void calls_clear(struct calls *calls);

#endif

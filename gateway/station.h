/*
 * One connected station: from the open WebSocket to its end. Reading, timers and the end are in
 * station.c, what its messages mean in station_messages.c.
 */
#ifndef GATEWAY_STATION_H
#define GATEWAY_STATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/token_bucket.h"
#include "gateway/admission.h"
#include "gateway/calls.h"
#include "gateway/gateway.h"

struct newcomer;

struct station {
    struct registry_entry entry; /* first: registry_find yields it */
    struct gateway *gateway;
    struct publish_subject subject; /* its strings are the two below */
    char identity[IDENTITY_SIZE];
    char address[EVENT_MAX_ADDRESS + 1];
    uint64_t address_key;
    const struct action_table *actions;
    enum boot_status boot_status; /* what its last BootNotification was answered with */
    bool asked_to_boot;
    bool waits_to_write;
    bool ended; /* only waits to be freed */
    struct station *next_dead;

    struct transport transport;
    struct websocket websocket;
    struct event *readable, *writable, *timer;
    struct token_bucket rate;
    struct calls calls;
    struct newcomer *challenger; /* waits for the answer to a probe */

    /* CLOCK_MONOTONIC; 0: none */
    uint64_t connected_ns;
    uint64_t traffic_ns; /* something was received */
    uint64_t ping_due_ns;
    uint64_t ping_sent_ns; /* the oldest that got no answer yet */
    uint64_t resume_ns;    /* read then: over its message rate, or bytes are here already */
    uint64_t throttled_ns; /* since when it is over its rate without having caught up */
};

/* Takes over the transport, and the presence that limits_enter counted. Publishes CONNECTED. */
void station_begin(struct gateway *gateway, struct transport *transport,
                   const struct admission *admission, const char *address, uint64_t address_key);
struct station *station_find(const struct gateway *gateway, const char *identity);

/* Ends the connection with a close frame. `reason` goes to the station and into DISCONNECTED. */
void station_close(struct station *station, unsigned code, const char *reason);
/* Closed for a newer connection of its identity, from `address`. */
void station_evict(struct station *station, const char *address);
/* Frees those that ended; between two iterations of the loop. */
void station_free_dead(struct gateway *gateway);

/*
 * Pings; the challenger hears of the answer, or that the station is gone. False: another one waits
 * already.
 */
bool station_probe(struct station *station, struct newcomer *challenger);
void station_forget_challenger(struct station *station);

/* Longest payload of a CALL: action, id and brackets need less than the rest. */
#define STATION_MAX_PAYLOAD (GATEWAY_ANSWER_SIZE - 512)

/*
 * Sends a CALL, or queues it behind the outstanding one. `payload` is a JSON object. False: the
 * queue is full, the payload too long, or the station is at its end; `done` is not called then.
 * Where sending fails, `done` hears of it before this returns.
 */
bool station_call(struct station *station, const char *action, struct text_span payload,
                  call_done *done, void *context);

/* For station.c and station_messages.c: */
void station_on_text(struct station *station, const char *text, size_t length);
void station_on_calls_due(
    struct station *station); /* expires the outstanding CALL, sends the next */
/* Sends what was collected; may end the station. */
void station_flush(struct station *station);
void station_set_timer(struct station *station);

#endif

/* What newcomer.c and newcomer_tls.c share; nobody else includes it. */
#ifndef GATEWAY_NEWCOMER_INTERNAL_H
#define GATEWAY_NEWCOMER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/http1.h"
#include "gateway/admission.h"
#include "gateway/handshake.h"
#include "gateway/newcomer.h"
#include "gateway/transport.h"
#include "shm/event.h"

struct event;
struct station;

enum newcomer_state {
    SECURING, /* TLS's own handshake */
    READING,  /* the request */
    PROBING,  /* the opponent */
    REFUSED,  /* the opponent has answered */
    ADMITTED, /* the opponent is gone */
};

struct newcomer {
    TAILQ_ENTRY(newcomer) link;
    struct gateway *gateway;
    struct transport transport;
    char address[EVENT_MAX_ADDRESS + 1];
    uint64_t address_key;
    struct event *readable, *deadline;
    enum newcomer_state state;
    uint64_t accepted_ns;     /* the loop's time */
    bool postponed;           /* it has said something, and waits for us */
    uint64_t answered_ns;     /* it waits for no more than the peer's end of the TLS handshake */
    struct station *opponent; /* while PROBING */
    struct admission admission;
    struct http1_parser parser;
    size_t length, capacity;
    char head[];
};

struct newcomers {
    size_t count;
    uint64_t iteration_ns;       /* the loop's time when a TLS handshake was last attended to */
    uint64_t spent_ns;           /* on TLS handshakes in that iteration */
    uint64_t postponed_ns;       /* the loop's time when one had to wait for the next iteration */
    unsigned batch;              /* accepted for TLS since the listener paused */
    TAILQ_HEAD(, newcomer) list; /* oldest first */
};

/* In newcomer.c; whatever ends a newcomer frees it. */
void newcomer_free(struct newcomer *newcomer);
void newcomer_refuse(struct newcomer *newcomer, const struct handshake_refusal *refusal);
/* Sends what the socket takes at once, leaves the rest to the lingerers. */
void newcomer_say_and_leave(struct newcomer *newcomer, const char *response, size_t length);
/* May free the newcomer. */
void newcomer_read_request(struct newcomer *newcomer);
/* The oldest that keeps us waiting; NULL: there is none. */
struct newcomer *newcomer_find_idle(struct gateway *gateway);
/* A new connection; `tls` is NULL for plain ones. */
void newcomer_welcome(struct gateway *gateway, struct transport *transport,
                      const struct sockaddr *address, struct tls *tls);

/* In newcomer_tls.c: the next step of the TLS handshake, where its turn is now. May free it. */
void newcomer_secure(struct newcomer *newcomer);

#endif

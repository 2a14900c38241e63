/* What control.c and control_commands.c share; nobody else includes it. */
#ifndef GATEWAY_CONTROL_INTERNAL_H
#define GATEWAY_CONTROL_INTERNAL_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "common/token_bucket.h"
#include "gateway/control.h"
#include "gateway/control_peer.h"
#include "gateway/control_request.h"
#include "gateway/gateway.h"

struct station;

struct control {
    struct gateway *gateway;
    struct control_file file;
    struct control_users users;
    struct evconnlistener *listener;
    struct event *retry;            /* accepts again after a pause */
    unsigned accepted;              /* since the last pause */
    struct token_bucket complaints; /* about peers that are turned away */
    struct event *sweep;            /* frees clients that are gone, outside of their callbacks */
    size_t client_count;
    TAILQ_HEAD(, control_client) clients;
    struct evbuffer *line; /* the reply that is being written */
    bool line_failed;
};

/* A CALL whose outcome a client waits for. */
struct control_call {
    TAILQ_ENTRY(control_call) link;
    struct control_client *client;
    struct station *station; /* lives: its end finishes the CALL */
    struct event *timer;
    uint64_t timeout_ms;
    char action[EVENT_MAX_ACTION + 1];
    char id[CONTROL_ID_SIZE];
};

struct control_client {
    TAILQ_ENTRY(control_client) link;
    struct control *control;
    struct bufferevent *events;
    struct event *more;     /* goes on with requests that are there */
    struct event *deadline; /* of the request whose line has begun */
    struct token_bucket rate;
    struct control_peer peer;
    bool paused;  /* not read until it has read its replies */
    bool ended;   /* it sends nothing more, but may still read */
    bool closing; /* closed when it has read what it was told */
    bool gone;    /* waits to be freed */
    size_t call_count;
    TAILQ_HEAD(, control_call) calls;
};

/* Carries out a request and replies, now or later. */
void control_execute(struct control_client *client, const struct control_request *request);
/* The client does not wait any more: its CALLs that were not sent yet never will be. */
void control_forget_calls(struct control_client *client);

/* A reply is begun with its id, filled with members, and ended. */
void control_begin(struct control_client *client, const char *id, bool ok);
void control_put(struct control *control, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void control_put_text(struct control *control, const char *text); /* escaped, in quotes */
void control_put_json(struct control *control, const char *json, size_t length);
void control_end(struct control_client *client);
/* A whole reply. `error` is one of the protocol's words. */
void control_refuse(struct control_client *client, const char *id, const char *error,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif

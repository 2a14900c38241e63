/*
 * Commands to gateways: disconnect a station, call it. They go by a route, of which each gateway
 * has one or none: its control socket (control_route.h), or another way to it. Nothing here waits;
 * every command has an end, and what is on its way is bounded.
 */
#ifndef BOARDD_COMMAND_H
#define BOARDD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/http/json_out.h"
#include "common/json_scan.h"
#include "shm/event.h"

struct command_route;
struct commands;
struct event_base;

#define COMMANDS_MAX         32 /* at one time, of one gateway; it takes more: gateway.control_calls */
#define COMMAND_PATIENCE_MS  5000 /* for the gateway itself, besides what its station may take */
#define COMMAND_CALL_TIMEOUT 30000
#define COMMAND_MESSAGE_SIZE 256
#define COMMAND_MAX_PAYLOAD  15872 /* what gateways take */

enum command_kind { COMMAND_DISCONNECT, COMMAND_CALL };

struct command_request {
    enum command_kind kind;
    const char *station;
    uint64_t connection;      /* the one that is meant; 0: any */
    const char *user;         /* who asks */
    const char *action;       /* CALL */
    struct text_span payload; /* CALL: a JSON object */
    uint64_t timeout_ms;      /* CALL: for the station's answer */
};

enum command_status {
    COMMAND_DONE,        /* `reply` tells how it went */
    COMMAND_REFUSED,     /* by the gateway; `error` is its word, see ocpp-board-control(5) */
    COMMAND_BUSY,        /* too many are on their way */
    COMMAND_OFF,         /* there is no way to this gateway */
    COMMAND_UNREACHABLE, /* it does not answer; the command may have been carried out, or not */
};

struct command_reply {
    enum command_status status;
    struct json_span reply;             /* DONE: the gateway's object */
    char error[32];                     /* REFUSED */
    char message[COMMAND_MESSAGE_SIZE]; /* for people, but where it is DONE */
};

/* `reply` is valid during the call. */
typedef void command_done(void *context, const struct command_reply *reply);

/* NULL: no memory. */
struct commands *commands_new(struct event_base *base);
/* What is still on its way ends as UNREACHABLE. */
void commands_free(struct commands *commands);

/* Sends to the gateway that is source number `source` of the tail. `done` is called once, perhaps
 * before this returns. The request is not kept. */
void command_send(struct commands *commands, unsigned source, const struct command_request *request,
                  command_done *done, void *context);

enum command_access { COMMAND_ACCESS_OFF, COMMAND_ACCESS_AVAILABLE, COMMAND_ACCESS_UNREACHABLE };
/* `reason` (COMMAND_MESSAGE_SIZE, may be NULL): why it is not available. */
enum command_access commands_access(const struct commands *commands, unsigned source, char *reason);
const char *command_access_name(enum command_access access);

/* ---- for routes ---- */

struct command_route_operations {
    enum command_access (*access)(const struct command_route *route, char *reason);
    /*
     * Sends; the answer is given to command_answered with that id. `timeout_ms` from now the
     * command is given up. False: it can't be sent now.
     */
    bool (*send)(struct command_route *route, uint64_t id, const struct command_request *request,
                 uint64_t timeout_ms);
    void (*free)(struct command_route *route);
};
/* The beginning of every route's own struct. */
struct command_route {
    const struct command_route_operations *operations;
};

/* Takes the route of that source, in place of the one it had; NULL: none. */
void commands_set_route(struct commands *commands, unsigned source, struct command_route *route);
/* A reply, one JSON object as in ocpp-board-control(5); its "id" is not looked at. An answer that
 * nobody waits for any more is nothing. */
void command_answered(struct commands *commands, uint64_t id, const char *json, size_t length);
/* The route is lost, and with it what was sent to that source. */
void commands_lost(struct commands *commands, unsigned source, const char *message);
/* The request as a line of that protocol, with its newline. */
void command_write(struct json_out *out, uint64_t id, const struct command_request *request);

#endif

/* One line of the control protocol, ocpp-board-control(5): a pure function from bytes to fields. */
#ifndef GATEWAY_CONTROL_REQUEST_H
#define GATEWAY_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

#define CONTROL_ID_SIZE      67 /* a string of 64 bytes with its quotes */
#define CONTROL_USER_SIZE    65
#define CONTROL_REASON_SIZE  124 /* what fits a close frame */
#define CONTROL_MAX_TIMEOUT  UINT64_C(600000)
#define CONTROL_MAX_LIMIT    1000
#define CONTROL_PAGE         100
#define CONTROL_CLOSE_CODE   1000
#define CONTROL_CLOSE_REASON "closed by an operator"

enum control_command { CONTROL_LIST, CONTROL_SHOW, CONTROL_DISCONNECT, CONTROL_CALL };

struct control_request {
    bool is_object;           /* false: not even that can be read */
    char id[CONTROL_ID_SIZE]; /* JSON text, to be echoed; "null" where there is none */
    enum control_command command;
    char station[EVENT_MAX_IDENTITY + 1]; /* not for LIST */
    char action[EVENT_MAX_ACTION + 1];    /* CALL */
    char user[CONTROL_USER_SIZE];         /* who asks, as the client says; "" unknown */
    char reason[CONTROL_REASON_SIZE];     /* DISCONNECT */
    unsigned code;                        /* DISCONNECT: 1000 or 1001 */
    struct text_span payload;             /* CALL: a JSON object, inside of the line */
    uint64_t timeout_ms;                  /* CALL; 0: not given */
    uint64_t connection;                  /* 0: any */
    uint64_t next, limit;                 /* LIST */
};

/*
 * False with a text in `error` that names the member; `request->id` is there where it could be
 * read. Strings of the request are UTF-8 without control characters.
 */
bool control_request_parse(const char *line, size_t length, struct control_request *request,
                           char *error, size_t error_size);

#endif

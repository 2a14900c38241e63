/* The opening handshake of a simulated station's WebSocket (RFC 6455, 4.1), as text. */
#ifndef TOOLS_SIM_HANDSHAKE_H
#define TOOLS_SIM_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/sim_websocket.h"

struct sim_random;

struct sim_handshake {
    char buffer[4096]; /* the request, then the answer */
    size_t length;
    size_t sent;
    char accept[32];
    char subprotocol[16];
    bool offers_compression;
};

/* Writes the request into the buffer. False: it does not fit. */
bool sim_handshake_write(struct sim_handshake *handshake, const struct sim_target *target,
                         const struct sim_websocket_options *options, struct sim_random *random);
/*
 * `head` is the answer up to the empty line, NUL-terminated. NULL: it is as it should be; else what
 * is wrong, with the HTTP status of a refusal in `status` (0: none).
 */
const char *sim_handshake_judge(const struct sim_handshake *handshake, const char *head,
                                unsigned *status);

#endif

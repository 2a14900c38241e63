/*
 * An entry of <prefix>:<gateway>:commands, taken apart and made the line of a request for the
 * gateway's control socket (ocpp-board-control(5)). Whoever may write to the store can put anything
 * into it. No input or output of its own.
 *
 * Fields: id (at most 64 printable characters, for the answer), deadline (ms since 1970), reply
 * (the stream for the answer, <prefix>:replies:NAME), command; and, where the command takes them,
 * station, connection, action, payload, user.
 */
#ifndef FORWARD_COMMAND_ENTRY_H
#define FORWARD_COMMAND_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/control_socket.h"
#include "forward/feed_keys.h"

#define COMMAND_ID_SIZE 65

struct command_entry {
    char id[COMMAND_ID_SIZE];
    char reply[FEED_KEY_SIZE]; /* "": there is none that may be written to */
    uint64_t deadline_ms;
    struct text_span command, station, action, payload, user;
    uint64_t connection; /* 0: any */
};

/*
 * `count` spans, names and values by turns; the entry's spans point into them. `replies` is what
 * reply has to begin with. False with a text in `error`; `id` and `reply` are there where they
 * could be read, so that the answer can be given.
 */
bool command_entry_parse(const struct text_span *fields, size_t count, const char *replies,
                         struct command_entry *entry, char *error, size_t error_size);

/*
 * Writes the request with `number` as its id and a newline at the end. Returns its length, 0 when
 * it does not fit.
 */
size_t command_entry_line(const struct command_entry *entry, uint64_t number, uint64_t now_ms,
                          char out[CONTROL_MAX_LINE + 1]);

#endif

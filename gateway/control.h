/*
 * The way back: a Unix socket by which root and members of one group list, show, disconnect and
 * call stations. ocpp-board-control(5) describes the protocol.
 *
 * It never holds up the loop: everything about it is bounded (clients, the length of a line,
 * requests at a time and a second, CALLs that wait, output that is not read), and whoever goes over
 * a bound is told so and closed.
 */
#ifndef GATEWAY_CONTROL_H
#define GATEWAY_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct control;
struct gateway;

#define CONTROL_MAX_RESULT (256 * 1024)  /* longer results of CALLs are left out of the reply */
#define CONTROL_MAX_OUTPUT (1024 * 1024) /* bytes that one client has not read */

/*
 * Opens gateway.control. `*control` is NULL where it is off. False with a text in `error` when it
 * can't be opened.
 */
bool control_open(struct control **control, struct gateway *gateway, char *error,
                  size_t error_size);
/* The configuration was read again. */
void control_configure(struct control *control);
/* Closes all clients. CALLs that still wait lose those who asked. NULL is fine. */
void control_free(struct control *control);
const char *control_where(const struct control *control);

#endif

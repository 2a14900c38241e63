/* What boardd may still do once it serves: made from the configuration, put in force, logged. */
#ifndef BOARDD_CONFINE_H
#define BOARDD_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

struct config;

/*
 * Enters the sandbox as board.sandbox says and logs the level in force. False with a text in
 * `error` when board.sandbox = require asks for more than there is. Call when everything is open,
 * privileges are dropped, and there is one thread.
 */
bool confine_board(const struct config *config, char *error, size_t error_size);

#endif

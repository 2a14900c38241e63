/*
 * Requests a second of one session, whatever addresses they come from. The memory is bounded by the
 * number of sessions that may stand at one time.
 */
#ifndef BOARDD_SESSION_LIMITS_H
#define BOARDD_SESSION_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_limits;

/* NULL when out of memory. */
struct session_limits *session_limits_new(uint64_t rate, uint64_t burst, size_t max_sessions);
void session_limits_free(struct session_limits *limits);

/* Counts a request of the session of that number (not 0). False: too many; it should come back
 * after *retry_after seconds. */
bool session_limits_request(struct session_limits *limits, uint64_t session, uint64_t now_ns,
                            unsigned *retry_after);

#endif

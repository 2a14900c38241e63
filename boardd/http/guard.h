/*
 * Browser safety: which hosts, origins and proxies count. Pure functions over a request's headers
 * and the configuration's lists.
 */
#ifndef BOARDD_GUARD_H
#define BOARDD_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/http1.h"

/* True when `item` is in the list separated by commas (spaces around items don't count; case is
 * ignored). */
bool guard_in_list(const char *list, const char *item, size_t length);

/*
 * True for a Host that can't come from a rebound name: an IP address, localhost, `listen_host` or a
 * name in `allowed`. The port does not count.
 */
bool guard_host(struct http1_span host, const char *listen_host, const char *allowed);

enum guard_origin {
    ORIGIN_ABSENT, /* no browser, or a plain navigation */
    ORIGIN_SAME,
    ORIGIN_LISTED, /* in board.cors_origins */
    ORIGIN_FOREIGN,
};
/* Where the request comes from, by Origin and Sec-Fetch-Site. */
enum guard_origin guard_origin(const struct http1_request *request, bool secure,
                               const char *cors_origins);

/*
 * The browser's address: `peer`, or, where that is a trusted proxy, the rightmost address of
 * X-Forwarded-For that isn't one. `secure` becomes true when a trusted proxy says https.
 */
void guard_forwarded(const struct http1_request *request, const char *peer, const char *trusted,
                     char *address, size_t size, bool *secure);

/* The value of a cookie of that name; false when there is none or it does not fit. Twice the same
 * name: none. */
bool guard_cookie(const struct http1_request *request, const char *name, char *out, size_t size);

#endif

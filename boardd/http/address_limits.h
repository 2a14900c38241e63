/*
 * What one address may do: requests a second, and wrong logins. IPv6 addresses count by their /64,
 * which is what one subscriber has. The memory is bounded: the address that was seen longest ago
 * gives way.
 */
#ifndef BOARDD_ADDRESS_LIMITS_H
#define BOARDD_ADDRESS_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

struct address_limits;

struct address_limits_options {
    uint64_t request_rate; /* a second */
    uint64_t request_burst;
    uint64_t login_attempts; /* wrong ones a minute */
};

struct address_limits *address_limits_new(const struct address_limits_options *options);
void address_limits_free(struct address_limits *limits);

/* Counts a request. False: too many; the peer should come back after *retry_after seconds. */
bool address_limits_request(struct address_limits *limits, const char *address, uint64_t now_ns,
                            unsigned *retry_after);
/* May that address try a login now? A try that fails is then to be counted. */
bool address_limits_login(struct address_limits *limits, const char *address, uint64_t now_ns,
                          unsigned *retry_after);
/* True when this was the one that used up the allowance. */
bool address_limits_login_failed(struct address_limits *limits, const char *address,
                                 uint64_t now_ns);

#endif

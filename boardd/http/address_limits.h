/*
 * What one address may do: requests a second. IPv6 addresses count by their /64,
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
};

struct address_limits *address_limits_new(const struct address_limits_options *options);
void address_limits_free(struct address_limits *limits);

/* Counts a request. False: too many; the peer should come back after *retry_after seconds. */
bool address_limits_request(struct address_limits *limits, const char *address, uint64_t now_ns,
                            unsigned *retry_after);
/* What an address counts by: the address in binary, of IPv6 its /64; zeros for what is none. */
#define ADDRESS_KEY 16
void address_key(const char *address, unsigned char key[ADDRESS_KEY]);

#endif

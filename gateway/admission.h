/* Who may become a station: the policy between a correct handshake and its answer. */
#ifndef GATEWAY_ADMISSION_H
#define GATEWAY_ADMISSION_H

#include <stdint.h>

#include "gateway/handshake.h"
#include "gateway/limits.h"
#include "shm/station_table.h"

struct gateway;

struct admission {
    struct handshake handshake;
    unsigned security_profile; /* that was asked for */
};

enum admission_outcome {
    ADMISSION_GRANTED,
    ADMISSION_REFUSED,     /* with `refusal` */
    ADMISSION_NO_PROTOCOL, /* no version in common, and the configuration wants it upgraded and
                              closed */
};

/* `admission->handshake` is filled in; the rest is set. Publishes why it refuses. */
enum admission_outcome admission_decide(struct gateway *gateway, struct admission *admission,
                                        const char *address, uint64_t address_key,
                                        struct handshake_refusal *refusal);

/* RATE_LIMIT, once until the bucket was full again. */
void admission_publish_rate(struct gateway *gateway, enum limits_verdict verdict,
                            const char *identity, const char *address, const char *text);
/* A newcomer was refused for the sake of a living connection of its identity. */
void admission_publish_duplicate(struct gateway *gateway, const struct admission *admission,
                                 const char *address);
/* gateway.max_connections_per_address is reached. */
void admission_publish_crowd(struct gateway *gateway, const struct admission *admission,
                             const char *address);

#endif

/* Who may become a station: the policy between a correct handshake and its answer. */
#ifndef GATEWAY_ADMISSION_H
#define GATEWAY_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/tls_stream.h"
#include "gateway/handshake.h"
#include "gateway/limits.h"
#include "shm/station_table.h"

struct gateway;

struct admission {
    struct handshake handshake;
    bool is_secure;                  /* over TLS */
    char certificate[TLS_NAME_SIZE]; /* common name of the client certificate; "" without one */
    unsigned security_profile;       /* that it uses */
};

enum admission_outcome {
    ADMISSION_GRANTED,
    ADMISSION_REFUSED,     /* with `refusal` */
    ADMISSION_NO_PROTOCOL, /* no version in common, and the configuration wants it upgraded and
                              closed */
};

/*
 * All but the security profile is filled in, which is set. Publishes why it refuses.
 */
enum admission_outcome admission_decide(struct gateway *gateway, struct admission *admission,
                                        const char *address, uint64_t address_key,
                                        struct handshake_refusal *refusal);

/* RATE_LIMIT, once until the bucket was full again. */
void admission_publish_rate(struct gateway *gateway, enum limits_verdict verdict,
                            const char *identity, const char *address, const char *text);
/*
 * Before an event about a failed TLS handshake, which counts as a wrong password of the address:
 * false once there were too many, and RATE_LIMIT said so. Nobody is refused for it: other stations
 * may be behind that address.
 */
bool admission_may_complain(struct gateway *gateway, const char *address, uint64_t address_key);
/* A newcomer was refused for the sake of a living connection of its identity. */
void admission_publish_duplicate(struct gateway *gateway, const struct admission *admission,
                                 const char *address);
/* gateway.max_connections_per_address is reached. */
void admission_publish_crowd(struct gateway *gateway, const struct admission *admission,
                             const char *address);

#endif

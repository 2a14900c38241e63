/*
 * The opening handshake (RFC 6455, 4.2; OCPP-J 1.6 3, 2.x part 4 3), pure functions: from a parsed
 * HTTP request to what the station asks for, and from a decision to the bytes of the response.
 */
#ifndef GATEWAY_HANDSHAKE_H
#define GATEWAY_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/http1.h"
#include "gateway/deflate_offer.h"
#include "gateway/identity.h"

#define HANDSHAKE_MAX_RESPONSE 1024
#define HANDSHAKE_MAX_PASSWORD 256 /* bytes */
#define HANDSHAKE_ACCEPT_SIZE  29

struct handshake {
    char identity[IDENTITY_SIZE];
    enum ocpp_version
        protocol; /* the station's first choice that we have; OCPP_UNKNOWN: none in common */
    char accept[HANDSHAKE_ACCEPT_SIZE]; /* Sec-WebSocket-Accept */
    struct http1_span authorization;    /* value of the header; empty without one */
    struct deflate_terms deflate;       /* only where handshake_read_extensions was asked */
};

/* A response that is no upgrade. All text is constant. */
struct handshake_refusal {
    unsigned status;
    const char *text;    /* for people, one sentence that says what to do */
    const char *headers; /* complete lines with CRLF, or "" */
    bool is_violation;   /* no correct station does that: a security event */
};

/*
 * Reads what the station asks for. `path` is gateway.path. False: not a handshake for us, and
 * `refusal` says why: 404 for another path, 405 for another method, 426 where it is no upgrade to
 * WebSocket version 13, 400 for the rest.
 */
bool handshake_read(const struct http1_request *request, const char *path,
                    struct handshake *handshake, struct handshake_refusal *refusal);

/*
 * Reads which extensions the station offers, of a handshake that was read. False: the header is
 * none, and `refusal` says so.
 */
bool handshake_read_extensions(const struct http1_request *request, struct handshake *handshake,
                               struct handshake_refusal *refusal);

/* How a request that the HTTP parser has rejected is refused. `reason` is constant text. */
struct handshake_refusal handshake_refuse_http(unsigned status, const char *reason);

/*
 * The password out of an Authorization header of the Basic scheme (RFC 7617), where its user is
 * `identity`. Returns its length, at most HANDSHAKE_MAX_PASSWORD raw bytes in `password`; -1 where
 * there is none, it is no Basic, or another user's.
 */
int handshake_password(struct http1_span authorization, const char *identity,
                       unsigned char password[HANDSHAKE_MAX_PASSWORD]);

/* Write the response's bytes; `out` takes HANDSHAKE_MAX_RESPONSE. Return the length. */
size_t handshake_write_upgrade(const struct handshake *handshake, char *out);
size_t handshake_write_refusal(const struct handshake_refusal *refusal, char *out);

#endif

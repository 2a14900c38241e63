/*
 * What tls.c and tls_stream.c share.
 */
#ifndef COMMON_TLS_INTERNAL_H
#define COMMON_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls {
    SSL_CTX *context;
    BIO_METHOD *socket; /* of streams */
    unsigned users;     /* its owner, and each stream */
    bool is_client;
    bool static_rsa;
    char *certificate;
    char *key;
    char *client_ca;
};

/* Whether this error of OpenSSL's means that the peer did not speak TLS at all. */
bool tls_error_is_plain(unsigned long error);
/* How streams reach their sockets. NULL: no memory. */
BIO_METHOD *tls_stream_make_socket(void);

#endif

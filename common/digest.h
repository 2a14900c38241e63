/* SHA-1 (for the WebSocket handshake only), SHA-256, comparison in constant time, random text. */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_SIZE      32
#define DIGEST_HEX       64
#define DIGEST_SHA1_SIZE 20

void digest_sha1(const void *data, size_t length, unsigned char out[DIGEST_SHA1_SIZE]);
void digest_sha256(const void *data, size_t length, unsigned char out[DIGEST_SIZE]);
/* Constant time. */
bool digest_equal(const unsigned char a[DIGEST_SIZE], const unsigned char b[DIGEST_SIZE]);
/* The time it takes depends on the lengths only through that of `given`, never on the contents. */
bool digest_equal_text(const char *secret, const char *given);
/* `length` bytes as 2 * `length` hexadecimal digits and a NUL. */
void digest_hex(const unsigned char *bytes, size_t length, char *out);
/* The way back for one digest: false when `text` is not exactly DIGEST_HEX lower-case digits. */
bool digest_from_hex(const char *text, unsigned char out[DIGEST_SIZE]);
/* DIGEST_HEX random hexadecimal digits and a NUL: 256 bits. */
void digest_random_hex(char out[DIGEST_HEX + 1]);

#endif

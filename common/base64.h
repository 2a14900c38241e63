/* Base64 (RFC 4648, 4), strict: canonical, padded, no line breaks. */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Characters without the NUL. */
#define BASE64_LENGTH(bytes) (((bytes) + 2) / 3 * 4)

/* `out` takes BASE64_LENGTH(length) characters and a NUL. */
void base64_encode(const unsigned char *bytes, size_t length, char *out);
/* Returns the number of bytes; -1 when the text is not base64 or does not fit into `size`. */
ssize_t base64_decode(const char *text, size_t length, unsigned char *out, size_t size);

#endif

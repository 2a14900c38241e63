#include "common/digest.h"

#include <bsd/stdlib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "common/log.h"

void digest_sha256(const void *data, size_t length, unsigned char out[DIGEST_SIZE])
{
    unsigned int size = DIGEST_SIZE;
    if (EVP_Digest(data, length, out, &size, EVP_sha256(), NULL) != 1 || size != DIGEST_SIZE)
        fatalx("crypto", "SHA-256 is not available");
}

void digest_sha1(const void *data, size_t length, unsigned char out[DIGEST_SHA1_SIZE])
{
    unsigned int size = DIGEST_SHA1_SIZE;
    if (EVP_Digest(data, length, out, &size, EVP_sha1(), NULL) != 1 || size != DIGEST_SHA1_SIZE)
        fatalx("crypto", "SHA-1 is not available");
}

bool digest_equal(const unsigned char a[DIGEST_SIZE], const unsigned char b[DIGEST_SIZE])
{
    return CRYPTO_memcmp(a, b, DIGEST_SIZE) == 0;
}

bool digest_equal_text(const char *secret, const char *given)
{
    unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];
    digest_sha256(secret, strlen(secret), a);
    digest_sha256(given, strlen(given), b);
    return digest_equal(a, b);
}

void digest_hex(const unsigned char *bytes, size_t length, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * length] = '\0';
}

bool digest_from_hex(const char *text, unsigned char out[DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    if (strnlen(text, DIGEST_HEX + 1) != DIGEST_HEX || strspn(text, digits) != DIGEST_HEX)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        ptrdiff_t high = strchr(digits, text[2 * i]) - digits;
        ptrdiff_t low = strchr(digits, text[2 * i + 1]) - digits;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

void digest_random_hex(char out[DIGEST_HEX + 1])
{
    unsigned char bytes[DIGEST_SIZE];
    arc4random_buf(bytes, sizeof(bytes));
    digest_hex(bytes, sizeof(bytes), out);
    explicit_bzero(bytes, sizeof(bytes));
}

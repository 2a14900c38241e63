#include "common/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t three_bytes(const unsigned char *bytes, size_t length)
{
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++)
        group = group << 8 | (i < length ? bytes[i] : 0);
    return group;
}

void base64_encode(const unsigned char *bytes, size_t length, char *out)
{
    for (; length > 0; bytes += 3, out += 4) {
        uint32_t group = three_bytes(bytes, length);
        for (size_t i = 0; i < 4; i++)
            out[i] = i <= length ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        length -= length < 3 ? length : 3;
    }
    *out = '\0';
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t padding(const char *text, size_t length)
{
    if (length == 0 || text[length - 1] != '=')
        return 0;
    return text[length - 2] == '=' ? 2 : 1;
}

ssize_t base64_decode(const char *text, size_t length, unsigned char *out, size_t size)
{
    if (length % 4 != 0)
        return -1;
    size_t padded = padding(text, length);
    size_t bytes = length / 4 * 3 - padded;
    uint32_t bits = 0;
    size_t written = 0;
    if (bytes > size)
        return -1;
    for (size_t i = 0; i < length; i++) {
        int value = i < length - padded ? digit(text[i]) : 0;
        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 3)
            continue;
        for (int shift = 16; shift >= 0 && written < bytes; shift -= 8)
            out[written++] = (unsigned char)(bits >> shift);
    }
    /* bits that no byte took must be 0, or two texts would mean the same bytes */
    if (padded > 0 && (bits & ((1u << (8 * padded)) - 1)) != 0)
        return -1;
    return (ssize_t)written;
}

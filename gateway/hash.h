/*
 * FNV-1a, for tables whose keys come from stations. Keys are at most a few dozen bytes, and every
 * table either is bounded or holds only stations that were let in; `HASH_START` may be replaced by
 * a random start where an address can choose keys.
 */
#ifndef GATEWAY_HASH_H
#define GATEWAY_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_bytes(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

#endif

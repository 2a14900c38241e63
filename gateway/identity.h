/*
 * Identities of stations: identifierString of OCPP 2.x, 1 to 48 characters (2.0.1 part 2, 1.8.3 and
 * part 4, 3.1.1).
 */
#ifndef GATEWAY_IDENTITY_H
#define GATEWAY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shm/event.h"

#define IDENTITY_SIZE (EVENT_MAX_IDENTITY + 1)

/* A-Z a-z 0-9 * - _ = : + | @ . */
static inline bool identity_is_valid(const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_=:+|@.";
    size_t length = strlen(text);
    return length >= 1 && length <= EVENT_MAX_IDENTITY && strspn(text, allowed) == length;
}

#endif

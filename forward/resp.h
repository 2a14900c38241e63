/*
 * A command in the form in which it goes to Redis, put together in a buffer of the caller's: the
 * library's own way of doing so takes longer than all else that is done for an event.
 */
#ifndef FORWARD_RESP_H
#define FORWARD_RESP_H

#include <stdbool.h>
#include <stddef.h>

struct resp {
    char *data;
    size_t size;
    size_t length;
    bool full; /* it did not fit */
};

/* Bytes that each word takes besides its own, at most. */
#define RESP_OVERHEAD 32

/* Begins with a command of `count` words. */
void resp_begin(struct resp *resp, size_t count);
void resp_word(struct resp *resp, const char *word, size_t length);

/* What was put together before, or a part of it. */
void resp_made(struct resp *resp, const char *data, size_t length);

#endif

/*
 * A command in the form in which it goes to Redis (RESP2, arrays of bulk strings), put together in
 * a buffer of the caller's: the library's own way of doing so takes longer than all else that is
 * done for an event.
 */
#ifndef FORWARD_RESP_H
#define FORWARD_RESP_H

#include "common/text_buffer.h"

/* Bytes that each word takes besides its own, at most. */
#define RESP_OVERHEAD 32

/* Begins with a command of `count` words. */
void resp_begin(struct text_buffer *resp, size_t count);
void resp_word(struct text_buffer *resp, const char *word, size_t length);

#endif

/*
 * Text that is put together in a buffer of fixed size, the caller's. What does not fit is told
 * once, at the end: after the first piece that didn't, nothing is appended.
 */
#ifndef COMMON_TEXT_BUFFER_H
#define COMMON_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text_buffer {
    char *start; /* not NUL-terminated */
    size_t length;
    size_t capacity;
    bool overflow; /* something did not fit: the text is not to be used */
};

static inline void text_buffer_append(struct text_buffer *buffer, const char *text, size_t length)
{
    if (buffer->overflow || length > buffer->capacity - buffer->length) {
        buffer->overflow = true;
        return;
    }
    memcpy(buffer->start + buffer->length, text, length);
    buffer->length += length;
}

/* Inlined, so that the length of constant text is known when it is compiled. */
static inline __attribute__((always_inline)) void text_buffer_puts(struct text_buffer *buffer,
                                                                   const char *text)
{
    text_buffer_append(buffer, text, strlen(text));
}

/* A whole number in decimal. */
void text_buffer_number(struct text_buffer *buffer, unsigned long long number);
/* The inside of a JSON string, escaped, at most `max` bytes of `text`. */
void text_buffer_escape(struct text_buffer *buffer, const char *text, size_t length, size_t max);
/* Valid JSON as it is, on one line: raw line breaks can only stand between its tokens. */
void text_buffer_json(struct text_buffer *buffer, const char *json, size_t length);

#endif

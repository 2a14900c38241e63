/* Text that is put together in a buffer of fixed size. */
#ifndef GATEWAY_TEXT_BUFFER_H
#define GATEWAY_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text_buffer {
    char *start; /* not NUL-terminated */
    size_t length;
    size_t capacity;
    bool overflow; /* something did not fit; nothing is appended after that */
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

static inline void text_buffer_puts(struct text_buffer *buffer, const char *text)
{
    text_buffer_append(buffer, text, strlen(text));
}

/* A whole number in decimal. */
void text_buffer_number(struct text_buffer *buffer, unsigned long long number);
/* The inside of a JSON string, escaped, at most `max` bytes of `text`. */
void text_buffer_escape(struct text_buffer *buffer, const char *text, size_t length, size_t max);

#endif

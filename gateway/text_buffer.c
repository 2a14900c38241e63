#include "gateway/text_buffer.h"

#include "common/json_scan.h"
#include "common/text.h"

void text_buffer_number(struct text_buffer *buffer, unsigned long long number)
{
    char digits[20];
    size_t start = sizeof(digits);
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_buffer_append(buffer, digits + start, sizeof(digits) - start);
}

void text_buffer_escape(struct text_buffer *buffer, const char *text, size_t length, size_t max)
{
    if (buffer->overflow)
        return;
    size_t room = buffer->capacity - buffer->length;
    size_t needed =
        json_escape(text, text_cut_utf8(text, length, max), buffer->start + buffer->length, room);
    if (needed >= room)
        buffer->overflow = true;
    else
        buffer->length += needed;
}

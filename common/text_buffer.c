#include "common/text_buffer.h"

#include "common/json_scan.h"
#include "common/text.h"

void text_buffer_number(struct text_buffer *buffer, unsigned long long number)
{
    char digits[TEXT_DECIMAL_SIZE];
    text_buffer_append(buffer, digits, text_decimal(number, digits));
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

void text_buffer_json(struct text_buffer *buffer, const char *json, size_t length)
{
    size_t start = buffer->length;
    text_buffer_append(buffer, json, length);
    text_one_line(buffer->start + start, buffer->length - start);
}

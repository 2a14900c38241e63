#include "tools/sim_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

void sim_text_clear(struct sim_text *text)
{
    text->length = 0;
    text->full = false;
    text->data[0] = '\0';
}

void sim_text_add(struct sim_text *text, const char *format, ...)
{
    size_t room = sizeof text->data - text->length;
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room) {
        text->full = true;
        text->data[text->length] = '\0';
        return;
    }
    text->length += (size_t)length;
}

void sim_text_add_bytes(struct sim_text *text, const char *data, size_t length)
{
    if (length >= sizeof text->data - text->length) {
        text->full = true;
        return;
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void sim_text_add_time(struct sim_text *text, uint64_t ms)
{
    char time[TEXT_TIME_SIZE];

    text_time(ms * UINT64_C(1000000), time);
    sim_text_add(text, "\"%s\"", time);
}

#include "forward/resp.h"

#include "common/text.h"

static void put_number(struct text_buffer *resp, char kind, size_t number)
{
    char text[TEXT_DECIMAL_SIZE + 2] = {kind};
    size_t length = 1 + text_decimal(number, text + 1);
    text[length++] = '\r';
    text[length++] = '\n';
    text_buffer_append(resp, text, length);
}

void resp_begin(struct text_buffer *resp, size_t count)
{
    resp->length = 0;
    resp->overflow = false;
    put_number(resp, '*', count);
}

void resp_word(struct text_buffer *resp, const char *word, size_t length)
{
    put_number(resp, '$', length);
    if (length > 0) /* an empty word may be NULL */
        text_buffer_append(resp, word, length);
    text_buffer_puts(resp, "\r\n");
}

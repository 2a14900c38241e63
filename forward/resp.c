#include "forward/resp.h"

#include <string.h>

#include "common/text.h"

static void put(struct resp *resp, const char *data, size_t length)
{
    resp->full = resp->full || length > resp->size - resp->length;
    if (resp->full || length == 0)
        return;
    memcpy(resp->data + resp->length, data, length);
    resp->length += length;
}

static void put_number(struct resp *resp, char kind, size_t number)
{
    char text[TEXT_DECIMAL_SIZE + 2] = {kind};
    size_t length = 1 + text_decimal(number, text + 1);
    text[length++] = '\r';
    text[length++] = '\n';
    put(resp, text, length);
}

void resp_begin(struct resp *resp, size_t count)
{
    resp->length = 0;
    resp->full = false;
    put_number(resp, '*', count);
}

void resp_made(struct resp *resp, const char *data, size_t length)
{
    put(resp, data, length);
}

void resp_word(struct resp *resp, const char *word, size_t length)
{
    put_number(resp, '$', length);
    put(resp, word, length);
    put(resp, "\r\n", 2);
}

/*
 * A compressed message of a station, and the input as a message to it: what is packed is unpacked
 * to the same.
 */
#include <string.h>

#include "common/deflate.h"
#include "tests/fuzz/fuzz.h"

#define MAX 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct deflate_codec *codec;
    volatile unsigned char sum = 0;
    const char *text, *packed;
    size_t length, packed_length;
    if (codec == NULL)
        codec = deflate_codec_new();
    if (codec == NULL || size == 0)
        return 0;
    switch (deflate_unpack(codec, (const char *)data, size, MAX, &text, &length)) {
    case DEFLATE_DONE:
        MUST(length <= MAX);
        for (size_t i = 0; i < length; i++)
            sum = (unsigned char)(sum + (unsigned char)text[i]);
        break;
    case DEFLATE_TOO_LONG:
        MUST(length == MAX + 1);
        break;
    case DEFLATE_CORRUPT:
        break;
    case DEFLATE_NO_MEMORY:
        MUST(false);
    }
    unsigned window = DEFLATE_MIN_WINDOW + data[0] % 8;
    if (!deflate_pack(codec, (const char *)data, size, window, &packed, &packed_length))
        return 0;
    MUST(packed_length < size);
    MUST(deflate_unpack(codec, packed, packed_length, size, &text, &length) == DEFLATE_DONE);
    MUST(length == size && memcmp(text, data, size) == 0);
    return 0;
}

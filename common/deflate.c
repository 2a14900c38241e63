#include "common/deflate.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

/*
 * What pays for messages of some hundred bytes: resetting a deflate state clears its hash table, 8
 * KiB with this memory level, 64 KiB with zlib's own.
 */
#define LEVEL        3
#define MEMORY_LEVEL 5

/* RFC 7692, 7.2.1: an empty block that ends each message, and is not sent */
static const char tail[4] = {0, 0, '\xff', '\xff'};

struct buffer {
    char *start;
    size_t capacity;
};

struct deflate_codec {
    z_stream inflater, deflater;
    struct buffer unpacked, packed;
};

static bool reserve(struct buffer *buffer, size_t size)
{
    if (size > UINT_MAX)
        return false;
    if (size <= buffer->capacity)
        return true;
    free(buffer->start);
    buffer->start = malloc(size);
    buffer->capacity = buffer->start != NULL ? size : 0;
    return buffer->start != NULL;
}

struct deflate_codec *deflate_codec_new(void)
{
    struct deflate_codec *codec = calloc(1, sizeof(*codec));
    if (codec == NULL)
        return NULL;
    if (inflateInit2(&codec->inflater, -DEFLATE_MAX_WINDOW) == Z_OK &&
        deflateInit2(&codec->deflater, LEVEL, Z_DEFLATED, -DEFLATE_MAX_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) == Z_OK)
        return codec;
    deflate_codec_free(codec);
    return NULL;
}

void deflate_codec_free(struct deflate_codec *codec)
{
    if (codec == NULL)
        return;
    inflateEnd(&codec->inflater);
    deflateEnd(&codec->deflater);
    free(codec->unpacked.start);
    free(codec->packed.start);
    free(codec);
}

/* ---- inflating ---- */

/* Until the input is used up or the output is full. `ended`: the input ends with a last block. */
static int inflate_all(z_stream *stream, const char *data, size_t length, bool *ended)
{
    int result = Z_OK;
    *ended = false;
    stream->next_in = (const Bytef *)data;
    stream->avail_in = (uInt)length;
    while (result == Z_OK && stream->avail_in > 0 && stream->avail_out > 0) {
        result = inflate(stream, Z_SYNC_FLUSH);
        *ended = result == Z_STREAM_END;
        if (*ended) /* RFC 7692, 7.2.3.4: others may follow it */
            result = inflateReset(stream);
    }
    return result;
}

/* With the tail all blocks have to be complete: zlib says so where it stands between two of them.
 */
static bool is_between_blocks(const z_stream *stream)
{
    return (stream->data_type & 128) != 0;
}

static enum deflate_outcome inflate_message(z_stream *stream, const char *data, size_t length)
{
    bool ended;
    int result = inflate_all(stream, data, length, &ended);
    if (result == Z_OK && stream->avail_out > 0 && !ended) {
        result = inflate_all(stream, tail, sizeof(tail), &ended);
        if (result == Z_OK && stream->avail_out > 0 && !is_between_blocks(stream))
            result = Z_DATA_ERROR;
    }
    if (result == Z_MEM_ERROR)
        return DEFLATE_NO_MEMORY;
    if (result != Z_OK)
        return DEFLATE_CORRUPT;
    return stream->avail_out > 0 ? DEFLATE_DONE : DEFLATE_TOO_LONG;
}

enum deflate_outcome deflate_unpack(struct deflate_codec *codec, const char *data, size_t length,
                                    size_t max, const char **text, size_t *text_length)
{
    z_stream *stream = &codec->inflater;
    size_t size = max + 1; /* who fills that is too long */
    if (length > UINT_MAX || !reserve(&codec->unpacked, size))
        return DEFLATE_NO_MEMORY;
    inflateReset(stream);
    stream->next_out = (Bytef *)codec->unpacked.start;
    stream->avail_out = (uInt)size;
    enum deflate_outcome outcome = inflate_message(stream, data, length);
    *text = codec->unpacked.start;
    *text_length = size - stream->avail_out;
    return outcome;
}

/* ---- deflating ---- */

bool deflate_pack(struct deflate_codec *codec, const char *text, size_t length,
                  unsigned window_bits, const char **data, size_t *data_length)
{
    z_stream *stream = &codec->deflater;
    size_t size = length + sizeof(tail); /* who fills that is not shorter */
    if (window_bits < DEFLATE_MAX_WINDOW && length > (size_t)1 << window_bits)
        return false;
    if (size < length || !reserve(&codec->packed, size) || deflateReset(stream) != Z_OK)
        return false;
    stream->next_in = (const Bytef *)text;
    stream->avail_in = (uInt)length;
    stream->next_out = (Bytef *)codec->packed.start;
    stream->avail_out = (uInt)size;
    if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_out == 0)
        return false;
    *data = codec->packed.start;
    *data_length = size - stream->avail_out - sizeof(tail);
    return true;
}

/*
 * The messages of permessage-deflate (RFC 7692, 7.2), without context takeover: each stands for
 * itself. So one codec serves all connections of an event loop, and none has memory of its own for
 * it. What it gives out is its own until the same function is called again.
 */
#ifndef COMMON_DEFLATE_H
#define COMMON_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Of the sliding window, as base-2 logarithm of bytes; no message refers further back than that */
#define DEFLATE_MIN_WINDOW 8
#define DEFLATE_MAX_WINDOW 15

struct deflate_codec;

struct deflate_codec *deflate_codec_new(void); /* NULL: no memory */
void deflate_codec_free(struct deflate_codec *codec);

enum deflate_outcome {
    DEFLATE_DONE,
    DEFLATE_TOO_LONG, /* the message is longer than `max` */
    DEFLATE_CORRUPT,  /* no DEFLATE, or cut off */
    DEFLATE_NO_MEMORY,
};

/*
 * Inflates one message whose payload, of all its frames, is `data`. At most one byte more than
 * `max` is inflated, whatever the data would become. The window is as large as it can be, so the
 * sender may have used any.
 */
enum deflate_outcome deflate_unpack(struct deflate_codec *codec, const char *data, size_t length,
                                    size_t max, const char **text, size_t *text_length);

/*
 * Deflates one message for a peer whose window has `window_bits`. False where it is to be sent as
 * it is: it would not become shorter, it is longer than a window that is not the largest one (zlib
 * has no window of 8 bits, and with this rule needs none of another size), or there is no memory.
 */
bool deflate_pack(struct deflate_codec *codec, const char *text, size_t length,
                  unsigned window_bits, const char **data, size_t *data_length);

#endif

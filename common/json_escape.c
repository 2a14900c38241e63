#include "common/json_scan.h"

#include "common/text.h"

#include <string.h>

struct escaper {
    char *out;
    size_t size;
    size_t used;   /* bytes in `out` */
    size_t needed; /* bytes of the whole text */
};

/* Writes a piece or nothing of it; after the first that didn't fit, nothing at all. */
static void put(struct escaper *escaper, const char *piece, size_t length)
{
    if (escaper->used == escaper->needed && length < escaper->size - escaper->used) {
        memcpy(escaper->out + escaper->used, piece, length);
        escaper->used += length;
    }
    escaper->needed += length;
}

static void put_unicode_escape(struct escaper *escaper, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    char piece[6] = {
        '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};
    put(escaper, piece, sizeof(piece));
}

static void put_ascii(struct escaper *escaper, char byte)
{
    static const char letters[] = "\"\\bfnrt";
    static const char meanings[] = "\"\\\b\f\n\r\t";
    const char *meaning = byte != '\0' ? strchr(meanings, byte) : NULL;
    if (meaning != NULL) {
        char piece[2] = {'\\', letters[meaning - meanings]};
        put(escaper, piece, sizeof(piece));
    } else if ((unsigned char)byte < 0x20 || strchr("<>&\x7f", byte) != NULL) {
        put_unicode_escape(escaper, (unsigned char)byte);
    } else {
        put(escaper, &byte, 1);
    }
}

size_t json_escape(const char *text, size_t length, char *out, size_t size)
{
    struct escaper escaper = {.out = out, .size = size};
    for (size_t i = 0; i < length;) {
        size_t character = text_utf8_length(text + i, length - i);
        if (character == 0)
            put(&escaper, "\xef\xbf\xbd", 3);
        else if (character == 1)
            put_ascii(&escaper, text[i]);
        else if (character == 3 && memcmp(text + i, "\xe2\x80", 2) == 0 &&
                 ((unsigned char)text[i + 2] & 0xfe) == 0xa8)
            put_unicode_escape(&escaper, 0x2000u | ((unsigned char)text[i + 2] & 0x3f));
        else
            put(&escaper, text + i, character);
        i += character > 0 ? character : 1;
    }
    if (size > 0)
        out[escaper.used] = '\0';
    return escaper.needed;
}

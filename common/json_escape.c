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

/* As put(), of bytes that may be cut anywhere. */
static void put_run(struct escaper *escaper, const char *run, size_t length)
{
    if (escaper->used == escaper->needed && escaper->size > 0) {
        size_t room = escaper->size - 1 - escaper->used;
        size_t fits = length < room ? length : room;
        memcpy(escaper->out + escaper->used, run, fits);
        escaper->used += fits;
    }
    escaper->needed += length;
}

/* How many bytes `text` begins with that stand for themselves. */
static size_t plain_run(const char *text, size_t length)
{
    size_t run = 0;
    while (run < length && text[run] >= 0x20 && text[run] < 0x7f && text[run] != '"' &&
           text[run] != '\\' && text[run] != '<' && text[run] != '>' && text[run] != '&')
        run++;
    return run;
}

static void put_unicode_escape(struct escaper *escaper, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    char piece[6] = {
        '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};
    put(escaper, piece, sizeof(piece));
}

/* ASCII that can't stand for itself */
static void put_ascii(struct escaper *escaper, char byte)
{
    static const char letters[] = "\"\\bfnrt";
    static const char meanings[] = "\"\\\b\f\n\r\t";
    const char *meaning = byte != '\0' ? strchr(meanings, byte) : NULL;
    if (meaning != NULL) {
        char piece[2] = {'\\', letters[meaning - meanings]};
        put(escaper, piece, sizeof(piece));
    } else {
        put_unicode_escape(escaper, (unsigned char)byte);
    }
}

/* U+2028 and U+2029, which end lines in JavaScript */
static bool is_line_separator(const char *character)
{
    return memcmp(character, "\xe2\x80", 2) == 0 && ((unsigned char)character[2] & 0xfe) == 0xa8;
}

/* Escapes the first character; returns its length. */
static size_t put_character(struct escaper *escaper, const char *text, size_t length)
{
    size_t character = text_utf8_length(text, length);
    if (character == 0) {
        put(escaper, "\xef\xbf\xbd", 3);
        return 1;
    }
    if (character == 1)
        put_ascii(escaper, text[0]);
    else if (character == 3 && is_line_separator(text))
        put_unicode_escape(escaper, 0x2000u | ((unsigned char)text[2] & 0x3f));
    else
        put(escaper, text, character);
    return character;
}

size_t json_escape(const char *text, size_t length, char *out, size_t size)
{
    struct escaper escaper = {.out = out, .size = size};
    for (size_t i = 0; i < length;) {
        size_t run = plain_run(text + i, length - i);
        put_run(&escaper, text + i, run);
        i += run;
        if (i < length)
            i += put_character(&escaper, text + i, length - i);
    }
    if (size > 0)
        out[escaper.used] = '\0';
    return escaper.needed;
}

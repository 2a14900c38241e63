#include "tools/terminal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/text.h"

static uint32_t code_point(const char *text, size_t bytes)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)text[0] & mask[bytes];

    for (size_t i = 1; i < bytes; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

static bool is_harmless(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return false;
    /* line separators and the characters that turn the direction of text */
    return !(code >= 0x2028 && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069) &&
           code != 0x200e && code != 0x200f && code != 0x061c && code != 0xfeff;
}

size_t terminal_escape(const char *text, size_t length, char *out, size_t size)
{
    size_t used = 0;

    if (size == 0)
        return 0;
    for (size_t i = 0; i < length;) {
        size_t bytes = text_utf8_length(text + i, length - i);
        uint32_t code = bytes > 0 ? code_point(text + i, bytes) : 0xfffd;
        char piece[8];

        if (code == '\t' || code == '\n' || code == '\r')
            snprintf(piece, sizeof piece, " ");
        else if (bytes > 0 && is_harmless(code))
            snprintf(piece, sizeof piece, "%.*s", (int)bytes, text + i);
        else
            snprintf(piece, sizeof piece, "\\u%04X", (unsigned)(code & 0xffff));
        size_t piece_length = strlen(piece);
        if (used + piece_length >= size)
            break;
        memcpy(out + used, piece, piece_length);
        used += piece_length;
        i += bytes > 0 ? bytes : 1;
    }
    out[used] = '\0';
    return used;
}

size_t terminal_cut(const char *text, size_t length, size_t columns)
{
    size_t bytes = 0;

    while (columns > 0 && bytes < length) {
        size_t character = text_utf8_length(text + bytes, length - bytes);
        bytes += character > 0 ? character : 1;
        columns--;
    }
    return bytes;
}

unsigned terminal_width(int fd)
{
    struct winsize size;

    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

unsigned terminal_height(int fd)
{
    struct winsize size;

    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return 24;
}

bool terminal_has_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return isatty(fd) && (no_colour == NULL || no_colour[0] == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

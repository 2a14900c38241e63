/*
 * Text for a terminal: nothing that a station sent may move the cursor, change colours or reorder
 * what is seen.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies `length` bytes into `out`, NUL-terminated. Control characters (C0, DEL, C1), bidirectional
 * overrides and bytes that are not UTF-8 become \uXXXX, which inside of JSON strings means the same
 * character; tabs and line breaks become spaces. Stops where `size` is full, never within a
 * character. Returns the length written.
 */
size_t terminal_escape(const char *text, size_t length, char *out, size_t size);

/* Bytes of the longest prefix that takes at most `columns` columns, a character each. */
size_t terminal_cut(const char *text, size_t length, size_t columns);

/* Columns and rows of the terminal behind that descriptor; 0 when it is none. */
unsigned terminal_width(int fd);
unsigned terminal_height(int fd);

/* Colours only on a terminal, and not when NO_COLOR is set (no-color.org) or TERM is "dumb". */
bool terminal_has_colour(int fd);

#endif

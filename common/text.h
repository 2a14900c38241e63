/*
 * Small helpers for text that everyone needs.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_TIME_SIZE 25

/*
 * Writes a time (CLOCK_REALTIME, nanoseconds since 1970) as RFC 3339 in UTC with milliseconds,
 * "2026-01-31T12:00:00.123Z", NUL-terminated. Returns 24. Cheap when called again within the same
 * second; safe in threads.
 */
size_t text_time(uint64_t ns, char out[TEXT_TIME_SIZE]);

/* Writes a number in decimal digits, NUL-terminated. Returns the length. */
#define TEXT_DECIMAL_SIZE 21
size_t text_decimal(uint64_t number, char out[TEXT_DECIMAL_SIZE]);

/* Length (1 to 4) of the UTF-8 character that `text` begins with; 0 when it is not valid UTF-8 (RFC
 * 3629) or cut. */
size_t text_utf8_length(const char *text, size_t length);

bool text_is_utf8(const char *text, size_t length);

/* The longest prefix of `text`, in bytes, that is at most `max` and does not end within a UTF-8
 * character. */
size_t text_cut_utf8(const char *text, size_t length, size_t max);

/* Line breaks become spaces, in place. */
void text_one_line(char *text, size_t length);

/*
 * How many characters must be put in, taken out or changed to make `a` from `b`, upper and lower
 * case of ASCII being the same: what to suggest for a misspelt name. SIZE_MAX when one is longer
 * than TEXT_DISTANCE_MAX bytes.
 */
#define TEXT_DISTANCE_MAX 127
size_t text_distance(const char *a, const char *b);

#endif

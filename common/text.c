#include "common/text.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "common/timestamp.h"

static void put_digits(char *out, unsigned value, size_t digits)
{
    while (digits-- > 0) {
        out[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void put_second(char *out, uint64_t second)
{
    time_t when = (time_t)second;
    struct tm utc;
    gmtime_r(&when, &utc);
    memcpy(out, "0000-00-00T00:00:00.000Z", TEXT_TIME_SIZE);
    put_digits(out, (unsigned)utc.tm_year + 1900, 4);
    put_digits(out + 5, (unsigned)utc.tm_mon + 1, 2);
    put_digits(out + 8, (unsigned)utc.tm_mday, 2);
    put_digits(out + 11, (unsigned)utc.tm_hour, 2);
    put_digits(out + 14, (unsigned)utc.tm_min, 2);
    put_digits(out + 17, (unsigned)utc.tm_sec, 2);
}

size_t text_time(uint64_t ns, char out[TEXT_TIME_SIZE])
{
    static _Thread_local uint64_t cached_second = UINT64_MAX;
    static _Thread_local char cached[TEXT_TIME_SIZE];
    uint64_t second = ns / NS_PER_SECOND;
    if (second != cached_second) {
        put_second(cached, second);
        cached_second = second;
    }
    memcpy(out, cached, TEXT_TIME_SIZE);
    put_digits(out + 20, (unsigned)(ns % NS_PER_SECOND / NS_PER_MS), 3);
    return TEXT_TIME_SIZE - 1;
}

static size_t sequence_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 0;
}

/* RFC 3629, 4: no overlong forms, no surrogates, nothing above U+10FFFF. */
static int second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return 1;
    }
}

size_t text_decimal(uint64_t number, char out[TEXT_DECIMAL_SIZE])
{
    char digits[TEXT_DECIMAL_SIZE];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, digits + at, sizeof digits - at);
    out[sizeof digits - at] = '\0';
    return sizeof digits - at;
}

size_t text_utf8_length(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (length == 0)
        return 0;
    size_t expected = sequence_length(bytes[0]);
    if (expected == 0 || expected > length)
        return 0;
    for (size_t i = 1; i < expected; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    if (expected > 1 && !second_byte_fits(bytes[0], bytes[1]))
        return 0;
    return expected;
}

bool text_is_utf8(const char *text, size_t length)
{
    while (length > 0) {
        size_t character = text_utf8_length(text, length);
        if (character == 0)
            return false;
        text += character;
        length -= character;
    }
    return true;
}

size_t text_cut_utf8(const char *text, size_t length, size_t max)
{
    if (length <= max)
        return length;
    size_t cut = max;
    for (size_t back = 0; back < 3 && cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80; back++)
        cut--;
    /* stray continuation bytes are nobody's character: cut where asked */
    return text_utf8_length(text + cut, length - cut) > 1 ? cut : max;
}

static void blank(char *text, size_t length, char character)
{
    char *end = text + length;
    while ((text = memchr(text, character, (size_t)(end - text))) != NULL)
        *text++ = ' ';
}

void text_one_line(char *text, size_t length)
{
    blank(text, length, '\n');
    blank(text, length, '\r');
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's, row by row. */
size_t text_distance(const char *a, const char *b)
{
    size_t row[TEXT_DISTANCE_MAX + 1];
    size_t columns = strlen(b);
    if (columns > TEXT_DISTANCE_MAX || strlen(a) > TEXT_DISTANCE_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < columns; j++) {
            size_t above = row[j + 1];
            bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            row[j + 1] = least(least(above, row[j]) + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[columns];
}

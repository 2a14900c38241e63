#include "common/json_scan.h"

#include "common/text.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

struct scanner {
    const char *at;
    const char *end;
    const char *reason; /* set when a function of the scanner returns false; `at` is then the byte
                           that is wrong */
};

/* Receives the elements of the outermost array. */
struct element_list {
    struct json_span *elements;
    size_t max;
    size_t count;
};

static bool fail(struct scanner *scanner, const char *at, const char *reason)
{
    scanner->at = at;
    scanner->reason = at < scanner->end ? reason : "text ends too early";
    return false;
}

static inline void skip_space(struct scanner *scanner)
{
    const char *at = scanner->at;
    while (at < scanner->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    scanner->at = at;
}

static inline bool next_is(const struct scanner *scanner, char byte)
{
    return scanner->at < scanner->end && *scanner->at == byte;
}

static inline bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Which of 8 bytes end a run of plain string characters ('"', '\\', controls, not ASCII): the high
 * bit of such a byte. A borrow can mark further bytes behind a true one, so only the first mark
 * counts.
 */
static inline uint64_t special_bytes(uint64_t word)
{
    uint64_t quote = word ^ EVERY_BYTE('"');
    uint64_t backslash = word ^ EVERY_BYTE('\\');
    return ((word - EVERY_BYTE(0x20)) | (quote - EVERY_BYTE(1)) | (backslash - EVERY_BYTE(1)) |
            word) &
           EVERY_BYTE(0x80);
}

static inline bool is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80 && byte != '"' && byte != '\\';
}

static inline const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        uint64_t special = special_bytes(word);
        if (special != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(special) >> 3);
#else
            break;
#endif
        }
        at += 8;
    }
    while (at < end && is_plain(*at))
        at++;
    return at;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* The four digits behind "\u". */
static bool scan_hex(struct scanner *scanner, const char *at, unsigned *unit)
{
    *unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = at + i < scanner->end ? hex_value(at[i]) : -1;
        if (value < 0)
            return fail(scanner, at + i, "\\u needs four hexadecimal digits");
        *unit = *unit << 4 | (unsigned)value;
    }
    return true;
}

/* `at` is behind "\u". */
static bool scan_unicode_escape(struct scanner *scanner, const char *at)
{
    unsigned high, low;
    if (!scan_hex(scanner, at, &high))
        return false;
    if (high == 0)
        return fail(scanner, at, "\\u0000 in a string");
    scanner->at = at + 4;
    if (high < 0xd800 || high > 0xdfff)
        return true;
    if (high > 0xdbff)
        return fail(scanner, at, "lone surrogate");
    if (!next_is(scanner, '\\'))
        return fail(scanner, at + 4, "lone surrogate");
    if (at + 5 >= scanner->end || at[5] != 'u')
        return fail(scanner, at + 5, "lone surrogate");
    if (!scan_hex(scanner, at + 6, &low))
        return false;
    if (low < 0xdc00 || low > 0xdfff)
        return fail(scanner, at + 6, "lone surrogate");
    scanner->at = at + 10;
    return true;
}

/* At a backslash. */
static bool scan_escape(struct scanner *scanner)
{
    const char *at = scanner->at + 1;
    if (at >= scanner->end)
        return fail(scanner, at, "");
    if (*at == 'u')
        return scan_unicode_escape(scanner, at + 1);
    if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL)
        return fail(scanner, at, "unknown escape");
    scanner->at = at + 1;
    return true;
}

/* At a byte that is not plain and no quote. */
static bool scan_special(struct scanner *scanner)
{
    const char *at = scanner->at;
    if (at >= scanner->end)
        return fail(scanner, at, "");
    if (*at == '\\')
        return scan_escape(scanner);
    if ((unsigned char)*at < 0x20)
        return fail(scanner, at, "control character in a string");
    size_t character = text_utf8_length(at, (size_t)(scanner->end - at));
    if (character == 0)
        return fail(scanner, at, "not UTF-8");
    scanner->at = at + character;
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    scanner->at++;
    for (;;) {
        scanner->at = skip_plain(scanner->at, scanner->end);
        if (next_is(scanner, '"')) {
            scanner->at++;
            return true;
        }
        if (!scan_special(scanner))
            return false;
    }
}

static const char *skip_digits(const char *at, const char *end)
{
    while (is_digit(at, end))
        at++;
    return at;
}

static bool scan_number(struct scanner *scanner)
{
    const char *at = scanner->at;
    const char *end = scanner->end;
    if (*at != '-' && !is_digit(at, end))
        return fail(scanner, at, "value expected");
    if (*at == '-')
        at++;
    if (!is_digit(at, end))
        return fail(scanner, at, "digit expected");
    at = *at == '0' ? at + 1 : skip_digits(at, end);
    if (is_digit(at, end))
        return fail(scanner, at, "number with a leading zero");
    if (at < end && *at == '.') {
        if (!is_digit(++at, end))
            return fail(scanner, at, "digit expected");
        at = skip_digits(at, end);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (!is_digit(at, end))
            return fail(scanner, at, "digit expected");
        at = skip_digits(at, end);
    }
    scanner->at = at;
    return true;
}

static bool scan_word(struct scanner *scanner, const char *word)
{
    for (; *word != '\0'; word++, scanner->at++)
        if (!next_is(scanner, *word))
            return fail(scanner, scanner->at, "value expected");
    return true;
}

static bool scan_value(struct scanner *scanner, unsigned depth, struct json_span *value);

static bool scan_elements(struct scanner *scanner, unsigned depth, struct element_list *list)
{
    struct json_span element;
    scanner->at++;
    skip_space(scanner);
    if (next_is(scanner, ']')) {
        scanner->at++;
        return true;
    }
    for (;;) {
        if (!scan_value(scanner, depth, &element))
            return false;
        if (list != NULL) {
            if (list->count < list->max)
                list->elements[list->count] = element;
            list->count++;
        }
        skip_space(scanner);
        if (next_is(scanner, ']')) {
            scanner->at++;
            return true;
        }
        if (!next_is(scanner, ','))
            return fail(scanner, scanner->at, "',' or ']' expected");
        scanner->at++;
        skip_space(scanner);
    }
}

/* `"key" :`, up to the first byte of the value. */
static bool scan_key(struct scanner *scanner, struct json_span *key)
{
    key->start = scanner->at;
    key->type = JSON_STRING;
    if (!next_is(scanner, '"'))
        return fail(scanner, scanner->at, "key expected");
    if (!scan_string(scanner))
        return false;
    key->length = (size_t)(scanner->at - key->start);
    skip_space(scanner);
    if (!next_is(scanner, ':'))
        return fail(scanner, scanner->at, "':' expected");
    scanner->at++;
    skip_space(scanner);
    return true;
}

static bool scan_members(struct scanner *scanner, unsigned depth)
{
    struct json_span key, value;
    scanner->at++;
    skip_space(scanner);
    if (next_is(scanner, '}')) {
        scanner->at++;
        return true;
    }
    for (;;) {
        if (!scan_key(scanner, &key) || !scan_value(scanner, depth, &value))
            return false;
        skip_space(scanner);
        if (next_is(scanner, '}')) {
            scanner->at++;
            return true;
        }
        if (!next_is(scanner, ','))
            return fail(scanner, scanner->at, "',' or '}' expected");
        scanner->at++;
        skip_space(scanner);
    }
}

/* `depth` counts the arrays and objects around the value. At its first byte, and ends behind its
 * last. */
static bool scan_value(struct scanner *scanner, unsigned depth, struct json_span *value)
{
    const char *start = scanner->at;
    bool valid;
    if (start >= scanner->end)
        return fail(scanner, start, "");
    switch (*start) {
    case '"':
        value->type = JSON_STRING;
        valid = scan_string(scanner);
        break;
    case '{':
    case '[':
        if (depth >= JSON_SCAN_MAX_DEPTH)
            return fail(scanner, start, "nested too deeply");
        value->type = *start == '{' ? JSON_OBJECT : JSON_ARRAY;
        valid = *start == '{' ? scan_members(scanner, depth + 1)
                              : scan_elements(scanner, depth + 1, NULL);
        break;
    case 't':
        value->type = JSON_TRUE;
        valid = scan_word(scanner, "true");
        break;
    case 'f':
        value->type = JSON_FALSE;
        valid = scan_word(scanner, "false");
        break;
    case 'n':
        value->type = JSON_NULL;
        valid = scan_word(scanner, "null");
        break;
    default:
        value->type = JSON_NUMBER;
        valid = scan_number(scanner);
        break;
    }
    value->start = start;
    value->length = (size_t)(scanner->at - start);
    return valid;
}

/* Nothing but space may follow the value. */
static bool scan_end(struct scanner *scanner)
{
    skip_space(scanner);
    return scanner->at == scanner->end || fail(scanner, scanner->at, "text after the value");
}

static bool finish(const struct scanner *scanner, const char *text, bool valid,
                   struct json_scan_error *error)
{
    if (!valid && error != NULL) {
        error->offset = (size_t)(scanner->at - text);
        error->reason = scanner->reason;
    }
    return valid;
}

bool json_scan(const char *text, size_t length, struct json_span *value,
               struct json_scan_error *error)
{
    struct scanner scanner = {.at = text, .end = text + length};
    struct json_span ignored;
    skip_space(&scanner);
    bool valid = scan_value(&scanner, 0, value != NULL ? value : &ignored) && scan_end(&scanner);
    return finish(&scanner, text, valid, error);
}

bool json_scan_array(const char *text, size_t length, struct json_span *elements, size_t max,
                     size_t *count, struct json_scan_error *error)
{
    struct scanner scanner = {.at = text, .end = text + length};
    struct element_list list = {.elements = elements, .max = max};
    *count = 0;
    skip_space(&scanner);
    if (!next_is(&scanner, '[')) {
        if (!json_scan(text, length, NULL, error))
            return false;
        return finish(&scanner, text, fail(&scanner, scanner.at, "not an array"), error);
    }
    bool valid = scan_elements(&scanner, 1, &list) && scan_end(&scanner);
    *count = list.count;
    return finish(&scanner, text, valid, error);
}

/* Behind a value: true, and at the next one, when there is a next one. */
static bool next_sibling(struct scanner *scanner)
{
    skip_space(scanner);
    if (!next_is(scanner, ','))
        return false;
    scanner->at++;
    skip_space(scanner);
    return true;
}

/* Inside `span`: at its first member or element; false when it is empty. */
static bool enter(struct scanner *scanner, struct json_span span)
{
    scanner->at = span.start + 1;
    scanner->end = span.start + span.length - 1;
    skip_space(scanner);
    return scanner->at < scanner->end;
}

bool json_member(struct json_span object, const char *key, struct json_span *value)
{
    struct scanner scanner;
    struct json_span name;
    if (object.type != JSON_OBJECT || !enter(&scanner, object))
        return false;
    do {
        if (!scan_key(&scanner, &name) || !scan_value(&scanner, 1, value))
            return false;
        if (json_string_is(name, key))
            return true;
    } while (next_sibling(&scanner));
    return false;
}

bool json_each(struct json_span array, bool (*visit)(struct json_span element, void *context),
               void *context)
{
    struct scanner scanner;
    struct json_span element;
    if (array.type != JSON_ARRAY || !enter(&scanner, array))
        return true;
    do {
        if (!scan_value(&scanner, 1, &element) || !visit(element, context))
            return false;
    } while (next_sibling(&scanner));
    return true;
}

bool json_each_member(struct json_span object,
                      bool (*visit)(struct json_span key, struct json_span value, void *context),
                      void *context)
{
    struct scanner scanner;
    struct json_span key, value;
    if (object.type != JSON_OBJECT || !enter(&scanner, object))
        return true;
    do {
        if (!scan_key(&scanner, &key) || !scan_value(&scanner, 1, &value) ||
            !visit(key, value, context))
            return false;
    } while (next_sibling(&scanner));
    return true;
}

static unsigned hex_unit(const char *digits)
{
    unsigned unit = 0;
    for (size_t i = 0; i < 4; i++)
        unit = unit << 4 | (unsigned)hex_value(digits[i]);
    return unit;
}

static size_t put_utf8(unsigned code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Unescapes what `*at` points to, an escape or one byte, and moves `*at` behind it. Returns the
 * length of `piece`. */
static size_t unescape(const char **at, char piece[4])
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    const char *text = *at;
    if (text[0] != '\\') {
        piece[0] = text[0];
        *at = text + 1;
        return 1;
    }
    if (text[1] == 'u') {
        unsigned code = hex_unit(text + 2);
        *at = text + 6;
        if (code >= 0xd800 && code <= 0xdbff) {
            code = 0x10000 + ((code - 0xd800) << 10) + (hex_unit(text + 8) - 0xdc00);
            *at = text + 12;
        }
        return put_utf8(code, piece);
    }
    const char *letter = strchr(letters, text[1]);
    piece[0] = letter != NULL ? meanings[letter - letters] : text[1];
    *at = text + 2;
    return 1;
}

int json_string(struct json_span string, char *out, size_t size)
{
    size_t used = 0;
    if (string.type != JSON_STRING)
        return -1;
    const char *end = string.start + string.length - 1;
    for (const char *at = string.start + 1; at < end;) {
        char piece[4];
        size_t piece_length = unescape(&at, piece);
        if (used + piece_length >= size || used + piece_length > INT_MAX)
            return -1;
        memcpy(out + used, piece, piece_length);
        used += piece_length;
    }
    if (used >= size)
        return -1;
    out[used] = '\0';
    return (int)used;
}

bool json_string_is(struct json_span string, const char *text)
{
    size_t left = strlen(text);
    if (string.type != JSON_STRING)
        return false;
    const char *end = string.start + string.length - 1;
    if (memchr(string.start, '\\', string.length) == NULL)
        return string.length - 2 == left && memcmp(string.start + 1, text, left) == 0;
    for (const char *at = string.start + 1; at < end;) {
        char piece[4];
        size_t piece_length = unescape(&at, piece);
        if (piece_length > left || memcmp(piece, text, piece_length) != 0)
            return false;
        text += piece_length;
        left -= piece_length;
    }
    return left == 0;
}

bool json_integer(struct json_span number, long long *out)
{
    if (number.type != JSON_NUMBER)
        return false;
    const char *end = number.start + number.length;
    bool negative = number.start[0] == '-';
    unsigned long long limit = negative ? (unsigned long long)LLONG_MAX + 1 : LLONG_MAX;
    unsigned long long value = 0;
    for (const char *at = number.start + negative; at < end; at++) {
        if (!is_digit(at, end))
            return false;
        unsigned digit = (unsigned)(*at - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    /* -value - 1 + 1: the least long long has no positive counterpart */
    *out = negative && value > 0 ? -(long long)(value - 1) - 1 : (long long)value;
    return true;
}

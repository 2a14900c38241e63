/*
 * A strict validator for JSON text (RFC 8259) that builds nothing: it checks every byte and tells
 * where parts are.
 *
 * Stricter than the RFC in two places: text is UTF-8 without a byte order mark, and "\u0000" in a
 * string is refused (no field of ours may hold a NUL). Lone surrogates in \u escapes are refused.
 * Duplicate keys are not looked for.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_SCAN_MAX_DEPTH 16

enum json_span_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING, /* the span holds the quotes */
    JSON_ARRAY,
    JSON_OBJECT,
};

/* A value inside the caller's text, without surrounding white space. */
struct json_span {
    const char *start;
    size_t length;
    enum json_span_type type;
};

struct json_scan_error {
    size_t offset;      /* of the first byte that is wrong */
    const char *reason; /* constant text */
};

/* True when `text` is exactly one JSON value (white space around it is fine). `value` and `error`
 * may be NULL. */
bool json_scan(const char *text, size_t length, struct json_span *value,
               struct json_scan_error *error);

/*
 * As json_scan, and the value is an array: stores the first `max` elements and the true number of
 * elements in `count`. One pass. When the text is valid but no array, error->reason says so.
 */
bool json_scan_array(const char *text, size_t length, struct json_span *elements, size_t max,
                     size_t *count, struct json_scan_error *error);

/* The following work on spans that a scan has yielded, and rely on their validity. */

/* Value of the first member of `object` with that key (compared after unescaping); false when there
 * is none. */
bool json_member(struct json_span object, const char *key, struct json_span *value);
/* Calls `visit` for each element of an array until it returns false. Returns false when it was
 * stopped. */
bool json_each(struct json_span array, bool (*visit)(struct json_span element, void *context),
               void *context);
/* The same for each member of an object, whose key is a string. */
bool json_each_member(struct json_span object,
                      bool (*visit)(struct json_span key, struct json_span value, void *context),
                      void *context);
/* Unescapes a string into `out`, NUL-terminated. Returns its length, or -1 when it does not fit. */
int json_string(struct json_span string, char *out, size_t size);
/* Compares a string, unescaped, with `text`. False for any other type. */
bool json_string_is(struct json_span string, const char *text);
/* Whole numbers that fit; false for fractions, exponents and other types. */
bool json_integer(struct json_span number, long long *out);

/*
 * Writes `length` bytes of UTF-8 as the inside of a JSON string (no quotes): escapes ", \, control
 * characters, and
 * "<", ">", "&", U+2028, U+2029 as \uXXXX; bytes that are not UTF-8 become U+FFFD. Returns the
 * length that the whole text needs; when that is >= `size` the output was cut (always
 * NUL-terminated, never half an escape or character).
 */
size_t json_escape(const char *text, size_t length, char *out, size_t size);

#endif

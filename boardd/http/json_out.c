#include "boardd/http/json_out.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/text.h"

#define FIRST_CAPACITY 65536 /* most lists: memory is not copied from one size to the next */
/* Texts up to this length are escaped in one go, with room for the worst case. */
#define SHORT_TEXT 1024
/* What hashes begin with. */
#define HASH_START UINT64_C(0x9e3779b97f4a7c15)

void json_out_init(struct json_out *out)
{
    *out = (struct json_out){0};
}

void json_out_free(struct json_out *out)
{
    free(out->data);
    json_out_init(out);
}

void json_out_reset(struct json_out *out)
{
    out->length = 0;
    out->comma = false;
    out->failed = false;
    out->hash = 0;
    out->hashed = 0;
}

char *json_out_take(struct json_out *out, size_t *length)
{
    if (out->failed || out->length == 0) {
        json_out_free(out);
        *length = 0;
        return NULL;
    }
    char *data = out->data;
    *length = out->length;
    json_out_init(out);
    return data;
}

static bool grow(struct json_out *out, size_t more)
{
    size_t capacity = out->capacity > 0 ? out->capacity : FIRST_CAPACITY;
    while (capacity - out->length < more) {
        if (capacity > SIZE_MAX / 2) {
            out->failed = true;
            return false;
        }
        capacity *= 2;
    }
    char *data = realloc(out->data, capacity);
    if (data == NULL) {
        out->failed = true;
        return false;
    }
    out->data = data;
    out->capacity = capacity;
    return true;
}

static inline bool reserve(struct json_out *out, size_t more)
{
    return !out->failed && (more <= out->capacity - out->length || grow(out, more));
}

void json_out_plain(struct json_out *out, const char *text, size_t length)
{
    if (length == 0 || !reserve(out, length))
        return;
    memcpy(out->data + out->length, text, length);
    out->length += length;
}

void json_out_literal(struct json_out *out, const char *text)
{
    json_out_plain(out, text, strlen(text));
}

static void put(struct json_out *out, char character)
{
    if (reserve(out, 1))
        out->data[out->length++] = character;
}

static void begin_value(struct json_out *out)
{
    if (out->comma)
        put(out, ',');
    out->comma = true;
}

static void value(struct json_out *out, const char *text, size_t length)
{
    begin_value(out);
    json_out_plain(out, text, length);
}

static void open_with(struct json_out *out, char bracket)
{
    begin_value(out);
    put(out, bracket);
    out->comma = false;
}

static void close_with(struct json_out *out, char bracket)
{
    put(out, bracket);
    out->comma = true;
}

void json_out_object(struct json_out *out)
{
    open_with(out, '{');
}

void json_out_object_end(struct json_out *out)
{
    close_with(out, '}');
}

void json_out_array(struct json_out *out)
{
    open_with(out, '[');
}

void json_out_array_end(struct json_out *out)
{
    close_with(out, ']');
}

struct json_out *json_out_key(struct json_out *out, const char *key)
{
    size_t length = strlen(key);
    if (!reserve(out, length + 4))
        return out;
    char *at = out->data + out->length;
    if (out->comma)
        *at++ = ',';
    *at++ = '"';
    memcpy(at, key, length);
    at += length;
    *at++ = '"';
    *at++ = ':';
    out->length = (size_t)(at - out->data);
    out->comma = false;
    return out;
}

void json_out_null(struct json_out *out)
{
    value(out, "null", 4);
}

void json_out_bool(struct json_out *out, bool truth)
{
    if (truth)
        value(out, "true", 4);
    else
        value(out, "false", 5);
}

static size_t format_decimal(uint64_t number, char digits[20])
{
    char reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        digits[i] = reversed[count - 1 - i];
    return count;
}

void json_out_decimal(struct json_out *out, uint64_t number)
{
    char digits[20];
    json_out_plain(out, digits, format_decimal(number, digits));
}

void json_out_uint(struct json_out *out, uint64_t number)
{
    begin_value(out);
    json_out_decimal(out, number);
}

void json_out_int(struct json_out *out, int64_t number)
{
    begin_value(out);
    if (number < 0)
        put(out, '-');
    json_out_decimal(out, number < 0 ? UINT64_C(0) - (uint64_t)number : (uint64_t)number);
}

void json_out_number(struct json_out *out, double number, unsigned decimals)
{
    char text[400];
    if (!isfinite(number)) {
        json_out_null(out);
        return;
    }
    int length = snprintf(text, sizeof(text), "%.*f", (int)decimals, number);
    if (length < 0 || (size_t)length >= sizeof(text)) {
        json_out_null(out);
        return;
    }
    if (decimals > 0) {
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
    }
    if (strncmp(text, "-0", (size_t)length) == 0 && length == 2)
        value(out, "0", 1);
    else
        value(out, text, (size_t)length);
}

static void put_escaped(struct json_out *out, const char *text, size_t length)
{
    size_t room = length <= SHORT_TEXT ? 6 * length + 1 : length + length / 4 + 1;
    if (!reserve(out, room))
        return;
    size_t needed = json_escape(text, length, out->data + out->length, out->capacity - out->length);
    if (needed >= out->capacity - out->length) {
        if (!reserve(out, needed + 1))
            return;
        needed = json_escape(text, length, out->data + out->length, out->capacity - out->length);
    }
    out->length += needed;
}

void json_out_text(struct json_out *out, const char *text, size_t length)
{
    begin_value(out);
    put(out, '"');
    if (length > 0)
        put_escaped(out, text, length);
    put(out, '"');
}

void json_out_string(struct json_out *out, const char *text)
{
    json_out_text(out, text, strlen(text));
}

void json_out_text_or_null(struct json_out *out, const char *text, size_t length)
{
    if (length == 0)
        json_out_null(out);
    else
        json_out_text(out, text, length);
}

void json_out_time(struct json_out *out, uint64_t real_ns)
{
    char text[TEXT_TIME_SIZE];
    if (real_ns == 0) {
        json_out_null(out);
        return;
    }
    size_t length = text_time(real_ns, text);
    begin_value(out);
    put(out, '"');
    json_out_plain(out, text, length);
    put(out, '"');
}

void json_out_raw(struct json_out *out, const char *json, size_t length)
{
    begin_value(out);
    if (length == 0 || !reserve(out, length))
        return;
    char *copy = out->data + out->length;
    memcpy(copy, json, length);
    out->length += length;
    text_one_line(copy, length); /* valid JSON has line breaks only between tokens */
}

char *json_out_room(struct json_out *out, size_t size)
{
    if (!reserve(out, size + 1))
        return NULL;
    return out->data + out->length + (out->comma ? 1 : 0);
}

void json_out_filled(struct json_out *out, size_t length)
{
    if (out->comma)
        out->data[out->length++] = ',';
    out->length += length;
    out->comma = true;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(const char *data, size_t length)
{
    static const uint64_t one = HASH_START, two = UINT64_C(0xbf58476d1ce4e5b9);
    uint64_t words[4], first = one ^ length, second = two;
    for (; length >= sizeof(words); data += sizeof(words), length -= sizeof(words)) {
        memcpy(words, data, sizeof(words));
        first = mix(first ^ words[0], one ^ words[1]); /* two chains at a time */
        second = mix(second ^ words[2], two ^ words[3]);
    }
    memset(words, 0, sizeof(words));
    memcpy(words, data, length);
    first = mix(first ^ words[0], one ^ words[1]);
    second = mix(second ^ words[2], two ^ words[3]);
    return mix(first ^ two, second ^ one);
}

size_t json_out_start(const struct json_out *out)
{
    return out->length + (out->comma ? 1 : 0);
}

/* What was written since the last piece. */
static void hash_up_to(struct json_out *out, size_t end)
{
    if (out->failed || end <= out->hashed)
        return;
    out->hash = mix(out->hash ^ HASH_START, hash_text(out->data + out->hashed, end - out->hashed));
    out->hashed = end;
}

static void add_piece(struct json_out *out, uint64_t hash)
{
    out->hash = mix(out->hash ^ HASH_START, hash);
    out->hashed = out->length;
}

uint64_t json_out_hash(struct json_out *out)
{
    hash_up_to(out, out->length);
    return out->hash;
}

uint64_t json_out_piece(struct json_out *out, size_t start)
{
    if (out->failed || start >= out->length)
        return 0;
    uint64_t hash = hash_text(out->data + start, out->length - start);
    hash_up_to(out, start);
    add_piece(out, hash);
    return hash;
}

void json_out_written(struct json_out *out, const char *json, size_t length, uint64_t hash)
{
    begin_value(out);
    hash_up_to(out, out->length);
    json_out_plain(out, json, length);
    add_piece(out, hash);
}

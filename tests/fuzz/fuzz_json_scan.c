/*
 * Whatever json_scan accepts, json-c in its strict mode accepts too, and both read the same strings
 * and integers; the other functions of json_scan agree with it and stay within the text.
 */
#include "common/json_scan.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"

#define MAX_ELEMENTS 8

static struct json_object *parse_strictly(const char *text, size_t length)
{
    struct json_tokener *tokener = json_tokener_new_ex(JSON_SCAN_MAX_DEPTH + 1);
    MUST(tokener != NULL);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    char *terminated = malloc(length + 1); /* a number ends only where something follows */
    MUST(terminated != NULL);
    memcpy(terminated, text, length);
    terminated[length] = '\0';
    struct json_object *object = json_tokener_parse_ex(tokener, terminated, (int)length + 1);
    MUST(json_tokener_get_error(tokener) == json_tokener_success);
    MUST(json_tokener_get_parse_end(tokener) == length);
    json_tokener_free(tokener);
    free(terminated);
    return object;
}

/*
 * json-c 0.16 reads some good surrogate pairs as U+FFFD, such as "\uD837\uDD0C": U+1DD0C ends in
 * the bits of a low surrogate.
 */
static bool may_be_misread(const char *text)
{
    return strstr(text, "\xef\xbf\xbd") != NULL;
}

static void compare_string(struct json_span value, struct json_object *object)
{
    size_t length = (size_t)json_object_get_string_len(object);
    if (may_be_misread(json_object_get_string(object)))
        return;
    char *out = malloc(value.length);
    MUST(out != NULL);
    MUST(json_string(value, out, value.length) == (int)length);
    MUST(memcmp(out, json_object_get_string(object), length + 1) == 0);
    MUST(json_string_is(value, out));
    MUST(length == 0 || json_string(value, out, length) == -1);
    free(out);
}

static void compare(struct json_span value, struct json_object *object)
{
    static const json_type types[] = {
        [JSON_NULL] = json_type_null,     [JSON_FALSE] = json_type_boolean,
        [JSON_TRUE] = json_type_boolean,  [JSON_NUMBER] = json_type_int,
        [JSON_STRING] = json_type_string, [JSON_ARRAY] = json_type_array,
        [JSON_OBJECT] = json_type_object,
    };
    long long integer;
    json_type type = json_object_get_type(object);
    MUST(type == types[value.type] || (type == json_type_double && value.type == JSON_NUMBER));
    if (value.type == JSON_STRING)
        compare_string(value, object);
    if (json_integer(value, &integer))
        MUST(type == json_type_int && json_object_get_int64(object) == integer);
}

static bool count_element(struct json_span element, void *context)
{
    size_t *count = context;
    MUST(json_scan(element.start, element.length, NULL, NULL));
    ++*count;
    return true;
}

static void check_array(const char *text, size_t length, struct json_span value,
                        struct json_object *object)
{
    struct json_span elements[MAX_ELEMENTS];
    size_t count, visited = 0;
    MUST(json_scan_array(text, length, elements, MAX_ELEMENTS, &count, NULL));
    MUST(count == json_object_array_length(object));
    for (size_t i = 0; i < count && i < MAX_ELEMENTS; i++) {
        MUST(elements[i].start > value.start);
        MUST(elements[i].start + elements[i].length < value.start + value.length);
        compare(elements[i], json_object_array_get_idx(object, i));
    }
    MUST(json_each(value, count_element, &visited) && visited == count);
}

/* json-c keeps the last of several members of one name, json_member finds the first: only presence
 * is compared. */
static void check_members(struct json_span value, struct json_object *object)
{
    struct json_span member;
    json_object_object_foreach(object, key, ignored)
    {
        (void)ignored;
        if (may_be_misread(key))
            continue;
        MUST(json_member(value, key, &member));
        MUST(json_scan(member.start, member.length, NULL, NULL));
    }
}

/* Any bytes, escaped, are the inside of a string; cut, they are its beginning. */
static void check_escape(const char *text, size_t length)
{
    size_t needed = json_escape(text, length, NULL, 0);
    MUST(needed <= 6 * length);
    char *out = malloc(needed + 3), *part = malloc(needed / 2 + 1);
    MUST(out != NULL && part != NULL);
    MUST(json_escape(text, length, out + 1, needed + 1) == needed);
    MUST(json_escape(text, length, part, needed / 2 + 1) == needed);
    MUST(memcmp(part, out + 1, strlen(part)) == 0);
    out[0] = out[needed + 1] = '"';
    if (memchr(text, '\0', length) == NULL)
        MUST(json_scan(out, needed + 2, NULL, NULL));
    free(out);
    free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct json_span value;
    struct json_scan_error error;
    size_t count;
    check_escape(text, size);
    bool valid = json_scan(text, size, &value, &error);
    bool array = json_scan_array(text, size, NULL, 0, &count, NULL);
    MUST(array == (valid && value.type == JSON_ARRAY));
    if (!valid) {
        MUST(error.offset <= size && error.reason != NULL);
        return 0;
    }
    MUST(value.start >= text && value.start + value.length <= text + size && value.length > 0);
    struct json_object *object = parse_strictly(value.start, value.length);
    compare(value, object);
    if (value.type == JSON_ARRAY)
        check_array(text, size, value, object);
    if (value.type == JSON_OBJECT)
        check_members(value, object);
    json_object_put(object);
    return 0;
}

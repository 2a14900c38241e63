#include "boardd/http/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/timestamp.h"
#include "common/log.h"

static bool __attribute__((format(printf, 2, 3))) fail(struct query *query, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(query->error, sizeof(query->error), format, arguments);
    va_end(arguments);
    return false;
}

/* A name or value of the user in an error text: short and without anything odd. */
static const char *quoted(const char *text, char out[64])
{
    log_escape(text, strnlen(text, 40), out, 64);
    return out;
}

static bool decode(struct query *query, struct http1_span span, size_t *used, const char **out)
{
    char *at = query->text + *used;
    int length = http1_percent_decode(span, true, at, sizeof(query->text) - *used);
    if (length < 0)
        return fail(query, "query: broken escape, control character or text that is not UTF-8");
    *out = at;
    *used += (size_t)length + 1;
    return true;
}

static bool add_pair(struct query *query, struct http1_span pair, size_t *used)
{
    const char *equals = memchr(pair.start, '=', pair.length);
    struct http1_span name = pair, value = {pair.start + pair.length, 0};
    if (equals != NULL) {
        name.length = (size_t)(equals - pair.start);
        value.start = equals + 1;
        value.length = pair.length - name.length - 1;
    }
    if (query->count == QUERY_MAX_PAIRS)
        return fail(query, "query: more than %d parameters", QUERY_MAX_PAIRS);
    const char *decoded_name = "", *decoded_value = "";
    if (!decode(query, name, used, &decoded_name) || !decode(query, value, used, &decoded_value))
        return false;
    if (query_get(query, decoded_name) != NULL) {
        char shown[64];
        return fail(query, "%s: given twice", quoted(decoded_name, shown));
    }
    query->pairs[query->count].name = decoded_name;
    query->pairs[query->count].value = decoded_value;
    query->count++;
    return true;
}

bool query_parse(struct query *query, struct http1_span raw)
{
    query->count = 0;
    query->filter = NULL;
    query->error[0] = '\0';
    size_t used = 0;
    /* decoded text is never longer than the raw one; each part needs a NUL */
    if (raw.length + 2 * QUERY_MAX_PAIRS >= sizeof(query->text))
        return fail(query, "query: too long");
    while (raw.length > 0) {
        const char *end = memchr(raw.start, '&', raw.length);
        struct http1_span pair = {raw.start, end != NULL ? (size_t)(end - raw.start) : raw.length};
        if (pair.length > 0 && !add_pair(query, pair, &used))
            return false;
        size_t step = pair.length + (end != NULL ? 1 : 0);
        raw.start += step;
        raw.length -= step;
    }
    return true;
}

void query_end(struct query *query)
{
    filter_free(query->filter);
    query->filter = NULL;
}

static bool in_words(const char *word, const char *words)
{
    size_t length = strlen(word);
    while (*words != '\0') {
        size_t span = strcspn(words, " ");
        if (span == length && memcmp(words, word, length) == 0)
            return true;
        words += span;
        words += strspn(words, " ");
    }
    return false;
}

bool query_check_names(struct query *query, const char *allowed)
{
    for (unsigned i = 0; i < query->count; i++) {
        char shown[64];
        if (in_words(query->pairs[i].name, allowed))
            continue;
        if (*allowed == '\0')
            return fail(query, "%s: no such parameter", quoted(query->pairs[i].name, shown));
        return fail(query, "%s: no such parameter; there are: %s",
                    quoted(query->pairs[i].name, shown), allowed);
    }
    return true;
}

const char *query_get(const struct query *query, const char *name)
{
    for (unsigned i = 0; i < query->count; i++) {
        if (strcmp(query->pairs[i].name, name) == 0)
            return query->pairs[i].value;
    }
    return NULL;
}

static const char *given(const struct query *query, const char *name)
{
    const char *value = query_get(query, name);
    return value != NULL && *value != '\0' ? value : NULL;
}

bool query_uint(struct query *query, const char *name, uint64_t min, uint64_t max, uint64_t *out)
{
    const char *text = given(query, name);
    if (text == NULL)
        return true;
    size_t length = strlen(text);
    uint64_t number = 0;
    if (length <= 18 && strspn(text, "0123456789") == length)
        number = strtoull(text, NULL, 10);
    else
        max = 0;
    if (max == 0 || number < min || number > max) {
        char shown[64];
        return fail(query, "%s: '%s' is not a whole number in the allowed range", name,
                    quoted(text, shown));
    }
    *out = number;
    return true;
}

/* Index of the first `length` bytes of `text` in "a|b|c", or -1. */
static int find_choice(const char *text, size_t length, const char *choices)
{
    for (int index = 0;; index++) {
        size_t span = strcspn(choices, "|");
        if (span == length && strncasecmp(choices, text, length) == 0)
            return index;
        if (choices[span] == '\0')
            return -1;
        choices += span + 1;
    }
}

static bool no_choice(struct query *query, const char *name, const char *text, const char *choices)
{
    char shown[64];
    return fail(query, "%s: '%s' is none of %s", name, quoted(text, shown), choices);
}

bool query_choice(struct query *query, const char *name, const char *choices, unsigned *out)
{
    const char *text = given(query, name);
    if (text == NULL)
        return true;
    int index = find_choice(text, strlen(text), choices);
    if (index < 0)
        return no_choice(query, name, text, choices);
    *out = (unsigned)index;
    return true;
}

bool query_choices(struct query *query, const char *name, const char *choices, unsigned *bits)
{
    const char *text = given(query, name);
    if (text == NULL)
        return true;
    unsigned found = 0;
    for (const char *at = text;;) {
        size_t span = strcspn(at, ",");
        int index = find_choice(at, span, choices);
        if (index < 0)
            return no_choice(query, name, at, choices);
        found |= 1u << index;
        if (at[span] == '\0')
            break;
        at += span + 1;
    }
    *bits = found;
    return true;
}

bool query_time(struct query *query, const char *name, uint64_t now_ns, uint64_t *real_ns)
{
    const char *text = given(query, name);
    if (text == NULL)
        return true;
    if (!timestamp_parse(text, now_ns, real_ns)) {
        char shown[64];
        return fail(query, "%s: '%s' is no time (RFC 3339, milliseconds since 1970, or 10m)", name,
                    quoted(text, shown));
    }
    return true;
}

bool query_filter(struct query *query, const char *name, uint64_t now_ns, struct filter **filter)
{
    struct filter_error error;
    const char *text = given(query, name);
    if (text == NULL)
        return true;
    query->filter = filter_new(text, strlen(text), now_ns, &error);
    if (query->filter == NULL)
        return fail(query, "%s: at %zu: %s", name, error.offset, error.text);
    *filter = query->filter;
    return true;
}

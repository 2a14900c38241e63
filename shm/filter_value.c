#include <stdio.h>
#include <string.h>

#include "common/timestamp.h"
#include "shm/filter_internal.h"

#define MAX_DIGITS 9 /* whole ones; with the largest unit, 3.6e9, that stays below 2^64 */

struct unit {
    const char *name;
    uint64_t factor;
};

/* Durations are kept in microseconds. The first unit is that of a bare number. */
static const struct unit durations[] = {
    {"ms", 1000}, {"us", 1}, {"s", 1000000}, {"m", 60000000}, {"h", UINT64_C(3600000000)}};
static const struct unit sizes[] = {{"", 1}, {"K", 1024}, {"M", 1024 * 1024}};
static const struct unit numbers[] = {{"", 1}};

static bool is_digit(struct text_span text)
{
    return text.length > 0 && *text.start >= '0' && *text.start <= '9';
}

static unsigned take_digit(struct text_span *text)
{
    text->length--;
    return (unsigned)(*text->start++ - '0');
}

static bool read_unit(struct text_span text, const struct unit *units, size_t count,
                      uint64_t *factor)
{
    *factor = units[0].factor;
    for (size_t i = 0; i < count && text.length > 0; i++) {
        if (strlen(units[i].name) == text.length &&
            memcmp(units[i].name, text.start, text.length) == 0) {
            *factor = units[i].factor;
            return true;
        }
    }
    return text.length == 0;
}

/* "500", "1.5s"; digits of a fraction that are finer than one microsecond or byte don't count. */
static bool read_quantity(struct text_span text, const struct unit *units, size_t count,
                          uint64_t *number)
{
    uint64_t whole = 0, fraction = 0, scale = 1, factor;
    unsigned digits = 0;

    for (; is_digit(text); digits++) {
        if (digits == MAX_DIGITS)
            return false;
        whole = whole * 10 + take_digit(&text);
    }
    if (digits > 0 && text.length > 1 && *text.start == '.' && count > 1) {
        text.start++;
        text.length--;
        if (!is_digit(text))
            return false;
        for (; is_digit(text) && scale < 1000000000; scale *= 10)
            fraction = fraction * 10 + take_digit(&text);
    }
    if (digits == 0 || !read_unit(text, units, count, &factor))
        return false;
    *number = whole * factor + fraction * factor / scale;
    return true;
}

static bool has_wildcards(struct text_span text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.start[i] == '*' || text.start[i] == '?')
            return true;
    }
    return false;
}

static bool read_choice(const struct filter_field *field, struct text_span text, uint64_t *number)
{
    const struct filter_choice *choice = filter_find_choice(field, text);

    if (choice != NULL)
        *number = choice->value;
    return choice != NULL;
}

static bool read_time(struct text_span text, uint64_t now_ns, uint64_t *number)
{
    char copy[64];

    if (text.length >= sizeof copy)
        return false;
    memcpy(copy, text.start, text.length);
    copy[text.length] = '\0';
    return timestamp_parse(copy, now_ns, number);
}

/* Knuth, Morris and Pratt's: for each beginning of the text, the longest shorter one that is also
 * its end. */
static bool prepare_search(struct filter *filter, const struct node *node)
{
    const char *text = filter->pool + node->start;
    uint16_t *failure = filter->failure + node->start;
    uint16_t matched = 0;

    for (uint32_t i = 1; i < node->length; i++) {
        while (matched > 0 && fold(text[i]) != fold(text[matched]))
            matched = failure[matched - 1];
        if (fold(text[i]) == fold(text[matched]))
            matched++;
        failure[i] = matched;
    }
    return node->length > 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

bool filter_read_value(struct filter *filter, struct node *node, uint64_t now_ns)
{
    const struct filter_field *field = node_field(node);
    struct text_span value = node_value(filter, node);

    switch (field->kind) {
    case FILTER_NAME:
        node->number = !node->quoted && has_wildcards(value);
        return true;
    case FILTER_CHOICE:
    case FILTER_RANK:
        return read_choice(field, value, &node->number);
    case FILTER_NUMBER:
        return read_quantity(value, numbers, COUNT_OF(numbers), &node->number);
    case FILTER_DURATION:
        return read_quantity(value, durations, COUNT_OF(durations), &node->number);
    case FILTER_SIZE:
        return read_quantity(value, sizes, COUNT_OF(sizes), &node->number);
    case FILTER_SINCE:
    case FILTER_UNTIL:
        return read_time(value, now_ns, &node->number);
    case FILTER_TEXT:
        return prepare_search(filter, node);
    }
    return false;
}

static const char *list_choices(const struct filter_field *field, char *out, size_t size)
{
    size_t length = 0;

    for (const struct filter_choice *choice = field->choices; choice->name != NULL; choice++) {
        int more = snprintf(out + length, size - length, "%s%s", length > 0 ? ", " : "one of ",
                            choice->name);
        if (more < 0 || (size_t)more >= size - length)
            return "one of those in ocpp-board-filter(7)";
        length += (size_t)more;
    }
    return out;
}

const char *filter_expected(const struct filter_field *field, char *out, size_t size)
{
    switch (field->kind) {
    case FILTER_NAME:
        return "a name, such as CP-001 or CP-*";
    case FILTER_CHOICE:
    case FILTER_RANK:
        return list_choices(field, out, size);
    case FILTER_NUMBER:
        return "a whole number";
    case FILTER_DURATION:
        return "milliseconds, or a number with a unit: 500, 1.5s, 10m";
    case FILTER_SIZE:
        return "bytes, or a number with a unit: 500, 64K, 1M";
    case FILTER_SINCE:
    case FILTER_UNTIL:
        return "a time: 30s, 10m, 2h, 1d ago or 2026-01-31T12:00:00Z";
    case FILTER_TEXT:
        break;
    }
    return "some text";
}

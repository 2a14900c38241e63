#include "boardd/state/position.h"

#include <string.h>

/* One letter per collection, in their order. */
static const char letters[COLLECTION_COUNT + 1] = "mcseyl";

void position_of_tail(const struct tail *tail, struct position *position)
{
    for (unsigned source = 0; source < tail_count(tail); source++) {
        position->sources[source].history = POSITION_GOOD;
        position->sources[source].known = ALL_COLLECTIONS;
        for (int i = 0; i < COLLECTION_COUNT; i++)
            position->sources[source].next[i] = tail_position(tail, source, (enum collection)i);
    }
}

static void write_hex(struct json_out *out, uint64_t number)
{
    char digits[16];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number > 0);
    json_out_plain(out, digits + at, sizeof(digits) - at);
}

/* default@18a3f2c4.m1042s7~other@18a3f2c9.m3 */
void position_write(const struct position *position, const struct tail *tail, unsigned collections,
                    struct json_out *out)
{
    bool first = true;
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const struct source *source = tail_source(tail, i);
        unsigned known = position->sources[i].known & collections & ~source->never;
        if (position->sources[i].history != POSITION_GOOD || known == 0 ||
            source->info.history == 0)
            continue;
        if (!first)
            json_out_plain(out, "~", 1);
        first = false;
        json_out_literal(out, source->name);
        json_out_plain(out, "@", 1);
        write_hex(out, source->info.history);
        json_out_plain(out, ".", 1);
        for (int collection = 0; collection < COLLECTION_COUNT; collection++) {
            if ((known >> collection & 1) == 0)
                continue;
            json_out_plain(out, &letters[collection], 1);
            json_out_decimal(out, position->sources[i].next[collection]);
        }
    }
}

bool position_text(const struct position *position, const struct tail *tail, unsigned collections,
                   char *out, size_t size)
{
    struct json_out text;
    json_out_init(&text);
    position_write(position, tail, collections, &text);
    bool fits = !text.failed && text.length < size;
    if (fits && text.length > 0)
        memcpy(out, text.data, text.length);
    if (size > 0)
        out[fits ? text.length : 0] = '\0';
    json_out_free(&text);
    return fits;
}

static bool take_hex(const char **text, uint64_t *number)
{
    size_t digits = strspn(*text, "0123456789abcdef");
    *number = 0;
    if (digits == 0 || digits > 16)
        return false;
    for (; digits > 0; digits--, (*text)++)
        *number = *number << 4 | (uint64_t)(**text <= '9' ? **text - '0' : **text - 'a' + 10);
    return true;
}

static bool take_decimal(const char **text, uint64_t *number)
{
    size_t digits = strspn(*text, "0123456789");
    *number = 0;
    if (digits == 0 || digits > 19)
        return false;
    for (; digits > 0; digits--, (*text)++)
        *number = *number * 10 + (uint64_t)(**text - '0');
    return true;
}

static int find_source(const struct tail *tail, const char *name, size_t length)
{
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const char *known = tail_source(tail, i)->name;
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return (int)i;
    }
    return -1;
}

/* name@history.m1s2 */
static bool take_source(const char **text, const struct tail *tail, struct position *position)
{
    const char *name = *text;
    size_t length = strcspn(name, "@~");
    uint64_t history, number;
    if (length == 0 || length >= SOURCE_NAME_SIZE || name[length] != '@')
        return false;
    *text += length + 1;
    if (!take_hex(text, &history) || **text != '.')
        return false;
    (*text)++;
    int source = find_source(tail, name, length);
    position->missing += source < 0 || tail_source(tail, (unsigned)source)->info.history == 0;
    if (source >= 0) {
        bool same = tail_source(tail, (unsigned)source)->info.history == history;
        position->sources[source].history = same ? POSITION_GOOD : POSITION_OTHER;
    }
    for (const char *letter; **text != '\0' && (letter = strchr(letters, **text)) != NULL;) {
        (*text)++;
        if (!take_decimal(text, &number))
            return false;
        if (source < 0)
            continue;
        position->sources[source].known |= 1u << (letter - letters);
        position->sources[source].next[letter - letters] = number;
    }
    return true;
}

bool position_parse(const char *text, const struct tail *tail, struct position *position)
{
    memset(position, 0, sizeof(*position));
    if (strlen(text) > POSITION_MAX_TEXT || *text == '\0')
        return false;
    for (;;) {
        if (!take_source(&text, tail, position))
            return false;
        if (*text == '\0')
            return true;
        if (*text != '~')
            return false;
        text++;
    }
}

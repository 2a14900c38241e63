#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/text.h"
#include "shm/filter_internal.h"

#define SHOWN 40 /* bytes of what an error quotes */

struct parser {
    const char *text;
    size_t length;
    size_t at;
    uint64_t now_ns;
    unsigned depth;
    unsigned texts;
    struct filter *filter;
    struct filter_error *error;
};

static uint8_t fail(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* NODE_NONE, for the caller to return. */
static uint8_t fail(struct parser *parser, size_t offset, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(parser->error->text, sizeof parser->error->text, format, arguments);
    va_end(arguments);
    parser->error->offset = offset;
    return NODE_NONE;
}

static const char *shown(struct text_span span, char out[4 * SHOWN + 1])
{
    log_escape(span.start, text_cut_utf8(span.start, span.length, SHOWN), out, 4 * SHOWN + 1);
    return out;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

/* The next character; NUL at the end, which can't stand in an expression. */
static char next(const struct parser *parser)
{
    return parser->at < parser->length ? parser->text[parser->at] : '\0';
}

static char after_next(const struct parser *parser)
{
    return parser->at + 1 < parser->length ? parser->text[parser->at + 1] : '\0';
}

static void skip_blanks(struct parser *parser)
{
    while (is_blank(next(parser)))
        parser->at++;
}

/* Ends a word without quotes. */
static bool ends_word(char character)
{
    return character == '\0' || is_blank(character) || strchr("()\"", character) != NULL;
}

/* Words up to a blank, a parenthesis, a quote, and where values are listed, a comma. */
static struct text_span peek_word(const struct parser *parser, bool listed)
{
    struct text_span word = {parser->text + parser->at, 0};

    while (parser->at + word.length < parser->length && !ends_word(word.start[word.length]) &&
           !(listed && word.start[word.length] == ','))
        word.length++;
    return word;
}

static bool word_is(struct text_span word, const char *wanted)
{
    return word.length == strlen(wanted) && strncasecmp(word.start, wanted, word.length) == 0;
}

/* A word that a quote follows at once is none. */
static bool at_keyword(const struct parser *parser, const char *word, const char *sign)
{
    struct text_span found = peek_word(parser, false);
    size_t end = parser->at + found.length;

    return (word_is(found, word) || word_is(found, sign)) &&
           (end == parser->length || parser->text[end] != '"');
}

static bool take_keyword(struct parser *parser, const char *word, const char *sign)
{
    skip_blanks(parser);
    if (!at_keyword(parser, word, sign))
        return false;
    parser->at += peek_word(parser, false).length;
    return true;
}

/* "-term", "!term" and "not term"; a sign that stands alone is a text. */
static bool take_not(struct parser *parser)
{
    char after = after_next(parser);

    if (take_keyword(parser, "not", "not"))
        return true;
    if ((next(parser) != '-' && next(parser) != '!') ||
        (after != '(' && after != '"' && ends_word(after)))
        return false;
    parser->at++;
    return true;
}

static uint8_t add_node(struct parser *parser, enum node_kind kind)
{
    uint8_t node = filter_add_node(parser->filter, kind);

    if (node == NODE_NONE)
        return fail(parser, parser->at, "too long: at most %d values and operators",
                    FILTER_MAX_NODES);
    return node;
}

/* The two under an relation; NODE_NONE when there is no second one. */
static uint8_t join(struct parser *parser, enum node_kind kind, uint8_t left, uint8_t right)
{
    uint8_t node = left;

    if (right == NODE_NONE)
        return NODE_NONE;
    if (parser->filter->nodes[left].kind != kind) {
        node = add_node(parser, kind);
        if (node == NODE_NONE)
            return NODE_NONE;
        filter_add_child(parser->filter, node, left);
    }
    filter_add_child(parser->filter, node, right);
    return node;
}

static uint8_t negate(struct parser *parser, uint8_t child)
{
    if (child == NODE_NONE)
        return NODE_NONE;
    if (parser->filter->nodes[child].kind == NODE_NOT)
        return parser->filter->nodes[child].first;
    uint8_t node = add_node(parser, NODE_NOT);
    if (node != NODE_NONE)
        filter_add_child(parser->filter, node, child);
    return node;
}

/* Into the pool, which is as long as the longest expression. */
static void keep(struct filter *filter, struct node *node, const char *text, size_t length)
{
    memcpy(filter->pool + filter->used, text, length);
    filter->used = (uint16_t)(filter->used + length);
    node->length += (uint32_t)length;
}

static void read_word(struct parser *parser, struct node *node)
{
    struct text_span word = peek_word(parser, node->named);

    keep(parser->filter, node, word.start, word.length);
    parser->at += word.length;
}

static bool read_quoted(struct parser *parser, struct node *node)
{
    size_t start = parser->at++;

    node->quoted = true;
    for (; next(parser) != '"'; parser->at++) {
        if (next(parser) == '\0') {
            fail(parser, start, "the quote is not closed");
            return false;
        }
        if (next(parser) == '\\') {
            parser->at++;
            if (next(parser) != '"' && next(parser) != '\\') {
                fail(parser, parser->at - 1,
                     "in quotes a backslash stands before \" or another backslash; for a "
                     "backslash write two");
                return false;
            }
        }
        keep(parser->filter, node, parser->text + parser->at, 1);
    }
    parser->at++;
    return true;
}

static uint8_t fail_value(struct parser *parser, size_t offset, const struct node *node)
{
    const struct filter_field *field = node_field(node);
    struct text_span value = node_value(parser->filter, node);
    char given[4 * SHOWN + 1], choices[120];
    const char *nearest = filter_nearest_choice(field, value);

    if (value.length == 0)
        return fail(parser, offset, "%s needs a value: %s", field->name,
                    filter_expected(field, choices, sizeof choices));
    shown(value, given);
    if (nearest != NULL)
        return fail(parser, offset, "%s can't be \"%s\", did you mean %s?", field->name, given,
                    nearest);
    return fail(parser, offset, "%s can't be \"%s\"; expected %s", field->name, given,
                filter_expected(field, choices, sizeof choices));
}

static uint8_t cost_of(const struct filter_field *field)
{
    if (field->kind == FILTER_TEXT)
        return 4;
    if (field == &filter_fields[FILTER_FIELD_error])
        return 3; /* stands in the payload */
    if (!field->indexed)
        return 2;
    return field->kind == FILTER_NAME ? 1 : 0;
}

static unsigned asks_of(const struct filter_field *field)
{
    if (!field->indexed)
        return FILTER_ASKS_RECORD;
    if (field->kind == FILTER_SINCE || field->kind == FILTER_UNTIL)
        return FILTER_ASKS_TIME;
    bool is_stored = field == &filter_fields[FILTER_FIELD_station] ||
                     field == &filter_fields[FILTER_FIELD_action];
    return is_stored ? FILTER_ASKS_NAMES : 0;
}

/* One value, in quotes or not. */
static uint8_t parse_value(struct parser *parser, const struct filter_field *field,
                           enum relation relation, bool named)
{
    size_t start = parser->at;
    uint8_t number = add_node(parser, NODE_TERM);

    if (number == NODE_NONE)
        return NODE_NONE;
    struct node *node = &parser->filter->nodes[number];
    node->field = (uint8_t)(field - filter_fields);
    node->relation = (uint8_t)relation;
    node->named = named;
    node->cost = cost_of(field);
    parser->filter->asks |= (uint8_t)asks_of(field);
    node->start = parser->filter->used;
    if (next(parser) != '"')
        read_word(parser, node);
    else if (!read_quoted(parser, node))
        return NODE_NONE;
    if (!node->quoted && node->length == 0)
        return fail_value(parser, start, node);
    if (field->kind == FILTER_TEXT && ++parser->texts > FILTER_MAX_TEXTS)
        return fail(parser, start, "at most %d texts can be searched for", FILTER_MAX_TEXTS);
    if (!filter_read_value(parser->filter, node, parser->now_ns))
        return fail_value(parser, start, node);
    return number;
}

/* Values separated by commas: any of them. */
static uint8_t parse_values(struct parser *parser, const struct filter_field *field,
                            enum relation relation)
{
    bool single =
        relation != RELATION_IS || field->kind == FILTER_SINCE || field->kind == FILTER_UNTIL;
    uint8_t node = parse_value(parser, field, relation, true);

    while (node != NODE_NONE && next(parser) == ',') {
        if (single)
            return fail(parser, parser->at, "expected one value, not a list");
        parser->at++;
        node = join(parser, NODE_LIST, node, parse_value(parser, field, relation, true));
    }
    return node;
}

/* ":", "=", "==", "!=", "<", "<=", ">" or ">=". */
static bool take_relation(struct parser *parser, enum relation *relation, bool *negated)
{
    char sign = next(parser);
    bool doubled = after_next(parser) == '=' && sign != ':';

    *negated = sign == '!' && doubled;
    if (!*negated && (sign == '\0' || strchr(":=<>", sign) == NULL))
        return false;
    *relation = RELATION_IS;
    if (sign == '<')
        *relation = doubled ? RELATION_AT_MOST : RELATION_LESS;
    if (sign == '>')
        *relation = doubled ? RELATION_AT_LEAST : RELATION_MORE;
    parser->at += doubled ? 2 : 1;
    return true;
}

static bool has_order(const struct filter_field *field)
{
    return field->kind == FILTER_RANK || field->kind == FILTER_NUMBER ||
           field->kind == FILTER_DURATION || field->kind == FILTER_SIZE;
}

static uint8_t fail_field(struct parser *parser, size_t offset, struct text_span name)
{
    const char *nearest = filter_nearest_field(name);
    char given[4 * SHOWN + 1];

    if (nearest != NULL)
        return fail(parser, offset, "unknown field \"%s\", did you mean %s?", shown(name, given),
                    nearest);
    return fail(parser, offset, "unknown field \"%s\"; put a text that has : = < or > in quotes",
                shown(name, given));
}

/* Letters before a relation; length 0 when there is no such thing. */
static struct text_span peek_name(const struct parser *parser)
{
    struct text_span name = {parser->text + parser->at, 0};
    struct parser ahead = *parser;
    enum relation relation;
    bool negated;

    while (fold(next(&ahead)) >= 'a' && fold(next(&ahead)) <= 'z')
        ahead.at++;
    size_t length = ahead.at - parser->at;
    if (length > 0 && take_relation(&ahead, &relation, &negated))
        name.length = length;
    return name;
}

static uint8_t parse_field(struct parser *parser, struct text_span name)
{
    const struct filter_field *field = filter_find_field(name);
    enum relation relation;
    bool negated;

    if (field == NULL)
        return fail_field(parser, parser->at, name);
    parser->at += name.length;
    size_t at_relation = parser->at;
    take_relation(parser, &relation, &negated);
    if (relation != RELATION_IS && !has_order(field))
        return fail(parser, at_relation, "%s can't be compared with < or >; write %s:value",
                    field->name, field->name);
    uint8_t node = parse_values(parser, field, relation);
    return negated ? negate(parser, node) : node;
}

static uint8_t parse_or(struct parser *parser);

static uint8_t parse_parentheses(struct parser *parser)
{
    size_t start = parser->at++;

    if (parser->depth == FILTER_MAX_DEPTH)
        return fail(parser, start, "more than %d parentheses within each other", FILTER_MAX_DEPTH);
    parser->depth++;
    uint8_t node = parse_or(parser);
    parser->depth--;
    if (node == NODE_NONE)
        return NODE_NONE;
    skip_blanks(parser);
    if (next(parser) != ')')
        return fail(parser, parser->at, "expected \")\" for the \"(\" at %zu", start);
    parser->at++;
    return node;
}

static uint8_t fail_term(struct parser *parser)
{
    struct text_span found = peek_word(parser, false);
    char given[4 * SHOWN + 1];

    if (next(parser) == '\0')
        return fail(parser, parser->at, "expected a term, found the end");
    if (found.length == 0)
        found.length = 1;
    return fail(parser, parser->at, "expected a term, found \"%s\"", shown(found, given));
}

static uint8_t parse_term(struct parser *parser)
{
    struct text_span name = peek_name(parser);
    uint8_t node;

    if (next(parser) == '(')
        node = parse_parentheses(parser);
    else if (next(parser) == '\0' || next(parser) == ')' || at_keyword(parser, "and", "&&") ||
             at_keyword(parser, "or", "||"))
        return fail_term(parser);
    else if (strchr(":=<>", next(parser)) != NULL)
        return fail(
            parser, parser->at,
            "expected a field right before \"%c\"; a text that begins with it stands in quotes",
            next(parser));
    else if (name.length > 0)
        node = parse_field(parser, name);
    else
        node = parse_value(parser, &filter_fields[FILTER_FIELD_text], RELATION_IS, false);
    if (node != NODE_NONE && next(parser) != ')' && next(parser) != '\0' && !is_blank(next(parser)))
        return fail(parser, parser->at,
                    "expected a blank; a text with \" or a parenthesis stands in quotes");
    return node;
}

static uint8_t parse_not(struct parser *parser)
{
    bool negated = false;

    while (skip_blanks(parser), take_not(parser))
        negated = !negated;
    uint8_t node = parse_term(parser);
    return negated ? negate(parser, node) : node;
}

static uint8_t parse_and(struct parser *parser)
{
    uint8_t node = parse_not(parser);

    while (node != NODE_NONE) {
        bool required = take_keyword(parser, "and", "&&");
        skip_blanks(parser);
        if (!required &&
            (next(parser) == '\0' || next(parser) == ')' || at_keyword(parser, "or", "||")))
            break;
        node = join(parser, NODE_AND, node, parse_not(parser));
    }
    return node;
}

static uint8_t parse_or(struct parser *parser)
{
    uint8_t node = parse_and(parser);

    while (node != NODE_NONE && take_keyword(parser, "or", "||"))
        node = join(parser, NODE_OR, node, parse_and(parser));
    return node;
}

static bool check_characters(struct parser *parser)
{
    size_t step;

    for (size_t at = 0; at < parser->length; at += step) {
        unsigned char byte = (unsigned char)parser->text[at];
        step = text_utf8_length(parser->text + at, parser->length - at);
        if (step == 0) {
            fail(parser, at, "not UTF-8");
            return false;
        }
        if ((byte < 0x20 && !is_blank((char)byte)) || byte == 0x7f) {
            fail(parser, at, "a control character");
            return false;
        }
    }
    return true;
}

static bool parse(struct parser *parser)
{
    if (parser->length > FILTER_MAX_LENGTH) {
        fail(parser, FILTER_MAX_LENGTH, "longer than %d bytes", FILTER_MAX_LENGTH);
        return false;
    }
    if (!check_characters(parser))
        return false;
    skip_blanks(parser);
    if (next(parser) == '\0')
        return true;
    parser->filter->root = parse_or(parser);
    if (parser->filter->root == NODE_NONE)
        return false;
    if (parser->at < parser->length) {
        fail(parser, parser->at, "\")\" without \"(\"");
        return false;
    }
    return true;
}

struct filter *filter_new(const char *expression, size_t length, uint64_t now_ns,
                          struct filter_error *error)
{
    struct filter *filter = calloc(1, sizeof *filter);
    struct parser parser = {
        .text = expression, .length = length, .now_ns = now_ns, .filter = filter, .error = error};

    if (filter == NULL) {
        fail(&parser, 0, "no memory");
        return NULL;
    }
    filter->root = NODE_NONE;
    if (!parse(&parser)) {
        filter_free(filter);
        return NULL;
    }
    return filter;
}

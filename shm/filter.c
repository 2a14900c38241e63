#include "shm/filter.h"

#include <stdlib.h>
#include <string.h>

#include "shm/filter_internal.h"

struct filter *filter_copy(const struct filter *filter)
{
    struct filter *copy = malloc(sizeof *copy);

    if (copy != NULL)
        *copy = *filter;
    return copy;
}

void filter_free(struct filter *filter)
{
    free(filter);
}

unsigned filter_size(const struct filter *filter)
{
    return filter->count;
}

unsigned filter_asks(const struct filter *filter)
{
    return filter->asks;
}

uint8_t filter_add_node(struct filter *filter, enum node_kind kind)
{
    if (filter->count == FILTER_MAX_NODES)
        return NODE_NONE;
    filter->nodes[filter->count].kind = (uint8_t)kind;
    filter->nodes[filter->count].first = NODE_NONE;
    filter->nodes[filter->count].next = NODE_NONE;
    return filter->count++;
}

/* After all that cost no more. */
static void insert_child(struct filter *filter, struct node *parent, uint8_t number)
{
    struct node *child = &filter->nodes[number];
    uint8_t *link = &parent->first;

    while (*link != NODE_NONE && filter->nodes[*link].cost <= child->cost)
        link = &filter->nodes[*link].next;
    child->next = *link;
    *link = number;
    if (parent->cost < child->cost)
        parent->cost = child->cost;
}

void filter_add_child(struct filter *filter, uint8_t parent, uint8_t child)
{
    struct node *to = &filter->nodes[parent];
    const struct node *from = &filter->nodes[child];

    if (from->kind != to->kind || from->kind == NODE_NOT) {
        insert_child(filter, to, child);
        return;
    }
    for (uint8_t at = from->first; at != NODE_NONE;) {
        uint8_t next = filter->nodes[at].next;
        insert_child(filter, to, at);
        at = next;
    }
}

static bool same_value(const struct filter *a, const struct node *x, const struct filter *b,
                       const struct node *y)
{
    return x->field == y->field && x->relation == y->relation && x->number == y->number &&
           x->quoted == y->quoted && x->length == y->length &&
           memcmp(a->pool + x->start, b->pool + y->start, x->length) == 0;
}

static bool same_node(const struct filter *a, uint8_t i, const struct filter *b, uint8_t j)
{
    if (i == NODE_NONE || j == NODE_NONE)
        return i == j;
    const struct node *x = &a->nodes[i], *y = &b->nodes[j];
    if (x->kind != y->kind || (x->kind == NODE_TERM && !same_value(a, x, b, y)))
        return false;
    i = x->first;
    j = y->first;
    while (i != NODE_NONE && j != NODE_NONE && same_node(a, i, b, j)) {
        i = a->nodes[i].next;
        j = b->nodes[j].next;
    }
    return i == NODE_NONE && j == NODE_NONE;
}

bool filter_equal(const struct filter *a, const struct filter *b)
{
    return same_node(a, a->root, b, b->root);
}

struct printer {
    const struct filter *filter;
    char *out;
    size_t length;
};

static void put(struct printer *printer, char character)
{
    if (printer->length < FILTER_MAX_LENGTH)
        printer->out[printer->length++] = character;
}

static void put_text(struct printer *printer, const char *text)
{
    while (*text != '\0')
        put(printer, *text++);
}

static void put_value(struct printer *printer, const struct node *node)
{
    struct text_span value = node_value(printer->filter, node);

    if (node->quoted)
        put(printer, '"');
    for (size_t i = 0; i < value.length; i++) {
        if (node->quoted && (value.start[i] == '"' || value.start[i] == '\\'))
            put(printer, '\\');
        put(printer, value.start[i]);
    }
    if (node->quoted)
        put(printer, '"');
}

static void put_term(struct printer *printer, const struct node *node)
{
    static const char *const operators[] = {":", "<", "<=", ">", ">="};

    if (node->named) {
        put_text(printer, node_field(node)->name);
        put_text(printer, operators[node->relation]);
    }
    put_value(printer, node);
}

static void put_node(struct printer *printer, uint8_t number, enum node_kind parent);

static void put_children(struct printer *printer, const struct node *node)
{
    for (uint8_t at = node->first; at != NODE_NONE; at = printer->filter->nodes[at].next) {
        if (node->kind == NODE_LIST && at != node->first) {
            put(printer, ',');
            put_value(printer, &printer->filter->nodes[at]);
            continue;
        }
        if (at != node->first)
            put_text(printer, node->kind == NODE_OR ? " or " : " ");
        put_node(printer, at, (enum node_kind)node->kind);
    }
}

static void put_node(struct printer *printer, uint8_t number, enum node_kind parent)
{
    const struct node *node = &printer->filter->nodes[number];
    bool parentheses = (node->kind == NODE_OR && parent != NODE_OR) ||
                       (node->kind == NODE_AND && parent == NODE_NOT);

    if (node->kind == NODE_TERM) {
        put_term(printer, node);
        return;
    }
    if (node->kind == NODE_NOT)
        put(printer, '-');
    if (parentheses)
        put(printer, '(');
    put_children(printer, node);
    if (parentheses)
        put(printer, ')');
}

size_t filter_print(const struct filter *filter, char *out)
{
    struct printer printer = {.filter = filter, .out = out};

    if (filter->root != NODE_NONE)
        put_node(&printer, filter->root, NODE_OR); /* whose children need no parentheses */
    out[printer.length] = '\0';
    return printer.length;
}

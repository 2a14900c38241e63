/* What the files of the filter share: filter_parse.c makes the nodes of filter.c, with the values
 * of filter_value.c and the fields of filter_fields.c; filter_match.c evaluates them. */
#ifndef SHM_FILTER_INTERNAL_H
#define SHM_FILTER_INTERNAL_H

#include "shm/filter.h"

enum filter_field_number {
#define FIELD(name, alias, kind, choices, place, help) FILTER_FIELD_##name,
#include "shm/filter_fields.def"
};

enum node_kind {
    NODE_TERM,
    NODE_NOT,
    NODE_AND,
    NODE_OR,
    NODE_LIST, /* an OR, written as values of one field: type:CALL,SEND */
};

enum relation { RELATION_IS, RELATION_LESS, RELATION_AT_MOST, RELATION_MORE, RELATION_AT_LEAST };

#define NODE_NONE UINT8_MAX

/* Numbers of nodes are their places in the array. */
struct node {
    uint8_t kind;  /* enum node_kind */
    uint8_t cost;  /* of a match; siblings are in ascending order */
    uint8_t first; /* child */
    uint8_t next;  /* sibling */
    /* the rest is for terms */
    uint8_t field;
    uint8_t relation;
    uint8_t quoted; /* the value stood in quotes */
    uint8_t named;  /* the field was named; only texts need not be */
    uint32_t start; /* of the value in the pool: as written, without quotes and escapes */
    uint32_t length;
    uint64_t number; /* what the value means: bits of a choice, rank, microseconds, bytes,
                        nanoseconds since 1970; of a name, whether it has wildcards */
};

struct filter {
    uint8_t root; /* NODE_NONE: matches everything */
    uint8_t count;
    uint8_t asks; /* FILTER_ASKS_... */
    uint16_t used;
    struct node nodes[FILTER_MAX_NODES];
    char pool[FILTER_MAX_LENGTH];
    uint16_t failure[FILTER_MAX_LENGTH]; /* beside each text: where its search goes on after a
                                            mismatch */
};

static inline struct text_span node_value(const struct filter *filter, const struct node *node)
{
    return (struct text_span){filter->pool + node->start, node->length};
}

static inline const struct filter_field *node_field(const struct node *node)
{
    return &filter_fields[node->field];
}

/* Number of a new node of that kind without children, or NODE_NONE. */
uint8_t filter_add_node(struct filter *filter, enum node_kind kind);
/* `child` takes its place among the children by its cost; children of a child of the same kind
 * become the parent's own. */
void filter_add_child(struct filter *filter, uint8_t parent, uint8_t child);

/* A field by its name or alias, a choice by its name; NULL when there is none. */
const struct filter_field *filter_find_field(struct text_span name);
const struct filter_choice *filter_find_choice(const struct filter_field *field,
                                               struct text_span name);
/* The field or choice that was probably meant; NULL when nothing is near. */
const char *filter_nearest_field(struct text_span name);
const char *filter_nearest_choice(const struct filter_field *field, struct text_span name);

/* Works out node->number from the value. False when the value is none for that field. */
bool filter_read_value(struct filter *filter, struct node *node, uint64_t now_ns);
/* What the values of that field look like, as an error says it; `out` is used for those that list
 * their choices. */
const char *filter_expected(const struct filter_field *field, char *out, size_t size);

/* ASCII only. */
static inline char fold(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character | 0x20) : character;
}

#endif

/*
 * The query part of a request's target: name=value pairs, percent-decoded once, '+' is a space.
 * Strict: a broken escape, a name given twice, a control character or too many pairs make the whole
 * query an error that says what is wrong.
 */
#ifndef BOARDD_QUERY_H
#define BOARDD_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/http1.h"
#include "shm/filter.h"

#define QUERY_MAX_PAIRS  24
#define QUERY_MAX_TEXT   8192
#define QUERY_ERROR_SIZE 320

struct query {
    unsigned count;
    struct {
        const char *name;
        const char *value;
    } pairs[QUERY_MAX_PAIRS];
    char text[QUERY_MAX_TEXT];
    struct filter *filter;        /* of query_filter */
    char error[QUERY_ERROR_SIZE]; /* of the call that returned false */
};

bool query_parse(struct query *query, struct http1_span raw);
void query_end(struct query *query);
/* False when there is a name that isn't one of the words in `allowed` (separated by spaces). */
bool query_check_names(struct query *query, const char *allowed);

/* The value, or NULL. */
const char *query_get(const struct query *query, const char *name);
/* The following leave *out alone where the parameter is absent or empty, and return false, with an
 * error, where it's unusable. */
bool query_uint(struct query *query, const char *name, uint64_t min, uint64_t max, uint64_t *out);
/* Index of the value in `choices` ("a|b|c"), ignoring case. */
bool query_choice(struct query *query, const char *name, const char *choices, unsigned *out);
/* As query_choice for a list of values separated by commas: one bit each. */
bool query_choices(struct query *query, const char *name, const char *choices, unsigned *bits);
bool query_time(struct query *query, const char *name, uint64_t now_ns, uint64_t *real_ns);
/* An expression of the filter language, which lives as long as the query; call it once. */
bool query_filter(struct query *query, const char *name, uint64_t now_ns, struct filter **filter);

#endif

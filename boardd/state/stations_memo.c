#include "boardd/state/stations_memo.h"

#include <stdlib.h>
#include <string.h>

struct list {
    struct stations_query query;       /* its text is the one below */
    char text[EVENT_MAX_IDENTITY + 1]; /* a longer one is in no identity */
    struct stations_version version;
    uint64_t asked; /* 0: none is kept here */
    struct station_key *keys;
    size_t count;
    size_t total;
};

struct stations_memo {
    struct list lists[STATIONS_MEMO_LISTS];
    uint64_t asked; /* how often */
};

struct stations_memo *stations_memo_new(void)
{
    return calloc(1, sizeof(struct stations_memo));
}

void stations_memo_free(struct stations_memo *memo)
{
    if (memo == NULL)
        return;
    for (unsigned i = 0; i < STATIONS_MEMO_LISTS; i++)
        free(memo->lists[i].keys);
    free(memo);
}

static bool is_same(const struct stations_query *a, const struct stations_query *b)
{
    return a->statuses == b->statuses && a->protocols == b->protocols &&
           a->problems == b->problems && a->source == b->source && a->sort == b->sort &&
           a->descending == b->descending && a->offset == b->offset && a->limit == b->limit &&
           strcmp(a->text, b->text) == 0;
}

static bool is_current(const struct list *list, struct stations_version version)
{
    enum stations_sort sort = list->query.sort;
    bool by_figures = sort != SORT_IDENTITY && sort != SORT_STATUS;
    return list->version.rows == version.rows &&
           (!by_figures || list->version.figures == version.figures);
}

long stations_memo_find(struct stations_memo *memo, const struct stations_query *query,
                        struct stations_version version, struct station_key *keys, size_t *total)
{
    for (unsigned i = 0; memo != NULL && i < STATIONS_MEMO_LISTS; i++) {
        struct list *list = &memo->lists[i];
        if (list->asked == 0 || !is_same(&list->query, query) || !is_current(list, version))
            continue;
        list->asked = ++memo->asked;
        memcpy(keys, list->keys, list->count * sizeof(*keys));
        *total = list->total;
        return (long)list->count;
    }
    return -1;
}

/* The one for the same question, which is of no use any more, or the one asked for longest ago. */
static struct list *choose(struct stations_memo *memo, const struct stations_query *query)
{
    struct list *chosen = &memo->lists[0];
    for (unsigned i = 0; i < STATIONS_MEMO_LISTS; i++) {
        struct list *list = &memo->lists[i];
        if (list->asked != 0 && is_same(&list->query, query))
            return list;
        if (list->asked < chosen->asked)
            chosen = list;
    }
    return chosen;
}

void stations_memo_keep(struct stations_memo *memo, const struct stations_query *query,
                        struct stations_version version, const struct station_key *keys,
                        size_t count, size_t total)
{
    size_t length = strlen(query->text);
    if (memo == NULL || length >= sizeof(memo->lists[0].text))
        return;
    struct list *list = choose(memo, query);
    struct station_key *kept = realloc(list->keys, (count + 1) * sizeof(*keys));
    if (kept == NULL)
        return;
    memcpy(kept, keys, count * sizeof(*keys));
    memcpy(list->text, query->text, length + 1);
    list->keys = kept;
    list->count = count;
    list->total = total;
    list->version = version;
    list->query = *query;
    list->query.text = list->text;
    list->asked = ++memo->asked;
}

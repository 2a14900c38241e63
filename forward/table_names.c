#include "forward/table_names.h"

#include <stdlib.h>
#include <string.h>

struct name {
    char text[EVENT_MAX_IDENTITY + 1];
};

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct name *)left)->text, ((const struct name *)right)->text);
}

/* All identities in order; NULL when there is no memory. */
static struct name *present_names(const struct segment_reader *reader, uint32_t slots,
                                  size_t *count)
{
    struct station_record record;
    struct name *names = calloc((size_t)slots + 1, sizeof(*names));
    *count = 0;
    if (names == NULL)
        return NULL;
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (segment_reader_station(reader, slot, &record))
            memcpy(names[(*count)++].text, record.identity, sizeof(record.identity));
    }
    qsort(names, *count, sizeof(*names), compare);
    return names;
}

static bool is_present(const redisReply *name, const struct name *names, size_t count)
{
    struct name wanted = {{0}};
    if (name->len == 0 || name->len >= sizeof(wanted.text) || memchr(name->str, 0, name->len))
        return false;
    memcpy(wanted.text, name->str, name->len);
    return bsearch(&wanted, names, count, sizeof(*names), compare) != NULL;
}

uint64_t table_names_remove(const redisReply *names, const struct segment_reader *reader,
                            uint32_t slots, const char *key, struct store_link *link,
                            redisCallbackFn *callback, void *context)
{
    size_t count;
    uint64_t removed = 0;
    if (names->type != REDIS_REPLY_ARRAY)
        return 0;
    struct name *present = present_names(reader, slots, &count);
    for (size_t i = 0; present != NULL && i < names->elements; i++) {
        const redisReply *name = names->element[i];
        const char *arguments[] = {"HDEL", key, name->str};
        const size_t lengths[] = {4, strlen(key), name->len};
        if (name->type != REDIS_REPLY_STRING || is_present(name, present, count))
            continue;
        store_link_send(link, callback, context, 3, arguments, lengths);
        removed++;
    }
    free(present);
    return removed;
}

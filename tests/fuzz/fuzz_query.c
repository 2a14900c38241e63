/* Query strings, with the filters that they may hold. */
#include <string.h>

#include "boardd/http/query.h"
#include "boardd/state/selection.h"
#include "tests/fuzz/fuzz_tail.h"

static void check_query(struct http1_span raw, const struct tail *tail)
{
    static struct query query;
    struct selection selection;
    uint64_t number = 5;
    if (!query_parse(&query, raw)) {
        MUST(query.error[0] != '\0' && strlen(query.error) < sizeof(query.error));
        return;
    }
    for (unsigned i = 0; i < query.count; i++) {
        MUST(strlen(query.pairs[i].name) + strlen(query.pairs[i].value) <= raw.length);
        MUST(query_get(&query, query.pairs[i].name) == query.pairs[i].value);
    }
    if (query_uint(&query, "limit", 1, 1000, &number))
        MUST(number >= 1 && number <= 1000);
    if (selection_parse(&query, tail, &selection))
        MUST(strlen(selection.identity) <= EVENT_MAX_IDENTITY);
    else
        MUST(query.error[0] != '\0');
    query_end(&query);
    query_check_names(&query, "limit offset");
    query_end(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* its own, so that a read past the end is seen */
    MUST(text != NULL);
    memcpy(text, data, size);
    check_query((struct http1_span){text, size}, fuzz_tail());
    free(text);
    return 0;
}

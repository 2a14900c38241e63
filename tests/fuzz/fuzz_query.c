/* Query strings, cookies, event ids and forwarded addresses: what a browser may put anything into.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/http/guard.h"
#include "boardd/sources/own_events.h"
#include "boardd/state/position.h"
#include "boardd/http/query.h"
#include "boardd/state/selection.h"
#include "boardd/state/tail.h"
#include <event2/event.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tail *make_tail(void)
{
    struct own_events *own = own_events_new();
    MUST(own != NULL);
    struct source *sources[] = {own_events_source(own)};
    struct event_base *base = event_base_new();
    MUST(base != NULL && event_base_priority_init(base, 2) == 0);
    struct tail *tail = tail_new(base, sources, 1);
    MUST(tail != NULL);
    return tail;
}

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

/* An id that is read and written again means the same. */
static void check_position(const char *text, const struct tail *tail)
{
    static struct position position, again;
    static char written[POSITION_MAX_TEXT + 1];
    if (!position_parse(text, tail, &position))
        return;
    MUST(position_text(&position, tail, ALL_COLLECTIONS, written, sizeof(written)));
    if (written[0] == '\0')
        return;
    MUST(position_parse(written, tail, &again));
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if ((again.sources[0].known >> i & 1) != 0)
            MUST(again.sources[0].next[i] == position.sources[0].next[i]);
    }
}

static void check_headers(struct http1_span value)
{
    struct http1_request request = {.header_count = 2};
    char out[65], address[48];
    bool secure = false;
    request.host = value;
    request.headers[0] = (struct http1_header){{"Cookie", 6}, value};
    request.headers[1] = (struct http1_header){{"X-Forwarded-For", 15}, value};
    if (guard_cookie(&request, "session", out, sizeof(out)))
        MUST(strlen(out) < sizeof(out));
    guard_forwarded(&request, "192.0.2.1", "192.0.2.1,192.0.2.2", address, sizeof(address),
                    &secure);
    MUST(strlen(address) < sizeof(address) && !secure);
    guard_host(value, "board.example", "a.example,b.example");
    request.headers[1].name = (struct http1_span){"Origin", 6};
    guard_origin(&request, false, "https://ops.example");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tail *tail;
    if (tail == NULL)
        tail = make_tail();
    char *text = malloc(size + 1); /* its own, so that a read past the end is seen */
    MUST(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    struct http1_span span = {text, size};
    check_query(span, tail);
    check_headers(span);
    if (strlen(text) == size)
        check_position(text, tail);
    free(text);
    return 0;
}

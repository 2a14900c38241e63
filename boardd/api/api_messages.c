/* /api/messages: the OCPP messages, newest first */
#include <stdlib.h>
#include <string.h>

#include "boardd/api/api_page.h"
#include "boardd/board.h"
#include "boardd/state/selection.h"
#include "boardd/state/store.h"

static bool read_cursor(struct api_request *request, struct position *position, bool *given)
{
    const char *cursor = query_get(&request->query, "before");
    *given = cursor != NULL && *cursor != '\0';
    if (!*given || position_parse(cursor, request->board->tail, position))
        return true;
    http_reply_error(request->exchange, 400, "before: not a cursor of ours");
    return false;
}

static void add_page_headers(struct api_request *request, const struct store_result *result)
{
    char cursor[POSITION_MAX_TEXT];
    if (result->total != STORE_UNKNOWN)
        page_add_number(request, "X-Total-Count", result->total);
    if (!result->more || !position_text(&result->next, request->board->tail,
                                        1u << COLLECTION_MESSAGES, cursor, sizeof(cursor)))
        return;
    http_add_header(request->exchange, "X-Next-Cursor", cursor);
    page_add_next_link(request, "before", cursor);
}

void api_messages(struct api_request *request)
{
    struct store *store = request->board->store;
    struct selection selection;
    struct position before;
    struct store_hit hits[PAGE_MAX_LIMIT];
    struct store_result result;
    struct json_out json;
    uint64_t limit, offset;
    bool has_cursor;
    if (!page_read(request, &limit, &offset))
        return;
    if (!selection_parse(&request->query, request->board->tail, &selection)) {
        api_bad_query(request);
        return;
    }
    if (!read_cursor(request, &before, &has_cursor))
        return;
    struct store_query query = {.collection = COLLECTION_MESSAGES,
                                .selection = &selection,
                                .before = has_cursor ? &before : NULL,
                                .offset = offset,
                                .limit = (size_t)limit};
    store_query(store, &query, hits, &result);
    add_page_headers(request, &result);
    json_out_init(&json);
    json_out_array(&json);
    for (size_t i = 0; i < result.count; i++)
        store_put(store, COLLECTION_MESSAGES, hits[i], false, &json);
    json_out_array_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

/* "<gateway>-<seq>"; a gateway's name may hold dashes. */
static bool parse_id(const struct tail *tail, const char *id, struct store_hit *hit)
{
    const char *dash = strrchr(id, '-');
    if (dash == NULL || dash[1] == '\0' || strlen(dash + 1) > 19 ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return false;
    hit->seq = strtoull(dash + 1, NULL, 10);
    for (unsigned i = 0; i < tail_count(tail); i++) {
        const char *name = tail_source(tail, i)->name;
        if (strlen(name) == (size_t)(dash - id) && memcmp(name, id, strlen(name)) == 0) {
            hit->source = i;
            return true;
        }
    }
    return false;
}

void api_message(struct api_request *request)
{
    struct store *store = request->board->store;
    struct store_hit hit, pair;
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_key(&json, "message");
    if (!parse_id(request->board->tail, request->parameter, &hit) ||
        !store_put(store, COLLECTION_MESSAGES, hit, true, &json)) {
        json_out_free(&json);
        http_reply_error(request->exchange, 404, "no such message, or it is too old");
        return;
    }
    json_out_key(&json, "counterpart");
    if (!store_pair(store, hit, &pair) || !store_put(store, COLLECTION_MESSAGES, pair, true, &json))
        json_out_null(&json);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

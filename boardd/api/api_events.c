/* /api/security-events, /api/errors, /api/system-events, /api/logs, /api/connection-events */
#include <string.h>

#include "boardd/api/api_page.h"
#include "boardd/board.h"
#include "boardd/sources/own_events.h"
#include "boardd/state/selection.h"
#include "boardd/state/store.h"

static void put_hits(struct store *store, enum collection collection, const struct store_hit *hits,
                     size_t count, struct json_out *json)
{
    json_out_array(json);
    for (size_t i = 0; i < count; i++)
        store_put(store, collection, hits[i], false, json);
    json_out_array_end(json);
}

/* process=gateway|boardd: which sources take part. */
static bool choose_process(struct api_request *request, struct selection *selection, bool *none)
{
    unsigned process = UINT32_MAX;
    *none = false;
    if (!query_choice(&request->query, "process", "gateway|boardd", &process)) {
        api_bad_query(request);
        return false;
    }
    if (process == UINT32_MAX)
        return true;
    const struct tail *tail = request->board->tail;
    unsigned own = tail_count(tail) - 1; /* the last source is boardd itself */
    if (process == 1) {
        *none = selection->source >= 0 && (unsigned)selection->source != own;
        selection->source = (int)own;
    } else if (selection->source == (int)own) {
        *none = true;
    } else {
        selection->gateways_only = 1;
    }
    return true;
}

static void reply_list(struct api_request *request, enum collection collection, const char *alias)
{
    struct store *store = request->board->store;
    struct selection selection;
    struct store_hit hits[PAGE_MAX_LIMIT];
    struct store_result result;
    struct json_out json;
    uint64_t limit, offset;
    bool none;
    if (!page_read(request, &limit, &offset))
        return;
    if (!selection_parse(&request->query, request->board->tail, &selection)) {
        api_bad_query(request);
        return;
    }
    if (!choose_process(request, &selection, &none))
        return;
    struct store_query query = {.collection = collection,
                                .selection = &selection,
                                .offset = offset,
                                .limit = (size_t)limit};
    store_query(store, &query, hits, &result);
    if (none)
        result.count = result.total = 0;
    uint64_t total = result.total != STORE_UNKNOWN ? result.total : offset + result.count;
    page_add_number(request, "X-Total-Count", total);
    json_out_init(&json);
    json_out_object(&json);
    put_hits(store, collection, hits, result.count, json_out_key(&json, "events"));
    if (alias != NULL)
        put_hits(store, collection, hits, result.count, json_out_key(&json, alias));
    json_out_uint(json_out_key(&json, "totalCount"), total);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

void api_security_events(struct api_request *request)
{
    reply_list(request, COLLECTION_SECURITY, NULL);
}

void api_errors(struct api_request *request)
{
    reply_list(request, COLLECTION_ERRORS, NULL);
}

void api_system_events(struct api_request *request)
{
    reply_list(request, COLLECTION_SYSTEM, NULL);
}

void api_connection_events(struct api_request *request)
{
    reply_list(request, COLLECTION_CONNECTIONS, NULL);
}

void api_logs(struct api_request *request)
{
    reply_list(request, COLLECTION_LOG, "logs");
}

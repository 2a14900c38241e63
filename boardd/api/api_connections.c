/* /api/connections: the stations */
#include <stdio.h>
#include <string.h>

#include "boardd/api/api_page.h"
#include "boardd/board.h"
#include "boardd/state/selection.h"
#include "boardd/state/station_sessions.h"
#include "boardd/state/stations.h"
#include "boardd/state/store.h"
#include "boardd/state/unknown_list.h"
#include "common/text.h"

#define STATION_MESSAGES 100

/* The ways up, then the same ways down. */
#define SORTS                                                                                      \
    "identity|status|connectedAt|lastMessageAt|messageCount|errorCount|"                           \
    "-identity|-status|-connectedAt|-lastMessageAt|-messageCount|-errorCount"

static bool read_sort(struct api_request *request, struct stations_query *query)
{
    unsigned sort = SORT_IDENTITY;
    bool good = query_choice(&request->query, "sort", SORTS, &sort);
    query->descending = sort > SORT_ERRORS;
    query->sort = (enum stations_sort)(sort % (SORT_ERRORS + 1));
    return good;
}

static bool read_problems(struct api_request *request, struct stations_query *query)
{
    unsigned problems = 0;
    if (!query_choices(&request->query, "problems", STATION_PROBLEM_NAMES "|any", &problems))
        return false;
    bool any = (problems >> PROBLEM_COUNT & 1) != 0;
    query->problems = any ? (1u << PROBLEM_COUNT) - 1 : problems;
    return true;
}

static bool read_query(struct api_request *request, struct stations_query *query, uint64_t *limit,
                       uint64_t *offset)
{
    struct selection selection;
    unsigned status = 3, protocols = 0;
    if (!page_read(request, limit, offset))
        return false;
    if (!selection_parse(&request->query, request->board->tail, &selection) ||
        !query_choice(&request->query, "status", "online|offline|evicted|all", &status) ||
        !query_choices(&request->query, "protocol", "ocpp1.6|ocpp2.0.1|ocpp2.1", &protocols) ||
        !read_problems(request, query) || !read_sort(request, query)) {
        api_bad_query(request);
        return false;
    }
    const char *text = query_get(&request->query, "q");
    query->statuses = status < 3 ? 1u << (STATION_ONLINE + status) : 0;
    query->protocols = protocols << OCPP_16;
    query->source = selection.source;
    query->text = text != NULL ? text : "";
    query->offset = (size_t)*offset;
    query->limit = (size_t)*limit;
    return true;
}

void api_connections(struct api_request *request)
{
    struct stations *stations = request->board->stations;
    struct stations_query query;
    struct station_key keys[PAGE_MAX_LIMIT];
    struct station_record record;
    struct json_out json;
    uint64_t limit, offset;
    size_t total = 0;
    if (!read_query(request, &query, &limit, &offset))
        return;
    long count = stations_list(stations, &query, keys, &total);
    if (count < 0) {
        http_reply_error(request->exchange, 503, "out of memory");
        return;
    }
    page_add_number(request, "X-Total-Count", total);
    if (offset + (uint64_t)count < total) {
        char next[TEXT_DECIMAL_SIZE];
        text_decimal(offset + (uint64_t)count, next);
        page_add_next_link(request, "offset", next);
    }
    uint64_t now_ns = tail_now_ns(request->board->tail);
    json_out_init(&json);
    json_out_array(&json);
    for (long i = 0; i < count; i++) {
        if (!stations_read(stations, keys[i], &record))
            continue;
        json_out_object(&json);
        stations_put(stations, keys[i], &record, now_ns, false, &json);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

static void put_messages(struct board *board, unsigned source, const char *identity,
                         struct json_out *json)
{
    struct selection selection;
    struct store_hit hits[STATION_MESSAGES];
    struct store_result result;
    selection_init(&selection);
    selection.source = (int)source;
    snprintf(selection.identity, sizeof(selection.identity), "%s", identity);
    struct store_query query = {
        .collection = COLLECTION_MESSAGES, .selection = &selection, .limit = STATION_MESSAGES};
    store_query(board->store, &query, hits, &result);
    json_out_array(json_out_key(json, "messages"));
    for (size_t i = 0; i < result.count; i++)
        store_put(board->store, COLLECTION_MESSAGES, hits[i], false, json);
    json_out_array_end(json);
}

void api_connection(struct api_request *request)
{
    struct board *board = request->board;
    struct selection selection;
    struct station_key key;
    struct station_record record;
    struct json_out json;
    if (!selection_parse(&request->query, board->tail, &selection)) {
        api_bad_query(request);
        return;
    }
    if (!stations_find(board->stations, selection.source, request->parameter, &key) ||
        !stations_read(board->stations, key, &record)) {
        http_reply_error(request->exchange, 404, "no such station");
        return;
    }
    uint64_t now_ns = tail_now_ns(board->tail);
    json_out_init(&json);
    json_out_object(&json);
    stations_put(board->stations, key, &record, now_ns, true, &json);
    station_sessions_put(board->store, key.source, record.identity, now_ns, &json);
    put_messages(board, key.source, record.identity, &json);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

void api_unknown_stations(struct api_request *request)
{
    struct selection selection;
    struct json_out json;
    if (!selection_parse(&request->query, request->board->tail, &selection)) {
        api_bad_query(request);
        return;
    }
    json_out_init(&json);
    unknown_list_put(request->board->unknown, selection.source, &json);
    http_reply_json(request->exchange, 200, &json);
}

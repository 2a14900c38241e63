/* /api/telemetry */
#include "boardd/api/routes.h"
#include "boardd/board.h"
#include "boardd/state/selection.h"
#include "boardd/state/telemetry.h"

void api_telemetry(struct api_request *request)
{
    struct json_out json;
    json_out_init(&json);
    telemetry_put(request->board->telemetry, &json);
    http_reply_json(request->exchange, 200, &json);
}

void api_telemetry_history(struct api_request *request)
{
    const struct tail *tail = request->board->tail;
    struct selection selection;
    struct json_out json;
    unsigned range = 0;
    if (!selection_parse(&request->query, tail, &selection) ||
        !query_choice(&request->query, "range", "60m|24h", &range)) {
        api_bad_query(request);
        return;
    }
    json_out_init(&json);
    telemetry_put_history(request->board->telemetry, selection.source, range == 1,
                          selection.since_ns, &json);
    http_reply_json(request->exchange, 200, &json);
}

void api_telemetry_actions(struct api_request *request)
{
    struct board *board = request->board;
    struct selection selection;
    struct json_out json;
    if (!selection_parse(&request->query, board->tail, &selection)) {
        api_bad_query(request);
        return;
    }
    json_out_init(&json);
    telemetry_put_actions(board->tail, board->fold, selection.source, &json);
    http_reply_json(request->exchange, 200, &json);
}

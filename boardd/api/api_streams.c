/* The event streams */
#include "boardd/api/routes.h"
#include "boardd/board.h"
#include "boardd/stream/sse.h"
#include "shm/event.h"

static void open_stream(struct api_request *request, unsigned topics)
{
    sse_open(request->board->sse, request->exchange, &request->query, request->session, topics);
}

void api_stream(struct api_request *request)
{
    const char *topics = query_get(&request->query, "topics");
    unsigned wanted = topics != NULL ? sse_parse_topics(topics) : 0;
    if (wanted == 0) {
        http_reply_error(request->exchange, 400,
                         "topics: give some of messages, telemetry, security, logs, connections, "
                         "errors, system, separated by commas");
        return;
    }
    open_stream(request, wanted);
}

void api_messages_stream(struct api_request *request)
{
    open_stream(request, 1u << COLLECTION_MESSAGES);
}

void api_telemetry_stream(struct api_request *request)
{
    open_stream(request, 1u << SSE_TOPIC_TELEMETRY);
}

void api_security_stream(struct api_request *request)
{
    open_stream(request, 1u << COLLECTION_SECURITY);
}

void api_logs_stream(struct api_request *request)
{
    open_stream(request, 1u << COLLECTION_LOG);
}

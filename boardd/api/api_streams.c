/* The event streams */
#include "boardd/api/routes.h"
#include "boardd/stream/sse.h"
#include "shm/event.h"

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
    sse_open(request, wanted);
}

void api_messages_stream(struct api_request *request)
{
    sse_open(request, 1u << COLLECTION_MESSAGES);
}

void api_telemetry_stream(struct api_request *request)
{
    sse_open(request, 1u << SSE_TOPIC_TELEMETRY);
}

void api_security_stream(struct api_request *request)
{
    sse_open(request, 1u << COLLECTION_SECURITY);
}

void api_logs_stream(struct api_request *request)
{
    sse_open(request, 1u << COLLECTION_LOG);
}

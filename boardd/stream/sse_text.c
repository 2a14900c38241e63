#include "boardd/stream/sse_internal.h"

#include "boardd/board.h"
#include "boardd/state/store.h"
#include "boardd/state/telemetry.h"
#include "common/timestamp.h"

/* "error" is the name that EventSource keeps for its own. */
static const char *const event_names[COLLECTION_COUNT] = {
    [COLLECTION_MESSAGES] = "message",    [COLLECTION_CONNECTIONS] = "connection",
    [COLLECTION_SECURITY] = "security",   [COLLECTION_ERRORS] = "error-event",
    [COLLECTION_SYSTEM] = "system-event", [COLLECTION_LOG] = "log",
};

void sse_text_id(struct json_out *out, const struct sse *sse, const struct position *after,
                 unsigned topics)
{
    json_out_plain(out, "id: ", 4);
    position_write(after, sse->tail, topics & ALL_COLLECTIONS, out);
    json_out_plain(out, "\n", 1);
}

static void begin(struct json_out *out, const char *name)
{
    json_out_plain(out, "event: ", 7);
    json_out_literal(out, name);
    json_out_plain(out, "\ndata: ", 7);
    out->comma = false;
}

static void end(struct json_out *out)
{
    json_out_plain(out, "\n\n", 2);
}

void sse_text_record(struct json_out *out, const struct sse *sse, unsigned source,
                     enum collection collection, const struct event *event)
{
    begin(out, event_names[collection]);
    event_put(out, tail_source(sse->tail, source)->name, event);
    end(out);
}

void sse_text_lost(struct json_out *out, const struct sse *sse, unsigned source,
                   enum collection collection, uint64_t count)
{
    begin(out, "lost");
    json_out_object(out);
    json_out_string(json_out_key(out, "topic"),
                    collection == COLLECTION_LOG ? "logs" : collection_label(collection));
    json_out_string(json_out_key(out, "gateway"), tail_source(sse->tail, source)->name);
    json_out_uint(json_out_key(out, "count"), count);
    json_out_object_end(out);
    end(out);
}

void sse_text_skipped(struct json_out *out, uint64_t count)
{
    begin(out, "skipped");
    json_out_object(out);
    json_out_string(json_out_key(out, "topic"), "messages");
    json_out_uint(json_out_key(out, "count"), count);
    json_out_object_end(out);
    end(out);
}

static void put_gateway(struct json_out *out, const struct source *source)
{
    json_out_object(out);
    json_out_string(json_out_key(out, "name"), source->name);
    json_out_string(json_out_key(out, "state"), source_state_name(source->state));
    json_out_object_end(out);
}

void sse_text_gateway(struct json_out *out, const struct sse *sse, unsigned source)
{
    begin(out, "gateway");
    put_gateway(out, tail_source(sse->tail, source));
    end(out);
}

void sse_text_telemetry(struct json_out *out, const struct sse *sse)
{
    begin(out, "telemetry");
    telemetry_put(sse->board->telemetry, out);
    end(out);
}

void sse_text_connected(struct json_out *out, const struct sse *sse)
{
    json_out_literal(out, "retry: 2000\n");
    begin(out, "connected");
    json_out_object(out);
    json_out_time(json_out_key(out, "time"), clock_real_ns());
    json_out_array(json_out_key(out, "gateways"));
    for (unsigned i = 0; i < tail_count(sse->tail); i++) {
        if (tail_source(sse->tail, i)->is_gateway)
            put_gateway(out, tail_source(sse->tail, i));
    }
    json_out_array_end(out);
    json_out_object_end(out);
    end(out);
}

void sse_text_heartbeat(struct json_out *out)
{
    json_out_literal(out, ": heartbeat\n\n");
}

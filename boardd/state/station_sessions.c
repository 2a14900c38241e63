#include "boardd/state/station_sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"

struct past_session {
    uint64_t connection;
    uint64_t connected_ns;    /* 0: not in the history */
    uint64_t disconnected_ns; /* 0: still open */
    unsigned close_code;
    char reason[128];
    char address[EVENT_MAX_ADDRESS + 1];
};

struct past_sessions {
    unsigned count;
    struct past_session items[STATION_SESSIONS];
};

static void copy(char *out, size_t size, struct text_span text)
{
    snprintf(out, size, "%.*s", (int)text.length, text.length > 0 ? text.start : "");
}

/* Both events of a connection have its number. */
static struct past_session *take_session(struct past_sessions *sessions, uint64_t connection)
{
    for (unsigned i = 0; i < sessions->count; i++) {
        if (sessions->items[i].connection == connection)
            return &sessions->items[i];
    }
    if (sessions->count == STATION_SESSIONS)
        return NULL;
    struct past_session *session = &sessions->items[sessions->count++];
    *session = (struct past_session){.connection = connection};
    return session;
}

static void add_event(struct past_sessions *sessions, const struct event *event)
{
    struct past_session *session = take_session(sessions, event->connection);
    if (session == NULL)
        return;
    copy(session->address, sizeof(session->address), event->address);
    if (event->type == EVENT_CONNECTED) {
        session->connected_ns = event->time_ns;
        return;
    }
    session->disconnected_ns = event->time_ns;
    session->close_code = event->close_code;
    copy(session->reason, sizeof(session->reason), event->text);
    if (event->duration_ms < event->time_ns / NS_PER_MS)
        session->connected_ns = event->time_ns - event->duration_ms * NS_PER_MS;
}

/* A connection without an end is open only where it is the newest: the others ended with a gateway
 * that could not tell. */
static void put_session(const struct past_session *session, bool newest, struct json_out *out)
{
    json_out_object(out);
    json_out_time(json_out_key(out, "connectedAt"), session->connected_ns);
    json_out_text_or_null(json_out_key(out, "remoteAddress"), session->address,
                          strlen(session->address));
    if (session->disconnected_ns != 0 || !newest) {
        json_out_time(json_out_key(out, "disconnectedAt"), session->disconnected_ns);
        json_out_key(out, "closeCode");
        if (session->close_code != 0)
            json_out_uint(out, session->close_code);
        else
            json_out_null(out);
        json_out_text_or_null(json_out_key(out, "closeReason"), session->reason,
                              strlen(session->reason));
    }
    json_out_object_end(out);
}

static void find_sessions(struct store *store, const struct selection *selection,
                          struct past_sessions *sessions)
{
    struct store_hit hits[2 * STATION_SESSIONS];
    struct store_result result;
    struct event event;
    struct store_query query = {.collection = COLLECTION_CONNECTIONS,
                                .selection = selection,
                                .limit = sizeof(hits) / sizeof(hits[0])};
    sessions->count = 0;
    store_query(store, &query, hits, &result);
    for (size_t i = 0; i < result.count; i++) {
        if (store_read(store, COLLECTION_CONNECTIONS, hits[i], &event))
            add_event(sessions, &event);
    }
}

static uint64_t count_connects(struct store *store, struct selection *selection, uint64_t now_ns)
{
    struct store_result result;
    struct store_query query = {.collection = COLLECTION_CONNECTIONS, .selection = selection};
    selection->event_types = UINT64_C(1) << EVENT_CONNECTED;
    selection->since_ns = now_ns - 3600 * NS_PER_SECOND;
    store_query(store, &query, NULL, &result);
    return result.total;
}

void station_sessions_put(struct store *store, unsigned source, const char *identity,
                          uint64_t now_ns, struct json_out *out)
{
    struct past_sessions *sessions = malloc(sizeof(*sessions));
    struct selection selection;
    if (sessions == NULL) {
        out->failed = true;
        return;
    }
    selection_init(&selection);
    selection.source = (int)source;
    snprintf(selection.identity, sizeof(selection.identity), "%s", identity);
    find_sessions(store, &selection, sessions);
    json_out_array(json_out_key(out, "sessions"));
    for (unsigned i = 0; i < sessions->count; i++)
        put_session(&sessions->items[i], i == 0, out);
    json_out_array_end(out);
    free(sessions);
    uint64_t connects = count_connects(store, &selection, now_ns);
    json_out_key(out, "connectsLastHour");
    if (connects == STORE_UNKNOWN)
        json_out_null(out);
    else
        json_out_uint(out, connects);
}

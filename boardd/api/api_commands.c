/* What operators do to stations: disconnect, call, purge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/api/routes.h"
#include "boardd/board.h"
#include "boardd/commands/command.h"
#include "boardd/sources/own_events.h"
#include "boardd/state/hidden.h"
#include "boardd/state/selection.h"
#include "boardd/state/stations.h"
#include "common/json_scan.h"
#include "common/log.h"

#define TOPIC       "command"
#define MAX_TIMEOUT 600000

/* What a request says. */
struct command {
    struct station_key key;
    struct station_record record;
    char action[EVENT_MAX_ACTION + 1];
    struct text_span payload; /* in the body */
    long long timeout_ms;
};

/* A request that waits for its gateway. */
struct waiting {
    struct board *board;
    struct http_exchange *exchange; /* NULL: who asked is gone */
    struct station_key key;
    uint64_t connection; /* as it was asked */
    bool hides;
    char identity[EVENT_MAX_IDENTITY + 1];
    char user[SESSION_NAME_SIZE];
};

/* ---- the request ---- */

/* The body's object; an empty body is one without members. False when the request was answered. */
static bool read_body(struct api_request *request, struct json_span *body)
{
    struct http1_span text = http_body(request->exchange);
    struct json_scan_error error;
    if (text.length == 0)
        text = (struct http1_span){"{}", 2};
    if (!json_scan(text.start, text.length, body, &error)) {
        http_reply_error(request->exchange, 400, "the body is no JSON: byte %zu: %s", error.offset,
                         error.reason);
        return false;
    }
    if (body->type != JSON_OBJECT) {
        http_reply_error(request->exchange, 400, "the body is no JSON object");
        return false;
    }
    return true;
}

/* False, and nothing is written to `out`, when there is no such member; that is no error. */
static bool read_text(struct api_request *request, struct json_span body, const char *name,
                      char *out, size_t size, bool *answered)
{
    struct json_span member;
    if (!json_member(body, name, &member))
        return false;
    if (member.type == JSON_STRING && json_string(member, out, size) >= 0)
        return true;
    http_reply_error(request->exchange, 400, "%s: no text, or too long", name);
    *answered = true;
    return false;
}

/* By the query's or the body's gateway; -1 any. False when the request was answered. */
static bool read_gateway(struct api_request *request, struct json_span body, int *source)
{
    const struct tail *tail = request->board->tail;
    char name[SOURCE_NAME_SIZE];
    bool answered = false;
    const char *given = query_get(&request->query, "gateway");
    *source = -1;
    if (read_text(request, body, "gateway", name, sizeof(name), &answered))
        given = name;
    if (answered)
        return false;
    if (given == NULL || *given == '\0')
        return true;
    for (unsigned i = 0; i < tail_count(tail); i++) {
        if (strcmp(tail_source(tail, i)->name, given) == 0) {
            *source = (int)i;
            return true;
        }
    }
    http_reply_error(request->exchange, 400, "gateway: there is no such gateway");
    return false;
}

/* The body and the station that is meant. False when the request was answered. */
static bool read_target(struct api_request *request, struct command *command,
                        struct json_span *body)
{
    struct stations *stations = request->board->stations;
    int source;
    if (!read_body(request, body) || !read_gateway(request, *body, &source))
        return false;
    if (stations_find(stations, source, request->parameter, &command->key) &&
        stations_read(stations, command->key, &command->record))
        return true;
    http_reply_error(request->exchange, 404, "no such station");
    return false;
}

static bool read_call(struct api_request *request, struct json_span body, struct command *command)
{
    struct json_span member;
    bool answered = false;
    command->payload = (struct text_span){"{}", 2};
    command->timeout_ms = COMMAND_CALL_TIMEOUT;
    if (!read_text(request, body, "action", command->action, sizeof(command->action), &answered) ||
        command->action[0] == '\0') {
        if (!answered)
            http_reply_error(request->exchange, 400, "action: missing");
        return false;
    }
    if (json_member(body, "payload", &member)) {
        command->payload = (struct text_span){member.start, member.length};
        if (member.type != JSON_OBJECT) {
            http_reply_error(request->exchange, 400, "payload: no JSON object");
            return false;
        }
        if (member.length > COMMAND_MAX_PAYLOAD) {
            http_reply_error(request->exchange, 400, "payload: longer than %d bytes",
                             COMMAND_MAX_PAYLOAD);
            return false;
        }
    }
    if (json_member(body, "timeoutMs", &member) &&
        (!json_integer(member, &command->timeout_ms) || command->timeout_ms < 1 ||
         command->timeout_ms > MAX_TIMEOUT)) {
        http_reply_error(request->exchange, 400, "timeoutMs: no whole number from 1 to %d",
                         MAX_TIMEOUT);
        return false;
    }
    return true;
}

/* ---- the reply ---- */

static unsigned status_of(const struct command_reply *reply)
{
    static const struct {
        const char *error;
        unsigned status;
    } statuses[] = {{"unknown_station", 404},
                    {"not_connected", 409},
                    {"stale", 409},
                    {"abandoned", 409},
                    {"bad_request", 400}};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (strcmp(reply->error, statuses[i].error) == 0)
            return statuses[i].status;
    }
    return 503;
}

static void reply_refused(struct http_exchange *exchange, const struct command_reply *reply)
{
    unsigned status = reply->status == COMMAND_REFUSED ? status_of(reply) : 503;
    if (reply->status == COMMAND_BUSY || strcmp(reply->error, "busy") == 0)
        http_add_header(exchange, "Retry-After", "1");
    http_reply_error(exchange, status, "%s", reply->message);
}

static void reply_disconnected(struct http_exchange *exchange, bool disconnected, bool hidden)
{
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), true);
    json_out_bool(json_out_key(&json, "disconnected"), disconnected);
    if (hidden)
        json_out_bool(json_out_key(&json, "hidden"), true);
    json_out_object_end(&json);
    http_reply_json(exchange, 200, &json);
}

/* A member as it came. */
static void copy_member(struct json_out *json, const char *key, struct json_span from)
{
    struct json_span member;
    if (json_member(from, key, &member))
        json_out_raw(json_out_key(json, key), member.start, member.length);
}

static void reply_called(struct http_exchange *exchange, struct json_span reply)
{
    struct json_out json;
    struct json_span outcome;
    bool known = json_member(reply, "outcome", &outcome);
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), known && json_string_is(outcome, "result"));
    copy_member(&json, "outcome", reply);
    copy_member(&json, "payload", reply);
    if (known && json_string_is(outcome, "error")) {
        json_out_object(json_out_key(&json, "error"));
        copy_member(&json, "code", reply);
        copy_member(&json, "description", reply);
        copy_member(&json, "details", reply);
        json_out_object_end(&json);
    }
    copy_member(&json, "truncated", reply);
    copy_member(&json, "sent", reply);
    copy_member(&json, "latencyMs", reply);
    json_out_object_end(&json);
    http_reply_json(exchange, 200, &json);
}

/* ---- hiding ---- */

static void hide(const struct waiting *waiting)
{
    struct board *board = waiting->board;
    const struct source *source = tail_source(board->tail, waiting->key.source);
    uint64_t next[COLLECTION_COUNT], oldest;
    char text[200];
    for (int i = 0; i < COLLECTION_COUNT; i++)
        source->operations->bounds(source, (enum collection)i, &oldest, &next[i]);
    hidden_add(tail_hidden(board->tail), waiting->key.source, waiting->identity,
               waiting->connection, next);
    stations_refresh(board->stations, waiting->key);
    snprintf(text, sizeof(text), "station %s of gateway %s was purged from this dashboard by %s",
             waiting->identity, source->name, waiting->user);
    log_info(TOPIC, "%s", text);
    own_events_system(board->own, EVENT_COMMAND, 1, text);
}

/* ---- what waits ---- */

static void on_cancelled(void *context)
{
    struct waiting *waiting = context;
    waiting->exchange = NULL;
}

static struct waiting *wait_new(struct api_request *request, const struct command *command)
{
    struct waiting *waiting = calloc(1, sizeof(*waiting));
    if (waiting == NULL) {
        http_reply_error(request->exchange, 503, "out of memory");
        return NULL;
    }
    waiting->board = request->board;
    waiting->exchange = request->exchange;
    waiting->key = command->key;
    waiting->connection = command->record.connection;
    snprintf(waiting->identity, sizeof(waiting->identity), "%s", command->record.identity);
    snprintf(waiting->user, sizeof(waiting->user), "%s", request->user);
    http_defer(request->exchange, on_cancelled, waiting);
    return waiting;
}

/* That the station has gone by itself meanwhile is as good as having closed it. */
static bool is_gone(const struct command_reply *reply)
{
    return reply->status == COMMAND_REFUSED && (strcmp(reply->error, "not_connected") == 0 ||
                                                strcmp(reply->error, "unknown_station") == 0);
}

static void on_disconnected(void *context, const struct command_reply *reply)
{
    struct waiting *waiting = context;
    bool done = reply->status == COMMAND_DONE;
    if (done || is_gone(reply)) {
        if (waiting->hides)
            hide(waiting);
        if (waiting->exchange != NULL)
            reply_disconnected(waiting->exchange, done, waiting->hides);
    } else if (waiting->exchange != NULL) {
        reply_refused(waiting->exchange, reply);
    }
    free(waiting);
}

static void on_called(void *context, const struct command_reply *reply)
{
    struct waiting *waiting = context;
    if (waiting->exchange != NULL && reply->status == COMMAND_DONE)
        reply_called(waiting->exchange, reply->reply);
    else if (waiting->exchange != NULL)
        reply_refused(waiting->exchange, reply);
    free(waiting);
}

static void send_command(struct api_request *request, const struct command *command,
                         enum command_kind kind, struct waiting *waiting)
{
    struct command_request sent = {
        .kind = kind,
        .station = command->record.identity,
        .connection = command->record.connection,
        .user = request->user,
        .action = command->action,
        .payload = command->payload,
        .timeout_ms = (uint64_t)command->timeout_ms,
    };
    log_info(TOPIC, "%s from %s: %s%s%s to station %s of gateway %s", request->user,
             request->address, kind == COMMAND_CALL ? "CALL" : "disconnect",
             kind == COMMAND_CALL ? " " : "", command->action, sent.station,
             tail_source(request->board->tail, command->key.source)->name);
    command_send(request->board->commands, command->key.source, &sent,
                 kind == COMMAND_CALL ? on_called : on_disconnected, waiting);
}

/* ---- handlers ---- */

static bool is_online(const struct command *command)
{
    return command->record.status == STATION_ONLINE;
}

/* Without a way back nothing is done, whatever the station's state. True when it was answered. */
static bool answer_passive(struct api_request *request, const struct command *command)
{
    char reason[COMMAND_MESSAGE_SIZE];
    if (commands_access(request->board->commands, command->key.source, reason) !=
        COMMAND_ACCESS_OFF)
        return false;
    http_reply_error(request->exchange, 503, "%s", reason);
    return true;
}

void api_disconnect(struct api_request *request)
{
    struct command command = {0};
    struct json_span body;
    if (!read_target(request, &command, &body) || answer_passive(request, &command))
        return;
    if (!is_online(&command)) {
        reply_disconnected(request->exchange, false, false);
        return;
    }
    struct waiting *waiting = wait_new(request, &command);
    if (waiting != NULL)
        send_command(request, &command, COMMAND_DISCONNECT, waiting);
}

void api_purge(struct api_request *request)
{
    struct command command = {0};
    struct json_span body;
    if (!read_target(request, &command, &body) || answer_passive(request, &command))
        return;
    struct waiting *waiting = wait_new(request, &command);
    if (waiting == NULL)
        return;
    waiting->hides = true;
    if (is_online(&command)) {
        send_command(request, &command, COMMAND_DISCONNECT, waiting);
        return;
    }
    hide(waiting);
    reply_disconnected(request->exchange, false, true);
    free(waiting);
}

void api_call(struct api_request *request)
{
    struct command command = {0};
    struct json_span body;
    if (!read_target(request, &command, &body) || !read_call(request, body, &command) ||
        answer_passive(request, &command))
        return;
    if (!is_online(&command)) {
        http_reply_error(request->exchange, 409, "the station is not connected");
        return;
    }
    struct waiting *waiting = wait_new(request, &command);
    if (waiting != NULL)
        send_command(request, &command, COMMAND_CALL, waiting);
}

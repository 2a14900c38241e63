/* /api/auth: login, session, logout */
#include <stdio.h>
#include <string.h>

#include "boardd/http/address_limits.h"
#include "boardd/board.h"
#include "boardd/sources/own_events.h"
#include "boardd/api/routes.h"
#include "boardd/stream/sse.h"
#include "common/timestamp.h"
#include "common/json_scan.h"
#include "common/log.h"

static const char *auth_mode(const struct config *config)
{
    return config->board_auth == BOARD_AUTH_NONE ? "disabled" : "token";
}

void api_login_failed(struct api_request *request, uint64_t now_ns)
{
    struct board *board = request->board;
    bool used_up = address_limits_login_failed(board->limits, request->address, now_ns);
    log_warnx("auth", "wrong login from %s", request->address);
    own_events_security(board->own, EVENT_AUTH_FAILED, SEVERITY_MEDIUM, request->address,
                        "Wrong login at the dashboard");
    if (used_up)
        own_events_security(board->own, EVENT_RATE_LIMIT, SEVERITY_HIGH, request->address,
                            "Too many wrong logins at the dashboard; the address has to wait");
}

static void put_user(struct json_out *json, const char *name, enum role role)
{
    json_out_object(json_out_key(json, "user"));
    json_out_string(json_out_key(json, "name"), name);
    json_out_string(json_out_key(json, "role"), role_name(role));
    json_out_object_end(json);
}

static void put_session(struct json_out *json, const struct board *board,
                        const struct session *session, const char *id)
{
    char csrf[DIGEST_HEX + 1];
    uint64_t left_ms = sessions_expiry_ms(board->sessions, session) - clock_mono_ms();
    put_user(json, session->name, session->role);
    json_out_time(json_out_key(json, "expiresAt"), clock_real_ns() + left_ms * NS_PER_MS);
    session_csrf_token(id, csrf);
    json_out_string(json_out_key(json, "csrfToken"), csrf);
}

/* The token in the body; false when the request was answered. */
static bool read_token(struct api_request *request, char *token, size_t size)
{
    struct http1_span body = http_body(request->exchange);
    struct json_span value, member;
    if (!json_scan(body.start, body.length, &value, NULL) || value.type != JSON_OBJECT) {
        http_reply_error(request->exchange, 400, "the body is no JSON object");
        return false;
    }
    if (!json_member(value, "token", &member) || member.type != JSON_STRING ||
        json_string(member, token, size) < 0) {
        http_reply_error(request->exchange, 400, "token: missing, no text, or too long");
        return false;
    }
    return true;
}

static void reply_wait(struct api_request *request, unsigned seconds)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", seconds);
    http_add_header(request->exchange, "Retry-After", text);
    http_reply_error(request->exchange, 429, "too many wrong logins; try again in %u s", seconds);
}

void api_auth_login(struct api_request *request)
{
    struct board *board = request->board;
    uint64_t now_ns = clock_mono_ns();
    unsigned retry_after;
    char token[BOARD_MAX_TOKEN], id[SESSION_ID_SIZE];
    struct json_out json;
    if (board->config->board_auth == BOARD_AUTH_NONE) {
        http_reply_error(request->exchange, 400, "this dashboard has no login (board.auth = none)");
        return;
    }
    if (!address_limits_login(board->limits, request->address, now_ns, &retry_after)) {
        reply_wait(request, retry_after);
        return;
    }
    if (!read_token(request, token, sizeof(token)))
        return;
    if (!digest_equal_text(board->token, token)) {
        api_login_failed(request, now_ns);
        http_reply_error(request->exchange, 401, "wrong token");
        return;
    }
    if (request->session != 0) { /* a new login is a new session: a planted id is worth nothing */
        sessions_end(board->sessions, request->session);
        sse_end_session(board->sse, request->session);
    }
    const struct session *session =
        sessions_begin(board->sessions, "token", ROLE_OPERATOR, now_ns / NS_PER_MS, id);
    sessions_save(board->sessions);
    api_set_cookie(request, id, board->config->board_session_max / 1000);
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), true);
    put_session(&json, board, session, id);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

void api_auth_session(struct api_request *request)
{
    struct board *board = request->board;
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "authenticated"), request->role != ROLE_NONE);
    json_out_string(json_out_key(&json, "authMode"), auth_mode(board->config));
    const struct session *session =
        request->session != 0 ? sessions_find(board->sessions, request->session_id, clock_mono_ms())
                              : NULL;
    if (session != NULL)
        put_session(&json, board, session, request->session_id);
    else if (request->role != ROLE_NONE)
        put_user(&json, request->user, request->role);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

void api_auth_logout(struct api_request *request)
{
    struct board *board = request->board;
    struct json_out json;
    if (request->session != 0) {
        sessions_end(board->sessions, request->session);
        sse_end_session(board->sse, request->session);
        sessions_save(board->sessions);
        api_set_cookie(request, "", 0);
    }
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), true);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

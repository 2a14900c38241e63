/* /api/auth: login, session, logout; bearers of tokens */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/board.h"
#include "boardd/api/routes.h"
#include "boardd/login/login.h"
#include "boardd/login/throttle.h"
#include "boardd/stream/sse.h"
#include "common/timestamp.h"
#include "common/json_scan.h"
#include "common/log.h"

/* A login that is being checked. */
struct attempt {
    struct api_request
        request; /* without its query; the exchange is NULL when the browser is gone */
    struct throttle_ticket ticket;
    char account[SESSION_NAME_SIZE];
};

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

static void reply_success(struct http_exchange *exchange)
{
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), true);
    json_out_object_end(&json);
    http_reply_json(exchange, 200, &json);
}

/* 429 for one who has to wait, 503 where we can't keep up. */
static void reply_wait(struct http_exchange *exchange, unsigned status, unsigned seconds,
                       const char *reason)
{
    struct json_out json;
    char text[16];
    snprintf(text, sizeof(text), "%u", seconds);
    http_add_header(exchange, "Retry-After", text);
    json_out_init(&json);
    json_out_object(&json);
    json_out_string(json_out_key(&json, "error"), reason);
    json_out_uint(json_out_key(&json, "retryAfter"), seconds);
    json_out_object_end(&json);
    http_reply_json(exchange, status, &json);
}

/* Counts a wrong login and tells of it. Only names that exist are told: others may be passwords. */
static void count_wrong(struct board *board, struct throttle *throttle,
                        const struct throttle_ticket *ticket, const char *address,
                        const char *account)
{
    const char *name = login_knows(board->login, account) ? account : "";
    uint64_t now_ns = clock_mono_ns();
    login_report_wrong(&board->login_report, address, name, now_ns);
    if (throttle_end(throttle, ticket, THROTTLE_WRONG, now_ns / NS_PER_MS))
        login_report_wait(&board->login_report, address, name);
}

bool api_use_bearer(struct api_request *request, const char *token)
{
    struct board *board = request->board;
    struct throttle_ticket ticket;
    request->scopes = login_api_token(board->login, token, request->user);
    request->role = scopes_role(request->scopes);
    if (request->scopes != 0)
        return true; /* long and random: nobody guesses it */
    unsigned wait =
        throttle_begin(board->bearer_throttle, request->address, "", clock_mono_ms(), &ticket);
    if (wait > 0) {
        reply_wait(request->exchange, 429, wait, "too many wrong logins; try again later");
        return false;
    }
    if (!login_is_token(board->login, token)) {
        count_wrong(board, board->bearer_throttle, &ticket, request->address, "");
        return true;
    }
    throttle_end(board->bearer_throttle, &ticket, THROTTLE_RIGHT, clock_mono_ms());
    request->role = ROLE_OPERATOR;
    request->scopes = role_scopes(ROLE_OPERATOR);
    snprintf(request->user, sizeof(request->user), "token");
    return true;
}

/* A text of the body, empty where it is missing; false when the request was answered. */
static bool read_text(struct http_exchange *exchange, struct json_span body, const char *key,
                      char *out, size_t size)
{
    struct json_span member;
    out[0] = '\0';
    if (!json_member(body, key, &member))
        return true;
    if (member.type == JSON_STRING && json_string(member, out, size) >= 0)
        return true;
    http_reply_error(exchange, 400, "%s: no text, or longer than %zu bytes", key, size - 1);
    return false;
}

static bool read_body(struct http_exchange *exchange, struct json_span *object)
{
    struct http1_span body = http_body(exchange);
    if (json_scan(body.start, body.length, object, NULL) && object->type == JSON_OBJECT)
        return true;
    http_reply_error(exchange, 400, "the body is no JSON object");
    return false;
}

static bool read_credentials(struct api_request *request, struct credentials *credentials)
{
    struct http_exchange *exchange = request->exchange;
    struct json_span body;
    if (!read_body(exchange, &body) ||
        !read_text(exchange, body, "token", credentials->token, sizeof(credentials->token)) ||
        !read_text(exchange, body, "username", credentials->name, sizeof(credentials->name)) ||
        !read_text(exchange, body, "password", credentials->password,
                   sizeof(credentials->password)))
        return false;
    const char *missing = login_missing(request->board->login, credentials);
    if (credentials->token[0] != '\0' &&
        (credentials->name[0] != '\0' || credentials->password[0] != '\0'))
        missing = "either token, or username and password, but not both";
    if (missing != NULL)
        http_reply_error(exchange, 400, "%s", missing);
    return missing == NULL;
}

/* A new login is a new session: an id that was planted is worth nothing. */
static void begin_session(struct api_request *request, const struct login_result *result)
{
    struct board *board = request->board;
    struct json_out json;
    char id[SESSION_ID_SIZE];
    if (request->session != 0) {
        sessions_end(board->sessions, request->session);
        sse_end_session(board->sse, request->session);
    }
    const struct session *session = sessions_begin(
        board->sessions, result->name, result->role,
        login_account(board->login, result->name, result->role), clock_mono_ms(), id);
    sessions_save(board->sessions);
    log_info("auth", "%s, %s, logged in from %s", result->name, role_name(result->role),
             request->address);
    api_set_cookie(request, id, board->config->board_session_max / 1000);
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "success"), true);
    put_session(&json, board, session, id);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}

static void reply_result(struct api_request *request, const struct login_result *result)
{
    switch (result->outcome) {
    case LOGIN_RIGHT:
        begin_session(request, result);
        break;
    case LOGIN_WRONG:
        http_reply_error(request->exchange, 401, "wrong %s",
                         request->board->config->board_auth == BOARD_AUTH_TOKEN
                             ? "token"
                             : "user name or password");
        break;
    case LOGIN_BUSY:
        reply_wait(request->exchange, 503, 1, "too many logins at the moment");
        break;
    case LOGIN_FAILED:
        http_reply_error(request->exchange, 503,
                         "the login could not be checked; the log of ocpp-boardd says why");
        break;
    }
}

static void on_checked(const struct login_result *result, void *context)
{
    struct attempt *attempt = context;
    struct board *board = attempt->request.board;
    if (result->outcome == LOGIN_WRONG)
        count_wrong(board, board->throttle, &attempt->ticket, attempt->request.address,
                    attempt->account);
    else
        throttle_end(board->throttle, &attempt->ticket,
                     result->outcome == LOGIN_RIGHT ? THROTTLE_RIGHT : THROTTLE_UNKNOWN,
                     clock_mono_ms());
    if (attempt->request.exchange != NULL)
        reply_result(&attempt->request, result);
    free(attempt);
}

static void on_gone(void *context)
{
    struct attempt *attempt = context;
    attempt->request.exchange = NULL;
}

static void check(struct api_request *request, const struct credentials *credentials)
{
    struct board *board = request->board;
    struct attempt *attempt = calloc(1, sizeof(*attempt));
    if (attempt == NULL) {
        http_reply_error(request->exchange, 503, "out of memory");
        return;
    }
    snprintf(attempt->account, sizeof(attempt->account), "%s", credentials->name);
    unsigned wait = throttle_begin(board->throttle, request->address, credentials->name,
                                   clock_mono_ms(), &attempt->ticket);
    if (wait > 0) {
        free(attempt);
        reply_wait(request->exchange, 429, wait, "too many wrong logins; try again later");
        return;
    }
    memcpy(&attempt->request, request, offsetof(struct api_request, query));
    http_defer(request->exchange, on_gone, attempt);
    login_check(board->login, credentials, on_checked, attempt);
}

void api_auth_login(struct api_request *request)
{
    struct credentials credentials;
    if (request->board->config->board_auth == BOARD_AUTH_NONE)
        http_reply_error(request->exchange, 400, "this dashboard has no login (board.auth = none)");
    else if (read_credentials(request, &credentials))
        check(request, &credentials);
    explicit_bzero(&credentials, sizeof(credentials));
}

void api_auth_session(struct api_request *request)
{
    struct board *board = request->board;
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_bool(json_out_key(&json, "authenticated"), request->role != ROLE_NONE);
    json_out_string(json_out_key(&json, "authMode"), login_mode(board->login));
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

/* {everywhere: true} in the body; false when the request was answered. */
static bool read_everywhere(struct api_request *request, bool *everywhere)
{
    struct json_span body, member;
    *everywhere = false;
    if (http_body(request->exchange).length == 0)
        return true;
    if (!read_body(request->exchange, &body))
        return false;
    if (!json_member(body, "everywhere", &member))
        return true;
    *everywhere = member.type == JSON_TRUE;
    if (member.type != JSON_TRUE && member.type != JSON_FALSE)
        http_reply_error(request->exchange, 400, "everywhere: neither true nor false");
    return member.type == JSON_TRUE || member.type == JSON_FALSE;
}

void api_auth_logout(struct api_request *request)
{
    struct board *board = request->board;
    bool everywhere;
    if (!read_everywhere(request, &everywhere))
        return;
    if (request->session != 0) {
        sessions_end(board->sessions, request->session);
        sse_end_session(board->sse, request->session);
        if (everywhere) /* their streams see it within a second */
            sessions_end_user(board->sessions, request->user);
        sessions_save(board->sessions);
        api_set_cookie(request, "", 0);
    }
    reply_success(request->exchange);
}

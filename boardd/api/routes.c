#include "boardd/api/routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "boardd/http/address_limits.h"
#include "boardd/board.h"
#include "boardd/http/guard.h"
#include "boardd/login/login.h"
#include "boardd/http/session_limits.h"
#include "boardd/http/static_files.h"
#include "common/timestamp.h"

#define SECURE_COOKIE_NAME "__Host-ocpp-board"

const struct route routes[] = {
#define ROUTE(method, path, role, handler, parameters, help)                                       \
    {HTTP_##method, path, ROLE_##role, handler, parameters, help},
#include "boardd/api/routes.def"
};
const size_t route_count = sizeof(routes) / sizeof(routes[0]);

void api_bad_query(struct api_request *request)
{
    http_reply_error(request->exchange, 400, "%s", request->query.error);
}

static bool is_unsafe(enum http_method method)
{
    return (method & (HTTP_GET | HTTP_HEAD | HTTP_OPTIONS)) == 0;
}

/* Takes one part of a path: "/part". */
static struct http1_span take_part(struct http1_span *path)
{
    struct http1_span part = {path->start + 1, path->length - 1};
    const char *slash = memchr(part.start, '/', part.length);
    if (slash != NULL)
        part.length = (size_t)(slash - part.start);
    path->start += part.length + 1;
    path->length -= part.length + 1;
    return part;
}

/* Up to the first parameter: nearly all routes are told by that. */
static bool begins_like(const char *pattern, struct http1_span path)
{
    for (; *pattern != '\0' && *pattern != ':'; pattern++, path.start++, path.length--) {
        if (path.length == 0 || *pattern != *path.start)
            return false;
    }
    return *pattern == ':' || path.length == 0;
}

/* Parts are compared one by one and decoded once, so that an escaped slash never makes another
 * part. */
static bool path_matches(const char *pattern, struct http1_span path, char *parameter, size_t size)
{
    struct http1_span rest = {pattern, strlen(pattern)};
    if (!begins_like(pattern, path))
        return false;
    while (rest.length > 0 && path.length > 0 && path.start[0] == '/') {
        struct http1_span wanted = take_part(&rest), part = take_part(&path);
        if (wanted.length > 0 && wanted.start[0] == ':') {
            if (part.length == 0)
                return false;
            if (http1_percent_decode(part, false, parameter, size) <= 0)
                parameter[0] = '\0'; /* not decodable, or too long */
        } else if (wanted.length != part.length ||
                   memcmp(wanted.start, part.start, part.length) != 0) {
            return false;
        }
    }
    return rest.length == 0 && path.length == 0;
}

/* The route, or NULL; `allowed` collects the methods that the path knows. */
static const struct route *find_route(struct http1_span path, enum http_method method,
                                      unsigned *allowed, char *parameter, size_t size)
{
    const struct route *found = NULL;
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    for (size_t i = 0; i < route_count; i++) {
        if (!path_matches(routes[i].path, path, parameter, size))
            continue;
        *allowed |= routes[i].method;
        if (routes[i].method == method && found == NULL)
            found = &routes[i];
    }
    return found;
}

static void reply_not_allowed(struct http_exchange *exchange, unsigned allowed)
{
    char list[64];
    snprintf(list, sizeof(list), "%s%s%s%sOPTIONS", (allowed & HTTP_GET) != 0 ? "GET, HEAD, " : "",
             (allowed & HTTP_POST) != 0 ? "POST, " : "", (allowed & HTTP_PUT) != 0 ? "PUT, " : "",
             (allowed & HTTP_DELETE) != 0 ? "DELETE, " : "");
    http_add_header(exchange, "Allow", list);
    if (http_method(exchange) == HTTP_OPTIONS)
        http_reply_empty(exchange, 204);
    else
        http_reply_error(exchange, 405, "this method is not allowed here; allowed: %s", list);
}

static const char *cookie_name(const struct api_request *request)
{
    return request->secure ? SECURE_COOKIE_NAME : request->board->cookie_name;
}

void api_set_cookie(struct api_request *request, const char *id, uint64_t max_age_s)
{
    char value[256];
    snprintf(value, sizeof(value), "%s=%s; Path=/; Max-Age=%llu; HttpOnly; SameSite=Strict%s",
             cookie_name(request), id, (unsigned long long)max_age_s,
             request->secure ? "; Secure" : "");
    http_add_header(request->exchange, "Set-Cookie", value);
}

static void use_session(struct api_request *request, const struct session *session, const char *id)
{
    request->session = session->number;
    request->role = session->role;
    request->scopes = role_scopes(session->role);
    memcpy(request->session_id, id, SESSION_ID_SIZE);
    memcpy(request->user, session->name, sizeof(request->user));
}

/* A cookie is what a browser sends by itself. */
static void use_cookie(struct api_request *request)
{
    char id[SESSION_ID_SIZE];
    if (!guard_cookie(http_request(request->exchange), cookie_name(request), id, sizeof(id)))
        return;
    const struct session *session = sessions_find(request->board->sessions, id, clock_mono_ms());
    if (session != NULL)
        use_session(request, session, id);
}

/* Finds out who asks. A bearer token was put there by a program: it counts more than a cookie.
 * False when the request was answered. */
static bool authenticate(struct api_request *request)
{
    char credentials[LOGIN_MAX_TOKEN + 16];
    if (request->board->config->board_auth == BOARD_AUTH_NONE) {
        request->role = ROLE_OPERATOR;
        request->scopes = role_scopes(ROLE_OPERATOR);
        snprintf(request->user, sizeof(request->user), "anonymous");
        return true;
    }
    if (http_header_text(request->exchange, "Authorization", credentials, sizeof(credentials)) &&
        strncasecmp(credentials, "Bearer ", 7) == 0)
        return api_use_bearer(request, credentials + 7);
    use_cookie(request);
    return true;
}

static void reply_too_many(struct http_exchange *exchange, unsigned retry_after, const char *whose)
{
    char seconds[16];
    snprintf(seconds, sizeof(seconds), "%u", retry_after);
    http_add_header(exchange, "Retry-After", seconds);
    http_reply_error(exchange, 429, "too many requests of this %s", whose);
}

static bool check_session_rate(struct api_request *request)
{
    unsigned retry_after;
    if (request->session == 0 ||
        session_limits_request(request->board->session_limits, request->session, clock_mono_ns(),
                               &retry_after))
        return true;
    reply_too_many(request->exchange, retry_after, "session");
    return false;
}

static bool check_role(struct api_request *request, const struct route *route)
{
    if (scopes_suffice(request->scopes, route->role, !is_unsafe(http_method(request->exchange))))
        return true;
    if (request->role == ROLE_NONE) {
        http_add_header(request->exchange, "WWW-Authenticate", "Bearer realm=\"ocpp-board\"");
        http_reply_error(request->exchange, 401, "log in first");
    } else {
        http_reply_error(request->exchange, 403, "needs the %s %s",
                         route->role == ROLE_METRICS ? "scope" : "role", role_name(route->role));
    }
    return false;
}

static bool is_json(const struct http1_request *request)
{
    const struct http1_header *header = http1_find(request, "Content-Type");
    if (header == NULL || header->value.length < 16 ||
        strncasecmp(header->value.start, "application/json", 16) != 0)
        return false;
    return header->value.length == 16 || strchr("; \t", header->value.start[16]) != NULL;
}

static bool check_csrf_token(const struct api_request *request)
{
    char given[DIGEST_HEX + 1], wanted[DIGEST_HEX + 1];
    session_csrf_token(request->session_id, wanted);
    return http_header_text(request->exchange, "X-CSRF-Token", given, sizeof(given)) &&
           digest_equal_text(wanted, given);
}

/* What a request that changes something has to bring. */
static bool check_unsafe(struct api_request *request, const struct route *route)
{
    const struct http1_request *http = http_request(request->exchange);
    if (!is_unsafe(http_method(request->exchange)))
        return true;
    if (http->content_length > 0 && !is_json(http)) {
        http_reply_error(request->exchange, 415, "the body must be application/json");
        return false;
    }
    /* a login comes before a page that knows the token; its origin was checked */
    if (request->session != 0 && route->role != ROLE_NONE && !check_csrf_token(request)) {
        http_reply_error(
            request->exchange, 403,
            "the X-CSRF-Token header is missing or wrong; GET /api/auth/session tells it");
        return false;
    }
    return true;
}

/* Lists, and what never changes: an ETag is worth its price there. */
static bool is_tagged(const struct route *route)
{
    return strstr(route->parameters, "limit") != NULL || route->handler == api_openapi;
}

static void dispatch_api(struct api_request *request, struct http1_span path)
{
    struct http_exchange *exchange = request->exchange;
    unsigned allowed = 0;
    const struct route *route = find_route(path, http_method(exchange), &allowed,
                                           request->parameter, sizeof(request->parameter));
    http_add_header(exchange, "Cache-Control", "no-store");
    if (allowed == 0) {
        http_reply_error(exchange, 404, "no such resource");
        return;
    }
    if (route == NULL) {
        reply_not_allowed(exchange, allowed);
        return;
    }
    if (strchr(route->path, ':') != NULL && request->parameter[0] == '\0') {
        http_reply_error(exchange, 400, "the path is not valid");
        return;
    }
    if (!authenticate(request) || !check_session_rate(request) || !check_role(request, route) ||
        !check_unsafe(request, route))
        return;
    if (!query_parse(&request->query, http_request(exchange)->query) ||
        !query_check_names(&request->query, route->parameters)) {
        api_bad_query(request);
        return;
    }
    if (is_tagged(route))
        http_tag_reply(exchange);
    route->handler(request);
    query_end(&request->query);
}

/* Browsers resolve "." and ".." themselves; whoever sends them means mischief. */
static bool has_dot_segment(const char *path)
{
    for (const char *part = strchr(path, '/'); part != NULL; part = strchr(part + 1, '/')) {
        size_t length = strcspn(part + 1, "/");
        if ((length == 1 || length == 2) && strspn(part + 1, ".") == length)
            return true;
    }
    return false;
}

static void dispatch_file(struct api_request *request, struct http1_span path)
{
    struct http_exchange *exchange = request->exchange;
    char decoded[1024];
    if ((http_method(exchange) & (HTTP_GET | HTTP_HEAD)) == 0) {
        reply_not_allowed(exchange, HTTP_GET);
        return;
    }
    if (http1_percent_decode(path, false, decoded, sizeof(decoded)) <= 0 ||
        has_dot_segment(decoded)) {
        http_reply_error(exchange, 400, "the path is not valid");
        return;
    }
    static_files_reply(request->board->files, exchange, decoded);
}

static bool has_prefix(struct http1_span path, const char *prefix)
{
    size_t length = strlen(prefix);
    return path.length >= length && memcmp(path.start, prefix, length) == 0 &&
           (path.length == length || path.start[length] == '/');
}

/* Takes board.base_path off where it stands; a proxy may have done so already. False when the
 * request was answered. */
static bool strip_base_path(struct api_request *request, struct http1_span *path)
{
    const char *base = request->board->config->board_base_path;
    char location[300];
    if (*base == '\0' || !has_prefix(*path, base))
        return true;
    path->start += strlen(base);
    path->length -= strlen(base);
    if (path->length > 0)
        return true;
    snprintf(location, sizeof(location), "%s/", base);
    http_add_header(request->exchange, "Location", location);
    http_reply_empty(request->exchange, 308);
    return false;
}

static void allow_listed_origin(struct api_request *request, const struct http1_request *http)
{
    char origin[256];
    http_add_header(request->exchange, "Vary", "Origin");
    if (!http_header_text(request->exchange, "Origin", origin, sizeof(origin)))
        return;
    http_add_header(request->exchange, "Access-Control-Allow-Origin", origin);
    http_add_header(request->exchange, "Access-Control-Allow-Credentials", "true");
    http_add_header(request->exchange, "Access-Control-Expose-Headers",
                    "ETag, Link, X-Next-Cursor, X-Total-Count, Retry-After");
    if (http1_find(http, "Access-Control-Request-Method") == NULL)
        return;
    http_add_header(request->exchange, "Access-Control-Allow-Methods", "GET, POST, DELETE");
    http_add_header(request->exchange, "Access-Control-Allow-Headers",
                    "Authorization, Content-Type, Last-Event-ID, X-CSRF-Token");
    http_add_header(request->exchange, "Access-Control-Max-Age", "600");
}

/* Host, rate and origin. False when the request was refused. */
static bool check_request(struct api_request *request)
{
    const struct config *config = request->board->config;
    const struct http1_request *http = http_request(request->exchange);
    unsigned retry_after;
    char listen_host[256] = "";
    uint16_t port;
    config_split_listen(config->board_listen, listen_host, sizeof(listen_host), &port);
    if (http->host.length == 0) {
        http_reply_error(request->exchange, 400, "the Host header is missing");
        return false;
    }
    if (!guard_host(http->host, listen_host, config->board_allowed_hosts)) {
        http_reply_error(request->exchange, 421,
                         "this host name is not served here; see board.allowed_hosts");
        return false;
    }
    request->secure = http_is_secure(request->exchange);
    guard_forwarded(http, http_peer(request->exchange), config->board_trusted_proxies,
                    request->address, sizeof(request->address), &request->secure);
    if (!address_limits_request(request->board->limits, request->address, clock_mono_ns(),
                                &retry_after)) {
        reply_too_many(request->exchange, retry_after, "address");
        return false;
    }
    enum guard_origin origin = guard_origin(http, request->secure, config->board_cors_origins);
    if (origin == ORIGIN_LISTED)
        allow_listed_origin(request, http);
    if (origin == ORIGIN_FOREIGN && is_unsafe(http_method(request->exchange))) {
        http_reply_error(request->exchange, 403, "requests from other sites are refused");
        return false;
    }
    return true;
}

void routes_dispatch(struct http_exchange *exchange, void *context)
{
    struct api_request request;
    struct http1_span path = http_request(exchange)->path;
    memset(&request, 0, offsetof(struct api_request, query));
    request.board = context;
    request.exchange = exchange;
    if (!check_request(&request) || !strip_base_path(&request, &path))
        return;
    if (has_prefix(path, "/api") || has_prefix(path, "/health") || has_prefix(path, "/metrics"))
        dispatch_api(&request, path);
    else
        dispatch_file(&request, path);
}

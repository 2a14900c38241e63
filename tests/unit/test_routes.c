/* The API as a browser meets it: every check that stands before a handler, and the web UI's files.
 */
#include "boardd/api/routes.h"

#include <sys/stat.h>

#include "common/json_scan.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", fixture->segment.dir, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void begin(void)
{
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
    write_file("index.html", "<!doctype html><title>page</title>");
    write_file("app.js", "plain script");
    write_file("app.js.br", "brotli");
    write_file("app.js.gz", "gzip");
}

static void end(void)
{
    board_end(fixture);
    free(fixture);
}

START_TEST(every_route_needs_its_role)
{
    board_start(fixture);
    for (size_t i = 0; i < route_count; i++) {
        const char *method = routes[i].method == HTTP_POST ? "POST" : "GET";
        int status = board_request(fixture, method, routes[i].path, "", "");
        if (routes[i].role == ROLE_NONE)
            ck_assert_int_ne(status, 401);
        else
            ck_assert_msg(status == 401, "%s %s: %d without a login", method, routes[i].path,
                          status);
    }
}
END_TEST

START_TEST(methods_and_unknown_paths)
{
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/nope"), 404);
    board_expect(fixture, "Content-Type: application/json");
    ck_assert_int_eq(board_get(fixture, "/api"), 404);
    ck_assert_int_eq(board_request(fixture, "DELETE", "/api/overview", "", ""), 405);
    board_expect(fixture, "Allow: GET, HEAD, OPTIONS");
    ck_assert_int_eq(board_request(fixture, "BREW", "/api/overview", "", ""), 405);
    ck_assert_int_eq(board_request(fixture, "POST", "/", "", ""), 405);
    ck_assert_int_eq(board_get(fixture, "/api/connections/%zz"), 400);
    board_login(fixture);
    static const char *const names[] = {":identity", ":id", ":", "CP1", "%3Aidentity"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) { /* as good as any other */
        char target[64];
        snprintf(target, sizeof(target), "/api/connections/%s", names[i]);
        ck_assert_int_eq(board_get(fixture, target), 404);
        board_expect(fixture, "no such station");
    }
    static const char *const paths[] = {"/api/connections/", "/api/connection", "/api/connectionss",
                                        "/api/messages/1/2", "/api/overview/"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        ck_assert_int_eq(board_get(fixture, paths[i]), 404);
        board_expect(fixture, "no such resource");
    }
    ck_assert_int_eq(board_get(fixture, "/api/connections/a%00b"), 400);
}
END_TEST

START_TEST(logging_in_and_out)
{
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/auth/session"), 200);
    board_expect(fixture, "\"authenticated\":false");
    board_login(fixture);
    board_expect(fixture, "HttpOnly; SameSite=Strict");
    board_expect_not(fixture, "Secure");
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/logout", "", "{}"), 200);
    board_expect(fixture, "Max-Age=0");
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 401);
}
END_TEST

START_TEST(a_login_never_keeps_the_id_that_it_was_given)
{
    char planted[256];
    board_start(fixture);
    board_login(fixture);
    memcpy(planted, fixture->cookie, sizeof(planted));
    board_login(fixture); /* with the first session's cookie */
    ck_assert_str_ne(planted, fixture->cookie);
    memcpy(fixture->cookie, planted, sizeof(planted));
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 401);
}
END_TEST

START_TEST(bad_logins)
{
    board_start(fixture);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/login", "", "{\"token\":1}"), 400);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/login", "", "{"), 400);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/login", "", "[]"), 400);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/login", "", ""), 400);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(
            board_request(fixture, "POST", "/api/auth/login", "", "{\"token\":\"no\"}"), 401);
    ck_assert_int_eq(
        board_request(fixture, "POST", "/api/auth/login", "", "{\"token\":\"" BOARD_TOKEN "\"}"),
        429);
    board_expect(fixture, "Retry-After: ");
}
END_TEST

START_TEST(scripts_use_the_token_as_bearer)
{
    board_start(fixture);
    ck_assert_int_eq(board_request(fixture, "GET", "/api/overview",
                                   "Authorization: Bearer " BOARD_TOKEN "\r\n", ""),
                     200);
    ck_assert_int_eq(
        board_request(fixture, "GET", "/api/overview", "Authorization: Bearer nonsense\r\n", ""),
        401);
    ck_assert_int_eq(board_request(fixture, "GET", "/api/overview",
                                   "Authorization: Basic " BOARD_TOKEN "\r\n", ""),
                     401);
}
END_TEST

START_TEST(other_sites_change_nothing)
{
    board_start(fixture);
    board_login(fixture);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/logout",
                                   "Origin: https://evil.example\r\n", "{}"),
                     403);
    ck_assert_int_eq(
        board_request(fixture, "POST", "/api/auth/logout", "Sec-Fetch-Site: cross-site\r\n", "{}"),
        403);
    fixture->csrf[0] = '\0';
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/logout", "", "{}"), 403);
    ck_assert_int_eq(
        board_request(fixture, "GET", "/api/overview", "Origin: https://evil.example\r\n", ""),
        200);
    board_expect_not(fixture, "Access-Control-Allow-Origin");
}
END_TEST

START_TEST(listed_origins_may_read)
{
    board_set(fixture, "board.cors_origins=https://ops.example");
    board_start(fixture);
    ck_assert_int_eq(
        board_request(fixture, "GET", "/health", "Origin: https://ops.example\r\n", ""), 200);
    board_expect(fixture, "Access-Control-Allow-Origin: https://ops.example\r\n");
    board_expect(fixture, "Vary: Origin");
    ck_assert_int_eq(
        board_request(fixture, "OPTIONS", "/api/overview",
                      "Origin: https://ops.example\r\nAccess-Control-Request-Method: GET\r\n", ""),
        204);
    board_expect(fixture, "Access-Control-Allow-Methods: GET");
    ck_assert_int_eq(
        board_request(fixture, "GET", "/health", "Origin: https://ops.example.evil\r\n", ""), 200);
    board_expect_not(fixture, "Access-Control-Allow-Origin");
}
END_TEST

START_TEST(requests_are_limited)
{
    int refused = 0;
    board_set(fixture, "board.request_rate=1");
    board_set(fixture, "board.request_burst=5");
    board_start(fixture);
    for (int i = 0; i < 10; i++)
        refused += board_get(fixture, "/health") == 429;
    ck_assert_int_ge(refused, 4);
    board_expect(fixture, "Retry-After: ");
}
END_TEST

START_TEST(requests_of_one_session_are_limited)
{
    char cookie[256];
    board_set(fixture, "board.session_rate=1");
    board_set(fixture, "board.session_burst=3");
    board_start(fixture);
    board_login(fixture);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 429);
    board_expect(fixture, "Retry-After: 1");
    memcpy(cookie, fixture->cookie, sizeof(cookie));
    fixture->cookie[0] = '\0';
    board_login(fixture);
    ck_assert_str_ne(cookie, fixture->cookie);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200); /* another session */
}
END_TEST

START_TEST(parameters_are_checked)
{
    board_start(fixture);
    board_login(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/messages?limit=-1"), 400);
    board_expect(fixture, "limit");
    ck_assert_int_eq(board_get(fixture, "/api/messages?limit=1001"), 400);
    ck_assert_int_eq(board_get(fixture, "/api/messages?type=NONSENSE"), 400);
    ck_assert_int_eq(board_get(fixture, "/api/messages?before=x"), 400);
    ck_assert_int_eq(board_get(fixture, "/api/messages?gateway=other"), 400);
    ck_assert_int_eq(board_get(fixture, "/api/connections?stauts=online"), 400);
    ck_assert_int_eq(
        board_get(fixture, "/api/connections?sort=-messageCount&status=online&protocol=ocpp1.6"),
        200);
    ck_assert_int_eq(board_get(fixture, "/api/stream?topics=nonsense"), 400);
    ck_assert_int_eq(board_get(fixture, "/api/telemetry/history?range=1y"), 400);
}
END_TEST

static bool is_documented(const char *name, size_t length)
{
    static const char *const names[] = {
#define PARAMETER(name, type, help) #name,
#include "boardd/api/parameters.def"
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
            return true;
    }
    return false;
}

START_TEST(all_parameters_are_documented)
{
    for (size_t i = 0; i < route_count; i++) {
        for (const char *p = routes[i].parameters; *p != '\0'; p += strspn(p, " ")) {
            size_t length = strcspn(p, " ");
            ck_assert_msg(is_documented(p, length), "%s of %s", p, routes[i].path);
            p += length;
        }
    }
}
END_TEST

START_TEST(the_api_describes_itself)
{
    struct json_span document, paths, path;
    struct http1_span body;
    board_start(fixture);
    board_login(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/openapi.json"), 200);
    body.start = strstr(fixture->reply, "\r\n\r\n") + 4;
    body.length = strlen(body.start);
    ck_assert(json_scan(body.start, body.length, &document, NULL));
    ck_assert(json_member(document, "paths", &paths));
    ck_assert(json_member(paths, "/api/connections/{identity}", &path));
    for (size_t i = 0; i < route_count; i++)
        ck_assert(strchr(routes[i].path, ':') != NULL || json_member(paths, routes[i].path, &path));
}
END_TEST

/* Each line is a comment or a sample of a metric that was announced, counters end in _total,
 * nothing comes twice. */
START_TEST(metrics_are_in_prometheus_form)
{
    char type[128] = "", name[128] = "", *rest = NULL;
    board_start(fixture);
    board_login(fixture);
    ck_assert_int_eq(board_get(fixture, "/metrics"), 200);
    char *line = strtok_r(strstr(fixture->reply, "\r\n\r\n") + 4, "\n", &rest);
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        if (sscanf(line, "# TYPE %127s %127s", name, type) == 2) {
            size_t length = strlen(name);
            ck_assert_msg((strcmp(type, "counter") == 0) ==
                              (length > 6 && strcmp(name + length - 6, "_total") == 0),
                          "%s", line);
            continue;
        }
        ck_assert_msg(strncmp(line, name, strlen(name)) == 0, "%s", line);
        const char *value = strrchr(line, ' ');
        ck_assert_msg(value != NULL && strspn(value + 1, "0123456789.") == strlen(value + 1), "%s",
                      line);
    }
    ck_assert_int_eq(board_get(fixture, "/metrics"), 200);
    board_expect(fixture, "ocpp_gateway_up{gateway=\"unit\"} 1\n");
    board_expect(fixture,
                 "ocpp_gateway_call_duration_seconds_bucket{gateway=\"unit\",le=\"+Inf\"} 0\n");
}
END_TEST

START_TEST(the_page_and_its_routes)
{
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/"), 200); /* no index of directories: the page's own */
    board_expect(fixture, "<title>page</title>");
    ck_assert_int_eq(board_get(fixture, "/messages/some-route"), 200);
    board_expect(fixture, "<title>page</title>");
    board_expect(fixture, "Content-Security-Policy: default-src 'self'");
    ck_assert_int_eq(board_get(fixture, "/missing.js"), 404);
    ck_assert_int_eq(board_get(fixture, "/../token"), 400);
    ck_assert_int_eq(board_get(fixture, "/%2e%2e/token"), 400);
}
END_TEST

START_TEST(compressed_forms_and_etags)
{
    char etag[64], header[128];
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/app.js"), 200);
    board_expect(fixture, "plain script");
    ck_assert_int_eq(board_request(fixture, "GET", "/app.js", "Accept-Encoding: gzip, br\r\n", ""),
                     200);
    board_expect(fixture, "Content-Encoding: br\r\n");
    ck_assert_int_eq(
        board_request(fixture, "GET", "/app.js", "Accept-Encoding: br;q=0, gzip\r\n", ""), 200);
    board_expect(fixture, "Content-Encoding: gzip\r\n");
    ck_assert_int_eq(sscanf(strstr(fixture->reply, "ETag: "), "ETag: %63s", etag), 1);
    snprintf(header, sizeof(header), "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", etag);
    ck_assert_int_eq(board_request(fixture, "GET", "/app.js", header, ""), 304);
    ck_assert_int_eq(board_request(fixture, "GET", "/app.js", "If-None-Match: \"other\"\r\n", ""),
                     200);
    ck_assert_int_eq(board_request(fixture, "HEAD", "/app.js", "", ""), 200);
    board_expect(fixture, "Content-Length: 12\r\n");
    board_expect_not(fixture, "plain script");
}
END_TEST

START_TEST(a_base_path)
{
    board_set(fixture, "board.base_path=/charging");
    board_start(fixture);
    ck_assert_int_eq(board_get(fixture, "/charging"), 308);
    board_expect(fixture, "Location: /charging/\r\n");
    ck_assert_int_eq(board_get(fixture, "/charging/health"), 200);
    ck_assert_int_eq(board_get(fixture, "/charging/"), 200);
    board_expect(fixture, "<title>page</title>");
    ck_assert_int_eq(board_get(fixture, "/charging/messages"), 200);
    board_expect(fixture, "<title>page</title>");
}
END_TEST

START_TEST(behind_a_proxy_with_tls)
{
    board_set(fixture, "board.trusted_proxies=127.0.0.1");
    board_start(fixture);
    ck_assert_int_eq(board_request(fixture, "POST", "/api/auth/login",
                                   "X-Forwarded-Proto: https\r\n",
                                   "{\"token\":\"" BOARD_TOKEN "\"}"),
                     200);
    board_expect(fixture, "Set-Cookie: __Host-ocpp-board=");
    board_expect(fixture, "; Secure");
}
END_TEST

SUITE_WITH("routes", begin, end, every_route_needs_its_role, methods_and_unknown_paths,
           logging_in_and_out, a_login_never_keeps_the_id_that_it_was_given, bad_logins,
           scripts_use_the_token_as_bearer, other_sites_change_nothing, listed_origins_may_read,
           requests_are_limited, requests_of_one_session_are_limited, parameters_are_checked,
           all_parameters_are_documented, the_api_describes_itself, metrics_are_in_prometheus_form,
           the_page_and_its_routes, compressed_forms_and_etags, a_base_path,
           behind_a_proxy_with_tls)

/* The API as a browser meets it: every check that stands before a handler, and the web UI's files.
 */
#include "boardd/routes.h"

#include <sys/stat.h>

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
           requests_are_limited, parameters_are_checked, the_page_and_its_routes,
           compressed_forms_and_etags, a_base_path, behind_a_proxy_with_tls)

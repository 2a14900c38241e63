#include <stdio.h>
#include <string.h>

#include "gateway/handshake.h"
#include "tests/unit/suite.h"

#define HOST    "Host: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define V16     "Sec-WebSocket-Protocol: ocpp1.6\r\n"
#define ALL     HOST UPGRADE KEY VERSION V16

static struct http1_request request;
static struct handshake handshake;
static struct handshake_refusal refusal;
static char text[4096];

static bool read_with_path(const char *path, const char *line, const char *headers)
{
    static const struct http1_limits limits = {4096, 4096, 64, 1000};
    struct http1_parser parser;
    snprintf(text, sizeof(text), "%s\r\n%s\r\n", line, headers);
    http1_parser_init(&parser, &limits);
    if (http1_parse(&parser, text, strlen(text), &request) != HTTP1_DONE) {
        refusal = handshake_refuse_http(parser.status, parser.reason);
        return false;
    }
    return handshake_read(&request, path, &handshake, &refusal);
}

static bool read(const char *line, const char *headers)
{
    return read_with_path("/ocpp", line, headers);
}

static void expect_refused(const char *line, const char *headers, unsigned status)
{
    ck_assert_msg(!read(line, headers), "%s", line);
    ck_assert_msg(refusal.status == status, "%s: %u, not %u", line, refusal.status, status);
}

START_TEST(test_good)
{
    ck_assert(read("GET /ocpp/CP001 HTTP/1.1", ALL));
    ck_assert_str_eq(handshake.identity, "CP001");
    ck_assert_int_eq(handshake.protocol, OCPP_16);
    /* RFC 6455, 1.3 */
    ck_assert_str_eq(handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    ck_assert_uint_eq(handshake.authorization.length, 0);
}
END_TEST

START_TEST(test_path_and_identity)
{
    ck_assert(read("GET /ocpp/a%2Db%7C HTTP/1.1", ALL));
    ck_assert_str_eq(handshake.identity, "a-b|");
    ck_assert(read("GET /ocpp/CP1?x=y HTTP/1.1", ALL));
    ck_assert_str_eq(handshake.identity, "CP1");
    ck_assert(read_with_path("/", "GET /CP1 HTTP/1.1", ALL));
    ck_assert(read_with_path("/a/b", "GET /a/b/CP1 HTTP/1.1", ALL));
    ck_assert(read("GET /ocpp/123456789012345678901234567890123456789012345678 HTTP/1.1", ALL));
    expect_refused("GET /ocpp/1234567890123456789012345678901234567890123456789 HTTP/1.1", ALL,
                   400);
    ck_assert(refusal.is_violation);
    expect_refused("GET /ocpp/%zz HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/%00 HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/a%2Fb HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/a%20b HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/%C3%A4 HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/%252D HTTP/1.1", ALL, 400);
    expect_refused("GET /ocpp/ HTTP/1.1", ALL, 400);
}
END_TEST

START_TEST(test_elsewhere)
{
    static const char *const lines[] = {"GET / HTTP/1.1", "GET /ocpp HTTP/1.1",
                                        "GET /ocppx/CP1 HTTP/1.1", "GET /ocpp/a/b HTTP/1.1",
                                        "GET /OCPP/CP1 HTTP/1.1"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect_refused(lines[i], ALL, 404);
}
END_TEST

START_TEST(test_not_an_upgrade)
{
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST, 426);
    ck_assert_ptr_nonnull(strstr(refusal.headers, "Upgrade: websocket\r\n"));
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n", 426);
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST "Upgrade: websocket\r\n" KEY VERSION, 426);
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST UPGRADE KEY V16, 426);
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST UPGRADE KEY V16 "Sec-WebSocket-Version: 8\r\n",
                   426);
    expect_refused("POST /ocpp/CP1 HTTP/1.1", ALL, 405);
    expect_refused("GET /ocpp/CP1 HTTP/1.0", ALL, 505);
    expect_refused("GET /ocpp/CP1 HTTP/1.1", ALL "Content-Length: 3\r\n", 400);
}
END_TEST

START_TEST(test_key)
{
    static const char *const keys[] = {"", "Sec-WebSocket-Key: short\r\n",
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=x\r\n",
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===\r\n", KEY KEY};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char headers[512];
        snprintf(headers, sizeof(headers), "%s%s", HOST UPGRADE VERSION V16, keys[i]);
        expect_refused("GET /ocpp/CP1 HTTP/1.1", headers, 400);
    }
}
END_TEST

static enum ocpp_version choose(const char *protocols)
{
    char headers[512];
    snprintf(headers, sizeof(headers), "%s%s", HOST UPGRADE KEY VERSION, protocols);
    ck_assert(read("GET /ocpp/CP1 HTTP/1.1", headers));
    return handshake.protocol;
}

START_TEST(test_the_stations_order_decides)
{
    ck_assert_int_eq(choose("Sec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6\r\n"), OCPP_201);
    ck_assert_int_eq(choose("Sec-WebSocket-Protocol: ocpp1.6,ocpp2.0.1\r\n"), OCPP_16);
    ck_assert_int_eq(choose("Sec-WebSocket-Protocol: ocpp1.5 ,\tocpp2.1\r\n"), OCPP_21);
    ck_assert_int_eq(choose("Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: ocpp2.1\r\n"),
                     OCPP_21);
    ck_assert_int_eq(choose("Sec-WebSocket-Protocol: ocpp2.0, OCPP1.6, ocpp1.66\r\n"),
                     OCPP_UNKNOWN);
    ck_assert_int_eq(choose(""), OCPP_UNKNOWN);
}
END_TEST

static int password_of(const char *header, const char *identity, unsigned char *password)
{
    struct http1_span span = {header, strlen(header)};
    return handshake_password(span, identity, password);
}

START_TEST(test_password)
{
    unsigned char password[HANDSHAKE_MAX_PASSWORD];
    /* CP001:secret */
    ck_assert_int_eq(password_of("Basic Q1AwMDE6c2VjcmV0", "CP001", password), 6);
    ck_assert_mem_eq(password, "secret", 6);
    ck_assert_int_eq(password_of("basic   Q1AwMDE6c2VjcmV0", "CP001", password), 6);
    ck_assert_int_eq(password_of("Basic Q1AwMDE6c2VjcmV0", "CP002", password), -1);
    ck_assert_int_eq(password_of("Basic Q1AwMDE6c2VjcmV0", "CP00", password), -1);
    ck_assert_int_eq(password_of("Basic Q1AwMDE6", "CP001", password), 0);
    ck_assert_int_eq(password_of("Basic Q1AwMDE=", "CP001", password), -1);
    ck_assert_int_eq(password_of("Basic ", "CP001", password), -1);
    ck_assert_int_eq(password_of("Basic !!!!", "CP001", password), -1);
    ck_assert_int_eq(password_of("Bearer Q1AwMDE6c2VjcmV0", "CP001", password), -1);
}
END_TEST

START_TEST(test_password_of_raw_bytes)
{
    /* the example of 1.6 (security whitepaper, 3.5.3): AL1000 and the bytes 00 01 02 ... */
    unsigned char password[HANDSHAKE_MAX_PASSWORD];
    ck_assert_int_eq(password_of("Basic QUwxMDAwOgABAgMEBQYHCAkKCwwNDg8QERIT", "AL1000", password),
                     20);
    for (unsigned char i = 0; i < 20; i++)
        ck_assert_uint_eq(password[i], i);
}
END_TEST

START_TEST(test_responses)
{
    char response[HANDSHAKE_MAX_RESPONSE + 1];
    ck_assert(read("GET /ocpp/CP1 HTTP/1.1", ALL));
    response[handshake_write_upgrade(&handshake, response)] = '\0';
    ck_assert_str_eq(response, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                               "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n");
    handshake.protocol = OCPP_UNKNOWN;
    response[handshake_write_upgrade(&handshake, response)] = '\0';
    ck_assert_ptr_null(strstr(response, "Sec-WebSocket-Protocol"));
    expect_refused("GET /ocpp/CP1 HTTP/1.1", HOST, 426);
    response[handshake_write_refusal(&refusal, response)] = '\0';
    ck_assert_int_eq(strncmp(response, "HTTP/1.1 426 Upgrade Required\r\n", 31), 0);
    ck_assert_ptr_nonnull(strstr(response, "Connection: close, Upgrade\r\n"));
    const char *body = strstr(response, "\r\n\r\n") + 4;
    char length[64];
    snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
    ck_assert_ptr_nonnull(strstr(response, length));
}
END_TEST

START_TEST(test_extensions)
{
    static const char none[] = ALL, other[] = ALL "Sec-WebSocket-Extensions: other\r\n";
    static const char two[] = ALL "Sec-WebSocket-Extensions: permessage-deflate; x\r\n"
                                  "sec-websocket-extensions: permessage-deflate\r\n";
    static const char broken[] = ALL "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                     "Sec-WebSocket-Extensions: a b\r\n";
    char response[HANDSHAKE_MAX_RESPONSE];
    const char *const nothing[] = {none, other};
    for (size_t i = 0; i < 2; i++) {
        ck_assert(read("GET /ocpp/CP1 HTTP/1.1", nothing[i]));
        ck_assert(handshake_read_extensions(&request, &handshake, &refusal));
        response[handshake_write_upgrade(&handshake, response)] = '\0';
        ck_assert_ptr_null(strstr(response, "Extensions"));
    }
    ck_assert(read("GET /ocpp/CP1 HTTP/1.1", two));
    ck_assert(!handshake.deflate.agreed);
    ck_assert(handshake_read_extensions(&request, &handshake, &refusal));
    response[handshake_write_upgrade(&handshake, response)] = '\0';
    ck_assert_ptr_nonnull(strstr(response, "\r\nSec-WebSocket-Extensions: permessage-deflate; "
                                           "server_no_context_takeover; "
                                           "client_no_context_takeover\r\n"));
    ck_assert_msg(read("GET /ocpp/CP1 HTTP/1.1", broken), "where nobody asks, it is not looked at");
    ck_assert(!handshake_read_extensions(&request, &handshake, &refusal));
    ck_assert_uint_eq(refusal.status, 400);
    ck_assert(refusal.is_violation);
}
END_TEST

SUITE("handshake", test_good, test_path_and_identity, test_elsewhere, test_not_an_upgrade, test_key,
      test_the_stations_order_decides, test_password, test_password_of_raw_bytes, test_responses,
      test_extensions)

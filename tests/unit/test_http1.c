#include "common/http1.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define GET(headers) "GET /ocpp/CP1?a=b HTTP/1.1\r\nHost: example.org\r\n" headers "\r\n"

static const struct http1_limits limits = {
    .max_request_line = 64,
    .max_head = 512,
    .max_headers = 8,
    .max_body = 1000,
};

struct verdict {
    enum http1_result result;
    unsigned status;
    const char *reason;
    size_t head_length;
    size_t seen; /* bytes given when the verdict came */
};

/* A copy of just these bytes, elsewhere each time, so that a sanitizer sees stale spans and looks
 * behind the end. */
static enum http1_result feed(struct http1_parser *parser, const char *text, size_t length,
                              struct http1_request *request, char **copy)
{
    free(*copy);
    *copy = malloc(length + (length == 0));
    ck_assert_ptr_nonnull(*copy);
    memcpy(*copy, text, length);
    return http1_parse(parser, *copy, length, request);
}

/* Uses every span, for the sanitizer. */
static size_t touch(const struct http1_request *request)
{
    size_t total = request->method.length + request->target.length + request->host.length;
    for (unsigned i = 0; i < request->header_count; i++)
        for (size_t j = 0; j < request->headers[i].value.length; j++)
            total += (unsigned char)request->headers[i].value.start[j];
    return total + http1_count(request, "host");
}

/* Gives the first `split` bytes, then `step` more at a time. */
static struct verdict parse_split(const char *text, size_t length, size_t split, size_t step)
{
    struct http1_parser parser;
    struct http1_request request;
    char *copy = NULL;
    size_t given = split;
    http1_parser_init(&parser, &limits);
    enum http1_result result = feed(&parser, text, given, &request, &copy);
    while (result == HTTP1_MORE && given < length) {
        given = length - given < step ? length : given + step;
        result = feed(&parser, text, given, &request, &copy);
    }
    struct verdict verdict = {result, parser.status, parser.reason, 0, given};
    if (result == HTTP1_DONE) {
        verdict.head_length = request.head_length;
        ck_assert_uint_gt(touch(&request), 0);
    }
    free(copy);
    return verdict;
}

static void expect_same(struct verdict a, struct verdict b, const char *text)
{
    ck_assert_msg(a.result == b.result && a.status == b.status && a.head_length == b.head_length,
                  "%s", text);
    if (a.result == HTTP1_REJECTED)
        ck_assert_str_eq(a.reason, b.reason);
}

/* The verdict on a request, which is the same however its bytes are split. */
static struct verdict parse_bytes(const char *text, size_t length)
{
    struct verdict whole = parse_split(text, length, length, 1);
    expect_same(whole, parse_split(text, length, 0, 1), text);
    for (size_t split = 0; split < length; split++)
        expect_same(whole, parse_split(text, length, split, length), text);
    return whole;
}

static struct verdict parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

/* Parses a valid head in one call; `text` must outlive `request`. */
static void parse_done(const char *text, struct http1_request *request)
{
    struct http1_parser parser;
    ck_assert_int_eq(parse(text).result, HTTP1_DONE);
    http1_parser_init(&parser, &limits);
    ck_assert_int_eq(http1_parse(&parser, text, strlen(text), request), HTTP1_DONE);
}

START_TEST(a_request_is_taken_apart)
{
    struct http1_request request;
    parse_done("GET /ocpp/CP%201?a=b&c HTTP/1.1\r\nHost: example.org:80\r\n"
               "X-Empty:\r\nX-Space: \t a b\t \r\nContent-Length: 12\r\n\r\nbody",
               &request);
    ck_assert(http1_equals(request.method, "GET"));
    ck_assert(http1_equals(request.target, "/ocpp/CP%201?a=b&c"));
    ck_assert(http1_equals(request.path, "/ocpp/CP%201"));
    ck_assert(http1_equals(request.query, "a=b&c"));
    ck_assert(http1_equals(request.host, "example.org:80"));
    ck_assert_uint_eq(request.minor_version, 1);
    ck_assert(request.keep_alive);
    ck_assert(request.has_content_length);
    ck_assert_uint_eq(request.content_length, 12);
    ck_assert_uint_eq(request.header_count, 4);
    ck_assert(http1_equals(http1_find(&request, "x-empty")->value, ""));
    ck_assert(http1_equals(http1_find(&request, "X-SPACE")->value, "a b"));
    ck_assert_ptr_null(http1_find(&request, "X-Spac"));
    ck_assert_uint_eq(request.head_length, 105);
}
END_TEST

START_TEST(a_request_in_pieces_is_taken_apart_the_same)
{
    static const char text[] = GET("X-A: 1\r\nx-a: 2\r\n");
    struct http1_parser parser;
    struct http1_request request;
    char *copy = NULL;
    http1_parser_init(&parser, &limits);
    for (size_t given = 0; given < strlen(text); given++)
        ck_assert_int_eq(feed(&parser, text, given, &request, &copy), HTTP1_MORE);
    memset(&request, 0xa5, sizeof(request)); /* what it held between the calls must not matter */
    ck_assert_int_eq(feed(&parser, text, strlen(text), &request, &copy), HTTP1_DONE);
    ck_assert(http1_equals(request.path, "/ocpp/CP1"));
    ck_assert(http1_equals(request.host, "example.org"));
    ck_assert(!request.has_content_length);
    ck_assert_uint_eq(request.content_length, 0);
    ck_assert_uint_eq(http1_count(&request, "X-A"), 2);
    ck_assert(http1_equals(http1_find(&request, "X-A")->value, "1"));
    free(copy);
}
END_TEST

START_TEST(a_body_is_not_looked_at)
{
    static const char text[] = GET("") "\0\n\r\n garbage";
    struct verdict verdict = parse_bytes(text, sizeof(text) - 1);
    ck_assert_int_eq(verdict.result, HTTP1_DONE);
    ck_assert_uint_eq(verdict.head_length, strlen(GET("")));
}
END_TEST

START_TEST(valid_requests_are_accepted)
{
    static const char *const requests[] = {
        "get / HTTP/1.1\r\nHost: a\r\n\r\n", /* a method is case-sensitive: another one, but a token
                                              */
        "M-SEARCH /a HTTP/1.1\r\nHOST:a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        "GET //a/../b?? HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /CP|1[2]?x=[] HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%2F%c3%A9 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhOsT: 127.0.0.1:65535\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a-b.c_d.example\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9\xff\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX:a:b \"c\" (d)\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0001000\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct verdict verdict = parse(requests[i]);
        ck_assert_msg(verdict.result == HTTP1_DONE, "%s: %s", requests[i],
                      verdict.reason != NULL ? verdict.reason : "more");
        ck_assert_uint_eq(verdict.head_length, strlen(requests[i]));
    }
}
END_TEST

static void expect_rejected(const char *text, size_t length, unsigned status)
{
    struct verdict verdict = parse_bytes(text, length);
    ck_assert_msg(verdict.result == HTTP1_REJECTED, "accepted: %s", text);
    ck_assert_msg(verdict.status == status, "%u (%s) for %s", verdict.status, verdict.reason, text);
}

struct bad_request {
    unsigned status;
    const char *text;
};

static void expect_all_rejected(const struct bad_request *requests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_rejected(requests[i].text, strlen(requests[i].text), requests[i].status);
}

START_TEST(malformed_request_lines_are_refused)
{
    static const struct bad_request requests[] = {
        {400, "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {400, "GET\r\n"},
        {400, "GET /\r\n"},
        {400, "GET / \r\n"},
        {400, "GET  / HTTP/1.1\r\n"},
        {400, "GET /  HTTP/1.1\r\n"},
        {400, "GET / HTTP/1.1 \r\n"},
        {400, "GET\t/ HTTP/1.1\r\n"},
        {400, "GET /\tHTTP/1.1\r\n"},
        {400, "GE(T / HTTP/1.1\r\n"},
        {400, "G\xc3\xa9T / HTTP/1.1\r\n"},
        {400, "GET http://example.org/ HTTP/1.1\r\n"},
        {400, "OPTIONS * HTTP/1.1\r\n"},
        {400, "CONNECT example.org:443 HTTP/1.1\r\n"},
        {400, "GET ?a HTTP/1.1\r\n"},
        {400, "GET /a#b HTTP/1.1\r\n"},
        {400, "GET /\"a\" HTTP/1.1\r\n"},
        {400, "GET /a\\b HTTP/1.1\r\n"},
        {400, "GET /<a> HTTP/1.1\r\n"},
        {400, "GET /a{b} HTTP/1.1\r\n"},
        {400, "GET /\xc3\xa9 HTTP/1.1\r\n"},
        {400, "GET /%zz HTTP/1.1\r\n"},
        {400, "GET /%4 HTTP/1.1\r\n"},
        {400, "GET /% HTTP/1.1\r\n"},
        {400, "GET / http/1.1\r\n"},
        {400, "GET / HTTP/1\r\n"},
        {400, "GET / HTTP/1.10\r\n"},
        {400, "GET / HTTP/x.1\r\n"},
        {400, "GET / HTTP/1,1\r\n"},
        {400, "GET / JTTP/1.1\r\n"},
        {505, "GET / HTTP/2.0\r\n"},
        {505, "GET / HTTP/0.9\r\n"},
        {505, "GET / HTTP/1.2\r\n"},
        {400, "PRI * HTTP/2.0\r\n"},
        {400, "\x16\x03\x01\x02"},
        {400, "\x80"
              "abc\r\n"},
        {414, "GET /0123456789012345678901234567890123456789012345678901234567890123456789"},
    };
    expect_all_rejected(requests, COUNT(requests));
}
END_TEST

START_TEST(malformed_headers_are_refused)
{
    static const struct bad_request requests[] = {
        {400, "GET / HTTP/1.1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nX: Host: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: \r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a b\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a,b\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a/b\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: u@a\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a:\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a:b\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a:65536\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a:-1\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a:000080\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: :80\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: ::1\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: [::1\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: []\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: [127.0.0.1]\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: ]\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n"},
        {400, "GET / HTTP/1.1\r\n: a\r\n"},
        {400, "GET / HTTP/1.1\r\nX\r\n"},
        {400, "GET / HTTP/1.1\r\nX Y: a\r\n"},
        {400, "GET / HTTP/1.1\r\nX\"Y: a\r\n"},
        {400, "GET / HTTP/1.1\r\nX: a\x7f\r\n"},
        {400, "GET / HTTP/1.1\r\nX: a\x1b\r\n"},
    };
    expect_all_rejected(requests, COUNT(requests));
}
END_TEST

START_TEST(smuggling_is_refused)
{
    static const struct bad_request requests[] = {
        /* two lengths */
        {400, GET("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
        {411, GET("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
        {411, GET("Transfer-Encoding: identity\r\n")},
        {411, GET("transfer-encoding:\r\n")},
        {400, GET("Transfer-Encoding : chunked\r\n")},
        {400, GET("Transfer-Encoding\t: chunked\r\n")},
        {400, GET(" Transfer-Encoding: chunked\r\n")},
        {400, GET("X: 1\r\n\tTransfer-Encoding: chunked\r\n")},
        {400, GET("Transfer\x0b"
                  "Encoding: chunked\r\n")},
        {400, GET("X: \nTransfer-Encoding: chunked\r\n")},
        {400, GET("X: \rTransfer-Encoding: chunked\r\n")},
        {400, GET("X: 1\r\r\nTransfer-Encoding: chunked\r\n")},
        {400, GET("Content-Length: 4\r\nContent-Length: 4\r\n")},
        {400, GET("Content-Length: 4\r\ncontent-length: 5\r\n")},
        {400, GET("Content-Length: 4, 4\r\n")},
        {400, GET("Content-Length: 4 4\r\n")},
        {400, GET("Content-Length: +5\r\n")},
        {400, GET("Content-Length: -1\r\n")},
        {400, GET("Content-Length: 0x5\r\n")},
        {400, GET("Content-Length: 5.0\r\n")},
        {400, GET("Content-Length: \"5\"\r\n")},
        {400, GET("Content-Length:\r\n")},
        {400, GET("Content-Length : 5\r\n")},
        {400, GET("Content-Length: 5\x0b\r\n")},
        {413, GET("Content-Length: 1001\r\n")},
        {413, GET("Content-Length: 18446744073709551616\r\n")},
        {413, GET("Content-Length: 184467440737095516160000000000000005\r\n")},
        /* two hosts */
        {400, GET("Host: other.example\r\n")},
        {400, GET("hOST: example.org\r\n")},
        {400, "GET http://other.example/ HTTP/1.1\r\nHost: example.org\r\n\r\n"},
        {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"},
        /* line ends */
        {400, "GET / HTTP/1.1\nHost: a\n\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        {400, "GET / HTTP/1.1\rHost: a\r\r"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n\rX"},
        {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n \r\n"},
        {400, "GET /a\rb HTTP/1.1\r\n"},
    };
    expect_all_rejected(requests, COUNT(requests));
    static const char in_target[] = "GET /\0 HTTP/1.1\r\n";
    static const char in_value[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n";
    static const char in_name[] = "GET / HTTP/1.1\r\nHo\0st: a\r\n";
    expect_rejected(in_target, sizeof(in_target) - 1, 400);
    expect_rejected(in_value, sizeof(in_value) - 1, 400);
    expect_rejected(in_name, sizeof(in_name) - 1, 400);
}
END_TEST

START_TEST(an_error_is_reported_with_its_line)
{
    static const char text[] = "GET / HTTP/1.1\r\nBad Name: x\r\nHost: a\r\n";
    struct verdict verdict = parse_split(text, strlen(text), 0, 1);
    ck_assert_int_eq(verdict.result, HTTP1_REJECTED);
    ck_assert_uint_eq(verdict.seen, 29);
    verdict = parse_split("\x16\x03\x01", 3, 0, 1);
    ck_assert_int_eq(verdict.result, HTTP1_REJECTED);
    ck_assert_uint_eq(verdict.seen, 1);
}
END_TEST

START_TEST(a_rejected_parser_stays_rejected)
{
    struct http1_parser parser;
    struct http1_request request;
    static const char bad[] = "GET * HTTP/1.1\r\n";
    http1_parser_init(&parser, &limits);
    ck_assert_int_eq(http1_parse(&parser, bad, strlen(bad), &request), HTTP1_REJECTED);
    ck_assert_int_eq(http1_parse(&parser, GET(""), strlen(GET("")), &request), HTTP1_REJECTED);
    ck_assert_uint_eq(parser.status, 400);
}
END_TEST

/* "GET /" and a's, so that the request line has that many bytes. */
static void put_request_line(char *out, size_t length)
{
    snprintf(out, length + 3, "GET /%0*d HTTP/1.1\r\n", (int)(length - 14), 0);
}

START_TEST(the_request_line_is_bounded_exactly)
{
    char text[256];
    put_request_line(text, 64);
    strcat(text, "Host: a\r\n\r\n");
    ck_assert_int_eq(parse(text).result, HTTP1_DONE);
    put_request_line(text, 65);
    expect_rejected(text, strlen(text), 414);
}
END_TEST

/* A whole head of `length` bytes. */
static void put_head(char *out, size_t length)
{
    static const char start[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    memset(out, 'x', length);
    memcpy(out, start, strlen(start));
    memcpy(out + length - 4, "\r\n\r\n", 5);
}

START_TEST(the_head_is_bounded_exactly)
{
    char text[1024];
    put_head(text, 512);
    ck_assert_int_eq(parse(text).result, HTTP1_DONE);
    put_head(text, 513);
    expect_rejected(text, strlen(text), 431);
    put_head(text, 900);
    struct verdict verdict = parse_split(text, 900, 0, 1);
    ck_assert_uint_eq(verdict.status, 431);
    ck_assert_uint_eq(verdict.seen, 513);
}
END_TEST

START_TEST(the_number_of_headers_is_bounded_exactly)
{
    ck_assert_int_eq(parse(GET("1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n")).result, HTTP1_DONE);
    ck_assert_uint_eq(parse(GET("1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n8:\r\n")).status, 431);
}
END_TEST

START_TEST(no_limit_lets_headers_overflow_the_table)
{
    struct http1_limits loose = limits;
    struct http1_parser parser;
    struct http1_request request;
    char text[1024] = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < HTTP1_MAX_HEADERS; i++)
        strcat(text, "a: b\r\n");
    strcat(text, "\r\n");
    loose.max_head = sizeof(text);
    loose.max_headers = 1000;
    http1_parser_init(&parser, &loose);
    ck_assert_int_eq(http1_parse(&parser, text, strlen(text), &request), HTTP1_REJECTED);
    ck_assert_uint_eq(parser.status, 431);
}
END_TEST

static bool keeps_alive(const char *text)
{
    struct http1_request request;
    parse_done(text, &request);
    return request.keep_alive;
}

START_TEST(keep_alive_follows_version_and_connection)
{
    ck_assert(keeps_alive(GET("")));
    ck_assert(keeps_alive(GET("Connection: keep-alive, Upgrade\r\n")));
    ck_assert(keeps_alive(GET("Connection: closed\r\n")));
    ck_assert(!keeps_alive(GET("Connection: close\r\n")));
    ck_assert(!keeps_alive(GET("connection: Upgrade ,\tCLOSE\r\n")));
    ck_assert(!keeps_alive(GET("Connection: a\r\nConnection: close\r\n")));
    ck_assert(!keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}
END_TEST

START_TEST(tokens_are_found_in_lists)
{
    struct http1_request request;
    parse_done(GET("Upgrade: websocket\r\nP: ocpp2.0.1, ocpp1.6,,\r\nP:\r\np: last\r\n"), &request);
    ck_assert(http1_has_token(&request, "upgrade", "WebSocket"));
    ck_assert(http1_has_token(&request, "P", "ocpp1.6"));
    ck_assert(http1_has_token(&request, "P", "last"));
    ck_assert(!http1_has_token(&request, "P", "ocpp"));
    ck_assert(!http1_has_token(&request, "Q", "last"));
}
END_TEST

static void expect_decoded(const char *text, bool plus_is_space, const char *expected)
{
    char out[64];
    struct http1_span span = {text, strlen(text)};
    ck_assert_int_eq(http1_percent_decode(span, plus_is_space, out, sizeof(out)),
                     (int)strlen(expected));
    ck_assert_str_eq(out, expected);
}

START_TEST(escapes_are_decoded_once)
{
    expect_decoded("", false, "");
    expect_decoded("CP+1%20%2B%2fa", false, "CP+1 +/a");
    expect_decoded("CP+1%2B", true, "CP 1+");
    expect_decoded("%25%34%31", false, "%41");
    expect_decoded("%c3%A9", false, "\xc3\xa9");
}
END_TEST

START_TEST(what_does_not_decode_is_refused)
{
    static const char *const wrong[] = {"%",   "%4",  "a%zz", "%4g", "%00",   "%0a",
                                        "%7f", "%ff", "%c3x", "\n",  "%c0%80"};
    char out[64];
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct http1_span span = {wrong[i], strlen(wrong[i])};
        ck_assert_msg(http1_percent_decode(span, false, out, sizeof(out)) == -1, "%s", wrong[i]);
    }
    struct http1_span cut = {"%41", 2};
    ck_assert_int_eq(http1_percent_decode(cut, false, out, sizeof(out)), -1);
}
END_TEST

START_TEST(decoding_stays_within_its_buffer)
{
    char out[4];
    struct http1_span three = {"%41BC", 5}, four = {"%41BCD", 6}, none = {"", 0};
    ck_assert_int_eq(http1_percent_decode(three, false, out, sizeof(out)), 3);
    ck_assert_str_eq(out, "ABC");
    ck_assert_int_eq(http1_percent_decode(four, false, out, sizeof(out)), -1);
    ck_assert_int_eq(http1_percent_decode(none, false, out, 0), -1);
}
END_TEST

START_TEST(all_but_unreserved_characters_are_escaped)
{
    char data[64];
    struct text_buffer out = {data, 0, sizeof(data), false};
    http1_percent_encode("Az09-._~/ %+\xc3\xa4\x7f", &out);
    ck_assert_uint_eq(out.length, strlen("Az09-._~%2F%20%25%2B%C3%A4%7F"));
    ck_assert_mem_eq(data, "Az09-._~%2F%20%25%2B%C3%A4%7F", out.length);
    http1_percent_encode("12345678901234567890123456789012345678901234567890", &out);
    ck_assert(out.overflow);
}
END_TEST

SUITE("http1", all_but_unreserved_characters_are_escaped, a_request_is_taken_apart,
      a_request_in_pieces_is_taken_apart_the_same, a_body_is_not_looked_at,
      valid_requests_are_accepted, malformed_request_lines_are_refused,
      malformed_headers_are_refused, smuggling_is_refused, an_error_is_reported_with_its_line,
      a_rejected_parser_stays_rejected, the_request_line_is_bounded_exactly,
      the_head_is_bounded_exactly, the_number_of_headers_is_bounded_exactly,
      no_limit_lets_headers_overflow_the_table, keep_alive_follows_version_and_connection,
      tokens_are_found_in_lists, escapes_are_decoded_once, what_does_not_decode_is_refused,
      decoding_stays_within_its_buffer)

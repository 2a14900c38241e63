/*
 * A strict parser for HTTP/1.1 request heads, a pure function over bytes.
 *
 * It accepts what RFC 9112 lets a client send and a server of ours needs, nothing else: CRLF line
 * ends, one SP between the parts of the request line, a method of token characters, a target in
 * origin-form (RFC 9112, 3.2.1), HTTP/1.1 (or HTTP/1.0, which never keeps the connection), exactly
 * one Host for 1.1 with a valid host[:port], no obs-fold, no space before ':', no control
 * characters, no Transfer-Encoding (a request with one is refused: 411), at most one Content-Length
 * of digits only. Anything else is refused with a status; the caller answers it and closes. One
 * thing more than RFC 3986 allows: '|', '[' and ']' may stand in a target as they are, because user
 * agents don't escape them.
 */
#ifndef COMMON_HTTP1_H
#define COMMON_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text_buffer.h"

#define HTTP1_MAX_HEADERS 64

struct http1_limits {
    size_t max_request_line; /* 414 over it */
    size_t max_head;         /* request line and headers together, bytes; 431 over it */
    unsigned max_headers;    /* 431 over it; at most HTTP1_MAX_HEADERS */
    uint64_t max_body;       /* 413 when Content-Length says more */
};

/* Bytes inside the caller's buffer; not NUL-terminated. */
struct http1_span {
    const char *start;
    size_t length;
};

struct http1_header {
    struct http1_span name;
    struct http1_span value; /* without surrounding SP and HTAB */
};

struct http1_request {
    struct http1_span method;
    struct http1_span target; /* path and query as sent */
    struct http1_span path;   /* up to '?', still percent-encoded */
    struct http1_span query;  /* after '?', may be empty */
    struct http1_span host;   /* empty only with HTTP/1.0 */
    unsigned minor_version;   /* 0 or 1 */
    bool keep_alive;
    bool has_content_length;
    uint64_t content_length; /* 0 when absent */
    size_t head_length;      /* bytes up to and with the empty line */
    unsigned header_count;
    struct http1_header headers[HTTP1_MAX_HEADERS];
};

enum http1_result {
    HTTP1_MORE,     /* the head is not complete and fine so far */
    HTTP1_DONE,     /* `request` is filled in; the body follows at head_length */
    HTTP1_REJECTED, /* answer `status`, close; `reason` says what is wrong, in words of ours only */
};

struct http1_parser {
    const struct http1_limits *limits; /* kept, not copied */
    size_t checked;                    /* bytes that need no second look */
    size_t line_start;
    unsigned lines; /* complete ones */
    unsigned minor_version;
    bool host_seen;
    bool content_length_seen;
    bool close_seen;    /* Connection: close */
    unsigned status;    /* 400, 411, 413, 414, 431, 505 */
    const char *reason; /* constant text */
};

void http1_parser_init(struct http1_parser *parser, const struct http1_limits *limits);

/*
 * `data` holds all bytes of the request that have come so far (the buffer may have moved since the
 * last call, its contents not changed). `request` is scratch until the result is HTTP1_DONE; then
 * its spans point into this `data`. An error is reported with the first line that is wrong, not
 * only when the head is complete. Each byte is looked at a bounded number of times, however the
 * bytes are split over calls.
 */
enum http1_result http1_parse(struct http1_parser *parser, const char *data, size_t length,
                              struct http1_request *request);

/* First header of that name (case-insensitive), or NULL. */
const struct http1_header *http1_find(const struct http1_request *request, const char *name);
/* How many headers have that name. */
unsigned http1_count(const struct http1_request *request, const char *name);
bool http1_is_token(char byte); /* one that a token may hold (RFC 9110, 5.6.2) */
bool http1_equals(struct http1_span span, const char *text); /* exact */
bool http1_equals_ignoring_case(struct http1_span span, const char *text);
/* True when the comma-separated list in all headers of that name holds the token
 * (case-insensitive). */
bool http1_has_token(const struct http1_request *request, const char *name, const char *token);

/*
 * Percent-decodes once into `out` (NUL-terminated). Returns the length, or -1 when an escape is
 * broken, the result holds a NUL or another control character, is not UTF-8, or does not fit. '+'
 * stays '+' unless `plus_is_space`.
 */
int http1_percent_decode(struct http1_span span, bool plus_is_space, char *out, size_t size);
/* Appends `text`, all but unreserved characters (RFC 3986, 2.3) as "%XX". */
void http1_percent_encode(const char *text, struct text_buffer *out);

#endif

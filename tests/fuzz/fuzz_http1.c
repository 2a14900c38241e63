/*
 * The verdict on a request head does not depend on how its bytes are split, and every span lies
 * within the head.
 */
#include "common/http1.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tests/fuzz/fuzz.h"

static const struct http1_limits limits = {
    .max_request_line = 256,
    .max_head = 1024,
    .max_headers = 16,
    .max_body = 65536,
};

/* Each call sees its own copy, so that nothing may depend on where the bytes are. */
static enum http1_result feed(struct http1_parser *parser, const uint8_t *data, size_t size,
                              struct http1_request *request, char **copy)
{
    free(*copy);
    *copy = malloc(size + (size == 0));
    MUST(*copy != NULL);
    memcpy(*copy, data, size);
    return http1_parse(parser, *copy, size, request);
}

static void check_span(struct http1_span span, const char *head, size_t length)
{
    MUST(span.start >= head && span.start <= head + length);
    MUST(span.length <= (size_t)(head + length - span.start));
}

static void check_request(const struct http1_request *request, const char *head, size_t size)
{
    size_t length = request->head_length;
    char decoded[512];
    MUST(length <= size && length <= limits.max_head && length >= 4);
    MUST(memcmp(head + length - 4, "\r\n\r\n", 4) == 0);
    check_span(request->method, head, length);
    check_span(request->target, head, length);
    check_span(request->path, head, length);
    check_span(request->query, head, length);
    check_span(request->host, head, length);
    MUST(request->target.length <= limits.max_request_line && request->target.start[0] == '/');
    MUST(request->header_count <= limits.max_headers);
    for (unsigned i = 0; i < request->header_count; i++) {
        check_span(request->headers[i].name, head, length);
        check_span(request->headers[i].value, head, length);
        MUST(memchr(request->headers[i].value.start, '\n', request->headers[i].value.length) ==
             NULL);
    }
    MUST(http1_count(request, "Host") == (request->minor_version == 1) ||
         request->minor_version == 0);
    MUST(http1_count(request, "Content-Length") == request->has_content_length);
    MUST(http1_count(request, "Transfer-Encoding") == 0);
    int decoded_length = http1_percent_decode(request->path, false, decoded, sizeof(decoded));
    MUST(decoded_length < 0 || strlen(decoded) == (size_t)decoded_length);
    MUST(decoded_length <= (int)request->path.length);
}

/* Gives `first` bytes, then `step` more at a time. */
static enum http1_result parse_split(struct http1_parser *parser, struct http1_request *request,
                                     const uint8_t *data, size_t size, size_t first, size_t step)
{
    char *copy = NULL;
    size_t given = first;
    http1_parser_init(parser, &limits);
    enum http1_result result = feed(parser, data, given, request, &copy);
    while (result == HTTP1_MORE && given < size) {
        given = size - given < step ? size : given + step;
        result = feed(parser, data, given, request, &copy);
    }
    if (result == HTTP1_DONE)
        check_request(request, copy, given);
    if (result == HTTP1_REJECTED)
        MUST(parser->status >= 400 && parser->status < 600 && parser->reason != NULL);
    free(copy);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http1_parser whole, split;
    struct http1_request whole_request, split_request;
    enum http1_result result = parse_split(&whole, &whole_request, data, size, size, 1);
    size_t firsts[] = {0, size / 2, size > 2 ? size - 2 : 0, size > 0 ? data[0] % size : 0};
    size_t steps[] = {1, size, 1, 7};
    for (size_t i = 0; i < 4; i++) {
        MUST(parse_split(&split, &split_request, data, size, firsts[i], steps[i] + !steps[i]) ==
             result);
        MUST(split.status == whole.status && split.reason == whole.reason);
        if (result == HTTP1_DONE)
            MUST(split_request.head_length == whole_request.head_length &&
                 split_request.content_length == whole_request.content_length &&
                 split_request.keep_alive == whole_request.keep_alive &&
                 split_request.header_count == whole_request.header_count);
    }
    return 0;
}

#include "common/http1.h"

#include "common/text.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

/* What a byte may be part of. */
enum { TOKEN = 1, TARGET = 2, HOST = 4 };

/*
 * TOKEN: RFC 9110, 5.6.2. TARGET: RFC 3986, and '|', '[' and ']', which user agents send as they
 * are; '%' is looked at with its digits. HOST: letters, digits, '-', '.', '_'.
 */
static const unsigned char byte_class[256] = {
    ['A' ... 'Z'] = TOKEN | TARGET | HOST,
    ['a' ... 'z'] = TOKEN | TARGET | HOST,
    ['0' ... '9'] = TOKEN | TARGET | HOST,
    ['-'] = TOKEN | TARGET | HOST,
    ['.'] = TOKEN | TARGET | HOST,
    ['_'] = TOKEN | TARGET | HOST,
    ['!'] = TOKEN | TARGET,
    ['$'] = TOKEN | TARGET,
    ['%'] = TOKEN | TARGET,
    ['&'] = TOKEN | TARGET,
    ['\''] = TOKEN | TARGET,
    ['*'] = TOKEN | TARGET,
    ['+'] = TOKEN | TARGET,
    ['|'] = TOKEN | TARGET,
    ['~'] = TOKEN | TARGET,
    ['#'] = TOKEN,
    ['^'] = TOKEN,
    ['`'] = TOKEN,
    ['('] = TARGET,
    [')'] = TARGET,
    [','] = TARGET,
    ['/'] = TARGET,
    [':'] = TARGET,
    [';'] = TARGET,
    ['='] = TARGET,
    ['?'] = TARGET,
    ['@'] = TARGET,
    ['['] = TARGET,
    [']'] = TARGET,
};

static bool is(char byte, unsigned char class)
{
    return (byte_class[(unsigned char)byte] & class) != 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t run_of(struct http1_span span, unsigned char class)
{
    size_t length = 0;
    while (length < span.length && is(span.start[length], class))
        length++;
    return length;
}

static struct http1_span part(struct http1_span span, size_t from, size_t length)
{
    return (struct http1_span){span.start + from, length};
}

static struct http1_span rest(struct http1_span span, size_t from)
{
    return part(span, from, span.length - from);
}

void http1_parser_init(struct http1_parser *parser, const struct http1_limits *limits)
{
    *parser = (struct http1_parser){.limits = limits};
}

static bool reject(struct http1_parser *parser, unsigned status, const char *reason)
{
    parser->status = status;
    parser->reason = reason;
    return false;
}

static int hex_value(char digit)
{
    if (is_digit(digit))
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* The byte that "%XX" stands for, -1 when it is no such thing. */
static int escaped_byte(struct http1_span span, size_t at)
{
    if (span.length - at < 3)
        return -1;
    int high = hex_value(span.start[at + 1]);
    int low = hex_value(span.start[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool check_target(struct http1_parser *parser, struct http1_span target)
{
    if (target.length == 0 || target.start[0] != '/')
        return reject(parser, 400, "request target is not in origin-form");
    if (run_of(target, TARGET) != target.length)
        return reject(parser, 400, "character in the request target that must be escaped");
    for (size_t i = 0; i < target.length; i++)
        if (target.start[i] == '%' && escaped_byte(target, i) < 0)
            return reject(parser, 400, "broken percent escape in the request target");
    return true;
}

static bool take_version(struct http1_parser *parser, struct http1_span version)
{
    const char *text = version.start;
    if (version.length != 8 || memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) ||
        text[6] != '.' || !is_digit(text[7]))
        return reject(parser, 400, "malformed HTTP version");
    if (text[5] != '1' || text[7] > '1')
        return reject(parser, 505, "HTTP version is not 1.0 or 1.1");
    parser->minor_version = (unsigned)(text[7] - '0');
    return true;
}

static bool take_request_line(struct http1_parser *parser, struct http1_span line,
                              struct http1_request *request)
{
    request->method = part(line, 0, run_of(line, TOKEN));
    if (request->method.length == 0)
        return reject(parser, 400, "malformed method");
    line = rest(line, request->method.length);
    if (line.length == 0 || line.start[0] != ' ')
        return reject(parser, 400, "malformed request line");
    line = rest(line, 1);
    const char *space = memchr(line.start, ' ', line.length);
    if (space == NULL)
        return reject(parser, 400, "malformed request line");
    request->target = part(line, 0, (size_t)(space - line.start));
    if (!check_target(parser, request->target))
        return false;
    const char *mark = memchr(request->target.start, '?', request->target.length);
    size_t path_length = mark != NULL ? (size_t)(mark - line.start) : request->target.length;
    request->path = part(request->target, 0, path_length);
    request->query =
        mark != NULL ? rest(request->target, path_length + 1) : rest(request->target, path_length);
    return take_version(parser, rest(line, request->target.length + 1));
}

/* ":" and a number up to 65535, or nothing */
static bool is_port(struct http1_span span)
{
    unsigned port = 0;
    if (span.length == 0)
        return true;
    if (span.length < 2 || span.length > 6 || span.start[0] != ':')
        return false;
    for (size_t i = 1; i < span.length; i++) {
        if (!is_digit(span.start[i]))
            return false;
        port = port * 10 + (unsigned)(span.start[i] - '0');
    }
    return port <= 65535;
}

static bool is_host(struct http1_span host)
{
    size_t length = run_of(host, HOST);
    if (length > 0)
        return is_port(rest(host, length));
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    const char *bracket = host.length > 0 ? memchr(host.start, ']', host.length) : NULL;
    if (bracket == NULL || host.start[0] != '[')
        return false;
    length = (size_t)(bracket - host.start) - 1;
    if (length >= sizeof(address))
        return false;
    memcpy(address, host.start + 1, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1 && is_port(rest(host, length + 2));
}

static bool take_host(struct http1_parser *parser, struct http1_span value,
                      struct http1_request *request)
{
    if (parser->host_seen)
        return reject(parser, 400, "more than one Host");
    if (!is_host(value))
        return reject(parser, 400, "malformed Host");
    parser->host_seen = true;
    request->host = value;
    return true;
}

static bool take_content_length(struct http1_parser *parser, struct http1_span value,
                                struct http1_request *request)
{
    uint64_t length = 0;
    if (parser->content_length_seen)
        return reject(parser, 400, "more than one Content-Length");
    if (value.length == 0)
        return reject(parser, 400, "malformed Content-Length");
    for (size_t i = 0; i < value.length; i++) {
        if (!is_digit(value.start[i]))
            return reject(parser, 400, "malformed Content-Length");
        uint64_t digit = (uint64_t)(value.start[i] - '0');
        length = length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : length * 10 + digit;
    }
    if (length > parser->limits->max_body)
        return reject(parser, 413, "body is too large");
    parser->content_length_seen = true;
    request->has_content_length = true;
    request->content_length = length;
    return true;
}

static struct http1_span trim(struct http1_span span)
{
    while (span.length > 0 && (span.start[0] == ' ' || span.start[0] == '\t'))
        span = rest(span, 1);
    while (span.length > 0 &&
           (span.start[span.length - 1] == ' ' || span.start[span.length - 1] == '\t'))
        span.length--;
    return span;
}

static bool list_has(struct http1_span list, const char *token)
{
    while (list.length > 0) {
        const char *comma = memchr(list.start, ',', list.length);
        size_t length = comma != NULL ? (size_t)(comma - list.start) : list.length;
        if (http1_equals_ignoring_case(trim(part(list, 0, length)), token))
            return true;
        list = rest(list, comma != NULL ? length + 1 : length);
    }
    return false;
}

/* Of `request` only this line's header may be read: spans of earlier lines may be stale by now. */
static bool take_header(struct http1_parser *parser, struct http1_span line,
                        struct http1_request *request)
{
    unsigned index = parser->lines - 1;
    if (line.start[0] == ' ' || line.start[0] == '\t')
        return reject(parser, 400, "folded header line");
    size_t name_length = run_of(line, TOKEN);
    if (name_length == 0 || name_length == line.length || line.start[name_length] != ':')
        return reject(parser, 400, "malformed header name");
    if (index >= parser->limits->max_headers || index >= HTTP1_MAX_HEADERS)
        return reject(parser, 431, "too many headers");
    struct http1_header *header = &request->headers[index];
    header->name = part(line, 0, name_length);
    header->value = trim(rest(line, name_length + 1));
    if (http1_equals_ignoring_case(header->name, "Host"))
        return take_host(parser, header->value, request);
    if (http1_equals_ignoring_case(header->name, "Content-Length"))
        return take_content_length(parser, header->value, request);
    if (http1_equals_ignoring_case(header->name, "Connection"))
        parser->close_seen |= list_has(header->value, "close");
    if (http1_equals_ignoring_case(header->name, "Transfer-Encoding"))
        return parser->content_length_seen
                   ? reject(parser, 400, "Transfer-Encoding and Content-Length together")
                   : reject(parser, 411, "Transfer-Encoding is not supported: send Content-Length");
    return true;
}

/* At the empty line. */
static bool take_end(struct http1_parser *parser, struct http1_request *request)
{
    if (parser->minor_version > 0 && !parser->host_seen)
        return reject(parser, 400, "Host is missing");
    request->minor_version = parser->minor_version;
    request->header_count = parser->lines - 1;
    request->keep_alive = parser->minor_version > 0 && !parser->close_seen;
    return true;
}

/* May the byte at `at` stand there? Looks one byte back, never ahead. */
static bool check_byte(struct http1_parser *parser, const char *data, size_t at)
{
    unsigned char byte = (unsigned char)data[at];
    bool after_return = at > parser->line_start && data[at - 1] == '\r';
    bool in_request_line = parser->lines == 0;
    if (in_request_line && at >= parser->limits->max_request_line && byte != '\r' && byte != '\n')
        return reject(parser, 414, "request line is too long");
    if (at >= parser->limits->max_head)
        return reject(parser, in_request_line ? 414 : 431, "request head is too long");
    if (byte == '\n' && !after_return)
        return reject(parser, 400, "line feed without carriage return");
    if (byte != '\n' && after_return)
        return reject(parser, 400, "carriage return without line feed");
    if ((byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t') || byte == 0x7f)
        return reject(parser, 400, "control character");
    return true;
}

/* A whole line, without its CRLF, has come. */
static bool take_line(struct http1_parser *parser, struct http1_span line,
                      struct http1_request *request)
{
    if (parser->lines == 0)
        return take_request_line(parser, line, request);
    if (line.length == 0)
        return take_end(parser, request);
    return take_header(parser, line, request);
}

static enum http1_result advance(struct http1_parser *parser, const char *data, size_t length,
                                 struct http1_request *request)
{
    for (; parser->checked < length; parser->checked++) {
        size_t at = parser->checked;
        if (!check_byte(parser, data, at))
            return HTTP1_REJECTED;
        if (data[at] != '\n')
            continue;
        struct http1_span line = {data + parser->line_start, at - 1 - parser->line_start};
        if (!take_line(parser, line, request))
            return HTTP1_REJECTED;
        if (parser->lines > 0 && line.length == 0) {
            request->head_length = at + 1;
            return HTTP1_DONE;
        }
        parser->lines++;
        parser->line_start = at + 1;
    }
    return HTTP1_MORE;
}

static enum http1_result start_over(struct http1_parser *parser, const char *data, size_t length,
                                    struct http1_request *request)
{
    http1_parser_init(parser, parser->limits);
    *request = (struct http1_request){.host = {data, 0}};
    return advance(parser, data, length, request);
}

enum http1_result http1_parse(struct http1_parser *parser, const char *data, size_t length,
                              struct http1_request *request)
{
    if (parser->status != 0)
        return HTTP1_REJECTED;
    if (parser->checked == 0)
        return start_over(parser, data, length, request);
    enum http1_result result = advance(parser, data, length, request);
    /* the head came in pieces, so spans of earlier lines may be stale: take them from where the
     * bytes are now */
    return result == HTTP1_DONE ? start_over(parser, data, length, request) : result;
}

const struct http1_header *http1_find(const struct http1_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++)
        if (http1_equals_ignoring_case(request->headers[i].name, name))
            return &request->headers[i];
    return NULL;
}

unsigned http1_count(const struct http1_request *request, const char *name)
{
    unsigned count = 0;
    for (unsigned i = 0; i < request->header_count; i++)
        count += http1_equals_ignoring_case(request->headers[i].name, name);
    return count;
}

bool http1_is_token(char byte)
{
    return is(byte, TOKEN);
}

bool http1_equals(struct http1_span span, const char *text)
{
    return strlen(text) == span.length && memcmp(span.start, text, span.length) == 0;
}

bool http1_equals_ignoring_case(struct http1_span span, const char *text)
{
    return strlen(text) == span.length && strncasecmp(span.start, text, span.length) == 0;
}

bool http1_has_token(const struct http1_request *request, const char *name, const char *token)
{
    for (unsigned i = 0; i < request->header_count; i++)
        if (http1_equals_ignoring_case(request->headers[i].name, name) &&
            list_has(request->headers[i].value, token))
            return true;
    return false;
}

int http1_percent_decode(struct http1_span span, bool plus_is_space, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < span.length; i++) {
        int byte = (unsigned char)span.start[i];
        if (byte == '%') {
            byte = escaped_byte(span, i);
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        if (byte < 0x20 || byte == 0x7f || used + 1 >= size || used >= INT_MAX)
            return -1;
        out[used++] = (char)byte;
    }
    if (size == 0)
        return -1;
    out[used] = '\0';
    for (size_t i = 0, character; i < used; i += character)
        if ((character = text_utf8_length(out + i, used - i)) == 0)
            return -1;
    return (int)used;
}

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void http1_percent_encode(const char *text, struct text_buffer *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        char escape[3] = {'%', digits[byte >> 4], digits[byte & 15]};
        if (is_unreserved(*text))
            text_buffer_append(out, text, 1);
        else
            text_buffer_append(out, escape, sizeof(escape));
    }
}

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/http/http_internal.h"
#include "common/text.h"
#include "common/text_buffer.h"
#include "common/timestamp.h"
#include "common/log.h"

#define MAX_REPLY_HEAD (1024 + HTTP_MAX_ADDED)

/* On every reply. Pages may load nothing from elsewhere, run no inline script and be framed by
 * nobody. */
static const char safety_headers[] =
    "Content-Security-Policy: default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

const char *http_status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {200, "OK"},
        {204, "No Content"},
        {304, "Not Modified"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {421, "Misdirected Request"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status)
            return texts[i].text;
    }
    return "Unknown";
}

enum http_method http_method(const struct http_exchange *exchange)
{
    return exchange->method;
}

const struct http1_request *http_request(const struct http_exchange *exchange)
{
    return &exchange->request;
}

struct http1_span http_body(const struct http_exchange *exchange)
{
    return exchange->body;
}

const char *http_peer(const struct http_exchange *exchange)
{
    return exchange->connection->peer;
}

bool http_header_text(const struct http_exchange *exchange, const char *name, char *out,
                      size_t size)
{
    const struct http1_header *header = http1_find(&exchange->request, name);
    if (header == NULL || header->value.length == 0 || header->value.length >= size)
        return false;
    memcpy(out, header->value.start, header->value.length);
    out[header->value.length] = '\0';
    return true;
}

void http_defer(struct http_exchange *exchange, void (*cancelled)(void *), void *context)
{
    bufferevent_disable(exchange->connection->events, EV_READ);
    exchange->cancelled = cancelled;
    exchange->cancel_context = context;
}

static void put_line(struct text_buffer *head, const char *name, const char *value)
{
    text_buffer_puts(head, name);
    text_buffer_puts(head, ": ");
    text_buffer_puts(head, value);
    text_buffer_puts(head, "\r\n");
}

void http_add_header(struct http_exchange *exchange, const char *name, const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return;
    }
    struct text_buffer added = {exchange->added, exchange->added_length, sizeof(exchange->added),
                                false};
    put_line(&added, name, value);
    if (!added.overflow)
        exchange->added_length = added.length;
}

/* The date changes once a second. */
static const char *http_date(struct http_server *server)
{
    uint64_t now_ns = clock_real_ns();
    if (server->date[0] == '\0' || server->date_s != now_ns / NS_PER_SECOND) {
        server->date_s = now_ns / NS_PER_SECOND;
        timestamp_http_date(now_ns, server->date);
    }
    return server->date;
}

/* `type` NULL: there is no body; `length` SIZE_MAX: it ends with the connection. Returns how much
 * was written. */
static size_t format_head(const struct http_exchange *exchange, unsigned status, const char *type,
                          size_t length, bool keep_alive, char out[MAX_REPLY_HEAD])
{
    struct http_server *server = exchange->connection->server;
    struct text_buffer head = {out, 0, MAX_REPLY_HEAD, false};
    char number[TEXT_DECIMAL_SIZE];
    text_buffer_puts(&head, "HTTP/1.1 ");
    text_buffer_append(&head, number, text_decimal(status, number));
    text_buffer_puts(&head, " ");
    text_buffer_puts(&head, http_status_text(status));
    text_buffer_puts(&head, "\r\n");
    put_line(&head, "Date", http_date(server));
    if (type != NULL)
        put_line(&head, "Content-Type", type);
    if (length != SIZE_MAX) {
        text_decimal(length, number);
        put_line(&head, "Content-Length", number);
    }
    if (!keep_alive)
        text_buffer_puts(&head, "Connection: close\r\n");
    text_buffer_append(&head, safety_headers, sizeof(safety_headers) - 1);
    if (server->options.hsts && http_is_secure(exchange))
        text_buffer_puts(&head, "Strict-Transport-Security: max-age=31536000\r\n");
    text_buffer_append(&head, exchange->added, exchange->added_length);
    text_buffer_puts(&head, "\r\n");
    return head.overflow ? 0 : head.length;
}

static void write_head(struct http_exchange *exchange, unsigned status, const char *type,
                       size_t length)
{
    struct http_connection *connection = exchange->connection;
    char head[MAX_REPLY_HEAD];
    bool has_length = status != 304 && status != 204;
    size_t head_length = format_head(exchange, status, type, has_length ? length : SIZE_MAX,
                                     connection->keep_alive, head);
    http_connection_hold_output(connection);
    bufferevent_write(connection->events, head, head_length);
}

void http_reply_empty(struct http_exchange *exchange, unsigned status)
{
    write_head(exchange, status, NULL, 0);
    http_connection_replied(exchange->connection);
}

void http_reply_text(struct http_exchange *exchange, unsigned status, const char *type,
                     const char *text, size_t length)
{
    write_head(exchange, status, type, length);
    if (exchange->method != HTTP_HEAD)
        bufferevent_write(exchange->connection->events, text, length);
    http_connection_replied(exchange->connection);
}

struct reference {
    void (*release)(void *);
    void *context;
};

static void release_reference(const void *data, size_t length, void *context)
{
    struct reference *reference = context;
    (void)data;
    (void)length;
    if (reference->release != NULL)
        reference->release(reference->context);
    free(reference);
}

void http_reply_reference(struct http_exchange *exchange, unsigned status, const char *type,
                          const void *data, size_t length, void (*release)(void *), void *context)
{
    struct reference *reference = malloc(sizeof(*reference));
    if (reference == NULL || exchange->method == HTTP_HEAD || length == 0) {
        write_head(exchange, status, type, length);
        if (exchange->method != HTTP_HEAD && length > 0)
            exchange->connection->keep_alive = false; /* the body is missing */
        free(reference);
        if (release != NULL)
            release(context);
        http_connection_replied(exchange->connection);
        return;
    }
    *reference = (struct reference){release, context};
    write_head(exchange, status, type, length);
    evbuffer_add_reference(bufferevent_get_output(exchange->connection->events), data, length,
                           release_reference, reference);
    http_connection_replied(exchange->connection);
}

void http_tag_reply(struct http_exchange *exchange)
{
    exchange->tagged = true;
}

bool http_none_match(const struct http_exchange *exchange, const char *etag)
{
    char given[512];
    if (!http_header_text(exchange, "If-None-Match", given, sizeof(given)))
        return false;
    return strcmp(given, "*") == 0 || strstr(given, etag) != NULL;
}

/* True when the peer has this body already and was told so. */
static bool reply_unchanged(struct http_exchange *exchange, uint64_t hash)
{
    char weak[] = "W/\"0123456789abcdef\"";
    const char *etag = weak + 2; /* a proxy that compresses may have taken the W/ off */
    for (size_t i = 0; i < 16; i++)
        weak[3 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    http_add_header(exchange, "ETag", weak);
    if (!http_none_match(exchange, etag))
        return false;
    http_reply_empty(exchange, 304);
    return true;
}

void http_reply_json(struct http_exchange *exchange, unsigned status, struct json_out *json)
{
    size_t length;
    uint64_t hash = exchange->tagged ? json_out_hash(json) : 0;
    char *text = json_out_take(json, &length);
    if (text == NULL) {
        http_reply_error(exchange, 503, "out of memory");
        return;
    }
    if (exchange->tagged && status == 200 && reply_unchanged(exchange, hash)) {
        free(text);
        return;
    }
    http_reply_reference(exchange, status, "application/json", text, length, free, text);
}

void http_reply_error(struct http_exchange *exchange, unsigned status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    json_out_string(json_out_key(&json, "error"), text);
    json_out_object_end(&json);
    http_reply_text(exchange, status, "application/json", json.data != NULL ? json.data : "",
                    json.failed ? 0 : json.length);
    json_out_free(&json);
}

struct http_chunk *http_chunk_new(char *data, size_t length)
{
    struct http_chunk *chunk = malloc(sizeof(*chunk));
    if (chunk == NULL) {
        free(data);
        return NULL;
    }
    *chunk = (struct http_chunk){.references = 1, .length = length, .data = data};
    return chunk;
}

void http_chunk_release(struct http_chunk *chunk)
{
    if (--chunk->references > 0)
        return;
    free(chunk->data);
    free(chunk);
}

static void release_chunk(const void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    http_chunk_release(context);
}

struct http_stream *http_stream_begin(struct http_exchange *exchange, const char *type,
                                      const struct http_stream_callbacks *callbacks)
{
    struct http_connection *connection = exchange->connection;
    connection->keep_alive = false;
    if (exchange->method == HTTP_HEAD) {
        http_reply_text(exchange, 200, type, "", 0);
        return NULL;
    }
    char head[MAX_REPLY_HEAD];
    size_t length = format_head(exchange, 200, type, SIZE_MAX, false, head);
    bufferevent_enable(connection->events, EV_WRITE);
    bufferevent_write(connection->events, head, length);
    evbuffer_drain(bufferevent_get_input(connection->events), connection->request_length);
    connection->state = CONNECTION_STREAMING;
    connection->stream = (struct http_stream){connection, *callbacks, length};
    event_del(connection->deadline);
    /* to see the peer's end; what it sends is thrown away */
    bufferevent_setwatermark(connection->events, EV_READ, 0, 4096);
    bufferevent_enable(connection->events, EV_READ);
    return &connection->stream;
}

void http_stream_send(struct http_stream *stream, struct http_chunk *chunk)
{
    struct evbuffer *output = bufferevent_get_output(stream->connection->events);
    if (chunk->length == 0)
        return;
    chunk->references++;
    if (evbuffer_add_reference(output, chunk->data, chunk->length, release_chunk, chunk) != 0) {
        http_chunk_release(chunk);
        return;
    }
    stream->queued += chunk->length;
}

void http_stream_send_copy(struct http_stream *stream, const char *text, size_t length)
{
    bufferevent_write(stream->connection->events, text, length);
    stream->queued += length;
}

size_t http_stream_pending(const struct http_stream *stream)
{
    return evbuffer_get_length(bufferevent_get_output(stream->connection->events));
}

uint64_t http_stream_sent(const struct http_stream *stream)
{
    return stream->queued - http_stream_pending(stream);
}

void http_stream_end(struct http_stream *stream, bool at_once)
{
    struct http_connection *connection = stream->connection;
    stream->callbacks = (struct http_stream_callbacks){0};
    if (at_once) {
        http_connection_free(connection);
        return;
    }
    connection->state = CONNECTION_WRITING;
    http_connection_set_deadline(connection, 1000);
    if (http_stream_pending(stream) == 0) /* nothing will be written that could end it */
        bufferevent_trigger(connection->events, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

#include "gateway/handshake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "common/digest.h"

#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define KEY_LENGTH     24                                     /* base64 of 16 bytes */

static bool refuse(struct handshake_refusal *refusal, unsigned status, const char *headers,
                   const char *text)
{
    *refusal = (struct handshake_refusal){.status = status, .text = text, .headers = headers};
    return false;
}

static bool refuse_violation(struct handshake_refusal *refusal, const char *text)
{
    refuse(refusal, 400, "", text);
    refusal->is_violation = true;
    return false;
}

/* The part of the path behind `path` and a slash, without a further one. */
static bool find_segment(const struct http1_request *request, const char *path,
                         struct http1_span *segment)
{
    size_t prefix = strcmp(path, "/") == 0 ? 0 : strlen(path);
    struct http1_span whole = request->path;
    if (whole.length < prefix + 1 || memcmp(whole.start, path, prefix) != 0 ||
        whole.start[prefix] != '/')
        return false;
    segment->start = whole.start + prefix + 1;
    segment->length = whole.length - prefix - 1;
    return memchr(segment->start, '/', segment->length) == NULL;
}

static bool read_identity(struct http1_span segment, struct handshake *handshake,
                          struct handshake_refusal *refusal)
{
    if (segment.length == 0)
        return refuse(refusal, 400, "", "The station's identity is missing after the path.");
    if (http1_percent_decode(segment, false, handshake->identity, sizeof(handshake->identity)) < 0)
        return refuse_violation(
            refusal, "The identity is longer than 48 characters or not correctly percent-encoded.");
    if (!identity_is_valid(handshake->identity))
        return refuse_violation(
            refusal,
            "The identity has a character that is not one of A-Z a-z 0-9 * - _ = : + | @ . .");
    return true;
}

static bool is_upgrade(const struct http1_request *request)
{
    return http1_has_token(request, "Upgrade", "websocket") &&
           http1_has_token(request, "Connection", "Upgrade");
}

static bool read_key(const struct http1_request *request, struct handshake *handshake,
                     struct handshake_refusal *refusal)
{
    unsigned char nonce[16], digest[DIGEST_SHA1_SIZE];
    char text[KEY_LENGTH + sizeof(WEBSOCKET_GUID)];
    const struct http1_header *key = http1_find(request, "Sec-WebSocket-Key");
    if (key == NULL || http1_count(request, "Sec-WebSocket-Key") != 1 ||
        key->value.length != KEY_LENGTH ||
        base64_decode(key->value.start, KEY_LENGTH, nonce, sizeof(nonce)) != sizeof(nonce))
        return refuse(refusal, 400, "", "Sec-WebSocket-Key must be 16 bytes in base64.");
    memcpy(text, key->value.start, KEY_LENGTH);
    memcpy(text + KEY_LENGTH, WEBSOCKET_GUID, sizeof(WEBSOCKET_GUID) - 1);
    digest_sha1(text, sizeof(text) - 1, digest);
    base64_encode(digest, sizeof(digest), handshake->accept);
    return true;
}

static enum ocpp_version version_of(struct http1_span token)
{
    for (enum ocpp_version version = OCPP_16; version <= OCPP_21; version++)
        if (http1_equals(token, ocpp_version_label(version)))
            return version;
    return OCPP_UNKNOWN;
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t';
}

/* The first element of a comma-separated list that is a version of OCPP. */
static enum ocpp_version first_version(struct http1_span list)
{
    size_t at = 0;
    while (at < list.length) {
        size_t start = at;
        while (at < list.length && !is_separator(list.start[at]))
            at++;
        enum ocpp_version version = version_of((struct http1_span){list.start + start, at - start});
        if (version != OCPP_UNKNOWN)
            return version;
        at++;
    }
    return OCPP_UNKNOWN;
}

/* The station lists versions in its order of preference, over one or more headers. */
static enum ocpp_version choose_version(const struct http1_request *request)
{
    enum ocpp_version version = OCPP_UNKNOWN;
    for (unsigned i = 0; i < request->header_count && version == OCPP_UNKNOWN; i++)
        if (http1_equals_ignoring_case(request->headers[i].name, "Sec-WebSocket-Protocol"))
            version = first_version(request->headers[i].value);
    return version;
}

bool handshake_read(const struct http1_request *request, const char *path,
                    struct handshake *handshake, struct handshake_refusal *refusal)
{
    struct http1_span segment;
    const struct http1_header *authorization = http1_find(request, "Authorization");
    memset(handshake, 0, sizeof(*handshake));
    if (request->minor_version == 0)
        return refuse(refusal, 505, "", "The gateway speaks HTTP/1.1.");
    if (!find_segment(request, path, &segment))
        return refuse(refusal, 404, "",
                      "Nothing here. Stations connect by WebSocket to gateway.path (default /ocpp) "
                      "and their identity.");
    if (!http1_equals(request->method, "GET"))
        return refuse(refusal, 405, "Allow: GET\r\n", "Only GET with a WebSocket upgrade.");
    if (!is_upgrade(request))
        return refuse(refusal, 426, "Upgrade: websocket\r\n",
                      "This is for stations: connect by WebSocket (ws://) with an OCPP "
                      "subprotocol. The dashboard has a port of its own.");
    const struct http1_header *version = http1_find(request, "Sec-WebSocket-Version");
    if (version == NULL || !http1_equals(version->value, "13"))
        return refuse(refusal, 426, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                      "Sec-WebSocket-Version must be 13.");
    if (request->has_content_length && request->content_length > 0)
        return refuse(refusal, 400, "", "A WebSocket handshake has no body.");
    if (authorization != NULL && http1_count(request, "Authorization") != 1)
        return refuse_violation(refusal, "More than one Authorization header.");
    if (!read_identity(segment, handshake, refusal) || !read_key(request, handshake, refusal))
        return false;
    handshake->protocol = choose_version(request);
    if (authorization != NULL)
        handshake->authorization = authorization->value;
    return true;
}

bool handshake_read_extensions(const struct http1_request *request, struct handshake *handshake,
                               struct handshake_refusal *refusal)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        const struct http1_header *header = &request->headers[i];
        if (http1_equals_ignoring_case(header->name, "Sec-WebSocket-Extensions") &&
            !deflate_offer_read(header->value.start, header->value.length, &handshake->deflate))
            return refuse_violation(refusal,
                                    "Sec-WebSocket-Extensions is not a list of extensions.");
    }
    return true;
}

struct handshake_refusal handshake_refuse_http(unsigned status, const char *reason)
{
    return (struct handshake_refusal){
        .status = status, .text = reason, .headers = "", .is_violation = true};
}

int handshake_password(struct http1_span authorization, const char *identity,
                       unsigned char password[HANDSHAKE_MAX_PASSWORD])
{
    static const char scheme[] = "Basic ";
    unsigned char pair[IDENTITY_SIZE + HANDSHAKE_MAX_PASSWORD];
    size_t user = strlen(identity);
    size_t skipped = sizeof(scheme) - 1;
    int length = -1;
    if (authorization.length <= skipped || strncasecmp(authorization.start, scheme, skipped) != 0)
        return -1;
    while (skipped < authorization.length && authorization.start[skipped] == ' ')
        skipped++;
    ssize_t got = base64_decode(authorization.start + skipped, authorization.length - skipped, pair,
                                sizeof(pair));
    if (got > (ssize_t)user && memcmp(pair, identity, user) == 0 && pair[user] == ':' &&
        (size_t)got - user - 1 <= HANDSHAKE_MAX_PASSWORD) {
        length = (int)((size_t)got - user - 1);
        memcpy(password, pair + user + 1, (size_t)length);
    }
    explicit_bzero(pair, sizeof(pair));
    return length;
}

size_t handshake_write_upgrade(const struct handshake *handshake, char *out)
{
    const char *protocol = ocpp_version_label(handshake->protocol);
    char extensions[DEFLATE_OFFER_LINE_SIZE];
    deflate_offer_write(&handshake->deflate, extensions);
    int length = snprintf(out, HANDSHAKE_MAX_RESPONSE,
                          "HTTP/1.1 101 Switching Protocols\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n"
                          "%s%s%s%s\r\n",
                          handshake->accept, extensions,
                          protocol[0] != '\0' ? "Sec-WebSocket-Protocol: " : "", protocol,
                          protocol[0] != '\0' ? "\r\n" : "");
    return (size_t)length;
}

static const char *phrase(unsigned status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 426:
        return "Upgrade Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Refused";
    }
}

size_t handshake_write_refusal(const struct handshake_refusal *refusal, char *out)
{
    /* RFC 9110, 7.8: who sends Upgrade also says so in Connection */
    bool names_upgrade = strncmp(refusal->headers, "Upgrade:", 8) == 0;
    int length = snprintf(out, HANDSHAKE_MAX_RESPONSE,
                          "HTTP/1.1 %u %s\r\n"
                          "Content-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: %zu\r\n"
                          "Connection: close%s\r\n"
                          "Cache-Control: no-store\r\n"
                          "%s\r\n"
                          "%s\n",
                          refusal->status, phrase(refusal->status), strlen(refusal->text) + 1,
                          names_upgrade ? ", Upgrade" : "", refusal->headers, refusal->text);
    return (size_t)length < HANDSHAKE_MAX_RESPONSE ? (size_t)length : HANDSHAKE_MAX_RESPONSE - 1;
}

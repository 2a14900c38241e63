#include "tools/sim_handshake.h"

#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/http1.h"
#include "tools/sim_random.h"

#define EXTENSIONS "Sec-WebSocket-Extensions"
/* What the codec can do (RFC 7692, 7.1.1) */
#define COMPRESSION "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

static void make_key(struct sim_handshake *handshake, struct sim_random *random, char key[32])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
    unsigned char bytes[16], digest[DIGEST_SHA1_SIZE];
    char text[80];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)sim_random_next(random);
    base64_encode(bytes, sizeof bytes, key);
    int length = snprintf(text, sizeof text, "%s%s", key, guid);
    digest_sha1(text, (size_t)length, digest);
    base64_encode(digest, sizeof digest, handshake->accept);
}

bool sim_handshake_write(struct sim_handshake *handshake, const struct sim_target *target,
                         const struct sim_websocket_options *options, struct sim_random *random)
{
    const char *user = options->password_user != NULL ? options->password_user : options->identity;
    char key[32], name[256], plain[256], encoded[360], authorization[400] = "";
    struct text_buffer identity = {name, 0, sizeof name, false};

    make_key(handshake, random, key);
    http1_percent_encode(options->identity, &identity);
    text_buffer_append(&identity, "", 1); /* with its NUL */
    if (identity.overflow)
        return false;
    if (options->password != NULL) {
        int length = snprintf(plain, sizeof plain, "%s:%s", user, options->password);
        if (length < 0 || (size_t)length >= sizeof plain)
            return false;
        base64_encode((const unsigned char *)plain, (size_t)length, encoded);
        snprintf(authorization, sizeof authorization, "Authorization: Basic %s\r\n", encoded);
    }
    snprintf(handshake->subprotocol, sizeof handshake->subprotocol, "%s", options->subprotocol);
    int length =
        snprintf(handshake->buffer, sizeof handshake->buffer,
                 "GET %s/%s HTTP/1.1\r\n"
                 "Host: %s\r\n"
                 "Upgrade: websocket\r\n"
                 "Connection: Upgrade\r\n"
                 "Sec-WebSocket-Key: %s\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: %s\r\n"
                 "%s%s\r\n",
                 target->path, name, target->host, key, options->subprotocol, authorization,
                 options->codec != NULL ? EXTENSIONS ": " COMPRESSION "\r\n" : "");
    if (length < 0 || (size_t)length >= sizeof handshake->buffer)
        return false;
    handshake->length = (size_t)length;
    handshake->offers_compression = options->codec != NULL;
    return true;
}

/* Value of the first header of that name within `head`, compared with `value`. */
static bool header_is(const char *head, const char *name, const char *value)
{
    size_t name_length = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_length) != 0 || line[name_length] != ':')
            continue;
        line += name_length + 1;
        line += strspn(line, " \t");
        size_t length = strcspn(line, "\r");
        return length == strlen(value) && strncasecmp(line, value, length) == 0;
    }
    return false;
}

const char *sim_handshake_judge(const struct sim_handshake *handshake, const char *head,
                                unsigned *status)
{
    unsigned code = 0;

    *status = 0;
    if (sscanf(head, "HTTP/1.1 %3u", &code) != 1 || code < 100)
        return "the answer is not HTTP";
    if (code != 101) {
        *status = code;
        return "refused";
    }
    if (!header_is(head, "Upgrade", "websocket") ||
        !header_is(head, "Sec-WebSocket-Accept", handshake->accept))
        return "wrong Sec-WebSocket-Accept";
    if (!header_is(head, "Sec-WebSocket-Protocol", handshake->subprotocol))
        return "another subprotocol than asked for";
    if (handshake->offers_compression && !header_is(head, EXTENSIONS, COMPRESSION))
        return "compression was not agreed on";
    return NULL;
}

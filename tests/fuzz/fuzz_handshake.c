/* A station's opening handshake, from raw bytes to the response. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/handshake.h"
#include "tests/fuzz/fuzz.h"

static void check_response(const char *response, size_t length)
{
    if (length == 0 || length > HANDSHAKE_MAX_RESPONSE || memcmp(response, "HTTP/1.1 ", 9) != 0 ||
        memmem(response, length, "\r\n\r\n", 4) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http1_limits limits = {2048, 8192, HTTP1_MAX_HEADERS, 0};
    static struct http1_request request;
    struct http1_parser parser;
    struct handshake handshake;
    struct handshake_refusal refusal;
    unsigned char password[HANDSHAKE_MAX_PASSWORD];
    char response[HANDSHAKE_MAX_RESPONSE];
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return 0;
    if (size > 0)
        memcpy(copy, data, size);
    http1_parser_init(&parser, &limits);
    switch (http1_parse(&parser, copy, size, &request)) {
    case HTTP1_MORE:
        break;
    case HTTP1_REJECTED:
        refusal = handshake_refuse_http(parser.status, parser.reason);
        check_response(response, handshake_write_refusal(&refusal, response));
        break;
    case HTTP1_DONE:
        if (!handshake_read(&request, "/ocpp", &handshake, &refusal)) {
            check_response(response, handshake_write_refusal(&refusal, response));
            break;
        }
        if (!identity_is_valid(handshake.identity))
            abort();
        if (!handshake_read_extensions(&request, &handshake, &refusal)) {
            check_response(response, handshake_write_refusal(&refusal, response));
            break;
        }
        handshake_password(handshake.authorization, handshake.identity, password);
        check_response(response, handshake_write_upgrade(&handshake, response));
        break;
    }
    free(copy);
    return 0;
}

/* The simulator's WebSocket client against servers that behave and others that don't */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/deflate.h"
#include "common/digest.h"
#include "tests/unit/suite.h"
#include "tools/sim_websocket.h"

#define PROTOCOL "ocpp2.0.1"

/* What the server sends: an answer with %s for the right Sec-WebSocket-Accept, then frames. */
struct script {
    const char *answer;
    const char *frames;
    size_t frames_length;
    bool hold; /* until the client closes */
};

static int listener;
static struct sim_target target;
static char request[4096];

static struct event_base *base;
static struct sim_websocket *client;
static struct deflate_codec *codec; /* NULL: no compression */
static struct {
    bool opened, ended;
    unsigned status;
    char reason[64];
    char text[64];
    bool clean;
    unsigned code;
} seen;

static void find_accept(char *accept)
{
    unsigned char digest[DIGEST_SHA1_SIZE];
    char text[128];
    const char *key = strstr(request, "Sec-WebSocket-Key: ");

    ck_assert_ptr_nonnull(key);
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    digest_sha1(text, strlen(text), digest);
    base64_encode(digest, sizeof digest, accept);
}

static void *serve(void *context)
{
    const struct script *script = context;
    char accept_value[64], out[8192];
    size_t length = 0;
    int fd = accept(listener, NULL, NULL);

    while (fd >= 0 && length < sizeof request - 1 && strstr(request, "\r\n\r\n") == NULL) {
        ssize_t got = recv(fd, request + length, sizeof request - 1 - length, 0);
        if (got <= 0)
            break;
        length += (size_t)got;
        request[length] = '\0';
    }
    find_accept(accept_value);
    int head = snprintf(out, sizeof out, script->answer, accept_value);
    if (script->frames_length > 0)
        memcpy(out + head, script->frames, script->frames_length);
    send(fd, out, (size_t)head + script->frames_length, MSG_NOSIGNAL);
    while (script->hold && recv(fd, out, sizeof out, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void on_open(void *context)
{
    (void)context;
    seen.opened = true;
}

static void on_refused(unsigned status, const char *reason, void *context)
{
    (void)context;
    seen.ended = true;
    seen.status = status;
    snprintf(seen.reason, sizeof seen.reason, "%s", reason);
    event_base_loopbreak(base);
}

static void on_text(const char *data, size_t length, void *context)
{
    (void)context;
    snprintf(seen.text, sizeof seen.text, "%.*s", (int)length, data);
    if (strcmp(seen.text, "abort") == 0)
        sim_websocket_abort(client);
    else
        sim_websocket_close(client, 1000);
}

static void on_closed(bool clean, unsigned code, void *context)
{
    (void)context;
    seen.ended = true;
    seen.clean = clean;
    seen.code = code;
    event_base_loopbreak(base);
}

static const struct sim_websocket_handlers handlers = {on_open, on_refused, on_text, on_closed};

static void listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    char url[64], error[128];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/ocpp", ntohs(address.sin_port));
    ck_assert(sim_target_parse(&target, url, error, sizeof error));
}

static void meet(const struct script *script, const char *identity, const char *password)
{
    struct sim_websocket_options options = {.identity = identity,
                                            .subprotocol = PROTOCOL,
                                            .password = password,
                                            .seed = 5,
                                            .codec = codec};
    struct script copy = *script;
    pthread_t server;

    memset(&seen, 0, sizeof seen);
    memset(request, 0, sizeof request);
    listen_somewhere();
    ck_assert_int_eq(pthread_create(&server, NULL, serve, &copy), 0);
    base = event_base_new();
    client = sim_websocket_connect(base, &target, &options, &handlers, NULL);
    ck_assert_ptr_nonnull(client);
    event_base_dispatch(base);
    ck_assert(seen.ended);
    pthread_join(server, NULL);
    event_base_free(base);
    close(listener);
}

#define SWITCH                                                                                     \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: %s\r\n"
#define GOOD          SWITCH "Sec-WebSocket-Protocol: " PROTOCOL "\r\n\r\n"
#define FRAMES(bytes) bytes, sizeof(bytes) - 1

START_TEST(request_is_complete)
{
    struct script script = {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", NULL, 0, false};

    meet(&script, "CP 1/ü", "secret");
    ck_assert_uint_eq(seen.status, 404);
    ck_assert_int_eq(strncmp(request, "GET /ocpp/CP%201%2F%C3%BC HTTP/1.1\r\n", 36), 0);
    ck_assert_ptr_nonnull(strstr(request, "\r\nSec-WebSocket-Protocol: " PROTOCOL "\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "\r\nSec-WebSocket-Version: 13\r\n"));
    /* "CP 1/ü:secret" */
    ck_assert_ptr_nonnull(strstr(request, "\r\nAuthorization: Basic Q1AgMS/DvDpzZWNyZXQ=\r\n"));
}
END_TEST

START_TEST(refusals_have_their_status)
{
    struct script script = {"HTTP/1.1 401 Unauthorized\r\n\r\n", NULL, 0, false};

    meet(&script, "CP-1", NULL);
    ck_assert_uint_eq(seen.status, 401);
    ck_assert(!seen.opened);
    ck_assert_ptr_null(strstr(request, "Authorization"));
}
END_TEST

START_TEST(bad_answers_are_no_connection)
{
    static char endless[6000] = "HTTP/1.1 101 x\r\nX: ";
    static const char *const answers[] = {
        "",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        SWITCH "\r\n",
        SWITCH "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n",
        "HTTP/1.1 101 Switching Pro",
        endless,
    };

    memset(endless + strlen(endless), 'x', sizeof endless - strlen(endless) - 1);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct script script = {answers[i], NULL, 0, false};
        meet(&script, "CP-1", NULL);
        ck_assert_msg(!seen.opened && seen.status == 0, "answer %zu", i);
        ck_assert_str_ne(seen.reason, "");
    }
}
END_TEST

START_TEST(frames_that_come_with_the_answer_are_read)
{
    /* "hi", then the server's answer to our close */
    struct script script = {GOOD, FRAMES("\x81\x02hi\x88\x02\x03\xe8"), true};

    meet(&script, "CP-1", NULL);
    ck_assert(seen.opened);
    ck_assert_str_eq(seen.text, "hi");
    ck_assert(seen.clean);
    ck_assert_uint_eq(seen.code, 1000);
}
END_TEST

START_TEST(close_of_the_server_has_its_code)
{
    struct script script = {GOOD, FRAMES("\x88\x02\x03\xe9"), true};

    meet(&script, "CP-1", NULL);
    ck_assert(seen.opened && seen.clean);
    ck_assert_uint_eq(seen.code, 1001);
}
END_TEST

START_TEST(end_without_a_close_is_not_clean)
{
    struct script script = {GOOD, NULL, 0, false};

    meet(&script, "CP-1", NULL);
    ck_assert(seen.opened && !seen.clean);
}
END_TEST

START_TEST(broken_frames_end_it)
{
    /* reserved opcode; masked by a server; text that is not UTF-8; two megabytes announced */
    static const struct script scripts[] = {
        {GOOD, FRAMES("\x83\x01x"), true},
        {GOOD, FRAMES("\x81\x81\x01\x02\x03\x04x"), true},
        {GOOD, FRAMES("\x81\x01\xff"), true},
        {GOOD, FRAMES("\x81\x7f\x00\x00\x00\x00\x00\x20\x00\x00x"), true},
    };

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        meet(&scripts[i], "CP-1", NULL);
        ck_assert_msg(seen.opened && !seen.clean, "script %zu", i);
        ck_assert_str_eq(seen.text, "");
    }
}
END_TEST

START_TEST(abort_in_a_handler)
{
    struct script script = {GOOD,
                            FRAMES("\x81\x05"
                                   "abort\x81\x05later"),
                            true};

    meet(&script, "CP-1", NULL);
    ck_assert_str_eq(seen.text, "abort");
    ck_assert(!seen.clean);
}
END_TEST

START_TEST(compression)
{
    static const char agreed[] = SWITCH "Sec-WebSocket-Protocol: " PROTOCOL "\r\n"
                                        "Sec-WebSocket-Extensions: permessage-deflate; "
                                        "server_no_context_takeover; client_no_context_takeover"
                                        "\r\n\r\n";
    /* "Hello" (RFC 7692, 7.2.3.1), then the server's answer to our close */
    static const struct script good = {
        agreed, FRAMES("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x88\x02\x03\xe8"), true};
    static const struct script corrupt = {agreed, FRAMES("\xc1\x02\xff\xff"), true};
    static const struct script uncompressed = {GOOD, FRAMES("\x81\x02hi"), true};

    codec = deflate_codec_new();
    meet(&good, "CP-1", NULL);
    ck_assert_ptr_nonnull(strstr(request, "\r\nSec-WebSocket-Extensions: permessage-deflate; "));
    ck_assert_str_eq(seen.text, "Hello");
    ck_assert(seen.clean);
    meet(&corrupt, "CP-1", NULL);
    ck_assert(seen.opened && !seen.clean);
    ck_assert_str_eq(seen.text, "");
    meet(&uncompressed, "CP-1", NULL);
    ck_assert_msg(!seen.opened, "who asks for compression does not go on without it");
    deflate_codec_free(codec);
    codec = NULL;
    meet(&good, "CP-1", NULL);
    ck_assert_ptr_null(strstr(request, "Extensions"));
    ck_assert_msg(seen.opened && !seen.clean, "a compressed message that nobody asked for");
}
END_TEST

SUITE("sim_websocket", request_is_complete, refusals_have_their_status,
      bad_answers_are_no_connection, frames_that_come_with_the_answer_are_read,
      close_of_the_server_has_its_code, end_without_a_close_is_not_clean, broken_frames_end_it,
      abort_in_a_handler, compression)

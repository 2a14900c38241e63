/* A WebSocket on one end of a socket pair, and frames of a station from the other end. */
#ifndef TESTS_UNIT_WEBSOCKET_FIXTURE_H
#define TESTS_UNIT_WEBSOCKET_FIXTURE_H

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/websocket.h"
#include "tests/unit/suite.h"

#define TEXT  0x1
#define CLOSE 0x8
#define PING  0x9
#define PONG  0xa
#define CONT  0x0
#define FIN   0x80

static struct websocket_loop *loop;
static struct websocket_limits limits;
static struct transport transport;
static struct websocket websocket;
static struct websocket_input input;
static int peer;

static inline void setup(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer = ends[1];
    loop = websocket_loop_new();
    limits = (struct websocket_limits){.max_message = 10000, .max_output = 300000};
    transport_open(&transport, ends[0]);
    websocket_init(&websocket, loop, &transport, &limits);
}

static inline void teardown(void)
{
    websocket_clear(&websocket);
    websocket_loop_free(loop);
    transport_close(&transport);
    close(peer);
}

static inline void send_bytes(const void *bytes, size_t length)
{
    ck_assert_int_eq(write(peer, bytes, length), (ssize_t)length);
}

/* A masked frame as a station sends it. Returns its length. */
static inline size_t make_frame(uint8_t *out, unsigned first, const void *payload, size_t length)
{
    static const uint8_t key[4] = {0x12, 0x34, 0x56, 0x78};
    size_t at = 0;
    out[at++] = (uint8_t)first;
    if (length < 126) {
        out[at++] = (uint8_t)(0x80 | length);
    } else {
        out[at++] = 0x80 | 126;
        out[at++] = (uint8_t)(length >> 8);
        out[at++] = (uint8_t)(length & 255);
    }
    memcpy(out + at, key, 4);
    at += 4;
    for (size_t i = 0; i < length; i++)
        out[at + i] = ((const uint8_t *)payload)[i] ^ key[i % 4];
    return at + length;
}

static inline void send_frame(unsigned first, const void *payload, size_t length)
{
    static uint8_t frame[70000];
    send_bytes(frame, make_frame(frame, first, payload, length));
}

static inline enum websocket_event next(void)
{
    return websocket_next(&websocket, &input);
}

static inline void begin(void)
{
    ck_assert(websocket_begin(&websocket, 64));
}

static inline bool input_is(const char *text)
{
    return input.length == strlen(text) && memcmp(input.data, text, input.length) == 0;
}

#endif

/* permessage-deflate on the wire; websocket.c's other rules are in test_websocket.c. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/deflate.h"
#include "tests/unit/websocket_fixture.h"

#define RSV1 0x40
#define RSV2 0x20
#define RSV3 0x10

static struct deflate_codec *codec; /* the station's */
static char message[2000];          /* something to say */

static void begin_test(void)
{
    setup();
    websocket_compress(&websocket, DEFLATE_MAX_WINDOW);
    codec = deflate_codec_new();
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = "[2,\"1\",\"Heartbeat\",{}]"[i % 23];
}

static void end_test(void)
{
    deflate_codec_free(codec);
    teardown();
}

static const char *pack(const char *text, size_t length, size_t *packed_length)
{
    const char *packed;
    ck_assert(deflate_pack(codec, text, length, DEFLATE_MAX_WINDOW, &packed, packed_length));
    return packed;
}

static void send_packed(void)
{
    size_t length;
    const char *packed = pack(message, sizeof(message), &length);
    send_frame(FIN | RSV1 | TEXT, packed, length);
}

static void expect_message(void)
{
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert_uint_eq(input.length, sizeof(message));
    ck_assert_mem_eq(input.data, message, sizeof(message));
}

static void expect_violation(unsigned code)
{
    ck_assert_int_eq(next(), WEBSOCKET_VIOLATION);
    ck_assert_uint_eq(input.code, code);
    ck_assert_ptr_nonnull(input.reason);
}

START_TEST(test_messages)
{
    send_packed();
    send_frame(FIN | TEXT, "plain", 5);
    send_packed();
    send_frame(FIN | RSV1 | TEXT, "\0", 1);
    begin();
    expect_message();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is("plain"));
    expect_message();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is(""));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    ck_assert_ptr_null(websocket.reader);
    ck_assert_ptr_null(websocket.message);
}
END_TEST

START_TEST(test_fragments)
{
    size_t length;
    const char *packed = pack(message, sizeof(message), &length);
    ck_assert_uint_gt(length, 10);
    send_frame(RSV1 | TEXT, packed, 1);
    send_frame(FIN | PING, "p", 1);
    send_frame(CONT, packed + 1, 0);
    send_frame(CONT, packed + 1, length - 2);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_PING);
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    send_frame(FIN | CONT, packed + length - 1, 1);
    send_frame(TEXT, "he", 2);
    send_frame(FIN | CONT, "llo", 3);
    begin();
    expect_message();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert_msg(input_is("hello"), "it is not taken for a compressed one");
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    ck_assert_ptr_null(websocket.message);
}
END_TEST

START_TEST(test_byte_by_byte)
{
    uint8_t frame[2100];
    size_t length;
    const char *packed = pack(message, sizeof(message), &length);
    size_t frame_length = make_frame(frame, FIN | RSV1 | TEXT, packed, length);
    for (size_t i = 0; i < frame_length; i++) {
        send_bytes(frame + i, 1);
        begin();
        if (i + 1 < frame_length)
            ck_assert_int_eq(next(), WEBSOCKET_IDLE);
        else
            expect_message();
        websocket_end(&websocket);
    }
}
END_TEST

/* The codec is the loop's: what one connection has begun is no business of another's. */
START_TEST(test_two_connections_share_the_codec)
{
    int ends[2];
    struct transport other_transport;
    struct websocket other;
    size_t length;
    uint8_t frame[2100];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    transport_open(&other_transport, ends[0]);
    websocket_init(&other, loop, &other_transport, &limits);
    websocket_compress(&other, DEFLATE_MAX_WINDOW);
    const char *packed = pack(message, sizeof(message), &length);
    send_frame(RSV1 | TEXT, packed, length / 2);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    size_t frame_length = make_frame(frame, FIN | RSV1 | TEXT, packed, length);
    ck_assert_int_eq(write(ends[1], frame, frame_length), (ssize_t)frame_length);
    ck_assert(websocket_begin(&other, 4));
    ck_assert_int_eq(websocket_next(&other, &input), WEBSOCKET_TEXT);
    ck_assert_uint_eq(input.length, sizeof(message));
    websocket_end(&other);
    send_frame(FIN | CONT, packed + length / 2, length - length / 2);
    begin();
    expect_message();
    websocket_end(&websocket);
    websocket_clear(&other);
    transport_close(&other_transport);
    close(ends[1]);
}
END_TEST

START_TEST(test_reserved_bits)
{
    static const struct {
        const char *name;
        unsigned first, code;
    } cases[] = {
        {"RSV1 on a ping", FIN | RSV1 | PING, CLOSE_PROTOCOL},
        {"RSV1 on a pong", FIN | RSV1 | PONG, CLOSE_PROTOCOL},
        {"RSV1 on a close", FIN | RSV1 | CLOSE, CLOSE_PROTOCOL},
        {"RSV1 on a continuation of nothing", FIN | RSV1 | CONT, CLOSE_PROTOCOL},
        {"RSV2", FIN | RSV2 | TEXT, CLOSE_PROTOCOL},
        {"RSV3", FIN | RSV3 | TEXT, CLOSE_PROTOCOL},
        {"RSV1 and RSV2", FIN | RSV1 | RSV2 | TEXT, CLOSE_PROTOCOL},
        {"RSV1 on an unknown opcode", FIN | RSV1 | 3, CLOSE_PROTOCOL},
        {"compressed binary", FIN | RSV1 | 2, CLOSE_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        send_frame(cases[i].first, "\0", 1);
        begin();
        ck_assert_msg(next() == WEBSOCKET_VIOLATION && input.code == cases[i].code, "%s: %u",
                      cases[i].name, input.code);
        end_test();
        begin_test();
    }
}
END_TEST

START_TEST(test_continuation_says_it_again)
{
    send_frame(RSV1 | TEXT, "\0", 1);
    send_frame(FIN | RSV1 | CONT, "\0", 1);
    begin();
    expect_violation(CLOSE_PROTOCOL);
}
END_TEST

START_TEST(test_not_agreed)
{
    websocket_compress(&websocket, 0);
    send_packed();
    begin();
    expect_violation(CLOSE_PROTOCOL);
}
END_TEST

START_TEST(test_bomb)
{
    static char zeros[65000];
    size_t length;
    const char *packed = pack(zeros, sizeof(zeros), &length);
    ck_assert_uint_lt(length, 1000);
    send_frame(FIN | RSV1 | TEXT, packed, length);
    begin();
    expect_violation(CLOSE_TOO_BIG);
}
END_TEST

START_TEST(test_limit_on_the_wire)
{
    static char many[10001];
    send_frame(FIN | RSV1 | TEXT, many, sizeof(many));
    begin();
    expect_violation(CLOSE_TOO_BIG);
}
END_TEST

START_TEST(test_garbage)
{
    send_frame(FIN | RSV1 | TEXT, message, sizeof(message));
    begin();
    expect_violation(CLOSE_INVALID_TEXT);
}
END_TEST

/* What the peer gets: its first byte, and the length of the rest. */
static unsigned sent_first(size_t *length)
{
    static uint8_t bytes[70000];
    ck_assert_int_eq(websocket_flush(&websocket), WEBSOCKET_FLUSHED);
    ssize_t got = read(peer, bytes, sizeof(bytes));
    ck_assert_int_gt(got, 2);
    size_t head = bytes[1] < 126 ? 2 : 4;
    const char *text;
    *length = (size_t)got - head;
    if ((bytes[0] & RSV1) != 0) {
        size_t text_length;
        ck_assert_int_eq(deflate_unpack(codec, (const char *)bytes + head, *length, sizeof(message),
                                        &text, &text_length),
                         DEFLATE_DONE);
        ck_assert_uint_le(text_length, sizeof(message));
        ck_assert_mem_eq(text, message, text_length);
    }
    return bytes[0];
}

START_TEST(test_sent)
{
    size_t length;
    limits.min_compressed = 256;
    websocket_send_text(&websocket, message, sizeof(message));
    ck_assert_uint_eq(sent_first(&length), FIN | RSV1 | TEXT);
    ck_assert_uint_lt(length, 200);
    websocket_send_text(&websocket, message, 256);
    ck_assert_uint_eq(sent_first(&length), FIN | RSV1 | TEXT);
    websocket_send_text(&websocket, message, 255);
    ck_assert_uint_eq(sent_first(&length), FIN | TEXT);
    ck_assert_uint_eq(length, 255);
    websocket_send_pong(&websocket, message, 100);
    ck_assert_uint_eq(sent_first(&length), FIN | PONG);
    websocket_send_close(&websocket, CLOSE_NORMAL, "bye");
    ck_assert_uint_eq(sent_first(&length), FIN | CLOSE);
}
END_TEST

START_TEST(test_sent_to_a_small_window)
{
    size_t length;
    websocket_compress(&websocket, 9);
    websocket_send_text(&websocket, message, 512);
    ck_assert_uint_eq(sent_first(&length), FIN | RSV1 | TEXT);
    websocket_send_text(&websocket, message, 513);
    ck_assert_uint_eq(sent_first(&length), FIN | TEXT);
}
END_TEST

START_TEST(test_sent_without_agreement)
{
    size_t length;
    websocket_compress(&websocket, 0);
    websocket_send_text(&websocket, message, sizeof(message));
    ck_assert_uint_eq(sent_first(&length), FIN | TEXT);
    ck_assert_uint_eq(length, sizeof(message));
}
END_TEST

SUITE_WITH("websocket_deflate", begin_test, end_test, test_messages, test_fragments,
           test_byte_by_byte, test_two_connections_share_the_codec, test_reserved_bits,
           test_continuation_says_it_again, test_not_agreed, test_bomb, test_limit_on_the_wire,
           test_garbage, test_sent, test_sent_to_a_small_window, test_sent_without_agreement)

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/websocket_fixture.h"

START_TEST(test_messages_in_one_piece)
{
    setup();
    send_frame(FIN | TEXT, "one", 3);
    send_frame(FIN | TEXT, "", 0);
    send_frame(FIN | TEXT, "three", 5);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is("one"));
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is(""));
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is("three"));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    ck_assert(!input.more);
    websocket_end(&websocket);
    ck_assert_msg(websocket.reader == NULL, "an idle connection holds no reader");
    teardown();
}
END_TEST

START_TEST(test_byte_by_byte)
{
    uint8_t frame[400];
    char text[300];
    memset(text, 'x', sizeof(text));
    setup();
    size_t length = make_frame(frame, FIN | TEXT, text, sizeof(text));
    for (size_t i = 0; i < length; i++) {
        send_bytes(frame + i, 1);
        begin();
        enum websocket_event event = next();
        ck_assert_int_eq(event, i + 1 < length ? WEBSOCKET_IDLE : WEBSOCKET_TEXT);
        if (event == WEBSOCKET_TEXT) {
            ck_assert_uint_eq(input.length, sizeof(text));
            ck_assert_mem_eq(input.data, text, sizeof(text));
        }
        websocket_end(&websocket);
    }
    ck_assert_ptr_null(websocket.reader);
    ck_assert_ptr_null(websocket.message);
    teardown();
}
END_TEST

START_TEST(test_long_message)
{
    static char text[10000];
    memset(text, 'y', sizeof(text));
    setup();
    send_frame(FIN | TEXT, text, sizeof(text));
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert_uint_eq(input.length, sizeof(text));
    ck_assert_mem_eq(input.data, text, sizeof(text));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    teardown();
}
END_TEST

START_TEST(test_receives_are_bounded)
{
    static char text[9000];
    setup();
    send_frame(FIN | TEXT, text, sizeof(text));
    ck_assert(websocket_begin(&websocket, 1));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    ck_assert_msg(input.more, "there is more in the socket");
    websocket_end(&websocket);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert_uint_eq(input.length, sizeof(text));
    websocket_end(&websocket);
    teardown();
}
END_TEST

START_TEST(test_fragments_and_control_frames_between)
{
    setup();
    send_frame(TEXT, "he", 2);
    send_frame(FIN | PING, "p", 1);
    send_frame(CONT, "ll", 2);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_PING);
    ck_assert(input_is("p"));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    send_frame(FIN | PONG, "", 0);
    send_frame(FIN | CONT, "o", 1);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_PONG);
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is("hello"));
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    teardown();
}
END_TEST

START_TEST(test_two_connections_share_the_loop)
{
    setup();
    int ends[2];
    struct transport other_transport;
    struct websocket other;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    transport_open(&other_transport, ends[0]);
    websocket_init(&other, loop, &other_transport, &limits);
    /* half a frame on the first must not disturb the second */
    uint8_t frame[16];
    size_t length = make_frame(frame, FIN | TEXT, "first", 5);
    send_bytes(frame, 7);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_IDLE);
    websocket_end(&websocket);
    uint8_t second[16];
    size_t second_length = make_frame(second, FIN | TEXT, "second", 6);
    ck_assert_int_eq(write(ends[1], second, second_length), (ssize_t)second_length);
    ck_assert(websocket_begin(&other, 4));
    ck_assert_int_eq(websocket_next(&other, &input), WEBSOCKET_TEXT);
    ck_assert(input_is("second"));
    websocket_end(&other);
    send_bytes(frame + 7, length - 7);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert(input_is("first"));
    websocket_end(&websocket);
    /* what is written for one does not reach the other */
    char bytes[16];
    websocket_send_text(&websocket, "a", 1);
    websocket_send_text(&other, "b", 1);
    ck_assert_int_eq(websocket_flush(&other), WEBSOCKET_FLUSHED);
    ck_assert_int_eq(websocket_flush(&websocket), WEBSOCKET_FLUSHED);
    ck_assert_int_eq(read(peer, bytes, sizeof(bytes)), 3);
    ck_assert_mem_eq(bytes,
                     "\x81\x01"
                     "a",
                     3);
    ck_assert_int_eq(read(ends[1], bytes, sizeof(bytes)), 3);
    ck_assert_mem_eq(bytes,
                     "\x81\x01"
                     "b",
                     3);
    websocket_clear(&other);
    transport_close(&other_transport);
    close(ends[1]);
    teardown();
}
END_TEST

struct violation {
    const char *name;
    const char *bytes;
    size_t length;
    unsigned code;
};
#define BYTES(text) text, sizeof(text) - 1

START_TEST(test_violations)
{
    static const struct violation violations[] = {
        {"not masked", BYTES("\x81\x01x"), CLOSE_PROTOCOL},
        {"reserved bit", BYTES("\xc1\x81mask!"), CLOSE_PROTOCOL},
        {"opcode 3", BYTES("\x83\x81mask!"), CLOSE_PROTOCOL},
        {"opcode 11", BYTES("\x8b\x81mask!"), CLOSE_PROTOCOL},
        {"binary", BYTES("\x82\x81mask!"), CLOSE_UNSUPPORTED},
        {"continuation of nothing", BYTES("\x80\x81mask!"), CLOSE_PROTOCOL},
        {"text within text", BYTES("\x01\x81mask!\x81\x81mask!"), CLOSE_PROTOCOL},
        {"fragmented ping", BYTES("\x09\x81mask!"), CLOSE_PROTOCOL},
        {"long ping", BYTES("\x89\xfe\x01\x00mask!"), CLOSE_PROTOCOL},
        {"length not minimal", BYTES("\x81\xfe\x00\x01mask!"), CLOSE_PROTOCOL},
        {"length with its top bit", BYTES("\x81\xff\x80\0\0\0\0\0\0\1mask!"), CLOSE_PROTOCOL},
        {"2 GiB announced", BYTES("\x81\xff\0\0\0\0\x80\0\0\0mask!"), CLOSE_TOO_BIG},
        {"close of one byte", BYTES("\x88\x81mask!"), CLOSE_PROTOCOL},
        {"close 1005", BYTES("\x88\x82\0\0\0\0\x03\xed"), CLOSE_PROTOCOL},
        {"close 999", BYTES("\x88\x82\0\0\0\0\x03\xe7"), CLOSE_PROTOCOL},
        {"close reason not UTF-8", BYTES("\x88\x83\0\0\0\0\x03\xe8\xff"), CLOSE_INVALID_TEXT},
    };
    for (size_t i = 0; i < sizeof(violations) / sizeof(violations[0]); i++) {
        setup();
        send_bytes(violations[i].bytes, violations[i].length);
        begin();
        ck_assert_msg(next() == WEBSOCKET_VIOLATION, "%s", violations[i].name);
        ck_assert_msg(input.code == violations[i].code, "%s: %u", violations[i].name, input.code);
        ck_assert_ptr_nonnull(input.reason);
        teardown();
    }
}
END_TEST

START_TEST(test_message_limit_over_fragments)
{
    static char text[6000];
    setup();
    send_frame(TEXT, text, sizeof(text));
    send_frame(FIN | CONT, text, sizeof(text));
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_VIOLATION);
    ck_assert_uint_eq(input.code, CLOSE_TOO_BIG);
    teardown();
}
END_TEST

START_TEST(test_fragment_limit)
{
    setup();
    send_frame(TEXT, "", 0);
    for (int i = 1; i < WEBSOCKET_MAX_FRAGMENTS + 1; i++)
        send_frame(CONT, "", 0);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_VIOLATION);
    ck_assert_uint_eq(input.code, CLOSE_POLICY);
    teardown();
}
END_TEST

START_TEST(test_most_fragments)
{
    setup();
    for (int i = 1; i <= WEBSOCKET_MAX_FRAGMENTS; i++)
        send_frame((i == WEBSOCKET_MAX_FRAGMENTS ? FIN : 0) | (i == 1 ? TEXT : CONT), "z", 1);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_TEXT);
    ck_assert_uint_eq(input.length, WEBSOCKET_MAX_FRAGMENTS);
    websocket_end(&websocket);
    teardown();
}
END_TEST

START_TEST(test_close)
{
    static const unsigned codes[] = {1000, 1001, 1011, 1012, 1013, 1014, 3000, 4999};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        char payload[5] = {(char)(codes[i] >> 8), (char)(codes[i] & 255), 'b', 'y', 'e'};
        setup();
        send_frame(FIN | CLOSE, payload, sizeof(payload));
        begin();
        ck_assert_int_eq(next(), WEBSOCKET_CLOSE);
        ck_assert_uint_eq(input.code, codes[i]);
        ck_assert(input_is("bye"));
        teardown();
    }
    setup();
    send_frame(FIN | CLOSE, "", 0);
    begin();
    ck_assert_int_eq(next(), WEBSOCKET_CLOSE);
    ck_assert_uint_eq(input.code, CLOSE_NO_CODE);
    teardown();
}
END_TEST

START_TEST(test_end)
{
    setup();
    send_frame(TEXT, "half", 4);
    shutdown(peer, SHUT_WR);
    begin();
    enum websocket_event event = next();
    if (event == WEBSOCKET_IDLE) {
        begin();
        event = next();
    }
    ck_assert_int_eq(event, WEBSOCKET_END);
    teardown();
}
END_TEST

START_TEST(test_answers_go_out_together)
{
    char bytes[64];
    setup();
    websocket_send_text(&websocket, "one", 3);
    websocket_send_pong(&websocket, "p", 1);
    ck_assert_int_eq(read(peer, bytes, sizeof(bytes)), -1);
    websocket_send_close(&websocket, CLOSE_GOING_AWAY, "bye");
    websocket_send_text(&websocket, "too late", 8);
    ck_assert_int_eq(websocket_flush(&websocket), WEBSOCKET_FLUSHED);
    static const char expected[] = "\x81\x03one\x8a\x01p\x88\x05\x03\xe9"
                                   "bye";
    ck_assert_int_eq(read(peer, bytes, sizeof(bytes)), sizeof(expected) - 1);
    ck_assert_mem_eq(bytes, expected, sizeof(expected) - 1);
    teardown();
}
END_TEST

START_TEST(test_write_close)
{
    char frame[WEBSOCKET_CLOSE_FRAME_MAX], reason[200];
    memset(reason, 'r', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    ck_assert_uint_eq(websocket_write_close(CLOSE_PROTOCOL, "no", frame), 6);
    ck_assert_mem_eq(frame, "\x88\x04\x03\xeano", 6);
    ck_assert_uint_eq(websocket_write_close(CLOSE_PROTOCOL, reason, frame), sizeof(frame));
}
END_TEST

/* Reads what there is at the peer; returns how much. */
static size_t drain_peer(void)
{
    static char bytes[65536];
    size_t total = 0;
    ssize_t got;
    while ((got = read(peer, bytes, sizeof(bytes))) > 0)
        total += (size_t)got;
    return total;
}

START_TEST(test_a_peer_that_reads_slowly)
{
    static char text[60000];
    size_t sent = 0, received = 0;
    setup();
    memset(text, 's', sizeof(text));
    limits.max_output = 10000000;
    enum websocket_flushed flushed = WEBSOCKET_FLUSHED;
    while (flushed == WEBSOCKET_FLUSHED) {
        websocket_send_text(&websocket, text, sizeof(text));
        flushed = websocket_flush(&websocket);
        sent += sizeof(text) + 4;
    }
    ck_assert_int_eq(flushed, WEBSOCKET_WAITING);
    websocket_send_text(&websocket, "behind it", 9);
    sent += 11;
    while (flushed == WEBSOCKET_WAITING) {
        received += drain_peer();
        flushed = websocket_flush(&websocket);
    }
    received += drain_peer();
    ck_assert_int_eq(flushed, WEBSOCKET_FLUSHED);
    ck_assert_uint_eq(received, sent);
    ck_assert_ptr_null(websocket.pending);
    teardown();
}
END_TEST

START_TEST(test_a_peer_that_does_not_read)
{
    static char text[60000];
    setup();
    enum websocket_flushed flushed = WEBSOCKET_FLUSHED;
    for (int i = 0; i < 1000 && flushed != WEBSOCKET_OVERFLOW; i++) {
        websocket_send_text(&websocket, text, sizeof(text));
        flushed = websocket_flush(&websocket);
        ck_assert_uint_le(websocket.pending_length, limits.max_output);
    }
    ck_assert_int_eq(flushed, WEBSOCKET_OVERFLOW);
    teardown();
}
END_TEST

START_TEST(test_a_message_larger_than_the_output_buffer)
{
    static char text[200000];
    setup();
    websocket_send_text(&websocket, text, sizeof(text));
    size_t received = 0;
    while (websocket_flush(&websocket) == WEBSOCKET_WAITING)
        received += drain_peer();
    received += drain_peer();
    ck_assert_uint_eq(received, sizeof(text) + 10);
    teardown();
}
END_TEST

START_TEST(test_a_broken_socket)
{
    setup();
    close(peer);
    websocket_send_text(&websocket, "x", 1);
    ck_assert_int_eq(websocket_flush(&websocket), WEBSOCKET_BROKEN);
    ck_assert_int_ne(websocket.error, 0);
    peer = open("/dev/null", O_RDONLY);
    teardown();
}
END_TEST

SUITE("websocket", test_messages_in_one_piece, test_byte_by_byte, test_long_message,
      test_receives_are_bounded, test_fragments_and_control_frames_between,
      test_two_connections_share_the_loop, test_violations, test_message_limit_over_fragments,
      test_fragment_limit, test_most_fragments, test_close, test_end, test_answers_go_out_together,
      test_write_close, test_a_peer_that_reads_slowly, test_a_peer_that_does_not_read,
      test_a_message_larger_than_the_output_buffer, test_a_broken_socket)

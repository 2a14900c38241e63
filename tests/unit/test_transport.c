/* Bytes over TLS: what the kernel does not know of must not be forgotten, and nothing is lost. */
#include "gateway/transport.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/unit/suite.h"
#include "tests/unit/tls_fixture.h"

#define LARGE 1000000

static struct tls *tls;
static struct transport station; /* the gateway's end */
static int other_end;
static SSL_CTX *context;
static SSL *ssl; /* the station's */
static char error[512];
static char pattern[LARGE], received[LARGE];

static void begin(void)
{
    make_directory();
    make_named(certificate, key, 1, "SERIAL-1");
    for (size_t i = 0; i < LARGE; i++)
        pattern[i] = (char)(i * 7 + i / 253);
    signal(SIGPIPE, SIG_DFL);
}

static void start(const char *client_ca)
{
    int ends[2];
    const struct tls_options options = {certificate, key, client_ca, .static_rsa = true};
    tls = tls_new(&options, error, sizeof(error));
    ck_assert_msg(tls != NULL, "%s", error);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    transport_open(&station, ends[0]);
    ck_assert(transport_start_tls(&station, tls));
    other_end = ends[1];
    context = SSL_CTX_new(TLS_client_method());
    ssl = SSL_new(context);
    ck_assert_int_eq(SSL_set_fd(ssl, other_end), 1);
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void stop(void)
{
    transport_close(&station);
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(other_end);
    tls_free(tls);
    remove_directory();
}

static enum tls_handshake shake_hands(void)
{
    enum tls_handshake outcome = TLS_HANDSHAKE_WANTS_READ;
    for (int i = 0; i < 100 && outcome == TLS_HANDSHAKE_WANTS_READ; i++) {
        SSL_connect(ssl);
        outcome = tls_stream_handshake(station.tls);
    }
    return outcome;
}

static void open_connection(void)
{
    start("");
    ck_assert_int_eq(shake_hands(), TLS_HANDSHAKE_DONE);
    SSL_read(ssl, received, 1); /* session tickets */
}

START_TEST(a_record_is_received_in_pieces_without_the_kernel)
{
    bool drained;
    open_connection();
    ck_assert_int_eq(SSL_write(ssl, pattern, 10000), 10000);
    ck_assert(!transport_has_pending(&station)); /* nobody has looked yet */
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 4096);
    ck_assert(!drained && transport_has_pending(&station));
    ck_assert_int_eq(recv(station.descriptor, received + 4096, 1, MSG_PEEK), -1);
    ck_assert_int_eq(transport_receive(&station, received + 4096, 4096, &drained), 4096);
    ck_assert(!drained && transport_has_pending(&station));
    ck_assert_int_eq(transport_receive(&station, received + 8192, 4096, &drained), 10000 - 8192);
    ck_assert(drained && !transport_has_pending(&station));
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), TRANSPORT_AGAIN);
    ck_assert(drained && !transport_has_pending(&station));
    ck_assert_mem_eq(received + 4096, pattern + 4096, 10000 - 4096);
    stop();
}
END_TEST

START_TEST(half_a_record_is_not_pending)
{
    char wire[512];
    int ends[2];
    bool drained;
    open_connection();
    /* what the station writes is held back on its way */
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    ck_assert_int_eq(SSL_set_wfd(ssl, ends[0]), 1);
    ck_assert_int_eq(SSL_write(ssl, "first", 5), 5);
    ck_assert_int_eq(SSL_write(ssl, "second", 6), 6);
    ssize_t length = read(ends[1], wire, sizeof(wire));
    ck_assert_int_eq(write(other_end, wire, (size_t)length - 3), length - 3);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 5);
    ck_assert(!drained);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), TRANSPORT_AGAIN);
    ck_assert(drained && !transport_has_pending(&station)); /* or somebody would try for ever */
    ck_assert_int_eq(write(other_end, wire + length - 3, 3), 3);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 6);
    ck_assert_mem_eq(received, "second", 6);
    close(ends[0]);
    close(ends[1]);
    stop();
}
END_TEST

START_TEST(what_was_unread_comes_first)
{
    bool drained;
    open_connection();
    ck_assert_int_eq(SSL_write(ssl, "defghi", 6), 6);
    ck_assert(transport_unread(&station, "abc", 3));
    ck_assert(transport_has_pending(&station));
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 3);
    ck_assert(!drained);
    ck_assert_int_eq(transport_receive(&station, received + 3, 4096, &drained), 6);
    ck_assert(drained);
    ck_assert_mem_eq(received, "abcdefghi", 9);
    stop();
}
END_TEST

/* From a buffer that moves, as much as is taken each time, while the station reads slowly. */
START_TEST(a_slow_reader_gets_everything)
{
    size_t sent = 0, got = 0;
    unsigned refused = 0;
    open_connection();
    while (got < LARGE) {
        char *copy = malloc(LARGE - sent + 1);
        memcpy(copy, pattern + sent, LARGE - sent);
        ssize_t taken = sent < LARGE ? transport_send(&station, copy, LARGE - sent) : 0;
        free(copy);
        ck_assert_int_ge(taken, TRANSPORT_AGAIN);
        refused += taken == TRANSPORT_AGAIN;
        sent += taken > 0 ? (size_t)taken : 0;
        int read = SSL_read(ssl, received + got, 30000);
        got += read > 0 ? (size_t)read : 0;
    }
    ck_assert_uint_eq(sent, LARGE);
    ck_assert_uint_gt(refused, 0);
    ck_assert_mem_eq(received, pattern, LARGE);
    stop();
}
END_TEST

START_TEST(a_lot_is_received)
{
    size_t sent = 0, got = 0;
    open_connection();
    while (got < LARGE) {
        bool drained = false;
        int taken = sent < LARGE ? SSL_write(ssl, pattern + sent, (int)(LARGE - sent)) : 0;
        sent += taken > 0 ? (size_t)taken : 0;
        while (!drained && got < LARGE) {
            ssize_t read = transport_receive(&station, received + got, 4096, &drained);
            ck_assert_int_ge(read, TRANSPORT_AGAIN);
            got += read > 0 ? (size_t)read : 0;
        }
    }
    ck_assert_mem_eq(received, pattern, LARGE);
    stop();
}
END_TEST

/* The answer to a change of keys has to wait for what was being written. */
START_TEST(a_change_of_keys_while_nothing_can_be_written)
{
    bool drained;
    size_t sent = 0, got = 0;
    ssize_t taken;
    open_connection();
    while ((taken = transport_send(&station, pattern + sent, LARGE - sent)) > 0)
        sent += (size_t)taken;
    ck_assert_int_eq(taken, TRANSPORT_AGAIN);
    ck_assert_int_eq(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    ck_assert_int_eq(SSL_write(ssl, "new keys", 8), 8);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 8);
    ck_assert_mem_eq(received, "new keys", 8);
    while (got < LARGE) {
        int read = SSL_read(ssl, received + got, 30000);
        got += read > 0 ? (size_t)read : 0;
        taken = sent < LARGE ? transport_send(&station, pattern + sent, LARGE - sent) : 0;
        ck_assert_int_ge(taken, TRANSPORT_AGAIN);
        sent += taken > 0 ? (size_t)taken : 0;
    }
    ck_assert_mem_eq(received, pattern, LARGE);
    stop();
}
END_TEST

START_TEST(the_end_is_told_both_ways)
{
    bool drained;
    open_connection();
    transport_shutdown(&station);
    ck_assert_int_eq(SSL_read(ssl, received, 1), 0);
    ck_assert_int_eq(SSL_get_error(ssl, 0), SSL_ERROR_ZERO_RETURN);
    ck_assert_int_eq(SSL_write(ssl, "rest", 4), 4);
    SSL_shutdown(ssl);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), 4);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), TRANSPORT_END);
    stop();
    make_directory();
    make_files(certificate, key, 1);
    open_connection(); /* without a close_notify */
    shutdown(other_end, SHUT_WR);
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), TRANSPORT_END);
    stop();
}
END_TEST

START_TEST(a_peer_that_is_gone_is_an_error_and_no_signal)
{
    open_connection();
    close(other_end);
    errno = 0;
    ck_assert_int_eq(transport_send(&station, pattern, 100), TRANSPORT_FAILED);
    ck_assert_int_eq(errno, EPIPE);
    ck_assert_int_eq(transport_send(&station, pattern, 100), TRANSPORT_FAILED);
    ck_assert_int_ne(errno, 0);
    transport_shutdown(&station);
    other_end = dup(0);
    stop();
}
END_TEST

START_TEST(bytes_that_are_no_tls_are_an_error)
{
    bool drained;
    open_connection();
    ck_assert_int_eq(
        write(other_end, "\x17\x03\x03\x00\x20 this was never encrypted at all", 5 + 32), 5 + 32);
    errno = 0;
    ck_assert_int_eq(transport_receive(&station, received, 4096, &drained), TRANSPORT_FAILED);
    ck_assert_int_eq(errno, EPROTO);
    ck_assert(drained && !transport_has_pending(&station));
    stop();
}
END_TEST

START_TEST(a_client_certificate_has_to_be_shown)
{
    const char *reason;
    char name[TLS_NAME_SIZE];
    start(certificate);
    ck_assert_int_eq(shake_hands(), TLS_HANDSHAKE_FAILED);
    ck_assert_int_eq(tls_stream_failure(station.tls, &reason), TLS_FAILURE_UNTRUSTED);
    ck_assert_str_eq(reason, "peer did not return a certificate");
    ck_assert(!tls_stream_peer_name(station.tls, name));
    stop();
    begin();
    start(certificate);
    ck_assert_int_eq(SSL_use_certificate_chain_file(ssl, certificate), 1);
    ck_assert_int_eq(SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM), 1);
    ck_assert_int_eq(shake_hands(), TLS_HANDSHAKE_DONE);
    ck_assert(tls_stream_peer_name(station.tls, name));
    ck_assert_str_eq(name, "SERIAL-1");
    stop();
}
END_TEST

/* Issued by itself, with that common name; true when the gateway takes it for `expected`. */
static bool is_shown_as(const char *common_name, const char *expected)
{
    char name[TLS_NAME_SIZE] = "";
    stop();
    make_directory();
    make_named(certificate, key, 1, common_name);
    start(certificate);
    SSL_use_certificate_chain_file(ssl, certificate);
    SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM);
    ck_assert_int_eq(shake_hands(), TLS_HANDSHAKE_DONE);
    bool has_name = tls_stream_peer_name(station.tls, name);
    return has_name == (expected[0] != '\0') && strcmp(name, expected) == 0;
}

START_TEST(names_that_could_be_mistaken_are_none)
{
    start("");
    ck_assert(is_shown_as("A b-1", "A b-1"));
    ck_assert(is_shown_as("A\nforged", ""));
    ck_assert(is_shown_as("A\x1b[0m", ""));
    ck_assert(is_shown_as("", ""));
    stop();
}
END_TEST

START_TEST(plain_bytes_again_after_a_failure)
{
    const char *reason;
    bool drained;
    start("");
    ck_assert_int_eq(write(other_end, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    ck_assert_int_eq(tls_stream_handshake(station.tls), TLS_HANDSHAKE_FAILED);
    ck_assert_int_eq(tls_stream_failure(station.tls, &reason), TLS_FAILURE_PLAIN);
    transport_drop_tls(&station);
    while (recv(other_end, received, LARGE, 0) > 0)
        ; /* the alert */
    ck_assert_int_eq(transport_send(&station, "plain", 5), 5);
    ck_assert_int_eq(recv(other_end, received, 5, 0), 5);
    ck_assert_int_eq(write(other_end, "back", 4), 4);
    ck_assert_int_gt(transport_receive(&station, received, 4096, &drained), 0);
    stop();
}
END_TEST

SUITE_WITH("transport", begin, NULL, a_record_is_received_in_pieces_without_the_kernel,
           half_a_record_is_not_pending, what_was_unread_comes_first, a_slow_reader_gets_everything,
           a_lot_is_received, a_change_of_keys_while_nothing_can_be_written,
           the_end_is_told_both_ways, a_peer_that_is_gone_is_an_error_and_no_signal,
           bytes_that_are_no_tls_are_an_error, a_client_certificate_has_to_be_shown,
           names_that_could_be_mistaken_are_none, plain_bytes_again_after_a_failure)

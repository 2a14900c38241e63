#include "common/tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/suite.h"
#include "tests/unit/tls_fixture.h"

static const struct tls_options files = {.certificate = certificate, .key = key, .client_ca = ""};
static char error[512];
static struct event_base *base;

static void begin(void)
{
    make_directory();
    make_files(certificate, key, 1);
    base = event_base_new();
}

static void end(void)
{
    event_base_free(base);
    remove_directory();
}

struct peer {
    struct bufferevent *server;
    short events;
    int descriptor;
    SSL_CTX *context;
    SSL *ssl;
};

static void on_event(struct bufferevent *events, short what, void *context)
{
    struct peer *peer = context;
    (void)events;
    peer->events |= what;
}

static void peer_connect(struct peer *peer, struct tls *tls)
{
    int ends[2];
    memset(peer, 0, sizeof(*peer));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer->descriptor = ends[1];
    peer->server = tls_accept(tls, base, ends[0]);
    ck_assert_ptr_nonnull(peer->server);
    bufferevent_setcb(peer->server, NULL, NULL, on_event, peer);
    bufferevent_enable(peer->server, EV_READ | EV_WRITE);
    peer->context = SSL_CTX_new(TLS_client_method());
    peer->ssl = SSL_new(peer->context);
    ck_assert_int_eq(SSL_set_fd(peer->ssl, ends[1]), 1);
}

static void peer_close(struct peer *peer)
{
    bufferevent_free(peer->server);
    SSL_free(peer->ssl);
    SSL_CTX_free(peer->context);
    close(peer->descriptor);
    event_base_loop(base, EVLOOP_NONBLOCK);
}

static bool peer_handshake(struct peer *peer)
{
    for (int i = 0; i < 1000 && peer->events == 0; i++) {
        SSL_connect(peer->ssl);
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
    return (peer->events & BEV_EVENT_CONNECTED) != 0;
}

static long serial_of(const struct peer *peer)
{
    X509 *theirs = SSL_get1_peer_certificate(peer->ssl);
    ck_assert_ptr_nonnull(theirs);
    long serial = ASN1_INTEGER_get(X509_get0_serialNumber(theirs));
    X509_free(theirs);
    return serial;
}

static void expect_text(struct peer *peer, const char *text)
{
    char got[64] = "";
    int length = 0;
    bufferevent_write(peer->server, text, strlen(text));
    for (int i = 0; i < 1000 && length <= 0; i++) {
        event_base_loop(base, EVLOOP_NONBLOCK);
        length = SSL_read(peer->ssl, got, sizeof(got) - 1);
    }
    ck_assert_str_eq(got, text);
}

START_TEST(new_files_are_for_new_connections)
{
    struct peer before, after;
    struct tls *tls = tls_new(&files, error, sizeof(error));
    ck_assert_msg(tls != NULL, "%s", error);
    peer_connect(&before, tls);
    ck_assert(peer_handshake(&before));
    make_files(certificate, key, 2);
    ck_assert_msg(tls_reload(tls, error, sizeof(error)), "%s", error);
    peer_connect(&after, tls);
    ck_assert(peer_handshake(&after));
    ck_assert_int_eq(serial_of(&before), 1);
    ck_assert_int_eq(serial_of(&after), 2);
    expect_text(&after, "new");
    tls_free(tls);
    expect_text(&before, "old");
    tls_end_output(before.server);
    char byte;
    ck_assert_int_le(SSL_read(before.ssl, &byte, 1), 0);
    ck_assert_int_eq(SSL_get_shutdown(before.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    peer_close(&before);
    peer_close(&after);
}
END_TEST

static void expect_refusal(struct tls *tls, const char *reason)
{
    struct peer peer;
    ck_assert(!tls_reload(tls, error, sizeof(error)));
    ck_assert_msg(strstr(error, reason) != NULL, "\"%s\" is not in \"%s\"", reason, error);
    ck_assert_ptr_null(tls_new(&files, error, sizeof(error)));
    peer_connect(&peer, tls);
    ck_assert(peer_handshake(&peer));
    ck_assert_int_eq(serial_of(&peer), 1); /* what was there stays in use */
    peer_close(&peer);
}

START_TEST(unfit_files_change_nothing)
{
    char other[100];
    struct tls *tls = tls_new(&files, error, sizeof(error));
    chmod(key, 0640);
    expect_refusal(tls, "chmod 600");
    chmod(key, 0600);
    snprintf(other, sizeof(other), "%s/other", directory);
    make_files(other, key, 3);
    unlink(other);
    expect_refusal(tls, "mismatch");
    ck_assert_int_eq(truncate(key, 40), 0);
    expect_refusal(tls, "no key in PEM form");
    ck_assert_int_eq(truncate(certificate, 10), 0);
    expect_refusal(tls, "cert: ");
    unlink(certificate);
    expect_refusal(tls, "No such file");
    tls_free(tls);
}
END_TEST

START_TEST(plain_text_is_told_from_bad_tls)
{
    static const struct {
        const char *bytes;
        bool plain;
    } cases[] = {{"GET / HTTP/1.1\r\n\r\n", true},
                 {"OPTIONS / HTTP/1.1\r\n\r\n", true},
                 {"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", false}};
    struct tls *tls = tls_new(&files, error, sizeof(error));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct peer peer;
        size_t length = i == 2 ? 10 : strlen(cases[i].bytes);
        peer_connect(&peer, tls);
        ck_assert_int_eq(write(peer.descriptor, cases[i].bytes, length), (ssize_t)length);
        for (int turn = 0; turn < 1000 && peer.events == 0; turn++)
            event_base_loop(base, EVLOOP_NONBLOCK);
        ck_assert((peer.events & BEV_EVENT_ERROR) != 0);
        ck_assert_int_eq(tls_peer_spoke_plainly(peer.server), cases[i].plain);
        peer_close(&peer);
    }
    tls_free(tls);
}
END_TEST

SUITE_WITH("tls", begin, end, new_files_are_for_new_connections, unfit_files_change_nothing,
           plain_text_is_told_from_bad_tls)

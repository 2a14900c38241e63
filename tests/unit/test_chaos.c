/*
 * Stations that do anything at any time, while the configuration changes: the gateway survives (a
 * sanitizer build sees more), and at the end its books balance. Another seed: CHAOS_SEED=n, for
 * longer: CHAOS_STEPS=n.
 */
#include "tests/unit/gateway_fixture.h"
#include "tests/unit/suite.h"

#define FAKES      24
#define IDENTITIES 8

static struct fake fakes[FAKES];
static bool in_use[FAKES];
static uint64_t state;

static unsigned below(unsigned bound)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % bound;
}

static void write_some(struct fake *fake, const void *bytes, size_t length)
{
    ssize_t written = send(fake->socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)written; /* the gateway may have closed it long ago */
}

static void send_request(struct fake *fake)
{
    static const char *const protocols[] = {"ocpp1.6", "ocpp2.0.1", "ocpp2.1", "x"};
    char request[512];
    int length = snprintf(request, sizeof(request),
                          "GET /ocpp/C%u HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Protocol: %s\r\n\r\n",
                          below(IDENTITIES), protocols[below(4)]);
    size_t sent = below(10) > 0 ? (size_t)length : below((unsigned)length);
    write_some(fake, request, sent);
}

static void send_frame(struct fake *fake)
{
    static const char *const payloads[] = {
        "[2,\"1\",\"Heartbeat\",{}]",
        "[2,\"2\",\"BootNotification\",{}]",
        "[2,\"3\",\"StartTransaction\",{\"idTag\":\"x\"}]",
        "[2,\"4\",\"NoSuch\",{}]",
        "[3,\"5\",{}]",
        "[4,\"6\",\"GenericError\",\"\",{}]",
        "[6,\"7\",\"NotifyPeriodicEventStream\",{}]",
        "[2,\"8\"",
        "\xff\xfe",
        "",
    };
    static const unsigned char first[] = {0x81, 0x81, 0x81, 0x81, 0x01, 0x80,
                                          0x89, 0x8a, 0x88, 0x82, 0xc1, 0x83};
    const char *payload = payloads[below(sizeof(payloads) / sizeof(payloads[0]))];
    size_t length = strlen(payload);
    unsigned char frame[256] = {
        first[below(below(4) > 0 ? 5 : sizeof(first))], (unsigned char)(0x80 | length), 0, 0, 0, 0};
    memcpy(frame + 6, payload, length);
    write_some(fake, frame, below(20) > 0 ? length + 6 : below((unsigned)length + 6));
}

static void hang_up(unsigned number)
{
    const struct linger reset = {1, 0};
    if (below(2) == 0)
        setsockopt(fakes[number].socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    fake_close(&fakes[number]);
    in_use[number] = false;
}

static void change_configuration(void)
{
    setting_count--;
    set(below(2) == 0 ? "gateway.duplicate=newest" : "gateway.duplicate=probe");
    gateway_reload(gateway);
}

static void call_somebody(void)
{
    static const struct text_span payload = {"{}", 2};
    char identity[8];
    snprintf(identity, sizeof(identity), "C%u", below(IDENTITIES));
    struct station *station = station_find(gateway, identity);
    if (station != NULL)
        station_call(station, "Reset", payload, NULL, NULL);
}

static void do_something(void)
{
    unsigned number = below(FAKES), what = below(100);
    if (!in_use[number]) {
        fake_connect(&fakes[number]);
        in_use[number] = true;
        if (below(8) > 0)
            send_request(&fakes[number]);
    } else if (what < 60) {
        send_frame(&fakes[number]);
    } else if (what < 80) {
        fakes[number].length = 0;
        fake_receive(&fakes[number]);
    } else if (what < 90) {
        hang_up(number);
    } else if (what < 91) {
        change_configuration();
    } else if (what < 95) {
        call_somebody();
    }
    if (below(3) == 0)
        step();
}

static uint64_t from_environment(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : fallback;
}

START_TEST(test_chaos)
{
    static const char *const hurry[] = {
        "gateway.probe_timeout=100ms",     "gateway.ping_interval=100ms",
        "gateway.pong_timeout=100ms",      "gateway.call_timeout=100ms",
        "gateway.close_timeout=100ms",     "gateway.handshake_timeout=300ms",
        "gateway.max_connections=6",       "gateway.max_handshakes=8",
        "gateway.message_rate=300",        "gateway.message_burst=20",
        "gateway.reconnects=100000",       "gateway.connection_rate=100000",
        "gateway.connection_burst=1000000"};
    uint64_t steps = from_environment("CHAOS_STEPS", 20000);
    state = from_environment("CHAOS_SEED", 1);
    fixture_open();
    for (size_t i = 0; i < sizeof(hurry) / sizeof(hurry[0]); i++)
        set(hurry[i]);
    set("gateway.duplicate=probe");
    fixture_start();
    while (steps-- > 0)
        do_something();
    for (unsigned i = 0; i < FAKES; i++)
        if (in_use[i])
            fake_close(&fakes[i]);
    step_until(registry_count(gateway->stations) == 0);
    ck_assert_uint_eq(counter(COUNTER_connections), 0);
    ck_assert_uint_gt(counter(COUNTER_connections_total), 0);
    ck_assert_uint_eq(counter(COUNTER_connections_total), counter(COUNTER_disconnects_total));
    gateway_stop(gateway);
    step_until(gateway->finished);
    fixture_close();
}
END_TEST

SUITE("chaos", test_chaos)

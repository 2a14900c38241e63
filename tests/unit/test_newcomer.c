#include "tests/unit/gateway_fixture.h"
#include "tests/unit/suite.h"

#define REQUEST                                                                                    \
    "GET /ocpp/CP1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"           \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                 \
    "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"

static struct fake a, b;

START_TEST(test_the_newest_connection_wins)
{
    struct event event;
    struct station_record record;
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_open(&b, "CP1", "ocpp1.6");
    ck_assert_uint_eq(fake_closed_with(&a), CLOSE_POLICY);
    ck_assert(contains(fake_ask(&b, "[2,\"1\",\"Heartbeat\",{}]"), "currentTime"));
    ck_assert(find_event(EVENT_EVICTION, 0, &event));
    ck_assert(text_has(event.address, "127.0.0.1:") && text_has(event.text, "from 127.0.0.1:"));
    ck_assert(find_event(EVENT_DISCONNECTED, 0, &event));
    ck_assert_uint_eq(count_events(EVENT_ANOMALY), 0); /* the same host */
    ck_assert_uint_eq(counter(COUNTER_connections), 1);
    ck_assert(segment_reader_station(fixture_reader, station_find(gateway, "CP1")->subject.slot,
                                     &record));
    ck_assert_int_eq(record.status, STATION_ONLINE);
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

/* With duplicate = probe: sends b's handshake while a is connected. */
static void challenge(const char *timeout)
{
    fixture_open();
    set("gateway.duplicate=probe");
    set(timeout);
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_connect(&b);
}

START_TEST(test_probe_of_a_living_connection)
{
    char payload[2048];
    challenge("gateway.probe_timeout=60s");
    /* the answer to the ping comes while the newcomer waits */
    fake_send(&b, REQUEST, sizeof(REQUEST) - 1);
    ck_assert_int_eq(fake_next(&a, payload), 9);
    fake_frame(&a, 10, "", 0);
    step_until((fake_receive(&b), contains(b.bytes, "\r\n\r\n")));
    ck_assert(contains(b.bytes, "HTTP/1.1 409 "));
    ck_assert(contains(fake_ask(&a, "[2,\"1\",\"Heartbeat\",{}]"), "currentTime"));
    ck_assert_uint_eq(count_events(EVENT_POLICY_REJECTION), 1);
    ck_assert_uint_eq(count_events(EVENT_EVICTION), 0);
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_probe_of_a_dead_connection)
{
    challenge("gateway.probe_timeout=100ms");
    ck_assert_uint_eq(fake_handshake(&b, "CP1", "ocpp1.6", ""), 101);
    ck_assert_uint_eq(count_events(EVENT_EVICTION), 1);
    ck_assert(contains(fake_ask(&b, "[2,\"1\",\"Heartbeat\",{}]"), "currentTime"));
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_probe_when_either_side_goes)
{
    char payload[2048];
    challenge("gateway.probe_timeout=60s");
    struct fake c;
    fake_send(&b, REQUEST, sizeof(REQUEST) - 1);
    ck_assert_int_eq(fake_next(&a, payload), 9);
    fake_connect(&c); /* a third one has to come back later */
    ck_assert_uint_eq(fake_handshake(&c, "CP1", "ocpp1.6", ""), 409);
    fake_close(&a); /* the old one goes by itself: the newcomer may come in */
    step_until((fake_receive(&b), contains(b.bytes, "\r\n\r\n")));
    ck_assert(contains(b.bytes, "HTTP/1.1 101 "));
    fake_close(&b);
    fake_close(&c);
    fixture_close();
}
END_TEST

START_TEST(test_probe_of_a_connection_that_is_found_broken)
{
    challenge("gateway.probe_timeout=60s");
    station_find(gateway, "CP1")->websocket.error = EPIPE;
    ck_assert_uint_eq(fake_handshake(&b, "CP1", "ocpp1.6", ""), 101);
    ck_assert(contains(fake_ask(&b, "[2,\"1\",\"Heartbeat\",{}]"), "currentTime"));
    ck_assert_uint_eq(count_events(EVENT_DISCONNECTED), 1);
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_a_newcomer_that_does_not_wait_for_the_probe)
{
    challenge("gateway.probe_timeout=60s");
    fake_send(&b, REQUEST, sizeof(REQUEST) - 1);
    step_until(station_find(gateway, "CP1")->challenger != NULL);
    gateway_stop(gateway); /* turns it away */
    ck_assert_uint_eq(fake_closed_with(&a), CLOSE_GOING_AWAY);
    fake_close(&a);
    fake_close(&b);
    step_until(gateway->finished);
    fixture_close();
}
END_TEST

START_TEST(test_passwords)
{
    struct event event;
    fixture_open();
    use_station_file("CP1 password=secret\n");
    set("gateway.security_profile=1");
    set("gateway.auth_failures=2");
    fixture_start();
    fake_connect(&a);
    /* CP1:secret */
    ck_assert_uint_eq(
        fake_handshake(&a, "CP1", "ocpp1.6", "Authorization: Basic Q1AxOnNlY3JldA==\r\n"), 101);
    for (int i = 0; i < 2; i++) {
        fake_connect(&b);
        ck_assert_uint_eq(fake_handshake(&b, "CP1", "ocpp1.6", ""), 401);
        ck_assert(contains(b.bytes, "WWW-Authenticate: Basic realm="));
        fake_close(&b);
    }
    fake_connect(&b);
    ck_assert_uint_eq(
        fake_handshake(&b, "CP1", "ocpp1.6", "Authorization: Basic Q1AxOnNlY3JldA==\r\n"), 429);
    ck_assert_uint_eq(count_events(EVENT_AUTH_FAILED), 2);
    ck_assert(find_event(EVENT_AUTH_FAILED, 0, &event));
    ck_assert(text_is(event.identity, "CP1"));
    ck_assert_uint_eq(count_events(EVENT_RATE_LIMIT), 1);
    ck_assert_uint_eq(counter(COUNTER_auth_failures_total), 2);
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_unknown_stations)
{
    struct event event;
    fixture_open();
    use_station_file("CP1\n");
    fixture_start();
    for (int i = 0; i < 2; i++) {
        fake_connect(&a);
        ck_assert_uint_eq(fake_handshake(&a, "CP2", "ocpp1.6", ""), 404);
        fake_close(&a);
    }
    fake_open(&a, "CP1", "ocpp1.6");
    ck_assert(find_event(EVENT_POLICY_REJECTION, 1, &event));
    ck_assert(text_is(event.identity, "CP2"));
    ck_assert_uint_eq(event.count, 2);
    ck_assert_uint_eq(counter(COUNTER_unknown_stations), 1);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_flapping)
{
    fixture_open();
    set("gateway.reconnects=3");
    fixture_start();
    for (int i = 0; i < 3; i++) {
        fake_open(&a, "CP1", "ocpp1.6");
        fake_close(&a);
    }
    fake_connect(&a);
    ck_assert_uint_eq(fake_handshake(&a, "CP1", "ocpp1.6", ""), 429);
    ck_assert(contains(a.bytes, "Retry-After: "));
    ck_assert_uint_eq(count_events(EVENT_RATE_LIMIT), 1);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_full)
{
    fixture_open();
    set("gateway.max_connections=1");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_connect(&b);
    ck_assert_uint_eq(fake_handshake(&b, "CP2", "ocpp1.6", ""), 503);
    fake_close(&b);
    fake_open(&b, "CP1", "ocpp1.6"); /* who replaces itself needs no room */
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_crowd_from_one_address)
{
    fixture_open();
    set("gateway.max_connections_per_address=1");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_connect(&b);
    ck_assert_uint_eq(fake_handshake(&b, "CP2", "ocpp1.6", ""), 429);
    fake_close(&b);
    fake_close(&a);
    step_until(station_find(gateway, "CP1") == NULL);
    fake_open(&b, "CP2", "ocpp1.6");
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_handshakes_that_do_not_end)
{
    fixture_open();
    set("gateway.handshake_timeout=100ms");
    fixture_start();
    fake_connect(&a);
    fake_send(&a, "GET /ocpp/CP1 HT", 16);
    step_until((fake_receive(&a), contains(a.bytes, "\r\n\r\n")));
    ck_assert(contains(a.bytes, "HTTP/1.1 408 "));
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_the_oldest_handshake_makes_room)
{
    struct fake *silent = calloc(16, sizeof(*silent));
    fixture_open();
    fixture_start(); /* max_handshakes = 16 */
    for (int i = 0; i < 16; i++) {
        fake_connect(&silent[i]);
        step();
    }
    fake_open(&a, "CP1", "ocpp1.6");
    step_until((fake_receive(&silent[0]), contains(silent[0].bytes, "HTTP/1.1 503 ")));
    for (int i = 0; i < 16; i++)
        fake_close(&silent[i]);
    fake_close(&a);
    fixture_close();
    free(silent);
}
END_TEST

START_TEST(test_a_crowd_does_not_push_itself_out)
{
    enum { CROWD = 24 };
    struct fake *crowd = calloc(CROWD, sizeof(*crowd));
    unsigned refused = 0;
    fixture_open();
    fixture_start(); /* max_handshakes = 16 */
    for (int i = 0; i < CROWD; i++)
        fake_connect(&crowd[i]);
    step(); /* all are accepted at once */
    for (int i = 0; i < CROWD; i++)
        refused += fake_receive(&crowd[i]);
    ck_assert_uint_eq(refused, CROWD - 16);
    for (int i = 0; i < 16; i++) { /* who came first is served */
        char identity[8];
        snprintf(identity, sizeof(identity), "CP%d", i);
        ck_assert_uint_eq(fake_handshake(&crowd[i], identity, "ocpp1.6", ""), 101);
    }
    for (int i = 0; i < CROWD; i++)
        fake_close(&crowd[i]);
    fixture_close();
    free(crowd);
}
END_TEST

START_TEST(test_a_station_that_does_not_wait_for_the_handshake)
{
    static const char early[] = REQUEST "\x81\x96\0\0\0\0[2,\"1\",\"Heartbeat\",{}]";
    char text[2048];
    fixture_open();
    fixture_start();
    fake_connect(&a);
    fake_send(&a, early, sizeof(early) - 1);
    step_until((fake_receive(&a), contains(a.bytes, "\r\n\r\n")));
    ck_assert(contains(a.bytes, "HTTP/1.1 101 "));
    fake_take(&a, (size_t)(strstr(a.bytes, "\r\n\r\n") + 4 - a.bytes));
    ck_assert_int_eq(fake_next(&a, text), 1);
    ck_assert(contains(text, "[3,\"1\","));
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_no_common_protocol)
{
    fixture_open();
    fixture_start();
    fake_connect(&a);
    ck_assert_uint_eq(fake_handshake(&a, "CP1", "ocpp1.5", ""), 400);
    fake_close(&a);
    fixture_stop();
    set("gateway.no_common_protocol=close");
    fixture_start();
    fake_connect(&a);
    ck_assert_uint_eq(fake_handshake(&a, "CP1", "ocpp1.5", ""), 101);
    ck_assert_uint_eq(fake_closed_with(&a), CLOSE_PROTOCOL);
    fake_close(&a);
    fixture_close();
}
END_TEST

SUITE("newcomer", test_the_newest_connection_wins, test_probe_of_a_living_connection,
      test_probe_of_a_dead_connection, test_probe_when_either_side_goes,
      test_probe_of_a_connection_that_is_found_broken,
      test_a_newcomer_that_does_not_wait_for_the_probe, test_passwords, test_unknown_stations,
      test_flapping, test_full, test_crowd_from_one_address, test_handshakes_that_do_not_end,
      test_the_oldest_handshake_makes_room, test_a_crowd_does_not_push_itself_out,
      test_a_station_that_does_not_wait_for_the_handshake, test_no_common_protocol)

#include "tests/unit/gateway_fixture.h"
#include "tests/unit/suite.h"

#define BOOT_201 "[2,\"b\",\"BootNotification\",{}]"

static struct fake a, b;

START_TEST(test_answers_and_events)
{
    struct event event;
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    ck_assert(
        contains(fake_ask(&a, "[2,\"m-1\",\"Heartbeat\",{}]"), "[3,\"m-1\",{\"currentTime\":\"20"));
    ck_assert(find_event(EVENT_CONNECTED, 0, &event));
    ck_assert(text_is(event.identity, "CP1"));
    ck_assert_int_eq(event.protocol, OCPP_16);
    ck_assert(text_has(event.address, "127.0.0.1:"));
    ck_assert(find_event(EVENT_MESSAGE, 0, &event));
    ck_assert_int_eq(event.direction, DIRECTION_IN);
    ck_assert_uint_eq(event.message_type, MESSAGE_CALL);
    ck_assert(text_is(event.action, "Heartbeat"));
    ck_assert(text_is(event.message_id, "m-1"));
    ck_assert(text_is(event.payload, "[2,\"m-1\",\"Heartbeat\",{}]"));
    ck_assert_uint_eq(event.latency_us, EVENT_NO_LATENCY);
    ck_assert(find_event(EVENT_MESSAGE, 1, &event));
    ck_assert_int_eq(event.direction, DIRECTION_OUT);
    ck_assert_uint_eq(event.message_type, MESSAGE_CALLRESULT);
    ck_assert(text_is(event.action, "Heartbeat"));
    ck_assert_uint_ne(event.latency_us, EVENT_NO_LATENCY);
    ck_assert_uint_eq(counter(COUNTER_connections), 1);
    ck_assert_uint_eq(counter(COUNTER_calls_in_total), 1);
    ck_assert_uint_eq(counter(COUNTER_results_out_total), 1);
    ck_assert_uint_eq(counter(COUNTER_latency_count), 1);
    fake_frame(&a, 8, "\x03\xe8gone home", 11);
    ck_assert_uint_eq(fake_closed_with(&a), 1000);
    step_until(find_event(EVENT_DISCONNECTED, 0, &event));
    ck_assert_uint_eq(event.close_code, 1000);
    ck_assert(text_is(event.text, "gone home"));
    ck_assert_uint_eq(counter(COUNTER_connections), 0);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_station_table)
{
    struct station_record record;
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp2.0.1");
    fake_ask(&a, BOOT_201);
    uint32_t slot = station_find(gateway, "CP1")->subject.slot;
    ck_assert(segment_reader_station(fixture_reader, slot, &record));
    ck_assert_str_eq(record.identity, "CP1");
    ck_assert_int_eq(record.status, STATION_ONLINE);
    ck_assert_int_eq(record.boot_status, BOOT_ACCEPTED);
    ck_assert_uint_eq(record.counters.messages_in, 1);
    ck_assert_uint_eq(record.counters.messages_out, 1);
    fake_close(&a);
    step_until(segment_reader_station(fixture_reader, slot, &record) &&
               record.status == STATION_OFFLINE);
    ck_assert_uint_eq(record.close_code, CLOSE_ABNORMAL);
    fixture_close();
}
END_TEST

START_TEST(test_bad_messages)
{
    struct event event;
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_open(&b, "CP2", "ocpp2.0.1");
    ck_assert(contains(fake_ask(&a, "nonsense"), "[4,\"-1\",\"FormationViolation\","));
    ck_assert(contains(fake_ask(&b, "nonsense"), "[4,\"-1\",\"RpcFrameworkError\","));
    ck_assert(
        contains(fake_ask(&a, "[2,\"x\",\"Heartbeat\"]"), "[4,\"x\",\"FormationViolation\","));
    ck_assert(contains(fake_ask(&b, "[9,\"y\"]"), "[4,\"y\",\"MessageTypeNotSupported\","));
    /* neither answered nor fatal */
    fake_text(&a, "[9,\"y\"]");
    fake_text(&a, "[3,\"nobody-asked\",{}]");
    fake_text(&a, "[3,\"nobody-asked\"]");
    fake_text(&a, "[4,\"nobody-asked\",\"GenericError\",\"\",{}]");
    ck_assert(contains(fake_ask(&a, "[2,\"z\",\"Heartbeat\",{}]"), "[3,\"z\","));
    ck_assert(find_event(EVENT_BAD_MESSAGE, 0, &event));
    ck_assert(text_is(event.payload, "nonsense"));
    ck_assert_uint_eq(count_events(EVENT_BAD_MESSAGE), 6);
    ck_assert_uint_eq(count_events(EVENT_PROTOCOL_ERROR), 2);
    ck_assert_uint_eq(counter(COUNTER_bad_messages_total), 6);
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_unknown_and_foreign_actions)
{
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    ck_assert(contains(fake_ask(&a, "[2,\"1\",\"NoSuch\",{}]"), "[4,\"1\",\"NotImplemented\","));
    ck_assert(contains(fake_ask(&a, "[2,\"2\",\"Reset\",{}]"), "[4,\"2\",\"NotSupported\","));
    fake_open(&b, "CP2", "ocpp2.1");
    fake_ask(&b, BOOT_201);
    ck_assert(contains(fake_ask(&b, "[2,\"3\",\"NotifyPeriodicEventStream\",{}]"),
                       "[4,\"3\",\"ProtocolError\","));
    fake_text(&b, "[6,\"4\",\"NotifyPeriodicEventStream\",{}]");
    ck_assert(contains(fake_ask(&b, "[2,\"5\",\"Heartbeat\",{}]"), "[3,\"5\","));
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_frames_that_end_the_connection)
{
    static const struct {
        unsigned opcode;
        const char *payload;
        unsigned code;
    } frames[] = {{1, "[2,\"\xff\",\"A\",{}]", 1007}, {1, "\xc0\x80", 1007}, {2, "x", 1003}};
    fixture_open();
    fixture_start();
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        fake_open(&a, "CP1", "ocpp1.6");
        fake_frame(&a, frames[i].opcode, frames[i].payload, strlen(frames[i].payload));
        ck_assert_uint_eq(fake_closed_with(&a), frames[i].code);
        fake_close(&a);
    }
    ck_assert_uint_eq(count_events(EVENT_PROTOCOL_VIOLATION), 3);
    fixture_close();
}
END_TEST

START_TEST(test_boot_first)
{
    char text[2048];
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp2.0.1");
    ck_assert(contains(fake_ask(&a, "[2,\"1\",\"Heartbeat\",{}]"), "[4,\"1\",\"SecurityError\","));
    ck_assert_int_eq(fake_next(&a, text), 1);
    ck_assert(contains(text, "\"TriggerMessage\",{\"requestedMessage\":\"BootNotification\"}]"));
    ck_assert(contains(fake_ask(&a, "[2,\"2\",\"Heartbeat\",{}]"), "SecurityError"));
    ck_assert(contains(fake_ask(&a, BOOT_201), "Accepted"));
    ck_assert(contains(fake_ask(&a, "[2,\"3\",\"Heartbeat\",{}]"), "[3,\"3\","));
    fake_close(&a);
    step_until(station_find(gateway, "CP1") == NULL);
    /* remembered for the next connection, and by the next gateway */
    fake_open(&a, "CP1", "ocpp2.0.1");
    ck_assert(contains(fake_ask(&a, "[2,\"4\",\"Heartbeat\",{}]"), "[3,\"4\","));
    fake_close(&a);
    fixture_stop();
    fixture_start();
    ck_assert(segment_writer_adopted(gateway->writer));
    fake_open(&a, "CP1", "ocpp2.0.1");
    ck_assert(contains(fake_ask(&a, "[2,\"5\",\"Heartbeat\",{}]"), "[3,\"5\","));
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_require_boot_and_pending)
{
    fixture_open();
    use_station_file("CP1 boot=pending\nCP2\n");
    set("gateway.require_boot=yes");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    ck_assert(contains(fake_ask(&a, BOOT_201), "\"Pending\""));
    ck_assert(contains(fake_ask(&a, "[2,\"1\",\"Heartbeat\",{}]"), "SecurityError"));
    fake_open(&b, "CP2", "ocpp1.6");
    ck_assert(contains(fake_ask(&b, BOOT_201), "\"Accepted\""));
    ck_assert(contains(fake_ask(&b, "[2,\"1\",\"Heartbeat\",{}]"), "[3,\"1\","));
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

static unsigned finished_calls;
static enum call_outcome last_outcome;

static void note_call(void *context, const struct call *call, enum call_outcome outcome,
                      const struct ocppj_message *message)
{
    (void)call;
    (void)context;
    (void)message;
    finished_calls++;
    last_outcome = outcome;
}

START_TEST(test_calls_of_the_gateway)
{
    static const struct text_span reset = {"{\"type\":\"Soft\"}", 15};
    char text[2048], answer[256], id[64];
    struct event event;
    finished_calls = 0;
    fixture_open();
    set("gateway.call_timeout=100ms");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    struct station *station = station_find(gateway, "CP1");
    for (int i = 0; i < 3; i++)
        ck_assert(station_call(station, "Reset", reset, note_call, NULL));
    ck_assert_int_eq(fake_next(&a, text), 1);
    ck_assert_int_eq(sscanf(text, "[2,\"%63[^\"]\",\"Reset\",{\"type\":\"Soft\"}]", id), 1);
    snprintf(answer, sizeof(answer), "[3,\"%s\",{\"status\":\"Accepted\"}]", id);
    fake_text(&a, answer);
    /* only now the second comes */
    ck_assert_int_eq(fake_next(&a, text), 1);
    ck_assert_uint_eq(finished_calls, 1);
    ck_assert_int_eq(last_outcome, CALL_ANSWERED);
    bool found = false;
    for (unsigned i = 0; find_event(EVENT_MESSAGE, i, &event) && !found; i++)
        found = event.message_type == MESSAGE_CALLRESULT && event.direction == DIRECTION_IN &&
                text_is(event.action, "Reset") && event.latency_us != EVENT_NO_LATENCY;
    ck_assert(found);
    ck_assert_int_eq(sscanf(text, "[2,\"%63[^\"]\"", id), 1);
    snprintf(answer, sizeof(answer), "[4,\"%s\",\"InternalError\",\"\",{}]", id);
    fake_text(&a, answer);
    step_until(finished_calls == 2);
    ck_assert_int_eq(last_outcome, CALL_FAILED);
    step_until(finished_calls == 3); /* the third one is not answered */
    ck_assert_int_eq(last_outcome, CALL_TIMED_OUT);
    ck_assert_uint_eq(counter(COUNTER_call_timeouts_total), 1);
    ck_assert(station_call(station, "Reset", reset, note_call, NULL));
    fake_close(&a);
    step_until(finished_calls == 4);
    ck_assert_int_eq(last_outcome, CALL_ABANDONED);
    fixture_close();
}
END_TEST

START_TEST(test_message_rate)
{
    fixture_open();
    set("gateway.message_rate=20");
    set("gateway.message_burst=5");
    set("gateway.message_patience=300ms");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    for (int i = 0; i < 8; i++)
        fake_text(&a, "[2,\"1\",\"Heartbeat\",{}]");
    char text[2048];
    for (int i = 0; i < 8; i++) /* slowed down, but all are answered */
        ck_assert_int_eq(fake_next(&a, text), 1);
    ck_assert_uint_eq(count_events(EVENT_RATE_LIMIT), 1);
    ck_assert_uint_eq(counter(COUNTER_rate_limited_total), 1);
    for (int i = 0; i < 100; i++)
        fake_text(&a, "[2,\"1\",\"Heartbeat\",{}]");
    ck_assert_uint_eq(fake_closed_with(&a), CLOSE_POLICY);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_a_message_costs_one_token)
{
    fixture_open();
    set("gateway.message_rate=1");
    set("gateway.message_burst=10");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    for (int i = 0; i < 10; i++)
        fake_ask(&a, "[2,\"1\",\"Heartbeat\",{}]");
    ck_assert_uint_eq(count_events(EVENT_RATE_LIMIT), 0);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_pings)
{
    char text[2048];
    fixture_open();
    set("gateway.ping_interval=100ms");
    set("gateway.pong_timeout=300ms");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_open(&b, "CP2", "ocpp1.6");
    for (int i = 0; i < 6; i++) { /* one that answers stays */
        ck_assert_int_eq(fake_next(&a, text), 9);
        fake_frame(&a, 10, "", 0);
    }
    step_until(count_events(EVENT_PONG_TIMEOUT) == 1);
    ck_assert_ptr_null(station_find(gateway, "CP2"));
    ck_assert_ptr_nonnull(station_find(gateway, "CP1"));
    ck_assert_uint_eq(counter(COUNTER_pong_timeouts_total), 1);
    fake_frame(&a, 9, "are you there?", 14);
    while (fake_next(&a, text) != 10)
        fake_frame(&a, 10, "", 0);
    ck_assert_str_eq(text, "are you there?");
    fake_close(&a);
    fake_close(&b);
    fixture_close();
}
END_TEST

START_TEST(test_backpressure)
{
    fixture_open();
    set("gateway.max_output=16K");
    set("gateway.max_message=16K");
    set("gateway.message_rate=100000");
    set("gateway.message_burst=1000000");
    fixture_start();
    fake_connect_with_buffer(&a, 4096);
    ck_assert_uint_eq(fake_handshake(&a, "CP1", "ocpp1.6", ""), 101);
    fcntl(a.socket, F_SETFL, O_NONBLOCK);
    static const unsigned char frame[] = "\x81\x97\0\0\0\0[2,\"1\",\"Heartbeat\",{} ]";
    for (int i = 0; i < 400000 && count_events(EVENT_BACKPRESSURE) == 0; i++) {
        if (send(a.socket, frame, sizeof(frame) - 1, MSG_NOSIGNAL) < (ssize_t)sizeof(frame) - 1)
            step();
        else if (i % 64 == 0)
            event_base_loop(gateway->base, EVLOOP_NONBLOCK);
    }
    step_until(count_events(EVENT_BACKPRESSURE) == 1);
    ck_assert_ptr_null(station_find(gateway, "CP1"));
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_stop)
{
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    fake_connect(&b);
    step();
    gateway_stop(gateway);
    ck_assert_uint_eq(fake_closed_with(&a), CLOSE_GOING_AWAY);
    step_until((fake_receive(&b), contains(b.bytes, "HTTP/1.1 503 ")));
    ck_assert_uint_eq(count_events(EVENT_SHUTDOWN), 1);
    ck_assert_uint_eq(count_events(EVENT_DISCONNECTED), 1);
    fake_close(&a);
    fake_close(&b);
    step_until(gateway->finished);
    fixture_close();
}
END_TEST

START_TEST(test_stop_is_bounded)
{
    fixture_open();
    set("gateway.shutdown_timeout=200ms");
    set("gateway.close_timeout=60s");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6"); /* never closes its side */
    gateway_stop(gateway);
    step_until(gateway->finished);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_reload)
{
    struct event event;
    fixture_open();
    use_station_file("CP1\n");
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    use_station_file("CP2 nonsense\n");
    gateway_reload(gateway);
    ck_assert(find_event(EVENT_RECONFIGURE, 0, &event));
    ck_assert(text_has(event.text, "stations:1: CP2"));
    ck_assert_uint_eq(station_file_count(gateway->station_file), 1);
    set("gateway.boot_interval=7m");
    use_station_file("CP2\nCP3\n");
    gateway_reload(gateway);
    ck_assert_uint_eq(station_file_count(gateway->station_file), 2);
    ck_assert(contains(fake_ask(&a, BOOT_201), "\"interval\":420"));
    set("gateway.max_message=never");
    gateway_reload(gateway);
    ck_assert_uint_eq(gateway->config.gateway_boot_interval, 420000);
    ck_assert_uint_eq(count_events(EVENT_RECONFIGURE), 3);
    fake_close(&a);
    fixture_close();
}
END_TEST

START_TEST(test_transaction_ids_go_on)
{
    unsigned first, second;
    fixture_open();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    const char *answer = fake_ask(&a, "[2,\"1\",\"StartTransaction\",{\"n\":1}]");
    ck_assert_int_eq(sscanf(strstr(answer, "transactionId"), "transactionId\":%u", &first), 1);
    fake_close(&a);
    fixture_stop();
    fixture_start();
    fake_open(&a, "CP1", "ocpp1.6");
    answer = fake_ask(&a, "[2,\"1\",\"StartTransaction\",{\"n\":2}]");
    ck_assert_int_eq(sscanf(strstr(answer, "transactionId"), "transactionId\":%u", &second), 1);
    ck_assert_uint_eq(second, first + 1);
    fake_close(&a);
    fixture_close();
}
END_TEST

SUITE("station", test_answers_and_events, test_station_table, test_bad_messages,
      test_unknown_and_foreign_actions, test_frames_that_end_the_connection, test_boot_first,
      test_require_boot_and_pending, test_calls_of_the_gateway, test_message_rate,
      test_a_message_costs_one_token, test_pings, test_backpressure, test_stop,
      test_stop_is_bounded, test_reload, test_transaction_ids_go_on)

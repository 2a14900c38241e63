/* From messages to what a station is, in all versions, and what hostile messages do to it. */
#include "boardd/state/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "tests/unit/suite.h"

#define NOW_NS (UINT64_C(1790000000) * NS_PER_SECOND)

static struct fold *fold;
static char text[1 << 20];
static enum ocpp_version version;
static uint64_t connection;
static uint64_t time_ns;

static const struct fold_options options = {
    .limits = {.connectors = 64, .transactions = 4, .meter_values = 8, .bytes = 1 << 20},
    .flapping_connects = 5,
    .flapping_ms = 600000,
    .slow_ms = 2000,
    .error_ms = 900000,
};

static void begin(void)
{
    fold = fold_new(&options);
    version = OCPP_16;
    connection = 7;
    time_ns = NOW_NS;
}

static void end(void)
{
    fold_free(fold);
}

static struct text_span span(const char *string)
{
    return (struct text_span){string, strlen(string)};
}

struct sent {
    const char *identity;
    const char *action;
    const char *id;
    const char *frame;
    unsigned type;
    uint32_t latency_us;
    enum direction direction;
};

static void send_at(uint32_t slot, const struct sent *sent)
{
    struct event event = {.type = EVENT_MESSAGE,
                          .time_ns = time_ns,
                          .station_slot = slot,
                          .direction = sent->direction,
                          .message_type = sent->type,
                          .protocol = version,
                          .latency_us = sent->latency_us,
                          .connection = connection,
                          .identity = span(sent->identity),
                          .action = span(sent->action),
                          .message_id = span(sent->id),
                          .payload = span(sent->frame)};
    fold_event(fold, 0, &event);
}

/* A CALL of the station in slot 3. */
static void call(const char *action, const char *payload)
{
    static char frame[1 << 20];
    snprintf(frame, sizeof(frame), "[2,\"m\",\"%s\",%s]", action, payload);
    send_at(
        3, &(struct sent){"CP1", action, "m", frame, MESSAGE_CALL, EVENT_NO_LATENCY, DIRECTION_IN});
}

static void start(const char *id, const char *payload)
{
    char frame[512];
    snprintf(frame, sizeof(frame), "[2,\"%s\",\"StartTransaction\",%s]", id, payload);
    send_at(3, &(struct sent){"CP1", "StartTransaction", id, frame, MESSAGE_CALL, EVENT_NO_LATENCY,
                              DIRECTION_IN});
}

static void started(const char *id, const char *payload)
{
    char frame[512];
    snprintf(frame, sizeof(frame), "[3,\"%s\",%s]", id, payload);
    send_at(3, &(struct sent){"CP1", "StartTransaction", id, frame, MESSAGE_CALLRESULT, 100,
                              DIRECTION_OUT});
}

static void connected(const char *identity)
{
    struct event event = {.type = EVENT_CONNECTED,
                          .time_ns = time_ns,
                          .station_slot = 3,
                          .connection = connection,
                          .latency_us = EVENT_NO_LATENCY,
                          .identity = span(identity)};
    fold_event(fold, 0, &event);
}

static const struct station_state *state_of(const char *identity)
{
    return fold_station(fold, 0, 3, identity);
}

/* The station's members as text, which is valid JSON whatever was sent. */
static const char *show(void)
{
    struct json_out out;
    json_out_init(&out);
    json_out_object(&out);
    fold_put_summary(fold, state_of("CP1"), "Accepted", &out);
    fold_put_detail(fold, state_of("CP1"), &out);
    json_out_object_end(&out);
    ck_assert(!out.failed);
    ck_assert_uint_lt(out.length, sizeof(text));
    ck_assert(json_scan(out.data, out.length, NULL, NULL));
    memcpy(text, out.data, out.length);
    text[out.length] = '\0';
    json_out_free(&out);
    return text;
}

static void expect(const char *part)
{
    ck_assert_msg(strstr(show(), part) != NULL, "\"%s\" is not in %.3000s", part, text);
}

static void expect_not(const char *part)
{
    ck_assert_msg(strstr(show(), part) == NULL, "\"%s\" is in %.3000s", part, text);
}

START_TEST(of_nobody_nothing_is_known)
{
    expect("\"connectors\":[],\"activeTransactions\":0,\"boot\":{\"vendor\":null");
    expect("\"transactions\":[],\"firmware\":null,\"lastError\":null");
    ck_assert_uint_eq(fold_problems(fold, NULL, NOW_NS), 0);
    call("Heartbeat", "{}"); /* tells nothing: takes no memory */
    ck_assert_ptr_null(state_of("CP1"));
    ck_assert_uint_eq(fold_bytes(fold), 0);
}
END_TEST

START_TEST(boot_of_16)
{
    call("BootNotification", "{\"chargePointVendor\":\"Example\",\"chargePointModel\":\"One\","
                             "\"chargePointSerialNumber\":\"S-1\",\"firmwareVersion\":\"1.2\"}");
    expect("\"boot\":{\"vendor\":\"Example\",\"model\":\"One\",\"serialNumber\":\"S-1\","
           "\"firmwareVersion\":\"1.2\",\"status\":\"Accepted\"");
    call("BootNotification", "{\"chargePointVendor\":\"Example\",\"chargePointModel\":\"Two\"}");
    expect("\"model\":\"Two\",\"serialNumber\":null,\"firmwareVersion\":null");
}
END_TEST

START_TEST(boot_of_2)
{
    version = OCPP_201;
    call("BootNotification",
         "{\"reason\":\"PowerUp\",\"chargingStation\":{\"vendorName\":\"V\",\"model\":\"M\","
         "\"serialNumber\":\"S\",\"firmwareVersion\":\"F\"}}");
    expect("\"boot\":{\"vendor\":\"V\",\"model\":\"M\",\"serialNumber\":\"S\","
           "\"firmwareVersion\":\"F\"");
}
END_TEST

START_TEST(connectors_of_16)
{
    call("StatusNotification", "{\"connectorId\":2,\"errorCode\":\"GroundFailure\",\"status\":"
                               "\"Faulted\",\"timestamp\":\"2026-01-31T12:00:00Z\"}");
    call("StatusNotification",
         "{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"Available\"}");
    expect("\"connectors\":[{\"connectorId\":1,\"status\":\"Available\",\"errorCode\":\"NoError\"");
    expect("{\"connectorId\":2,\"status\":\"Faulted\",\"errorCode\":\"GroundFailure\","
           "\"timestamp\":\"2026-01-31T12:00:00.000Z\"}]");
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), NOW_NS), 1u << PROBLEM_FAULTED);
    call("StatusNotification",
         "{\"connectorId\":2,\"errorCode\":\"NoError\",\"status\":\"Charging\"}");
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), NOW_NS), 0);
}
END_TEST

START_TEST(connectors_of_2)
{
    version = OCPP_21;
    call("StatusNotification", "{\"timestamp\":\"2026-01-31T12:00:00Z\",\"connectorStatus\":"
                               "\"Occupied\",\"evseId\":1,\"connectorId\":2}");
    call("NotifyEvent",
         "{\"generatedAt\":\"2026-01-31T12:00:00Z\",\"seqNo\":0,\"eventData\":["
         "{\"component\":{\"name\":\"EVSE\",\"evse\":{\"id\":1}},\"variable\":{\"name\":"
         "\"Temperature\"},\"actualValue\":\"50\"},"
         "{\"component\":{\"name\":\"Connector\",\"evse\":{\"id\":2,\"connectorId\":1}},"
         "\"variable\":{\"name\":\"AvailabilityState\"},\"actualValue\":\"Faulted\","
         "\"timestamp\":\"2026-01-31T12:00:01Z\"}]}");
    expect("\"connectors\":[{\"evseId\":1,\"connectorId\":2,\"status\":\"Occupied\",\"timestamp\":"
           "\"2026-01-31T12:00:00.000Z\"},{\"evseId\":2,\"connectorId\":1,\"status\":\"Faulted\"");
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), NOW_NS), 1u << PROBLEM_FAULTED);
}
END_TEST

#define START_16                                                                                   \
    "{\"connectorId\":1,\"idTag\":\"TAG\",\"meterStart\":1000,\"timestamp\":\"2026-01-31T12:00:"   \
    "00Z\"}"
#define METER_16                                                                                   \
    "\"meterValue\":[{\"timestamp\":\"2026-01-31T12:10:00Z\",\"sampledValue\":["                   \
    "{\"value\":\"3.5\",\"unit\":\"kWh\"},"                                                        \
    "{\"value\":\"2000\",\"measurand\":\"Power.Active.Import\",\"phase\":\"L1\"},"                 \
    "{\"value\":\"1.5\",\"measurand\":\"Power.Active.Import\",\"unit\":\"kW\",\"phase\":\"L2\"},"  \
    "{\"value\":\"42\",\"measurand\":\"SoC\",\"unit\":\"Percent\"}]}]"

START_TEST(a_transaction_of_16)
{
    start("s1", START_16);
    expect("\"activeTransactions\":1");
    expect("\"transactionId\":null,\"connectorId\":1,\"idToken\":\"TAG\"");
    started("s1", "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":77}");
    call("MeterValues", "{\"connectorId\":1,\"transactionId\":77," METER_16 "}");
    expect("\"transactionId\":\"77\",\"connectorId\":1,\"idToken\":\"TAG\",\"startedAt\":"
           "\"2026-01-31T12:00:00.000Z\",\"meterStart\":1000,\"energyWh\":2500,\"powerW\":3500,"
           "\"soc\":42,");
    expect("{\"measurand\":\"Power.Active.Import\",\"value\":2000,\"unit\":\"W\",\"phase\":\"L1\"");
    call("StopTransaction",
         "{\"transactionId\":77,\"meterStop\":3500,\"timestamp\":\"2026-01-31T12:20:00Z\"}");
    expect("\"activeTransactions\":0");
    call("MeterValues", "{\"connectorId\":1,\"transactionId\":77," METER_16 "}");
    expect("\"activeTransactions\":0"); /* what comes late doesn't open it again */
}
END_TEST

START_TEST(the_result_may_come_first)
{
    started("s1", "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":77}");
    expect("\"activeTransactions\":0");
    start("s1", START_16);
    expect("\"activeTransactions\":1");
    expect("\"transactionId\":\"77\",\"connectorId\":1,\"idToken\":\"TAG\"");
    start("s1", START_16); /* a retry is the same one */
    expect("\"activeTransactions\":1");
}
END_TEST

START_TEST(meter_values_may_be_all_that_is_left)
{
    call("MeterValues", "{\"connectorId\":1,\"transactionId\":77," METER_16 "}");
    expect("\"transactionId\":\"77\",\"connectorId\":1,\"idToken\":null,\"startedAt\":null,"
           "\"meterStart\":null,\"energyWh\":null,\"powerW\":3500");
    started("s1", "{\"transactionId\":77}"); /* the start, of another slice */
    start("s1", START_16);
    expect("\"activeTransactions\":1");
    call("MeterValues", "{\"connectorId\":1,\"transactionId\":78," METER_16 "}");
    expect("\"activeTransactions\":2");
}
END_TEST

START_TEST(stale_transactions_go)
{
    start("s1", START_16);
    started("s1", "{\"transactionId\":1}");
    start("s2", START_16); /* the same connector */
    started("s2", "{\"transactionId\":2}");
    expect("\"activeTransactions\":1");
    expect("\"transactionId\":\"2\"");
    call("BootNotification", "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}");
    expect("\"activeTransactions\":0");
    start("s3", START_16);
    call("BootNotification", "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}");
    expect("\"activeTransactions\":1"); /* asked for on the same connection: it did not restart */
    connection++;
    call("BootNotification", "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}");
    expect("\"activeTransactions\":0");
}
END_TEST

START_TEST(a_refused_start_is_none)
{
    start("s1", START_16);
    send_at(3, &(struct sent){"CP1", "StartTransaction", "s1",
                              "[4,\"s1\",\"SecurityError\",\"not booted\",{}]", MESSAGE_CALLERROR,
                              100, DIRECTION_OUT});
    expect("\"activeTransactions\":0");
    expect("\"lastError\":{\"code\":\"SecurityError\",\"description\":\"not booted\",\"method\":"
           "\"StartTransaction\"");
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), NOW_NS), 1u << PROBLEM_ERRORS);
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), NOW_NS + 901 * NS_PER_SECOND), 0);
    ck_assert_uint_eq(fold_action_errors(fold, -1, "StartTransaction"), 1);
    ck_assert_uint_eq(fold_action_errors(fold, 0, "StartTransaction"), 1);
    ck_assert_uint_eq(fold_action_errors(fold, 1, "StartTransaction"), 0);
    ck_assert_uint_eq(fold_action_errors(fold, -1, "Heartbeat"), 0);
}
END_TEST

static void transaction_event(const char *type, const char *rest)
{
    char payload[1024];
    snprintf(payload, sizeof(payload),
             "{\"eventType\":\"%s\",\"timestamp\":\"2026-01-31T12:00:00Z\",\"seqNo\":0%s}", type,
             rest);
    call("TransactionEvent", payload);
}

#define INFO(id, state)                                                                            \
    ",\"transactionInfo\":{\"transactionId\":\"" id "\",\"chargingState\":\"" state "\"}"

START_TEST(a_transaction_of_2)
{
    version = OCPP_201;
    transaction_event(
        "Started", INFO("t-1", "EVConnected") ",\"evse\":{\"id\":1,\"connectorId\":2},\"idToken\":{"
                                              "\"idToken\":\"T\",\"type\":\"ISO14443\"},"
                                              "\"meterValue\":[{\"timestamp\":\"2026-01-31T12:00:"
                                              "00Z\",\"sampledValue\":[{\"value\":5000}]}]");
    transaction_event("Updated",
                      INFO("t-1", "Charging") ",\"meterValue\":[{\"timestamp\":\"2026-01-31T12:05:"
                                              "00Z\",\"sampledValue\":[{\"value\":6.5,"
                                              "\"unitOfMeasure\":{\"unit\":\"kWh\"}},{\"value\":7,"
                                              "\"measurand\":\"Power.Active.Import\","
                                              "\"unitOfMeasure\":{\"multiplier\":3}}]}]");
    expect("\"transactionId\":\"t-1\",\"evseId\":1,\"connectorId\":2,\"idToken\":\"T\","
           "\"startedAt\":\"2026-01-31T12:00:00.000Z\",\"meterStart\":5000,\"energyWh\":1500,"
           "\"powerW\":7000,\"chargingState\":\"Charging\"");
    call("MeterValues", "{\"evseId\":1,\"meterValue\":[{\"timestamp\":\"2026-01-31T12:06:00Z\","
                        "\"sampledValue\":[{\"value\":8000}]}]}");
    expect("\"energyWh\":3000");
    transaction_event("Started", INFO("t-2", "EVConnected") ",\"evse\":{\"id\":2}");
    expect("\"activeTransactions\":2");
    transaction_event("Started", INFO("t-3", "EVConnected") ",\"evse\":{\"id\":1}");
    expect("\"activeTransactions\":2");
    expect_not("t-1");
    transaction_event("Ended", INFO("t-2", "Idle"));
    transaction_event("Updated", INFO("t-2", "Idle"));
    expect("\"activeTransactions\":1");
    call("BootNotification", "{\"reason\":\"Triggered\",\"chargingStation\":{}}");
    expect("\"activeTransactions\":1");
    connection++;
    call("BootNotification", "{\"reason\":\"Watchdog\",\"chargingStation\":{}}");
    expect("\"activeTransactions\":0");
}
END_TEST

START_TEST(firmware_in_all_versions)
{
    for (version = OCPP_16; version <= OCPP_21; version++) {
        call("FirmwareStatusNotification", "{\"status\":\"Downloading\"}");
        expect("\"firmware\":{\"status\":\"Downloading\"");
        call("FirmwareStatusNotification", "{\"status\":\"Installed\"}");
        expect("\"firmware\":{\"status\":\"Installed\"");
    }
}
END_TEST

START_TEST(flapping_and_slow)
{
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), time_ns), 0);
        time_ns += 60 * NS_PER_SECOND;
        connection++;
        connected("CP1");
    }
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), time_ns), 1u << PROBLEM_FLAPPING);
    time_ns += 361 * NS_PER_SECOND;
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), time_ns), 0);
    struct sent answer = {"CP1",      "Reset",     "g1", "[3,\"g1\",{}]", MESSAGE_CALLRESULT,
                          2000000000, DIRECTION_IN};
    answer.latency_us = 2500000;
    send_at(3, &answer);
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), time_ns), 1u << PROBLEM_SLOW);
    answer.latency_us = 1000;
    send_at(3, &answer);
    ck_assert_uint_eq(fold_problems(fold, state_of("CP1"), time_ns), 0);
}
END_TEST

START_TEST(slots_change_hands)
{
    call("FirmwareStatusNotification", "{\"status\":\"Installed\"}");
    size_t bytes = fold_bytes(fold);
    connection = 8;
    connected("CP2");
    ck_assert_ptr_null(state_of("CP1"));
    ck_assert_ptr_nonnull(state_of("CP2"));
    connection = 7; /* of the one before, read late */
    call("FirmwareStatusNotification", "{\"status\":\"Installed\"}");
    ck_assert_ptr_null(state_of("CP1"));
    ck_assert_ptr_nonnull(state_of("CP2"));
    connection = 9;
    call("FirmwareStatusNotification", "{\"status\":\"Installed\"}");
    ck_assert_ptr_nonnull(state_of("CP1"));
    ck_assert_uint_eq(fold_bytes(fold), bytes);
    fold_reset(fold, 0);
    ck_assert_uint_eq(fold_bytes(fold), 0);
    expect("\"firmware\":null");
}
END_TEST

START_TEST(wrong_types_change_nothing)
{
    static const char *const payloads[] = {
        "null",
        "[]",
        "7",
        "\"x\"",
        "{\"connectorId\":\"1\",\"status\":7}",
        "{\"connectorId\":-1,\"status\":\"Faulted\"}",
        "{\"connectorId\":1.5,\"status\":\"Faulted\"}",
        "{\"connectorId\":99999999999999999999999999,\"status\":\"Faulted\"}",
        "{\"connectorId\":[1],\"status\":[\"Faulted\"]}",
        "{\"evseId\":{},\"connectorStatus\":null,\"connectorId\":1e3}",
        "{\"transactionId\":\"7\",\"meterValue\":{\"sampledValue\":7}}",
        "{\"transactionInfo\":[],\"eventType\":\"Started\"}",
        "{\"transactionInfo\":{\"transactionId\":\"\"},\"eventType\":\"Started\"}",
        "{\"eventData\":[1,null,\"x\",[],{},{\"component\":7,\"variable\":8}]}",
        "{\"chargingStation\":\"x\"}",
    };
    static const char *const actions[] = {"StatusNotification", "StartTransaction", "MeterValues",
                                          "StopTransaction",    "TransactionEvent", "NotifyEvent"};
    for (version = OCPP_UNKNOWN; version <= OCPP_21; version++) {
        for (size_t a = 0; a < sizeof(actions) / sizeof(actions[0]); a++) {
            for (size_t p = 0; p < sizeof(payloads) / sizeof(payloads[0]); p++)
                call(actions[a], payloads[p]);
        }
    }
    expect("\"connectors\":[],\"activeTransactions\":0");
}
END_TEST

START_TEST(frames_that_are_none)
{
    static const char *const frames[] = {
        "",        "{", "[2]", "[2,\"m\",\"BootNotification\"]", "[2,\"m\",\"BootNotification\",{]",
        "\xff\xfe"};
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        for (unsigned type = 0; type < 8; type++)
            send_at(3, &(struct sent){"CP1", "BootNotification", "m", frames[i], type, 0,
                                      DIRECTION_IN});
    }
    send_at(EVENT_NO_STATION, &(struct sent){"CP1", "FirmwareStatusNotification", "m",
                                             "[2,\"m\",\"F\",{\"status\":\"Installed\"}]",
                                             MESSAGE_CALL, 0, DIRECTION_IN});
    send_at(EVENT_NO_STATION - 1, &(struct sent){"CP1", "FirmwareStatusNotification", "m",
                                                 "[2,\"m\",\"F\",{\"status\":\"Installed\"}]",
                                                 MESSAGE_CALL, 0, DIRECTION_IN});
    struct event event = {.type = EVENT_CONNECTED, .station_slot = 3, .identity = {"A\0B", 3}};
    fold_event(fold, 0, &event);
    expect("\"boot\":{\"vendor\":null");
}
END_TEST

START_TEST(values_that_are_no_numbers)
{
    start("s1", START_16);
    call("MeterValues",
         "{\"connectorId\":1,\"meterValue\":[{\"sampledValue\":["
         "{\"value\":\"nan\",\"measurand\":\"A\"},{\"value\":\"inf\",\"measurand\":\"B\"},"
         "{\"value\":\"0x10\",\"measurand\":\"C\"},{\"value\":\"1e999\",\"measurand\":\"D\"},"
         "{\"value\":\"\",\"measurand\":\"E\"},{\"value\":\"1 2\",\"measurand\":\"F\"},"
         "{\"value\":1e308,\"measurand\":\"G\",\"unitOfMeasure\":{\"multiplier\":12}},"
         "{\"value\":-5.25,\"measurand\":\"H\"}]}]}");
    expect("\"measurand\":\"H\",\"value\":-5.25");
    for (const char *name = "ABCDEF"; *name != '\0'; name++) {
        char part[32];
        snprintf(part, sizeof(part), "\"measurand\":\"%c\"", *name);
        expect_not(part);
    }
}
END_TEST

START_TEST(limits_hold)
{
    char payload[256];
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(payload, sizeof(payload),
                 "{\"connectorId\":%u,\"errorCode\":\"E%u\",\"status\":\"S%u\"}", i, i, i);
        call("StatusNotification", payload);
    }
    ck_assert_uint_eq(state_of("CP1")->connector_count, 64);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(payload, sizeof(payload),
                 "{\"connectorId\":%u,\"transactionId\":%u,\"meterValue\":[{\"sampledValue\":["
                 "{\"value\":\"1\",\"measurand\":\"M%u\"}]}]}",
                 i, i % 10, i);
        call("MeterValues", payload);
    }
    ck_assert_uint_eq(state_of("CP1")->transaction_count, 4);
    ck_assert_uint_le(state_of("CP1")->transactions->value_count, 8);
    ck_assert_uint_gt(fold_refused(fold), 0);
    call("StatusNotification", "{\"connectorId\":1,\"errorCode\":\"New\",\"status\":\"Unheard\"}");
    expect("\"status\":\"Other\",\"errorCode\":\"Other\""); /* the words are used up */
    call("FirmwareStatusNotification", "{\"status\":\"Installed\"}");
    expect("\"firmware\":{\"status\":\"Installed\""); /* but for those that are always known */
}
END_TEST

static void note_line(enum log_level level, const char *topic, const char *line, void *context)
{
    char *lines = context;
    (void)level;
    strcat(strcat(lines, topic), strstr(line, "again") != NULL ? " again;" : " full;");
}

static void fill(void)
{
    char identity[32];
    for (uint32_t slot = 0; slot < 20000; slot++) {
        snprintf(identity, sizeof(identity), "CP%u", slot);
        send_at(slot, &(struct sent){identity, "BootNotification", "m",
                                     "[2,\"m\",\"BootNotification\",{\"chargePointVendor\":\"V\"}]",
                                     MESSAGE_CALL, 0, DIRECTION_IN});
    }
}

START_TEST(memory_is_bounded_in_all)
{
    char lines[200] = "";
    log_set_sink(note_line, lines);
    fill();
    ck_assert_uint_le(fold_bytes(fold), options.limits.bytes);
    ck_assert_uint_gt(fold_bytes(fold), options.limits.bytes / 2);
    ck_assert_uint_gt(fold_refused(fold), 0);
    ck_assert_str_eq(lines, "state full;");
    fold_reset(fold, 0);
    fill();
    ck_assert_str_eq(lines, "state full;state again;state full;");
    log_set_sink(NULL, NULL);
}
END_TEST

/* Not a limit, but what a reader of the manual may count on. */
START_TEST(a_usual_station_is_small)
{
    call("BootNotification", "{\"chargePointVendor\":\"Example\",\"chargePointModel\":\"One\","
                             "\"chargePointSerialNumber\":\"S-1\",\"firmwareVersion\":\"1.2\"}");
    call("StatusNotification",
         "{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"Available\"}");
    call("StatusNotification",
         "{\"connectorId\":2,\"errorCode\":\"NoError\",\"status\":\"Available\"}");
    ck_assert_uint_le(fold_bytes(fold), 350);
    start("s1", START_16);
    call("MeterValues", "{\"connectorId\":1," METER_16 "}");
    ck_assert_uint_le(fold_bytes(fold), 750);
}
END_TEST

START_TEST(long_and_deep)
{
    static char payload[1 << 19];
    size_t length = (size_t)snprintf(payload, sizeof(payload), "{\"eventData\":[");
    while (length < 60000)
        length += (size_t)snprintf(payload + length, sizeof(payload) - length, "{\"a\":[[[{}]]]},");
    snprintf(payload + length, sizeof(payload) - length, "{}]}");
    version = OCPP_201;
    call("NotifyEvent", payload);
    memset(payload, '[', 1000);
    payload[1000] = '\0';
    call("NotifyEvent", payload);
    version = OCPP_16;
    length = (size_t)snprintf(payload, sizeof(payload), "{\"chargePointVendor\":\"");
    memset(payload + length, 'x', 300);
    snprintf(payload + length + 300, sizeof(payload) - length - 300,
             "\",\"chargePointModel\":\"%s\"}", "\\u00e9\\n<script>");
    call("BootNotification", payload);
    expect("\"vendor\":null,\"model\":\"\xc3\xa9\\n\\u003cscript\\u003e\"");
}
END_TEST

SUITE_WITH("fold", begin, end, of_nobody_nothing_is_known, boot_of_16, boot_of_2, connectors_of_16,
           connectors_of_2, a_transaction_of_16, the_result_may_come_first,
           meter_values_may_be_all_that_is_left, stale_transactions_go, a_refused_start_is_none,
           a_transaction_of_2, firmware_in_all_versions, flapping_and_slow, slots_change_hands,
           wrong_types_change_nothing, frames_that_are_none, values_that_are_no_numbers,
           limits_hold, memory_is_bounded_in_all, a_usual_station_is_small, long_and_deep)

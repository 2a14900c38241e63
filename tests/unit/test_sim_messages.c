/* Every message of the simulator is valid JSON with the fields that its schema requires, in each
 * version. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "tools/sim_messages.h"

#define TIME_MS UINT64_C(1769860800123)

static struct sim_text text;
static struct sim_profile profile;
static struct sim_session session;
static struct sim_random randomness;

static void setup(void)
{
    struct sim_mix mix = {{[OCPP_16] = 1}};

    sim_random_init(&randomness, 7, 1);
    sim_profile_make(&profile, &mix, "CP-", NULL, 1, &randomness);
    memset(&session, 0, sizeof session);
    session.connector = 2;
    strcpy(session.id_token, "04A1B2C3D4E5F6");
    sim_random_uuid(&randomness, session.transaction_uuid);
    session.transaction_id = 4711;
    session.started_ms = TIME_MS - 60000;
    sim_charge_begin(&session.charge, &profile, &randomness);
    sim_charge_advance(&session.charge, 60, &randomness);
    sim_text_clear(&text);
}

static struct json_span scan(void)
{
    struct json_span value;
    struct json_scan_error error = {0, ""};

    ck_assert(!text.full);
    ck_assert_msg(json_scan(text.data, text.length, &value, &error), "%s at %zu in %s",
                  error.reason, error.offset, text.data);
    ck_assert_int_eq(value.type, JSON_OBJECT);
    return value;
}

/* Members by path, "a.b.c"; array elements by [0] only. */
static struct json_span member(struct json_span value, const char *key)
{
    struct json_span found;

    ck_assert_msg(json_member(value, key, &found), "no %s in %s", key, text.data);
    return found;
}

static bool take_first(struct json_span element, void *context)
{
    *(struct json_span *)context = element;
    return false;
}

static struct json_span first(struct json_span array)
{
    struct json_span element = {NULL, 0, JSON_NULL};

    ck_assert_int_eq(array.type, JSON_ARRAY);
    json_each(array, take_first, &element);
    ck_assert_ptr_nonnull(element.start);
    return element;
}

START_TEST(v16_boot_has_vendor_and_model)
{
    ck_assert_str_eq(sim_messages_v16.boot(&text, &profile, SIM_BOOT_POWER_UP), "BootNotification");
    struct json_span boot = scan();
    ck_assert(json_string_is(member(boot, "chargePointVendor"), profile.vendor));
    ck_assert(json_string_is(member(boot, "chargePointModel"), profile.model));
    ck_assert(json_string_is(member(boot, "chargePointSerialNumber"), profile.serial));
}
END_TEST

START_TEST(v16_status_names_a_fault_only_when_faulted)
{
    sim_messages_v16.status(&text, 1, SIM_AVAILABLE, 3, TIME_MS);
    struct json_span status = scan();
    ck_assert(json_string_is(member(status, "errorCode"), "NoError"));
    ck_assert(json_string_is(member(status, "timestamp"), "2026-01-31T12:00:00.123Z"));
    for (unsigned fault = 0; fault < 20; fault++) {
        sim_text_clear(&text);
        sim_messages_v16.status(&text, 1, SIM_FAULTED, fault, TIME_MS);
        status = scan();
        ck_assert(json_string_is(member(status, "status"), "Faulted"));
        ck_assert(!json_string_is(member(status, "errorCode"), "NoError"));
    }
}
END_TEST

START_TEST(v16_transaction)
{
    long long number;

    ck_assert_str_eq(sim_messages_v16.start(&text, &session, TIME_MS), "StartTransaction");
    struct json_span start = scan();
    ck_assert(json_integer(member(start, "meterStart"), &number));
    ck_assert_int_eq(number, (long long)session.charge.start_wh);
    ck_assert(json_string_is(member(start, "idTag"), "04A1B2C3D4E5F6"));

    sim_text_clear(&text);
    ck_assert_str_eq(sim_messages_v16.update(&text, &session, TIME_MS), "MeterValues");
    struct json_span meter = scan();
    ck_assert(json_integer(member(meter, "transactionId"), &number));
    ck_assert_int_eq(number, 4711);
    struct json_span sample = first(member(first(member(meter, "meterValue")), "sampledValue"));
    ck_assert_int_eq(member(sample, "value").type, JSON_STRING); /* 1.6 has strings here */

    sim_text_clear(&text);
    ck_assert_str_eq(sim_messages_v16.stop(&text, &session, SIM_STOP_LOCAL, TIME_MS),
                     "StopTransaction");
    struct json_span stop = scan();
    ck_assert(json_integer(member(stop, "meterStop"), &number));
    ck_assert_int_ge(number, (long long)session.charge.start_wh);
}
END_TEST

START_TEST(v2_transaction_events_count_up)
{
    static const char *const types[] = {"Started", "Updated", "Ended"};

    for (unsigned i = 0; i < 3; i++) {
        long long sequence;
        sim_text_clear(&text);
        const char *action = i == 0 ? sim_messages_v2.start(&text, &session, TIME_MS)
                             : i == 1
                                 ? sim_messages_v2.update(&text, &session, TIME_MS)
                                 : sim_messages_v2.stop(&text, &session, SIM_STOP_FAULT, TIME_MS);
        ck_assert_str_eq(action, "TransactionEvent");
        struct json_span event = scan();
        ck_assert(json_string_is(member(event, "eventType"), types[i]));
        ck_assert(json_integer(member(event, "seqNo"), &sequence));
        ck_assert_int_eq(sequence, i);
        ck_assert(json_string_is(member(member(event, "transactionInfo"), "transactionId"),
                                 session.transaction_uuid));
        struct json_span sample = first(member(first(member(event, "meterValue")), "sampledValue"));
        ck_assert_int_eq(member(sample, "value").type, JSON_NUMBER); /* 2.x has numbers here */
    }
}
END_TEST

START_TEST(v2_offline_is_told)
{
    struct json_span offline;

    session.offline = true;
    sim_messages_v2.update(&text, &session, TIME_MS);
    ck_assert_int_eq(member(scan(), "offline").type, JSON_TRUE);
    session.offline = false;
    sim_text_clear(&text);
    sim_messages_v2.update(&text, &session, TIME_MS);
    ck_assert(!json_member(scan(), "offline", &offline));
}
END_TEST

static const char *write_other(const struct sim_messages *messages, unsigned which)
{
    switch (which) {
    case 0:
        return messages->boot(&text, &profile, SIM_BOOT_WATCHDOG);
    case 1:
        return messages->authorize(&text, "ABC");
    case 2:
        return messages->meter_values(&text, &session, TIME_MS);
    case 3:
        return messages->firmware(&text, "Downloaded", 3);
    case 4:
        return messages->log_status(&text, "Uploading", 3);
    case 5:
        return messages->security_event(&text, "SettingSystemTime", TIME_MS);
    case 6:
        return messages->data_transfer(&text, &profile);
    case 7:
        return sim_notify_event(&text, 1, 81.5, 9, TIME_MS);
    case 8:
        return sim_open_stream(&text, 4);
    case 9:
        return sim_stream_data(&text, 4, 22.5, TIME_MS);
    default:
        return sim_close_stream(&text, 4);
    }
}

START_TEST(every_message_is_json)
{
    for (unsigned version = OCPP_16; version <= OCPP_21; version++) {
        const struct sim_messages *messages = sim_messages_for((enum ocpp_version)version);
        ck_assert_ptr_nonnull(messages);
        sim_text_clear(&text);
        ck_assert_str_ne(write_other(messages, (unsigned)_i), "");
        scan();
    }
}
END_TEST

START_TEST(meter_values_are_about_400_bytes)
{
    for (unsigned version = OCPP_16; version <= OCPP_21; version++) {
        sim_text_clear(&text);
        sim_messages_for((enum ocpp_version)version)->meter_values(&text, &session, TIME_MS);
        ck_assert_uint_ge(text.length, 300);
        ck_assert_uint_le(text.length, 500);
    }
}
END_TEST

START_TEST(text_that_does_not_fit_is_told)
{
    char big[SIM_TEXT_MAX + 1];

    memset(big, 'x', sizeof big);
    big[SIM_TEXT_MAX] = '\0';
    sim_text_add(&text, "%s", big);
    ck_assert(text.full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_messages");
    TCase *tests = tcase_create("all");

    tcase_set_timeout(tests, 60); /* sanitizers and a busy machine */
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, v16_boot_has_vendor_and_model);
    tcase_add_test(tests, v16_status_names_a_fault_only_when_faulted);
    tcase_add_test(tests, v16_transaction);
    tcase_add_test(tests, v2_transaction_events_count_up);
    tcase_add_test(tests, v2_offline_is_told);
    tcase_add_loop_test(tests, every_message_is_json, 0, 11);
    tcase_add_test(tests, meter_values_are_about_400_bytes);
    tcase_add_test(tests, text_that_does_not_fit_is_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

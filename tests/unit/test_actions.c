#include <string.h>

#include "gateway/actions.h"
#include "tests/unit/suite.h"

#define NOW "2026-01-31T12:00:00.123Z"

static struct transaction_ids ids;
static char bytes[4096];
static struct text_buffer out;

static struct action_request request_of(const char *payload)
{
    struct action_request request = {
        .identity = "CP001",
        .message_id = {"m1", 2},
        .now = NOW,
        .boot_interval_s = 300,
        .boot_status = BOOT_ACCEPTED,
        .transaction_ids = &ids,
        .problem = "",
    };
    ck_assert(json_scan(payload, strlen(payload), &request.payload, NULL));
    return request;
}

static const struct action *find(const struct action_table *table, const char *name)
{
    return actions_find(table, (struct text_span){name, strlen(name)});
}

/* The answer to one action, or its error. */
static enum ocppj_error answer(const struct action_table *table, const char *name,
                               const char *payload)
{
    const struct action *action = find(table, name);
    struct action_request request = request_of(payload);
    ck_assert_ptr_nonnull(action);
    out = (struct text_buffer){.start = bytes, .capacity = sizeof(bytes)};
    if (action->answer == NULL)
        return action->handle(&request, &out);
    text_buffer_puts(&out, action->answer);
    return OCPPJ_ERROR_NONE;
}

static void expect(const struct action_table *table, const char *name, const char *payload,
                   const char *expected)
{
    ck_assert_int_eq(answer(table, name, payload), OCPPJ_ERROR_NONE);
    ck_assert(!out.overflow);
    bytes[out.length] = '\0';
    ck_assert_str_eq(bytes, expected);
}

START_TEST(test_counts_of_the_specifications)
{
    ck_assert_uint_eq(actions_v16.count, 14);
    ck_assert_uint_eq(actions_v201.count, 25);
    ck_assert_uint_eq(actions_v21.count, 37);
    ck_assert_uint_eq(actions_v16.count + actions_v16.csms_count, 39);
    ck_assert_uint_eq(actions_v201.count + actions_v201.csms_count, 64);
    ck_assert_uint_eq(actions_v21.count + actions_v21.csms_count, 91);
    ck_assert_ptr_null(actions_of(OCPP_UNKNOWN));
    ck_assert_ptr_eq(actions_of(OCPP_201), &actions_v201);
}
END_TEST

START_TEST(test_no_name_stands_twice)
{
    for (enum ocpp_version version = OCPP_16; version <= OCPP_21; version++) {
        const struct action_table *table = actions_of(version);
        ck_assert_uint_le(table->count, ACTIONS_MAX);
        for (size_t i = 0; i < table->count; i++) {
            const struct action *action = &table->actions[i];
            ck_assert_ptr_eq(find(table, action->name), action);
            ck_assert(!actions_is_csms_only(table,
                                            (struct text_span){action->name, action->name_length}));
        }
        for (size_t i = 0; i < table->csms_count; i++) {
            struct text_span name = {table->csms_actions[i], strlen(table->csms_actions[i])};
            ck_assert(actions_is_csms_only(table, name));
        }
    }
}
END_TEST

START_TEST(test_every_answer_is_an_object)
{
    for (enum ocpp_version version = OCPP_16; version <= OCPP_21; version++) {
        const struct action_table *table = actions_of(version);
        for (size_t i = 0; i < table->count; i++) {
            struct json_span value;
            if (table->actions[i].is_send || answer(table, table->actions[i].name, "{}") != 0)
                continue;
            ck_assert(json_scan(bytes, out.length, &value, NULL));
            ck_assert_int_eq(value.type, JSON_OBJECT);
        }
    }
}
END_TEST

START_TEST(test_names_are_case_sensitive)
{
    ck_assert_ptr_null(find(&actions_v16, "heartbeat"));
    ck_assert_ptr_null(find(&actions_v16, "Heartbea"));
    ck_assert_ptr_null(find(&actions_v16, "TransactionEvent"));
    ck_assert_ptr_null(find(&actions_v16, ""));
}
END_TEST

START_TEST(test_boot_and_heartbeat)
{
    for (enum ocpp_version version = OCPP_16; version <= OCPP_21; version++) {
        expect(actions_of(version), "BootNotification", "{}",
               "{\"currentTime\":\"" NOW "\",\"interval\":300,\"status\":\"Accepted\"}");
        expect(actions_of(version), "Heartbeat", "{}", "{\"currentTime\":\"" NOW "\"}");
        ck_assert(find(actions_of(version), "BootNotification")->is_boot);
    }
}
END_TEST

START_TEST(test_boot_status)
{
    struct action_request request = request_of("{}");
    request.boot_status = BOOT_PENDING;
    out = (struct text_buffer){.start = bytes, .capacity = sizeof(bytes)};
    ck_assert_int_eq(action_answer_boot(&request, &out), OCPPJ_ERROR_NONE);
    bytes[out.length] = '\0';
    ck_assert_ptr_nonnull(strstr(bytes, "\"Pending\""));
}
END_TEST

START_TEST(test_transactions_of_16)
{
    transaction_ids_init(&ids, 41, 0);
    expect(&actions_v16, "StartTransaction", "{\"idTag\":\"A\"}",
           "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":42}");
    /* the same message again is a retry */
    expect(&actions_v16, "StartTransaction", "{\"idTag\":\"A\"}",
           "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":42}");
    expect(&actions_v16, "StartTransaction", "{\"idTag\":\"B\"}",
           "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":43}");
    expect(&actions_v16, "StopTransaction", "{\"transactionId\":42}", "{}");
    expect(&actions_v16, "StopTransaction", "{\"transactionId\":42,\"idTag\":\"A\"}",
           "{\"idTagInfo\":{\"status\":\"Accepted\"}}");
}
END_TEST

START_TEST(test_transaction_event)
{
    expect(&actions_v201, "TransactionEvent", "{\"eventType\":\"Started\"}", "{}");
    expect(&actions_v21, "TransactionEvent",
           "{\"idToken\":{\"idToken\":\"A\",\"type\":\"Central\"}}",
           "{\"idTokenInfo\":{\"status\":\"Accepted\"}}");
    expect(&actions_v21, "TransactionEvent", "null", "{}");
}
END_TEST

START_TEST(test_vat_number)
{
    expect(&actions_v21, "VatNumberValidation", "{\"vatNumber\":\"DE\\u0031\"}",
           "{\"vatNumber\":\"DE\\u0031\",\"status\":\"Accepted\"}");
    ck_assert_int_eq(answer(&actions_v21, "VatNumberValidation", "{}"),
                     OCPPJ_ERROR_OCCURRENCE_CONSTRAINT);
    ck_assert_int_eq(answer(&actions_v21, "VatNumberValidation", "{\"vatNumber\":1}"),
                     OCPPJ_ERROR_TYPE_CONSTRAINT);
    ck_assert_int_eq(
        answer(&actions_v21, "VatNumberValidation", "{\"vatNumber\":\"123456789012345678901\"}"),
        OCPPJ_ERROR_PROPERTY_CONSTRAINT);
}
END_TEST

#define HASH_DATA                                                                                  \
    "{\"hashAlgorithm\":\"SHA256\",\"issuerNameHash\":\"n\",\"issuerKeyHash\":\"k\","              \
    "\"serialNumber\":\"s\"}"
#define ENTRY "{\"source\":\"OCSP\",\"urls\":[\"u\"],\"certificateHashData\":" HASH_DATA "}"
#define ANSWER                                                                                     \
    "{\"source\":\"OCSP\",\"status\":\"Failed\",\"nextUpdate\":\"" NOW                             \
    "\",\"certificateHashData\":" HASH_DATA "}"

START_TEST(test_certificate_chain)
{
    expect(&actions_v21, "GetCertificateChainStatus",
           "{\"certificateStatusRequests\":[" ENTRY "," ENTRY "]}",
           "{\"certificateStatus\":[" ANSWER "," ANSWER "]}");
}
END_TEST

START_TEST(test_certificate_chain_that_breaks_the_schema)
{
    static const char *const payloads[] = {
        "{}",
        "{\"certificateStatusRequests\":[]}",
        "{\"certificateStatusRequests\":{}}",
        "{\"certificateStatusRequests\":[1]}",
        "{\"certificateStatusRequests\":[{\"source\":\"OCSP\"}]}",
        "{\"certificateStatusRequests\":[{\"source\":\"X\",\"certificateHashData\":" HASH_DATA
        "}]}",
        "{\"certificateStatusRequests\":[{\"source\":\"CRL\",\"certificateHashData\":{}}]}",
        "{\"certificateStatusRequests\":[" ENTRY "," ENTRY "," ENTRY "," ENTRY "," ENTRY "]}",
    };
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
        ck_assert_int_ne(answer(&actions_v21, "GetCertificateChainStatus", payloads[i]),
                         OCPPJ_ERROR_NONE);
}
END_TEST

START_TEST(test_send_only)
{
    ck_assert(find(&actions_v21, "NotifyPeriodicEventStream")->is_send);
    ck_assert_ptr_null(find(&actions_v201, "NotifyPeriodicEventStream"));
}
END_TEST

START_TEST(test_transaction_ids_without_history)
{
    const uint64_t second = UINT64_C(1000000000);
    const uint64_t in_2026 = UINT64_C(1769860800) * second;
    struct text_span id = {"1", 1}, payload = {"{}", 2};
    transaction_ids_init(&ids, 0, in_2026);
    uint32_t first = transaction_ids_take(&ids, "A", id, payload);
    ck_assert_uint_gt(first, 0);
    /* a later start begins beyond what was given at 8 a second */
    uint32_t last = first;
    for (int i = 0; i < 79; i++)
        last = transaction_ids_take(&ids, "A", (struct text_span){(char *)&i, sizeof(i)}, payload);
    transaction_ids_init(&ids, 0, in_2026 + 10 * second);
    ck_assert_uint_gt(transaction_ids_take(&ids, "A", id, payload), last);
}
END_TEST

START_TEST(test_transaction_ids_wrap)
{
    struct text_span a = {"a", 1}, b = {"b", 1}, payload = {"{}", 2};
    transaction_ids_init(&ids, 0x7ffffffe, 0);
    ck_assert_uint_eq(transaction_ids_take(&ids, "A", a, payload), 0x7fffffff);
    ck_assert_uint_eq(transaction_ids_take(&ids, "A", b, payload), 1);
    /* another station may use the same message id */
    ck_assert_uint_eq(transaction_ids_take(&ids, "B", b, payload), 2);
}
END_TEST

SUITE("actions", test_counts_of_the_specifications, test_no_name_stands_twice,
      test_every_answer_is_an_object, test_names_are_case_sensitive, test_boot_and_heartbeat,
      test_boot_status, test_transactions_of_16, test_transaction_event, test_vat_number,
      test_certificate_chain, test_certificate_chain_that_breaks_the_schema, test_send_only,
      test_transaction_ids_without_history, test_transaction_ids_wrap)

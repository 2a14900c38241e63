#include <string.h>

#include "gateway/ocppj.h"
#include "tests/unit/suite.h"

static struct ocppj_message message;
static const char *reason;

static enum ocppj_problem parse(const char *text, enum ocpp_version version)
{
    reason = "";
    return ocppj_parse(text, strlen(text), version, &message, &reason);
}

static bool span_is(struct json_span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.start, text, span.length) == 0;
}

START_TEST(test_call)
{
    ck_assert_int_eq(parse(" [2, \"a-1\" ,\"Heartbeat\",{} ] ", OCPP_16), OCPPJ_FINE);
    ck_assert_uint_eq(message.type, MESSAGE_CALL);
    ck_assert(span_is(message.id, "\"a-1\""));
    ck_assert(span_is(message.action, "\"Heartbeat\""));
    ck_assert(span_is(message.payload, "{}"));
}
END_TEST

START_TEST(test_null_payload_is_taken_as_an_object)
{
    ck_assert_int_eq(parse("[2,\"1\",\"Heartbeat\",null]", OCPP_16), OCPPJ_FINE);
    ck_assert_int_eq(parse("[3,\"1\",null]", OCPP_201), OCPPJ_FINE);
}
END_TEST

START_TEST(test_result_and_error)
{
    ck_assert_int_eq(parse("[3,\"1\",{\"status\":\"Accepted\"}]", OCPP_16), OCPPJ_FINE);
    ck_assert(span_is(message.payload, "{\"status\":\"Accepted\"}"));
    ck_assert_int_eq(parse("[4,\"1\",\"GenericError\",\"why\",{\"a\":1}]", OCPP_16), OCPPJ_FINE);
    ck_assert(span_is(message.code, "\"GenericError\""));
    ck_assert(span_is(message.description, "\"why\""));
    ck_assert(span_is(message.payload, "{\"a\":1}"));
}
END_TEST

START_TEST(test_types_of_versions)
{
    static const char send[] = "[6,\"1\",\"NotifyPeriodicEventStream\",{}]";
    static const char result_error[] = "[5,\"1\",\"GenericError\",\"\",{}]";
    ck_assert_int_eq(parse(send, OCPP_21), OCPPJ_FINE);
    ck_assert_int_eq(parse(result_error, OCPP_21), OCPPJ_FINE);
    ck_assert_int_eq(parse(send, OCPP_201), OCPPJ_UNKNOWN_TYPE);
    ck_assert_int_eq(parse(send, OCPP_16), OCPPJ_UNKNOWN_TYPE);
    ck_assert_int_eq(parse(result_error, OCPP_201), OCPPJ_UNKNOWN_TYPE);
    ck_assert_int_eq(parse("[7,\"x\"]", OCPP_21), OCPPJ_UNKNOWN_TYPE);
    ck_assert(span_is(message.id, "\"x\""));
    ck_assert_int_eq(parse("[0,\"x\"]", OCPP_21), OCPPJ_UNKNOWN_TYPE);
}
END_TEST

START_TEST(test_not_json)
{
    static const char *const texts[] = {
        "",          "{",         "[2,\"1\",\"Heartbeat\",{}", "nonsense",
        "[2,]",      "[2 \"1\"]", "[2,\"1\",\"A\",{}]x",       "[02,\"1\"]",
        "[\"\xff\"]"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(parse(texts[i], OCPP_201), OCPPJ_NOT_JSON);
        ck_assert_str_ne(reason, "");
        ck_assert_uint_eq(message.id.length, 0);
    }
}
END_TEST

START_TEST(test_no_id)
{
    static const char *const texts[] = {
        "[]",
        "[2]",
        "[2,1,\"Heartbeat\",{}]",
        "[2,\"\",\"Heartbeat\",{}]",
        "[2,null,\"Heartbeat\",{}]",
        "[\"2\",\"1\",\"Heartbeat\",{}]",
        "[2.5,\"1\",\"Heartbeat\",{}]",
        "[-2,\"1\",\"Heartbeat\",{}]",
        "[99999999999,\"1\",\"Heartbeat\",{}]",
        "[2,\"0123456789012345678901234567890123456\",\"Heartbeat\",{}]", /* 37 characters */
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(parse(texts[i], OCPP_16), OCPPJ_NO_ID);
        ck_assert_uint_eq(message.id.length, 0);
    }
    /* valid JSON, but no array at all */
    ck_assert_int_ne(parse("{\"a\":1}", OCPP_16), OCPPJ_FINE);
    ck_assert_uint_eq(message.id.length, 0);
}
END_TEST

START_TEST(test_longest_id)
{
    ck_assert_int_eq(parse("[2,\"012345678901234567890123456789012345\",\"A\",{}]", OCPP_16),
                     OCPPJ_FINE);
    /* 36 characters of two bytes each, and 36 escapes */
    char text[512] = "[2,\"";
    for (int i = 0; i < 36; i++)
        strcat(text, i % 2 ? "\xc3\xa9" : "\\u00e9");
    strcat(text, "\",\"A\",{}]");
    ck_assert_int_eq(parse(text, OCPP_201), OCPPJ_FINE);
}
END_TEST

START_TEST(test_wrong_shape)
{
    static const char *const texts[] = {
        "[2,\"1\"]",
        "[2,\"1\",\"Heartbeat\"]",
        "[2,\"1\",\"Heartbeat\",{},{}]",
        "[2,\"1\",\"\",{}]",
        "[2,\"1\",5,{}]",
        "[3,\"1\"]",
        "[3,\"1\",{},{}]",
        "[4,\"1\",\"GenericError\",\"\"]",
        "[4,\"1\",1,\"\",{}]",
        "[4,\"1\",\"GenericError\",null,{}]",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_int_eq(parse(texts[i], OCPP_16), OCPPJ_WRONG_SHAPE);
        ck_assert(span_is(message.id, "\"1\""));
    }
}
END_TEST

START_TEST(test_wrong_payload)
{
    ck_assert_int_eq(parse("[2,\"1\",\"Heartbeat\",[]]", OCPP_16), OCPPJ_WRONG_PAYLOAD);
    ck_assert_int_eq(parse("[3,\"1\",\"x\"]", OCPP_16), OCPPJ_WRONG_PAYLOAD);
    ck_assert_int_eq(parse("[4,\"1\",\"\",\"\",7]", OCPP_16), OCPPJ_WRONG_PAYLOAD);
}
END_TEST

START_TEST(test_text_of_a_string)
{
    char buffer[8];
    ck_assert_int_eq(parse("[2,\"a\\u0041\",\"plain\",{}]", OCPP_16), OCPPJ_FINE);
    struct text_span id = ocppj_text(message.id, buffer, sizeof(buffer));
    ck_assert_uint_eq(id.length, 2);
    ck_assert_mem_eq(id.start, "aA", 2);
    struct text_span action = ocppj_text(message.action, buffer, sizeof(buffer));
    ck_assert_ptr_eq(action.start, message.action.start + 1);
    ck_assert_uint_eq(action.length, 5);
    struct text_span none = ocppj_text((struct json_span){0}, buffer, sizeof(buffer));
    ck_assert_uint_eq(none.length, 0);
}
END_TEST

START_TEST(test_error_codes)
{
    ck_assert_str_eq(ocppj_error_code(OCPP_16, OCPPJ_ERROR_FORMAT), "FormationViolation");
    ck_assert_str_eq(ocppj_error_code(OCPP_201, OCPPJ_ERROR_FORMAT), "FormatViolation");
    ck_assert_str_eq(ocppj_error_code(OCPP_16, OCPPJ_ERROR_OCCURRENCE_CONSTRAINT),
                     "OccurenceConstraintViolation");
    ck_assert_str_eq(ocppj_error_code(OCPP_21, OCPPJ_ERROR_OCCURRENCE_CONSTRAINT),
                     "OccurrenceConstraintViolation");
    ck_assert_str_eq(ocppj_error_code(OCPP_16, OCPPJ_ERROR_FRAMEWORK), "FormationViolation");
    ck_assert_str_eq(ocppj_error_code(OCPP_21, OCPPJ_ERROR_FRAMEWORK), "RpcFrameworkError");
    ck_assert_str_eq(ocppj_error_code(OCPP_201, OCPPJ_ERROR_MESSAGE_TYPE),
                     "MessageTypeNotSupported");
}
END_TEST

static bool written_is(const struct text_buffer *out, const char *text)
{
    return !out->overflow && out->length == strlen(text) &&
           memcmp(out->start, text, out->length) == 0;
}

START_TEST(test_write_error)
{
    char bytes[1024];
    struct text_buffer out = {.start = bytes, .capacity = sizeof(bytes)};
    ocppj_write_error(&out, (struct json_span){"\"x\\\"y\"", 6, JSON_STRING}, OCPP_16,
                      OCPPJ_ERROR_NOT_IMPLEMENTED, "a \"quoted\" word");
    ck_assert(written_is(&out, "[4,\"x\\\"y\",\"NotImplemented\",\"a \\\"quoted\\\" word\",{}]"));
    out.length = 0;
    ocppj_write_error(&out, (struct json_span){0}, OCPP_201, OCPPJ_ERROR_FRAMEWORK, "");
    ck_assert(written_is(&out, "[4,\"-1\",\"RpcFrameworkError\",\"\",{}]"));
}
END_TEST

START_TEST(test_write_error_cuts_the_description)
{
    char bytes[1024], description[400];
    struct text_buffer out = {.start = bytes, .capacity = sizeof(bytes)};
    memset(description, 'd', sizeof(description) - 1);
    description[sizeof(description) - 1] = '\0';
    ocppj_write_error(&out, (struct json_span){0}, OCPP_201, OCPPJ_ERROR_GENERIC, description);
    ck_assert(!out.overflow);
    ck_assert_uint_eq(out.length,
                      strlen("[4,\"-1\",\"GenericError\",\"\",{}]") + OCPPJ_MAX_DESCRIPTION);
}
END_TEST

START_TEST(test_write_call_and_overflow)
{
    char bytes[40];
    struct text_buffer out = {.start = bytes, .capacity = sizeof(bytes)};
    struct text_span payload = {"{\"type\":\"Soft\"}", 15};
    ocppj_write_call(&out, "7-1", "Reset", payload);
    ck_assert(written_is(&out, "[2,\"7-1\",\"Reset\",{\"type\":\"Soft\"}]"));
    out = (struct text_buffer){.start = bytes, .capacity = 20};
    ocppj_write_call(&out, "7-1", "Reset", payload);
    ck_assert(out.overflow);
}
END_TEST

SUITE("ocppj", test_call, test_null_payload_is_taken_as_an_object, test_result_and_error,
      test_types_of_versions, test_not_json, test_no_id, test_longest_id, test_wrong_shape,
      test_wrong_payload, test_text_of_a_string, test_error_codes, test_write_error,
      test_write_error_cuts_the_description, test_write_call_and_overflow)

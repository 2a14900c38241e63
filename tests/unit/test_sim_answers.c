/* The simulator's answers to the CALLs of a CSMS */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"
#include "tools/sim_answers.h"

static struct sim_text text;
static struct json_span answer[5];
static size_t answer_parts;

static enum sim_effect ask(enum ocpp_version version, const char *call, bool refuse)
{
    struct json_span part[4];
    size_t count;

    ck_assert(json_scan_array(call, strlen(call), part, 4, &count, NULL));
    ck_assert_uint_eq(count, 4);
    enum sim_effect effect = sim_answer(&text, version, part[1], part[2], part[3], refuse);
    ck_assert(!text.full);
    ck_assert_msg(json_scan_array(text.data, text.length, answer, 5, &answer_parts, NULL), "%s",
                  text.data);
    return effect;
}

static bool has_type(const char *number)
{
    return answer[0].length == 1 && answer[0].start[0] == number[0];
}

START_TEST(known_action_is_answered)
{
    ck_assert_int_eq(ask(OCPP_16, "[2,\"id-1\",\"ClearCache\",{}]", false), SIM_EFFECT_NONE);
    ck_assert_str_eq(text.data, "[3,\"id-1\",{\"status\":\"Accepted\"}]");
    ck_assert_int_eq(ask(OCPP_21, "[2,\"id-2\",\"Reset\",{\"type\":\"Immediate\"}]", false),
                     SIM_EFFECT_RESET);
    ck_assert(has_type("3"));
}
END_TEST

START_TEST(action_of_another_version_is_not_implemented)
{
    ask(OCPP_16, "[2,\"a\",\"GetVariables\",{}]", false);
    ck_assert_str_eq(text.data, "[4,\"a\",\"NotImplemented\",\"\",{}]");
    ask(OCPP_201, "[2,\"a\",\"RemoteStartTransaction\",{}]", false);
    ck_assert(has_type("4"));
    ask(OCPP_201, "[2,\"a\",\"SetDefaultTariff\",{}]", false);
    ck_assert(has_type("4"));
    ask(OCPP_21, "[2,\"a\",\"SetDefaultTariff\",{}]", false);
    ck_assert(has_type("3"));
}
END_TEST

START_TEST(message_id_is_given_back_as_it_came)
{
    ask(OCPP_16, "[2,\"a\\u0041\\\"\\\\\",\"Nonsense\",{}]", false);
    ck_assert_str_eq(text.data, "[4,\"a\\u0041\\\"\\\\\",\"NotImplemented\",\"\",{}]");
}
END_TEST

START_TEST(variables_are_echoed)
{
    ask(OCPP_201,
        "[2,\"v\",\"GetVariables\",{\"getVariableData\":["
        "{\"component\":{\"name\":\"A\"},\"variable\":{\"name\":\"B\"}},"
        "{\"component\":{\"name\":\"C\"},\"variable\":{\"name\":\"D\"}}]}]",
        false);
    ck_assert_str_eq(text.data,
                     "[3,\"v\",{\"getVariableResult\":["
                     "{\"attributeStatus\":\"UnknownVariable\",\"component\":{\"name\":\"A\"},"
                     "\"variable\":{\"name\":\"B\"}},"
                     "{\"attributeStatus\":\"UnknownVariable\",\"component\":{\"name\":\"C\"},"
                     "\"variable\":{\"name\":\"D\"}}]}]");
}
END_TEST

START_TEST(broken_variables_are_refused)
{
    static const char *const calls[] = {
        "[2,\"v\",\"GetVariables\",{}]",
        "[2,\"v\",\"GetVariables\",{\"getVariableData\":[]}]",
        "[2,\"v\",\"GetVariables\",{\"getVariableData\":[1]}]",
        "[2,\"v\",\"SetVariables\",{\"setVariableData\":[{\"component\":{}}]}]",
        "[2,\"v\",\"SetVariables\",[]]",
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        ask(OCPP_21, calls[i], false);
        ck_assert_msg(has_type("4"), "%s", calls[i]);
    }
}
END_TEST

START_TEST(only_known_messages_are_triggered)
{
    ck_assert_int_eq(
        ask(OCPP_16, "[2,\"t\",\"TriggerMessage\",{\"requestedMessage\":\"Heartbeat\"}]", false),
        SIM_EFFECT_TRIGGER);
    ck_assert_int_eq(
        ask(OCPP_16, "[2,\"t\",\"TriggerMessage\",{\"requestedMessage\":\"Moon\"}]", false),
        SIM_EFFECT_NONE);
    ck_assert_str_eq(text.data, "[3,\"t\",{\"status\":\"NotImplemented\"}]");
}
END_TEST

START_TEST(refusal_is_a_call_error)
{
    ck_assert_int_eq(ask(OCPP_16, "[2,\"r\",\"Reset\",{\"type\":\"Soft\"}]", true),
                     SIM_EFFECT_NONE);
    ck_assert(has_type("4"));
    ck_assert_uint_eq(answer_parts, 5);
}
END_TEST

SUITE("sim_answers", known_action_is_answered, action_of_another_version_is_not_implemented,
      message_id_is_given_back_as_it_came, variables_are_echoed, broken_variables_are_refused,
      only_known_messages_are_triggered, refusal_is_a_call_error)

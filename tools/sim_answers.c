#include "tools/sim_answers.h"

#include <string.h>

enum {
    V16 = 1 << OCPP_16,
    V201 = 1 << OCPP_201,
    V21 = 1 << OCPP_21,
};

struct row {
    unsigned versions;
    const char *action;
    enum sim_effect effect;
    const char *payload;
};

static const struct row rows[] = {
#define ANSWER(versions, action, effect, payload) {versions, action, SIM_EFFECT_##effect, payload},
#include "tools/sim_answers.def"
};

static const struct row *find(enum ocpp_version version, struct json_span action)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((rows[i].versions & 1u << version) != 0 && json_string_is(action, rows[i].action))
            return &rows[i];
    }
    return NULL;
}

static void add_span(struct sim_text *out, struct json_span span)
{
    sim_text_add_bytes(out, span.start, span.length);
}

struct variables {
    struct sim_text *out;
    bool first;
    bool valid;
};

/* One row of GetVariables' or SetVariables' result: the component and variable that were asked for.
 */
static bool add_variable(struct json_span element, void *context)
{
    struct variables *variables = context;
    struct json_span component, variable;

    if (element.type != JSON_OBJECT || !json_member(element, "component", &component) ||
        !json_member(element, "variable", &variable)) {
        variables->valid = false;
        return false;
    }
    sim_text_add(variables->out, "%s{\"attributeStatus\":\"UnknownVariable\",\"component\":",
                 variables->first ? "" : ",");
    add_span(variables->out, component);
    sim_text_add(variables->out, ",\"variable\":");
    add_span(variables->out, variable);
    sim_text_add(variables->out, "}");
    variables->first = false;
    return true;
}

static bool add_variables(struct sim_text *out, struct json_span payload, const char *list,
                          const char *result)
{
    struct variables variables = {out, true, true};
    struct json_span elements;

    if (payload.type != JSON_OBJECT || !json_member(payload, list, &elements) ||
        elements.type != JSON_ARRAY)
        return false;
    sim_text_add(out, "{\"%s\":[", result);
    json_each(elements, add_variable, &variables);
    sim_text_add(out, "]}");
    return variables.valid && !variables.first && !out->full;
}

static bool add_echo(struct sim_text *out, struct json_span action, struct json_span payload)
{
    if (json_string_is(action, "GetVariables"))
        return add_variables(out, payload, "getVariableData", "getVariableResult");
    if (json_string_is(action, "SetVariables"))
        return add_variables(out, payload, "setVariableData", "setVariableResult");
    return false;
}

/* Messages that the station sends when it is asked to (TriggerMessage). */
static bool can_be_triggered(struct json_span payload)
{
    struct json_span message;

    return payload.type == JSON_OBJECT && json_member(payload, "requestedMessage", &message) &&
           (json_string_is(message, "BootNotification") || json_string_is(message, "Heartbeat") ||
            json_string_is(message, "StatusNotification"));
}

static void begin(struct sim_text *out, unsigned type, struct json_span id)
{
    sim_text_clear(out);
    sim_text_add(out, "[%u,", type);
    add_span(out, id);
    sim_text_add(out, ",");
}

enum sim_effect sim_answer(struct sim_text *out, enum ocpp_version version, struct json_span id,
                           struct json_span action, struct json_span payload, bool refuse)
{
    const struct row *row = find(version, action);

    if (refuse) {
        begin(out, MESSAGE_CALLERROR, id);
        sim_text_add(out, "\"InternalError\",\"The station is busy\",{}]");
        return SIM_EFFECT_NONE;
    }
    begin(out, MESSAGE_CALLRESULT, id);
    if (row != NULL && row->effect == SIM_EFFECT_TRIGGER && !can_be_triggered(payload)) {
        sim_text_add(out, "{\"status\":\"NotImplemented\"}]");
        return SIM_EFFECT_NONE;
    }
    if (row != NULL) {
        sim_text_add(out, "%s]", row->payload);
        return row->effect;
    }
    if (version != OCPP_16 && add_echo(out, action, payload)) {
        sim_text_add(out, "]");
        return SIM_EFFECT_NONE;
    }
    begin(out, MESSAGE_CALLERROR, id);
    sim_text_add(out, "\"NotImplemented\",\"\",{}]");
    return SIM_EFFECT_NONE;
}

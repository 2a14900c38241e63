#include "gateway/actions.h"

const struct action_table *actions_of(enum ocpp_version version)
{
    switch (version) {
    case OCPP_16:
        return &actions_v16;
    case OCPP_201:
        return &actions_v201;
    case OCPP_21:
        return &actions_v21;
    case OCPP_UNKNOWN:
        break;
    }
    return NULL;
}

const struct action *actions_find(const struct action_table *table, struct text_span name)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct action *action = &table->actions[i];
        if (action->name_length == name.length &&
            memcmp(action->name, name.start, name.length) == 0)
            return action;
    }
    return NULL;
}

bool actions_is_csms_only(const struct action_table *table, struct text_span name)
{
    for (size_t i = 0; i < table->csms_count; i++) {
        const char *action = table->csms_actions[i];
        if (strlen(action) == name.length && memcmp(action, name.start, name.length) == 0)
            return true;
    }
    return false;
}

bool action_has_member(const struct action_request *request, const char *name)
{
    struct json_span value;
    return json_member(request->payload, name, &value) && value.type != JSON_NULL;
}

static const char *boot_status_name(enum boot_status status)
{
    switch (status) {
    case BOOT_PENDING:
        return "Pending";
    case BOOT_REJECTED:
        return "Rejected";
    case BOOT_NONE:
    case BOOT_ACCEPTED:
        break;
    }
    return "Accepted";
}

enum ocppj_error action_answer_boot(struct action_request *request, struct text_buffer *out)
{
    text_buffer_puts(out, "{\"currentTime\":\"");
    text_buffer_puts(out, request->now);
    text_buffer_puts(out, "\",\"interval\":");
    text_buffer_number(out, request->boot_interval_s);
    text_buffer_puts(out, ",\"status\":\"");
    text_buffer_puts(out, boot_status_name(request->boot_status));
    text_buffer_puts(out, "\"}");
    return OCPPJ_ERROR_NONE;
}

enum ocppj_error action_answer_heartbeat(struct action_request *request, struct text_buffer *out)
{
    text_buffer_puts(out, "{\"currentTime\":\"");
    text_buffer_puts(out, request->now);
    text_buffer_puts(out, "\"}");
    return OCPPJ_ERROR_NONE;
}

/* The station asks for a verdict on the token only where it sends one (2.0.1 part 2, E01-E03). */
enum ocppj_error action_answer_transaction_event(struct action_request *request,
                                                 struct text_buffer *out)
{
    bool has_token = action_has_member(request, "idToken");
    text_buffer_puts(out, has_token ? "{\"idTokenInfo\":{\"status\":\"Accepted\"}}" : "{}");
    return OCPPJ_ERROR_NONE;
}

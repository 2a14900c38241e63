#include "gateway/ocppj.h"

#include <stdbool.h>

#include "common/text.h"

#define MAX_ELEMENTS 5

static enum ocppj_problem fail(enum ocppj_problem problem, const char *text, const char **reason)
{
    *reason = text;
    return problem;
}

size_t ocppj_characters(struct json_span string)
{
    const char *end = string.start + string.length - 1;
    size_t count = 0;
    for (const char *at = string.start + 1; at < end; count++) {
        if (*at == '\\')
            at += at[1] == 'u' ? 6 : 2;
        else
            at += text_utf8_length(at, (size_t)(end - at));
    }
    return count;
}

static bool is_id(struct json_span span)
{
    if (span.type != JSON_STRING || span.length <= 2)
        return false;
    return span.length <= OCPPJ_MAX_ID + 2 || ocppj_characters(span) <= OCPPJ_MAX_ID;
}

static bool is_name(struct json_span span)
{
    return span.type == JSON_STRING && span.length > 2;
}

static bool is_object(struct json_span span)
{
    return span.type == JSON_OBJECT || span.type == JSON_NULL;
}

static bool is_known_type(unsigned type, enum ocpp_version version)
{
    if (type == MESSAGE_CALLRESULTERROR || type == MESSAGE_SEND)
        return version == OCPP_21;
    return type == MESSAGE_CALL || type == MESSAGE_CALLRESULT || type == MESSAGE_CALLERROR;
}

static bool read_type(struct json_span span, unsigned *type)
{
    long long value;
    if (span.type != JSON_NUMBER || !json_integer(span, &value) || value < 0 || value > UINT16_MAX)
        return false;
    *type = (unsigned)value;
    return true;
}

static enum ocppj_problem read_call(const struct json_span *elements, size_t count,
                                    struct ocppj_message *message, const char **reason)
{
    if (count != 4)
        return fail(OCPPJ_WRONG_SHAPE, "a CALL has 4 elements: [2, id, action, payload]", reason);
    if (!is_name(elements[2]))
        return fail(OCPPJ_WRONG_SHAPE, "the action is not a string", reason);
    message->action = elements[2];
    message->payload = elements[3];
    if (!is_object(elements[3]))
        return fail(OCPPJ_WRONG_PAYLOAD, "the payload is not an object", reason);
    return OCPPJ_FINE;
}

static enum ocppj_problem read_result(const struct json_span *elements, size_t count,
                                      struct ocppj_message *message, const char **reason)
{
    if (count != 3)
        return fail(OCPPJ_WRONG_SHAPE, "a CALLRESULT has 3 elements: [3, id, payload]", reason);
    message->payload = elements[2];
    if (!is_object(elements[2]))
        return fail(OCPPJ_WRONG_PAYLOAD, "the payload is not an object", reason);
    return OCPPJ_FINE;
}

static enum ocppj_problem read_error(const struct json_span *elements, size_t count,
                                     struct ocppj_message *message, const char **reason)
{
    if (count != 5)
        return fail(OCPPJ_WRONG_SHAPE,
                    "a CALLERROR has 5 elements: [4, id, code, description, details]", reason);
    if (elements[2].type != JSON_STRING || elements[3].type != JSON_STRING)
        return fail(OCPPJ_WRONG_SHAPE, "error code and description are not strings", reason);
    message->code = elements[2];
    message->description = elements[3];
    message->payload = elements[4];
    if (!is_object(elements[4]))
        return fail(OCPPJ_WRONG_PAYLOAD, "the error details are not an object", reason);
    return OCPPJ_FINE;
}

static enum ocppj_problem read_rest(const struct json_span *elements, size_t count,
                                    struct ocppj_message *message, const char **reason)
{
    switch (message->type) {
    case MESSAGE_CALL:
    case MESSAGE_SEND:
        return read_call(elements, count, message, reason);
    case MESSAGE_CALLRESULT:
        return read_result(elements, count, message, reason);
    default:
        return read_error(elements, count, message, reason);
    }
}

enum ocppj_problem ocppj_parse(const char *text, size_t length, enum ocpp_version version,
                               struct ocppj_message *message, const char **reason)
{
    struct json_span elements[MAX_ELEMENTS];
    struct json_scan_error error;
    size_t count = 0;
    *message = (struct ocppj_message){0};
    if (!json_scan_array(text, length, elements, MAX_ELEMENTS, &count, &error))
        return fail(OCPPJ_NOT_JSON, error.reason, reason);
    if (count < 1 || !read_type(elements[0], &message->type))
        return fail(OCPPJ_NO_ID, "the first element is not a message type number", reason);
    if (count >= 2 && is_id(elements[1]))
        message->id = elements[1];
    if (!is_known_type(message->type, version))
        return fail(OCPPJ_UNKNOWN_TYPE, "unknown message type number", reason);
    if (message->id.length == 0)
        return fail(OCPPJ_NO_ID, "the message id is not a string of 1 to 36 characters", reason);
    return read_rest(elements, count, message, reason);
}

struct text_span ocppj_text(struct json_span string, char *buffer, size_t size)
{
    if (string.type != JSON_STRING || string.length < 2)
        return TEXT_SPAN_NONE;
    struct text_span inside = {string.start + 1, string.length - 2};
    if (memchr(inside.start, '\\', inside.length) == NULL)
        return inside;
    int length = json_string(string, buffer, size);
    if (length >= 0)
        return (struct text_span){buffer, (size_t)length};
    /* too long once unescaped: what was sent, cut, says more than nothing */
    inside.length = text_cut_utf8(inside.start, inside.length, size);
    return inside;
}

const char *ocppj_error_code(enum ocpp_version version, enum ocppj_error error)
{
    bool is_16 = version == OCPP_16;
    switch (error) {
    case OCPPJ_ERROR_NOT_IMPLEMENTED:
        return "NotImplemented";
    case OCPPJ_ERROR_NOT_SUPPORTED:
        return "NotSupported";
    case OCPPJ_ERROR_INTERNAL:
        return "InternalError";
    case OCPPJ_ERROR_PROTOCOL:
        return "ProtocolError";
    case OCPPJ_ERROR_SECURITY:
        return "SecurityError";
    case OCPPJ_ERROR_FORMAT:
        return is_16 ? "FormationViolation" : "FormatViolation";
    case OCPPJ_ERROR_PROPERTY_CONSTRAINT:
        return "PropertyConstraintViolation";
    case OCPPJ_ERROR_OCCURRENCE_CONSTRAINT:
        return is_16 ? "OccurenceConstraintViolation" : "OccurrenceConstraintViolation";
    case OCPPJ_ERROR_TYPE_CONSTRAINT:
        return "TypeConstraintViolation";
    case OCPPJ_ERROR_MESSAGE_TYPE:
        return is_16 ? "ProtocolError" : "MessageTypeNotSupported";
    case OCPPJ_ERROR_FRAMEWORK:
        return is_16 ? "FormationViolation" : "RpcFrameworkError";
    case OCPPJ_ERROR_NONE:
    case OCPPJ_ERROR_GENERIC:
        break;
    }
    return "GenericError";
}

void ocppj_begin_result(struct text_buffer *out, struct json_span id)
{
    text_buffer_append(out, "[3,", 3);
    text_buffer_append(out, id.start, id.length);
    text_buffer_append(out, ",", 1);
}

void ocppj_write_error(struct text_buffer *out, struct json_span id, enum ocpp_version version,
                       enum ocppj_error error, const char *description)
{
    text_buffer_puts(out, "[4,");
    if (id.length > 0)
        text_buffer_append(out, id.start, id.length);
    else
        text_buffer_puts(out, "\"-1\"");
    text_buffer_puts(out, ",\"");
    text_buffer_puts(out, ocppj_error_code(version, error));
    text_buffer_puts(out, "\",\"");
    text_buffer_escape(out, description, strlen(description), OCPPJ_MAX_DESCRIPTION);
    text_buffer_puts(out, "\",{}]");
}

void ocppj_write_call(struct text_buffer *out, const char *id, const char *action,
                      struct text_span payload)
{
    text_buffer_puts(out, "[2,\"");
    text_buffer_escape(out, id, strlen(id), OCPPJ_MAX_ID);
    text_buffer_puts(out, "\",\"");
    text_buffer_escape(out, action, strlen(action), EVENT_MAX_ACTION);
    text_buffer_puts(out, "\",");
    text_buffer_append(out, payload.start, payload.length);
    text_buffer_puts(out, "]");
}

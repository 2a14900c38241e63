#include "gateway/control_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/json_scan.h"

#define ACTION_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

struct reader {
    struct json_span object;
    char *error;
    size_t error_size;
};

static bool complain(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(struct reader *reader, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reader->error, reader->error_size, format, args);
    va_end(args);
    return false;
}

static bool has_control_characters(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

/* Leaves `out` as it is where there is no such member. */
static bool read_text(struct reader *reader, const char *name, char *out, size_t size)
{
    struct json_span member;
    if (!json_member(reader->object, name, &member))
        return true;
    if (member.type != JSON_STRING || json_string(member, out, size) < 0)
        return complain(reader, "%s: no text, or longer than %zu bytes", name, size - 1);
    if (has_control_characters(out))
        return complain(reader, "%s: control characters", name);
    return true;
}

static bool read_number(struct reader *reader, const char *name, uint64_t min, uint64_t max,
                        uint64_t *out)
{
    struct json_span member;
    long long number;
    if (!json_member(reader->object, name, &member))
        return true;
    if (member.type != JSON_NUMBER || !json_integer(member, &number) || number < 0 ||
        (uint64_t)number < min || (uint64_t)number > max)
        return complain(reader, "%s: no whole number from %llu to %llu", name,
                        (unsigned long long)min, (unsigned long long)max);
    *out = (uint64_t)number;
    return true;
}

static bool read_id(struct reader *reader, struct control_request *request)
{
    struct json_span member;
    if (!json_member(reader->object, "id", &member) || member.type == JSON_NULL)
        return true;
    if ((member.type != JSON_STRING && member.type != JSON_NUMBER) ||
        member.length >= sizeof(request->id))
        return complain(reader, "id: neither text nor number, or longer than %d bytes",
                        CONTROL_ID_SIZE - 3);
    memcpy(request->id, member.start, member.length);
    request->id[member.length] = '\0';
    return true;
}

static bool read_command(struct reader *reader, struct control_request *request)
{
    static const char *const names[] = {[CONTROL_LIST] = "list",
                                        [CONTROL_SHOW] = "show",
                                        [CONTROL_DISCONNECT] = "disconnect",
                                        [CONTROL_CALL] = "call"};
    struct json_span member;
    if (!json_member(reader->object, "command", &member))
        return complain(reader, "command: missing");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (json_string_is(member, names[i])) {
            request->command = (enum control_command)i;
            return true;
        }
    }
    return complain(reader, "command: not one of list, show, disconnect, call");
}

static bool read_call(struct reader *reader, struct control_request *request)
{
    struct json_span member;
    if (!read_text(reader, "action", request->action, sizeof(request->action)) ||
        !read_number(reader, "timeoutMs", 1, CONTROL_MAX_TIMEOUT, &request->timeout_ms))
        return false;
    size_t length = strlen(request->action);
    if (length == 0)
        return complain(reader, "action: missing");
    if (strspn(request->action, ACTION_LETTERS) != length)
        return complain(reader, "action: not letters and digits");
    if (!json_member(reader->object, "payload", &member))
        return true;
    if (member.type != JSON_OBJECT)
        return complain(reader, "payload: not a JSON object");
    request->payload = (struct text_span){member.start, member.length};
    return true;
}

static bool read_disconnect(struct reader *reader, struct control_request *request)
{
    uint64_t code = CONTROL_CLOSE_CODE;
    if (!read_number(reader, "code", 1000, 1001, &code) ||
        !read_text(reader, "reason", request->reason, sizeof(request->reason)))
        return false;
    request->code = (unsigned)code;
    return true;
}

static bool read_members(struct reader *reader, struct control_request *request)
{
    if (!read_id(reader, request) || !read_command(reader, request) ||
        !read_text(reader, "user", request->user, sizeof(request->user)))
        return false;
    if (request->command == CONTROL_LIST)
        return read_number(reader, "next", 0, UINT32_MAX, &request->next) &&
               read_number(reader, "limit", 1, CONTROL_MAX_LIMIT, &request->limit);
    if (!read_text(reader, "station", request->station, sizeof(request->station)) ||
        !read_number(reader, "connection", 1, INT64_MAX, &request->connection))
        return false;
    if (request->station[0] == '\0')
        return complain(reader, "station: missing");
    if (request->command == CONTROL_CALL)
        return read_call(reader, request);
    return request->command != CONTROL_DISCONNECT || read_disconnect(reader, request);
}

bool control_request_parse(const char *line, size_t length, struct control_request *request,
                           char *error, size_t error_size)
{
    struct reader reader = {.error = error, .error_size = error_size};
    struct json_scan_error problem;
    memset(request, 0, sizeof(*request));
    snprintf(request->id, sizeof(request->id), "null");
    snprintf(request->reason, sizeof(request->reason), CONTROL_CLOSE_REASON);
    request->payload = (struct text_span){"{}", 2};
    request->limit = CONTROL_PAGE;
    if (!json_scan(line, length, &reader.object, &problem))
        return complain(&reader, "byte %zu: %s", problem.offset, problem.reason);
    if (reader.object.type != JSON_OBJECT)
        return complain(&reader, "a request is a JSON object");
    request->is_object = true;
    return read_members(&reader, request);
}

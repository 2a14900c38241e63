#include "forward/command_entry.h"

#include <stdio.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/text_buffer.h"
#include "shm/event_wire.h"

#define MAX_PAYLOAD 15872 /* as the control socket has it */
#define MAX_USER    64

static bool is_named(struct text_span span, const char *name)
{
    return span.length == strlen(name) && memcmp(span.start, name, span.length) == 0;
}

static struct text_span field(const struct text_span *fields, size_t count, const char *name)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        if (is_named(fields[i], name))
            return fields[i + 1];
    }
    return TEXT_SPAN_NONE;
}

static bool is_printable(struct text_span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (span.start[i] <= ' ' || span.start[i] > '~')
            return false;
    }
    return span.length > 0;
}

static bool copy(struct text_span span, char *out, size_t size)
{
    out[0] = '\0';
    if (span.length >= size || !is_printable(span))
        return false;
    memcpy(out, span.start, span.length);
    out[span.length] = '\0';
    return true;
}

/* Only streams for answers may be written to: a command must not reach any other key. */
static bool take_reply(struct text_span span, const char *replies, struct command_entry *entry)
{
    size_t start = strlen(replies);
    if (copy(span, entry->reply, sizeof(entry->reply)) && strlen(entry->reply) > start &&
        strncmp(entry->reply, replies, start) == 0)
        return true;
    entry->reply[0] = '\0';
    return false;
}

static bool take_connection(struct text_span span, struct command_entry *entry)
{
    return span.length == 0 || wire_number(span.start, span.length, &entry->connection);
}

static bool is_object(struct text_span span)
{
    struct json_span value;
    return span.length <= MAX_PAYLOAD && json_scan(span.start, span.length, &value, NULL) &&
           value.type == JSON_OBJECT;
}

static bool is_command(struct text_span span)
{
    return is_named(span, "list") || is_named(span, "show") || is_named(span, "disconnect") ||
           is_named(span, "call");
}

/* The name of the first field that is wrong; NULL when there is none. */
static const char *wrong_field(const struct text_span *fields, size_t count, const char *replies,
                               struct command_entry *entry)
{
    struct text_span deadline = field(fields, count, "deadline");
    bool has_reply = take_reply(field(fields, count, "reply"), replies, entry);
    if (!copy(field(fields, count, "id"), entry->id, sizeof(entry->id)))
        return "id";
    if (!has_reply)
        return "reply";
    if (!wire_number(deadline.start, deadline.length, &entry->deadline_ms))
        return "deadline";
    if (!take_connection(field(fields, count, "connection"), entry))
        return "connection";
    entry->command = field(fields, count, "command");
    entry->station = field(fields, count, "station");
    entry->action = field(fields, count, "action");
    entry->payload = field(fields, count, "payload");
    entry->user = field(fields, count, "user");
    if (!is_command(entry->command))
        return "command";
    if (entry->station.length > EVENT_MAX_IDENTITY)
        return "station";
    if (entry->action.length > EVENT_MAX_ACTION)
        return "action";
    if (entry->user.length > MAX_USER)
        return "user";
    return entry->payload.length > 0 && !is_object(entry->payload) ? "payload" : NULL;
}

bool command_entry_parse(const struct text_span *fields, size_t count, const char *replies,
                         struct command_entry *entry, char *error, size_t error_size)
{
    memset(entry, 0, sizeof(*entry));
    const char *wrong = wrong_field(fields, count, replies, entry);
    if (wrong != NULL)
        snprintf(error, error_size, "%s is missing or wrong", wrong);
    return wrong == NULL;
}

static void put_string(struct text_buffer *line, const char *key, struct text_span span)
{
    if (span.length == 0)
        return;
    text_buffer_puts(line, ",\"");
    text_buffer_puts(line, key);
    text_buffer_puts(line, "\":\"");
    text_buffer_escape(line, span.start, span.length, SIZE_MAX);
    text_buffer_puts(line, "\"");
}

static void put_number(struct text_buffer *line, const char *key, uint64_t number)
{
    text_buffer_puts(line, ",\"");
    text_buffer_puts(line, key);
    text_buffer_puts(line, "\":");
    text_buffer_number(line, number);
}

size_t command_entry_line(const struct command_entry *entry, uint64_t number, uint64_t now_ms,
                          char out[CONTROL_MAX_LINE + 1])
{
    struct text_buffer line = {out, 0, CONTROL_MAX_LINE, false};
    text_buffer_puts(&line, "{\"id\":");
    text_buffer_number(&line, number);
    put_string(&line, "command", entry->command);
    put_string(&line, "station", entry->station);
    put_string(&line, "user", entry->user);
    if (entry->connection != 0)
        put_number(&line, "connection", entry->connection);
    if (is_named(entry->command, "call")) {
        put_string(&line, "action", entry->action);
        put_number(&line, "timeoutMs",
                   entry->deadline_ms > now_ms ? entry->deadline_ms - now_ms : 1);
        if (entry->payload.length > 0) {
            text_buffer_puts(&line, ",\"payload\":");
            text_buffer_json(&line, entry->payload.start, entry->payload.length);
        }
    }
    text_buffer_puts(&line, "}\n");
    return line.overflow ? 0 : line.length;
}

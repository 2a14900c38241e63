#include "tools/log_print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/text.h"
#include "shm/event_json.h"
#include "tools/log_filter.h"
#include "tools/log_options.h"
#include "tools/terminal.h"

#define LINE_SIZE (6 * EVENT_JSON_MAX) /* every byte escaped */

#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

/* One line; `columns` counts what is seen of it. */
struct line {
    const struct log_style *style;
    size_t length;
    size_t columns;
    char text[LINE_SIZE];
};

static void add_bytes(struct line *line, const char *bytes, size_t length)
{
    if (length >= sizeof line->text - line->length)
        return;
    memcpy(line->text + line->length, bytes, length);
    line->length += length;
}

static void add_colour(struct line *line, const char *code)
{
    if (line->style->colour)
        add_bytes(line, code, strlen(code));
}

static void end_colour(struct line *line, const char *code)
{
    if (code[0] != '\0')
        add_colour(line, PLAIN);
}

static size_t room(const struct line *line)
{
    if (line->style->width == 0)
        return SIZE_MAX;
    return line->columns < line->style->width ? line->style->width - line->columns : 0;
}

/* Adds what harmless text the width allows. */
static void add_safe(struct line *line, const char *text, size_t length)
{
    size_t bytes = terminal_cut(text, length, room(line));

    add_bytes(line, text, bytes);
    for (size_t i = 0; i < bytes; i++)
        line->columns += ((unsigned char)text[i] & 0xc0) != 0x80;
}

/* Anybody's text. */
static void add_span(struct line *line, struct text_span span)
{
    static char safe[LINE_SIZE];

    if (span.length > 0)
        add_safe(line, safe, terminal_escape(span.start, span.length, safe, sizeof safe));
}

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        add_safe(line, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static void add_label(struct line *line, const char *colour, size_t width, const char *text)
{
    add_colour(line, colour);
    add(line, "%s", text);
    end_colour(line, colour);
    add(line, "%*s", (int)(strlen(text) < width ? width - strlen(text) + 1 : 1), "");
}

static void add_column(struct line *line, const char *colour, size_t width, struct text_span span)
{
    size_t end = line->columns + width;

    add_colour(line, colour);
    add_span(line, span);
    end_colour(line, colour);
    add(line, "%*s", line->columns < end ? (int)(end - line->columns) + 1 : 1, "");
}

static void add_text(struct line *line, const char *before, struct text_span span)
{
    if (span.length == 0)
        return;
    add(line, "%s", before);
    add_span(line, span);
}

/* What a message says: the element of the frame that comes after type, id and action. */
static struct text_span body_of(const struct event *event)
{
    static const unsigned char position[] = {[MESSAGE_CALL] = 3,
                                             [MESSAGE_CALLRESULT] = 2,
                                             [MESSAGE_CALLERROR] = 2,
                                             [MESSAGE_CALLRESULTERROR] = 2,
                                             [MESSAGE_SEND] = 3};
    struct json_span part[4];
    size_t count;

    if (event->truncated || event->message_type < MESSAGE_CALL ||
        event->message_type > MESSAGE_SEND || event->payload.length == 0 ||
        !json_scan_array(event->payload.start, event->payload.length, part, 4, &count, NULL))
        return event->payload;
    size_t wanted = position[event->message_type];
    if (wanted >= count)
        return event->payload;
    /* up to the frame's end: code, description and details of an error stay together */
    const char *end = event->payload.start + event->payload.length - 1;
    while (end > part[wanted].start && *end != ']')
        end--;
    return (struct text_span){part[wanted].start, (size_t)(end - part[wanted].start)};
}

static void add_message(struct line *line, const struct event *event)
{
    bool is_error =
        event->message_type == MESSAGE_CALLERROR || event->message_type == MESSAGE_CALLRESULTERROR;
    const char *arrow = event->direction == DIRECTION_IN ? "->" : "<-";

    add_column(line, "", 16, event->identity);
    add(line, "%s ", arrow);
    add_label(line, is_error ? RED : DIM, 10, message_type_label(event->message_type));
    add_column(line, is_error ? RED : BOLD, 22, event->action);
    if (event->latency_us == EVENT_NO_LATENCY)
        add(line, "%12s", "");
    else
        add(line, "%8.3f ms ", (double)event->latency_us / 1000);
    add_span(line, body_of(event));
    if (event->truncated)
        add(line, " (cut, %" PRIu32 " bytes)", event->payload_length);
}

static void add_connection(struct line *line, const struct event *event)
{
    add_column(line, "", 16, event->identity);
    if (event->type == EVENT_CONNECTED) {
        add_label(line, BOLD, 12, event_label(event->type));
        add(line, "%-9s profile %u  ", ocpp_version_label(event->protocol),
            event->security_profile);
    } else {
        add_label(line, YELLOW, 12, event_label(event->type));
        add(line, "code %u after %.1f s  ", event->close_code, (double)event->duration_ms / 1000);
    }
    add_span(line, event->address);
    add_text(line, "  ", event->text);
}

static void add_security(struct line *line, const struct event *event)
{
    add_column(line, "", 16, event->identity);
    add_label(line, event->severity >= SEVERITY_HIGH ? RED : YELLOW, 8,
              severity_label(event->severity));
    add_label(line, BOLD, 18, event_label(event->type));
    add_span(line, event->text);
    add_text(line, "  from ", event->address);
    if (event->count > 1)
        add(line, "  (%" PRIu32 " times)", event->count);
}

static void add_error(struct line *line, const struct event *event)
{
    add_column(line, "", 16, event->identity);
    add_label(line, RED, 18, event_label(event->type));
    add_text(line, "", event->action);
    add_text(line, event->action.length > 0 ? ": " : "", event->text);
    add_text(line, "  ", event->payload);
}

static void add_system(struct line *line, const struct event *event)
{
    add_column(line, "", 16, event->identity);
    add_label(line, BOLD, 14, event_label(event->type));
    add_span(line, event->text);
    add_text(line, "  from ", event->address);
    if (event->count > 1)
        add(line, "  (%" PRIu32 ")", event->count);
}

static void add_log(struct line *line, const struct event *event)
{
    static const char *const colours[] = {RED, YELLOW, "", DIM};
    unsigned level = event->severity <= LOG_LEVEL_DEBUG ? event->severity : LOG_LEVEL_DEBUG;

    add_label(line, colours[level], 7, log_level_name((enum log_level)level));
    add_span(line, event->action);
    add(line, ": ");
    add_span(line, event->text);
}

static void print_line(FILE *out, const struct event *event, const struct log_style *style)
{
    static struct line line;
    char time[TEXT_TIME_SIZE];

    line.style = style;
    line.length = line.columns = 0;
    text_time(event->time_ns, time);
    add_label(&line, DIM, 24, time);
    switch (event_collection(event->type)) {
    case COLLECTION_MESSAGES:
        add_message(&line, event);
        break;
    case COLLECTION_CONNECTIONS:
        add_connection(&line, event);
        break;
    case COLLECTION_SECURITY:
        add_security(&line, event);
        break;
    case COLLECTION_ERRORS:
        add_error(&line, event);
        break;
    case COLLECTION_SYSTEM:
        add_system(&line, event);
        break;
    default:
        add_log(&line, event);
        break;
    }
    while (line.length > 0 && line.text[line.length - 1] == ' ')
        line.length--;
    add_bytes(&line, "\n", 1);
    fwrite(line.text, 1, line.length, out);
}

static void print_json(FILE *out, const struct event *event, const struct log_style *style)
{
    static char json[EVENT_JSON_MAX], safe[LINE_SIZE];
    size_t length = event_json_capture(event, style->gateway, json, sizeof json);

    if (length == 0)
        return;
    length = terminal_escape(json, length, safe, sizeof safe);
    fwrite(safe, 1, length, out);
    fputc('\n', out);
}

void log_print_event(FILE *out, const struct event *event, const struct log_style *style)
{
    if (style->json)
        print_json(out, event, style);
    else
        print_line(out, event, style);
}

void log_print_lost(FILE *out, uint64_t lost, const struct log_style *style)
{
    fprintf(stderr, "%s: %" PRIu64 " lost: overwritten before they could be read\n",
            log_program.name, lost);
    if (style->json)
        fprintf(out, "{\"type\":\"LOST\",\"gateway\":\"%s\",\"count\":%" PRIu64 "}\n",
                style->gateway, lost);
}

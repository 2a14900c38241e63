/* ocpp-ctl: list, disconnect and call the stations of a gateway */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/control_socket.h"
#include "common/text.h"
#include "tools/ctl_options.h"
#include "tools/ctl_talk.h"
#include "tools/terminal.h"

#define PATIENCE   10000 /* ms for the gateway itself */
#define NO_TIMEOUT 600000
#define PAGE       500

/* ---- output ---- */

/* Text of a station on a terminal: nothing in it may steer that. */
static void put_safe(FILE *out, const char *text, size_t length)
{
    char piece[4096];
    if (!isatty(fileno(out))) {
        fwrite(text, 1, length, out);
        return;
    }
    while (length > 0) {
        size_t part = text_cut_utf8(text, length, sizeof piece / 8);
        part = part > 0 ? part : 1;
        size_t safe = terminal_escape(text, part, piece, sizeof piece);
        fwrite(piece, 1, safe, out);
        text += part;
        length -= part;
    }
}

static void put_span(FILE *out, struct json_span span)
{
    put_safe(out, span.start, span.length);
    fputc('\n', out);
}

/* A member as text; "" when there is none. */
static const char *member_text(struct json_span object, const char *name, char *out, size_t size)
{
    struct json_span member;
    out[0] = '\0';
    if (!json_member(object, name, &member))
        return out;
    if (member.type == JSON_STRING) {
        if (json_string(member, out, size) < 0)
            snprintf(out, size, "(too long)");
    } else {
        snprintf(out, size, "%.*s", (int)(member.length < size ? member.length : size - 1),
                 member.start);
    }
    return out;
}

/* ---- requests ---- */

struct request {
    char text[CONTROL_MAX_LINE + 1];
    size_t length;
};

static void add(struct request *request, const char *text, size_t length)
{
    if (length >= sizeof request->text - request->length)
        ctl_fail("the request would be longer than %d bytes", CONTROL_MAX_LINE);
    memcpy(request->text + request->length, text, length);
    request->length += length;
}

static void add_text(struct request *request, const char *name, const char *text)
{
    char escaped[2048];
    if (text == NULL)
        return;
    if (json_escape(text, strlen(text), escaped, sizeof escaped) >= sizeof escaped)
        ctl_fail("%s: too long", name);
    add(request, ",\"", 2);
    add(request, name, strlen(name));
    add(request, "\":\"", 3);
    add(request, escaped, strlen(escaped));
    add(request, "\"", 1);
}

static void add_number(struct request *request, const char *name, uint64_t number)
{
    char text[64];
    int length = snprintf(text, sizeof text, ",\"%s\":%llu", name, (unsigned long long)number);
    if (number != 0)
        add(request, text, (size_t)length);
}

static void begin(struct request *request, const struct ctl_options *options, const char *command)
{
    request->length = 0;
    add(request, "{\"id\":1", 7);
    add_text(request, "command", command);
    add_text(request, "station", options->station);
    add_number(request, "connection", options->connection);
}

/* The operand, or standard input; each newline becomes a blank. */
static void add_payload(struct request *request, const char *payload)
{
    static char text[CONTROL_MAX_LINE];
    struct json_span value;
    struct json_scan_error error;
    size_t length = strlen(payload);
    if (strcmp(payload, "-") == 0) {
        length = fread(text, 1, sizeof text, stdin);
        payload = text;
        if (ferror(stdin) != 0)
            ctl_fail("standard input can't be read");
    }
    if (!json_scan(payload, length, &value, &error))
        ctl_fail("the payload is no JSON: byte %zu: %s", error.offset, error.reason);
    if (value.type != JSON_OBJECT)
        ctl_fail("the payload is no JSON object");
    add(request, ",\"payload\":", 11);
    size_t at = request->length;
    add(request, value.start, value.length);
    for (; at < request->length; at++) {
        if (request->text[at] == '\n' || request->text[at] == '\r')
            request->text[at] = ' ';
    }
}

/* The reply; ends the program where the gateway refused. */
static struct json_span ask(struct ctl_talk *talk, struct request *request, uint64_t timeout_ms)
{
    char error[64], message[1024];
    struct json_span ok;
    add(request, "}", 1);
    struct json_span reply = ctl_talk_ask(talk, request->text, request->length, timeout_ms);
    if (json_member(reply, "ok", &ok) && ok.type == JSON_TRUE)
        return reply;
    member_text(reply, "error", error, sizeof error);
    member_text(reply, "message", message, sizeof message);
    ctl_fail("%s (%s)", message, error);
}

/* ---- commands ---- */

struct list_style {
    bool json;
};

static bool print_station(struct json_span station, void *context)
{
    const struct list_style *style = context;
    char identity[64], protocol[16], address[64], connection[24];
    if (style->json) {
        put_span(stdout, station);
        return true;
    }
    printf("%-24s %-10s %-24s %s\n", member_text(station, "identity", identity, sizeof identity),
           member_text(station, "protocol", protocol, sizeof protocol),
           member_text(station, "remoteAddress", address, sizeof address),
           member_text(station, "connection", connection, sizeof connection));
    return true;
}

static enum ctl_status list(struct ctl_talk *talk, const struct ctl_options *options)
{
    struct list_style style = {options->json};
    struct request request;
    struct json_span reply, stations, next;
    long long from = 0;
    if (!options->json)
        printf("%-24s %-10s %-24s %s\n", "STATION", "PROTOCOL", "ADDRESS", "CONNECTION");
    do {
        begin(&request, options, "list");
        add_number(&request, "limit", PAGE);
        add_number(&request, "next", (uint64_t)from);
        reply = ask(talk, &request, PATIENCE);
        if (json_member(reply, "stations", &stations) && stations.type == JSON_ARRAY)
            json_each(stations, print_station, &style);
    } while (json_member(reply, "next", &next) && json_integer(next, &from) && from > 0);
    return CTL_DONE;
}

static enum ctl_status show(struct ctl_talk *talk, const struct ctl_options *options)
{
    static const struct {
        const char *name, *label;
    } members[] = {{"identity", "Station"},          {"protocol", "Protocol"},
                   {"remoteAddress", "Address"},     {"connection", "Connection"},
                   {"connectedAt", "Connected at"},  {"securityProfile", "Security profile"},
                   {"compression", "Compression"},   {"bootStatus", "Boot status"},
                   {"waitingCalls", "Waiting CALLs"}};
    struct request request;
    struct json_span station;
    char text[128];
    begin(&request, options, "show");
    struct json_span reply = ask(talk, &request, PATIENCE);
    if (!json_member(reply, "station", &station) || station.type != JSON_OBJECT)
        ctl_fail("the answer holds no station");
    if (options->json) {
        put_span(stdout, station);
        return CTL_DONE;
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        printf("%-17s %s\n", members[i].label,
               member_text(station, members[i].name, text, sizeof text));
    return CTL_DONE;
}

static enum ctl_status disconnect(struct ctl_talk *talk, const struct ctl_options *options)
{
    struct request request;
    begin(&request, options, "disconnect");
    add_text(&request, "reason", options->reason);
    struct json_span reply = ask(talk, &request, PATIENCE);
    if (options->json)
        put_span(stdout, reply);
    else
        printf("%s is disconnected\n", options->station);
    return CTL_DONE;
}

static void print_call_error(struct json_span reply, const char *station)
{
    char code[128], description[2048];
    struct json_span details;
    fprintf(stderr, "%s: %s answered with the CALLERROR ", ctl_program.name, station);
    member_text(reply, "code", code, sizeof code);
    put_safe(stderr, code, strlen(code));
    member_text(reply, "description", description, sizeof description);
    if (description[0] != '\0')
        fputs(": ", stderr);
    put_safe(stderr, description, strlen(description));
    fputc('\n', stderr);
    if (json_member(reply, "details", &details))
        put_span(stdout, details);
}

static enum ctl_status print_outcome(struct json_span reply, const struct ctl_options *options)
{
    struct json_span outcome, payload, sent;
    bool has_outcome = json_member(reply, "outcome", &outcome);
    if (options->json)
        put_span(stdout, reply);
    if (has_outcome && json_string_is(outcome, "result")) {
        if (!options->json && json_member(reply, "payload", &payload))
            put_span(stdout, payload);
        return CTL_DONE;
    }
    if (has_outcome && json_string_is(outcome, "error")) {
        if (!options->json)
            print_call_error(reply, options->station);
        return CTL_CALL_ERROR;
    }
    if (!options->json)
        fprintf(stderr, "%s: %s did not answer in time%s\n", ctl_program.name, options->station,
                json_member(reply, "sent", &sent) && sent.type == JSON_FALSE
                    ? "; the CALL waited for others and was not sent"
                    : "");
    return CTL_CALL_TIMEOUT;
}

static enum ctl_status call(struct ctl_talk *talk, const struct ctl_options *options)
{
    struct request request;
    begin(&request, options, "call");
    add_text(&request, "action", options->action);
    add_number(&request, "timeoutMs", options->timeout_ms);
    add_payload(&request, options->payload);
    uint64_t timeout = options->timeout_ms != 0 ? options->timeout_ms : NO_TIMEOUT;
    return print_outcome(ask(talk, &request, timeout + PATIENCE), options);
}

int main(int argc, char **argv)
{
    static enum ctl_status (*const run[])(struct ctl_talk *, const struct ctl_options *) = {
        [CTL_LIST] = list, [CTL_SHOW] = show, [CTL_DISCONNECT] = disconnect, [CTL_CALL] = call};
    struct ctl_options options;
    struct config config;
    char path[CONTROL_PATH_SIZE];
    ctl_options_parse(&options, argc, argv);
    tool_config_load(&options.config, &config);
    if (!control_path(&config, config.shm_instance, path))
        ctl_fail("gateway.control: the socket's path is too long");
    struct ctl_talk *talk = ctl_talk_open(&config, path);
    enum ctl_status status = run[options.command](talk, &options);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        status = CTL_FAILED;
    ctl_talk_close(talk);
    config_free(&config);
    return (int)status;
}

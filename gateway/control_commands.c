/* What the control socket's commands do. */
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "gateway/control_internal.h"
#include "gateway/station.h"

#define TOPIC          "control"
#define BUCKETS_A_PAGE 16384 /* of the registry: some 20 us */

/* ---- who and what ---- */

/* Refused commands are told to the log, those that are carried out are events besides. */
static void describe(const struct control_client *client, const struct control_request *request,
                     char *out, size_t size)
{
    static const char *const names[] = {[CONTROL_LIST] = "list",
                                        [CONTROL_SHOW] = "show",
                                        [CONTROL_DISCONNECT] = "disconnect",
                                        [CONTROL_CALL] = "CALL "};
    snprintf(out, size, "%s%s by %s%suid %u, pid %d", names[request->command], request->action,
             request->user, request->user[0] != '\0' ? ", " : "", (unsigned)client->peer.uid,
             (int)client->peer.pid);
}

static void publish_command(const struct control_client *client,
                            const struct control_request *request, const struct station *station)
{
    char text[256];
    describe(client, request, text, sizeof(text));
    publish_system(&client->control->gateway->publisher, &station->subject, EVENT_COMMAND, 1, text);
}

static void refuse(struct control_client *client, const struct control_request *request,
                   const char *error, const char *message)
{
    char text[256];
    describe(client, request, text, sizeof(text));
    log_info(TOPIC, "%s of station %s refused: %s", text, request->station, message);
    control_refuse(client, request->id, error, "%s", message);
}

/* The station that is meant, connected; NULL when the client was told why not. */
static struct station *find(struct control_client *client, const struct control_request *request)
{
    struct gateway *gateway = client->control->gateway;
    struct station *station = station_find(gateway, request->station);
    if (station == NULL) {
        bool is_known = segment_writer_find(gateway->writer, request->station) != EVENT_NO_STATION;
        refuse(client, request, is_known ? "not_connected" : "unknown_station",
               is_known ? "the station is not connected" : "there is no such station");
        return NULL;
    }
    if (request->connection != 0 && request->connection != station->subject.connection) {
        refuse(client, request, "stale", "the station has connected again since");
        return NULL;
    }
    return station;
}

/* ---- list and show ---- */

static void put_member(struct control *control, const char *name, const char *text)
{
    control_put(control, "\"%s\":", name);
    control_put_text(control, text);
}

static void put_station(struct control *control, const struct station *station)
{
    put_member(control, "identity", station->identity);
    control_put(control, ",");
    put_member(control, "protocol", ocpp_version_label(station->subject.protocol));
    control_put(control, ",");
    put_member(control, "remoteAddress", station->address);
    control_put(control, ",\"connection\":%" PRIu64, station->subject.connection);
}

static size_t put_bucket(struct control *control, size_t bucket, bool is_first)
{
    const struct registry_entry *entry = registry_bucket(control->gateway->stations, bucket);
    size_t count = 0;
    for (; entry != NULL; entry = entry->next_in_bucket, count++) {
        control_put(control, is_first && count == 0 ? "{" : ",{");
        put_station(control, (const struct station *)(const void *)entry);
        control_put(control, "}");
    }
    return count;
}

/* By buckets, so that a page costs the same wherever it begins. */
static void list(struct control_client *client, const struct control_request *request)
{
    struct control *control = client->control;
    size_t buckets = registry_buckets(control->gateway->stations), count = 0;
    size_t bucket = request->next < buckets ? (size_t)request->next : buckets;
    size_t end = buckets - bucket > BUCKETS_A_PAGE ? bucket + BUCKETS_A_PAGE : buckets;
    control_begin(client, request->id, true);
    control_put(control, ",\"count\":%zu,\"stations\":[",
                registry_count(control->gateway->stations));
    while (bucket < end && count < request->limit)
        count += put_bucket(control, bucket++, count == 0);
    control_put(control, "]");
    if (bucket < buckets)
        control_put(control, ",\"next\":%zu", bucket);
    control_end(client);
}

static const char *boot_name(enum boot_status status)
{
    static const char *const names[] = {[BOOT_NONE] = "",
                                        [BOOT_ACCEPTED] = "Accepted",
                                        [BOOT_PENDING] = "Pending",
                                        [BOOT_REJECTED] = "Rejected"};
    return names[status];
}

static void show(struct control_client *client, const struct control_request *request,
                 const struct station *station)
{
    struct control *control = client->control;
    struct loop_clock *clock = &control->gateway->clock;
    char connected[TEXT_TIME_SIZE];
    text_time(loop_clock_real(clock) - (loop_clock_mono(clock) - station->connected_ns), connected);
    control_begin(client, request->id, true);
    control_put(control, ",\"station\":{");
    put_station(control, station);
    control_put(control, ",\"connectedAt\":\"%s\",\"securityProfile\":%u,\"compression\":%s,",
                connected, station->subject.security_profile,
                websocket_compresses(&station->websocket) ? "true" : "false");
    put_member(control, "bootStatus", boot_name(station->boot_status));
    control_put(control, ",\"waitingCalls\":%zu}", station->calls.count);
    control_end(client);
}

static void disconnect(struct control_client *client, const struct control_request *request,
                       struct station *station)
{
    publish_command(client, request, station);
    station_close(station, request->code, request->reason);
    control_begin(client, request->id, true);
    control_put(client->control, ",\"disconnected\":true");
    control_end(client);
}

/* ---- call ---- */

static void call_free(struct control_call *call)
{
    TAILQ_REMOVE(&call->client->calls, call, link);
    call->client->call_count--;
    event_free(call->timer);
    free(call);
}

void control_forget_calls(struct control_client *client)
{
    while (!TAILQ_EMPTY(&client->calls)) {
        struct control_call *call = TAILQ_FIRST(&client->calls);
        if (!calls_forget(&call->station->calls, call))
            log_info(TOPIC, "CALL %s of station %s was not sent: who asked for it is gone",
                     call->action, call->station->identity);
        call_free(call);
    }
}

static void put_span(struct control *control, const char *name, struct json_span span,
                     const char *fallback)
{
    control_put(control, ",\"%s\":", name);
    if (span.length == 0 || span.type == JSON_NULL)
        control_put(control, "%s", fallback);
    else
        control_put_json(control, span.start, span.length);
}

static void put_latency(struct control *control, const struct call *call)
{
    uint64_t us = (loop_clock_mono(&control->gateway->clock) - call->sent_ns) / 1000;
    control_put(control, ",\"latencyMs\":%" PRIu64 ".%03" PRIu64, us / 1000, us % 1000);
}

static void put_answer(struct control *control, const struct call *call,
                       const struct ocppj_message *message, bool is_error)
{
    bool fits = message->payload.length <= CONTROL_MAX_RESULT;
    control_put(control, ",\"outcome\":\"%s\"", is_error ? "error" : "result");
    if (is_error) {
        put_span(control, "code", message->code, "\"\"");
        put_span(control, "description", message->description, "\"\"");
    }
    if (fits)
        put_span(control, is_error ? "details" : "payload", message->payload, "{}");
    else
        control_put(control, ",\"truncated\":true");
    put_latency(control, call);
}

static void reply_timeout(struct control_call *call, bool was_sent)
{
    control_begin(call->client, call->id, true);
    control_put(call->client->control, ",\"outcome\":\"timeout\",\"sent\":%s",
                was_sent ? "true" : "false");
    control_end(call->client);
}

static void on_done(void *context, const struct call *call, enum call_outcome outcome,
                    const struct ocppj_message *message)
{
    struct control_call *waiting = context;
    struct control_client *client = waiting->client;
    switch (outcome) {
    case CALL_ANSWERED:
    case CALL_FAILED:
        control_begin(client, waiting->id, true);
        put_answer(client->control, call, message, outcome == CALL_FAILED);
        control_end(client);
        break;
    case CALL_TIMED_OUT:
        reply_timeout(waiting, true);
        break;
    case CALL_ABANDONED:
        control_refuse(client, waiting->id, "abandoned", "the connection ended before the answer%s",
                       call->sent_ns != 0 ? "" : "; the CALL was not sent");
        break;
    }
    call_free(waiting);
}

/*
 * The client's time is over. A CALL that was not sent is not sent later either: whoever hears of a
 * time-out must not be surprised by what happens then.
 */
static void on_call_timer(int descriptor, short what, void *context)
{
    struct control_call *call = context;
    (void)descriptor;
    (void)what;
    reply_timeout(call, calls_forget(&call->station->calls, call));
    call_free(call);
}

static struct control_call *call_new(struct control_client *client,
                                     const struct control_request *request, struct station *station)
{
    struct gateway *gateway = client->control->gateway;
    struct control_call *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return NULL;
    call->timer = evtimer_new(gateway->base, on_call_timer, call);
    if (call->timer == NULL) {
        free(call);
        return NULL;
    }
    call->client = client;
    call->station = station;
    uint64_t ms =
        request->timeout_ms != 0 ? request->timeout_ms : gateway->config.gateway_call_timeout;
    memcpy(call->action, request->action, sizeof(call->action));
    memcpy(call->id, request->id, sizeof(call->id));
    TAILQ_INSERT_TAIL(&client->calls, call, link);
    client->call_count++;
    struct timeval after = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    evtimer_add(call->timer, &after);
    return call;
}

static void call_station(struct control_client *client, const struct control_request *request,
                         struct station *station)
{
    if (request->payload.length > STATION_MAX_PAYLOAD) {
        refuse(client, request, "bad_request", "payload: too long");
        return;
    }
    if (client->call_count >= client->control->gateway->config.gateway_control_calls) {
        refuse(client, request, "busy",
               "too many CALLs of this client wait; see gateway.control_calls");
        return;
    }
    if (station->calls.count >= client->control->gateway->config.gateway_max_calls) {
        refuse(client, request, "busy",
               "too many CALLs wait for the station; see gateway.max_calls");
        return;
    }
    struct control_call *call = call_new(client, request, station);
    if (call == NULL) {
        refuse(client, request, "busy", "out of memory");
        return;
    }
    publish_command(client, request, station);
    /* `call` may be gone when this returns true */
    if (station_call(station, request->action, request->payload, on_done, call))
        return;
    call_free(call);
    refuse(client, request, "busy", "out of memory");
}

void control_execute(struct control_client *client, const struct control_request *request)
{
    if (request->command == CONTROL_LIST) {
        list(client, request);
        return;
    }
    struct station *station = find(client, request);
    if (station == NULL)
        return;
    switch (request->command) {
    case CONTROL_LIST:
        break;
    case CONTROL_SHOW:
        show(client, request, station);
        break;
    case CONTROL_DISCONNECT:
        disconnect(client, request, station);
        break;
    case CONTROL_CALL:
        call_station(client, request, station);
        break;
    }
}

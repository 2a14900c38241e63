/* What a station's messages mean, and what they are answered with. */
#include "gateway/station.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

#define BAD_MESSAGE_COST 10 /* tokens of the message rate, instead of 1 */

/* Sends `out` and publishes it as the answer to `action`. */
static void send_answer(struct station *station, const struct text_buffer *out, unsigned type,
                        struct text_span action, struct text_span id, uint32_t latency_us)
{
    struct publish_message answer = {
        .direction = DIRECTION_OUT,
        .type = type,
        .action = action,
        .message_id = id,
        .payload = {out->start, out->length},
        .latency_us = latency_us,
    };
    websocket_send_text(&station->websocket, out->start, out->length);
    publish_message(&station->gateway->publisher, &station->subject, &answer);
}

static struct text_buffer answer_buffer(struct station *station)
{
    return (struct text_buffer){.start = station->gateway->answer, .capacity = GATEWAY_ANSWER_SIZE};
}

static void answer_error(struct station *station, const struct ocppj_message *message,
                         struct text_span action, enum ocppj_error error, const char *description)
{
    char buffer[EVENT_MAX_MESSAGE_ID];
    struct text_buffer out = answer_buffer(station);
    struct text_span id = message->id.length > 0 ? ocppj_text(message->id, buffer, sizeof(buffer))
                                                 : text_span_of("-1");
    ocppj_write_error(&out, message->id, station->subject.protocol, error, description);
    send_answer(station, &out, MESSAGE_CALLERROR, action, id,
                loop_clock_elapsed_us(&station->gateway->clock));
}

static void take_tokens(struct station *station, unsigned count)
{
    uint64_t now = loop_clock_mono(&station->gateway->clock);
    for (unsigned i = 0; i < count; i++)
        token_bucket_take(&station->rate, now);
}

/* ---- messages that are not what they should be ---- */

/* CALLERROR where the version wants one; never as an answer to an answer. */
static void answer_bad(struct station *station, const struct ocppj_message *message,
                       enum ocppj_problem problem, const char *reason)
{
    enum ocpp_version version = station->subject.protocol;
    enum ocppj_error error = OCPPJ_ERROR_FRAMEWORK;
    bool is_call = message->type == MESSAGE_CALL;
    if (problem == OCPPJ_UNKNOWN_TYPE) {
        /* 1.6 and 2.1: ignored; 2.0.1 part 4, 4.4 */
        if (version != OCPP_201)
            return;
        error = OCPPJ_ERROR_MESSAGE_TYPE;
    } else if (message->type != 0 && !is_call) {
        return;
    } else if (problem == OCPPJ_WRONG_PAYLOAD) {
        error = OCPPJ_ERROR_FORMAT;
    }
    answer_error(station, message, TEXT_SPAN_NONE, error, reason);
}

static void on_bad_message(struct station *station, const struct ocppj_message *message,
                           enum ocppj_problem problem, const char *reason, struct text_span frame)
{
    struct publisher *publisher = &station->gateway->publisher;
    take_tokens(station, BAD_MESSAGE_COST - 1);
    if (problem == OCPPJ_NOT_JSON && !text_is_utf8(frame.start, frame.length)) {
        publish_security(publisher, &station->subject, EVENT_PROTOCOL_VIOLATION, SEVERITY_LOW, 1,
                         "text that is not UTF-8");
        station_close(station, CLOSE_INVALID_TEXT, "text is not UTF-8");
        return;
    }
    publish_count(publisher, COUNTER_bad_messages_total);
    publish_error(publisher, &station->subject, EVENT_BAD_MESSAGE, message, reason, frame);
    answer_bad(station, message, problem, reason);
}

/* ---- CALLs of the station ---- */

/* 2.x: B02.FR.09 and B03.FR.07; 1.6: recommended only, many stations do not care. */
static bool may_call(const struct station *station, const struct action *action)
{
    bool needs_boot =
        station->subject.protocol != OCPP_16 || station->gateway->config.gateway_require_boot;
    return !needs_boot || station->boot_status == BOOT_ACCEPTED ||
           (action != NULL && action->is_boot);
}

/*
 * A station that reconnects does not send BootNotification again by itself; one that was rejected
 * may not be called.
 */
static void ask_to_boot(struct station *station)
{
    if (station->asked_to_boot || station->boot_status == BOOT_REJECTED)
        return;
    station->asked_to_boot = true;
    station_call(station, "TriggerMessage",
                 text_span_of("{\"requestedMessage\":\"BootNotification\"}"), NULL, NULL);
}

/* As the station file says now: it may have been read again since the station connected. */
static enum boot_status boot_answer(const struct station *station)
{
    const struct station_entry *entry = NULL;
    if (station->gateway->station_file != NULL)
        entry = station_file_find(station->gateway->station_file, station->identity);
    return entry != NULL ? entry->boot_status : BOOT_ACCEPTED;
}

static void note_boot(struct station *station, enum boot_status boot_status)
{
    station->boot_status = boot_status;
    if (station->subject.slot != EVENT_NO_STATION)
        segment_writer_station_boot(station->gateway->writer, station->subject.slot,
                                    station->boot_status);
}

static enum ocppj_error write_result(struct station *station, const struct action *action,
                                     struct action_request *request, struct text_buffer *out)
{
    enum ocppj_error error = OCPPJ_ERROR_NONE;
    if (action->answer != NULL) {
        text_buffer_puts(out, action->answer);
    } else {
        error = action->handle(request, out);
        publish_gauge(&station->gateway->publisher, COUNTER_last_transaction_id,
                      request->transaction_ids->last);
    }
    text_buffer_append(out, "]", 1);
    if (error == OCPPJ_ERROR_NONE && out->overflow) {
        request->problem = "the answer is too long";
        error = OCPPJ_ERROR_INTERNAL;
    }
    if (error == OCPPJ_ERROR_NONE && action->is_boot)
        note_boot(station, request->boot_status);
    return error;
}

static void answer_known(struct station *station, const struct ocppj_message *message,
                         const struct action *action, struct text_span id, struct text_span frame)
{
    struct gateway *gateway = station->gateway;
    struct text_buffer out = answer_buffer(station);
    struct text_span name = {action->name, action->name_length};
    struct action_request request = {
        .identity = station->identity,
        .message_id = id,
        .payload = message->payload,
        .now = loop_clock_text(&gateway->clock),
        .boot_interval_s = gateway->config.gateway_boot_interval / 1000,
        .boot_status = action->is_boot ? boot_answer(station) : station->boot_status,
        .transaction_ids = &gateway->transaction_ids,
        .problem = "",
    };
    ocppj_begin_result(&out, message->id);
    enum ocppj_error error = write_result(station, action, &request, &out);
    uint32_t latency_us = loop_clock_elapsed_us(&gateway->clock);
    if (error != OCPPJ_ERROR_NONE) {
        publish_error(&gateway->publisher, &station->subject,
                      error == OCPPJ_ERROR_INTERNAL ? EVENT_HANDLER_ERROR
                                                    : EVENT_VALIDATION_FAILURE,
                      message, request.problem, frame);
        answer_error(station, message, name, error, request.problem);
    } else {
        send_answer(station, &out, MESSAGE_CALLRESULT, name, id, latency_us);
    }
    publish_latency(&gateway->publisher, &station->subject, station->actions, action, latency_us);
}

static void on_call(struct station *station, const struct ocppj_message *message,
                    struct text_span action_name, struct text_span id, struct text_span frame)
{
    const struct action *action = actions_find(station->actions, action_name);
    if (!may_call(station, action)) {
        answer_error(station, message, action_name, OCPPJ_ERROR_SECURITY,
                     "BootNotification was not accepted yet");
        ask_to_boot(station);
    } else if (action == NULL) {
        bool is_csms = actions_is_csms_only(station->actions, action_name);
        answer_error(station, message, action_name,
                     is_csms ? OCPPJ_ERROR_NOT_SUPPORTED : OCPPJ_ERROR_NOT_IMPLEMENTED,
                     is_csms ? "only a CSMS sends this action"
                             : "this version of OCPP has no such action");
    } else if (action->is_send) {
        publish_error(&station->gateway->publisher, &station->subject, EVENT_PROTOCOL_ERROR,
                      message, "an action that comes as SEND only came as CALL", frame);
        answer_error(station, message, action_name, OCPPJ_ERROR_PROTOCOL,
                     "this action is sent with SEND (6), not CALL (2)");
    } else {
        answer_known(station, message, action, id, frame);
    }
}

/* ---- answers of the station ---- */

static void send_next_call(struct station *station)
{
    struct gateway *gateway = station->gateway;
    struct call *call = calls_to_send(&station->calls);
    if (call == NULL || station->ended)
        return;
    struct text_buffer out = answer_buffer(station);
    ocppj_write_call(&out, call->id, call->action, (struct text_span){call->payload, call->length});
    call->sent_ns = loop_clock_mono(&gateway->clock);
    if (!out.overflow)
        send_answer(station, &out, MESSAGE_CALL, text_span_of(call->action), text_span_of(call->id),
                    EVENT_NO_LATENCY);
    station_set_timer(station);
}

bool station_call(struct station *station, const char *action, struct text_span payload,
                  call_done *done, void *context)
{
    size_t max = (size_t)station->gateway->config.gateway_max_calls;
    if (station->ended || payload.length > STATION_MAX_PAYLOAD ||
        !calls_add(&station->calls, max, station->subject.connection, action, payload, done,
                   context))
        return false;
    send_next_call(station);
    station_flush(station);
    return true;
}

void station_on_calls_due(struct station *station)
{
    struct gateway *gateway = station->gateway;
    uint64_t now = loop_clock_mono(&gateway->clock);
    uint64_t timeout = gateway->config.gateway_call_timeout * UINT64_C(1000000);
    struct call *call = now > timeout ? calls_expire(&station->calls, now - timeout) : NULL;
    if (call == NULL)
        return;
    publish_count(&gateway->publisher, COUNTER_call_timeouts_total);
    char text[CALL_ACTION_SIZE + CALL_ID_SIZE + 64];
    snprintf(text, sizeof(text), "no answer to the CALL %s (%s) in time", call->action, call->id);
    publish_error(&gateway->publisher, &station->subject, EVENT_PROTOCOL_ERROR, NULL, text,
                  TEXT_SPAN_NONE);
    calls_finish(call, CALL_TIMED_OUT, NULL);
    send_next_call(station);
}

static void on_answer(struct station *station, const struct ocppj_message *message,
                      struct publish_message *in, struct text_span frame)
{
    struct publisher *publisher = &station->gateway->publisher;
    struct call *call = calls_match(&station->calls, message->id);
    if (call == NULL) {
        publish_message(publisher, &station->subject, in);
        publish_error(publisher, &station->subject, EVENT_PROTOCOL_ERROR, message,
                      "an answer to no CALL", frame);
        return;
    }
    uint64_t us = (loop_clock_mono(&station->gateway->clock) - call->sent_ns) / 1000;
    in->action = text_span_of(call->action);
    in->latency_us = us < EVENT_NO_LATENCY ? (uint32_t)us : EVENT_NO_LATENCY - 1;
    publish_message(publisher, &station->subject, in);
    publish_call_latency(publisher, &station->subject, call->action, in->latency_us);
    calls_finish(call, message->type == MESSAGE_CALLRESULT ? CALL_ANSWERED : CALL_FAILED, message);
    send_next_call(station);
}

void station_on_text(struct station *station, const char *text, size_t length)
{
    char id[EVENT_MAX_MESSAGE_ID], action[EVENT_MAX_ACTION];
    struct text_span frame = {text, length};
    struct ocppj_message message;
    const char *reason = "";
    enum ocppj_problem problem =
        ocppj_parse(text, length, station->subject.protocol, &message, &reason);
    if (problem != OCPPJ_FINE) {
        on_bad_message(station, &message, problem, reason, frame);
        return;
    }
    struct publish_message in = {
        .direction = DIRECTION_IN,
        .type = message.type,
        .action = ocppj_text(message.action, action, sizeof(action)),
        .message_id = ocppj_text(message.id, id, sizeof(id)),
        .payload = frame,
        .latency_us = EVENT_NO_LATENCY,
    };
    if (message.type == MESSAGE_CALLRESULT || message.type == MESSAGE_CALLERROR) {
        on_answer(station, &message, &in, frame);
        return;
    }
    publish_message(&station->gateway->publisher, &station->subject, &in);
    if (message.type == MESSAGE_CALL)
        on_call(station, &message, in.action, in.message_id, frame);
}

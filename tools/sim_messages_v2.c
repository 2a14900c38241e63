#include "tools/sim_messages.h"

#include <inttypes.h>

static const char *boot(struct sim_text *out, const struct sim_profile *profile,
                        enum sim_boot_reason reason)
{
    static const char *const reasons[] = {
        [SIM_BOOT_POWER_UP] = "PowerUp",
        [SIM_BOOT_REMOTE_RESET] = "RemoteReset",
        [SIM_BOOT_WATCHDOG] = "Watchdog",
    };

    sim_text_add(
        out,
        "{\"reason\":\"%s\",\"chargingStation\":{\"vendorName\":\"%s\",\"model\":\"%s\","
        "\"serialNumber\":\"%s\",\"firmwareVersion\":\"%s\",\"modem\":{\"iccid\":\"%s\"}}}",
        reasons[reason], profile->vendor, profile->model, profile->serial, profile->firmware,
        profile->iccid);
    return "BootNotification";
}

static const char *const statuses[] = {
    [SIM_AVAILABLE] = "Available",     [SIM_PREPARING] = "Occupied", [SIM_CHARGING] = "Occupied",
    [SIM_SUSPENDED_EV] = "Occupied",   [SIM_FINISHING] = "Occupied", [SIM_FAULTED] = "Faulted",
    [SIM_UNAVAILABLE] = "Unavailable",
};

static const char *status_notification(struct sim_text *out, unsigned connector,
                                       enum sim_connector_status status, unsigned fault,
                                       uint64_t time_ms)
{
    (void)fault; /* 2.x tells faults with NotifyEvent */
    sim_text_add(out, "{\"timestamp\":");
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",\"connectorStatus\":\"%s\",\"evseId\":%u,\"connectorId\":1}",
                 statuses[status], connector);
    return "StatusNotification";
}

static const char *authorize(struct sim_text *out, const char *id_token)
{
    sim_text_add(out, "{\"idToken\":{\"idToken\":\"%s\",\"type\":\"ISO14443\"}}", id_token);
    return "Authorize";
}

static void add_meter_value(struct sim_text *out, const struct sim_charge *charge,
                            const char *context, uint64_t time_ms)
{
    sim_text_add(out, "\"meterValue\":[{\"timestamp\":");
    sim_text_add_time(out, time_ms);
    sim_text_add(out,
                 ",\"sampledValue\":["
                 "{\"value\":%.1f,\"context\":\"%s\",\"measurand\":"
                 "\"Energy.Active.Import.Register\",\"unitOfMeasure\":{\"unit\":\"Wh\"}},"
                 "{\"value\":%.0f,\"measurand\":\"Power.Active.Import\"},"
                 "{\"value\":%.1f,\"measurand\":\"Current.Import\"},"
                 "{\"value\":%.1f,\"measurand\":\"Voltage\"}",
                 charge->register_wh, context, charge->power, sim_charge_current(charge),
                 charge->voltage);
    if (charge->direct_current)
        sim_text_add(out, ",{\"value\":%.1f,\"measurand\":\"SoC\"}", charge->soc);
    sim_text_add(out, "]}]");
}

/* Opens the object; what follows begins with a comma, the caller closes it. */
static void begin_event(struct sim_text *out, struct sim_session *session, const char *type,
                        const char *trigger, const char *state, uint64_t time_ms)
{
    sim_text_add(out, "{\"eventType\":\"%s\",\"timestamp\":", type);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",\"triggerReason\":\"%s\",\"seqNo\":%u,", trigger, session->sequence++);
    if (session->offline)
        sim_text_add(out, "\"offline\":true,");
    sim_text_add(out, "\"transactionInfo\":{\"transactionId\":\"%s\",\"chargingState\":\"%s\"",
                 session->transaction_uuid, state);
}

static void add_evse_and_token(struct sim_text *out, const struct sim_session *session)
{
    sim_text_add(out,
                 ",\"evse\":{\"id\":%u,\"connectorId\":1},"
                 "\"idToken\":{\"idToken\":\"%s\",\"type\":\"ISO14443\"},",
                 session->connector, session->id_token);
}

static const char *start(struct sim_text *out, struct sim_session *session, uint64_t time_ms)
{
    bool remote = session->remote_start_id != 0;

    begin_event(out, session, "Started", remote ? "RemoteStart" : "Authorized", "EVConnected",
                time_ms);
    if (remote)
        sim_text_add(out, ",\"remoteStartId\":%lld", session->remote_start_id);
    sim_text_add(out, "}");
    add_evse_and_token(out, session);
    add_meter_value(out, &session->charge, "Transaction.Begin", time_ms);
    sim_text_add(out, "}");
    return "TransactionEvent";
}

static const char *update(struct sim_text *out, struct sim_session *session, uint64_t time_ms)
{
    /* the first update tells that energy flows now */
    bool first = session->sequence == 1;

    begin_event(out, session, "Updated", first ? "ChargingStateChanged" : "MeterValuePeriodic",
                "Charging", time_ms);
    sim_text_add(out, ",\"timeSpentCharging\":%" PRIu64 "},",
                 (time_ms - session->started_ms) / 1000);
    add_meter_value(out, &session->charge, "Sample.Periodic", time_ms);
    sim_text_add(out, "}");
    return "TransactionEvent";
}

static const char *stop(struct sim_text *out, struct sim_session *session,
                        enum sim_stop_reason reason, uint64_t time_ms)
{
    static const struct {
        const char *trigger;
        const char *reason;
    } rows[] = {
        [SIM_STOP_LOCAL] = {"StopAuthorized", "Local"},
        [SIM_STOP_EV_DISCONNECTED] = {"EVDeparted", "EVDisconnected"},
        [SIM_STOP_REMOTE] = {"RemoteStop", "Remote"},
        [SIM_STOP_FAULT] = {"AbnormalCondition", "GroundFault"},
    };

    begin_event(out, session, "Ended", rows[reason].trigger, "Idle", time_ms);
    sim_text_add(out, ",\"stoppedReason\":\"%s\",\"timeSpentCharging\":%" PRIu64 "}",
                 rows[reason].reason, (time_ms - session->started_ms) / 1000);
    add_evse_and_token(out, session);
    add_meter_value(out, &session->charge, "Transaction.End", time_ms);
    sim_text_add(out, "}");
    return "TransactionEvent";
}

static const char *meter_values(struct sim_text *out, const struct sim_session *session,
                                uint64_t time_ms)
{
    sim_text_add(out, "{\"evseId\":%u,", session->connector);
    add_meter_value(out, &session->charge, "Sample.Clock", time_ms);
    sim_text_add(out, "}");
    return "MeterValues";
}

static const char *firmware(struct sim_text *out, const char *status, long long request_id)
{
    sim_text_add(out, "{\"status\":\"%s\",\"requestId\":%lld}", status, request_id);
    return "FirmwareStatusNotification";
}

static const char *log_status(struct sim_text *out, const char *status, long long request_id)
{
    sim_text_add(out, "{\"status\":\"%s\",\"requestId\":%lld}", status, request_id);
    return "LogStatusNotification";
}

static const char *security_event(struct sim_text *out, const char *type, uint64_t time_ms)
{
    sim_text_add(out, "{\"type\":\"%s\",\"timestamp\":", type);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, "}");
    return "SecurityEventNotification";
}

static const char *data_transfer(struct sim_text *out, const struct sim_profile *profile)
{
    sim_text_add(out,
                 "{\"vendorId\":\"%s\",\"messageId\":\"Uptime\","
                 "\"data\":{\"model\":\"%s\",\"restarts\":2}}",
                 profile->vendor, profile->model);
    return "DataTransfer";
}

const struct sim_messages sim_messages_v2 = {
    .boot = boot,
    .status = status_notification,
    .authorize = authorize,
    .start = start,
    .update = update,
    .stop = stop,
    .meter_values = meter_values,
    .firmware = firmware,
    .log_status = log_status,
    .security_event = security_event,
    .data_transfer = data_transfer,
    .waits_for_start = false,
};

const char *sim_notify_event(struct sim_text *out, unsigned evse, double temperature,
                             unsigned number, uint64_t time_ms)
{
    sim_text_add(out, "{\"generatedAt\":");
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",\"seqNo\":0,\"eventData\":[{\"eventId\":%u,\"timestamp\":", number);
    sim_text_add_time(out, time_ms);
    sim_text_add(out,
                 ",\"trigger\":\"Alerting\",\"actualValue\":\"%.1f\","
                 "\"eventNotificationType\":\"HardWiredMonitor\","
                 "\"component\":{\"name\":\"EVSE\",\"evse\":{\"id\":%u}},"
                 "\"variable\":{\"name\":\"Temperature\"}}]}",
                 temperature, evse);
    return "NotifyEvent";
}

const char *sim_open_stream(struct sim_text *out, unsigned stream)
{
    sim_text_add(out,
                 "{\"constantStreamData\":{\"id\":%u,\"variableMonitoringId\":%u,"
                 "\"params\":{\"interval\":10,\"values\":5}}}",
                 stream, stream + 100);
    return "OpenPeriodicEventStream";
}

const char *sim_close_stream(struct sim_text *out, unsigned stream)
{
    sim_text_add(out, "{\"id\":%u}", stream);
    return "ClosePeriodicEventStream";
}

const char *sim_stream_data(struct sim_text *out, unsigned stream, double value, uint64_t time_ms)
{
    sim_text_add(out, "{\"id\":%u,\"pending\":0,\"basetime\":", stream);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",\"data\":[");
    for (unsigned i = 0; i < 5; i++)
        sim_text_add(out, "%s{\"t\":%u,\"v\":\"%.2f\"}", i == 0 ? "" : ",", i * 2,
                     value + i * 0.05);
    sim_text_add(out, "]}");
    return "NotifyPeriodicEventStream";
}

#include "tools/sim_messages.h"

#include <inttypes.h>

static const char *boot(struct sim_text *out, const struct sim_profile *profile,
                        enum sim_boot_reason reason)
{
    (void)reason; /* 1.6 has no field for it */
    sim_text_add(out,
                 "{\"chargePointVendor\":\"%s\",\"chargePointModel\":\"%s\","
                 "\"chargePointSerialNumber\":\"%s\",\"firmwareVersion\":\"%s\","
                 "\"iccid\":\"%s\",\"meterType\":\"%s\",\"meterSerialNumber\":\"M%s\"}",
                 profile->vendor, profile->model, profile->serial, profile->firmware,
                 profile->iccid, profile->meter, profile->serial + 3);
    return "BootNotification";
}

static const char *const statuses[] = {
    [SIM_AVAILABLE] = "Available",      [SIM_PREPARING] = "Preparing", [SIM_CHARGING] = "Charging",
    [SIM_SUSPENDED_EV] = "SuspendedEV", [SIM_FINISHING] = "Finishing", [SIM_FAULTED] = "Faulted",
    [SIM_UNAVAILABLE] = "Unavailable",
};

static const struct {
    const char *code;
    const char *info;
    const char *vendor_code;
} faults[] = {
    {"GroundFailure", "Residual current above 30 mA", "E-0213"},
    {"ConnectorLockFailure", "Lock motor timed out", "E-0107"},
    {"HighTemperature", "Cable at 92 C", "E-0301"},
    {"PowerMeterFailure", "No answer on Modbus", "E-0140"},
    {"OverCurrentFailure", "L2 above limit", "E-0220"},
    {"ReaderFailure", "RFID reader restarted", "E-0410"},
};

static const char *status_notification(struct sim_text *out, unsigned connector,
                                       enum sim_connector_status status, unsigned fault,
                                       uint64_t time_ms)
{
    size_t row = fault % (sizeof faults / sizeof faults[0]);
    bool faulted = status == SIM_FAULTED;

    sim_text_add(out, "{\"connectorId\":%u,\"errorCode\":\"%s\",\"status\":\"%s\",\"timestamp\":",
                 connector, faulted ? faults[row].code : "NoError", statuses[status]);
    sim_text_add_time(out, time_ms);
    if (faulted)
        sim_text_add(out, ",\"info\":\"%s\",\"vendorErrorCode\":\"%s\"", faults[row].info,
                     faults[row].vendor_code);
    sim_text_add(out, "}");
    return "StatusNotification";
}

static const char *authorize(struct sim_text *out, const char *id_token)
{
    sim_text_add(out, "{\"idTag\":\"%s\"}", id_token);
    return "Authorize";
}

static const char *start(struct sim_text *out, struct sim_session *session, uint64_t time_ms)
{
    sim_text_add(out, "{\"connectorId\":%u,\"idTag\":\"%s\",\"meterStart\":%lld,\"timestamp\":",
                 session->connector, session->id_token, (long long)session->charge.start_wh);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, "}");
    return "StartTransaction";
}

static void add_samples(struct sim_text *out, const struct sim_charge *charge, const char *context)
{
    sim_text_add(out,
                 "\"sampledValue\":["
                 "{\"value\":\"%lld\",\"context\":\"%s\",\"measurand\":"
                 "\"Energy.Active.Import.Register\",\"unit\":\"Wh\"},"
                 "{\"value\":\"%.0f\",\"measurand\":\"Power.Active.Import\",\"unit\":\"W\"},"
                 "{\"value\":\"%.1f\",\"measurand\":\"Current.Import\",\"unit\":\"A\"},"
                 "{\"value\":\"%.1f\",\"measurand\":\"Voltage\",\"unit\":\"V\"}",
                 (long long)charge->register_wh, context, charge->power, sim_charge_current(charge),
                 charge->voltage);
    if (charge->direct_current)
        sim_text_add(out, ",{\"value\":\"%.0f\",\"measurand\":\"SoC\",\"unit\":\"Percent\"}",
                     charge->soc);
    sim_text_add(out, "]");
}

static const char *meter_values(struct sim_text *out, const struct sim_session *session,
                                uint64_t time_ms)
{
    sim_text_add(out, "{\"connectorId\":%u,", session->connector);
    if (session->transaction_id != 0)
        sim_text_add(out, "\"transactionId\":%lld,", session->transaction_id);
    sim_text_add(out, "\"meterValue\":[{\"timestamp\":");
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",");
    add_samples(out, &session->charge, "Sample.Periodic");
    sim_text_add(out, "}]}");
    return "MeterValues";
}

static const char *update(struct sim_text *out, struct sim_session *session, uint64_t time_ms)
{
    return meter_values(out, session, time_ms);
}

static const char *stop(struct sim_text *out, struct sim_session *session,
                        enum sim_stop_reason reason, uint64_t time_ms)
{
    static const char *const reasons[] = {
        [SIM_STOP_LOCAL] = "Local",
        [SIM_STOP_EV_DISCONNECTED] = "EVDisconnected",
        [SIM_STOP_REMOTE] = "Remote",
        [SIM_STOP_FAULT] = "Other",
    };

    sim_text_add(out, "{\"transactionId\":%lld,\"idTag\":\"%s\",\"meterStop\":%lld,\"timestamp\":",
                 session->transaction_id, session->id_token,
                 (long long)session->charge.register_wh);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",\"reason\":\"%s\",\"transactionData\":[{\"timestamp\":", reasons[reason]);
    sim_text_add_time(out, time_ms);
    sim_text_add(out, ",");
    add_samples(out, &session->charge, "Transaction.End");
    sim_text_add(out, "}]}");
    return "StopTransaction";
}

static const char *firmware(struct sim_text *out, const char *status, long long request_id)
{
    (void)request_id; /* 2.x only */
    sim_text_add(out, "{\"status\":\"%s\"}", status);
    return "FirmwareStatusNotification";
}

static const char *log_status(struct sim_text *out, const char *status, long long request_id)
{
    (void)request_id;
    sim_text_add(out, "{\"status\":\"%s\"}", status);
    return "DiagnosticsStatusNotification";
}

/* From the security extension of 1.6 (white paper, edition 3, 4.10) */
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
                 "\"data\":\"{\\\"model\\\":\\\"%s\\\",\\\"restarts\\\":2}\"}",
                 profile->vendor, profile->model);
    return "DataTransfer";
}

const struct sim_messages sim_messages_v16 = {
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
    .waits_for_start = true,
};

const struct sim_messages *sim_messages_for(enum ocpp_version version)
{
    switch (version) {
    case OCPP_16:
        return &sim_messages_v16;
    case OCPP_201:
    case OCPP_21:
        return &sim_messages_v2;
    default:
        return NULL;
    }
}

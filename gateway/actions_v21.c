/* OCPP 2.1 */
#include "gateway/actions.h"

/* Lengths that the schemas of 2.1 allow, characters. */
#define MAX_VAT_NUMBER           20
#define MAX_CERTIFICATE_REQUESTS 4

static enum ocppj_error refuse(struct action_request *request, enum ocppj_error error,
                               const char *problem)
{
    request->problem = problem;
    return error;
}

/* What is echoed must fit the answer's schema. */
static bool is_text(struct json_span value, size_t max)
{
    return value.type == JSON_STRING && ocppj_characters(value) <= max;
}

static void append_span(struct text_buffer *out, struct json_span span)
{
    text_buffer_append(out, span.start, span.length);
}

static enum ocppj_error answer_vat_number(struct action_request *request, struct text_buffer *out)
{
    struct json_span number;
    if (!json_member(request->payload, "vatNumber", &number))
        return refuse(request, OCPPJ_ERROR_OCCURRENCE_CONSTRAINT, "vatNumber is missing");
    if (number.type != JSON_STRING)
        return refuse(request, OCPPJ_ERROR_TYPE_CONSTRAINT, "vatNumber is not a string");
    if (!is_text(number, MAX_VAT_NUMBER))
        return refuse(request, OCPPJ_ERROR_PROPERTY_CONSTRAINT,
                      "vatNumber is longer than 20 characters");
    text_buffer_puts(out, "{\"vatNumber\":");
    append_span(out, number);
    text_buffer_puts(out, ",\"status\":\"Accepted\"}");
    return OCPPJ_ERROR_NONE;
}

struct chain_answer {
    struct action_request *request;
    struct text_buffer *out;
    size_t count;
    enum ocppj_error error;
};

static bool append_hash_data(struct json_span data, struct text_buffer *out)
{
    static const struct {
        const char *name;
        size_t max;
    } members[] = {{"hashAlgorithm", 6},
                   {"issuerNameHash", 128},
                   {"issuerKeyHash", 128},
                   {"serialNumber", 40}};
    for (size_t i = 0; i < ACTION_COUNT(members); i++) {
        struct json_span value;
        if (!json_member(data, members[i].name, &value) || !is_text(value, members[i].max))
            return false;
        if (i == 0 && !json_string_is(value, "SHA256") && !json_string_is(value, "SHA384") &&
            !json_string_is(value, "SHA512"))
            return false;
        text_buffer_puts(out, i == 0 ? "{\"" : ",\"");
        text_buffer_puts(out, members[i].name);
        text_buffer_puts(out, "\":");
        append_span(out, value);
    }
    text_buffer_puts(out, "}");
    return true;
}

/*
 * One entry per requested certificate, status Failed: nobody here asks an OCSP responder or reads a
 * CRL.
 */
static bool append_chain_entry(struct json_span entry, void *context)
{
    struct chain_answer *answer = context;
    struct json_span source, data;
    const char *name = NULL;
    if (json_member(entry, "source", &source))
        name = json_string_is(source, "CRL")    ? "CRL"
               : json_string_is(source, "OCSP") ? "OCSP"
                                                : NULL;
    if (name == NULL || !json_member(entry, "certificateHashData", &data) ||
        answer->count == MAX_CERTIFICATE_REQUESTS) {
        answer->error = OCPPJ_ERROR_PROPERTY_CONSTRAINT;
        return false;
    }
    text_buffer_puts(answer->out, answer->count++ == 0 ? "{\"source\":\"" : ",{\"source\":\"");
    text_buffer_puts(answer->out, name);
    text_buffer_puts(answer->out, "\",\"status\":\"Failed\",\"nextUpdate\":\"");
    text_buffer_puts(answer->out, answer->request->now);
    text_buffer_puts(answer->out, "\",\"certificateHashData\":");
    if (!append_hash_data(data, answer->out)) {
        answer->error = OCPPJ_ERROR_PROPERTY_CONSTRAINT;
        return false;
    }
    text_buffer_puts(answer->out, "}");
    return true;
}

static enum ocppj_error answer_certificate_chain(struct action_request *request,
                                                 struct text_buffer *out)
{
    struct chain_answer answer = {.request = request, .out = out};
    struct json_span requests;
    if (!json_member(request->payload, "certificateStatusRequests", &requests))
        return refuse(request, OCPPJ_ERROR_OCCURRENCE_CONSTRAINT,
                      "certificateStatusRequests is missing");
    if (requests.type != JSON_ARRAY)
        return refuse(request, OCPPJ_ERROR_TYPE_CONSTRAINT,
                      "certificateStatusRequests is not an array");
    text_buffer_puts(out, "{\"certificateStatus\":[");
    json_each(requests, append_chain_entry, &answer);
    text_buffer_puts(out, "]}");
    if (answer.error != OCPPJ_ERROR_NONE)
        return refuse(request, answer.error,
                      "certificateStatusRequests: 1 to 4 entries, each with source CRL or OCSP and "
                      "certificateHashData");
    if (answer.count == 0)
        return refuse(request, OCPPJ_ERROR_OCCURRENCE_CONSTRAINT,
                      "certificateStatusRequests is empty");
    return OCPPJ_ERROR_NONE;
}

static const struct action actions[] = {
    ACTION_CONSTANT("Authorize", "{\"idTokenInfo\":{\"status\":\"Accepted\"}}"),
    ACTION_CONSTANT("BatterySwap", "{}"),
    ACTION_BOOT("BootNotification", action_answer_boot),
    ACTION_CONSTANT("ClearedChargingLimit", "{}"),
    ACTION_CONSTANT("ClosePeriodicEventStream", "{}"),
    ACTION_CONSTANT("DataTransfer", "{\"status\":\"UnknownVendorId\"}"),
    ACTION_CONSTANT("FirmwareStatusNotification", "{}"),
    ACTION_CONSTANT("Get15118EVCertificate", "{\"status\":\"Failed\",\"exiResponse\":\"\"}"),
    ACTION_HANDLED("GetCertificateChainStatus", answer_certificate_chain),
    ACTION_CONSTANT("GetCertificateStatus", "{\"status\":\"Failed\"}"),
    ACTION_HANDLED("Heartbeat", action_answer_heartbeat),
    ACTION_CONSTANT("LogStatusNotification", "{}"),
    ACTION_CONSTANT("MeterValues", "{}"),
    ACTION_CONSTANT("NotifyChargingLimit", "{}"),
    ACTION_CONSTANT("NotifyCustomerInformation", "{}"),
    ACTION_CONSTANT("NotifyDERAlarm", "{}"),
    ACTION_CONSTANT("NotifyDERStartStop", "{}"),
    ACTION_CONSTANT("NotifyDisplayMessages", "{}"),
    ACTION_CONSTANT("NotifyEVChargingNeeds", "{\"status\":\"Accepted\"}"),
    ACTION_CONSTANT("NotifyEVChargingSchedule", "{\"status\":\"Accepted\"}"),
    ACTION_CONSTANT("NotifyEvent", "{}"),
    ACTION_CONSTANT("NotifyMonitoringReport", "{}"),
    ACTION_SEND("NotifyPeriodicEventStream"),
    ACTION_CONSTANT("NotifyPriorityCharging", "{}"),
    ACTION_CONSTANT("NotifyReport", "{}"),
    ACTION_CONSTANT("NotifySettlement", "{}"),
    ACTION_CONSTANT("OpenPeriodicEventStream", "{\"status\":\"Accepted\"}"),
    ACTION_CONSTANT("PublishFirmwareStatusNotification", "{}"),
    ACTION_CONSTANT("PullDynamicScheduleUpdate", "{\"status\":\"Accepted\"}"),
    ACTION_CONSTANT("ReportChargingProfiles", "{}"),
    ACTION_CONSTANT("ReportDERControl", "{}"),
    ACTION_CONSTANT("ReservationStatusUpdate", "{}"),
    ACTION_CONSTANT("SecurityEventNotification", "{}"),
    ACTION_CONSTANT("SignCertificate", "{\"status\":\"Rejected\"}"),
    ACTION_CONSTANT("StatusNotification", "{}"),
    ACTION_HANDLED("TransactionEvent", action_answer_transaction_event),
    ACTION_HANDLED("VatNumberValidation", answer_vat_number),
};

static const char *const csms_actions[] = {
    "AFRRSignal",
    "AdjustPeriodicEventStream",
    "CancelReservation",
    "CertificateSigned",
    "ChangeAvailability",
    "ChangeTransactionTariff",
    "ClearCache",
    "ClearChargingProfile",
    "ClearDERControl",
    "ClearDisplayMessage",
    "ClearTariffs",
    "ClearVariableMonitoring",
    "CostUpdated",
    "CustomerInformation",
    "DeleteCertificate",
    "GetBaseReport",
    "GetChargingProfiles",
    "GetCompositeSchedule",
    "GetDERControl",
    "GetDisplayMessages",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetLog",
    "GetMonitoringReport",
    "GetPeriodicEventStream",
    "GetReport",
    "GetTariffs",
    "GetTransactionStatus",
    "GetVariables",
    "InstallCertificate",
    "NotifyAllowedEnergyTransfer",
    "NotifyWebPaymentStarted",
    "PublishFirmware",
    "RequestBatterySwap",
    "RequestStartTransaction",
    "RequestStopTransaction",
    "ReserveNow",
    "Reset",
    "SendLocalList",
    "SetChargingProfile",
    "SetDERControl",
    "SetDefaultTariff",
    "SetDisplayMessage",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetNetworkProfile",
    "SetVariableMonitoring",
    "SetVariables",
    "TriggerMessage",
    "UnlockConnector",
    "UnpublishFirmware",
    "UpdateDynamicSchedule",
    "UpdateFirmware",
    "UsePriorityCharging",
};

const struct action_table actions_v21 = {
    .actions = actions,
    .count = ACTION_COUNT(actions),
    .csms_actions = csms_actions,
    .csms_count = ACTION_COUNT(csms_actions),
};

/* OCPP 1.6 with the security whitepaper's messages. */
#include "gateway/actions.h"

static enum ocppj_error answer_start(struct action_request *request, struct text_buffer *out)
{
    struct text_span payload = {request->payload.start, request->payload.length};
    uint32_t id = transaction_ids_take(request->transaction_ids, request->identity,
                                       request->message_id, payload);
    text_buffer_puts(out, "{\"idTagInfo\":{\"status\":\"Accepted\"},\"transactionId\":");
    text_buffer_number(out, id);
    text_buffer_puts(out, "}");
    return OCPPJ_ERROR_NONE;
}

static enum ocppj_error answer_stop(struct action_request *request, struct text_buffer *out)
{
    bool has_tag = action_has_member(request, "idTag");
    text_buffer_puts(out, has_tag ? "{\"idTagInfo\":{\"status\":\"Accepted\"}}" : "{}");
    return OCPPJ_ERROR_NONE;
}

static const struct action actions[] = {
    ACTION_CONSTANT("Authorize", "{\"idTagInfo\":{\"status\":\"Accepted\"}}"),
    ACTION_BOOT("BootNotification", action_answer_boot),
    ACTION_CONSTANT("DataTransfer", "{\"status\":\"UnknownVendorId\"}"),
    ACTION_CONSTANT("DiagnosticsStatusNotification", "{}"),
    ACTION_CONSTANT("FirmwareStatusNotification", "{}"),
    ACTION_HANDLED("Heartbeat", action_answer_heartbeat),
    ACTION_CONSTANT("LogStatusNotification", "{}"),
    ACTION_CONSTANT("MeterValues", "{}"),
    ACTION_CONSTANT("SecurityEventNotification", "{}"),
    /* there is no certificate authority behind the gateway */
    ACTION_CONSTANT("SignCertificate", "{\"status\":\"Rejected\"}"),
    ACTION_CONSTANT("SignedFirmwareStatusNotification", "{}"),
    ACTION_HANDLED("StartTransaction", answer_start),
    ACTION_CONSTANT("StatusNotification", "{}"),
    ACTION_HANDLED("StopTransaction", answer_stop),
};

static const char *const csms_actions[] = {
    "CancelReservation",
    "CertificateSigned",
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "ClearChargingProfile",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetCompositeSchedule",
    "GetConfiguration",
    "GetDiagnostics",
    "GetInstalledCertificateIds",
    "GetLocalListVersion",
    "GetLog",
    "InstallCertificate",
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "ReserveNow",
    "Reset",
    "SendLocalList",
    "SetChargingProfile",
    "SignedUpdateFirmware",
    "TriggerMessage",
    "UnlockConnector",
    "UpdateFirmware",
};

const struct action_table actions_v16 = {
    .actions = actions,
    .count = ACTION_COUNT(actions),
    .csms_actions = csms_actions,
    .csms_count = ACTION_COUNT(csms_actions),
};

/* OCPP 1.6 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "boardd/state/fold_internal.h"

static void on_boot(struct folding *folding)
{
    static const char *const keys[4] = {"chargePointVendor", "chargePointModel",
                                        "chargePointSerialNumber", "firmwareVersion"};
    fold_boot(folding, folding->payload, keys, true);
}

static void on_status(struct folding *folding)
{
    int32_t connector = fold_number(folding->payload, "connectorId");
    uint16_t status = fold_word(folding, folding->payload, "status");
    uint16_t error = fold_word(folding, folding->payload, "errorCode");
    if (connector != STATE_NONE && status != 0)
        fold_connector(folding, STATE_NONE, connector, status, error,
                       fold_time(folding, folding->payload));
}

/* The id as text; false when there is none. */
static bool take_id(struct json_span object, char id[STATE_MAX_ID + 1])
{
    long long number;
    struct json_span value = fold_member(object, "transactionId");
    if (value.type != JSON_NUMBER || !json_integer(value, &number))
        return false;
    snprintf(id, STATE_MAX_ID + 1, "%lld", number);
    return true;
}

/* Whatever else is open at that connector was never ended properly. */
static void drop_others(struct folding *folding, const struct state_transaction *keep)
{
    struct station_state *state = folding->state;
    struct state_transaction *at = state->transactions;
    while (at != NULL) {
        struct state_transaction *next = at->next;
        if (at != keep && at->is_known && at->connector == keep->connector)
            station_state_drop_transaction(&folding->fold->memory, state, at);
        at = next;
    }
}

/* CALL and result of a StartTransaction may come in either order: the message id joins them. */
static struct state_transaction *take_started(struct folding *folding)
{
    uint64_t message = fold_message_hash(folding->event->message_id);
    struct state_transaction *transaction = station_state_find_started(folding->state, message);
    if (transaction == NULL)
        transaction = station_state_add_transaction(&folding->fold->memory, folding->state);
    if (transaction != NULL)
        transaction->message = message;
    return transaction;
}

static void on_start(struct folding *folding)
{
    struct json_span payload = folding->payload;
    int32_t connector = fold_number(payload, "connectorId");
    double meter_start;
    if (connector == STATE_NONE)
        return;
    struct state_transaction *transaction = take_started(folding);
    if (transaction == NULL)
        return;
    transaction->is_known = true;
    transaction->connector = connector;
    transaction->started_ns = fold_time(folding, payload);
    fold_text(payload, "idTag", transaction->id_token, sizeof(transaction->id_token));
    if (fold_value(fold_member(payload, "meterStart"), &meter_start))
        transaction->meter_start_wh = meter_start;
    drop_others(folding, transaction);
}

static void on_start_result(struct folding *folding)
{
    char id[STATE_MAX_ID + 1];
    if (!take_id(folding->payload, id))
        return;
    struct state_transaction *other = station_state_find_transaction(folding->state, id);
    if (station_state_has_ended(folding->state, id)) {
        other = station_state_find_started(folding->state,
                                           fold_message_hash(folding->event->message_id));
        if (other != NULL)
            station_state_drop_transaction(&folding->fold->memory, folding->state, other);
        return;
    }
    struct state_transaction *transaction = take_started(folding);
    if (transaction == NULL)
        return;
    if (other != NULL && other != transaction) /* meter values came first */
        station_state_drop_transaction(&folding->fold->memory, folding->state, other);
    memcpy(transaction->id, id, sizeof(id));
}

/* Of a transaction whose start isn't in the history, the meter values still tell. */
static struct state_transaction *find_metered(struct folding *folding, int32_t connector)
{
    char id[STATE_MAX_ID + 1];
    if (!take_id(folding->payload, id))
        return connector != STATE_NONE && connector > 0
                   ? station_state_find_at(folding->state, STATE_NONE, connector)
                   : NULL;
    struct state_transaction *transaction = station_state_find_transaction(folding->state, id);
    if (transaction == NULL && !station_state_has_ended(folding->state, id)) {
        transaction = station_state_add_transaction(&folding->fold->memory, folding->state);
        if (transaction != NULL)
            memcpy(transaction->id, id, sizeof(id));
    }
    return transaction;
}

static void on_meter_values(struct folding *folding)
{
    int32_t connector = fold_number(folding->payload, "connectorId");
    struct state_transaction *transaction = find_metered(folding, connector);
    if (transaction == NULL)
        return;
    transaction->is_known = true;
    if (transaction->connector == STATE_NONE)
        transaction->connector = connector;
    fold_meter_values(folding, fold_member(folding->payload, "meterValue"), transaction, false);
}

static void on_stop(struct folding *folding)
{
    char id[STATE_MAX_ID + 1];
    if (!take_id(folding->payload, id))
        return;
    struct state_transaction *transaction = station_state_find_transaction(folding->state, id);
    station_state_note_ended(folding->state, id);
    if (transaction != NULL)
        station_state_drop_transaction(&folding->fold->memory, folding->state, transaction);
}

const struct fold_action fold_actions_v16[] = {
    FOLD_CALL("BootNotification", on_boot),
    FOLD_CALL("FirmwareStatusNotification", fold_firmware),
    FOLD_CALL("MeterValues", on_meter_values),
    FOLD_CALL("SignedFirmwareStatusNotification", fold_firmware),
    FOLD_CALL("StartTransaction", on_start),
    FOLD_RESULT("StartTransaction", on_start_result),
    FOLD_CALL("StatusNotification", on_status),
    FOLD_CALL("StopTransaction", on_stop),
    {NULL, DIRECTION_NONE, 0, NULL},
};

/* OCPP 2.0.1 and 2.1: the same messages as far as they are folded. */
#include <string.h>

#include "boardd/state/fold_internal.h"

static void on_boot(struct folding *folding)
{
    static const char *const keys[4] = {"vendorName", "model", "serialNumber", "firmwareVersion"};
    char reason[32];
    bool asked_for = fold_text(folding->payload, "reason", reason, sizeof(reason)) &&
                     strcmp(reason, "Triggered") == 0;
    fold_boot(folding, fold_member(folding->payload, "chargingStation"), keys, !asked_for);
}

static void on_status(struct folding *folding)
{
    int32_t evse = fold_number(folding->payload, "evseId");
    int32_t connector = fold_number(folding->payload, "connectorId");
    uint16_t status = fold_word(folding, folding->payload, "connectorStatus");
    if (evse != STATE_NONE && connector != STATE_NONE && status != 0)
        fold_connector(folding, evse, connector, status, 0, fold_time(folding, folding->payload));
}

struct monitored {
    struct folding *folding;
    unsigned events;
};

/* Connector.AvailabilityState: what a StatusNotification tells otherwise (2.0.1 part 2, G01). */
static bool take_event(struct json_span element, void *context)
{
    struct monitored *monitored = context;
    struct folding *folding = monitored->folding;
    struct json_span component = fold_member(element, "component");
    struct json_span place = fold_member(component, "evse");
    char name[24];
    if (++monitored->events > FOLD_MAX_EVENTS)
        return false;
    if (!fold_text(fold_member(element, "variable"), "name", name, sizeof(name)) ||
        strcmp(name, "AvailabilityState") != 0 ||
        !fold_text(component, "name", name, sizeof(name)) || strcmp(name, "Connector") != 0)
        return true;
    int32_t evse = fold_number(place, "id"), connector = fold_number(place, "connectorId");
    uint16_t status = fold_word(folding, element, "actualValue");
    if (evse != STATE_NONE && connector != STATE_NONE && status != 0)
        fold_connector(folding, evse, connector, status, 0, fold_time(folding, element));
    return true;
}

static void on_event(struct folding *folding)
{
    struct monitored monitored = {.folding = folding};
    struct json_span events = fold_member(folding->payload, "eventData");
    if (events.type == JSON_ARRAY)
        json_each(events, take_event, &monitored);
}

static void drop_others(struct folding *folding, const struct state_transaction *keep)
{
    struct station_state *state = folding->state;
    struct state_transaction *at = state->transactions;
    while (at != NULL) {
        struct state_transaction *next = at->next;
        if (at != keep && keep->evse != STATE_NONE && at->evse == keep->evse)
            station_state_drop_transaction(&folding->fold->memory, state, at);
        at = next;
    }
}

static struct state_transaction *take_transaction(struct folding *folding, const char *id)
{
    struct state_transaction *transaction = station_state_find_transaction(folding->state, id);
    if (transaction != NULL || station_state_has_ended(folding->state, id))
        return transaction;
    transaction = station_state_add_transaction(&folding->fold->memory, folding->state);
    if (transaction == NULL)
        return NULL;
    transaction->is_known = true;
    strcpy(transaction->id, id); /* the same size */
    return transaction;
}

static void take_members(struct folding *folding, struct json_span info,
                         struct state_transaction *transaction)
{
    struct json_span evse = fold_member(folding->payload, "evse");
    struct json_span token = fold_member(folding->payload, "idToken");
    uint16_t charging_state = fold_word(folding, info, "chargingState");
    if (charging_state != 0)
        transaction->charging_state = charging_state;
    if (evse.type == JSON_OBJECT) {
        transaction->evse = fold_number(evse, "id");
        int32_t connector = fold_number(evse, "connectorId");
        if (connector != STATE_NONE)
            transaction->connector = connector;
    }
    if (token.type == JSON_OBJECT && transaction->id_token[0] == '\0')
        fold_text(token, "idToken", transaction->id_token, sizeof(transaction->id_token));
}

static void on_ended(struct folding *folding, const char *id)
{
    struct state_transaction *transaction = station_state_find_transaction(folding->state, id);
    station_state_note_ended(folding->state, id);
    if (transaction != NULL)
        station_state_drop_transaction(&folding->fold->memory, folding->state, transaction);
}

static void on_transaction(struct folding *folding)
{
    char id[STATE_MAX_ID + 1], type[16];
    struct json_span info = fold_member(folding->payload, "transactionInfo");
    if (!fold_text(info, "transactionId", id, sizeof(id)) ||
        !fold_text(folding->payload, "eventType", type, sizeof(type)))
        return;
    if (strcmp(type, "Ended") == 0) {
        on_ended(folding, id);
        return;
    }
    struct state_transaction *transaction = take_transaction(folding, id);
    if (transaction == NULL)
        return;
    take_members(folding, info, transaction);
    if (strcmp(type, "Started") == 0) {
        transaction->started_ns = fold_time(folding, folding->payload);
        drop_others(folding, transaction);
    }
    fold_meter_values(folding, fold_member(folding->payload, "meterValue"), transaction,
                      transaction->started_ns != 0);
}

/* Meter values outside of TransactionEvent belong to what is open at that EVSE. */
static void on_meter_values(struct folding *folding)
{
    int32_t evse = fold_number(folding->payload, "evseId");
    struct state_transaction *transaction =
        evse != STATE_NONE && evse > 0 ? station_state_find_at(folding->state, evse, STATE_NONE)
                                       : NULL;
    if (transaction != NULL)
        fold_meter_values(folding, fold_member(folding->payload, "meterValue"), transaction, false);
}

const struct fold_action fold_actions_v2[] = {
    FOLD_CALL("BootNotification", on_boot),
    FOLD_CALL("FirmwareStatusNotification", fold_firmware),
    FOLD_CALL("MeterValues", on_meter_values),
    FOLD_CALL("NotifyEvent", on_event),
    FOLD_CALL("StatusNotification", on_status),
    FOLD_CALL("TransactionEvent", on_transaction),
    {NULL, DIRECTION_NONE, 0, NULL},
};

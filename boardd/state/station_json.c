/* What is known of a station as members of its JSON object. */
#include <math.h>
#include <string.h>

#include "boardd/state/fold_internal.h"

static void put_word(const struct fold *fold, struct json_out *out, const char *key, uint16_t word)
{
    const char *text = vocabulary_word(fold->words, word);
    json_out_text_or_null(json_out_key(out, key), text, strlen(text));
}

static void put_text(struct json_out *out, const char *key, const char *text)
{
    json_out_text_or_null(json_out_key(out, key), text, strlen(text));
}

static void put_place(struct json_out *out, int32_t evse, int32_t connector)
{
    if (evse != STATE_NONE)
        json_out_int(json_out_key(out, "evseId"), evse);
    if (connector != STATE_NONE)
        json_out_int(json_out_key(out, "connectorId"), connector);
}

static void put_connectors(const struct fold *fold, const struct station_state *state,
                           struct json_out *out)
{
    json_out_array(json_out_key(out, "connectors"));
    for (unsigned i = 0; state != NULL && i < state->connector_count; i++) {
        const struct state_connector *connector = &state->connectors[i];
        json_out_object(out);
        put_place(out, connector->evse, connector->connector);
        put_word(fold, out, "status", connector->status);
        if (connector->error != 0)
            put_word(fold, out, "errorCode", connector->error);
        json_out_time(json_out_key(out, "timestamp"), connector->time_ns);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static unsigned count_open(const struct station_state *state)
{
    unsigned count = 0;
    for (const struct state_transaction *at = state != NULL ? state->transactions : NULL;
         at != NULL; at = at->next)
        count += at->is_known;
    return count;
}

void fold_put_summary(const struct fold *fold, const struct station_state *state,
                      const char *boot_status, struct json_out *out)
{
    const struct state_boot *boot = state != NULL ? state->boot : NULL;
    put_connectors(fold, state, out);
    json_out_uint(json_out_key(out, "activeTransactions"), count_open(state));
    json_out_object(json_out_key(out, "boot"));
    put_text(out, "vendor", boot != NULL ? boot->text + boot->vendor : "");
    put_text(out, "model", boot != NULL ? boot->text + boot->model : "");
    put_text(out, "serialNumber", boot != NULL ? boot->text + boot->serial_number : "");
    put_text(out, "firmwareVersion", boot != NULL ? boot->text + boot->firmware_version : "");
    put_text(out, "status", boot_status);
    json_out_time(json_out_key(out, "timestamp"), boot != NULL ? boot->time_ns : 0);
    json_out_object_end(out);
}

static void put_values(const struct fold *fold, const struct state_transaction *transaction,
                       struct json_out *out)
{
    json_out_array(json_out_key(out, "meterValues"));
    for (unsigned i = 0; i < transaction->value_count; i++) {
        const struct state_meter_value *value = &transaction->values[i];
        json_out_object(out);
        put_word(fold, out, "measurand", value->measurand);
        json_out_number(json_out_key(out, "value"), value->value, 3);
        put_word(fold, out, "unit", value->unit);
        if (value->phase != 0)
            put_word(fold, out, "phase", value->phase);
        if (value->location != 0)
            put_word(fold, out, "location", value->location);
        json_out_time(json_out_key(out, "timestamp"), value->time_ns);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* Of the whole, or the sum over the phases; kilo is taken off. NaN when there is none. */
static double total_of(const struct fold *fold, const struct state_transaction *transaction,
                       const char *measurand)
{
    uint16_t word = vocabulary_find(fold->words, measurand, strlen(measurand));
    double sum = (double)NAN;
    for (unsigned i = 0; i < transaction->value_count; i++) {
        const struct state_meter_value *value = &transaction->values[i];
        if (value->measurand != word)
            continue;
        double one = vocabulary_word(fold->words, value->unit)[0] == 'k' ? value->value * 1000
                                                                         : value->value;
        if (value->phase == 0)
            return one;
        sum = isnan(sum) ? one : sum + one;
    }
    return sum;
}

static void put_if_known(struct json_out *out, const char *key, double value)
{
    if (!isnan(value))
        json_out_number(json_out_key(out, key), value, 3);
}

static void put_transaction(const struct fold *fold, const struct state_transaction *transaction,
                            struct json_out *out)
{
    double energy = fold_register_wh(fold, transaction) - transaction->meter_start_wh;
    json_out_object(out);
    put_text(out, "transactionId", transaction->id);
    put_place(out, transaction->evse, transaction->connector);
    put_text(out, "idToken", transaction->id_token);
    json_out_time(json_out_key(out, "startedAt"), transaction->started_ns);
    json_out_number(json_out_key(out, "meterStart"), transaction->meter_start_wh, 3);
    json_out_number(json_out_key(out, "energyWh"), energy < 0 ? 0 : energy, 3);
    put_if_known(out, "powerW", total_of(fold, transaction, "Power.Active.Import"));
    put_if_known(out, "soc", total_of(fold, transaction, "SoC"));
    if (transaction->charging_state != 0)
        put_word(fold, out, "chargingState", transaction->charging_state);
    put_values(fold, transaction, out);
    json_out_object_end(out);
}

static void put_firmware(const struct fold *fold, const struct station_state *state,
                         struct json_out *out)
{
    json_out_key(out, "firmware");
    if (state == NULL || state->firmware == 0) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    put_word(fold, out, "status", state->firmware);
    json_out_time(json_out_key(out, "timestamp"), state->firmware_ns);
    json_out_object_end(out);
}

static void put_error(const struct fold *fold, const struct station_state *state,
                      struct json_out *out)
{
    const struct state_error *error = state != NULL ? state->error : NULL;
    json_out_key(out, "lastError");
    if (error == NULL) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    put_word(fold, out, "code", error->code);
    json_out_string(json_out_key(out, "description"), error->description);
    put_word(fold, out, "method", error->method);
    json_out_time(json_out_key(out, "timestamp"), error->time_ns);
    json_out_object_end(out);
}

void fold_put_detail(const struct fold *fold, const struct station_state *state,
                     struct json_out *out)
{
    json_out_array(json_out_key(out, "transactions"));
    for (const struct state_transaction *at = state != NULL ? state->transactions : NULL;
         at != NULL; at = at->next) {
        if (at->is_known)
            put_transaction(fold, at, out);
    }
    json_out_array_end(out);
    put_firmware(fold, state, out);
    put_error(fold, state, out);
    json_out_key(out, "answerLatencyMs");
    if (state != NULL && state->latency_us != 0)
        json_out_number(out, state->latency_us / 1000.0, 3);
    else
        json_out_null(out);
}

/* What the versions of OCPP have in common: boot, firmware, connectors, meter values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/state/fold_internal.h"

void fold_boot(struct folding *folding, struct json_span station, const char *const keys[4],
               bool restarted)
{
    struct station_state *state = folding->state;
    char texts[4][65];
    struct text_span spans[4];
    bool first = state->boot == NULL || state->boot->connection != folding->event->connection;
    for (int i = 0; i < 4; i++) {
        fold_text(station, keys[i], texts[i], sizeof(texts[i]));
        spans[i] = (struct text_span){texts[i], strlen(texts[i])};
    }
    station_state_set_boot(&folding->fold->memory, state, folding->event, spans);
    if (first && restarted)
        station_state_drop_transactions(&folding->fold->memory, state);
}

void fold_firmware(struct folding *folding)
{
    uint16_t status = fold_word(folding, folding->payload, "status");
    if (status == 0)
        return;
    folding->state->firmware = status;
    folding->state->firmware_ns = folding->event->time_ns;
}

void fold_connector(struct folding *folding, int32_t evse, int32_t connector, uint16_t status,
                    uint16_t error, uint64_t time_ns)
{
    struct state_connector *place =
        station_state_connector(&folding->fold->memory, folding->state, evse, connector);
    if (place == NULL)
        return;
    place->status = status;
    place->error = error;
    place->time_ns = time_ns;
}

bool fold_value(struct json_span span, double *out)
{
    char text[64], *end;
    if (span.type == JSON_STRING) {
        if (json_string(span, text, sizeof(text)) <= 0)
            return false;
    } else if (span.type == JSON_NUMBER && span.length < sizeof(text)) {
        memcpy(text, span.start, span.length);
        text[span.length] = '\0';
    } else {
        return false;
    }
    if (text[strspn(text, "+-0123456789.eE")] != '\0') /* strtod knows hexadecimal and "nan" */
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

/* ---- meter values ---- */

struct sampling {
    struct folding *folding;
    struct state_transaction *transaction;
    uint64_t time_ns;
    unsigned samples;
    bool begins;
};

static bool is_word(const struct fold *fold, uint16_t number, const char *word)
{
    return strcmp(vocabulary_word(fold->words, number), word) == 0;
}

static uint16_t word_of(struct fold *fold, const char *word)
{
    return vocabulary_add(fold->words, word, strlen(word));
}

enum sample_key {
    SAMPLE_VALUE,
    SAMPLE_MEASURAND,
    SAMPLE_PHASE,
    SAMPLE_LOCATION,
    SAMPLE_UNIT,
    SAMPLE_UNIT_OF_MEASURE,
    SAMPLE_KEYS,
};
static const char *const sample_keys[SAMPLE_KEYS] = {"value",    "measurand", "phase",
                                                     "location", "unit",      "unitOfMeasure"};

/* 1.6: unit; 2.x: unitOfMeasure {unit, multiplier}. Both know the same defaults. */
static void take_unit(struct folding *folding, const struct json_span members[SAMPLE_KEYS],
                      struct state_meter_value *value)
{
    struct json_span measure = members[SAMPLE_UNIT_OF_MEASURE];
    struct json_span multiplier = fold_member(measure, "multiplier");
    const char *measurand = vocabulary_word(folding->fold->words, value->measurand);
    long long exponent;
    value->unit = fold_word_of(folding, measure.type == JSON_OBJECT ? fold_member(measure, "unit")
                                                                    : members[SAMPLE_UNIT]);
    if (value->unit == 0 && strncmp(measurand, "Energy.Active.", 14) == 0)
        value->unit = word_of(folding->fold, "Wh");
    if (value->unit == 0 && strncmp(measurand, "Power.Active.", 13) == 0)
        value->unit = word_of(folding->fold, "W");
    if (multiplier.type == JSON_NUMBER && json_integer(multiplier, &exponent) && exponent >= -12 &&
        exponent <= 12)
        value->value *= pow(10, (double)exponent);
}

static double in_base_unit(const struct fold *fold, const struct state_meter_value *value)
{
    const char *unit = vocabulary_word(fold->words, value->unit);
    return unit[0] == 'k' ? value->value * 1000 : value->value;
}

static bool is_register(const struct fold *fold, const struct state_meter_value *value)
{
    return value->phase == 0 &&
           (value->location == 0 || is_word(fold, value->location, "Outlet")) &&
           is_word(fold, value->measurand, "Energy.Active.Import.Register");
}

static bool take_sample(struct json_span element, void *context)
{
    struct sampling *sampling = context;
    struct folding *folding = sampling->folding;
    struct state_meter_value value = {.time_ns = sampling->time_ns};
    struct json_span members[SAMPLE_KEYS];
    if (++sampling->samples > FOLD_MAX_SAMPLES)
        return false;
    fold_members(element, sample_keys, SAMPLE_KEYS, members);
    if (!fold_value(members[SAMPLE_VALUE], &value.value))
        return true; /* signed data is not looked into */
    value.measurand = fold_word_of(folding, members[SAMPLE_MEASURAND]);
    if (value.measurand == 0)
        value.measurand = word_of(folding->fold, "Energy.Active.Import.Register");
    value.phase = fold_word_of(folding, members[SAMPLE_PHASE]);
    value.location = fold_word_of(folding, members[SAMPLE_LOCATION]);
    take_unit(folding, members, &value);
    struct state_meter_value *place =
        station_state_meter_value(&folding->fold->memory, sampling->transaction, &value);
    if (place != NULL)
        *place = value;
    if (sampling->begins && isnan(sampling->transaction->meter_start_wh) &&
        is_register(folding->fold, &value))
        sampling->transaction->meter_start_wh = in_base_unit(folding->fold, &value);
    return true;
}

static bool take_meter_value(struct json_span element, void *context)
{
    struct sampling *sampling = context;
    struct json_span samples = fold_member(element, "sampledValue");
    sampling->time_ns = fold_time(sampling->folding, element);
    return samples.type != JSON_ARRAY || json_each(samples, take_sample, sampling);
}

void fold_meter_values(struct folding *folding, struct json_span meter_values,
                       struct state_transaction *transaction, bool begins)
{
    struct sampling sampling = {.folding = folding, .transaction = transaction, .begins = begins};
    if (meter_values.type == JSON_ARRAY)
        json_each(meter_values, take_meter_value, &sampling);
}

double fold_register_wh(const struct fold *fold, const struct state_transaction *transaction)
{
    for (unsigned i = 0; i < transaction->value_count; i++) {
        if (is_register(fold, &transaction->values[i]))
            return in_base_unit(fold, &transaction->values[i]);
    }
    return (double)NAN;
}

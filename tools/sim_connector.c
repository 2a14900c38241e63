#include "tools/sim_station_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* All times are simulated seconds. */
#define METER_AC   10.0
#define METER_DC   5.0
#define IDLE_MEAN  2400.0
#define STAY_AC    2700.0 /* how long drivers stay on average */
#define STAY_DC    1500.0
#define ID_TAG_MAX 20 /* 1.6 */

static void step_after(struct sim_station *station, struct sim_connector *connector, double seconds)
{
    connector->at = station->world->stopping ? SIM_NEVER : sim_after(station->world, seconds);
}

static double meter_interval(const struct sim_station *station)
{
    return station->profile.direct_current ? METER_DC : METER_AC;
}

static void report(struct sim_station *station, struct sim_connector *connector,
                   enum sim_connector_status status)
{
    struct sim_text payload;

    sim_text_clear(&payload);
    const char *action = station->messages->status(
        &payload, connector->session.connector, status,
        (unsigned)(sim_random_next(&station->random) >> 40), sim_clock_ms(station->world));
    sim_call_add(station, SIM_PURPOSE_KEEP, connector->session.connector, action, &payload);
}

static void become_free(struct sim_station *station, struct sim_connector *connector)
{
    connector->state = SIM_STATE_FREE;
    connector->session.remote_start_id = 0;
    report(station, connector, SIM_AVAILABLE);
    step_after(station, connector, 30 + sim_random_wait(&station->random, IDLE_MEAN));
}

static void plug_in(struct sim_station *station, struct sim_connector *connector)
{
    struct sim_session *session = &connector->session;

    if (session->remote_start_id == 0)
        snprintf(session->id_token, sizeof session->id_token, "04%012llX",
                 (unsigned long long)(sim_random_next(&station->random) >> 16));
    connector->state = SIM_STATE_PLUGGED;
    report(station, connector, SIM_PREPARING);
    step_after(station, connector, sim_random_between(&station->random, 3, 15));
}

static void authorize(struct sim_station *station, struct sim_connector *connector)
{
    struct sim_text payload;

    connector->state = SIM_STATE_AUTHORIZING;
    sim_text_clear(&payload);
    const char *action = station->messages->authorize(&payload, connector->session.id_token);
    sim_call_add(station, SIM_PURPOSE_AUTHORIZE, connector->session.connector, action, &payload);
}

static void begin_charging(struct sim_station *station, struct sim_connector *connector)
{
    double stay = station->profile.direct_current ? STAY_DC : STAY_AC;

    connector->state = SIM_STATE_CHARGING;
    connector->metered_ms = sim_clock_ms(station->world);
    connector->ends_ms =
        connector->metered_ms + (uint64_t)(1000 * (120 + sim_random_wait(&station->random, stay)));
    if (station->messages->waits_for_start)
        report(station, connector, SIM_CHARGING);
    step_after(station, connector, meter_interval(station));
}

static void start(struct sim_station *station, struct sim_connector *connector)
{
    struct sim_session *session = &connector->session;
    struct sim_text payload;

    sim_charge_begin(&session->charge, &station->profile, &station->random);
    sim_random_uuid(&station->random, session->transaction_uuid);
    session->transaction_id = 0;
    session->sequence = 0;
    session->started_ms = sim_clock_ms(station->world);
    session->offline = !station->open;
    connector->state = SIM_STATE_STARTING;
    sim_text_clear(&payload);
    const char *action = station->messages->start(&payload, session, session->started_ms);
    sim_call_add(station, SIM_PURPOSE_START, session->connector, action, &payload);
}

static void stop(struct sim_station *station, struct sim_connector *connector,
                 enum sim_stop_reason reason)
{
    struct sim_session *session = &connector->session;
    struct sim_text payload;

    session->offline = !station->open;
    sim_text_clear(&payload);
    const char *action =
        station->messages->stop(&payload, session, reason, sim_clock_ms(station->world));
    sim_call_add(station, SIM_PURPOSE_KEEP, session->connector, action, &payload);
    session->transaction_id = 0;
    connector->state = SIM_STATE_FINISHING;
    if (station->messages->waits_for_start)
        report(station, connector, SIM_FINISHING);
    step_after(station, connector, sim_random_between(&station->random, 20, 300));
}

static void charge(struct sim_station *station, struct sim_connector *connector)
{
    struct sim_session *session = &connector->session;
    uint64_t now_ms = sim_clock_ms(station->world);
    struct sim_text payload;

    sim_charge_advance(&session->charge, (double)(now_ms - connector->metered_ms) / 1000,
                       &station->random);
    connector->metered_ms = now_ms;
    if (sim_charge_done(&session->charge) || now_ms >= connector->ends_ms) {
        stop(station, connector,
             now_ms >= connector->ends_ms ? SIM_STOP_LOCAL : SIM_STOP_EV_DISCONNECTED);
        return;
    }
    session->offline = !station->open;
    sim_text_clear(&payload);
    const char *action = station->messages->update(&payload, session, now_ms);
    sim_call_add(station, SIM_PURPOSE_NOTE, session->connector, action, &payload);
    step_after(station, connector, meter_interval(station));
}

void sim_connector_step(struct sim_station *station, struct sim_connector *connector)
{
    switch (connector->state) {
    case SIM_STATE_FREE:
        plug_in(station, connector);
        break;
    case SIM_STATE_PLUGGED:
        authorize(station, connector);
        break;
    case SIM_STATE_CHARGING:
        charge(station, connector);
        break;
    case SIM_STATE_FINISHING:
    case SIM_STATE_BROKEN:
        become_free(station, connector);
        break;
    case SIM_STATE_AUTHORIZING:
    case SIM_STATE_STARTING:
        break; /* an answer of the CSMS moves these */
    }
}

void sim_connectors_begin(struct sim_station *station)
{
    for (unsigned i = 0; i < station->profile.connectors; i++) {
        bool soon = sim_random_chance(&station->random, 0.5);
        double wait = soon ? sim_random_between(&station->random, 1, 90)
                           : sim_random_wait(&station->random, IDLE_MEAN);

        step_after(station, &station->connectors[i], wait);
    }
}

static enum sim_connector_status status_of(const struct sim_connector *connector)
{
    static const enum sim_connector_status status[] = {
        [SIM_STATE_FREE] = SIM_AVAILABLE,        [SIM_STATE_PLUGGED] = SIM_PREPARING,
        [SIM_STATE_AUTHORIZING] = SIM_PREPARING, [SIM_STATE_STARTING] = SIM_PREPARING,
        [SIM_STATE_CHARGING] = SIM_CHARGING,     [SIM_STATE_FINISHING] = SIM_FINISHING,
        [SIM_STATE_BROKEN] = SIM_FAULTED,
    };

    return status[connector->state];
}

void sim_connectors_report(struct sim_station *station)
{
    for (unsigned i = 0; i < station->profile.connectors; i++)
        report(station, &station->connectors[i], status_of(&station->connectors[i]));
}

static struct sim_connector *numbered(struct sim_station *station, unsigned number)
{
    if (number < 1 || number > station->profile.connectors)
        return NULL;
    return &station->connectors[number - 1];
}

void sim_connector_authorized(struct sim_station *station, unsigned number, bool accepted)
{
    struct sim_connector *connector = numbered(station, number);

    if (connector == NULL || connector->state != SIM_STATE_AUTHORIZING)
        return;
    if (accepted)
        start(station, connector);
    else
        become_free(station, connector);
}

void sim_connector_started(struct sim_station *station, unsigned number, bool accepted,
                           struct json_span payload)
{
    struct sim_connector *connector = numbered(station, number);
    struct json_span id;

    if (connector == NULL || connector->state != SIM_STATE_STARTING)
        return;
    if (payload.type == JSON_OBJECT && json_member(payload, "transactionId", &id))
        json_integer(id, &connector->session.transaction_id);
    if (accepted)
        begin_charging(station, connector);
    else
        become_free(station, connector);
}

/* Takes over a token that can be repeated in a message without a second look. */
static void use_token(struct sim_session *session, struct json_span token, size_t longest)
{
    char text[SIM_ID_TOKEN_SIZE];
    int length = token.type == JSON_STRING ? json_string(token, text, sizeof text) : -1;

    if (length < 1 || (size_t)length > longest)
        return;
    for (int i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr("-_.:@", text[i]) == NULL)
            return;
    }
    memcpy(session->id_token, text, (size_t)length + 1);
}

void sim_connectors_remote_start(struct sim_station *station, struct json_span payload)
{
    struct json_span value, token;
    struct sim_connector *connector = NULL;

    for (unsigned i = 0; i < station->profile.connectors && connector == NULL; i++) {
        if (station->connectors[i].state == SIM_STATE_FREE)
            connector = &station->connectors[i];
    }
    if (connector == NULL || payload.type != JSON_OBJECT)
        return;
    struct sim_session *session = &connector->session;
    session->remote_start_id = 1;
    snprintf(session->id_token, sizeof session->id_token, "REMOTE");
    if (json_member(payload, "remoteStartId", &value))
        json_integer(value, &session->remote_start_id);
    if (json_member(payload, "idTag", &value))
        use_token(session, value, ID_TAG_MAX);
    else if (json_member(payload, "idToken", &value) && value.type == JSON_OBJECT &&
             json_member(value, "idToken", &token))
        use_token(session, token, SIM_ID_TOKEN_SIZE - 1);
    plug_in(station, connector);
}

void sim_connectors_remote_stop(struct sim_station *station, struct json_span payload)
{
    struct json_span id;
    long long number = 0;

    if (payload.type != JSON_OBJECT || !json_member(payload, "transactionId", &id))
        return;
    if (id.type == JSON_NUMBER)
        json_integer(id, &number);
    for (unsigned i = 0; i < station->profile.connectors; i++) {
        struct sim_connector *connector = &station->connectors[i];
        const struct sim_session *session = &connector->session;

        if (connector->state == SIM_STATE_CHARGING &&
            (id.type == JSON_NUMBER ? session->transaction_id == number
                                    : json_string_is(id, session->transaction_uuid)))
            stop(station, connector, SIM_STOP_REMOTE);
    }
}

void sim_connectors_stop_all(struct sim_station *station, enum sim_stop_reason reason)
{
    for (unsigned i = 0; i < station->profile.connectors; i++) {
        if (station->connectors[i].state == SIM_STATE_CHARGING)
            stop(station, &station->connectors[i], reason);
    }
}

void sim_connector_break(struct sim_station *station, struct sim_connector *connector)
{
    if (connector->state == SIM_STATE_CHARGING)
        stop(station, connector, SIM_STOP_FAULT);
    else if (connector->state != SIM_STATE_FREE)
        return; /* half begun: let it come to its end */
    connector->state = SIM_STATE_BROKEN;
    report(station, connector, SIM_FAULTED);
    step_after(station, connector, sim_random_between(&station->random, 60, 900));
}

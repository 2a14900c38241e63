#include "tools/sim_station_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#define SECOND           UINT64_C(1000000000)
#define FIRST_BACK_OFF   0.25 /* seconds */
#define LONGEST_BACK_OFF 30.0

uint64_t sim_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

uint64_t sim_clock_ms(const struct sim_world *world)
{
    double passed = (double)(sim_now_ns() - world->start_ns) / 1e6;

    return world->start_ms + (uint64_t)(passed * world->rate);
}

uint64_t sim_after(const struct sim_world *world, double seconds)
{
    return sim_now_ns() + (uint64_t)(seconds / world->rate * 1e9);
}

/* The timer */

static void earlier(uint64_t *first, uint64_t at)
{
    if (at < *first)
        *first = at;
}

/* Sets the timer to the first of all deadlines. Ends every entry from the event loop. */
static void plan(struct sim_station *station)
{
    uint64_t first = SIM_NEVER;

    earlier(&first, station->connect_at);
    earlier(&first, station->answer_by);
    earlier(&first, station->boot_at);
    earlier(&first, station->heartbeat_at);
    earlier(&first, station->incident_at);
    earlier(&first, station->sequence.at);
    for (unsigned i = 0; i < station->profile.connectors; i++)
        earlier(&first, station->connectors[i].at);
    if (first == station->timer_at)
        return;
    station->timer_at = first;
    if (first == SIM_NEVER) {
        evtimer_del(station->timer);
        return;
    }
    uint64_t now = sim_now_ns();
    uint64_t wait_us = first > now ? (first - now + 999) / 1000 : 0;
    struct timeval delay = {(time_t)(wait_us / 1000000), (suseconds_t)(wait_us % 1000000)};
    evtimer_add(station->timer, &delay);
}

static bool is_due(uint64_t *at, uint64_t now)
{
    if (*at > now)
        return false;
    *at = SIM_NEVER;
    return true;
}

/* Answers of the CSMS */

static double seconds_of(struct json_span payload, const char *key, double fallback)
{
    struct json_span value;
    long long seconds;

    if (payload.type != JSON_OBJECT || !json_member(payload, key, &value) ||
        !json_integer(value, &seconds) || seconds <= 0)
        return fallback;
    return (double)seconds;
}

/* 1.6: idTagInfo.status; 2.x: idTokenInfo.status; without either the station goes on. */
static bool is_accepted(struct json_span payload)
{
    struct json_span info, status;

    if (payload.type != JSON_OBJECT)
        return false;
    if (!json_member(payload, "idTagInfo", &info) && !json_member(payload, "idTokenInfo", &info))
        return true;
    return info.type == JSON_OBJECT && json_member(info, "status", &status) &&
           json_string_is(status, "Accepted");
}

static void become_ready(struct sim_station *station)
{
    bool first = !station->was_ready;

    station->booted = true;
    station->was_ready = true;
    station->heartbeat_at = sim_after(station->world, station->heartbeat_seconds);
    sim_connectors_report(station);
    if (!first || station->world->fixed_load)
        return;
    sim_connectors_begin(station);
    sim_incidents_begin(station);
}

static void boot_answered(struct sim_station *station, bool answered, struct json_span payload)
{
    double interval = answered ? seconds_of(payload, "interval", 300) : 10;
    struct json_span status;

    if (answered && payload.type == JSON_OBJECT && json_member(payload, "status", &status) &&
        json_string_is(status, "Accepted")) {
        station->heartbeat_seconds = interval;
        become_ready(station);
    } else {
        station->boot_at = sim_after(station->world, interval);
    }
}

/* `answered` false: a CALLERROR, or nothing in time. */
static void call_answered(struct sim_station *station, const struct sim_call *call, bool answered,
                          struct json_span payload)
{
    switch (call->purpose) {
    case SIM_PURPOSE_BOOT:
        boot_answered(station, answered, payload);
        break;
    case SIM_PURPOSE_AUTHORIZE:
        sim_connector_authorized(station, call->connector, answered && is_accepted(payload));
        break;
    case SIM_PURPOSE_START:
        sim_connector_started(station, call->connector, answered && is_accepted(payload), payload);
        break;
    default:
        break;
    }
}

/* With a fixed load only that load counts, from when it was due. */
static void count_latency(struct sim_world *world, const struct sim_call *call)
{
    uint64_t since = world->fixed_load ? call->due_ns : call->sent_ns;

    if (since != 0)
        sim_stats_latency(&world->stats, (sim_now_ns() - since) / 1000);
}

static void receive_answer(struct sim_station *station, long long type, struct json_span id,
                           struct json_span payload)
{
    struct sim_stats *stats = &station->world->stats;
    struct sim_call *call = sim_call_take(station, id);

    if (call == NULL) {
        stats->strays++;
        return;
    }
    count_latency(station->world, call);
    if (type == MESSAGE_CALLRESULT)
        stats->results++;
    else
        stats->call_errors++;
    call_answered(station, call, type == MESSAGE_CALLRESULT, payload);
    free(call);
    sim_call_send_next(station);
}

static void give_up_answer(struct sim_station *station)
{
    struct sim_call *call = sim_call_take_first(station);

    if (call == NULL)
        return;
    station->world->stats.unanswered++;
    call_answered(station, call, false, (struct json_span){"null", 4, JSON_NULL});
    free(call);
    sim_call_send_next(station);
}

/* CALLs of the CSMS */

static void triggered(struct sim_station *station, struct json_span payload)
{
    struct sim_text none;
    struct json_span message;

    if (!json_member(payload, "requestedMessage", &message))
        return;
    if (json_string_is(message, "StatusNotification")) {
        sim_connectors_report(station);
    } else if (json_string_is(message, "BootNotification")) {
        station->boot_at = sim_now_ns();
    } else {
        sim_text_clear(&none);
        sim_text_add(&none, "{}");
        sim_call_add(station, SIM_PURPOSE_NOTE, 0, "Heartbeat", &none);
    }
}

static void take_effect(struct sim_station *station, enum sim_effect effect,
                        struct json_span payload)
{
    struct json_span value;
    long long request_id = 1;

    if (payload.type == JSON_OBJECT && json_member(payload, "requestId", &value))
        json_integer(value, &request_id);
    switch (effect) {
    case SIM_EFFECT_RESET:
        sim_connectors_stop_all(station, SIM_STOP_REMOTE);
        sim_station_reboot(station, SIM_BOOT_REMOTE_RESET);
        break;
    case SIM_EFFECT_START:
        sim_connectors_remote_start(station, payload);
        break;
    case SIM_EFFECT_STOP:
        sim_connectors_remote_stop(station, payload);
        break;
    case SIM_EFFECT_TRIGGER:
        triggered(station, payload);
        break;
    case SIM_EFFECT_FIRMWARE:
        sim_sequence_firmware(station, request_id);
        break;
    case SIM_EFFECT_LOG:
        sim_sequence_log(station, request_id);
        break;
    case SIM_EFFECT_NONE:
        break;
    }
}

static void receive_call(struct sim_station *station, const struct json_span *part)
{
    bool refuse = sim_random_chance(&station->random, 0.02);
    struct sim_text answer;

    station->world->stats.calls_received++;
    enum sim_effect effect =
        sim_answer(&answer, station->profile.version, part[1], part[2], part[3], refuse);
    if (answer.full)
        return;
    sim_websocket_send(station->socket, answer.data, answer.length);
    take_effect(station, effect, part[3]);
}

static void on_text(const char *data, size_t length, void *context)
{
    struct sim_station *station = context;
    struct json_span part[5];
    size_t count;
    long long type = 0;

    if (json_scan_array(data, length, part, 5, &count, NULL) && count >= 3 &&
        part[1].type == JSON_STRING)
        json_integer(part[0], &type);
    if (type == MESSAGE_CALL && count == 4 && part[2].type == JSON_STRING)
        receive_call(station, part);
    else if (type == MESSAGE_CALLRESULT || type == MESSAGE_CALLERROR)
        receive_answer(station, type, part[1], part[2]);
    else
        station->world->stats.strays++;
    plan(station);
}

/* The connection */

static void reconnect_after(struct sim_station *station, double seconds)
{
    /* real time: a network doesn't get faster with the simulated clock */
    double spread = (double)station->world->ramp_ns * sim_random_unit(&station->random);

    station->connect_at = sim_now_ns() + (uint64_t)(seconds * 1e9) + (uint64_t)spread;
}

static void back_off(struct sim_station *station)
{
    double seconds = FIRST_BACK_OFF;

    if (station->stopped || station->world->stopping)
        return;
    for (unsigned i = 0; i < station->attempts && seconds < LONGEST_BACK_OFF; i++)
        seconds *= 2;
    station->attempts++;
    if (seconds > LONGEST_BACK_OFF)
        seconds = LONGEST_BACK_OFF;
    reconnect_after(station, seconds);
}

static void on_open(void *context)
{
    struct sim_station *station = context;

    station->open = true;
    station->attempts = 0;
    station->world->stats.connects++;
    station->world->stats.online++;
    if (!station->booted)
        sim_call_add_boot(station);
    else
        sim_connectors_report(station);
    sim_call_send_next(station);
    plan(station);
}

static void on_refused(unsigned status, const char *reason, void *context)
{
    struct sim_station *station = context;
    struct sim_stats *stats = &station->world->stats;

    station->socket = NULL;
    if (status != 0)
        stats->refused++;
    else if (!station->stopped) /* the fleet's end ends handshakes, too: no failure */
        sim_stats_failure(stats, station->profile.identity, reason);
    if (status != 0 && station->wrong_password)
        stats->wrong_passwords++;
    if (!station->stopped)
        back_off(station);
    plan(station);
}

static void on_closed(bool clean, unsigned code, void *context)
{
    struct sim_station *station = context;

    char reason[48];

    station->socket = NULL;
    station->world->stats.online--;
    station->open = false;
    station->waiting = false;
    station->answer_by = SIM_NEVER;
    if (station->connect_at == SIM_NEVER && !station->stopped) {
        snprintf(reason, sizeof reason, clean ? "closed with code %u" : "connection lost", code);
        sim_stats_failure(&station->world->stats, station->profile.identity, reason);
        back_off(station);
    }
    plan(station);
}

static const struct sim_websocket_handlers handlers = {on_open, on_refused, on_text, on_closed};

static void connect_now(struct sim_station *station)
{
    struct sim_world *world = station->world;
    struct sim_websocket_options options = {
        .identity = station->profile.identity,
        .subprotocol = ocpp_version_label(station->profile.version),
        .password = station->password,
        .source = world->stats.stations > 20000 ? 1 + station->number / 20000 : 0,
        .seed = sim_random_next(&station->random),
        .codec = world->codec,
    };

    if (station->stopped)
        return;
    if (station->socket != NULL) { /* the old connection is still closing */
        station->connect_at = sim_now_ns() + SECOND / 20;
        return;
    }
    station->wrong_password = sim_random_chance(&station->random, world->wrong_passwords);
    if (station->wrong_password)
        options.password = "not-the-right-password";
    station->socket =
        sim_websocket_connect(world->base, &world->target, &options, &handlers, station);
    if (station->socket == NULL) {
        sim_stats_failure(&world->stats, station->profile.identity, strerror(errno));
        back_off(station);
    }
}

void sim_station_leave(struct sim_station *station, bool orderly, double seconds)
{
    if (station->socket == NULL || !station->open)
        return;
    station->connect_at = sim_after(station->world, seconds);
    if (orderly)
        sim_websocket_close(station->socket, 1000);
    else
        sim_websocket_abort(station->socket);
}

void sim_station_reboot(struct sim_station *station, enum sim_boot_reason reason)
{
    station->boot_reason = reason;
    station->booted = false;
    station->heartbeat_at = SIM_NEVER;
    sim_station_leave(station, true, sim_random_between(&station->random, 10, 40));
}

static void heartbeat(struct sim_station *station)
{
    struct sim_text none;

    station->heartbeat_at = sim_after(station->world, station->heartbeat_seconds);
    if (!station->open || !station->booted)
        return;
    sim_text_clear(&none);
    sim_text_add(&none, "{}");
    sim_call_add(station, SIM_PURPOSE_NOTE, 0, "Heartbeat", &none);
}

static void on_timer(int fd, short what, void *context)
{
    struct sim_station *station = context;
    uint64_t now = sim_now_ns();

    (void)fd;
    (void)what;
    station->timer_at = SIM_NEVER;
    if (is_due(&station->connect_at, now))
        connect_now(station);
    if (is_due(&station->answer_by, now))
        give_up_answer(station);
    if (is_due(&station->boot_at, now) && station->open)
        sim_call_add_boot(station);
    if (is_due(&station->heartbeat_at, now))
        heartbeat(station);
    if (is_due(&station->incident_at, now))
        sim_incident_happen(station);
    if (is_due(&station->sequence.at, now))
        sim_sequence_step(station);
    for (unsigned i = 0; i < station->profile.connectors; i++) {
        if (is_due(&station->connectors[i].at, now))
            sim_connector_step(station, &station->connectors[i]);
    }
    plan(station);
}

/* Life */

struct sim_station *sim_station_new(struct sim_world *world, const struct sim_profile *profile,
                                    const char *password, unsigned number, struct sim_random random)
{
    struct sim_station *station = calloc(1, sizeof *station);

    if (station == NULL)
        return NULL;
    STAILQ_INIT(&station->queue);
    station->world = world;
    station->profile = *profile;
    station->random = random;
    station->number = number;
    station->messages = sim_messages_for(profile->version);
    station->timer = evtimer_new(world->base, on_timer, station);
    station->password = password != NULL ? strdup(password) : NULL;
    if (station->timer == NULL || (password != NULL && station->password == NULL)) {
        sim_station_free(station);
        return NULL;
    }
    station->timer_at = station->connect_at = station->boot_at = SIM_NEVER;
    station->heartbeat_at = station->answer_by = station->incident_at = SIM_NEVER;
    station->sequence.at = SIM_NEVER;
    for (unsigned i = 0; i < SIM_MAX_CONNECTORS; i++) {
        struct sim_connector *connector = &station->connectors[i];
        connector->at = SIM_NEVER;
        connector->session.connector = i + 1;
        connector->session.charge.register_wh = sim_random_between(&station->random, 1e4, 9e6);
        connector->session.charge.voltage = 230;
        connector->session.charge.phases = profile->phases;
    }
    return station;
}

void sim_station_start(struct sim_station *station)
{
    reconnect_after(station, 0);
    plan(station);
}

bool sim_station_was_ready(const struct sim_station *station)
{
    return station->was_ready;
}

bool sim_station_is_ready(const struct sim_station *station)
{
    return station->open && station->booted;
}

bool sim_station_is_waiting(const struct sim_station *station)
{
    return station->waiting;
}

void sim_station_load(struct sim_station *station, uint64_t due_ns)
{
    struct sim_session *session = &station->connectors[0].session;
    struct sim_text payload;

    session->charge.max_power = station->profile.max_power;
    session->charge.power = station->profile.max_power;
    session->charge.register_wh += 10;
    sim_text_clear(&payload);
    const char *action =
        station->messages->meter_values(&payload, session, sim_clock_ms(station->world));
    sim_call_add_due(station, SIM_PURPOSE_NOTE, 1, action, &payload, due_ns);
    plan(station);
}

void sim_station_stop(struct sim_station *station)
{
    sim_call_drop_all(station);
    station->stopped = true;
    station->connect_at = station->boot_at = station->heartbeat_at = SIM_NEVER;
    station->incident_at = station->sequence.at = SIM_NEVER;
    for (unsigned i = 0; i < SIM_MAX_CONNECTORS; i++)
        station->connectors[i].at = SIM_NEVER;
    if (station->socket != NULL)
        sim_websocket_close(station->socket, 1000);
    plan(station);
}

void sim_station_free(struct sim_station *station)
{
    if (station == NULL)
        return;
    sim_call_drop_all(station);
    sim_websocket_free(station->socket);
    if (station->timer != NULL)
        event_free(station->timer);
    free(station->password);
    free(station);
}

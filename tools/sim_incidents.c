#include "tools/sim_station_parts.h"

#include <string.h>

/* Times are simulated seconds. A step that begins with an upper case letter is a status of the
 * notification named first. */
static const char *const firmware_steps[] = {"firmware",   "Downloading", "Downloaded",
                                             "Installing", "Installed",   NULL};
static const char *const log_steps[] = {"log", "Uploading", "Uploaded", NULL};
static const char *const stream_steps[] = {"stream", "open", "data",  "data",
                                           "data",   "data", "close", NULL};

static void begin_sequence(struct sim_station *station, const char *const *steps,
                           long long request_id)
{
    struct sim_sequence *sequence = &station->sequence;

    if (sequence->steps != NULL || station->world->stopping)
        return;
    sequence->steps = steps;
    sequence->step = 1;
    sequence->request_id = request_id;
    sequence->at = sim_after(station->world, 2);
}

void sim_sequence_firmware(struct sim_station *station, long long request_id)
{
    begin_sequence(station, firmware_steps, request_id);
}

void sim_sequence_log(struct sim_station *station, long long request_id)
{
    begin_sequence(station, log_steps, request_id);
}

static void stream_step(struct sim_station *station, const char *step)
{
    unsigned stream = station->number % 1000;
    struct sim_text payload;
    const char *action;

    sim_text_clear(&payload);
    if (strcmp(step, "data") == 0) {
        action = sim_stream_data(&payload, stream, sim_random_between(&station->random, 20, 45),
                                 sim_clock_ms(station->world));
        sim_send_add(station, action, &payload);
        return;
    }
    action = strcmp(step, "open") == 0 ? sim_open_stream(&payload, stream)
                                       : sim_close_stream(&payload, stream);
    sim_call_add(station, SIM_PURPOSE_NOTE, 0, action, &payload);
}

void sim_sequence_step(struct sim_station *station)
{
    struct sim_sequence *sequence = &station->sequence;
    const struct sim_messages *messages = station->messages;
    const char *step = sequence->steps[sequence->step++];
    struct sim_text payload;
    const char *action;

    sim_text_clear(&payload);
    if (sequence->steps == stream_steps) {
        stream_step(station, step);
    } else {
        action = sequence->steps == firmware_steps
                     ? messages->firmware(&payload, step, sequence->request_id)
                     : messages->log_status(&payload, step, sequence->request_id);
        sim_call_add(station, SIM_PURPOSE_NOTE, 0, action, &payload);
    }
    if (sequence->steps[sequence->step] == NULL) {
        sequence->steps = NULL;
        return;
    }
    sequence->at = sim_after(station->world, sim_random_between(&station->random, 10, 60));
}

static void security_event(struct sim_station *station)
{
    static const char *const types[] = {"StartupOfTheDevice", "SettingSystemTime",
                                        "FirmwareUpdated", "TamperDetectionActivated",
                                        "InvalidMessages"};
    struct sim_text payload;

    sim_text_clear(&payload);
    const char *action = station->messages->security_event(
        &payload, types[sim_random_below(&station->random, 5)], sim_clock_ms(station->world));
    sim_call_add(station, SIM_PURPOSE_KEEP, 0, action, &payload);
}

static void data_transfer(struct sim_station *station)
{
    struct sim_text payload;

    sim_text_clear(&payload);
    const char *action = station->messages->data_transfer(&payload, &station->profile);
    sim_call_add(station, SIM_PURPOSE_NOTE, 0, action, &payload);
}

static void notify(struct sim_station *station)
{
    struct sim_text payload;

    if (station->profile.version == OCPP_16) {
        data_transfer(station);
        return;
    }
    if (station->profile.version == OCPP_21 && sim_random_chance(&station->random, 0.6)) {
        begin_sequence(station, stream_steps, 0);
        return;
    }
    sim_text_clear(&payload);
    const char *action = sim_notify_event(&payload, 1, sim_random_between(&station->random, 70, 95),
                                          (unsigned)(sim_random_next(&station->random) >> 40),
                                          sim_clock_ms(station->world));
    sim_call_add(station, SIM_PURPOSE_NOTE, 0, action, &payload);
}

static void plan_next(struct sim_station *station)
{
    double incidents = station->world->incidents;

    if (incidents > 0 && !station->world->stopping)
        station->incident_at =
            sim_after(station->world, sim_random_wait(&station->random, 3600 / incidents));
}

void sim_incidents_begin(struct sim_station *station)
{
    plan_next(station);
}

void sim_incident_happen(struct sim_station *station)
{
    unsigned connector = sim_random_below(&station->random, station->profile.connectors);
    unsigned choice = sim_random_below(&station->random, 100);
    double away = sim_random_between(&station->random, 5, 90);

    plan_next(station);
    if (!station->open)
        return;
    if (choice < 15)
        sim_connector_break(station, &station->connectors[connector]);
    else if (choice < 30)
        sim_station_leave(station, true, away);
    else if (choice < 45)
        sim_station_leave(station, false, away);
    else if (choice < 50)
        sim_station_reboot(station, SIM_BOOT_WATCHDOG);
    else if (choice < 58)
        sim_sequence_firmware(station, 1 + choice);
    else if (choice < 66)
        sim_sequence_log(station, 1 + choice);
    else if (choice < 76)
        security_event(station);
    else if (choice < 84)
        data_transfer(station);
    else
        notify(station);
}

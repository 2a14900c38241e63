#include "tools/sim_station_parts.h"

#include <stdlib.h>
#include <string.h>

/* Meter values of a station that is offline pile up to this; what must arrive may go beyond. */
#define QUEUE_LIMIT      64
#define QUEUE_HARD_LIMIT 1024

static struct sim_call *make(struct sim_station *station, enum sim_purpose purpose,
                             unsigned connector, const char *action, const struct sim_text *payload)
{
    size_t room = payload->length + strlen(action) + 64;
    struct sim_call *call;

    if (payload->full)
        return NULL;
    call = malloc(sizeof *call + room);
    if (call == NULL)
        return NULL;
    call->purpose = purpose;
    call->connector = connector;
    call->sent = false;
    call->due_ns = 0;
    call->sent_ns = 0;
    sim_random_uuid(&station->random, call->id);
    int length = snprintf(call->frame, room, "[%d,\"%s\",\"%s\",%s]", MESSAGE_CALL, call->id,
                          action, payload->data);
    call->length = (size_t)length;
    return call;
}

void sim_call_add(struct sim_station *station, enum sim_purpose purpose, unsigned connector,
                  const char *action, const struct sim_text *payload)
{
    sim_call_add_due(station, purpose, connector, action, payload, 0);
}

void sim_call_add_due(struct sim_station *station, enum sim_purpose purpose, unsigned connector,
                      const char *action, const struct sim_text *payload, uint64_t due_ns)
{
    unsigned limit = purpose == SIM_PURPOSE_NOTE ? QUEUE_LIMIT : QUEUE_HARD_LIMIT;
    struct sim_call *call = NULL;

    if (station->queued < limit)
        call = make(station, purpose, connector, action, payload);
    if (call == NULL) {
        station->world->stats.dropped++;
        return;
    }
    call->due_ns = due_ns;
    STAILQ_INSERT_TAIL(&station->queue, call, next);
    station->queued++;
    sim_call_send_next(station);
}

void sim_call_add_boot(struct sim_station *station)
{
    const struct sim_call *first = STAILQ_FIRST(&station->queue);
    struct sim_text payload;

    if (station->waiting || (first != NULL && first->purpose == SIM_PURPOSE_BOOT))
        return;
    sim_text_clear(&payload);
    const char *action = station->messages->boot(&payload, &station->profile, station->boot_reason);
    struct sim_call *call = make(station, SIM_PURPOSE_BOOT, 0, action, &payload);
    if (call == NULL)
        return;
    STAILQ_INSERT_HEAD(&station->queue, call, next);
    station->queued++;
    sim_call_send_next(station);
}

void sim_call_send_next(struct sim_station *station)
{
    struct sim_call *call = STAILQ_FIRST(&station->queue);

    if (call == NULL || station->waiting || !station->open)
        return;
    if (!station->booted && call->purpose != SIM_PURPOSE_BOOT)
        return;
    if (!sim_websocket_send(station->socket, call->frame, call->length))
        return;
    uint64_t now = sim_now_ns();
    if (!call->sent) {
        station->world->stats.calls_sent++;
        station->world->stats.bytes_sent += call->length;
    }
    call->sent = true;
    call->sent_ns = now;
    station->waiting = true;
    station->answer_by = now + station->world->call_timeout_ns;
}

struct sim_call *sim_call_take_first(struct sim_station *station)
{
    struct sim_call *call = STAILQ_FIRST(&station->queue);

    if (call == NULL)
        return NULL;
    STAILQ_REMOVE_HEAD(&station->queue, next);
    station->queued--;
    station->waiting = false;
    station->answer_by = SIM_NEVER;
    return call;
}

struct sim_call *sim_call_take(struct sim_station *station, struct json_span id)
{
    const struct sim_call *call = STAILQ_FIRST(&station->queue);

    if (call == NULL || !station->waiting || !json_string_is(id, call->id))
        return NULL;
    return sim_call_take_first(station);
}

void sim_call_drop_all(struct sim_station *station)
{
    struct sim_stats *stats = &station->world->stats;
    bool waiting = station->waiting; /* taking a CALL ends that */
    struct sim_call *call;

    while ((call = sim_call_take_first(station)) != NULL) {
        if (!call->sent)
            stats->dropped++;
        else if (waiting)
            stats->unanswered++;
        else /* it would have been sent again, on the next connection */
            stats->unfinished++;
        free(call);
    }
}

void sim_send_add(struct sim_station *station, const char *action, const struct sim_text *payload)
{
    struct sim_call *frame;

    if (!station->open || !station->booted)
        return;
    frame = make(station, SIM_PURPOSE_NOTE, 0, action, payload);
    if (frame == NULL)
        return;
    frame->frame[1] = '0' + MESSAGE_SEND;
    if (sim_websocket_send(station->socket, frame->frame, frame->length))
        station->world->stats.sends++;
    free(frame);
}

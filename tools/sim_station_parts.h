/*
 * Inside of a simulated station; for sim_station.c, sim_calls.c, sim_connector.c and
 * sim_incidents.c only.
 */
#ifndef TOOLS_SIM_STATION_PARTS_H
#define TOOLS_SIM_STATION_PARTS_H

#include <sys/queue.h>

#include "common/json_scan.h"
#include "tools/sim_answers.h"
#include "tools/sim_messages.h"
#include "tools/sim_station.h"

/* What an answer is for. */
enum sim_purpose {
    SIM_PURPOSE_NOTE, /* nothing follows from it, may be dropped */
    SIM_PURPOSE_KEEP, /* nothing follows from it, must arrive */
    SIM_PURPOSE_BOOT,
    SIM_PURPOSE_AUTHORIZE,
    SIM_PURPOSE_START,
};

struct sim_call {
    STAILQ_ENTRY(sim_call) next;
    enum sim_purpose purpose;
    unsigned connector; /* from 1; 0 for the station */
    bool sent;          /* once at least: a lost connection makes it go out again, with its id */
    uint64_t due_ns;    /* fixed load: latency counts from here; else 0 */
    uint64_t sent_ns;   /* last time */
    char id[SIM_UUID_SIZE];
    size_t length;
    char frame[];
};
STAILQ_HEAD(sim_call_queue, sim_call);

enum sim_connector_state {
    SIM_STATE_FREE,
    SIM_STATE_PLUGGED,
    SIM_STATE_AUTHORIZING,
    SIM_STATE_STARTING,
    SIM_STATE_CHARGING,
    SIM_STATE_FINISHING,
    SIM_STATE_BROKEN,
};

struct sim_connector {
    enum sim_connector_state state;
    uint64_t at;         /* next step */
    uint64_t ends_ms;    /* the driver comes back, simulated time */
    uint64_t metered_ms; /* charge was brought up to here, simulated time */
    struct sim_session session;
};

/* Notifications that follow each other: a firmware update, a log upload, an event stream. */
struct sim_sequence {
    const char *const *steps; /* NULL: none runs */
    unsigned step;
    long long request_id;
    uint64_t at;
};

struct sim_station {
    struct sim_world *world;
    struct sim_profile profile;
    struct sim_random random;
    const struct sim_messages *messages;
    char *password; /* NULL for none */
    unsigned number;

    struct sim_websocket *socket;
    bool open;
    bool wrong_password; /* in the handshake under way */
    bool booted;         /* the CSMS accepted a BootNotification since our last reboot */
    bool was_ready;
    bool stopped;
    enum sim_boot_reason boot_reason;
    unsigned attempts;
    double heartbeat_seconds;

    struct sim_call_queue queue;
    unsigned queued;
    bool waiting; /* for the answer to the first call of the queue */

    struct event *timer;
    uint64_t timer_at;
    uint64_t connect_at;
    uint64_t boot_at;
    uint64_t heartbeat_at;
    uint64_t answer_by;
    uint64_t incident_at;
    struct sim_sequence sequence;
    struct sim_connector connectors[SIM_MAX_CONNECTORS];
};

/* sim_station.c */
/* Leaves the network: in order (close frame) or not, and comes back after so many simulated
 * seconds. */
void sim_station_leave(struct sim_station *station, bool orderly, double seconds);
void sim_station_reboot(struct sim_station *station, enum sim_boot_reason reason);

/* sim_calls.c */
/* Queues a CALL with that payload and sends it as soon as it may go out. */
void sim_call_add_due(struct sim_station *station, enum sim_purpose purpose, unsigned connector,
                      const char *action, const struct sim_text *payload, uint64_t due_ns);
void sim_call_add(struct sim_station *station, enum sim_purpose purpose, unsigned connector,
                  const char *action, const struct sim_text *payload); /* due_ns 0 */
void sim_call_add_boot(struct sim_station *station);                   /* before all others */
void sim_call_send_next(struct sim_station *station);
/* Takes the first call off the queue when the answer's id is its id; free() it. NULL: answer to no
 * CALL. */
struct sim_call *sim_call_take(struct sim_station *station, struct json_span id);
struct sim_call *sim_call_take_first(struct sim_station *station);
void sim_call_drop_all(struct sim_station *station);
/* 2.1: out at once, or not at all */
void sim_send_add(struct sim_station *station, const char *action, const struct sim_text *payload);

/* sim_connector.c */
void sim_connectors_begin(struct sim_station *station);  /* first plans */
void sim_connectors_report(struct sim_station *station); /* StatusNotification for each */
void sim_connector_step(struct sim_station *station, struct sim_connector *connector);
void sim_connector_authorized(struct sim_station *station, unsigned number, bool accepted);
/* `payload` is the CSMS's answer. */
void sim_connector_started(struct sim_station *station, unsigned number, bool accepted,
                           struct json_span payload);
void sim_connectors_remote_start(struct sim_station *station, struct json_span payload);
void sim_connectors_remote_stop(struct sim_station *station, struct json_span payload);
void sim_connectors_stop_all(struct sim_station *station, enum sim_stop_reason reason);
void sim_connector_break(struct sim_station *station, struct sim_connector *connector);

/* sim_incidents.c */
void sim_incidents_begin(struct sim_station *station);
void sim_incident_happen(struct sim_station *station);
void sim_sequence_step(struct sim_station *station);
void sim_sequence_firmware(struct sim_station *station, long long request_id);
void sim_sequence_log(struct sim_station *station, long long request_id);

#endif

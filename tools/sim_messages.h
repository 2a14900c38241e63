/*
 * What a station says, in the words of its OCPP version. One table of functions per version; each
 * writes the payload of a CALL, valid against the version's JSON schema, and returns the action.
 */
#ifndef TOOLS_SIM_MESSAGES_H
#define TOOLS_SIM_MESSAGES_H

#include <stdint.h>

#include "tools/sim_charge.h"
#include "tools/sim_profile.h"
#include "tools/sim_text.h"

#define SIM_ID_TOKEN_SIZE 37 /* 2.x allows 36 characters, 1.6 20 */

enum sim_connector_status {
    SIM_AVAILABLE,
    SIM_PREPARING,
    SIM_CHARGING,
    SIM_SUSPENDED_EV,
    SIM_FINISHING,
    SIM_FAULTED,
    SIM_UNAVAILABLE,
};

enum sim_boot_reason { SIM_BOOT_POWER_UP, SIM_BOOT_REMOTE_RESET, SIM_BOOT_WATCHDOG };
enum sim_stop_reason { SIM_STOP_LOCAL, SIM_STOP_EV_DISCONNECTED, SIM_STOP_REMOTE, SIM_STOP_FAULT };

/* One transaction on a connector. */
struct sim_session {
    unsigned connector; /* from 1; 2.x: the EVSE's id */
    char id_token[SIM_ID_TOKEN_SIZE];
    long long transaction_id;             /* 1.6, from the CSMS */
    char transaction_uuid[SIM_UUID_SIZE]; /* 2.x, ours */
    long long remote_start_id;            /* 2.x, 0 for none */
    unsigned sequence;                    /* 2.x: seqNo of the next TransactionEvent */
    uint64_t started_ms;                  /* simulated time */
    bool offline;                         /* 2.x: happened without a connection */
    struct sim_charge charge;
};

struct sim_messages {
    const char *(*boot)(struct sim_text *out, const struct sim_profile *profile,
                        enum sim_boot_reason reason);
    /* `fault` chooses an error code; only used with SIM_FAULTED. */
    const char *(*status)(struct sim_text *out, unsigned connector,
                          enum sim_connector_status status, unsigned fault, uint64_t time_ms);
    const char *(*authorize)(struct sim_text *out, const char *id_token);
    const char *(*start)(struct sim_text *out, struct sim_session *session, uint64_t time_ms);
    /* Meter values of a running transaction. */
    const char *(*update)(struct sim_text *out, struct sim_session *session, uint64_t time_ms);
    const char *(*stop)(struct sim_text *out, struct sim_session *session,
                        enum sim_stop_reason reason, uint64_t time_ms);
    /* MeterValues, about 400 bytes in each version. */
    const char *(*meter_values)(struct sim_text *out, const struct sim_session *session,
                                uint64_t time_ms);
    const char *(*firmware)(struct sim_text *out, const char *status, long long request_id);
    const char *(*log_status)(struct sim_text *out, const char *status, long long request_id);
    const char *(*security_event)(struct sim_text *out, const char *type, uint64_t time_ms);
    const char *(*data_transfer)(struct sim_text *out, const struct sim_profile *profile);
    bool waits_for_start; /* the transaction id comes with the CSMS's answer (1.6) */
};

/* NULL for OCPP_UNKNOWN. */
const struct sim_messages *sim_messages_for(enum ocpp_version version);

extern const struct sim_messages sim_messages_v16;
extern const struct sim_messages sim_messages_v2;

/* 2.x only */
const char *sim_notify_event(struct sim_text *out, unsigned evse, double temperature,
                             unsigned number, uint64_t time_ms);
/* 2.1 only; the last is the payload of a SEND */
const char *sim_open_stream(struct sim_text *out, unsigned stream);
const char *sim_close_stream(struct sim_text *out, unsigned stream);
const char *sim_stream_data(struct sim_text *out, unsigned stream, double value, uint64_t time_ms);

#endif

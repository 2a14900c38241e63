/*
 * Answers of a simulated station to the CALLs of a CSMS.
 */
#ifndef TOOLS_SIM_ANSWERS_H
#define TOOLS_SIM_ANSWERS_H

#include <stdbool.h>

#include "common/json_scan.h"
#include "shm/event.h"
#include "tools/sim_text.h"

/* What the station does after it has answered. */
enum sim_effect {
    SIM_EFFECT_NONE,
    SIM_EFFECT_RESET,
    SIM_EFFECT_START,
    SIM_EFFECT_STOP,
    SIM_EFFECT_TRIGGER,
    SIM_EFFECT_FIRMWARE,
    SIM_EFFECT_LOG,
};

/*
 * Writes the whole answer to a CALL with that id, action and payload (spans of a scanned frame): a
 * CALLRESULT valid against the version's schema, or CALLERROR NotImplemented where the station
 * doesn't know the action. `refuse` makes it a CALLERROR InternalError in any case.
 */
enum sim_effect sim_answer(struct sim_text *out, enum ocpp_version version, struct json_span id,
                           struct json_span action, struct json_span payload, bool refuse);

#endif

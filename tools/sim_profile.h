/*
 * Who a simulated station is: identity, make, firmware, connectors. Made from the seed and the
 * station's number alone.
 */
#ifndef TOOLS_SIM_PROFILE_H
#define TOOLS_SIM_PROFILE_H

#include <stdbool.h>

#include "shm/event.h"
#include "tools/sim_random.h"

#define SIM_MAX_CONNECTORS 4

struct sim_profile {
    char identity[EVENT_MAX_IDENTITY + 1];
    char serial[26];    /* at most 25 characters, as chargePointSerialNumber */
    char iccid[21];     /* at most 20 */
    const char *vendor; /* at most 20 */
    const char *model;  /* at most 20 */
    const char *firmware;
    const char *meter; /* meterType, at most 25 */
    enum ocpp_version version;
    unsigned connectors; /* 1 to SIM_MAX_CONNECTORS; for 2.x each is an EVSE */
    unsigned phases;
    bool direct_current;
    double max_power; /* W for each connector */
};

/* Relative weights of the versions in a fleet: index OCPP_16, OCPP_201, OCPP_21. */
struct sim_mix {
    unsigned weight[OCPP_21 + 1];
};

/* `number` counts from 1. `identity` NULL: made of `prefix` and the number ("CP-0001"). */
void sim_profile_make(struct sim_profile *profile, const struct sim_mix *mix, const char *prefix,
                      const char *identity, unsigned number, struct sim_random *random);

#endif

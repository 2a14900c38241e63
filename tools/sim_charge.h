/*
 * Charging of one car: energy, power and state of charge over time.
 */
#ifndef TOOLS_SIM_CHARGE_H
#define TOOLS_SIM_CHARGE_H

#include <stdbool.h>

#include "tools/sim_profile.h"
#include "tools/sim_random.h"

struct sim_charge {
    double register_wh; /* of the connector's meter; only grows, over all transactions */
    double start_wh;    /* register when the transaction began */
    double power;       /* W, now */
    double voltage;     /* V, of a phase (AC) or of the battery (DC) */
    double max_power;   /* W, what station and car allow */
    double battery_wh;
    double soc; /* percent */
    double target_soc;
    unsigned phases;
    bool direct_current;
};

/* A new car on a connector; the register goes on. */
void sim_charge_begin(struct sim_charge *charge, const struct sim_profile *profile,
                      struct sim_random *random);
/* Lets `seconds` pass. Power follows the curve: flat, then tapering as the battery fills. */
void sim_charge_advance(struct sim_charge *charge, double seconds, struct sim_random *random);
bool sim_charge_done(const struct sim_charge *charge);
double sim_charge_current(const struct sim_charge *charge); /* A, per phase */

#endif

/*
 * Random numbers of the simulator: small, seeded, the same on every machine, so that a seed gives
 * the same days again.
 */
#ifndef TOOLS_SIM_RANDOM_H
#define TOOLS_SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
    uint64_t state;
};

/* Streams of one seed (one per station) are independent of each other. */
void sim_random_init(struct sim_random *random, uint64_t seed, uint64_t stream);
uint64_t sim_random_next(struct sim_random *random);
double sim_random_unit(struct sim_random *random);                             /* [0, 1) */
double sim_random_between(struct sim_random *random, double low, double high); /* [low, high) */
unsigned sim_random_below(struct sim_random *random, unsigned limit);          /* limit > 0 */
bool sim_random_chance(struct sim_random *random, double probability);
/* Time until the next of events that come `mean` apart on average. */
double sim_random_wait(struct sim_random *random, double mean);
/* 36 characters and a NUL: a version 4 UUID. */
#define SIM_UUID_SIZE 37
void sim_random_uuid(struct sim_random *random, char out[SIM_UUID_SIZE]);

#endif

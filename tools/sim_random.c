#include "tools/sim_random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* SplitMix64 */
uint64_t sim_random_next(struct sim_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void sim_random_init(struct sim_random *random, uint64_t seed, uint64_t stream)
{
    struct sim_random mixer = {seed};
    uint64_t start = sim_random_next(&mixer);

    mixer.state = start ^ stream;
    random->state = sim_random_next(&mixer);
}

double sim_random_unit(struct sim_random *random)
{
    return (double)(sim_random_next(random) >> 11) * 0x1p-53;
}

double sim_random_between(struct sim_random *random, double low, double high)
{
    return low + (high - low) * sim_random_unit(random);
}

unsigned sim_random_below(struct sim_random *random, unsigned limit)
{
    return (unsigned)(sim_random_unit(random) * limit);
}

bool sim_random_chance(struct sim_random *random, double probability)
{
    return sim_random_unit(random) < probability;
}

double sim_random_wait(struct sim_random *random, double mean)
{
    return -log(1.0 - sim_random_unit(random)) * mean;
}

void sim_random_uuid(struct sim_random *random, char out[SIM_UUID_SIZE])
{
    uint64_t high = sim_random_next(random);
    uint64_t low = sim_random_next(random);

    snprintf(out, SIM_UUID_SIZE, "%08" PRIx32 "-%04x-4%03x-%04x-%012" PRIx64,
             (uint32_t)(high >> 32), (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff),
             (unsigned)(low >> 48 & 0x3fff) | 0x8000, low & UINT64_C(0xffffffffffff));
}

#include "tools/sim_charge.h"

static double least(double a, double b)
{
    return a < b ? a : b;
}

void sim_charge_begin(struct sim_charge *charge, const struct sim_profile *profile,
                      struct sim_random *random)
{
    static const double car_ac[] = {3700, 7400, 11000, 11000, 22000};
    static const double car_dc[] = {50000, 100000, 150000, 220000, 270000};
    double car = profile->direct_current ? car_dc[sim_random_below(random, 5)]
                                         : car_ac[sim_random_below(random, 5)];

    charge->start_wh = charge->register_wh;
    charge->direct_current = profile->direct_current;
    charge->phases = profile->phases;
    charge->max_power = least(profile->max_power, car);
    charge->power = 0;
    charge->voltage = profile->direct_current ? 380 : 230;
    charge->battery_wh = sim_random_between(random, 38000, 95000);
    charge->soc = sim_random_between(random, 8, 55);
    charge->target_soc = profile->direct_current ? sim_random_between(random, 72, 92)
                                                 : sim_random_between(random, 80, 100);
}

/* Share of the full power that the battery takes at this state of charge. */
static double taper(const struct sim_charge *charge)
{
    double knee = charge->direct_current ? 55 : 94;

    if (charge->soc <= knee)
        return 1;
    double left = (100 - charge->soc) / (100 - knee);
    return left < 0.06 ? 0.06 : left;
}

void sim_charge_advance(struct sim_charge *charge, double seconds, struct sim_random *random)
{
    double nominal = charge->direct_current ? 340 + charge->soc * 0.9 : 230;

    charge->power = charge->max_power * taper(charge) * sim_random_between(random, 0.985, 1.0);
    charge->voltage = nominal + sim_random_between(random, -2.5, 2.5);
    double energy = charge->power * seconds / 3600;
    double room = charge->battery_wh * (100 - charge->soc) / 100;
    energy = least(energy, room);
    charge->register_wh += energy;
    charge->soc = least(100, charge->soc + 100 * energy / charge->battery_wh);
}

bool sim_charge_done(const struct sim_charge *charge)
{
    return charge->soc >= charge->target_soc - 0.01;
}

double sim_charge_current(const struct sim_charge *charge)
{
    unsigned conductors = charge->direct_current ? 1 : charge->phases;

    return charge->power / charge->voltage / conductors;
}

#include "tools/sim_profile.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct make {
    const char *vendor;
    const char *model;
    const char *serial_prefix;
    const char *firmware[2]; /* older, newer */
    const char *meter;
    bool direct_current;
    unsigned phases;
    unsigned connectors;
    double max_power;
};

static const struct make makes[] = {
    {"Voltline", "Wall 7", "VLW", {"2.4.1", "2.5.0"}, "WH-1P", false, 1, 1, 7400},
    {"Voltline", "Pole 22", "VLP", {"3.0.7", "3.1.2"}, "WH-3P", false, 3, 2, 22000},
    {"Arcus Mobility",
     "Street S2",
     "AS2",
     {"5.2.0-r3", "5.3.1-r1"},
     "MID3-80A",
     false,
     3,
     2,
     11000},
    {"Arcus Mobility", "Park P4", "AP4", {"5.2.0-r3", "5.3.1-r1"}, "MID3-80A", false, 3, 4, 11000},
    {"Kestrel", "K50", "K50", {"4.11.2", "4.12.0"}, "DCM-200", true, 3, 1, 50000},
    {"Halden Power", "HX150", "HX1", {"1.18.0", "1.19.2"}, "DCM-500", true, 3, 2, 150000},
    {"Halden Power", "HX400", "HX4", {"1.19.2", "1.20.0-rc2"}, "DCM-800", true, 3, 4, 400000},
};

static enum ocpp_version choose_version(const struct sim_mix *mix, struct sim_random *random)
{
    unsigned total = 0;

    for (unsigned version = OCPP_16; version <= OCPP_21; version++)
        total += mix->weight[version];
    if (total == 0)
        return OCPP_16;
    unsigned choice = sim_random_below(random, total);
    for (unsigned version = OCPP_16; version < OCPP_21; version++) {
        if (choice < mix->weight[version])
            return (enum ocpp_version)version;
        choice -= mix->weight[version];
    }
    return OCPP_21;
}

void sim_profile_make(struct sim_profile *profile, const struct sim_mix *mix, const char *prefix,
                      const char *identity, unsigned number, struct sim_random *random)
{
    const struct make *make = &makes[sim_random_below(random, COUNT(makes))];

    memset(profile, 0, sizeof *profile);
    if (identity != NULL)
        snprintf(profile->identity, sizeof profile->identity, "%s", identity);
    else
        snprintf(profile->identity, sizeof profile->identity, "%s%04u", prefix, number);
    profile->version = choose_version(mix, random);
    profile->vendor = make->vendor;
    profile->model = make->model;
    profile->firmware = make->firmware[sim_random_chance(random, 0.6)];
    profile->meter = make->meter;
    profile->direct_current = make->direct_current;
    profile->phases = make->phases;
    profile->connectors = make->connectors;
    profile->max_power = make->max_power;
    snprintf(profile->serial, sizeof profile->serial, "%s%02u%02u-%06u", make->serial_prefix,
             21 + sim_random_below(random, 5), 1 + sim_random_below(random, 52), number % 1000000);
    snprintf(profile->iccid, sizeof profile->iccid, "894410%013u",
             1 + sim_random_below(random, 999999999));
}

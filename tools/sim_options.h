/*
 * Command line of ocpp-sim.
 */
#ifndef TOOLS_SIM_OPTIONS_H
#define TOOLS_SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"
#include "tools/sim_profile.h"
#include "tools/tool_config.h"

struct sim_options {
    struct command_line config;
    unsigned stations; /* 0: as many as the password file has, else 10 */
    const char *url;   /* NULL: from the configuration */
    const char *ca;    /* for wss; these three are "" where not given */
    const char *certificate, *key;
    const char *prefix;
    const char *password_file; /* NULL for none */
    struct sim_mix mix;
    double rate;
    double duration;        /* seconds, 0: until a signal */
    double ramp;            /* seconds */
    double timeout;         /* seconds */
    double wrong_passwords; /* 0 to 1 */
    double incidents;       /* of a station in a simulated hour */
    double load;            /* messages a second, 0: days */
    uint64_t seed;
    bool compress;
    bool quiet;
    bool json;
};

extern const struct program sim_program;

/* All defaults, then argv; ends the program on -h, -V and errors, as options_parse does. */
void sim_options_parse(struct sim_options *options, int argc, char **argv);

/* "90", "90s", "500ms", "5m", "12h" into seconds. */
bool sim_parse_duration(const char *text, double *seconds);
/* "2.1" or "1.6:50,2.0.1:30,2.1:20" */
bool sim_parse_mix(const char *text, struct sim_mix *mix);

#endif

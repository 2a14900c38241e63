/*
 * One simulated station: its connection, the CALLs it has to send (one outstanding at a time), boot
 * and heartbeat.
 */
#ifndef TOOLS_SIM_STATION_H
#define TOOLS_SIM_STATION_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/sim_profile.h"
#include "tools/sim_stats.h"
#include "tools/sim_websocket.h"

struct deflate_codec;
struct event_base;
struct sim_station;

/* What all stations of a fleet share. */
struct sim_world {
    struct event_base *base;
    struct sim_target target;
    struct deflate_codec *codec; /* NULL: messages are not compressed */
    struct sim_stats stats;
    double rate;       /* simulated seconds in a second */
    uint64_t start_ns; /* CLOCK_MONOTONIC */
    uint64_t start_ms; /* CLOCK_REALTIME; simulated time began here too */
    uint64_t ramp_ns;  /* connects are spread over so long */
    uint64_t call_timeout_ns;
    double wrong_passwords; /* share of handshakes, 0 to 1 */
    double incidents;       /* of each station in a simulated hour */
    bool fixed_load;        /* no days of their own: meter values come from sim_station_load */
    bool stopping;          /* nothing new is begun */
};

#define SIM_NEVER UINT64_MAX

uint64_t sim_now_ns(void); /* CLOCK_MONOTONIC */
/* Simulated time in milliseconds since 1970. */
uint64_t sim_clock_ms(const struct sim_world *world);
/* The instant that is so many simulated seconds from now. */
uint64_t sim_after(const struct sim_world *world, double seconds);

/* `password` may be NULL; it is copied. `number` counts from 1. NULL without memory. */
struct sim_station *sim_station_new(struct sim_world *world, const struct sim_profile *profile,
                                    const char *password, unsigned number,
                                    struct sim_random random);
/* Connects, at a moment within the ramp-up. */
void sim_station_start(struct sim_station *station);
/* Has been online and accepted at least once; is so now. */
bool sim_station_was_ready(const struct sim_station *station);
bool sim_station_is_ready(const struct sim_station *station);
/* True while a CALL waits for its answer. */
bool sim_station_is_waiting(const struct sim_station *station);
/* Fixed load: a MeterValues that was due at that instant. */
void sim_station_load(struct sim_station *station, uint64_t due_ns);
/* Closes the connection in order; CALLs that were not sent yet are dropped (and counted). */
void sim_station_stop(struct sim_station *station);
void sim_station_free(struct sim_station *station); /* NULL is fine */

#endif

/*
 * The time as the event loop sees it: read at most once per iteration, since the clock costs more
 * than a small publish.
 */
#ifndef GATEWAY_LOOP_CLOCK_H
#define GATEWAY_LOOP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/text.h"

struct loop_clock {
    bool valid;
    bool text_valid;
    uint64_t real_ns; /* CLOCK_REALTIME */
    uint64_t mono_ns; /* CLOCK_MONOTONIC */
    char text[TEXT_TIME_SIZE];
};

/* After each iteration of the loop. */
void loop_clock_invalidate(struct loop_clock *clock);
uint64_t loop_clock_real(struct loop_clock *clock);
uint64_t loop_clock_mono(struct loop_clock *clock);
/* The real time as RFC 3339 text with milliseconds. */
const char *loop_clock_text(struct loop_clock *clock);
/* Time since the iteration began; both read the clock. */
uint64_t loop_clock_elapsed_ns(struct loop_clock *clock);
uint32_t loop_clock_elapsed_us(struct loop_clock *clock);

#endif

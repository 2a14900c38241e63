#include "gateway/loop_clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static void refresh(struct loop_clock *clock)
{
    if (clock->valid)
        return;
    clock->real_ns = read_clock(CLOCK_REALTIME);
    clock->mono_ns = read_clock(CLOCK_MONOTONIC);
    clock->valid = true;
    clock->text_valid = false;
}

void loop_clock_invalidate(struct loop_clock *clock)
{
    clock->valid = false;
}

uint64_t loop_clock_real(struct loop_clock *clock)
{
    refresh(clock);
    return clock->real_ns;
}

uint64_t loop_clock_mono(struct loop_clock *clock)
{
    refresh(clock);
    return clock->mono_ns;
}

const char *loop_clock_text(struct loop_clock *clock)
{
    refresh(clock);
    if (!clock->text_valid) {
        text_time(clock->real_ns, clock->text);
        clock->text_valid = true;
    }
    return clock->text;
}

uint64_t loop_clock_elapsed_ns(struct loop_clock *clock)
{
    refresh(clock);
    return read_clock(CLOCK_MONOTONIC) - clock->mono_ns;
}

uint32_t loop_clock_elapsed_us(struct loop_clock *clock)
{
    uint64_t us = loop_clock_elapsed_ns(clock) / 1000;
    return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX - 1;
}

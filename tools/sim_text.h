/*
 * A bounded text that messages are written into.
 */
#ifndef TOOLS_SIM_TEXT_H
#define TOOLS_SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_TEXT_MAX 8192

struct sim_text {
    char data[SIM_TEXT_MAX]; /* NUL-terminated */
    size_t length;
    bool full; /* something did not fit; the text is not to be used */
};

void sim_text_clear(struct sim_text *text);
void sim_text_add(struct sim_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_text_add_bytes(struct sim_text *text, const char *data, size_t length);
/* RFC 3339 with milliseconds, in UTC, in quotes. `ms` counts from 1970. */
void sim_text_add_time(struct sim_text *text, uint64_t ms);

#endif

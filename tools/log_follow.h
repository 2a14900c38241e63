/*
 * Reading one collection of a segment: the past, then what comes, across restarts of the gateway.
 */
#ifndef TOOLS_LOG_FOLLOW_H
#define TOOLS_LOG_FOLLOW_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/log_options.h"
#include "tools/log_print.h"

struct log_follow;

/* All of them are kept. A signal handler sets `stopped` to end what waits. NULL without memory. */
struct log_follow *log_follow_new(const struct log_options *options, const struct log_style *style,
                                  const char *dir, const char *instance,
                                  const volatile sig_atomic_t *stopped);
/* Opens the segment; with -f waits for it. False with a text on stderr, or when stopped. */
bool log_follow_open(struct log_follow *follow);
/* The events of the past that were asked for, oldest first. */
void log_follow_history(struct log_follow *follow, FILE *out);
/* Returns when stopped, or when `out` fails. */
void log_follow_run(struct log_follow *follow, FILE *out);
void log_follow_free(struct log_follow *follow); /* NULL is fine */

#endif

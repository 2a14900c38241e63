/*
 * Custom metrics from the same machine: lines of statsd ("name:1.5|g", "name:1|c") in datagrams on
 * a Unix socket, several lines in each. What can't be read is dropped, counted, and said in the log
 * once a minute.
 */
#ifndef BOARDD_STATSD_H
#define BOARDD_STATSD_H

#include <stddef.h>
#include <stdint.h>

struct custom_metrics;
struct event_base;
struct statsd;

/* The socket at `path` has mode 0660; an old one is replaced. NULL, with a text in `error`, when it
 * can't be made. Both outlive it. */
struct statsd *statsd_new(struct event_base *base, struct custom_metrics *metrics, const char *path,
                          char *error, size_t error_size);
/* Closes and removes the socket. */
void statsd_free(struct statsd *statsd);

#endif

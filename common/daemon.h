/*
 * What a daemon does around its event loop: pid file, detaching, signals, privileges, descriptors.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct daemon_signals;
struct pidfh;

/*
 * Opens and locks the pid file (libbsd pidfile(3)); NULL path: none. Fails with a text that names
 * the running process when another one holds it. Call before daemon_detach, write after it.
 */
bool daemon_pidfile_open(const char *path, struct pidfh **pidfile, char *error, size_t error_size);
void daemon_pidfile_write(struct pidfh *pidfile);
void daemon_pidfile_remove(struct pidfh *pidfile); /* NULL is fine */

/*
 * Forks into the background in two steps: daemon_detach forks at once; the parent waits until the
 * child calls daemon_ready (exit 0) or ends without it (exit 1), so that a start-up error is the
 * launcher's to see. The working directory stays, so that relative paths of the configuration keep
 * their meaning.
 */
void daemon_detach(void);
void daemon_ready(void);

/* Changes to `user` (its groups too) for good; "" does nothing. Fails when not root and another
 * user is asked for. */
bool daemon_drop_privileges(const char *user, char *error, size_t error_size);

/* Raises RLIMIT_NOFILE to what `wanted` needs, as far as allowed; returns the limit in force. */
size_t daemon_raise_descriptor_limit(size_t wanted);

/* From now until daemon_signals_new, SIGTERM, SIGINT and SIGHUP wait: none ends a process that is
 * half started. */
void daemon_hold_signals(void);
/* SIGTERM and SIGINT call `stop`, SIGHUP calls `reload` (may be NULL), inside the loop. SIGPIPE is
 * ignored. */
struct daemon_signals *daemon_signals_new(struct event_base *base, void (*stop)(void *),
                                          void (*reload)(void *), void *context);
void daemon_signals_free(struct daemon_signals *signals);

#endif

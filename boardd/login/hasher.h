/*
 * Compares passwords with their hashes in a thread: each takes about 10 ms of CPU and 16 MiB. The
 * thread begins with the first job, so that it is bound by the sandbox too.
 */
#ifndef BOARDD_HASHER_H
#define BOARDD_HASHER_H

#include <stdbool.h>
#include <stdint.h>

#define HASHER_QUEUE 4 /* jobs that wait or are done at one time */

struct event_base;
struct hasher;

typedef void hasher_done(bool matches, void *context);

/* At most `rate` jobs a second. NULL when out of memory or descriptors. */
struct hasher *hasher_new(struct event_base *base, uint64_t rate);
/* Waits for the job that is being done (milliseconds); `done` of all jobs is called with false. */
void hasher_free(struct hasher *hasher);
/* Copies both texts. False when there is too much to do; then `done` is not called. */
bool hasher_submit(struct hasher *hasher, const char *hash, const char *password, hasher_done *done,
                   void *context);

#endif

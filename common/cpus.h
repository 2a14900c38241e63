/*
 * Which processors a process may run on. Readers of the segment leave one to the gateway: a weight
 * (nice) decides who gets a processor, but not how soon, and a gateway that wakes up behind a
 * reader's long system call waits for its end.
 */
#ifndef COMMON_CPUS_H
#define COMMON_CPUS_H

#include <stdbool.h>
#include <stddef.h>

#define CPUS_FEW 4

/*
 * Binds the calling thread, and those it will make, to a list such as "0-2,5"
 * (sched_setaffinity(2)). "" changes nothing. "auto": all that are allowed now but the first, where
 * there are two or more. "first": the first of them, where there are two to CPUS_FEW; among more,
 * the scheduler finds a free one better than we do. Fails with a text for what is no list, and
 * where none of the list is allowed.
 */
bool cpus_bind(const char *list, char *error, size_t error_size);

/* Whether cpus_bind can understand the list. */
bool cpus_is_list(const char *list);

#endif

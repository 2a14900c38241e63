/* seccomp: which system calls a process may still make. */
#ifndef BOARDD_SYSCALL_FILTER_H
#define BOARDD_SYSCALL_FILTER_H

#include <stdbool.h>

struct sandbox_rules;

/* False in a build without libseccomp, or on a kernel without seccomp filters. */
bool syscall_filter_available(void);
/* For all threads of the process; needs PR_SET_NO_NEW_PRIVS. False, with nothing in force, on an
 * error (logged). */
bool syscall_filter_enter(const struct sandbox_rules *rules);

#endif

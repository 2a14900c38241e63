/* Landlock: which files a process may still open, and where it may connect to. */
#ifndef BOARDD_LANDLOCK_H
#define BOARDD_LANDLOCK_H

#include <stdbool.h>

struct sandbox_rules;

/* The kernel's version of the interface, 0 when it has none, it is switched off, or this build does
 * without. */
int landlock_abi(void);
/* Needs PR_SET_NO_NEW_PRIVS. False, with nothing in force, on an error (logged). */
bool landlock_enter(const struct sandbox_rules *rules, int abi);

#endif

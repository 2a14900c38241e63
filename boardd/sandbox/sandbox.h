/*
 * Gives up, for good, whatever a process does not need any more: files with Landlock, system calls
 * with seccomp. What is open stays open.
 *
 * Afterwards there is no way to another program (execve kills), no executable memory, no new
 * listener, no socket but Unix ones and what the rules name, no file but what the rules name.
 * Threads may still be made. Landlock binds the calling thread and those made later: enter before
 * there are others.
 */
#ifndef BOARDD_SANDBOX_H
#define BOARDD_SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sandbox_right {
    SANDBOX_READ = 1,   /* the file, or all beneath the directory */
    SANDBOX_CHANGE = 2, /* write, make, rename and remove files there */
    SANDBOX_REMOVE = 4, /* remove files there */
};

#define SANDBOX_MAX_PATHS 48

struct sandbox_path {
    unsigned rights;
    char path[PATH_MAX];
};

struct sandbox_rules {
    bool internet;         /* sockets of IPv4 and IPv6, to connect with */
    uint16_t connect_port; /* the one TCP port that may be connected to, where the kernel can tell
                              (Landlock ABI 4) */
    size_t path_count;
    struct sandbox_path paths[SANDBOX_MAX_PATHS];
};

/* Adds rights beneath `path`, which need not exist (then it is left out). False when there is no
 * room, or the path is too long. */
bool sandbox_allow(struct sandbox_rules *rules, const char *path, unsigned rights);

struct sandbox_level {
    int landlock_abi; /* 0: not in force */
    bool seccomp;
};

/* What this build on this system can put in force. */
struct sandbox_level sandbox_available(void);
/* Puts in force what is available; returns what that was. It can't be undone. */
struct sandbox_level sandbox_enter(const struct sandbox_rules *rules);

#endif

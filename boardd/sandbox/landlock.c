/*
 * The C library has no functions for it, and its headers may be older than the kernel: system calls
 * and constants are written out here (linux/landlock.h, a stable interface).
 */
#include "boardd/sandbox/landlock.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boardd/sandbox/sandbox.h"
#include "common/log.h"

/* The same numbers on every architecture. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE       445
#define CALL_RESTRICT_SELF  446

#define CREATE_VERSION 1u /* flag: tell the ABI */
#define RULE_PATH      1
#define RULE_PORT      2

#define FILE_WRITE     (UINT64_C(1) << 1)
#define FILE_READ      (UINT64_C(1) << 2)
#define DIRECTORY_READ (UINT64_C(1) << 3)
#define FILE_REMOVE    (UINT64_C(1) << 5)
#define FILE_MAKE      (UINT64_C(1) << 8)
#define FILE_TRUNCATE  (UINT64_C(1) << 14) /* ABI 3 */
#define TCP_BIND       (UINT64_C(1) << 0)  /* ABI 4 */
#define TCP_CONNECT    (UINT64_C(1) << 1)
#define SCOPES         UINT64_C(3) /* ABI 6: abstract Unix sockets and signals of others */

#define OF_FILES (FILE_WRITE | FILE_READ | FILE_TRUNCATE)

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

struct port_rule {
    uint64_t allowed;
    uint64_t port;
};

/* All rights over files that this ABI knows: what is not named by a rule is refused. */
static uint64_t known_file_rights(int abi)
{
    static const unsigned bits[] = {13, 14, 15, 15, 16};
    return (UINT64_C(1) << bits[abi <= 5 ? abi - 1 : 4]) - 1;
}

int landlock_abi(void)
{
#ifdef HAVE_LANDLOCK
    long abi = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    return abi > 0 ? (int)abi : 0;
#else
    return 0;
#endif
}

static int create_ruleset(const struct sandbox_rules *rules, int abi)
{
    struct ruleset set = {.files = known_file_rights(abi)};
    size_t size = sizeof(set.files); /* older kernels refuse a longer one that is not zero */
    if (abi >= 4) {
        set.network = TCP_BIND | TCP_CONNECT;
        size = 2 * sizeof(uint64_t);
        if (rules->internet && rules->connect_port == 0)
            set.network = TCP_BIND;
    }
    if (abi >= 6) {
        set.scopes = SCOPES;
        size = sizeof(set);
    }
    return (int)syscall(CALL_CREATE_RULESET, &set, size, 0);
}

static bool add_path(int ruleset, const struct sandbox_path *rule, uint64_t known)
{
    struct stat status;
    struct path_rule path = {0, open(rule->path, O_PATH | O_CLOEXEC)};
    if (path.parent < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    if ((rule->rights & SANDBOX_READ) != 0)
        path.allowed |= FILE_READ | DIRECTORY_READ;
    if ((rule->rights & SANDBOX_CHANGE) != 0)
        path.allowed |= FILE_READ | FILE_WRITE | FILE_TRUNCATE | FILE_MAKE | FILE_REMOVE;
    if ((rule->rights & SANDBOX_REMOVE) != 0)
        path.allowed |= FILE_REMOVE;
    path.allowed &= known;
    if (fstat(path.parent, &status) == 0 && !S_ISDIR(status.st_mode))
        path.allowed &= OF_FILES;
    bool good = path.allowed == 0 || syscall(CALL_ADD_RULE, ruleset, RULE_PATH, &path, 0) == 0;
    close(path.parent);
    return good;
}

static bool add_rules(int ruleset, const struct sandbox_rules *rules, int abi)
{
    for (size_t i = 0; i < rules->path_count; i++) {
        if (!add_path(ruleset, &rules->paths[i], known_file_rights(abi))) {
            log_warn("sandbox", "Landlock: %s", rules->paths[i].path);
            return false;
        }
    }
    struct port_rule port = {TCP_CONNECT, rules->connect_port};
    return abi < 4 || port.port == 0 || syscall(CALL_ADD_RULE, ruleset, RULE_PORT, &port, 0) == 0;
}

bool landlock_enter(const struct sandbox_rules *rules, int abi)
{
    int ruleset = create_ruleset(rules, abi);
    bool good = ruleset >= 0 && add_rules(ruleset, rules, abi) &&
                syscall(CALL_RESTRICT_SELF, ruleset, 0) == 0;
    if (!good)
        log_warn("sandbox", "Landlock");
    if (ruleset >= 0)
        close(ruleset);
    return good;
}

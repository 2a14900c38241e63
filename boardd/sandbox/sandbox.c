#include "boardd/sandbox/sandbox.h"

#include <config.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "boardd/sandbox/landlock.h"
#include "boardd/sandbox/syscall_filter.h"
#include "common/digest.h"

bool sandbox_allow(struct sandbox_rules *rules, const char *path, unsigned rights)
{
    if (rules->path_count == SANDBOX_MAX_PATHS || strlen(path) >= PATH_MAX)
        return false;
    struct sandbox_path *rule = &rules->paths[rules->path_count++];
    rule->rights = rights;
    snprintf(rule->path, sizeof(rule->path), "%s", path);
    return true;
}

/* Libraries that read files of their own at the first use do so now. */
static void use_libraries(void)
{
    unsigned char digest[DIGEST_SIZE];
    tzset();
    digest_sha256("", 0, digest);
}

struct sandbox_level sandbox_available(void)
{
#ifdef WITH_SANITIZERS /* they need more than any rules would allow */
    return (struct sandbox_level){0, false};
#else
    return (struct sandbox_level){landlock_abi(), syscall_filter_available()};
#endif
}

struct sandbox_level sandbox_enter(const struct sandbox_rules *rules)
{
    struct sandbox_level level = sandbox_available();
    if (level.landlock_abi == 0 && !level.seccomp)
        return level;
    use_libraries();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return (struct sandbox_level){0, false};
    if (level.landlock_abi > 0 && !landlock_enter(rules, level.landlock_abi))
        level.landlock_abi = 0;
    level.seccomp = level.seccomp && syscall_filter_enter(rules);
    return level;
}

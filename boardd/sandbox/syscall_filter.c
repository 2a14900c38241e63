#include "boardd/sandbox/syscall_filter.h"

#include <config.h>

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "boardd/sandbox/sandbox.h"
#include "common/log.h"

/* Calls that are fine whatever their arguments are. A name that this architecture doesn't have is
 * left out. */
static const char *const allowed[] = {
    /* files that are open, or that Landlock lets us open */
    "access",
    "close",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fallocate",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "fgetxattr",
    "flock",
    "fstat",
    "fstat64",
    "fstatat64",
    "fstatfs",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "getcwd",
    "getdents",
    "getdents64",
    "ioctl",
    "_llseek",
    "lseek",
    "lstat",
    "lstat64",
    "newfstatat",
    "open",
    "openat",
    "pipe",
    "pipe2",
    "pread64",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "stat",
    "stat64",
    "statx",
    "umask",
    "unlink",
    "unlinkat",
    "write",
    "writev",
    /* waiting */
    "clock_nanosleep",
    "clock_nanosleep_time64",
    "epoll_create",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "nanosleep",
    "_newselect",
    "poll",
    "ppoll",
    "ppoll_time64",
    "pselect6",
    "pselect6_time64",
    "select",
    "timerfd_create",
    "timerfd_gettime",
    "timerfd_gettime64",
    "timerfd_settime",
    "timerfd_settime64",
    /* sockets that exist; socket() itself is below */
    "accept",
    "accept4",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "recv",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "send",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socketpair",
    /* memory, but for what could run */
    "brk",
    "madvise",
    "membarrier",
    "mincore",
    "mlock",
    "mremap",
    "msync",
    "munlock",
    "munmap",
    /* threads and signals */
    "exit",
    "exit_group",
    "futex",
    "futex_time64",
    "get_robust_list",
    "getpriority",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "rt_sigtimedwait_time64",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "signalfd4",
    "sigreturn",
    "tgkill",
    "wait4",
    "waitid",
    /* what time it is, who we are, how much there is */
    "clock_getres",
    "clock_getres_time64",
    "clock_gettime",
    "clock_gettime64",
    "getcpu",
    "getegid",
    "getegid32",
    "geteuid",
    "geteuid32",
    "getgid",
    "getgid32",
    "getpid",
    "getppid",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "getuid32",
    "sysinfo",
    "time",
    "times",
    "ugetrlimit",
    "uname",
};

static bool allow(scmp_filter_ctx filter, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return true;
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
    return result == 0 || result == -EDOM;
}

static bool allow_if(scmp_filter_ctx filter, int number, struct scmp_arg_cmp condition)
{
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, condition);
    return result == 0 || result == -EDOM;
}

/* The macros of libseccomp leave a field out, which clang warns of. */
static struct scmp_arg_cmp equals(unsigned argument, uint64_t value)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0};
}

static struct scmp_arg_cmp bits(unsigned argument, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value};
}

static bool add_memory(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp not_executable = bits(2, PROT_EXEC, 0);
    return allow_if(filter, SCMP_SYS(mmap), not_executable) &&
           allow_if(filter, SCMP_SYS(mmap2), not_executable) &&
           allow_if(filter, SCMP_SYS(mprotect), not_executable);
}

static bool add_sockets(scmp_filter_ctx filter, const struct sandbox_rules *rules)
{
    bool good = allow_if(filter, SCMP_SYS(socket), equals(0, AF_UNIX));
    if (rules->internet)
        good = good && allow_if(filter, SCMP_SYS(socket), equals(0, AF_INET)) &&
               allow_if(filter, SCMP_SYS(socket), equals(0, AF_INET6));
    return good;
}

/* Threads, not processes. clone3 has its flags in memory, where a filter can't see them: as if the
 * kernel were older, so that the C library takes clone. */
static bool add_threads(scmp_filter_ctx filter)
{
    return allow_if(filter, SCMP_SYS(clone), bits(0, CLONE_THREAD, CLONE_THREAD)) &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           allow_if(filter, SCMP_SYS(prctl), equals(0, PR_SET_NAME));
}

static bool add_others(scmp_filter_ctx filter)
{
    /* a limit may be read, not set */
    return allow_if(filter, SCMP_SYS(prlimit64), equals(2, 0)) &&
           seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0) == 0;
}

static bool fill(scmp_filter_ctx filter, const struct sandbox_rules *rules)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (!allow(filter, allowed[i]))
            return false;
    }
    return add_memory(filter) && add_sockets(filter, rules) && add_threads(filter) &&
           add_others(filter);
}

bool syscall_filter_available(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

bool syscall_filter_enter(const struct sandbox_rules *rules)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return false;
    /* all threads; no_new_privs is set already */
    bool good = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && fill(filter, rules);
    int result = good ? seccomp_load(filter) : -EINVAL;
    if (result != 0) {
        errno = -result;
        log_warn("sandbox", "seccomp");
    }
    seccomp_release(filter);
    return result == 0;
}

#else

bool syscall_filter_available(void)
{
    return false;
}

bool syscall_filter_enter(const struct sandbox_rules *rules)
{
    (void)rules;
    return false;
}

#endif

/*
 * One connection to a gateway's control socket: requests out, one reply each. Errors end the
 * program, with a text that says what to do.
 */
#ifndef TOOLS_CTL_TALK_H
#define TOOLS_CTL_TALK_H

#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "common/json_scan.h"

#define CTL_MAX_REPLY (1024 * 1024)

struct ctl_talk {
    int socket;
    const char *path;
    size_t length; /* bytes that have come */
    size_t taken;  /* those of the line that was given last */
    char bytes[CTL_MAX_REPLY];
};

/* Says what is wrong and ends the program. */
_Noreturn void ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL never; `path` is kept. */
struct ctl_talk *ctl_talk_open(const struct config *config, const char *path);
void ctl_talk_close(struct ctl_talk *talk);
/* `request` without its newline. The reply, an object, stays until the next one is asked for. */
struct json_span ctl_talk_ask(struct ctl_talk *talk, const char *request, size_t length,
                              uint64_t timeout_ms);

#endif

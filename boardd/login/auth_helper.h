/*
 * A small process that runs the program of board.auth = custom on behalf of boardd, which may
 * forbid itself to start anything. It is forked before there are threads and before the sandbox,
 * knows nothing but the program's name, and ends, with all that it runs, when boardd does.
 *
 * A program gets the request on its standard input, an environment of PATH and LANG alone, no
 * descriptor but the standard ones, a process group of its own. It is killed when its time is up or
 * when it writes too much.
 */
#ifndef BOARDD_AUTH_HELPER_H
#define BOARDD_AUTH_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AUTH_MAX_INPUT     4096
#define AUTH_MAX_OUTPUT    1024
#define AUTH_MAX_COMPLAINT 256
#define AUTH_MAX_PROGRAMS  64

struct auth_helper_options {
    const char *program;
    uint64_t timeout_ms;
    size_t max_programs; /* at most AUTH_MAX_PROGRAMS at one time */
    const char *user;    /* to change to; "" to stay */
};

/* One packet on the socket, cut after the used bytes of `input`. */
struct auth_request {
    uint64_t number; /* comes back in the answer */
    size_t length;
    char input[AUTH_MAX_INPUT];
};

enum auth_outcome {
    AUTH_EXITED, /* `code` tells how */
    AUTH_KILLED, /* by the signal `code` */
    AUTH_TIMED_OUT,
    AUTH_TOO_LONG, /* it wrote more than AUTH_MAX_OUTPUT bytes */
    AUTH_NOT_RUN,  /* no room, or no process could be made */
};

struct auth_answer {
    uint64_t number;
    enum auth_outcome outcome;
    int code;
    size_t length;
    char output[AUTH_MAX_OUTPUT];
    char complaint[AUTH_MAX_COMPLAINT]; /* the beginning of its standard error */
};

/* A socket (SOCK_SEQPACKET, non-blocking) to a new helper, -1 with errno on failure. Its end is
 * read as the end of the socket; closing it ends the helper, which is then the caller's to wait
 * for. */
int auth_helper_start(const struct auth_helper_options *options, pid_t *helper);

#endif

#include "tools/ctl_talk.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/control_socket.h"
#include "common/timestamp.h"
#include "tools/ctl_options.h"
#include "tools/terminal.h"

_Noreturn void ctl_fail(const char *format, ...)
{
    char text[1024], safe[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    terminal_escape(text, strlen(text), safe, sizeof safe);
    fprintf(stderr, "%s: %s\n", ctl_program.name, safe);
    exit(CTL_FAILED);
}

static _Noreturn void explain_permission(const char *path)
{
    struct stat status;
    const struct group *group = stat(path, &status) == 0 ? getgrgid(status.st_gid) : NULL;
    if (group != NULL)
        ctl_fail("%s: permission denied; it is for members of the group %s (shm.group)", path,
                 group->gr_name);
    ctl_fail("%s: permission denied", path);
}

static _Noreturn void explain(const char *path)
{
    switch (errno) {
    case ENOENT:
        ctl_fail("there is no control socket %s: does the gateway run, and with the same "
                 "gateway.control, shm.dir and shm.instance?",
                 path);
    case ECONNREFUSED:
        ctl_fail("nobody listens on %s: the gateway does not run", path);
    case EACCES:
        explain_permission(path);
    case EPERM:
        ctl_fail("%s: who listens there is neither root nor the owner of the gateway's segment; "
                 "find out who it is (ss -xlp)",
                 path);
    case EAGAIN:
        ctl_fail("%s: the gateway does not accept connections", path);
    default:
        ctl_fail("%s: %s", path, strerror(errno));
    }
}

struct ctl_talk *ctl_talk_open(const struct config *config, const char *path)
{
    struct ctl_talk *talk = calloc(1, sizeof *talk);
    if (talk == NULL)
        ctl_fail("out of memory");
    if (control_is_off(config))
        ctl_fail("gateway.control is off");
    talk->path = path;
    talk->socket = control_connect_gateway(config, config->shm_instance, path);
    if (talk->socket < 0)
        explain(path);
    return talk;
}

void ctl_talk_close(struct ctl_talk *talk)
{
    close(talk->socket);
    free(talk);
}

static void wait_for(const struct ctl_talk *talk, short events, uint64_t until_ms)
{
    struct pollfd state = {.fd = talk->socket, .events = events};
    uint64_t now = clock_mono_ms();
    int ready = poll(&state, 1, now < until_ms ? (int)(until_ms - now) : 0);
    if (ready == 0)
        ctl_fail("%s: the gateway does not answer", talk->path);
    if (ready < 0 && errno != EINTR)
        ctl_fail("poll: %s", strerror(errno));
}

static void say(const struct ctl_talk *talk, const char *text, size_t length, uint64_t until_ms)
{
    while (length > 0) {
        ssize_t sent = send(talk->socket, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return; /* turned away: what it said can still be read */
        if (sent < 0)
            wait_for(talk, POLLOUT, until_ms);
        text += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
}

/* Until there is a line; its length. */
static size_t hear(struct ctl_talk *talk, uint64_t until_ms)
{
    const char *end;
    while ((end = memchr(talk->bytes, '\n', talk->length)) == NULL) {
        if (talk->length == sizeof talk->bytes)
            ctl_fail("%s: the answer is too long", talk->path);
        wait_for(talk, POLLIN, until_ms);
        ssize_t got =
            recv(talk->socket, talk->bytes + talk->length, sizeof talk->bytes - talk->length, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            ctl_fail("%s: the gateway closed the connection", talk->path);
        talk->length += got > 0 ? (size_t)got : 0;
    }
    return (size_t)(end - talk->bytes);
}

struct json_span ctl_talk_ask(struct ctl_talk *talk, const char *request, size_t length,
                              uint64_t timeout_ms)
{
    uint64_t until_ms = clock_mono_ms() + timeout_ms;
    struct json_span reply;
    memmove(talk->bytes, talk->bytes + talk->taken, talk->length - talk->taken);
    talk->length -= talk->taken;
    talk->taken = 0;
    say(talk, request, length, until_ms);
    say(talk, "\n", 1, until_ms);
    size_t line = hear(talk, until_ms);
    talk->taken = line + 1;
    if (!json_scan(talk->bytes, line, &reply, NULL) || reply.type != JSON_OBJECT)
        ctl_fail("%s: this is no gateway's control socket", talk->path);
    return reply;
}

#include "boardd/state/statsd.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "boardd/state/custom_metrics.h"
#include "common/log.h"
#include "common/timestamp.h"

#define MAX_DATAGRAM 8192
#define MAX_A_TURN   32 /* datagrams, so that a flood doesn't hold up the loop */
#define LOG_EVERY_MS 60000

struct statsd {
    struct custom_metrics *metrics;
    struct event *readable;
    int socket;
    uint64_t refused;
    uint64_t logged_ms; /* 0: never */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void refuse(struct statsd *statsd, const char *reason, uint64_t now_ms)
{
    statsd->refused++;
    if (statsd->logged_ms != 0 && now_ms - statsd->logged_ms < LOG_EVERY_MS)
        return;
    statsd->logged_ms = now_ms;
    log_warnx("statsd", "a line was dropped (%llu in all): %s", (unsigned long long)statsd->refused,
              reason);
}

static void take_line(struct statsd *statsd, struct text_span line, uint64_t now_ms)
{
    char error[320];
    if (line.length > 0 &&
        !custom_metrics_line(statsd->metrics, line, now_ms, error, sizeof(error)))
        refuse(statsd, error, now_ms);
}

static void take_datagram(struct statsd *statsd, const char *data, size_t length, uint64_t now_ms)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(data + at, '\n', length - at);
        size_t line = end != NULL ? (size_t)(end - data) - at : length - at;
        take_line(statsd, (struct text_span){data + at, line}, now_ms);
        at += line + 1;
    }
}

static void on_readable(evutil_socket_t descriptor, short what, void *context)
{
    struct statsd *statsd = context;
    char data[MAX_DATAGRAM];
    uint64_t now_ms = clock_mono_ms();
    (void)what;
    for (int i = 0; i < MAX_A_TURN; i++) {
        ssize_t length = recv(descriptor, data, sizeof(data), MSG_TRUNC);
        if (length < 0)
            return;
        if ((size_t)length > sizeof(data))
            refuse(statsd, "a datagram is longer than 8192 bytes", now_ms);
        else
            take_datagram(statsd, data, (size_t)length, now_ms);
    }
}

/* A socket that a killed dashboard left is replaced; anything else at that path stays. */
static bool bind_socket(struct statsd *statsd, char *error, size_t error_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;
    memcpy(address.sun_path, statsd->path, sizeof(address.sun_path));
    statsd->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (lstat(statsd->path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(statsd->path);
    mode_t mask = umask(0117);
    int bound = statsd->socket < 0
                    ? -1
                    : bind(statsd->socket, (struct sockaddr *)&address, sizeof(address));
    int reason = errno;
    umask(mask);
    if (bound == 0)
        return true;
    snprintf(error, error_size, "board.statsd: %s: %s", statsd->path, strerror(reason));
    statsd->path[0] = '\0'; /* not ours to remove */
    return false;
}

struct statsd *statsd_new(struct event_base *base, struct custom_metrics *metrics, const char *path,
                          char *error, size_t error_size)
{
    struct statsd *statsd = calloc(1, sizeof(*statsd));
    if (statsd == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    statsd->metrics = metrics;
    statsd->socket = -1;
    if (strlen(path) >= sizeof(statsd->path)) {
        snprintf(error, error_size, "board.statsd: the path is longer than %zu bytes",
                 sizeof(statsd->path) - 1);
        statsd_free(statsd);
        return NULL;
    }
    memcpy(statsd->path, path, strlen(path) + 1);
    if (!bind_socket(statsd, error, error_size)) {
        statsd_free(statsd);
        return NULL;
    }
    statsd->readable = event_new(base, statsd->socket, EV_READ | EV_PERSIST, on_readable, statsd);
    if (statsd->readable == NULL || event_add(statsd->readable, NULL) != 0) {
        snprintf(error, error_size, "out of memory");
        statsd_free(statsd);
        return NULL;
    }
    return statsd;
}

void statsd_free(struct statsd *statsd)
{
    if (statsd == NULL)
        return;
    if (statsd->readable != NULL)
        event_free(statsd->readable);
    if (statsd->socket >= 0)
        close(statsd->socket);
    if (statsd->path[0] != '\0' && unlink(statsd->path) != 0 && errno != ENOENT)
        log_debug("statsd", "%s stays: %s", statsd->path, strerror(errno));
    free(statsd);
}

#include "tools/sim_wire.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "common/tls.h"
#include "common/tls_stream.h"

ssize_t sim_wire_receive(int fd, struct tls_stream *tls, void *data, size_t length)
{
    ssize_t got;
    bool drained;

    if (tls != NULL) {
        got = tls_stream_receive(tls, data, length, &drained);
        if (got == TLS_STREAM_AGAIN)
            errno = EAGAIN;
        return got < 0 ? -1 : got;
    }
    do
        got = recv(fd, data, length, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

ssize_t sim_wire_send(int fd, struct tls_stream *tls, const void *data, size_t length, int flags)
{
    ssize_t sent;

    if (tls != NULL) {
        sent = tls_stream_send(tls, data, length);
        if (sent == TLS_STREAM_AGAIN)
            errno = EAGAIN;
        return sent < 0 ? -1 : sent;
    }
    do
        sent = send(fd, data, length, MSG_NOSIGNAL | flags);
    while (sent < 0 && errno == EINTR);
    return sent;
}

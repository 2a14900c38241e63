#include "gateway/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* the two have the same words for the same things */
_Static_assert(TRANSPORT_END == TLS_STREAM_END && TRANSPORT_AGAIN == TLS_STREAM_AGAIN &&
                   TRANSPORT_FAILED == TLS_STREAM_FAILED,
               "outcomes are passed on as they are");

void transport_open(struct transport *transport, int descriptor)
{
    int on = 1;
    *transport = (struct transport){.descriptor = descriptor};
    /* answers are small and go out as one piece: waiting for more to send only adds latency */
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool transport_start_tls(struct transport *transport, struct tls *tls)
{
    transport->tls = tls_stream_new(tls, transport->descriptor, NULL);
    return transport->tls != NULL;
}

void transport_drop_tls(struct transport *transport)
{
    tls_stream_free(transport->tls);
    transport->tls = NULL;
}

static ssize_t outcome(ssize_t result)
{
    if (result >= 0)
        return result;
    return errno == EAGAIN || errno == EWOULDBLOCK ? TRANSPORT_AGAIN : TRANSPORT_FAILED;
}

bool transport_unread(struct transport *transport, const char *bytes, size_t length)
{
    transport->unread = malloc(length);
    if (transport->unread == NULL)
        return false;
    memcpy(transport->unread, bytes, length);
    transport->unread_length = length;
    return true;
}

static void free_unread(struct transport *transport)
{
    free(transport->unread);
    transport->unread = NULL;
    transport->unread_start = 0;
    transport->unread_length = 0;
}

static ssize_t receive_unread(struct transport *transport, void *buffer, size_t size)
{
    size_t length = transport->unread_length < size ? transport->unread_length : size;
    memcpy(buffer, transport->unread + transport->unread_start, length);
    transport->unread_start += length;
    transport->unread_length -= length;
    if (transport->unread_length == 0)
        free_unread(transport);
    return (ssize_t)length;
}

ssize_t transport_receive(struct transport *transport, void *buffer, size_t size, bool *drained)
{
    ssize_t got;
    if (transport->unread != NULL) {
        *drained = false;
        return receive_unread(transport, buffer, size);
    }
    if (transport->tls != NULL)
        return tls_stream_receive(transport->tls, buffer, size, drained);
    do
        got = recv(transport->descriptor, buffer, size, 0);
    while (got < 0 && errno == EINTR);
    *drained = got < (ssize_t)size;
    return outcome(got);
}

ssize_t transport_send(struct transport *transport, const void *data, size_t length)
{
    ssize_t sent;
    if (transport->tls != NULL)
        return tls_stream_send(transport->tls, data, length);
    do
        sent = send(transport->descriptor, data, length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return outcome(sent);
}

void transport_shutdown(struct transport *transport)
{
    if (transport->tls != NULL)
        tls_stream_end_output(transport->tls);
    shutdown(transport->descriptor, SHUT_WR);
}

void transport_close(struct transport *transport)
{
    if (transport->descriptor >= 0)
        close(transport->descriptor);
    transport->descriptor = -1;
    transport_drop_tls(transport);
    free_unread(transport);
}

/* Bytes of a simulated station's connection, over TLS or not. */
#ifndef TOOLS_SIM_WIRE_H
#define TOOLS_SIM_WIRE_H

#include <stddef.h>
#include <sys/types.h>

struct tls_stream;

/* As recv and send, without EINTR and SIGPIPE; errno EAGAIN: not now. `tls` NULL: plain. */
ssize_t sim_wire_receive(int fd, struct tls_stream *tls, void *data, size_t length);
ssize_t sim_wire_send(int fd, struct tls_stream *tls, const void *data, size_t length, int flags);

#endif

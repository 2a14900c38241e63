#include "tools/sim_websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <wslay/wslay.h>

#include "common/deflate.h"
#include "common/tls.h"
#include "common/tls_stream.h"
#include "tools/sim_handshake.h"
#include "tools/sim_random.h"
#include "tools/sim_wire.h"

#define HANDSHAKE_SECONDS 30
#define CLOSE_SECONDS     2
#define MESSAGE_MAX       (1024 * 1024)
#define NO_CODE           1005 /* RFC 6455, 7.4.1: no status code was in the close frame */

enum state { CONNECTING, SECURING, SENDING, WAITING_FOR_ANSWER, OPEN, CLOSING, ENDED };

struct sim_websocket {
    const struct sim_websocket_handlers *handlers;
    void *context;
    int fd;
    struct tls_stream *tls; /* NULL: plain */
    enum state state;
    struct event *readable;
    struct event *writable;
    struct event *timer;
    struct sim_handshake *handshake; /* until OPEN */
    wslay_event_context_ptr wslay;
    struct deflate_codec *codec; /* the options'; NULL: no compression */
    uint8_t *early;              /* bytes that came with the handshake's answer */
    size_t early_length, early_taken;
    struct sim_random random;
    bool receiving;
    bool opened;
    /* how it ended */
    bool clean;
    unsigned code;
    const char *reason;
};

static void set_timer(struct sim_websocket *socket, long seconds)
{
    struct timeval delay = {.tv_sec = seconds};

    evtimer_add(socket->timer, &delay);
}

/* The last handler is called from the timer, so that no caller's connection vanishes under it. */
static void end(struct sim_websocket *socket, bool clean, unsigned code, const char *reason)
{
    if (socket->state == ENDED)
        return;
    socket->state = ENDED;
    socket->clean = clean;
    socket->code = code;
    socket->reason = reason;
    event_del(socket->readable);
    event_del(socket->writable);
    if (socket->tls != NULL)
        tls_stream_end_output(socket->tls);
    close(socket->fd);
    socket->fd = -1;
    set_timer(socket, 0);
}

static void on_timer(int fd, short what, void *context)
{
    struct sim_websocket *socket = context;

    (void)fd;
    (void)what;
    if (socket->state != ENDED) {
        end(socket, false, 0, socket->opened ? "no close frame in time" : "no answer in time");
        return;
    }
    if (socket->opened)
        socket->handlers->on_closed(socket->clean, socket->code, socket->context);
    else
        socket->handlers->on_refused(socket->code, socket->reason, socket->context);
    sim_websocket_free(socket);
}

/* wslay's callbacks */

static ssize_t receive_bytes(wslay_event_context_ptr wslay, uint8_t *data, size_t length, int flags,
                             void *context)
{
    struct sim_websocket *socket = context;
    ssize_t got;

    (void)flags;
    if (socket->early_taken < socket->early_length) {
        size_t left = socket->early_length - socket->early_taken;
        size_t taken = left < length ? left : length;
        memcpy(data, socket->early + socket->early_taken, taken);
        socket->early_taken += taken;
        return (ssize_t)taken;
    }
    if (socket->fd < 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    got = sim_wire_receive(socket->fd, socket->tls, data, length);
    if (got > 0)
        return got;
    bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    wslay_event_set_error(wslay, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t send_bytes(wslay_event_context_ptr wslay, const uint8_t *data, size_t length,
                          int flags, void *context)
{
    struct sim_websocket *socket = context;
    ssize_t sent = -1;

    if (socket->fd >= 0) {
        sent = sim_wire_send(socket->fd, socket->tls, data, length,
                             (flags & WSLAY_MSG_MORE) != 0 ? MSG_MORE : 0);
        if (sent >= 0)
            return sent;
    }
    bool later = socket->fd >= 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    wslay_event_set_error(wslay, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int make_mask(wslay_event_context_ptr wslay, uint8_t *data, size_t length, void *context)
{
    struct sim_websocket *socket = context;

    (void)wslay;
    for (size_t i = 0; i < length; i++)
        data[i] = (uint8_t)sim_random_next(&socket->random);
    return 0;
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *message, void *context)
{
    struct sim_websocket *socket = context;

    const char *text = (const char *)message->msg;
    size_t length = message->msg_length;

    (void)wslay;
    if (message->opcode != WSLAY_TEXT_FRAME || socket->state == ENDED)
        return;
    if (wslay_get_rsv1(message->rsv) &&
        deflate_unpack(socket->codec, text, length, MESSAGE_MAX, &text, &length) != DEFLATE_DONE)
        end(socket, false, 0, "a message can't be inflated");
    else
        socket->handlers->on_text(text, length, socket->context);
}

static const struct wslay_event_callbacks wslay_callbacks = {
    .recv_callback = receive_bytes,
    .send_callback = send_bytes,
    .genmask_callback = make_mask,
    .on_msg_recv_callback = on_message,
};

/* Once open */

static void flush(struct sim_websocket *socket)
{
    if (socket->state == ENDED || socket->receiving)
        return;
    if (wslay_event_send(socket->wslay) != 0) {
        end(socket, false, 0, "the connection broke");
        return;
    }
    if (wslay_event_want_write(socket->wslay)) {
        event_add(socket->writable, NULL);
    } else if (!wslay_event_want_read(socket->wslay)) {
        unsigned code = wslay_event_get_status_code_received(socket->wslay);
        end(socket, wslay_event_get_close_received(socket->wslay), code != 0 ? code : NO_CODE, "");
    }
}

static void receive(struct sim_websocket *socket)
{
    socket->receiving = true;
    int result = wslay_event_recv(socket->wslay);
    socket->receiving = false;
    flush(socket);
    if (result != 0 && socket->state != ENDED) {
        /* lost, or a frame that breaks the protocol: wslay has queued a close that says so, sent by
         * now */
        bool received = wslay_event_get_close_received(socket->wslay);
        end(socket, received, received ? wslay_event_get_status_code_received(socket->wslay) : 0,
            "the connection broke");
    }
}

/* The handshake */

static bool become_open(struct sim_websocket *socket, size_t head_length)
{
    struct sim_handshake *handshake = socket->handshake;
    size_t rest = handshake->length - head_length;

    if (rest > 0) {
        socket->early = malloc(rest);
        if (socket->early == NULL)
            return false;
        memcpy(socket->early, handshake->buffer + head_length, rest);
        socket->early_length = rest;
    }
    if (wslay_event_context_client_init(&socket->wslay, &wslay_callbacks, socket) != 0)
        return false;
    wslay_event_config_set_max_recv_msg_length(socket->wslay, MESSAGE_MAX);
    if (socket->codec != NULL)
        wslay_event_config_set_allowed_rsv_bits(socket->wslay, WSLAY_RSV1_BIT);
    free(socket->handshake);
    socket->handshake = NULL;
    socket->state = OPEN;
    socket->opened = true;
    evtimer_del(socket->timer);
    return true;
}

static void judge_answer(struct sim_websocket *socket, const char *head, size_t head_length)
{
    unsigned status;
    const char *problem = sim_handshake_judge(socket->handshake, head, &status);

    if (problem != NULL)
        end(socket, false, status, problem);
    else if (!become_open(socket, head_length))
        end(socket, false, 0, "out of memory");
}

static void receive_answer(struct sim_websocket *socket)
{
    struct sim_handshake *handshake = socket->handshake;
    size_t room = sizeof handshake->buffer - 1 - handshake->length;
    ssize_t got =
        sim_wire_receive(socket->fd, socket->tls, handshake->buffer + handshake->length, room);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        end(socket, false, 0, got == 0 ? "closed without an answer" : strerror(errno));
        return;
    }
    handshake->length += (size_t)got;
    handshake->buffer[handshake->length] = '\0';
    char *empty_line = strstr(handshake->buffer, "\r\n\r\n");
    if (empty_line == NULL) {
        if (handshake->length == sizeof handshake->buffer - 1)
            end(socket, false, 0, "the answer is too long");
        return;
    }
    empty_line[2] = '\0';
    judge_answer(socket, handshake->buffer, (size_t)(empty_line - handshake->buffer) + 4);
    if (socket->state != OPEN)
        return;
    socket->handlers->on_open(socket->context);
    if (socket->state == OPEN)
        receive(socket);
}

static void send_request(struct sim_websocket *socket)
{
    struct sim_handshake *handshake = socket->handshake;
    ssize_t sent = sim_wire_send(socket->fd, socket->tls, handshake->buffer + handshake->sent,
                                 handshake->length - handshake->sent, 0);

    if (sent < 0 && errno != EAGAIN) {
        end(socket, false, 0, strerror(errno));
        return;
    }
    handshake->sent += sent > 0 ? (size_t)sent : 0;
    if (handshake->sent < handshake->length) {
        event_add(socket->writable, NULL);
        return;
    }
    handshake->length = 0;
    socket->state = WAITING_FOR_ANSWER;
    event_add(socket->readable, NULL);
}

static void secure(struct sim_websocket *socket)
{
    const char *reason = NULL;

    switch (tls_stream_handshake(socket->tls)) {
    case TLS_HANDSHAKE_WANTS_READ:
        event_add(socket->readable, NULL);
        break;
    case TLS_HANDSHAKE_WANTS_WRITE:
        event_add(socket->writable, NULL);
        break;
    case TLS_HANDSHAKE_DONE:
        event_del(socket->readable);
        socket->state = SENDING;
        send_request(socket);
        break;
    case TLS_HANDSHAKE_FAILED:
        tls_stream_failure(socket->tls, &reason);
        end(socket, false, 0, reason);
        break;
    }
}

static void begin(struct sim_websocket *socket)
{
    int failure = 0;
    socklen_t length = sizeof failure;

    if (getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &failure, &length) != 0 || failure != 0) {
        end(socket, false, 0, strerror(failure));
        return;
    }
    socket->state = socket->tls != NULL ? SECURING : SENDING;
    if (socket->tls != NULL)
        secure(socket);
    else
        send_request(socket);
}

static void on_readable(int fd, short what, void *context)
{
    struct sim_websocket *socket = context;

    (void)fd;
    (void)what;
    if (socket->state == SECURING) {
        secure(socket);
    } else if (socket->state == WAITING_FOR_ANSWER) {
        do /* the socket does not become readable for what TLS holds */
            receive_answer(socket);
        while (socket->state == WAITING_FOR_ANSWER && socket->tls != NULL &&
               tls_stream_has_pending(socket->tls));
    } else {
        receive(socket);
    }
}

static void on_writable(int fd, short what, void *context)
{
    struct sim_websocket *socket = context;

    (void)fd;
    (void)what;
    if (socket->state == CONNECTING)
        begin(socket);
    else if (socket->state == SECURING)
        secure(socket);
    else if (socket->state == SENDING)
        send_request(socket);
    else
        flush(socket);
}

/* Opening and ending */

static bool bind_source(int fd, const struct sim_target *target, unsigned source)
{
    struct sockaddr_in local = {.sin_family = AF_INET};

    if (source == 0 || target->address.ss_family != AF_INET)
        return true;
    local.sin_addr.s_addr = htonl(0x7f000001u | source << 8);
#ifdef IP_BIND_ADDRESS_NO_PORT
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#endif
    return bind(fd, (const struct sockaddr *)&local, sizeof local) == 0;
}

static int open_descriptor(const struct sim_target *target, unsigned source)
{
    int on = 1;
    int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind_source(fd, target, source) &&
        (connect(fd, (const struct sockaddr *)&target->address, target->address_length) == 0 ||
         errno == EINPROGRESS))
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct sim_websocket *sim_websocket_connect(struct event_base *base,
                                            const struct sim_target *target,
                                            const struct sim_websocket_options *options,
                                            const struct sim_websocket_handlers *handlers,
                                            void *context)
{
    struct sim_websocket *socket = calloc(1, sizeof *socket);

    if (socket == NULL)
        return NULL;
    socket->handlers = handlers;
    socket->context = context;
    socket->codec = options->codec;
    sim_random_init(&socket->random, options->seed, 0);
    socket->fd = open_descriptor(target, options->source);
    if (socket->fd < 0)
        goto failed;
    if (target->tls != NULL) {
        socket->tls = tls_stream_new(target->tls, socket->fd, target->name);
        if (socket->tls == NULL)
            goto failed;
    }
    socket->handshake = calloc(1, sizeof *socket->handshake);
    socket->readable = event_new(base, socket->fd, EV_READ | EV_PERSIST, on_readable, socket);
    socket->writable = event_new(base, socket->fd, EV_WRITE, on_writable, socket);
    socket->timer = evtimer_new(base, on_timer, socket);
    if (socket->handshake == NULL || socket->readable == NULL || socket->writable == NULL ||
        socket->timer == NULL ||
        !sim_handshake_write(socket->handshake, target, options, &socket->random))
        goto failed;
    event_add(socket->writable, NULL);
    set_timer(socket, HANDSHAKE_SECONDS);
    return socket;

failed:;
    int saved = errno;
    sim_websocket_free(socket);
    errno = saved;
    return NULL;
}

bool sim_websocket_send(struct sim_websocket *socket, const char *data, size_t length)
{
    uint8_t rsv = WSLAY_RSV_NONE;

    if (socket->state != OPEN)
        return false;
    if (socket->codec != NULL &&
        deflate_pack(socket->codec, data, length, DEFLATE_MAX_WINDOW, &data, &length))
        rsv = WSLAY_RSV1_BIT;
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (const uint8_t *)data, length};
    if (wslay_event_queue_msg_ex(socket->wslay, &message, rsv) != 0)
        return false;
    flush(socket);
    return true;
}

void sim_websocket_close(struct sim_websocket *socket, unsigned code)
{
    if (socket->state == ENDED || socket->state == CLOSING)
        return;
    if (socket->state != OPEN ||
        wslay_event_queue_close(socket->wslay, (uint16_t)code, NULL, 0) != 0) {
        end(socket, false, 0, "stopped");
        return;
    }
    socket->state = CLOSING;
    set_timer(socket, CLOSE_SECONDS);
    flush(socket);
}

void sim_websocket_abort(struct sim_websocket *socket)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};

    if (socket->state == ENDED)
        return;
    setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    end(socket, false, 0, "aborted");
}

void sim_websocket_free(struct sim_websocket *socket)
{
    if (socket == NULL)
        return;
    if (socket->readable != NULL)
        event_free(socket->readable);
    if (socket->writable != NULL)
        event_free(socket->writable);
    if (socket->timer != NULL)
        event_free(socket->timer);
    if (socket->wslay != NULL)
        wslay_event_context_free(socket->wslay);
    tls_stream_free(socket->tls);
    if (socket->fd >= 0)
        close(socket->fd);
    free(socket->handshake);
    free(socket->early);
    free(socket);
}

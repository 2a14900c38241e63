/*
 * WebSocket framing (RFC 6455) of a station's connection, server side. The only user of wslay.
 *
 * wslay's frame layer reads and writes frames; messages, control frames and limits are ours. That
 * way a message that came in one piece is handed out where it was received, without a copy; its
 * text is checked once, by the JSON scanner; and an idle connection holds no buffers: reading and
 * writing states are lent to it by the loop while there is something in them.
 *
 * Compressed messages (permessage-deflate) are inflated and deflated here, too, without context
 * takeover: the loop's codec serves all connections.
 *
 * Everything that is sent is collected and goes out with websocket_flush, one send for all answers
 * of one reading.
 */
#ifndef GATEWAY_WEBSOCKET_H
#define GATEWAY_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/transport.h"

#define WEBSOCKET_MAX_FRAGMENTS 64  /* of one message */
#define WEBSOCKET_MAX_CONTROL   125 /* payload of a control frame */

/* Close codes (RFC 6455, 7.4.1 and the IANA registry) */
#define CLOSE_NORMAL       1000
#define CLOSE_GOING_AWAY   1001
#define CLOSE_PROTOCOL     1002
#define CLOSE_UNSUPPORTED  1003
#define CLOSE_NO_CODE      1005 /* never sent: the close frame had none */
#define CLOSE_ABNORMAL     1006 /* never sent: there was no close frame */
#define CLOSE_INVALID_TEXT 1007
#define CLOSE_POLICY       1008
#define CLOSE_TOO_BIG      1009
#define CLOSE_INTERNAL     1011

/* What all connections of one event loop share. */
struct websocket_loop;
struct websocket_loop *websocket_loop_new(void);
void websocket_loop_free(struct websocket_loop *loop);

struct websocket_limits {
    size_t max_message;    /* as it is on the wire, and as it is inflated */
    size_t max_output;     /* bytes that wait for a peer that does not read */
    size_t min_compressed; /* shorter messages are sent as they are */
};

struct websocket_reader; /* lent by the loop */

/* Fields are private to websocket.c. */
struct websocket {
    struct websocket_loop *loop;
    struct transport *transport;
    const struct websocket_limits *limits;
    struct websocket_reader *reader;
    /* the message that is coming in, where it takes more than one piece */
    char *message;
    size_t message_length, message_capacity;
    unsigned fragments;   /* 0: no message is under way */
    bool is_compressed;   /* the message, or the last one */
    uint8_t deflate_bits; /* window of the peer; 0: no compression was agreed on */
    /* what the socket did not take yet */
    char *pending;
    size_t pending_start, pending_length, pending_capacity;
    bool overflow; /* something did not fit into max_output, or memory */
    int error;     /* errno; not 0: the socket is broken, or there was no memory */
    bool close_sent;
    bool received; /* bytes came; for the user to look at and reset */
};

/* `limits` is kept, not copied. */
void websocket_init(struct websocket *websocket, struct websocket_loop *loop,
                    struct transport *transport, const struct websocket_limits *limits);
/*
 * Compression was agreed on; the peer inflates with a window of `window_bits` (base-2 logarithm,
 * DEFLATE_MIN_WINDOW to DEFLATE_MAX_WINDOW; 0: it was not agreed on).
 */
void websocket_compress(struct websocket *websocket, unsigned window_bits);
static inline bool websocket_compresses(const struct websocket *websocket)
{
    return websocket->deflate_bits != 0;
}
void websocket_clear(struct websocket *websocket);

enum websocket_event {
    WEBSOCKET_TEXT,      /* a message: `data`, not checked for UTF-8 */
    WEBSOCKET_PING,      /* `data` is to be sent back with websocket_send_pong */
    WEBSOCKET_PONG,      /* `data` */
    WEBSOCKET_CLOSE,     /* the peer closes: `code`, and its reason in `data`, valid UTF-8 */
    WEBSOCKET_VIOLATION, /* close with `code`; `reason` says what the peer did */
    WEBSOCKET_IDLE,   /* nothing more at this moment; `more`: only because `receives` are used up */
    WEBSOCKET_END,    /* the connection ended without a close frame */
    WEBSOCKET_FAILED, /* the socket failed, or no memory: websocket->error */
};

struct websocket_input {
    const char *data; /* until the next call for any connection */
    size_t length;
    unsigned code;
    const char *reason; /* constant text */
    bool more;
};

/*
 * Reading: websocket_begin when the socket is readable, websocket_next until it says WEBSOCKET_IDLE
 * or the connection is done with, then websocket_end. At most `receives` receives of 4096 bytes are
 * made (0: only what was already received is looked at); the socket stays readable where that was
 * not all. It is fine to stop before WEBSOCKET_IDLE and go on later.
 */
bool websocket_begin(struct websocket *websocket, unsigned receives); /* false: no memory */
enum websocket_event websocket_next(struct websocket *websocket, struct websocket_input *input);
/*
 * After websocket_begin: whether something is received that was not handed out yet, or may be in
 * the socket.
 */
bool websocket_has_more(const struct websocket *websocket);
void websocket_end(struct websocket *websocket);

/* A whole close frame, for a connection that never becomes more than that. Returns its length. */
#define WEBSOCKET_CLOSE_FRAME_MAX (WEBSOCKET_MAX_CONTROL + 2)
size_t websocket_write_close(unsigned code, const char *reason, char *out);

/* Writing: collected until websocket_flush. Nothing is sent after a close. */
void websocket_send_text(struct websocket *websocket, const char *text, size_t length);
void websocket_send_ping(struct websocket *websocket);
void websocket_send_pong(struct websocket *websocket, const char *data, size_t length);
/* `code` CLOSE_NO_CODE sends none. The reason is cut at 123 bytes. */
void websocket_send_close(struct websocket *websocket, unsigned code, const char *reason);

enum websocket_flushed {
    WEBSOCKET_FLUSHED,  /* everything is with the kernel */
    WEBSOCKET_WAITING,  /* call again when the socket is writable */
    WEBSOCKET_OVERFLOW, /* the peer does not read: more than max_output waits */
    WEBSOCKET_BROKEN,   /* the socket failed: websocket->error */
};
enum websocket_flushed websocket_flush(struct websocket *websocket);

/* What the socket did not take, for who takes over the connection's end. */
const char *websocket_pending(const struct websocket *websocket, size_t *length);

#endif

#include "gateway/websocket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "common/deflate.h"
#include "common/text.h"

#define MAX_SPARE_READERS 16
#define FIRST_CAPACITY    1024

static const char too_long[] = "message is longer than gateway.max_message";

/* One frame that is being read, and the bytes behind it that are already here. */
struct websocket_reader {
    wslay_frame_context_ptr frames;
    struct websocket *websocket; /* who has it */
    struct websocket_reader *next_spare;
    size_t unconsumed;   /* bytes received that belong to no complete frame */
    size_t frame_offset; /* payload bytes of the present frame that were seen */
    unsigned receives_left;
    bool drained;
    ssize_t outcome; /* of the last receive that gave nothing */
    char control[WEBSOCKET_MAX_CONTROL];
};

struct websocket_loop {
    struct websocket_reader *spare;
    unsigned spare_count;
    struct deflate_codec *codec;
    wslay_frame_context_ptr writer;
    struct websocket *framing; /* whose frame is being written */
    struct websocket *writing; /* whose bytes are in `output`; NULL: it is empty */
    size_t output_length;
    char output[65536];
};

/* ---- reading ---- */

static ssize_t on_receive(uint8_t *buffer, size_t size, int flags, void *context)
{
    struct websocket_reader *reader = context;
    (void)flags;
    if (reader->drained || reader->receives_left == 0) {
        reader->outcome = TRANSPORT_AGAIN;
        return -1;
    }
    reader->receives_left--;
    ssize_t got = transport_receive(reader->websocket->transport, buffer, size, &reader->drained);
    if (got <= 0) {
        reader->outcome = got;
        return got;
    }
    reader->unconsumed += (size_t)got;
    reader->websocket->received = true;
    return got;
}

static struct websocket_reader *reader_new(void)
{
    static const struct wslay_frame_callbacks callbacks = {.recv_callback = on_receive};
    struct websocket_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL)
        return NULL;
    if (wslay_frame_context_init(&reader->frames, &callbacks, reader) != 0) {
        free(reader);
        return NULL;
    }
    return reader;
}

static void reader_free(struct websocket_reader *reader)
{
    wslay_frame_context_free(reader->frames);
    free(reader);
}

static struct websocket_reader *borrow_reader(struct websocket_loop *loop)
{
    struct websocket_reader *reader = loop->spare;
    if (reader == NULL)
        return reader_new();
    loop->spare = reader->next_spare;
    loop->spare_count--;
    return reader;
}

/* Only between frames: a reader that is as good as new. */
static void return_reader(struct websocket_loop *loop, struct websocket_reader *reader)
{
    if (loop->spare_count == MAX_SPARE_READERS) {
        reader_free(reader);
        return;
    }
    reader->websocket = NULL;
    reader->next_spare = loop->spare;
    loop->spare = reader;
    loop->spare_count++;
}

bool websocket_begin(struct websocket *websocket, unsigned receives)
{
    if (websocket->reader == NULL) {
        websocket->reader = borrow_reader(websocket->loop);
        if (websocket->reader == NULL)
            return false;
        websocket->reader->websocket = websocket;
    }
    websocket->reader->receives_left = receives;
    websocket->reader->drained = false;
    return true;
}

bool websocket_has_more(const struct websocket *websocket)
{
    return websocket->reader->unconsumed > 0 || !websocket->reader->drained;
}

static void forget_message(struct websocket *websocket)
{
    free(websocket->message);
    websocket->message = NULL;
    websocket->message_length = 0;
    websocket->message_capacity = 0;
}

void websocket_end(struct websocket *websocket)
{
    struct websocket_reader *reader = websocket->reader;
    if (websocket->fragments == 0 && websocket->message != NULL)
        forget_message(websocket);
    if (reader == NULL || reader->unconsumed > 0)
        return;
    websocket->reader = NULL;
    return_reader(websocket->loop, reader);
}

static enum websocket_event violation(struct websocket_input *input, unsigned code,
                                      const char *reason)
{
    input->code = code;
    input->reason = reason;
    return WEBSOCKET_VIOLATION;
}

static bool grow(char **buffer, size_t *capacity, size_t needed, size_t max)
{
    size_t wanted = *capacity > 0 ? *capacity : FIRST_CAPACITY;
    if (needed > max)
        return false;
    while (wanted < needed)
        wanted *= 2;
    if (wanted == *capacity)
        return true;
    char *grown = realloc(*buffer, wanted);
    if (grown == NULL)
        return false;
    *buffer = grown;
    *capacity = wanted;
    return true;
}

static bool append_to_message(struct websocket *websocket, const struct wslay_frame_iocb *frame)
{
    size_t needed = websocket->message_length + frame->data_length;
    if (!grow(&websocket->message, &websocket->message_capacity, needed,
              websocket->limits->max_message))
        return false;
    if (frame->data_length > 0)
        memcpy(websocket->message + websocket->message_length, frame->data, frame->data_length);
    websocket->message_length = needed;
    return true;
}

/* RFC 7692, 6: the first frame of a message, where that was agreed on. */
static bool may_be_compressed(const struct websocket *websocket,
                              const struct wslay_frame_iocb *frame)
{
    return websocket->deflate_bits != 0 && frame->rsv == WSLAY_RSV1_BIT &&
           (frame->opcode == WSLAY_TEXT_FRAME || frame->opcode == WSLAY_BINARY_FRAME);
}

/* What is wrong with the header of a frame (RFC 6455, 5.2 and 5.4), or 0. */
static unsigned check_header(const struct websocket *websocket,
                             const struct wslay_frame_iocb *frame, const char **reason)
{
    bool is_data = frame->opcode == WSLAY_TEXT_FRAME || frame->opcode == WSLAY_BINARY_FRAME;
    *reason = NULL;
    if (frame->rsv != 0 && !may_be_compressed(websocket, frame))
        *reason = "reserved bits are set";
    else if (!frame->mask)
        *reason = "a frame is not masked";
    else if (wslay_is_ctrl_frame(frame->opcode) ? frame->opcode > WSLAY_PONG
                                                : frame->opcode > WSLAY_BINARY_FRAME)
        *reason = "unknown opcode";
    else if (is_data && websocket->fragments > 0)
        *reason = "a message begins within another one";
    else if (frame->opcode == WSLAY_CONTINUATION_FRAME && websocket->fragments == 0)
        *reason = "a continuation without a message";
    if (*reason != NULL)
        return CLOSE_PROTOCOL;
    if (wslay_is_ctrl_frame(frame->opcode))
        return 0;
    if (frame->opcode == WSLAY_BINARY_FRAME) {
        *reason = "binary messages are not OCPP-J";
        return CLOSE_UNSUPPORTED;
    }
    if (frame->payload_length + websocket->message_length > websocket->limits->max_message) {
        *reason = too_long;
        return CLOSE_TOO_BIG;
    }
    if (websocket->fragments == WEBSOCKET_MAX_FRAGMENTS) {
        *reason = "message has more than 64 fragments";
        return CLOSE_POLICY;
    }
    return 0;
}

/* RFC 6455, 7.4: codes that may stand in a close frame; 1012 to 1014 were registered later. */
static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static enum websocket_event read_close(const char *data, size_t length,
                                       struct websocket_input *input)
{
    input->code = CLOSE_NO_CODE;
    if (length == 0)
        return WEBSOCKET_CLOSE;
    if (length == 1)
        return violation(input, CLOSE_PROTOCOL, "a close frame of one byte");
    input->code = (unsigned)(unsigned char)data[0] << 8 | (unsigned char)data[1];
    input->data = data + 2;
    input->length = length - 2;
    if (!is_close_code(input->code))
        return violation(input, CLOSE_PROTOCOL, "a close frame with an invalid code");
    if (!text_is_utf8(input->data, input->length))
        return violation(input, CLOSE_INVALID_TEXT, "a close reason that is not UTF-8");
    return WEBSOCKET_CLOSE;
}

static enum websocket_event finish_control(const struct websocket_reader *reader, unsigned opcode,
                                           size_t length, struct websocket_input *input)
{
    input->data = reader->control;
    input->length = length;
    if (opcode == WSLAY_CONNECTION_CLOSE)
        return read_close(reader->control, length, input);
    return opcode == WSLAY_PING ? WEBSOCKET_PING : WEBSOCKET_PONG;
}

static size_t header_length(uint64_t payload_length)
{
    size_t extended = payload_length < 126 ? 0 : payload_length < 65536 ? 2 : 8;
    return 2 + extended + 4;
}

/* Accounts for a piece of a frame; true when it is the last one. */
static bool take_piece(struct websocket_reader *reader, const struct wslay_frame_iocb *frame)
{
    reader->frame_offset += frame->data_length;
    if (reader->frame_offset < frame->payload_length)
        return false;
    reader->unconsumed -= header_length(frame->payload_length) + reader->frame_offset;
    reader->frame_offset = 0;
    return true;
}

static enum websocket_event nothing_received(struct websocket *websocket,
                                             struct websocket_input *input)
{
    const struct websocket_reader *reader = websocket->reader;
    input->more = !reader->drained;
    if (reader->outcome == TRANSPORT_END)
        return WEBSOCKET_END;
    if (reader->outcome == TRANSPORT_AGAIN)
        return WEBSOCKET_IDLE;
    websocket->error = errno;
    return WEBSOCKET_FAILED;
}

/* Replaces the message that was received by what it is when inflated. */
static enum websocket_event inflate_message(struct websocket *websocket,
                                            struct websocket_input *input)
{
    switch (deflate_unpack(websocket->loop->codec, input->data, input->length,
                           websocket->limits->max_message, &input->data, &input->length)) {
    case DEFLATE_DONE:
        return WEBSOCKET_TEXT;
    case DEFLATE_TOO_LONG:
        return violation(input, CLOSE_TOO_BIG, too_long);
    case DEFLATE_CORRUPT:
        return violation(input, CLOSE_INVALID_TEXT, "a compressed message that can't be inflated");
    case DEFLATE_NO_MEMORY:
        break;
    }
    websocket->error = ENOMEM;
    return WEBSOCKET_FAILED;
}

static enum websocket_event finish_message(struct websocket *websocket, const char *data,
                                           size_t length, struct websocket_input *input)
{
    input->data = data;
    input->length = length;
    return websocket->is_compressed ? inflate_message(websocket, input) : WEBSOCKET_TEXT;
}

/* A piece of a data frame. False: nothing to hand out yet; else `event` tells what. */
static bool take_data(struct websocket *websocket, const struct wslay_frame_iocb *frame,
                      bool is_first, bool is_last, enum websocket_event *event,
                      struct websocket_input *input)
{
    bool is_alone = is_first && is_last && frame->fin && websocket->fragments == 0;
    if (is_first && websocket->fragments == 0)
        websocket->is_compressed = frame->rsv != 0;
    if (is_alone) {
        *event = finish_message(websocket, (const char *)frame->data, frame->data_length, input);
        return true;
    }
    if (!append_to_message(websocket, frame)) {
        websocket->error = ENOMEM;
        *event = WEBSOCKET_FAILED;
        return true;
    }
    if (is_first)
        websocket->fragments++;
    if (!is_last || !frame->fin)
        return false;
    websocket->fragments = 0;
    *event = finish_message(websocket, websocket->message, websocket->message_length, input);
    return true;
}

enum websocket_event websocket_next(struct websocket *websocket, struct websocket_input *input)
{
    struct websocket_reader *reader = websocket->reader;
    enum websocket_event event;
    *input = (struct websocket_input){.data = ""};
    if (websocket->fragments == 0 && websocket->message != NULL)
        forget_message(websocket);
    for (;;) {
        struct wslay_frame_iocb frame = {0};
        reader->outcome = TRANSPORT_AGAIN;
        ssize_t got = wslay_frame_recv(reader->frames, &frame);
        if (got == WSLAY_ERR_WANT_READ)
            return nothing_received(websocket, input);
        if (got < 0)
            return violation(input, CLOSE_PROTOCOL, "a frame with a broken header");
        size_t offset = reader->frame_offset;
        unsigned code = offset == 0 ? check_header(websocket, &frame, &input->reason) : 0;
        if (code != 0)
            return violation(input, code, input->reason);
        bool is_last = take_piece(reader, &frame);
        if (!wslay_is_ctrl_frame(frame.opcode)) {
            if (take_data(websocket, &frame, offset == 0, is_last, &event, input))
                return event;
            continue;
        }
        if (frame.data_length > 0)
            memcpy(reader->control + offset, frame.data, frame.data_length);
        if (is_last)
            return finish_control(reader, frame.opcode, (size_t)frame.payload_length, input);
    }
}

/* ---- writing ---- */

static void append_pending(struct websocket *websocket, const char *data, size_t length)
{
    if (websocket->pending_start > 0) {
        memmove(websocket->pending, websocket->pending + websocket->pending_start,
                websocket->pending_length);
        websocket->pending_start = 0;
    }
    if (!grow(&websocket->pending, &websocket->pending_capacity, websocket->pending_length + length,
              websocket->limits->max_output)) {
        websocket->overflow = true;
        return;
    }
    memcpy(websocket->pending + websocket->pending_length, data, length);
    websocket->pending_length += length;
}

/*
 * Sends the loop's output, all of it the websocket's; what the socket does not take waits with it.
 */
static void send_output(struct websocket *websocket)
{
    struct websocket_loop *loop = websocket->loop;
    size_t length = loop->output_length;
    loop->output_length = 0;
    loop->writing = NULL;
    ssize_t sent = transport_send(websocket->transport, loop->output, length);
    if (sent == TRANSPORT_FAILED)
        websocket->error = errno;
    else if (sent < (ssize_t)length) {
        size_t taken = sent > 0 ? (size_t)sent : 0;
        append_pending(websocket, loop->output + taken, length - taken);
    }
}

static void append_output(struct websocket *websocket, const char *data, size_t length)
{
    struct websocket_loop *loop = websocket->loop;
    if (length > sizeof(loop->output) - loop->output_length && loop->output_length > 0)
        send_output(websocket);
    if (websocket->pending_length > 0 || length > sizeof(loop->output)) {
        append_pending(websocket, data, length);
        return;
    }
    memcpy(loop->output + loop->output_length, data, length);
    loop->output_length += length;
    loop->writing = websocket;
}

static ssize_t on_send(const uint8_t *data, size_t length, int flags, void *context)
{
    struct websocket_loop *loop = context;
    (void)flags;
    append_output(loop->framing, (const char *)data, length);
    return (ssize_t)length;
}

static void send_frame(struct websocket *websocket, unsigned opcode, unsigned rsv, const char *data,
                       size_t length)
{
    struct websocket_loop *loop = websocket->loop;
    struct wslay_frame_iocb frame = {
        .fin = 1,
        .opcode = (uint8_t)opcode,
        .rsv = (uint8_t)rsv,
        .payload_length = length,
        .data = (const uint8_t *)data,
        .data_length = length,
    };
    if (websocket->close_sent || websocket->overflow || websocket->error != 0)
        return;
    if (loop->writing != NULL && loop->writing != websocket)
        send_output(loop->writing);
    loop->framing = websocket;
    wslay_frame_send(loop->writer, &frame);
}

void websocket_send_text(struct websocket *websocket, const char *text, size_t length)
{
    const char *packed;
    size_t packed_length;
    if (websocket->deflate_bits != 0 && length >= websocket->limits->min_compressed &&
        deflate_pack(websocket->loop->codec, text, length, websocket->deflate_bits, &packed,
                     &packed_length))
        send_frame(websocket, WSLAY_TEXT_FRAME, WSLAY_RSV1_BIT, packed, packed_length);
    else
        send_frame(websocket, WSLAY_TEXT_FRAME, WSLAY_RSV_NONE, text, length);
}

void websocket_send_ping(struct websocket *websocket)
{
    send_frame(websocket, WSLAY_PING, WSLAY_RSV_NONE, "", 0);
}

void websocket_send_pong(struct websocket *websocket, const char *data, size_t length)
{
    send_frame(websocket, WSLAY_PONG, WSLAY_RSV_NONE, data, length);
}

static size_t fill_close(unsigned code, const char *reason, char payload[WEBSOCKET_MAX_CONTROL])
{
    if (code == CLOSE_NO_CODE)
        return 0;
    size_t length = text_cut_utf8(reason, strlen(reason), WEBSOCKET_MAX_CONTROL - 2);
    payload[0] = (char)(code >> 8);
    payload[1] = (char)(code & 255);
    memcpy(payload + 2, reason, length);
    return length + 2;
}

void websocket_send_close(struct websocket *websocket, unsigned code, const char *reason)
{
    char payload[WEBSOCKET_MAX_CONTROL];
    send_frame(websocket, WSLAY_CONNECTION_CLOSE, WSLAY_RSV_NONE, payload,
               fill_close(code, reason, payload));
    websocket->close_sent = true;
}

size_t websocket_write_close(unsigned code, const char *reason, char *out)
{
    size_t length = fill_close(code, reason, out + 2);
    out[0] = (char)(0x80 | WSLAY_CONNECTION_CLOSE);
    out[1] = (char)length;
    return length + 2;
}

static void send_pending(struct websocket *websocket)
{
    ssize_t sent =
        transport_send(websocket->transport, websocket->pending + websocket->pending_start,
                       websocket->pending_length);
    if (sent == TRANSPORT_FAILED)
        websocket->error = errno;
    if (sent <= 0)
        return;
    websocket->pending_start += (size_t)sent;
    websocket->pending_length -= (size_t)sent;
    if (websocket->pending_length > 0)
        return;
    free(websocket->pending);
    websocket->pending = NULL;
    websocket->pending_start = 0;
    websocket->pending_capacity = 0;
}

enum websocket_flushed websocket_flush(struct websocket *websocket)
{
    if (websocket->pending_length > 0 && websocket->error == 0)
        send_pending(websocket);
    if (websocket->loop->writing == websocket)
        send_output(websocket);
    if (websocket->error != 0)
        return WEBSOCKET_BROKEN;
    if (websocket->overflow)
        return WEBSOCKET_OVERFLOW;
    return websocket->pending_length > 0 ? WEBSOCKET_WAITING : WEBSOCKET_FLUSHED;
}

const char *websocket_pending(const struct websocket *websocket, size_t *length)
{
    *length = websocket->pending_length;
    return websocket->pending != NULL ? websocket->pending + websocket->pending_start : NULL;
}

/* ---- life ---- */

struct websocket_loop *websocket_loop_new(void)
{
    static const struct wslay_frame_callbacks callbacks = {.send_callback = on_send};
    struct websocket_loop *loop = calloc(1, sizeof(*loop));
    if (loop == NULL)
        return NULL;
    loop->codec = deflate_codec_new();
    if (loop->codec != NULL && wslay_frame_context_init(&loop->writer, &callbacks, loop) == 0)
        return loop;
    deflate_codec_free(loop->codec);
    free(loop);
    return NULL;
}

void websocket_loop_free(struct websocket_loop *loop)
{
    if (loop == NULL)
        return;
    while (loop->spare != NULL) {
        struct websocket_reader *reader = loop->spare;
        loop->spare = reader->next_spare;
        reader_free(reader);
    }
    wslay_frame_context_free(loop->writer);
    deflate_codec_free(loop->codec);
    free(loop);
}

void websocket_init(struct websocket *websocket, struct websocket_loop *loop,
                    struct transport *transport, const struct websocket_limits *limits)
{
    *websocket = (struct websocket){.loop = loop, .transport = transport, .limits = limits};
}

void websocket_compress(struct websocket *websocket, unsigned window_bits)
{
    websocket->deflate_bits = (uint8_t)window_bits;
}

void websocket_clear(struct websocket *websocket)
{
    struct websocket_loop *loop = websocket->loop;
    if (loop->writing == websocket) {
        loop->writing = NULL;
        loop->output_length = 0;
    }
    if (websocket->reader != NULL)
        reader_free(websocket->reader);
    websocket->reader = NULL;
    forget_message(websocket);
    free(websocket->pending);
    websocket->pending = NULL;
    websocket->pending_length = 0;
}

#include "shm/event_frame.h"

#include <stdio.h>
#include <string.h>

struct frame {
    char *out;
    size_t length;
    size_t size;
    bool full;
};

static void add(struct frame *frame, const char *bytes, size_t length)
{
    if (frame->full || length > frame->size - frame->length) {
        frame->full = true;
        return;
    }
    memcpy(frame->out + frame->length, bytes, length);
    frame->length += length;
}

static void add_string(struct frame *frame, struct text_span text)
{
    char escaped[6 * EVENT_MAX_ACTION + 1];
    size_t length =
        text.length > 0 ? json_escape(text.start, text.length, escaped, sizeof escaped) : 0;

    if (length >= sizeof escaped) {
        frame->full = true;
        return;
    }
    add(frame, ",\"", 2);
    add(frame, escaped, length);
    add(frame, "\"", 1);
}

size_t event_frame_bodies(unsigned message_type)
{
    switch (message_type) {
    case MESSAGE_CALL:
    case MESSAGE_CALLRESULT:
    case MESSAGE_SEND:
        return 1;
    case MESSAGE_CALLERROR:
    case MESSAGE_CALLRESULTERROR:
        return 3;
    default:
        return 0;
    }
}

size_t event_frame(unsigned message_type, struct text_span message_id, struct text_span action,
                   const struct json_span *bodies, char *out, size_t size)
{
    struct frame frame = {out, 0, size, false};
    char head[3] = {'[', (char)('0' + message_type % 10), '\0'};
    size_t count = event_frame_bodies(message_type);

    if (count == 0)
        return 0;
    add(&frame, head, 2);
    add_string(&frame, message_id);
    if (message_type == MESSAGE_CALL || message_type == MESSAGE_SEND)
        add_string(&frame, action);
    for (size_t i = 0; i < count; i++) {
        add(&frame, ",", 1);
        add(&frame, bodies[i].start, bodies[i].length);
    }
    add(&frame, "]", 1);
    return frame.full ? 0 : frame.length;
}

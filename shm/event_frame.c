#include "shm/event_frame.h"

#include "common/text_buffer.h"

static void add_string(struct text_buffer *frame, struct text_span text)
{
    text_buffer_puts(frame, ",\"");
    text_buffer_escape(frame, text.start, text.length, SIZE_MAX);
    text_buffer_puts(frame, "\"");
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
    struct text_buffer frame = {out, 0, size, false};
    char head[3] = {'[', (char)('0' + message_type % 10), '\0'};
    size_t count = event_frame_bodies(message_type);

    if (count == 0)
        return 0;
    text_buffer_puts(&frame, head);
    add_string(&frame, message_id);
    if (message_type == MESSAGE_CALL || message_type == MESSAGE_SEND)
        add_string(&frame, action);
    for (size_t i = 0; i < count; i++) {
        text_buffer_puts(&frame, ",");
        text_buffer_append(&frame, bodies[i].start, bodies[i].length);
    }
    text_buffer_puts(&frame, "]");
    return frame.overflow ? 0 : frame.length;
}

/* A line of a capture: any bytes are an event within its bounds, or none. What is one can be
 * written again, and says the same when it is read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/sources/capture_line.h"
#include "shm/event_json.h"
#include "tests/fuzz/fuzz.h"

static void check_again(const struct capture_line *line)
{
    static char json[EVENT_JSON_MAX], scratch[CAPTURE_MAX_LINE];
    struct capture_line again;
    const char *reason;
    size_t length = event_json_capture(&line->event, line->gateway, json, sizeof(json));
    if (length == 0)
        return; /* a line can be longer than an event */
    MUST(capture_line_read(json, length, scratch, &again, &reason));
    MUST(again.event.type == line->event.type && again.event.seq == line->event.seq);
    MUST(again.event.time_ns / 1000000 == line->event.time_ns / 1000000);
    MUST(again.event.identity.length == line->event.identity.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char scratch[CAPTURE_MAX_LINE];
    struct capture_line line;
    const char *reason;
    if (size > 65536)
        return 0;
    char *text = malloc(size + 1);
    MUST(text != NULL);
    memcpy(text, data, size);
    if (capture_line_read(text, size, scratch, &line, &reason)) {
        MUST(line.event.type == 0 || event_collection(line.event.type) >= 0);
        if (line.event.type != 0)
            check_again(&line);
    } else {
        MUST(reason != NULL);
    }
    free(text);
    return 0;
}

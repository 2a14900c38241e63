/* A line of a capture, as `ocpp-log -j` prints it (shm/event_json.h): what the event was. */
#ifndef BOARDD_CAPTURE_LINE_H
#define BOARDD_CAPTURE_LINE_H

#include "boardd/sources/source.h"

/* Longest line: an event's JSON, of which every byte may be escaped once more. */
#define CAPTURE_MAX_LINE ((size_t)1 << 20)

struct capture_line {
    char gateway[SOURCE_NAME_SIZE];
    struct event event; /* type 0: events were lost before the next line, `lost` of them */
    uint64_t lost;
};

/*
 * Reads one line without its newline. The event's spans point into `scratch` (CAPTURE_MAX_LINE
 * bytes). False, with a constant text in `reason`, when it is no event; any bytes may come.
 */
bool capture_line_read(const char *text, size_t length, char *scratch, struct capture_line *line,
                       const char **reason);

#endif

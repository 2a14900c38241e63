/* A capture: what `ocpp-log -A` printed, opened again as a source with its own time. */
#ifndef BOARDD_FILE_SOURCE_H
#define BOARDD_FILE_SOURCE_H

#include "boardd/sources/source.h"

struct file_source_options {
    const char *path;
    uint64_t memory;    /* bytes for its events; the newest stay */
    uint32_t stations;  /* slots of the station table */
    uint64_t window_ns; /* so much of the capture's time is read at once at most; see now_ns */
};

/* The gateway's name is that of the file's first event. NULL with a text in `error`. */
struct source *file_source_new(const struct file_source_options *options, char *error,
                               size_t error_size);

#endif

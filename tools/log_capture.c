#include "tools/log_capture.h"

#include <errno.h>
#include <string.h>

#include "shm/segment_reader.h"

/* One collection: its next event, unless it has none. */
struct track {
    uint64_t next, end;
    bool has_event;
    struct event event;
    char buffer[SEGMENT_READER_BUFFER];
};

static void advance(const struct segment_reader *reader, enum collection collection,
                    struct track *track, const struct log_options *options,
                    const struct log_style *style, FILE *out)
{
    uint64_t lost;

    track->has_event = false;
    while (!track->has_event && track->next < track->end) {
        switch (segment_reader_next(reader, collection, &track->next, &lost, track->buffer,
                                    &track->event)) {
        case RING_MORE:
            track->has_event = log_filter_matches(&options->filter, &track->event);
            break;
        case RING_LAPPED:
        case RING_CORRUPT:
            log_print_lost(out, lost, style);
            break;
        case RING_END:
        case RING_SUPERSEDED:
            return;
        }
    }
}

static int oldest_of(const struct track *tracks)
{
    int oldest = -1;

    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (tracks[i].has_event &&
            (oldest < 0 || tracks[i].event.time_ns < tracks[oldest].event.time_ns))
            oldest = i;
    }
    return oldest;
}

bool log_capture(const struct log_options *options, const struct log_style *style, const char *dir,
                 FILE *out)
{
    static struct track tracks[COLLECTION_COUNT];
    char error[512];
    struct segment_reader *reader =
        segment_reader_open(dir, style->gateway, -1, error, sizeof error);
    int oldest;

    if (reader == NULL) {
        fprintf(stderr, "%s: %s\n", log_program.name, error);
        return false;
    }
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        segment_reader_bounds(reader, (enum collection)i, &tracks[i].next, &tracks[i].end);
        advance(reader, (enum collection)i, &tracks[i], options, style, out);
    }
    while ((oldest = oldest_of(tracks)) >= 0 && !ferror(out)) {
        log_print_event(out, &tracks[oldest].event, style);
        advance(reader, (enum collection)oldest, &tracks[oldest], options, style, out);
    }
    segment_reader_close(reader);
    if (fflush(out) == 0 && !ferror(out))
        return true;
    fprintf(stderr, "%s: %s\n", log_program.name, strerror(errno));
    return false;
}

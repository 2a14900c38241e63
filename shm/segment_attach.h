/* A reader over memory instead of a file: for tests and for a segment of one's own. */
#ifndef SHM_SEGMENT_ATTACH_H
#define SHM_SEGMENT_ATTACH_H

#include "shm/segment_reader.h"

/* `base` is aligned to a page and stays the caller's. Checks as in segment_reader_open. */
struct segment_reader *segment_reader_attach(void *base, size_t size, char *error,
                                             size_t error_size);

#endif

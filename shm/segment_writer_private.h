/* What segment_life.c (opening and closing) and segment_writer.c (everything between) share. */
#ifndef SHM_SEGMENT_WRITER_PRIVATE_H
#define SHM_SEGMENT_WRITER_PRIVATE_H

#include "shm/ring_writer.h"
#include "shm/segment_layout.h"
#include "shm/segment_writer.h"
#include "shm/station_slots.h"

struct segment_writer {
    int lock_fd;
    int fd;
    struct segment_view view;
    struct ring_writer rings[COLLECTION_COUNT];
    struct station_slots *slots;
    bool adopted;
    const char *origin;
};

#endif

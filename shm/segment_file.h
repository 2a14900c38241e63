/*
 * The files of a segment: names, the instance's lock, making and opening, and who may do what with
 * them.
 */
#ifndef SHM_SEGMENT_FILE_H
#define SHM_SEGMENT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct segment_names {
    const char *dir;        /* the caller's, */
    const char *instance;   /* and so is this */
    char segment[PATH_MAX]; /* DIR/ocpp-board.INSTANCE */
    char lock[PATH_MAX];    /* the same and ".lock" */
    char fresh[PATH_MAX];   /* the same and ".new": a segment that is being made */
};
/* False with a text in `error`: not a name of an instance, or too long a path. */
bool segment_names(struct segment_names *names, const char *dir, const char *instance, char *error,
                   size_t error_size);

/* Descriptor that holds the instance's lock until it's closed, or -1: a gateway runs (its pid is
 * named), or a failure. */
int segment_lock_instance(const struct segment_names *names, char *error, size_t error_size);

/*
 * Takes the write lock by which readers see that a writer lives (false with errno when a reader is
 * in the way), and asks for it on a descriptor that can only read. It goes with the descriptor.
 */
bool segment_lock_writer(int fd);
bool segment_has_writer(int fd);

/* Mode 0640 and the group; -1 keeps the file's. */
bool segment_set_access(int fd, long group, char *error, size_t error_size);
/* -1 for "", the number of the group; false when there is no such group. */
bool segment_find_group(const char *name, long *group, char *error, size_t error_size);

/* Under the instance's lock: removes what a gateway killed while making a segment left behind. */
void segment_discard_fresh(const struct segment_names *names);

/* Of the file system, for who is not root; 0 when that's unknown. */
uint64_t segment_free_bytes(const struct segment_names *names);

/*
 * Makes the fresh file with all its pages. Descriptor, or -1; errno ENOSPC when there is no room
 * (the text says how much is needed and which keys to change).
 */
int segment_make_file(const struct segment_names *names, uint64_t size, char *error,
                      size_t error_size);

/*
 * Map the file; NULL with errno. For a writer all of it is present at once, so that no publish
 * waits for a page, and it is put into large pages where the kernel can do that: these serve
 * readers as well, who spend a third of their time on small ones.
 */
void *segment_map_to_write(int fd, size_t size);
void *segment_map_to_read(int fd, size_t size);

/* A regular file of `owner` (-1: anyone), root or us that group and others can't write. */
bool segment_check_file(const struct stat *file, long owner, char *error, size_t error_size);

#endif

#include "shm/segment_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "shm/segment_layout.h"

#define INSTANCE_MAX 31
#define LARGE_PAGE   ((size_t)2 << 20)
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; glibc 2.37 */
#endif

static bool instance_is_valid(const char *instance)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strspn(instance, allowed);

    return length > 0 && length <= INSTANCE_MAX && instance[length] == '\0';
}

bool segment_names(struct segment_names *names, const char *dir, const char *instance, char *error,
                   size_t error_size)
{
    if (!instance_is_valid(instance))
        return segment_complain(error, error_size,
                                "shm.instance takes 1 to %d letters, digits, '-' and '_'",
                                INSTANCE_MAX);
    if (strlen(dir) > PATH_MAX - 64)
        return segment_complain(error, error_size, "shm.dir is too long");
    names->dir = dir;
    names->instance = instance;
    snprintf(names->segment, sizeof names->segment, "%s/ocpp-board.%s", dir, instance);
    snprintf(names->lock, sizeof names->lock, "%s/ocpp-board.%s.lock", dir, instance);
    snprintf(names->fresh, sizeof names->fresh, "%s/ocpp-board.%s.new", dir, instance);
    return true;
}

static bool take_write_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

static void write_pid(int fd)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    /* only an error message depends on it */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) != length)
        return;
}

static long read_pid(int fd)
{
    char text[24] = {0};

    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return 0;
    return strtol(text, NULL, 10);
}

int segment_lock_instance(const struct segment_names *names, char *error, size_t error_size)
{
    int fd = open(names->lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat file;

    if (fd < 0 || fstat(fd, &file) != 0) {
        segment_complain(error, error_size, "%s: %s", names->lock, strerror(errno));
        goto failed;
    }
    if (!S_ISREG(file.st_mode) || file.st_uid != geteuid()) {
        segment_complain(error, error_size, "%s belongs to user %ju", names->lock,
                         (uintmax_t)file.st_uid);
        goto failed;
    }
    if (!take_write_lock(fd)) {
        segment_complain(error, error_size,
                         "another gateway (pid %ld) runs on instance \"%s\": it holds %s",
                         read_pid(fd), names->instance, names->lock);
        goto failed;
    }
    write_pid(fd);
    return fd;

failed:
    if (fd >= 0)
        close(fd);
    return -1;
}

bool segment_lock_writer(int fd)
{
    return take_write_lock(fd);
}

bool segment_has_writer(int fd)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool segment_find_group(const char *name, long *group, char *error, size_t error_size)
{
    *group = -1;
    if (name == NULL || name[0] == '\0')
        return true;
    const struct group *found = getgrnam(name);
    if (found == NULL)
        return segment_complain(error, error_size, "shm.group: there is no group \"%s\"", name);
    *group = (long)found->gr_gid;
    return true;
}

bool segment_set_access(int fd, long group, char *error, size_t error_size)
{
    if (group >= 0 && fchown(fd, (uid_t)-1, (gid_t)group) != 0)
        return segment_complain(error, error_size,
                                "can't give the segment to shm.group (%ld): %s; the gateway's user "
                                "must be a member",
                                group, strerror(errno));
    if (fchmod(fd, 0640) != 0)
        return segment_complain(error, error_size, "can't set the segment's mode: %s",
                                strerror(errno));
    return true;
}

void segment_discard_fresh(const struct segment_names *names)
{
    unlink(names->fresh);
}

static bool allocate(int fd, uint64_t size)
{
    int failure;

    do {
        failure = posix_fallocate(fd, 0, (off_t)size);
    } while (failure == EINTR);
    errno = failure;
    return failure == 0;
}

uint64_t segment_free_bytes(const struct segment_names *names)
{
    struct statvfs room;

    return statvfs(names->dir, &room) == 0 ? (uint64_t)room.f_bavail * room.f_frsize : 0;
}

static void complain_about_room(const struct segment_names *names, uint64_t size, char *error,
                                size_t error_size)
{
    segment_complain(error, error_size,
                     "%s has no room for the segment: it needs %" PRIu64 " bytes, %" PRIu64
                     " are free; lower shm.messages_size (or the other sizes, or shm.stations), or "
                     "enlarge the file system",
                     names->dir, size, segment_free_bytes(names));
}

int segment_make_file(const struct segment_names *names, uint64_t size, char *error,
                      size_t error_size)
{
    int fd = open(names->fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        segment_complain(error, error_size, "can't make %s: %s", names->fresh, strerror(errno));
        return -1;
    }
    if (allocate(fd, size))
        return fd;

    int failure = errno;
    if (failure == ENOSPC)
        complain_about_room(names, size, error, error_size);
    else
        segment_complain(error, error_size, "can't allocate %s: %s", names->fresh,
                         strerror(failure));
    close(fd);
    unlink(names->fresh);
    errno = failure;
    return -1;
}

/* At a multiple of the large page: only there can it be mapped as one. */
static char *map_aligned(int fd, size_t size, int protection)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (size + page - 1) / page * page;
    char *room = mmap(NULL, whole + LARGE_PAGE, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (room == MAP_FAILED)
        return NULL;
    size_t before = (LARGE_PAGE - (uintptr_t)room % LARGE_PAGE) % LARGE_PAGE;
    char *base = room + before;
    if (mmap(base, size, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
        int failure = errno;
        munmap(room, whole + LARGE_PAGE);
        errno = failure;
        return NULL;
    }
    if (before > 0)
        munmap(room, before);
    munmap(base + whole, LARGE_PAGE - before);
    return base;
}

void *segment_map_to_read(int fd, size_t size)
{
    return map_aligned(fd, size, PROT_READ);
}

/* Mapped again: populating small pages that are then collapsed would take twice as long. */
void *segment_map_to_write(int fd, size_t size)
{
    void *base = map_aligned(fd, size, PROT_READ | PROT_WRITE);

    if (base == NULL)
        return NULL;
    (void)madvise(base, size / LARGE_PAGE * LARGE_PAGE, MADV_COLLAPSE); /* else it stays as it is */
    if (mmap(base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) !=
        MAP_FAILED)
        return base;
    int failure = errno;
    munmap(base, size);
    errno = failure;
    return NULL;
}

bool segment_check_file(const struct stat *file, long owner, char *error, size_t error_size)
{
    if (!S_ISREG(file->st_mode))
        return segment_complain(error, error_size, "it is not a regular file");
    if (owner >= 0 && file->st_uid != 0 && file->st_uid != geteuid() &&
        file->st_uid != (uid_t)owner)
        return segment_complain(error, error_size, "it belongs to user %ju: not trusted",
                                (uintmax_t)file->st_uid);
    if ((file->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return segment_complain(error, error_size,
                                "group or others can write to it (mode %03o): not trusted",
                                (unsigned)file->st_mode & 0777);
    return true;
}

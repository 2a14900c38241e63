#include "common/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *config_unfit_secret(int file)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "is not a regular file";
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "is accessible to group or others; chmod 600 it";
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return "belongs to another user";
    return NULL;
}

/* Reads until `size` bytes, the end or an error; returns the number of bytes, -1 on an error. */
static ssize_t read_up_to(int file, char *out, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(file, out + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

/* Cuts `out`, of which `used` bytes are filled, to its first line. */
static const char *keep_first_line(char *out, size_t used, size_t size)
{
    const char *end = memchr(out, '\n', used);
    size_t length = end != NULL ? (size_t)(end - out) : used;
    if (length > 0 && out[length - 1] == '\r')
        length--;
    if (length == 0)
        return "is empty";
    if (length >= size)
        return "has too long a first line";
    if (memchr(out, '\0', length) != NULL)
        return "holds a NUL byte";
    memset(out + length, 0, size - length);
    return NULL;
}

/* A descriptor, or -1 with a reason. */
static int open_secret(const char *path, char *error, size_t error_size)
{
    /* not O_NOFOLLOW: secrets of containers are symbolic links; O_NONBLOCK: a FIFO must not hang us
     */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    const char *reason = config_unfit_secret(file);
    if (reason == NULL)
        return file;
    snprintf(error, error_size, "%s %s", path, reason);
    close(file);
    return -1;
}

FILE *config_open_secret(const char *path, char *error, size_t error_size)
{
    int file = open_secret(path, error, error_size);
    FILE *stream = file >= 0 ? fdopen(file, "r") : NULL;
    if (file >= 0 && stream == NULL) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        close(file);
    }
    return stream;
}

bool config_read_secret(const char *path, char *out, size_t size, char *error, size_t error_size)
{
    int file = open_secret(path, error, error_size);
    if (file < 0)
        return false;
    ssize_t got = read_up_to(file, out, size);
    const char *reason = got < 0 ? strerror(errno) : keep_first_line(out, (size_t)got, size);
    close(file);
    if (reason == NULL)
        return true;
    explicit_bzero(out, size);
    snprintf(error, error_size, "%s %s", path, reason);
    return false;
}

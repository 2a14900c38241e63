#include "boardd/login/account_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@+"

bool account_name_is_valid(const char *name)
{
    size_t length = strnlen(name, ACCOUNT_NAME_MAX + 1);
    return length > 0 && length <= ACCOUNT_NAME_MAX && name[0] != '-' &&
           strspn(name, NAME_CHARACTERS) == length;
}

static bool counts(const char *line)
{
    return line[strspn(line, " \t")] != '\0' && line[0] != '#';
}

/* False, with what is wrong, when a line does not fit. */
static const char *read_lines(FILE *file, account_line *take, void *context, unsigned *number)
{
    char line[ACCOUNT_FILE_MAX_LINE];
    const char *wrong = NULL;
    for (*number = 1; wrong == NULL && fgets(line, sizeof(line), file) != NULL; ++*number) {
        size_t length = strcspn(line, "\r\n");
        if (line[length] == '\0' && !feof(file))
            wrong = "the line is too long, or holds a NUL byte";
        line[length] = '\0';
        if (wrong == NULL && counts(line))
            wrong = take(line, context);
    }
    explicit_bzero(line, sizeof(line));
    --*number;
    return wrong;
}

bool account_file_read(const char *path, account_line *take, void *context, char *error,
                       size_t error_size)
{
    unsigned number;
    FILE *file = config_open_secret(path, error, error_size);
    if (file == NULL)
        return false;
    const char *wrong = read_lines(file, take, context, &number);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (wrong != NULL)
        snprintf(error, error_size, "%s:%u: %s", path, number, wrong);
    else if (failed)
        snprintf(error, error_size, "%s: can't be read", path);
    return wrong == NULL && !failed;
}

/* What is needed to put a new file in the old one's place. */
struct replacement {
    char path[PATH_MAX];
    char temporary[PATH_MAX + 8];
    int directory; /* locked */
    FILE *in;      /* NULL where there is no old file */
    FILE *out;
};

/* The file itself, where a symbolic link leads to one. */
static bool resolve(struct replacement *replacement, const char *path)
{
    if (realpath(path, replacement->path) != NULL)
        return true;
    int length = snprintf(replacement->path, sizeof(replacement->path), "%s", path);
    return errno == ENOENT && length > 0 && (size_t)length < sizeof(replacement->path);
}

static bool lock_directory(struct replacement *replacement)
{
    char copy[PATH_MAX];
    memcpy(copy, replacement->path, sizeof(copy));
    replacement->directory = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return replacement->directory >= 0 && flock(replacement->directory, LOCK_EX) == 0;
}

static bool open_files(struct replacement *replacement)
{
    struct stat status;
    snprintf(replacement->temporary, sizeof(replacement->temporary), "%s.XXXXXX",
             replacement->path);
    replacement->in = fopen(replacement->path, "re");
    if (replacement->in == NULL && errno != ENOENT)
        return false;
    int descriptor = mkostemp(replacement->temporary, O_CLOEXEC); /* mode 0600 */
    if (descriptor < 0)
        return false;
    if (replacement->in != NULL &&
        (fstat(fileno(replacement->in), &status) != 0 ||
         (status.st_uid != geteuid() && fchown(descriptor, status.st_uid, status.st_gid) != 0))) {
        close(descriptor);
        return false;
    }
    replacement->out = fdopen(descriptor, "w");
    if (replacement->out == NULL)
        close(descriptor);
    return replacement->out != NULL;
}

static bool is_line_of(const char *line, const char *name, char separator)
{
    size_t length = strlen(name);
    return strncmp(line, name, length) == 0 && line[length] == separator;
}

static bool copy_lines(struct replacement *replacement, const char *name, char separator,
                       const char *new_line, bool *found)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    *found = false;
    while (replacement->in != NULL && (length = getline(&line, &size, replacement->in)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        const char *kept = line;
        if (is_line_of(line, name, separator)) {
            kept = *found ? NULL : new_line;
            *found = true;
        }
        if (kept != NULL)
            fprintf(replacement->out, "%s\n", kept);
        explicit_bzero(line, size);
    }
    free(line);
    if (!*found && new_line != NULL)
        fprintf(replacement->out, "%s\n", new_line);
    return (replacement->in == NULL || !ferror(replacement->in)) && fflush(replacement->out) == 0 &&
           fsync(fileno(replacement->out)) == 0;
}

bool account_file_put(const char *path, const char *name, char separator, const char *line,
                      bool *found, char *error, size_t error_size)
{
    struct replacement replacement = {.directory = -1};
    bool good = resolve(&replacement, path) && lock_directory(&replacement) &&
                open_files(&replacement) && copy_lines(&replacement, name, separator, line, found);
    if (good && (*found || line != NULL))
        good = rename(replacement.temporary, replacement.path) == 0;
    else if (*replacement.temporary != '\0')
        unlink(replacement.temporary);
    if (!good)
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
    if (replacement.in != NULL)
        fclose(replacement.in);
    if (replacement.out != NULL)
        fclose(replacement.out);
    if (replacement.directory >= 0)
        close(replacement.directory);
    return good;
}

#include "tools/sim_passwords.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shm/event.h"

static bool add(struct sim_passwords *passwords, const char *identity, size_t identity_length,
                const char *password)
{
    if ((passwords->count & (passwords->count - 1)) == 0) {
        size_t room = passwords->count == 0 ? 1 : passwords->count * 2;
        struct sim_password *rows = reallocarray(passwords->rows, room, sizeof *rows);
        if (rows == NULL)
            return false;
        passwords->rows = rows;
    }
    struct sim_password *row = &passwords->rows[passwords->count];
    row->identity = strndup(identity, identity_length);
    row->password = strdup(password);
    passwords->count++;
    return row->identity != NULL && row->password != NULL;
}

/* NULL when the line is fine, else what is wrong with it. */
static const char *read_line(struct sim_passwords *passwords, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return NULL;
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon == line || colon[1] == '\0')
        return "not of the form identity:password";
    size_t length = (size_t)(colon - line);
    if (length > EVENT_MAX_IDENTITY)
        return "the identity is longer than 48 characters";
    if (strlen(colon + 1) > 128)
        return "the password is longer than 128 characters";
    return add(passwords, line, length, colon + 1) ? NULL : "out of memory";
}

static bool is_private(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

bool sim_passwords_read(struct sim_passwords *passwords, const char *path, char *error,
                        size_t error_size)
{
    FILE *file = fopen(path, "re");
    const char *wrong = NULL;
    unsigned number = 0;
    char *line = NULL;
    size_t room = 0;

    memset(passwords, 0, sizeof *passwords);
    if (file == NULL) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!is_private(file)) {
        snprintf(error, error_size, "%s: others can read it; chmod 600", path);
        fclose(file);
        return false;
    }
    while (wrong == NULL && getline(&line, &room, file) >= 0) {
        number++;
        wrong = read_line(passwords, line);
    }
    if (wrong != NULL)
        snprintf(error, error_size, "%s:%u: %s", path, number, wrong);
    free(line);
    fclose(file);
    if (wrong != NULL)
        sim_passwords_free(passwords);
    return wrong == NULL;
}

void sim_passwords_free(struct sim_passwords *passwords)
{
    for (size_t i = 0; i < passwords->count; i++) {
        free(passwords->rows[i].identity);
        free(passwords->rows[i].password);
    }
    free(passwords->rows);
    memset(passwords, 0, sizeof *passwords);
}

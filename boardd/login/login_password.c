/* board.auth = credentials: names and passwords of the users file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/login/hasher.h"
#include "boardd/login/login_method.h"
#include "boardd/login/users_file.h"
#include "common/log.h"

struct by_password {
    const char *path;
    struct users *users;
    struct hasher *hasher;
};

/* A check that the thread is at. */
struct check {
    struct by_password *by;
    login_done *done;
    void *context;
    char name[SESSION_NAME_SIZE];
    char hash[PASSWORD_HASH_SIZE];
};

static bool reload(void *self, char *error, size_t error_size)
{
    struct by_password *by = self;
    char reason[400];
    if (*by->path == '\0') {
        snprintf(error, error_size,
                 "board.auth is credentials, but there is no board.users. Make one: "
                 "ocpp-boardd passwd -r operator FILE NAME, and set board.users = FILE");
        return false;
    }
    struct users *users = users_load(by->path, reason, sizeof(reason));
    if (users == NULL) {
        snprintf(error, error_size, "board.users: %s", reason);
        return false;
    }
    if (users_count(users) == 0)
        log_warnx("auth", "%s: no users, nobody can log in", by->path);
    users_free(by->users);
    by->users = users;
    return true;
}

static void close_method(void *self)
{
    struct by_password *by = self;
    hasher_free(by->hasher);
    users_free(by->users);
    free(by);
}

static void *open_method(const struct config *config, struct event_base *base, char *error,
                         size_t error_size)
{
    struct by_password *by = calloc(1, sizeof(*by));
    if (by == NULL)
        return NULL;
    by->path = config->board_users;
    by->hasher = hasher_new(base, config->board_login_rate);
    if (by->hasher != NULL && reload(by, error, error_size))
        return by;
    close_method(by);
    return NULL;
}

/* The file may have been read again in the meantime: what counts is what it says now. */
static void on_compared(bool matches, void *context)
{
    struct check *check = context;
    const struct user *user = users_find(check->by->users, check->name);
    if (matches && user != NULL && strcmp(user->hash, check->hash) == 0)
        login_tell_user(check->done, check->context, user->name, user->role);
    else
        login_tell(check->done, check->context, LOGIN_WRONG);
    free(check);
}

static void start_check(void *self, const struct credentials *credentials, login_done *done,
                        void *context)
{
    struct by_password *by = self;
    struct check *check = calloc(1, sizeof(*check));
    if (check == NULL) {
        login_tell(done, context, LOGIN_FAILED);
        return;
    }
    *check = (struct check){.by = by, .done = done, .context = context};
    const struct user *user = users_find(by->users, credentials->name);
    snprintf(check->name, sizeof(check->name), "%s", credentials->name);
    snprintf(check->hash, sizeof(check->hash), "%s",
             user != NULL ? user->hash : password_of_nobody);
    if (hasher_submit(by->hasher, check->hash, credentials->password, on_compared, check))
        return;
    free(check);
    login_tell(done, context, LOGIN_BUSY);
}

static bool account(const void *self, const char *name, enum role role, char *out, size_t size)
{
    const struct user *user = users_find(((const struct by_password *)self)->users, name);
    if (user == NULL || user->role != role)
        return false;
    snprintf(out, size, "credentials:%s:%s:%s", name, role_name(role), user->hash);
    return true;
}

static bool knows(const void *self, const char *name)
{
    return users_find(((const struct by_password *)self)->users, name) != NULL;
}

const struct login_method login_by_password = {
    .takes_password = true,
    .open = open_method,
    .reload = reload,
    .check = start_check,
    .account = account,
    .knows = knows,
    .close = close_method,
};

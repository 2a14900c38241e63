/* The users file of board.auth = credentials: lines "name:role:hash", see ocpp-boardd(8). */
#ifndef BOARDD_USERS_FILE_H
#define BOARDD_USERS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "boardd/login/account_file.h"
#include "boardd/login/role.h"
#include "common/password.h"

#define USERS_MAX 4096

struct user {
    char name[ACCOUNT_NAME_MAX + 1];
    enum role role;
    char hash[PASSWORD_HASH_SIZE];
};

struct users;

/* NULL, with what is wrong and where, when the file can't be used. A file without users is fine. */
struct users *users_load(const char *path, char *error, size_t error_size);
void users_free(struct users *users);
/* NULL when there is none of that name. */
const struct user *users_find(const struct users *users, const char *name);
size_t users_count(const struct users *users);

#endif

#include "boardd/login/users_file.h"

#include <stdlib.h>
#include <string.h>

struct users {
    struct user *list;
    size_t count, capacity;
};

static struct user *append(struct users *users)
{
    if (users->count == users->capacity) {
        size_t capacity = users->capacity > 0 ? 2 * users->capacity : 16;
        struct user *grown = reallocarray(users->list, capacity, sizeof(*grown));
        if (grown == NULL)
            return NULL;
        users->list = grown;
        users->capacity = capacity;
    }
    return &users->list[users->count++];
}

const struct user *users_find(const struct users *users, const char *name)
{
    for (size_t i = 0; i < users->count; i++) {
        if (strcmp(users->list[i].name, name) == 0)
            return &users->list[i];
    }
    return NULL;
}

size_t users_count(const struct users *users)
{
    return users->count;
}

/* Values are never repeated: they may be secret. */
static const char *read_user(char *line, void *context)
{
    struct users *users = context;
    char *rest = line;
    const char *name = strsep(&rest, ":"), *role_text = strsep(&rest, ":");
    enum role role;
    if (!account_name_is_valid(name))
        return "the name is not 1 to 63 letters, digits and -_.@+";
    if (role_text == NULL || !role_parse(role_text, &role))
        return "the role is neither viewer nor operator";
    if (rest == NULL || !password_is_hash(rest))
        return "the password is no yescrypt hash ($y$); make one with: ocpp-boardd passwd";
    if (users_find(users, name) != NULL)
        return "this name stands there twice";
    struct user *user = users->count < USERS_MAX ? append(users) : NULL;
    if (user == NULL)
        return "too many users";
    user->role = role;
    memcpy(user->name, name, strlen(name) + 1);
    memcpy(user->hash, rest, strlen(rest) + 1);
    return NULL;
}

struct users *users_load(const char *path, char *error, size_t error_size)
{
    struct users *users = calloc(1, sizeof(*users));
    if (users != NULL && account_file_read(path, read_user, users, error, error_size))
        return users;
    users_free(users);
    return NULL;
}

void users_free(struct users *users)
{
    if (users == NULL)
        return;
    free(users->list);
    free(users);
}

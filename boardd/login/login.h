/*
 * Logging in: who do these credentials belong to? One interface, a method for each kind of
 * board.auth in a file of its own. A check never holds up the event loop: what takes long is done
 * by a thread or another process.
 */
#ifndef BOARDD_LOGIN_H
#define BOARDD_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/login/role.h"
#include "boardd/login/session.h"
#include "common/config.h"
#include "common/password.h"

struct event_base;
struct login;

#define LOGIN_MAX_TOKEN 255

/* Either a token, or a name and a password; what is not given is empty. */
struct credentials {
    char name[SESSION_NAME_SIZE];
    char password[PASSWORD_MAX + 1];
    char token[LOGIN_MAX_TOKEN + 1];
};

enum login_outcome {
    LOGIN_RIGHT,
    LOGIN_WRONG,
    LOGIN_BUSY,   /* too many at the moment */
    LOGIN_FAILED, /* it could not be checked; the log says why */
};

struct login_result {
    enum login_outcome outcome;
    enum role role;               /* of LOGIN_RIGHT */
    char name[SESSION_NAME_SIZE]; /* of LOGIN_RIGHT */
};

/* Called once for each check, perhaps before login_check returns; in login_free for those that are
 * under way, with LOGIN_FAILED. */
typedef void login_done(const struct login_result *result, void *context);

/* Reads the files that the configuration names, and starts the helper process where one is needed:
 * before there are threads, and before a sandbox. NULL with a text in `error` on failure. */
struct login *login_new(const struct config *config, struct event_base *base, char *error,
                        size_t error_size);
void login_free(struct login *login);
/* Reads the files again. False with a text in `error` when one is wrong: the old one stays. */
bool login_reload(struct login *login, char *error, size_t error_size);

/* "disabled", "token", "credentials" or "custom". */
const char *login_mode(const struct login *login);
/* What must be in the credentials, for the one who sent others; NULL when these will do. */
const char *login_missing(const struct login *login, const struct credentials *credentials);
void login_check(struct login *login, const struct credentials *credentials, login_done *done,
                 void *context);

/* A number for what a login of that name stands for now: it changes with the password, the token or
 * the role, and is 0 when there is no such user. Sessions of another number are to end. */
uint64_t login_account(const struct login *login, const char *name, enum role role);

/* Whether there is an account of that name, which may then be told to others. */
bool login_knows(const struct login *login, const char *name);

/* The scopes of an API token, and its name; 0 when it is none. */
unsigned login_api_token(const struct login *login, const char *text, char name[SESSION_NAME_SIZE]);
/* Whether that is the token of board.auth = token. */
bool login_is_token(const struct login *login, const char *text);

#endif

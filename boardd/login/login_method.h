/* What login.c and the methods share; nobody else includes it. */
#ifndef BOARDD_LOGIN_METHOD_H
#define BOARDD_LOGIN_METHOD_H

#include "boardd/login/login.h"

/* A method's own state is behind its pointer. */
struct login_method {
    bool takes_token;
    bool takes_password;
    void *(*open)(const struct config *config, struct event_base *base, char *error,
                  size_t error_size);
    bool (*reload)(void *self, char *error, size_t error_size);
    void (*check)(void *self, const struct credentials *credentials, login_done *done,
                  void *context);
    /* A text that login_account() is the hash of; false when there is no such user. */
    bool (*account)(const void *self, const char *name, enum role role, char *out, size_t size);
    bool (*knows)(const void *self, const char *name);
    bool (*is_token)(const void *self, const char *text); /* NULL: no */
    void (*close)(void *self);
};

extern const struct login_method login_by_token;
extern const struct login_method login_by_password;
extern const struct login_method login_by_program;

/* Ends a check with an outcome that names nobody. */
void login_tell(login_done *done, void *context, enum login_outcome outcome);
void login_tell_user(login_done *done, void *context, const char *name, enum role role);

#endif

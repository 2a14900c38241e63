/* board.auth = token: one token for everybody, who is then an operator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/login/login_method.h"
#include "common/digest.h"

#define USER "token"

struct by_token {
    const char *path;
    char token[LOGIN_MAX_TOKEN + 1];
};

static bool reload(void *self, char *error, size_t error_size)
{
    struct by_token *by = self;
    char reason[400], token[LOGIN_MAX_TOKEN + 1];
    if (*by->path == '\0') {
        snprintf(error, error_size,
                 "board.auth is token, but there is no board.token_file. Make one: "
                 "(umask 077; openssl rand -hex 32 > FILE), and set board.token_file = FILE");
        return false;
    }
    if (!config_read_secret(by->path, token, sizeof(token), reason, sizeof(reason))) {
        snprintf(error, error_size, "board.token_file: %s", reason);
        return false;
    }
    memcpy(by->token, token, sizeof(by->token));
    explicit_bzero(token, sizeof(token));
    return true;
}

static void close_method(void *self)
{
    explicit_bzero(self, sizeof(struct by_token));
    free(self);
}

static void *open_method(const struct config *config, struct event_base *base, char *error,
                         size_t error_size)
{
    struct by_token *by = calloc(1, sizeof(*by));
    (void)base;
    if (by == NULL)
        return NULL;
    by->path = config->board_token_file;
    if (reload(by, error, error_size))
        return by;
    close_method(by);
    return NULL;
}

static bool is_token(const void *self, const char *text)
{
    return digest_equal_text(((const struct by_token *)self)->token, text);
}

static void check(void *self, const struct credentials *credentials, login_done *done,
                  void *context)
{
    if (is_token(self, credentials->token))
        login_tell_user(done, context, USER, ROLE_OPERATOR);
    else
        login_tell(done, context, LOGIN_WRONG);
}

static bool account(const void *self, const char *name, enum role role, char *out, size_t size)
{
    (void)role;
    snprintf(out, size, "token:%s", ((const struct by_token *)self)->token);
    return strcmp(name, USER) == 0;
}

static bool knows(const void *self, const char *name)
{
    (void)self;
    return strcmp(name, USER) == 0;
}

const struct login_method login_by_token = {
    .takes_token = true,
    .open = open_method,
    .reload = reload,
    .check = check,
    .account = account,
    .knows = knows,
    .is_token = is_token,
    .close = close_method,
};

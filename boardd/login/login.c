#include "boardd/login/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/login/api_tokens.h"
#include "boardd/login/login_method.h"
#include "common/digest.h"

#define MAX_ACCOUNT 1024

struct login {
    const struct config *config;
    const struct login_method *method; /* NULL: no login */
    void *state;
    struct api_tokens *api_tokens;
};

static const struct login_method *const methods[] = {
    [BOARD_AUTH_NONE] = NULL,
    [BOARD_AUTH_TOKEN] = &login_by_token,
    [BOARD_AUTH_CREDENTIALS] = &login_by_password,
    [BOARD_AUTH_CUSTOM] = &login_by_program,
};

void login_tell(login_done *done, void *context, enum login_outcome outcome)
{
    done(&(struct login_result){.outcome = outcome}, context);
}

void login_tell_user(login_done *done, void *context, const char *name, enum role role)
{
    struct login_result result = {.outcome = LOGIN_RIGHT, .role = role};
    snprintf(result.name, sizeof(result.name), "%s", name);
    done(&result, context);
}

/* The file of API tokens, where one is configured. */
static bool read_api_tokens(struct login *login, char *error, size_t error_size)
{
    char reason[400];
    const char *path = login->config->board_api_tokens;
    if (*path == '\0')
        return true;
    struct api_tokens *tokens = api_tokens_load(path, reason, sizeof(reason));
    if (tokens == NULL) {
        snprintf(error, error_size, "board.api_tokens: %s", reason);
        return false;
    }
    api_tokens_free(login->api_tokens);
    login->api_tokens = tokens;
    return true;
}

struct login *login_new(const struct config *config, struct event_base *base, char *error,
                        size_t error_size)
{
    struct login *login = calloc(1, sizeof(*login));
    snprintf(error, error_size, "out of memory");
    if (login == NULL)
        return NULL;
    login->config = config;
    const struct login_method *method = methods[config->board_auth];
    if (method != NULL) {
        login->state = method->open(config, base, error, error_size);
        login->method = login->state != NULL ? method : NULL;
    }
    if ((method != NULL && login->state == NULL) || !read_api_tokens(login, error, error_size)) {
        login_free(login);
        return NULL;
    }
    return login;
}

void login_free(struct login *login)
{
    if (login == NULL)
        return;
    if (login->method != NULL)
        login->method->close(login->state);
    api_tokens_free(login->api_tokens);
    free(login);
}

bool login_reload(struct login *login, char *error, size_t error_size)
{
    bool good = login->method == NULL || login->method->reload(login->state, error, error_size);
    return read_api_tokens(login, error, error_size) && good;
}

const char *login_mode(const struct login *login)
{
    static const char *const modes[] = {"disabled", "token", "credentials", "custom"};
    return modes[login->config->board_auth];
}

const char *login_missing(const struct login *login, const struct credentials *credentials)
{
    if (login->method == NULL)
        return "this dashboard has no login (board.auth = none)";
    if (credentials->token[0] != '\0' && login->method->takes_token)
        return NULL;
    if (credentials->name[0] != '\0' && credentials->password[0] != '\0' &&
        login->method->takes_password)
        return NULL;
    if (!login->method->takes_password)
        return "the token is missing";
    return login->method->takes_token ? "token, or username and password, are missing"
                                      : "username and password are missing";
}

void login_check(struct login *login, const struct credentials *credentials, login_done *done,
                 void *context)
{
    login->method->check(login->state, credentials, done, context);
}

uint64_t login_account(const struct login *login, const char *name, enum role role)
{
    char text[MAX_ACCOUNT];
    unsigned char digest[DIGEST_SIZE];
    uint64_t number;
    if (login->method == NULL ||
        !login->method->account(login->state, name, role, text, sizeof(text)))
        return 0;
    digest_sha256(text, strlen(text), digest);
    explicit_bzero(text, sizeof(text));
    memcpy(&number, digest, sizeof(number));
    return number != 0 ? number : 1;
}

bool login_knows(const struct login *login, const char *name)
{
    return login->method != NULL && login->method->knows(login->state, name);
}

unsigned login_api_token(const struct login *login, const char *text, char name[SESSION_NAME_SIZE])
{
    const struct api_token *token = api_tokens_find(login->api_tokens, text);
    if (token == NULL)
        return 0;
    snprintf(name, SESSION_NAME_SIZE, "%s", token->name);
    return token->scopes;
}

bool login_is_token(const struct login *login, const char *text)
{
    return login->method != NULL && login->method->is_token != NULL &&
           login->method->is_token(login->state, text);
}

/* API tokens for scripts, board.api_tokens: lines "name scopes sha256", see ocpp-boardd(8). */
#ifndef BOARDD_API_TOKENS_H
#define BOARDD_API_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "boardd/login/account_file.h"
#include "common/digest.h"

#define API_TOKENS_MAX 1024
/* Shorter ones don't count: a token is tried without the patience that passwords need. */
#define API_TOKEN_MIN_LENGTH 32

struct api_token {
    char name[ACCOUNT_NAME_MAX + 1];
    unsigned scopes; /* of enum scope */
    unsigned char digest[DIGEST_SIZE];
};

struct api_tokens;

struct api_tokens *api_tokens_load(const char *path, char *error, size_t error_size);
void api_tokens_free(struct api_tokens *tokens);
/* The one whose text that is, or NULL. NULL tokens have none. */
const struct api_token *api_tokens_find(const struct api_tokens *tokens, const char *text);

#endif

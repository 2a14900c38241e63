#include "boardd/login/api_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "boardd/login/role.h"

struct api_tokens {
    struct api_token *list;
    size_t count;
};

static const char *read_token(char *line, void *context)
{
    struct api_tokens *tokens = context;
    char *rest = line;
    const char *name = strtok_r(line, " \t", &rest), *scopes = strtok_r(NULL, " \t", &rest);
    const char *digest = strtok_r(NULL, " \t", &rest);
    struct api_token token = {0};
    if (!account_name_is_valid(name))
        return "the name is not 1 to 63 letters, digits and -_.@+";
    if (scopes == NULL || !scopes_parse(scopes, &token.scopes))
        return "the scopes are not read, operate and metrics, separated by commas";
    if (digest == NULL || !digest_from_hex(digest, token.digest) ||
        strtok_r(NULL, " \t", &rest) != NULL)
        return "the digest is not 64 hexadecimal digits; make a token with: ocpp-boardd token";
    if (tokens->count == API_TOKENS_MAX)
        return "too many tokens";
    struct api_token *grown = reallocarray(tokens->list, tokens->count + 1, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    memcpy(token.name, name, strlen(name) + 1);
    tokens->list = grown;
    tokens->list[tokens->count++] = token;
    return NULL;
}

struct api_tokens *api_tokens_load(const char *path, char *error, size_t error_size)
{
    struct api_tokens *tokens = calloc(1, sizeof(*tokens));
    if (tokens != NULL && account_file_read(path, read_token, tokens, error, error_size))
        return tokens;
    api_tokens_free(tokens);
    return NULL;
}

void api_tokens_free(struct api_tokens *tokens)
{
    if (tokens == NULL)
        return;
    free(tokens->list);
    free(tokens);
}

const struct api_token *api_tokens_find(const struct api_tokens *tokens, const char *text)
{
    unsigned char digest[DIGEST_SIZE];
    const struct api_token *found = NULL;
    if (tokens == NULL || strlen(text) < API_TOKEN_MIN_LENGTH)
        return NULL;
    digest_sha256(text, strlen(text), digest);
    for (size_t i = 0; i < tokens->count; i++) {
        if (digest_equal(tokens->list[i].digest, digest))
            found = &tokens->list[i];
    }
    return found;
}

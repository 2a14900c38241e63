#include "common/password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#define PREFIX "$y$"
/* of crypt(5): what salts and hashes are made of */
#define ALPHABET "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$"

const char password_of_nobody[] =
    "$y$j9T$XospC/UWIP2di.ZiXnZYr1$t8zv7Jn3HZKjFjh3QJV6aJ/sPDHmWUnTp7Way6hqC3/";

bool password_is_hash(const char *text)
{
    size_t length = strnlen(text, PASSWORD_HASH_SIZE);
    if (length >= PASSWORD_HASH_SIZE || strncmp(text, PREFIX, strlen(PREFIX)) != 0)
        return false;
    /* $y$ parameters $ salt $ 43 characters of hash */
    const char *last = strrchr(text, '$');
    return strspn(text, ALPHABET) == length && strlen(last + 1) == 43 &&
           last > text + strlen(PREFIX);
}

static bool is_fit(const char *password)
{
    size_t length = strnlen(password, PASSWORD_MAX + 1);
    return length > 0 && length <= PASSWORD_MAX;
}

/* crypt(3) into `out`; false when it fails. */
static bool hash_with(const char *password, const char *setting, char out[PASSWORD_HASH_SIZE])
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    if (data == NULL)
        return false;
    const char *hash = crypt_rn(password, setting, data, (int)sizeof(*data));
    bool good = hash != NULL && password_is_hash(hash);
    if (good)
        memcpy(out, hash, strlen(hash) + 1);
    explicit_bzero(data, sizeof(*data));
    free(data);
    return good;
}

bool password_hash(const char *password, char hash[PASSWORD_HASH_SIZE])
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    return is_fit(password) &&
           crypt_gensalt_rn(PREFIX, 0, NULL, 0, setting, sizeof(setting)) != NULL &&
           hash_with(password, setting, hash);
}

bool password_matches(const char *hash, const char *password)
{
    char made[PASSWORD_HASH_SIZE];
    if (!password_is_hash(hash) || !is_fit(password) || !hash_with(password, hash, made))
        return false;
    bool same = strlen(made) == strlen(hash) && CRYPTO_memcmp(made, hash, strlen(hash)) == 0;
    explicit_bzero(made, sizeof(made));
    return same;
}

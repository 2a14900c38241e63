/*
 * Passwords of people: yescrypt hashes ("$y$…") of the system's libcrypt. Making or comparing one
 * costs about 10 ms and 16 MiB on purpose: never on an event loop.
 */
#ifndef COMMON_PASSWORD_H
#define COMMON_PASSWORD_H

#include <stdbool.h>

#define PASSWORD_MAX       256 /* bytes, without the NUL */
#define PASSWORD_HASH_SIZE 256

/* A hash with a salt of its own. False when the system's libcrypt has no yescrypt, or the password
 * is empty or too long. */
bool password_hash(const char *password, char hash[PASSWORD_HASH_SIZE]);

/* Whether `text` looks like a yescrypt hash. Nothing else is compared with a password: an unknown
 * form would fall back to a weak one. */
bool password_is_hash(const char *text);

/* False, too, when `hash` is not one. */
bool password_matches(const char *hash, const char *password);

/* A hash that takes as long as any other to compare; of a password that nobody knows. For users
 * that don't exist. */
extern const char password_of_nobody[];

#endif

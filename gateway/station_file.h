/*
 * The station file: which stations may connect, and their passwords. Text, one station a line:
 *
 *   # identity   fields
 *   CP001        password=correct-horse-battery
 *   CP002        key=0102030405060708090A0B0C0D0E0F1011121314
 *   CP003        sha256=5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8
 * boot=pending CP004
 *
 * Fields are separated by spaces or tabs; "#" begins a comment, at the start of a line or after a
 * space. password=TEXT  the password as UTF-8 text without spaces (OCPP 2.x) key=HEX OCPP 1.6
 * AuthorizationKey, 16 to 20 bytes as hexadecimal digits; the station sends the bytes themselves
 *   sha256=HEX     SHA-256 of the password's bytes, for those who keep no clear text: printf %s
 * TEXT | sha256sum
 *   certificate=CN common name of its client certificate (security profile 3), without spaces;
 *                  without this field it is the identity
 *   boot=STATUS    answer to BootNotification: accepted (default), pending or
 * rejected At most two of password, key and sha256 may stand for one station: either fits, so that
 * a password can be changed without a gap. A station without any can't log in where
 * security_profile asks for one.
 *
 * The file is a secret: it must belong to the gateway's user or root, and neither group nor others
 * may read or write it.
 */
#ifndef GATEWAY_STATION_FILE_H
#define GATEWAY_STATION_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"
#include "common/digest.h"
#include "common/tls_stream.h"
#include "gateway/identity.h"
#include "shm/station_table.h"

#define STATION_FILE_SECRETS  2
#define STATION_FILE_MAX_LINE 1024

struct station_entry {
    char identity[IDENTITY_SIZE];
    unsigned char secrets[STATION_FILE_SECRETS]
                         [DIGEST_SIZE]; /* SHA-256 of what the station sends */
    unsigned secret_count;
    enum boot_status boot_status;
    char certificate[TLS_NAME_SIZE]; /* "": the identity */
};

struct station_file;

/* NULL on errors, each reported to `complain` with file and line (at most 20 of them). */
struct station_file *station_file_load(const char *path, config_complaint *complain, void *context);
void station_file_free(struct station_file *file);
const struct station_entry *station_file_find(const struct station_file *file,
                                              const char *identity);
size_t station_file_count(const struct station_file *file);

/* The common name that its client certificate has to have; that of an unknown one (NULL), too. */
const char *station_entry_certificate(const struct station_entry *entry, const char *identity);

/*
 * Compares a password in constant time. NULL, or a station without secrets: false after the same
 * work, so that the time tells nobody which stations exist.
 */
bool station_entry_accepts(const struct station_entry *entry, const unsigned char *password,
                           size_t length);

#endif

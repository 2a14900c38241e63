/* Certificates and the other side's TLS for the suites that need them. */
#ifndef TESTS_UNIT_TLS_FIXTURE_H
#define TESTS_UNIT_TLS_FIXTURE_H

#include <check.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tls.h"

static char directory[64], certificate[80], key[80];

/* A key and a certificate that signs itself, into the two files; `name` is its common name. */
static inline void make_named(const char *certificate_path, const char *key_path, long serial,
                              const char *name)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *made = X509_new();
    ck_assert(pair != NULL && made != NULL);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial);
    X509_gmtime_adj(X509_getm_notBefore(made), -60);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_pubkey(made, pair);
    if (name[0] != '\0')
        X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_ASC,
                                   (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    ck_assert_int_gt(X509_sign(made, pair, EVP_sha256()), 0);
    FILE *file = fopen(certificate_path, "w");
    ck_assert_int_eq(PEM_write_X509(file, made), 1);
    fclose(file);
    file = fopen(key_path, "w");
    ck_assert_int_eq(PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    ck_assert_int_eq(chmod(key_path, 0600), 0);
    X509_free(made);
    EVP_PKEY_free(pair);
}

static inline void make_files(const char *certificate_path, const char *key_path, long serial)
{
    make_named(certificate_path, key_path, serial, "");
}

static inline void make_directory(void)
{
    snprintf(directory, sizeof(directory), "/tmp/ocpp-board-unit.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(certificate, sizeof(certificate), "%s/cert", directory);
    snprintf(key, sizeof(key), "%s/key", directory);
}

static inline void remove_directory(void)
{
    unlink(certificate);
    unlink(key);
    ck_assert_int_eq(rmdir(directory), 0);
}

#endif

#include "common/tls.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/log.h"
#include "common/tls_internal.h"

/* of TLS 1.2; those of 1.3 are all good */
#define CIPHERS         "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CIPHERS_AND_RSA CIPHERS ":kRSA+AESGCM"

#define MAX_PEER_CHAIN 32768 /* bytes */
#define MAX_PEER_DEPTH 8

static const char *ssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason != NULL ? reason : "cannot be read";
}

/* A question on a terminal would stop the event loop: a key with a passphrase is an error. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
                           const unsigned char *offered, unsigned offered_length, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl;
    (void)context;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_length, ours,
                                 sizeof(ours) - 1, offered,
                                 offered_length) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(const struct tls *tls)
{
    SSL_CTX *context = SSL_CTX_new(tls->is_client ? TLS_client_method() : TLS_server_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS); /* 11 KB less for an idle connection */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, tls->static_rsa ? CIPHERS_AND_RSA : CIPHERS) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

static bool use_certificate(SSL_CTX *context, const char *path, char *error, size_t error_size)
{
    if (SSL_CTX_use_certificate_chain_file(context, path) != 1) {
        snprintf(error, error_size, "certificate %s: %s", path,
                 access(path, R_OK) != 0 ? strerror(errno) : ssl_reason());
        return false;
    }
    const X509 *certificate = SSL_CTX_get0_certificate(context);
    if (certificate != NULL && X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        log_warnx("tls", "certificate %s has expired", path);
    return true;
}

static EVP_PKEY *read_key(int descriptor)
{
    FILE *file = fdopen(descriptor, "re");
    if (file == NULL) {
        close(descriptor);
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    fclose(file);
    return key;
}

static bool use_key(SSL_CTX *context, const char *path, char *error, size_t error_size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        snprintf(error, error_size, "key %s: %s", path, strerror(errno));
        return false;
    }
    const char *unfit = config_unfit_secret(descriptor);
    if (unfit != NULL) {
        snprintf(error, error_size, "key %s %s", path, unfit);
        close(descriptor);
        return false;
    }
    EVP_PKEY *key = read_key(descriptor);
    bool good = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1;
    if (!good)
        snprintf(error, error_size, "key %s: %s", path,
                 key == NULL ? "no key in PEM form without a passphrase" : ssl_reason());
    EVP_PKEY_free(key);
    return good;
}

/* Clients have to show a certificate. */
static bool require_clients(SSL_CTX *context, const char *path, char *error, size_t error_size)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    if (names == NULL || SSL_CTX_load_verify_file(context, path) != 1) {
        snprintf(error, error_size, "CA %s: %s", path,
                 access(path, R_OK) != 0 ? strerror(errno) : "no certificate in PEM form");
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    /* a session that is resumed shows no certificate: one that has expired would live on */
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    return true;
}

static bool verify_server(SSL_CTX *context, const char *path, char *error, size_t error_size)
{
    int done = path[0] != '\0' ? SSL_CTX_load_verify_file(context, path)
                               : SSL_CTX_set_default_verify_paths(context);
    if (done != 1)
        snprintf(error, error_size, "CA %s: %s", path,
                 access(path, R_OK) != 0 ? strerror(errno) : ssl_reason());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return done == 1;
}

static bool use_ca(const struct tls *tls, SSL_CTX *context, char *error, size_t error_size)
{
    /* what stands in the file is trusted, the certificate of a CA below the root, too */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify_depth(context, MAX_PEER_DEPTH);
    SSL_CTX_set_max_cert_list(context, MAX_PEER_CHAIN);
    if (tls->is_client)
        return verify_server(context, tls->client_ca, error, error_size);
    return tls->client_ca[0] == '\0' || require_clients(context, tls->client_ca, error, error_size);
}

static bool use_files(const struct tls *tls, SSL_CTX *context, char *error, size_t error_size)
{
    bool anonymous = tls->is_client && tls->certificate[0] == '\0';
    if (!use_ca(tls, context, error, error_size))
        return false;
    /* the certificate first: a key that doesn't belong to it is then an error */
    return anonymous || (use_certificate(context, tls->certificate, error, error_size) &&
                         use_key(context, tls->key, error, error_size));
}

bool tls_reload(struct tls *tls, char *error, size_t error_size)
{
    ERR_clear_error();
    SSL_CTX *context = make_context(tls);
    if (context == NULL)
        snprintf(error, error_size, "TLS: %s", ssl_reason());
    bool good = context != NULL && use_files(tls, context, error, error_size);
    ERR_clear_error();
    if (!good) {
        SSL_CTX_free(context);
        return false;
    }
    SSL_CTX_free(tls->context);
    tls->context = context;
    return true;
}

static struct tls *make(const struct tls_options *options, bool is_client, char *error,
                        size_t error_size)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls != NULL) {
        tls->users = 1;
        tls->is_client = is_client;
        tls->static_rsa = options->static_rsa;
        tls->certificate = strdup(options->certificate);
        tls->key = strdup(options->key);
        tls->client_ca = strdup(options->client_ca);
        tls->socket = tls_stream_make_socket();
    }
    if (tls == NULL || tls->certificate == NULL || tls->key == NULL || tls->client_ca == NULL ||
        tls->socket == NULL) {
        snprintf(error, error_size, "out of memory");
        tls_free(tls);
        return NULL;
    }
    if (!tls_reload(tls, error, error_size)) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

struct tls *tls_new(const struct tls_options *options, char *error, size_t error_size)
{
    return make(options, false, error, error_size);
}

struct tls *tls_new_client(const struct tls_options *options, char *error, size_t error_size)
{
    return make(options, true, error, error_size);
}

void tls_free(struct tls *tls)
{
    if (tls == NULL || --tls->users > 0)
        return;
    SSL_CTX_free(tls->context);
    BIO_meth_free(tls->socket);
    free(tls->certificate);
    free(tls->key);
    free(tls->client_ca);
    free(tls);
}

/* ---- bufferevents ---- */

struct bufferevent *tls_accept(struct tls *tls, struct event_base *base, int descriptor)
{
    SSL *ssl = SSL_new(tls->context);
    if (ssl == NULL)
        return NULL;
    /* deferred: enabling reading may find bytes that were decrypted earlier and would call back at
     * once */
    struct bufferevent *connection =
        bufferevent_openssl_socket_new(base, descriptor, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                       BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (connection == NULL)
        SSL_free(ssl);
    return connection;
}

bool tls_error_is_plain(unsigned long error)
{
    int reason = ERR_GET_REASON(error);
    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           (reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
            reason == SSL_R_WRONG_VERSION_NUMBER);
}

bool tls_peer_spoke_plainly(struct bufferevent *connection)
{
    return tls_error_is_plain(bufferevent_get_openssl_error(connection));
}

void tls_end_output(struct bufferevent *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection);
    ERR_clear_error();
    if (ssl != NULL && SSL_is_init_finished(ssl))
        SSL_shutdown(ssl);
    ERR_clear_error();
}

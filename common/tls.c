#include "common/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/config.h"
#include "common/log.h"

/* of TLS 1.2; those of 1.3 are all good */
#define CIPHERS         "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CIPHERS_AND_RSA CIPHERS ":kRSA+AESGCM"

#define MAX_PEER_CHAIN 32768 /* bytes */
#define MAX_PEER_DEPTH 8

struct tls {
    SSL_CTX *context;
    BIO_METHOD *socket; /* of streams */
    unsigned users;     /* its owner, and each stream */
    bool is_client;
    bool static_rsa;
    char *certificate;
    char *key;
    char *client_ca;
};

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

static BIO_METHOD *make_socket_method(void);

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
        tls->socket = make_socket_method();
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

static bool is_plain(unsigned long error)
{
    int reason = ERR_GET_REASON(error);
    return ERR_GET_LIB(error) == ERR_LIB_SSL &&
           (reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST ||
            reason == SSL_R_WRONG_VERSION_NUMBER);
}

bool tls_peer_spoke_plainly(struct bufferevent *connection)
{
    return is_plain(bufferevent_get_openssl_error(connection));
}

void tls_end_output(struct bufferevent *connection)
{
    SSL *ssl = bufferevent_openssl_get_ssl(connection);
    ERR_clear_error();
    if (ssl != NULL && SSL_is_init_finished(ssl))
        SSL_shutdown(ssl);
    ERR_clear_error();
}

/* ---- streams ---- */

struct tls_stream {
    struct tls *tls;
    SSL *ssl;
    int descriptor;
    bool kernel_is_empty; /* as far as the last recv could tell */
    bool ended;           /* the kernel says so */
    bool starved;         /* what is here does not suffice for another byte */
    bool wants_write;     /* the last receive does */
    bool answered;        /* something was sent */
    bool broken;
    enum tls_failure failure;
    const char *reason;
};

static int socket_read(BIO *bio, char *buffer, int size)
{
    struct tls_stream *stream = BIO_get_data(bio);
    ssize_t got;
    do
        got = recv(stream->descriptor, buffer, (size_t)size, 0);
    while (got < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    stream->kernel_is_empty = got < size;
    stream->ended = got == 0;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_read(bio);
    return (int)got;
}

static int socket_write(BIO *bio, const char *data, int length)
{
    struct tls_stream *stream = BIO_get_data(bio);
    ssize_t sent;
    do
        sent = send(stream->descriptor, data, (size_t)length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    stream->answered = true;
    BIO_clear_retry_flags(bio);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_write(bio);
    return (int)sent;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    const struct tls_stream *stream = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return stream->ended;
    return command == BIO_CTRL_FLUSH;
}

/* OpenSSL's own sockets call write, which raises SIGPIPE, and don't tell how much they got. */
static BIO_METHOD *make_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == NULL)
        return NULL;
    BIO_meth_set_read(method, socket_read);
    BIO_meth_set_write(method, socket_write);
    BIO_meth_set_ctrl(method, socket_control);
    return method;
}

static bool is_address(const char *host)
{
    unsigned char parsed[16];
    return inet_pton(AF_INET, host, parsed) == 1 || inet_pton(AF_INET6, host, parsed) == 1;
}

static bool set_host(SSL *ssl, const char *host)
{
    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool make_ssl(struct tls_stream *stream, const char *host)
{
    BIO *bio = BIO_new(stream->tls->socket);
    stream->ssl = SSL_new(stream->tls->context);
    if (bio == NULL || stream->ssl == NULL) {
        BIO_free(bio);
        return false;
    }
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    SSL_set_bio(stream->ssl, bio, bio);
    SSL_set_mode(stream->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_read_ahead(stream->ssl, 1); /* one recv for a record instead of two */
    if (!stream->tls->is_client) {
        SSL_set_accept_state(stream->ssl);
        return true;
    }
    SSL_set_connect_state(stream->ssl);
    return set_host(stream->ssl, host);
}

struct tls_stream *tls_stream_new(struct tls *tls, int descriptor, const char *host)
{
    struct tls_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL)
        return NULL;
    stream->tls = tls;
    tls->users++;
    stream->descriptor = descriptor;
    if (make_ssl(stream, host))
        return stream;
    ERR_clear_error();
    tls_stream_free(stream);
    return NULL;
}

void tls_stream_free(struct tls_stream *stream)
{
    if (stream == NULL)
        return;
    SSL_free(stream->ssl);
    tls_free(stream->tls);
    free(stream);
}

static void note_failure(struct tls_stream *stream)
{
    unsigned long error = ERR_peek_error();
    long verified = SSL_get_verify_result(stream->ssl);
    const char *reason = ERR_reason_error_string(error);
    stream->broken = true;
    stream->reason = reason != NULL ? reason : "the connection ended";
    stream->failure = TLS_FAILURE_PROTOCOL;
    if (error == 0) {
        stream->failure = TLS_FAILURE_ENDED;
    } else if (verified != X509_V_OK) {
        stream->failure = TLS_FAILURE_UNTRUSTED;
        stream->reason = X509_verify_cert_error_string(verified);
    } else if (is_plain(error)) {
        stream->failure = TLS_FAILURE_PLAIN;
    } else if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        if (ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
            stream->failure = TLS_FAILURE_UNTRUSTED;
        else if (ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET)
            stream->failure = TLS_FAILURE_ALERT;
    }
}

enum tls_handshake tls_stream_handshake(struct tls_stream *stream)
{
    ERR_clear_error();
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1)
        return TLS_HANDSHAKE_DONE;
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_HANDSHAKE_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_HANDSHAKE_WANTS_WRITE;
    default:
        note_failure(stream);
        ERR_clear_error();
        return TLS_HANDSHAKE_FAILED;
    }
}

bool tls_stream_has_answered(const struct tls_stream *stream)
{
    return stream->answered;
}

enum tls_failure tls_stream_failure(const struct tls_stream *stream, const char **reason)
{
    *reason = stream->reason;
    return stream->failure;
}

static bool copy_name(const X509_NAME_ENTRY *entry, char name[TLS_NAME_SIZE])
{
    unsigned char *text = NULL;
    int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    bool fits = length > 0 && length < TLS_NAME_SIZE;
    for (int i = 0; fits && i < length; i++)
        fits = text[i] >= 0x20 && text[i] < 0x7f;
    if (fits) {
        memcpy(name, text, (size_t)length);
        name[length] = '\0';
    }
    OPENSSL_free(text);
    return fits;
}

bool tls_stream_peer_name(const struct tls_stream *stream, char name[TLS_NAME_SIZE])
{
    const X509 *certificate = SSL_get0_peer_certificate(stream->ssl);
    if (certificate == NULL || SSL_get_verify_result(stream->ssl) != X509_V_OK)
        return false;
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    /* of two nobody could say which one was meant */
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0)
        return false;
    return copy_name(X509_NAME_get_entry(subject, first), name);
}

static ssize_t fail(struct tls_stream *stream)
{
    int error = ERR_peek_error() == 0 && errno != 0 ? errno : EPROTO;
    stream->broken = true;
    ERR_clear_error();
    errno = error;
    return TLS_STREAM_FAILED;
}

ssize_t tls_stream_receive(struct tls_stream *stream, void *buffer, size_t size, bool *drained)
{
    size_t got = 0;
    stream->starved = false;
    stream->wants_write = false;
    errno = 0;
    int result = SSL_read_ex(stream->ssl, buffer, size, &got);
    *drained = result != 1 || (stream->kernel_is_empty && SSL_has_pending(stream->ssl) == 0);
    if (result == 1)
        return (ssize_t)got;
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        stream->starved = true;
        return TLS_STREAM_AGAIN;
    case SSL_ERROR_WANT_WRITE: /* a change of keys is answered */
        stream->wants_write = true;
        return TLS_STREAM_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        stream->starved = true;
        return TLS_STREAM_END;
    default:
        return fail(stream);
    }
}

ssize_t tls_stream_send(struct tls_stream *stream, const void *data, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        size_t taken = 0; /* a record at most */
        errno = 0;
        int result = SSL_write_ex(stream->ssl, (const char *)data + sent, length - sent, &taken);
        if (result != 1) {
            /* never for want of reading: there is no renegotiation */
            if (SSL_get_error(stream->ssl, result) != SSL_ERROR_WANT_WRITE)
                return fail(stream);
            break;
        }
        sent += taken;
    }
    return sent > 0 || length == 0 ? (ssize_t)sent : TLS_STREAM_AGAIN;
}

bool tls_stream_has_pending(const struct tls_stream *stream)
{
    return !stream->starved && !stream->wants_write && SSL_has_pending(stream->ssl) == 1;
}

bool tls_stream_receive_wants_write(const struct tls_stream *stream)
{
    return stream->wants_write;
}

void tls_stream_end_output(struct tls_stream *stream)
{
    if (stream->broken || !SSL_is_init_finished(stream->ssl))
        return;
    SSL_shutdown(stream->ssl);
    ERR_clear_error();
}

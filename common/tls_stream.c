#include "common/tls_stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/host_lookup.h"
#include "common/tls.h"
#include "common/tls_internal.h"

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
BIO_METHOD *tls_stream_make_socket(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == NULL)
        return NULL;
    BIO_meth_set_read(method, socket_read);
    BIO_meth_set_write(method, socket_write);
    BIO_meth_set_ctrl(method, socket_control);
    return method;
}

static bool set_host(SSL *ssl, const char *host)
{
    if (host_is_address(host))
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
    } else if (tls_error_is_plain(error)) {
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

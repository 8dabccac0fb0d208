/*
 * tls.c: OpenSSL over memory BIOs.
 *
 * Happy path: tls_handshake until 1, each time sending what tls_take gives and feeding what comes;
 * then tls_write and tls_read. The certificate is verified against the authorities and the name
 * (host name or address) during the handshake; TLS 1.2 is the least.
 * Failure: the handshake or a read fails once and for good; tls_problem says why, with the reason
 * of the verification where it was that ("unable to get local issuer certificate").
 */
#include "redis/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dupd/error.h"

struct tls_context {
    SSL_CTX *ctx;
    bool insecure;
};

struct tls {
    SSL *ssl;
    BIO *in, *out; /* the SSL's */
    char problem[256];
};

/* The latest error of OpenSSL's queue, in words; empties it. */
static const char *last_error(void)
{
    unsigned long e = ERR_peek_last_error();
    const char *text = e ? ERR_reason_error_string(e) : NULL;
    ERR_clear_error();
    return text ? text : "TLS error";
}

static int file_problem(const char *what, const char *path, char problem[512])
{
    bool readable = access(path, R_OK) == 0;
    snprintf(problem, 512, "TLS: %s %s: %s", what, path,
             readable ? last_error() : "cannot be read");
    ERR_clear_error();
    return readable ? DUPD_EINVAL : DUPD_EIO;
}

static int load(SSL_CTX *ctx, const struct tls_files *f, char problem[512])
{
    if (f->ca) {
        if (SSL_CTX_load_verify_file(ctx, f->ca) != 1)
            return file_problem("authorities", f->ca, problem);
    } else if (SSL_CTX_set_default_verify_paths(ctx) != 1) {
        snprintf(problem, 512, "TLS: the system's authorities: %s", last_error());
        return DUPD_EIO;
    }
    if (!f->cert != !f->key) {
        snprintf(problem, 512, "TLS: a client certificate needs both its file and its key's");
        return DUPD_EINVAL;
    }
    if (!f->cert)
        return DUPD_OK;
    if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
        return file_problem("certificate", f->cert, problem);
    if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1)
        return file_problem("key", f->key, problem);
    if (SSL_CTX_check_private_key(ctx) == 1)
        return DUPD_OK;
    snprintf(problem, 512, "TLS: key %s does not belong to certificate %s", f->key, f->cert);
    ERR_clear_error();
    return DUPD_EINVAL;
}

int tls_context_new(struct tls_context **out, const struct tls_files *files, char problem[512])
{
    struct tls_context *c = calloc(1, sizeof *c);
    SSL_CTX *ctx = c ? SSL_CTX_new(TLS_client_method()) : NULL;
    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        snprintf(problem, 512, "TLS: %s", dupd_error_text(DUPD_ENOMEM));
        ERR_clear_error();
        SSL_CTX_free(ctx);
        free(c);
        return DUPD_ENOMEM;
    }
    c->ctx = ctx;
    c->insecure = files->insecure;
    SSL_CTX_set_verify(ctx, files->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    int rc = load(ctx, files, problem);
    if (rc) {
        tls_context_free(c);
        return rc;
    }
    *out = c;
    return DUPD_OK;
}

void tls_context_free(struct tls_context *c)
{
    if (!c)
        return;
    SSL_CTX_free(c->ctx);
    free(c);
}

/* What the certificate must carry; an address is no name and is not sent as SNI. */
static bool expect(SSL *ssl, const char *name, bool insecure)
{
    unsigned char address[16];
    bool numeric =
        inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
    if (!numeric && SSL_set_tlsext_host_name(ssl, name) != 1)
        return false;
    if (insecure)
        return true;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
                   : SSL_set1_host(ssl, name) == 1;
}

struct tls *tls_new(const struct tls_context *c, const char *name)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->ssl = SSL_new(c->ctx);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (!t->ssl || !t->in || !t->out || !expect(t->ssl, name, c->insecure)) {
        BIO_free(t->in);
        BIO_free(t->out);
        SSL_free(t->ssl);
        free(t);
        ERR_clear_error();
        return NULL;
    }
    BIO_set_mem_eof_return(t->in, -1); /* empty means "later", not "the end" */
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_connect_state(t->ssl);
    return t;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    free(t);
}

int tls_feed(struct tls *t, struct dupd_view wire)
{
    int n = wire.len > INT32_MAX ? -1 : BIO_write(t->in, wire.ptr, (int)wire.len);
    if (n >= 0 && (size_t)n == wire.len)
        return DUPD_OK;
    snprintf(t->problem, sizeof t->problem, "TLS: %s", dupd_error_text(DUPD_ENOMEM));
    ERR_clear_error();
    return DUPD_ENOMEM;
}

size_t tls_take(struct tls *t, char *out, size_t n)
{
    int got = BIO_read(t->out, out, n > INT32_MAX ? INT32_MAX : (int)n);
    return got > 0 ? (size_t)got : 0;
}

static int failed(struct tls *t)
{
    long verified = SSL_get_verify_result(t->ssl);
    snprintf(t->problem, sizeof t->problem, "TLS: %s%s%s", last_error(),
             verified == X509_V_OK ? "" : ": ",
             verified == X509_V_OK ? "" : X509_verify_cert_error_string(verified));
    return DUPD_EIO;
}

int tls_handshake(struct tls *t)
{
    ERR_clear_error();
    int rc = SSL_do_handshake(t->ssl);
    if (rc == 1)
        return 1;
    return SSL_get_error(t->ssl, rc) == SSL_ERROR_WANT_READ ? 0 : failed(t);
}

ssize_t tls_read(struct tls *t, char *out, size_t n)
{
    ERR_clear_error();
    int got = SSL_read(t->ssl, out, n > INT32_MAX ? INT32_MAX : (int)n);
    if (got > 0)
        return got;
    switch (SSL_get_error(t->ssl, got)) {
    case SSL_ERROR_WANT_READ:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return DUPD_EEMPTY;
    default:
        return failed(t);
    }
}

int tls_write(struct tls *t, struct dupd_view plain)
{
    ERR_clear_error();
    while (plain.len) {
        int n = plain.len > INT32_MAX ? INT32_MAX : (int)plain.len;
        int put = SSL_write(t->ssl, plain.ptr, n);
        if (put <= 0)
            return failed(t);
        plain = (struct dupd_view){plain.ptr + put, plain.len - (size_t)put};
    }
    return DUPD_OK;
}

const char *tls_problem(const struct tls *t)
{
    return t->problem;
}

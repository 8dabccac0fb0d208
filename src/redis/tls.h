/*
 * tls.h: TLS between two memory buffers: bytes of the wire on one side, plain bytes on the other.
 * No file descriptors, no waiting. Internal to the Redis client.
 */
#ifndef REDIS_TLS_H
#define REDIS_TLS_H

#include <sys/types.h>

#include "dupd/buf.h"

struct tls_context; /* what all connections share: authorities, own certificate */
struct tls;         /* one connection */

struct tls_files {
    const char *ca, *cert, *key; /* ca NULL: the system's authorities; cert NULL: none */
    bool insecure;               /* the server's certificate is not looked at */
};

/* Returns 0, DUPD_ENOMEM, DUPD_EIO for a file that cannot be read, DUPD_EINVAL for one that is not
 * what it should be, with one line in problem. */
int tls_context_new(struct tls_context **out, const struct tls_files *files, char problem[512]);
void tls_context_free(struct tls_context *c);

/* `name`: host name or address that the certificate must carry, and SNI. NULL: no memory. */
struct tls *tls_new(const struct tls_context *c, const char *name);
void tls_free(struct tls *t);

/* Bytes that came in. */
int tls_feed(struct tls *t, struct dupd_view wire);
/* Bytes to be sent: moves up to n of them out. */
size_t tls_take(struct tls *t, char *out, size_t n);

/* Goes on with the handshake: 1 it is done, 0 it waits for bytes, DUPD_EIO. */
int tls_handshake(struct tls *t);
/* Plain bytes read; 0: waits for more; DUPD_EIO: failed; DUPD_EEMPTY: the other side has closed. */
ssize_t tls_read(struct tls *t, char *out, size_t n);
/* Encrypts plain bytes, all of them; 0 or DUPD_EIO. Only after the handshake. */
int tls_write(struct tls *t, struct dupd_view plain);
/* Why it failed: one line. */
const char *tls_problem(const struct tls *t);

#endif

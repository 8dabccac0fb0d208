/*
 * url.h: where a Redis is.
 *
 *   redis://[[user]:password@]host[:port][/db]      rediss://...     TLS
 *   redis+unix:///path/to.sock[?db=N]               unix:///path     a Unix socket
 *   redis-sentinel://[[user]:password@]host[:port][,host[:port]...]/master[/db]
 *   redis+cluster://host[:port][,...]               known, and refused: not in this build
 *
 * User and password are percent-decoded; an IPv6 host stands in brackets. ?key=value: db, user,
 * password (as for the socket), sentinel_user, sentinel_password, tls (yes: as rediss).
 */
#ifndef REDIS_URL_H
#define REDIS_URL_H

#include "dupd/buf.h"

#define REDIS_HOSTS_MAX 16u

enum redis_scheme { REDIS_TCP, REDIS_UNIX, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_host {
    char name[256]; /* without brackets */
    unsigned port;
};

struct redis_url {
    enum redis_scheme scheme;
    bool tls;
    char user[256], password[512]; /* decoded; "" if there is none */
    char sentinel_user[256], sentinel_password[512];
    struct redis_host host[REDIS_HOSTS_MAX];
    unsigned host_count;
    char path[256];   /* of the socket */
    char master[128]; /* of Sentinel */
    unsigned db;
};

/* True when the text begins with one of the schemes above. */
bool redis_url_is_one(const char *text);

/* Returns 0 or DUPD_EINVAL with one line in problem, in which no password stands. */
int redis_url_parse(struct redis_url *out, const char *text, char problem[256]);

/* Appends it without user and password. Returns 0 or DUPD_ENOMEM. */
int redis_url_format(const struct redis_url *u, struct dupd_buf *out);

#endif

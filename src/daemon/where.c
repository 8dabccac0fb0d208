/*
 * where.c: which Redis, which store, which names. Nothing is connected to here.
 */
#include "daemon/where.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/rules.h"
#include "settings/names.h"

int where_names(struct where_names *n, const struct settings *s)
{
    *n = (struct where_names){.prefix = strdup(s->prefix),
                              .group = strdup(s->group),
#define NAME_MEMBER(option, member, fallback)                                                      \
    .member = setting_key_name(s->option, s->prefix, fallback),
                              SETTING_NAMES(NAME_MEMBER)
#undef NAME_MEMBER
    };
    bool all = n->prefix && n->group && n->articles && n->list && n->verdicts && n->alerts &&
               n->stories && n->dead;
    return all ? DUPD_OK : DUPD_ENOMEM;
}

void where_names_close(struct where_names *n)
{
    free(n->prefix);
    free(n->group);
    free(n->articles);
    free(n->list);
    free(n->verdicts);
    free(n->alerts);
    free(n->stories);
    free(n->dead);
    *n = (struct where_names){0};
}

/* The first line of the password file. */
static int read_password(const char *path, char *out, size_t size, char problem[512])
{
    FILE *f = fopen(path, "re");
    if (!f) {
        snprintf(problem, 512, "%.300s: %s; check --redis-password-file", path, strerror(errno));
        return DUPD_EIO;
    }
    char *line = fgets(out, (int)size, f);
    bool whole = line && (strchr(out, '\n') || feof(f));
    fclose(f);
    if (!whole) {
        snprintf(problem, 512, "%.300s: %s; check --redis-password-file", path,
                 line ? "its first line is too long for a password"
                      : "cannot be read, or is empty");
        out[0] = '\0';
        return DUPD_EINVAL;
    }
    out[strcspn(out, "\r\n")] = '\0';
    return DUPD_OK;
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

int where_redis(const struct settings *s, const char *text, struct redis_url *url,
                struct redis_options *options, char problem[512])
{
    char why[256];
    problem[0] = '\0';
    if (redis_url_parse(url, text, why)) {
        snprintf(problem, 512, "%s", why);
        return DUPD_EINVAL;
    }
    redis_options_default(options);
    options->deadline_ms = (unsigned)s->deadline * 1000;
    options->ca_file = or_null(s->redis_ca);
    options->cert_file = or_null(s->redis_cert);
    options->key_file = or_null(s->redis_key);
    options->tls_name = or_null(s->redis_tls_name);
    if (!s->redis_password_file[0] || url->password[0])
        return DUPD_OK;
    return read_password(s->redis_password_file, url->password, sizeof url->password, problem);
}

static bool is_same_host(const struct redis_host *a, const struct redis_host *b)
{
    return a->port == b->port && strcmp(a->name, b->name) == 0;
}

bool where_is_same(const struct redis_url *a, const struct redis_url *b)
{
    if (a->scheme != b->scheme || a->db != b->db)
        return false;
    if (a->scheme == REDIS_UNIX)
        return strcmp(a->path, b->path) == 0;
    if (a->scheme == REDIS_SENTINEL && strcmp(a->master, b->master) != 0)
        return false;
    return a->host_count && b->host_count && is_same_host(&a->host[0], &b->host[0]);
}

void where_store_options(const struct settings *s, enum where_mode mode, struct store_options *o)
{
    store_options_default(o);
    o->create = mode == WHERE_CREATE;
    o->read_only = mode == WHERE_READ;
    o->lock_wait_s = (unsigned)s->lock_wait;
    o->window_s = (int64_t)s->window;
    o->owners_max = (unsigned)s->owners_max;
    o->furniture_stories = (unsigned)s->furniture_stories;
    o->furniture_paragraphs = (unsigned)s->furniture_paragraphs;
    o->furniture_outlets = (unsigned)s->furniture_outlets;
    o->batch = (unsigned)s->batch;
}

int where_store(const struct settings *s, const char *data_home, const char *home, char **out)
{
    int n = 0;
    const char *where = s->store[0] ? s->store : s->redis;
    *out = NULL;
    if (strncmp(where, "file:", 5) == 0)
        where += 5;
    if (where[0])
        n = asprintf(out, "%s", where);
    else if (data_home && data_home[0] == '/')
        n = asprintf(out, "%s/dupd", data_home);
    else if (home && home[0])
        n = asprintf(out, "%s/.local/share/dupd", home);
    if (n >= 0)
        return DUPD_OK;
    *out = NULL;
    return DUPD_ENOMEM;
}

int where_open_redis(const struct settings *s, const char *text, const struct where_names *names,
                     const struct store_options *options, uv_loop_t *loop,
                     const struct where_callbacks *callbacks, struct store **out, char problem[512])
{
    struct store_redis how;
    store_redis_default(&how);
    int rc = where_redis(s, text, &how.url, &how.redis, problem);
    if (rc)
        return rc;
    how.options = *options;
    how.redis.client_name = "dupd-store";
    how.names = (struct store_names){.prefix = names->prefix,
                                     .articles = names->articles,
                                     .group = names->group,
                                     .verdicts = names->verdicts,
                                     .alerts = names->alerts,
                                     .stories = names->stories,
                                     .keep_entries = s->keep_entries,
                                     .stream_cap = s->stream_cap};
    how.loop = loop;
    if (loop) /* others wait for each operation: they need no second */
        how.connections = (unsigned)s->redis_connections;
    how.memory_max = s->redis_memory_max;
    if (callbacks) {
        how.on_state = callbacks->on_state;
        how.on_closed = callbacks->on_closed;
        how.data = callbacks->data;
    }
    return redis_store_open(out, &how, rules_wall_ms(NULL), problem);
}

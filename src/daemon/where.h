/*
 * where.h: settings to places: which Redis, which store, which names.
 */
#ifndef DAEMON_WHERE_H
#define DAEMON_WHERE_H

#include "settings/settings.h"
#include "store/redis_store.h"

/* The names of the queue and its outputs, given or made from the prefix. */
struct where_names {
    char *prefix, *articles, *group, *list, *verdicts, *alerts, *stories, *dead; /* owned */
};

/* Returns 0 or DUPD_ENOMEM; close it in any case. */
int where_names(struct where_names *n, const struct settings *s);
void where_names_close(struct where_names *n);

/* The Redis that `text` (a URL) names, with the options of the settings; the password of
 * --redis-password-file, when the URL has none. Strings of *options are borrowed from s. Returns 0,
 * DUPD_EINVAL or DUPD_EIO with one line in problem, without passwords. */
int where_redis(const struct settings *s, const char *text, struct redis_url *url,
                struct redis_options *options, char problem[512]);

/* True when both are one server and one database. */
bool where_is_same(const struct redis_url *a, const struct redis_url *b);

/* How the store is opened and for what. */
enum where_mode { WHERE_READ, WHERE_WRITE, WHERE_CREATE };
void where_store_options(const struct settings *s, enum where_mode mode, struct store_options *o);

/* The store: --store, else --redis, else $XDG_DATA_HOME/dupd, else ~/.local/share/dupd. "file:" is
 * taken off. `data_home` and `home`: those variables, or NULL. *out is the caller's to free; NULL
 * with 0: there is no place, for HOME is not set. Returns 0 or DUPD_ENOMEM. */
int where_store(const struct settings *s, const char *data_home, const char *home, char **out);

struct where_callbacks {
    void (*on_state)(struct store *s, void *data);
    void (*on_closed)(void *data);
    void *data;
};

/* Opens a store in Redis. `names` are borrowed until it is open; `callbacks` may be NULL, as `loop`
 * may. As redis_store_open. */
int where_open_redis(const struct settings *s, const char *text, const struct where_names *names,
                     const struct store_options *options, uv_loop_t *loop,
                     const struct where_callbacks *callbacks, struct store **out,
                     char problem[512]);

#endif

/* session.c: settings to an open store and an engine on it. */
#include "cli/session.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/where.h"
#include "dupd/error.h"

#define SAY_AFTER_MS 1000u /* of waiting: whoever sits before it wants to know */
#define REDIS_WAIT_MS 10000u

int64_t session_wall_ms(void *unused)
{
    return rules_wall_ms(unused);
}

uint64_t session_mono_us(void *unused)
{
    return rules_mono_us(unused);
}

static int open_data(struct cli *cli, struct session *s)
{
    char problem[512];
    if (rules_load(&s->rules, &cli->settings, problem))
        return cli_problem(cli, "%s", problem);
    s->options = s->rules.options;
    s->options.stable_output = true; /* the same files give the same bytes */
    s->agencies = s->rules.agencies;
    return CLI_OK;
}

/* Sets s->where. */
static int find_store(struct cli *cli, struct session *s, const char *where)
{
    if (where && strncmp(where, "file:", 5) == 0)
        where += 5;
    int rc = where ? (s->where = strdup(where)) ? 0 : DUPD_ENOMEM
                   : where_store(&cli->settings, cli_environment(cli, "XDG_DATA_HOME"),
                                 cli_environment(cli, "HOME"), &s->where);
    if (rc)
        return cli_problem(cli, "%s", dupd_error_text(rc));
    if (!s->where)
        return cli_problem(cli, "no place for the store: HOME is not set; give --store=DIR");
    return CLI_OK;
}

/* Until the store answers; what that waits for is said after a second. */
static int wait_for(struct cli *cli, struct store *store, char problem[512])
{
    int rc = redis_store_wait(store, SAY_AFTER_MS, problem);
    if (rc != DUPD_EAGAIN)
        return rc;
    if (!cli->settings.quiet)
        cli_problem(cli, "%s; waiting", problem);
    return redis_store_wait(store, REDIS_WAIT_MS - SAY_AFTER_MS, problem);
}

/* Opens the store in Redis that s->where names as s->store, and waits until it answers. */
static int connect_redis(struct cli *cli, struct session *s, const struct store_options *options)
{
    char problem[512] = "";
    struct where_names names;
    int rc = where_names(&names, &cli->settings);
    if (!rc)
        rc = where_open_redis(&cli->settings, s->where, &names, options, NULL, NULL, &s->store,
                              problem);
    where_names_close(&names);
    rc = rc ? rc : wait_for(cli, s->store, problem);
    return rc ? cli_problem(cli, "%s", problem[0] ? problem : dupd_error_text(rc)) : CLI_OK;
}

/* A writer makes the store that is not there, also under a prefix that was mistyped: whoever needs
 * one that exists looks first, reading only. A store that gave no number yet holds nothing. */
static int look_for_redis(struct cli *cli, struct session *s, struct store_options options)
{
    struct store_stats stats;
    options.read_only = true;
    int status = connect_redis(cli, s, &options);
    status = status ? status : session_stats(cli, s, &stats);
    if (status)
        return status;
    if (stats.newest == 0)
        status = cli_problem(cli,
                             "%s: there is no store with the prefix %s yet; 'dupd add FILE' makes "
                             "one",
                             redis_where(redis_store_client(s->store)), cli->settings.prefix);
    store_release(&stats.op);
    store_close(s->store);
    s->store = NULL;
    return status;
}

/* s->where becomes what people may read. */
static int open_redis(struct cli *cli, struct session *s, enum session_mode mode,
                      const struct store_options *options)
{
    int status = mode == SESSION_WRITE ? look_for_redis(cli, s, *options) : CLI_OK;
    status = status ? status : connect_redis(cli, s, options);
    if (status)
        return status;
    free(s->where);
    s->where = strdup(redis_where(redis_store_client(s->store)));
    return s->where ? CLI_OK : cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
}

static int open_embedded(struct cli *cli, struct session *s, enum session_mode mode,
                         const struct store_options *options)
{
    char problem[512] = "";
    int rc = store_open(&s->store, s->where, options, session_wall_ms(NULL), problem);
    if (rc == DUPD_ENOENT && mode != SESSION_CREATE)
        return cli_problem(cli, "%s: there is no store yet; 'dupd add FILE' makes one", s->where);
    return rc ? cli_problem(cli, "%s", problem[0] ? problem : dupd_error_text(rc)) : CLI_OK;
}

static int open_store(struct cli *cli, struct session *s, enum session_mode mode)
{
    struct store_options options;
    where_store_options(&cli->settings,
                        mode == SESSION_READ    ? WHERE_READ
                        : mode == SESSION_WRITE ? WHERE_WRITE
                                                : WHERE_CREATE,
                        &options);
    int status = redis_url_is_one(s->where) ? open_redis(cli, s, mode, &options)
                                            : open_embedded(cli, s, mode, &options);
    if (status)
        return status;
    struct engine_clock clock = {session_wall_ms, session_mono_us, NULL};
    int rc = engine_new(&s->engine, s->store, s->agencies, &s->options, clock);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

int session_open(struct cli *cli, struct session *s, enum session_mode mode, const char *where)
{
    *s = (struct session){0};
    int status = open_data(cli, s);
    if (status || mode == SESSION_BARE)
        return status;
    status = find_store(cli, s, where);
    return status ? status : open_store(cli, s, mode);
}

int session_close(struct cli *cli, struct session *s)
{
    int status = CLI_OK;
    if (s->store && store_flush(s->store))
        status = cli_problem(cli, "%s", store_problem(s->store));
    engine_free(s->engine);
    store_close(s->store);
    rules_close(&s->rules);
    free(s->where);
    *s = (struct session){0};
    return status;
}

static void set_flag(struct store_op *op)
{
    *(bool *)op->data = true;
}

int session_do(struct session *s, struct store_op *op)
{
    bool done = false;
    op->done = set_flag;
    op->data = &done;
    store_submit(s->store, op);
    while (!done)
        store_run(s->store);
    return op->status;
}

int session_stats(struct cli *cli, struct session *s, struct store_stats *stats)
{
    *stats = (struct store_stats){.op = {.kind = STORE_STATS}};
    if (session_do(s, &stats->op))
        return cli_problem(cli, "%s", store_problem(s->store));
    return CLI_OK;
}

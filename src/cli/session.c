/* session.c: settings to an open store and an engine on it. */
#include "cli/session.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dupd/error.h"

#define DATA_FILE_BYTES_MAX ((size_t)1024 * 1024)

int64_t session_wall_ms(void *unused)
{
    (void)unused;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t session_mono_us(void *unused)
{
    (void)unused;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fill_engine_options(const struct settings *s, struct engine_options *o)
{
    engine_options_default(o);
    o->thresholds = s->thresholds;
    o->candidates_verified = (unsigned)s->candidates_verified;
    o->min_estimate = s->min_estimate;
    o->min_shared = (unsigned)s->min_shared;
    o->short_words = (unsigned)s->short_words;
    o->backdate_max_s = (int64_t)s->backdate_max;
    o->max_text = s->max_article;
    o->stable_output = true; /* the same files give the same bytes */
}

static void fill_store_options(const struct settings *s, enum session_mode mode,
                               struct store_options *o)
{
    store_options_default(o);
    o->create = mode == SESSION_CREATE;
    o->read_only = mode == SESSION_READ;
    o->lock_wait_s = (unsigned)s->lock_wait;
    o->window_s = (int64_t)s->window;
    o->owners_max = (unsigned)s->owners_max;
    o->furniture_stories = (unsigned)s->furniture_stories;
    o->furniture_paragraphs = (unsigned)s->furniture_paragraphs;
    o->furniture_outlets = (unsigned)s->furniture_outlets;
    o->batch = (unsigned)s->batch;
}

/* The user's own data file, if any, beside the built-in data. */
static int read_data_file(struct cli *cli, const char *path, const char *option,
                          struct dupd_buf *text)
{
    if (!path[0])
        return CLI_OK;
    FILE *f = fopen(path, "re");
    if (!f)
        return cli_problem(cli, "%s: cannot be opened; check --%s", path, option);
    int rc = dupd_buf_reserve(text, DATA_FILE_BYTES_MAX + 1);
    if (!rc)
        text->len = fread(text->ptr, 1, DATA_FILE_BYTES_MAX + 1, f);
    bool failed = ferror(f);
    fclose(f);
    if (rc)
        return cli_problem(cli, "%s", dupd_error_text(rc));
    if (failed)
        return cli_problem(cli, "%s: cannot be read; check --%s", path, option);
    if (text->len > DATA_FILE_BYTES_MAX)
        return cli_problem(cli, "%s: larger than %zu bytes; check --%s", path, DATA_FILE_BYTES_MAX,
                           option);
    return CLI_OK;
}

/* What came of reading a data file. */
static int data_problem(struct cli *cli, int rc, const char *path, unsigned line,
                        const char *manual)
{
    if (rc == DUPD_ESYNTAX)
        return cli_problem(cli, "%s:%u: not in the format of %s", path, line, manual);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static int open_data(struct cli *cli, struct session *s)
{
    const struct settings *settings = &cli->settings;
    struct dupd_buf agencies = {0}, phrases = {0};
    unsigned line = 0;
    int status = read_data_file(cli, settings->agencies, "agencies", &agencies);
    if (!status)
        status = data_problem(cli, dupd_agencies_new(&s->agencies, dupd_buf_view(&agencies), &line),
                              settings->agencies, line, "a file of agencies");
    if (!status)
        status = read_data_file(cli, settings->furniture, "furniture", &phrases);
    if (!status)
        status = data_problem(cli, dupd_phrases_new(&s->phrases, dupd_buf_view(&phrases), &line),
                              settings->furniture, line,
                              "a file of phrases: one a line, a beginning has two words at least");
    s->options.phrases = s->phrases;
    dupd_buf_close(&agencies);
    dupd_buf_close(&phrases);
    return status;
}

/* Where the store is: --store, else $XDG_DATA_HOME/dupd, else ~/.local/share/dupd. Sets s->where.
 */
static int find_store(struct cli *cli, struct session *s, const char *where)
{
    static const char *const later[] = {"redis://", "rediss://", "redis+unix://",
                                        "redis-sentinel://", "redis+cluster://"};
    where = where ? where : cli->settings.store;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (strncmp(where, later[i], strlen(later[i])) == 0)
            return cli_problem(cli, "%.*s: stores in Redis are not in this build yet; use file:DIR",
                               (int)strlen(later[i]), where);
    }
    if (strncmp(where, "file:", 5) == 0)
        where += 5;
    int n;
    const char *data = cli_environment(cli, "XDG_DATA_HOME");
    const char *home = cli_environment(cli, "HOME");
    if (where[0])
        n = asprintf(&s->where, "%s", where);
    else if (data && data[0] == '/')
        n = asprintf(&s->where, "%s/dupd", data);
    else if (home && home[0])
        n = asprintf(&s->where, "%s/.local/share/dupd", home);
    else
        return cli_problem(cli, "no place for the store: HOME is not set; give --store=DIR");
    if (n < 0) {
        s->where = NULL;
        return cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    }
    return CLI_OK;
}

static int open_store(struct cli *cli, struct session *s, enum session_mode mode)
{
    char problem[512];
    struct store_options options;
    fill_store_options(&cli->settings, mode, &options);
    int rc = store_open(&s->store, s->where, &options, session_wall_ms(NULL), problem);
    if (rc == DUPD_ENOENT && mode != SESSION_CREATE)
        return cli_problem(cli, "%s: there is no store yet; 'dupd add FILE' makes one", s->where);
    if (rc)
        return cli_problem(cli, "%s", problem[0] ? problem : dupd_error_text(rc));
    struct engine_clock clock = {session_wall_ms, session_mono_us, NULL};
    rc = engine_new(&s->engine, s->store, s->agencies, &s->options, clock);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

int session_open(struct cli *cli, struct session *s, enum session_mode mode, const char *where)
{
    *s = (struct session){0};
    fill_engine_options(&cli->settings, &s->options);
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
    dupd_agencies_free(s->agencies);
    dupd_phrases_free(s->phrases);
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

/*
 * cmd_eval.c: `dupd eval`: how well dupd does on labelled pairs.
 *
 * Happy path: read the pairs, set the articles aside, run them through a fresh store in a temporary
 * directory, compare each pair directly, print. Failure modes: a pairs file that is none (said with
 * its line), no article of any pair, no room in the temporary directory; exit status 2 and no
 * figures. The temporary directory is removed, also after a failure; a killed run leaves it below
 * TMPDIR.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/eval_cluster.h"
#include "cli/eval_report.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "dupd/error.h"

struct eval {
    struct cli *cli;
    struct session session;
    struct progress progress;
    struct eval_set set;
    struct eval_run run;
    char *dir; /* of the fresh store; NULL: none */
    unsigned problems;
};

/* ---- the temporary directory ---- */

static int make_dir(struct eval *e)
{
    const char *tmp = cli_environment(e->cli, "TMPDIR");
    if (asprintf(&e->dir, "%s/dupd-eval-XXXXXX", tmp && tmp[0] ? tmp : "/tmp") < 0) {
        e->dir = NULL;
        return cli_problem(e->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    }
    if (mkdtemp(e->dir))
        return CLI_OK;
    cli_problem(e->cli, "%s: no temporary directory: %s; set TMPDIR to a place with some room",
                e->dir, strerror(errno));
    free(e->dir);
    e->dir = NULL;
    return CLI_TROUBLE;
}

/* The store has no directories of its own. */
static void remove_dir(struct eval *e)
{
    DIR *d = e->dir ? opendir(e->dir) : NULL;
    if (d) {
        for (struct dirent *f; (f = readdir(d));)
            unlinkat(dirfd(d), f->d_name, 0);
        closedir(d);
        rmdir(e->dir);
    }
    free(e->dir);
    e->dir = NULL;
}

/* ---- lists of files: a line each ---- */

static size_t split_lines(char *list, const char **out, size_t room)
{
    size_t n = 0;
    for (char *p = strtok_r(list, "\n", &list); p && n < room; p = strtok_r(NULL, "\n", &list))
        out[n++] = p;
    return n;
}

static size_t count_lines(const char *list)
{
    size_t n = 1;
    for (; *list; list++)
        n += *list == '\n';
    return n;
}

/* ---- the two inputs ---- */

/* What reads one line of a file of labels. */
typedef int (*add_line_fn)(struct eval_set *s, struct dupd_view line, const char **problem);

static int read_labels_file(struct eval *e, const char *file, add_line_fn add_line)
{
    FILE *f = fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    int rc = DUPD_OK;
    if (!f)
        return cli_problem(e->cli, "%s: cannot be opened: %s", file, strerror(errno));
    for (ssize_t n; rc != DUPD_ENOMEM && (n = getline(&line, &room, f)) > 0;) {
        const char *what;
        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (n == 0)
            continue;
        rc = add_line(&e->set, (struct dupd_view){line, (size_t)n}, &what);
        if (rc) {
            e->problems++;
            cli_problem(e->cli, "%s:%llu: %s; left out", file, (unsigned long long)number, what);
        }
    }
    free(line);
    fclose(f);
    return rc == DUPD_ENOMEM ? CLI_TROUBLE : CLI_OK;
}

static int read_labels(struct eval *e, char *list, add_line_fn add_line)
{
    size_t count = count_lines(list);
    const char **file = calloc(count, sizeof *file);
    int status = CLI_OK;
    if (!file)
        return cli_problem(e->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    count = split_lines(list, file, count);
    for (size_t i = 0; i < count && !status; i++)
        status = read_labels_file(e, file[i], add_line);
    free(file);
    return status;
}

static int read_all_labels(struct eval *e, char *pairs, char *clusters)
{
    int status = read_labels(e, pairs, eval_set_add_line);
    if (!status)
        status = read_labels(e, clusters, eval_cluster_add_line);
    if (!status && e->set.pair_count == 0 && e->set.labelled == 0)
        return cli_problem(e->cli, "no pairs to score; a line of --pairs is "
                                   "{\"a\": ID, \"b\": ID, \"label\": \"copy\"}");
    return status;
}

static int read_articles(struct eval *e, char *list)
{
    size_t count = count_lines(list);
    const char **file = calloc(count, sizeof *file);
    struct input *in = NULL;
    int rc = file ? DUPD_OK : DUPD_ENOMEM;
    if (!rc) {
        count = split_lines(list, file, count);
        rc = input_new(&in, file, count, &e->run.limits);
    }
    if (rc)
        cli_problem(e->cli, "%s", dupd_error_text(rc));
    else if ((rc = eval_run_read(&e->run, in)))
        cli_problem(e->cli, "%s", e->run.problem);
    input_free(in);
    free(file);
    return rc ? CLI_TROUBLE : CLI_OK;
}

/* Pairs whose articles are not there are left out; that is said, and with all of them it is an
 * error. */
static int check_present(struct eval *e)
{
    const char *missing = NULL;
    uint32_t left = 0, absent = 0;
    for (uint32_t i = 0; i < e->set.pair_count; i++) {
        const struct eval_article *a = &e->set.article[e->set.pair[i].a];
        const struct eval_article *b = &e->set.article[e->set.pair[i].b];
        left += a->present && b->present;
        if (a->present && b->present)
            continue;
        absent++;
        missing = missing ? missing : !a->present ? a->id : b->id;
    }
    if (left == 0 && e->set.labelled == 0)
        return cli_problem(e->cli, "no pair has both its articles in --articles (%s is missing)",
                           missing);
    if (absent)
        cli_problem(e->cli, "%u of %u pairs left out: an article is missing (%s, for one)", absent,
                    e->set.pair_count, missing);
    return CLI_OK;
}

/* ---- the run ---- */

static void show_progress(void *data, uint64_t done, uint64_t total)
{
    struct eval *e = data;
    progress_step(&e->progress, done, total);
}

static int run_store(struct eval *e)
{
    progress_begin(&e->progress, e->cli, "evaluating");
    int rc = eval_run_store(&e->run, e->dir);
    progress_end(&e->progress);
    return rc ? cli_problem(e->cli, "%s", e->run.problem) : CLI_OK;
}

static int run_pairwise(struct eval *e, bool alone)
{
    if (eval_run_pairwise(&e->run))
        return cli_problem(e->cli, "%s", e->run.problem);
    for (uint32_t i = 0; alone && i < e->set.pair_count; i++) {
        struct eval_pair *p = &e->set.pair[i];
        p->found = dupd_verdict_is_copy(p->pairwise.verdict) || p->pairwise.verdict == DUPD_UPDATE;
    }
    return CLI_OK;
}

static int print(struct eval *e, bool pairwise)
{
    struct dupd_buf out = {0};
    int rc = e->cli->settings.json ? eval_report_json(&e->run, pairwise, &out)
                                   : eval_report_text(&e->run, pairwise, &out);
    if (!rc && e->cli->settings.json)
        rc = dupd_buf_add_char(&out, '\n');
    if (!rc)
        fwrite(out.ptr, 1, out.len, e->cli->out);
    dupd_buf_close(&out);
    return rc ? cli_problem(e->cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static int evaluate(struct eval *e, char *articles, char *pairs, char *clusters)
{
    bool pairwise = e->cli->settings.pairwise;
    int status = read_all_labels(e, pairs, clusters);
    if (!status)
        status = make_dir(e);
    if (!status && spool_open(&e->run.spool, e->dir))
        status = cli_problem(e->cli, "%s: %s", e->dir, strerror(errno));
    if (!status)
        status = read_articles(e, articles);
    if (!status)
        status = check_present(e);
    if (!status && !pairwise)
        status = run_store(e);
    if (!status)
        status = run_pairwise(e, pairwise);
    if (!status)
        status = print(e, pairwise);
    return status ? status : e->problems || e->run.skipped ? CLI_TROUBLE : CLI_OK;
}

static unsigned threads_of(const struct settings *s)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return s->threads ? (unsigned)s->threads : cores > 0 ? (unsigned)cores : 1;
}

int command_eval(struct cli *cli)
{
    const struct settings *s = &cli->settings;
    struct eval e = {.cli = cli};
    if (!s->articles[0] || (!s->pairs[0] && !s->clusters[0]))
        return cli_problem(cli, "eval needs --articles FILE... and --pairs FILE...");
    int status = session_open(cli, &e.session, SESSION_BARE, NULL);
    char *articles = strdup(s->articles), *pairs = strdup(s->pairs),
         *clusters = strdup(s->clusters);
    e.run = (struct eval_run){.set = &e.set,
                              .spool = {.fd = -1},
                              .agencies = e.session.agencies,
                              .options = e.session.options,
                              .limits = {s->max_message, s->max_article},
                              .threads = threads_of(s),
                              .clock = {session_wall_ms, session_mono_us, NULL},
                              .errors = cli->err,
                              .progress = show_progress,
                              .data = &e};
    if (!status && (!articles || !pairs || !clusters))
        status = cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    if (!status)
        status = evaluate(&e, articles, pairs, clusters);
    free(articles);
    free(pairs);
    free(clusters);
    spool_close(&e.run.spool);
    remove_dir(&e);
    eval_set_close(&e.set);
    int closed = session_close(cli, &e.session);
    return closed ? closed : status;
}

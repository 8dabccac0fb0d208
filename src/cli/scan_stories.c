/*
 * scan_stories.c: the stories and the summary of `dupd scan`, read from the store at the end: an
 * origin that came late is the origin here, whatever the verdicts said before.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/lookup.h"
#include "cli/report.h"
#include "cli/scan.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "engine/json_write.h"
#include "redis/url.h"

#define TOP 5
#define TITLE_COLUMNS 70

struct story_writer {
    struct cli *cli;
    struct session *s;
    struct scan_counts *counts;
    struct dupd_buf out; /* what is printed of one story */
    struct json_writer json;
    struct dupd_buf origin; /* outlet of the story's origin */
    struct dupd_buf placed; /* uint64_t: numbers of all members so far */
};

/* Counts a member: who copied whom in the end. */
static int count_member(struct story_writer *w, const struct store_fetch *f, bool is_origin)
{
    struct scan_counts *c = w->counts;
    int rc = dupd_buf_add(&w->placed, &f->n, sizeof f->n);
    if (is_origin) {
        dupd_buf_clear(&w->origin);
        return rc ? rc : dupd_buf_add_view(&w->origin, f->record.article.source);
    }
    if (!f->place.copy)
        return rc;
    c->copies++;
    c->late += dupd_view_equal(lookup_member(f->verdict, "copy", NULL), DUPD_VIEW("false"));
    rc = rc ? rc : tally_add(&c->origins, dupd_buf_view(&w->origin));
    return rc ? rc : tally_add(&c->copiers, f->record.article.source);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The copies that stand in no story with others, or beyond what is listed of a large one. */
static int count_rest(struct story_writer *w)
{
    struct scan_counts *c = w->counts;
    const struct scan_copies *given = &c->given;
    size_t placed = w->placed.len / sizeof(uint64_t);
    int rc = 0;
    if (placed)
        qsort(w->placed.ptr, placed, sizeof(uint64_t), by_number);
    for (size_t i = 0; i < given->n.len / sizeof(uint64_t) && !rc; i++) {
        const char *n = given->n.ptr + i * sizeof(uint64_t);
        if (placed && bsearch(n, w->placed.ptr, placed, sizeof(uint64_t), by_number))
            continue;
        c->copies++;
        rc = tally_add(&c->origins, tally_name(&given->origins, i));
        rc = rc ? rc : tally_add(&c->copiers, tally_name(&given->copiers, i));
    }
    return rc;
}

static int put_title(struct dupd_buf *out, struct dupd_view title)
{
    if (title.len == 0)
        return 0;
    int rc = dupd_buf_add_str(out, " \"");
    rc = rc ? rc : term_add(out, title, TITLE_COLUMNS);
    return rc ? rc : dupd_buf_add_char(out, '"');
}

/* One member: its text line, or its id in the JSON array. */
static int put_member(struct story_writer *w, uint64_t n, uint64_t origin)
{
    struct store_fetch f = {.op = {.kind = STORE_FETCH}, .n = n, .want_verdict = true};
    if (session_do(w->s, &f.op))
        return cli_problem(w->cli, "%s", store_problem(w->s->store));
    int rc = f.found ? count_member(w, &f, n == origin) : 0;
    if (rc == 0 && f.found && w->cli->settings.json) {
        json_string(&w->json, f.record.article.id);
        rc = json_status(&w->json);
    } else if (rc == 0 && f.found) {
        rc = dupd_buf_addf(&w->out, "  %-8s ",
                           n == origin    ? "origin"
                           : f.place.copy ? "copy"
                                          : "update");
        rc = rc ? rc : report_outlet(&f.record.article, &w->out);
        rc = rc ? rc : dupd_buf_add_str(&w->out, ": ");
        rc = rc ? rc : term_add(&w->out, f.record.article.id, 80);
        rc = rc ? rc : put_title(&w->out, f.record.article.title);
        rc = rc ? rc : dupd_buf_add_char(&w->out, '\n');
    }
    store_release(&f.op);
    return rc ? cli_problem(w->cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

static int begin_story(struct story_writer *w, const struct store_story *story)
{
    char id[24];
    dupd_buf_clear(&w->out);
    if (!w->cli->settings.json)
        return dupd_buf_addf(&w->out, "\nstory %" PRIu64 ": %u articles of %u outlet%s\n",
                             story->id, story->members, story->outlets,
                             story->outlets == 1 ? "" : "s");
    snprintf(id, sizeof id, "%" PRIu64, story->id);
    json_begin(&w->json, &w->out);
    json_open(&w->json, '{');
    json_key(&w->json, "story");
    json_string(&w->json, dupd_view_of(id));
    json_key(&w->json, "members");
    json_int(&w->json, story->members);
    json_key(&w->json, "outlets");
    json_int(&w->json, story->outlets);
    json_key(&w->json, "articles"); /* the origin first */
    json_open(&w->json, '[');
    return json_status(&w->json);
}

static int put_story(struct story_writer *w, const struct store_story *story)
{
    if (begin_story(w, story))
        return cli_problem(w->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    int status = put_member(w, story->origin, story->origin);
    for (uint32_t i = 0; i < story->member_count && !status; i++) {
        if (story->member[i] != story->origin)
            status = put_member(w, story->member[i], story->origin);
    }
    if (status)
        return status;
    if (w->cli->settings.json) {
        json_close(&w->json, ']');
        json_close(&w->json, '}');
        if (json_status(&w->json) || dupd_buf_add_char(&w->out, '\n'))
            return cli_problem(w->cli, "%s", dupd_error_text(DUPD_ENOMEM));
    }
    fwrite(w->out.ptr, 1, w->out.len, w->cli->out);
    return CLI_OK;
}

int scan_stories(struct cli *cli, struct session *s, struct scan_counts *counts)
{
    struct story_writer w = {.cli = cli, .s = s, .counts = counts};
    struct store_story story = {.op = {.kind = STORE_STORY}};
    int status = CLI_OK;
    do {
        if (session_do(s, &story.op)) {
            status = cli_problem(cli, "%s", store_problem(s->store));
            break;
        }
        if (story.found && story.members > 1) {
            counts->stories++;
            status = put_story(&w, &story);
        }
        story.after = story.id;
    } while (story.found && !status);
    store_release(&story.op);
    if (!status && count_rest(&w))
        status = cli_problem(cli, "%s", dupd_error_text(DUPD_ENOMEM));
    dupd_buf_close(&w.out);
    dupd_buf_close(&w.origin);
    dupd_buf_close(&w.placed);
    return status;
}

static int print_top(struct cli *cli, const char *heading, const struct tally *t)
{
    struct tally_entry top[TOP];
    char n[WORDS_NUMBER_MAX];
    int found = tally_top(t, top, TOP);
    if (found < 0)
        return cli_problem(cli, "%s", dupd_error_text(found));
    if (found)
        fprintf(cli->out, "\n%s\n", heading);
    for (int i = 0; i < found; i++) {
        struct dupd_buf name = {0};
        struct dupd_view shown = top[i].name.len ? top[i].name : DUPD_VIEW("outlet unknown");
        if (term_add(&name, shown, 60) == 0)
            fprintf(cli->out, "  %12s  %.*s\n", words_number(top[i].count, n), (int)name.len,
                    name.ptr);
        dupd_buf_close(&name);
    }
    return CLI_OK;
}

static int put_top(struct json_writer *w, const char *key, const struct tally *t)
{
    struct tally_entry top[TOP];
    int found = tally_top(t, top, TOP);
    json_key(w, key);
    json_open(w, '[');
    for (int i = 0; i < found; i++) {
        json_open(w, '{');
        json_key(w, "source");
        json_string_or_null(w, top[i].name);
        json_key(w, "copies");
        json_int(w, (int64_t)top[i].count);
        json_close(w, '}');
    }
    json_close(w, ']');
    return found < 0 ? found : 0;
}

static int summary_json(struct cli *cli, const struct session *s, const struct scan_counts *c)
{
    struct dupd_buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open(&w, '{');
    json_key(&w, "store");
    json_string(&w, dupd_view_of(s->where));
    json_key(&w, "articles");
    json_int(&w, (int64_t)c->articles);
    json_key(&w, "problems");
    json_int(&w, (int64_t)c->problems);
    json_key(&w, "copies");
    json_int(&w, (int64_t)c->copies);
    json_key(&w, "late_copies");
    json_int(&w, (int64_t)c->late);
    json_key(&w, "stories");
    json_int(&w, (int64_t)c->stories);
    json_key(&w, "verdicts");
    json_open(&w, '{');
    for (int v = 0; v < DUPD_VERDICT_COUNT; v++) {
        json_key(&w, dupd_verdict_name((enum dupd_verdict)v));
        json_int(&w, (int64_t)c->verdict[v]);
    }
    json_close(&w, '}');
    int rc = put_top(&w, "top_origins", &c->origins);
    rc = rc ? rc : put_top(&w, "top_copiers", &c->copiers);
    json_close(&w, '}');
    rc = rc ? rc : json_status(&w);
    if (!rc)
        fprintf(cli->out, "%.*s\n", (int)out.len, out.ptr);
    dupd_buf_close(&out);
    return rc ? cli_problem(cli, "%s", dupd_error_text(rc)) : CLI_OK;
}

int scan_summary(struct cli *cli, const struct session *s, const struct scan_counts *c)
{
    if (cli->settings.json)
        return summary_json(cli, s, c);
    char n[WORDS_NUMBER_MAX], share[WORDS_NUMBER_MAX];
    fprintf(cli->out, "\n%s article%s, ", words_number(c->articles, n),
            c->articles == 1 ? "" : "s");
    fprintf(cli->out, "%s of them cop%s (%s", words_number(c->copies, n),
            c->copies == 1 ? "y" : "ies",
            words_share(c->articles ? (double)c->copies / (double)c->articles : 0, share));
    if (c->late)
        fprintf(cli->out, "; %s found when an earlier article came in after %s",
                words_number(c->late, n), c->late == 1 ? "it" : "them");
    fputs("); ", cli->out);
    fprintf(cli->out, "%s stor%s of two articles and more\n", words_number(c->stories, n),
            c->stories == 1 ? "y" : "ies");
    for (int v = 0; v < DUPD_VERDICT_COUNT; v++)
        fprintf(cli->out, "  %12s  %s\n", words_number(c->verdict[v], n),
                dupd_verdict_name((enum dupd_verdict)v));
    if (c->problems)
        fprintf(cli->out, "  %12s  not readable\n", words_number(c->problems, n));
    int status = print_top(cli, "Copied from most", &c->origins);
    if (!status)
        status = print_top(cli, "Copying most", &c->copiers);
    fprintf(cli->out, "\nStore: %s (kept: a second run continues%s)\n", s->where,
            redis_url_is_one(s->where) ? "" : "; remove it to begin afresh");
    return status;
}

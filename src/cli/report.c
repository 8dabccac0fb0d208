/*
 * report.c: the report that must convince an editor in ten seconds.
 *
 *   the article            what was checked
 *   COPY (rewritten): ...  the verdict, in words
 *   from      outlet, date, title, id
 *   overlap   how much of it stands there, how much of that is not quotation
 *   agency    whose copy it is, and whether that is said
 *   also in   the other matches
 *   passages  side by side
 *
 * Everything that comes from articles passes through term_add.
 */
#include "cli/report.h"

#include <inttypes.h>

#include "cli/passages.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"
#include "dupd/text.h"

#define LABEL_WIDTH 10
#define OTHERS_MAX 5u
#define URL_COLUMNS_MAX 1000u

struct writer {
    struct cli *cli;
    const struct report *r;
    struct dupd_buf line;
    int status; /* sticks */
};

/* Columns of safe text, escape sequences of our own not counted. */
static unsigned columns_of(struct dupd_view text)
{
    unsigned columns = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] == '\x1B') {
            while (at < text.len && text.ptr[at] != 'm')
                at++;
            at += at < text.len;
        } else {
            columns += term_width(dupd_text_next(text, &at));
        }
    }
    return columns;
}

/* What was collected in w->line, wrapped, from column `used` on and then from `margin`; then
 * empties it. */
static void put_wrapped(struct writer *w, unsigned used, unsigned margin)
{
    struct dupd_view rest = dupd_buf_view(&w->line);
    bool first = true;
    while (rest.len) {
        const char *space = memchr(rest.ptr, ' ', rest.len);
        size_t n = space ? (size_t)(space - rest.ptr) : rest.len;
        unsigned columns = columns_of((struct dupd_view){rest.ptr, n});
        if (!first && used + 1 + columns > w->cli->width) {
            fprintf(w->cli->out, "\n%*s", (int)margin, "");
            used = margin;
            first = true;
        }
        fprintf(w->cli->out, "%s%.*s", first ? "" : " ", (int)n, rest.ptr);
        used += columns + !first;
        first = false;
        n += space != NULL;
        rest = (struct dupd_view){rest.ptr + n, rest.len - n};
    }
    fputc('\n', w->cli->out);
    dupd_buf_clear(&w->line);
}

/* The same, behind a label. */
static void put_line(struct writer *w, const char *label)
{
    fprintf(w->cli->out, "  %s%-*s%s", term_begin(w->cli->color, TERM_DIM), LABEL_WIDTH, label,
            term_end(w->cli->color));
    put_wrapped(w, 2 + LABEL_WIDTH, 2 + LABEL_WIDTH);
}

static void add(struct writer *w, int rc)
{
    if (!w->status)
        w->status = rc;
}

static void add_text(struct writer *w, struct dupd_view text)
{
    unsigned room = w->cli->width > 2 + LABEL_WIDTH + 20 ? w->cli->width - 2 - LABEL_WIDTH : 20;
    add(w, term_add(&w->line, text, room - 2));
}

static void add_quoted(struct writer *w, struct dupd_view text)
{
    add(w, dupd_buf_add_char(&w->line, '"'));
    add_text(w, text);
    add(w, dupd_buf_add_char(&w->line, '"'));
}

int report_outlet(const struct dupd_article *a, struct dupd_buf *out)
{
    char time[WORDS_TIME_MAX];
    int rc;
    if (a->source.len)
        rc = term_add(out, a->source, 60);
    else
        rc = dupd_buf_add_str(out, "outlet unknown");
    if (words_time(a->published, time)[0] && !rc)
        rc = dupd_buf_addf(out, ", %s", time);
    return rc;
}

static enum term_style style_of(enum dupd_verdict v)
{
    if (dupd_verdict_is_copy(v))
        return TERM_ALARM;
    return v == DUPD_UNIQUE ? TERM_CALM : TERM_CAUTION;
}

/* "shared_quotes" as a reader would say it. */
static void verdict_words(enum dupd_verdict v, char out[32])
{
    snprintf(out, 32, "%s", dupd_verdict_name(v));
    for (char *p = out; *p; p++)
        *p = *p == '_' ? ' ' : *p;
}

/* What of the shared words is the writers' own prose, and too little for a copy. The verdict's name
 * for it speaks of quotations, which would be no answer to who reads the same sentences below. */
static bool is_too_little(const struct writer *w, const struct match *m)
{
    return w->r->judgement->verdict == DUPD_SHARED_QUOTES && m && !m->facts.same_outlet &&
           (uint64_t)m->overlap.prose * 2 > m->overlap.shared;
}

static void put_head(struct writer *w, const struct match *m)
{
    const struct judgement *j = w->r->judgement;
    const struct dupd_article *a = &w->r->analysis->article;
    FILE *out = w->cli->out;
    char name[32], share[WORDS_NUMBER_MAX];
    add_text(w, dupd_view_of(w->r->name));
    fprintf(out, "%s%.*s%s", term_begin(w->cli->color, TERM_BOLD), (int)w->line.len, w->line.ptr,
            term_end(w->cli->color));
    dupd_buf_clear(&w->line);
    if (a->title.len) {
        add_quoted(w, a->title);
        fprintf(out, ": %.*s", (int)w->line.len, w->line.ptr);
        dupd_buf_clear(&w->line);
    }
    verdict_words(j->verdict, name);
    bool copy = dupd_verdict_is_copy(j->verdict);
    fputc('\n', out);
    add(w,
        dupd_buf_addf(&w->line, "%s%s (%s)%s: %s", term_begin(w->cli->color, style_of(j->verdict)),
                      copy ? "COPY" : "NO COPY", name, term_end(w->cli->color),
                      is_too_little(w, m) ? "what they have in common is too little for a copy"
                                          : dupd_verdict_meaning(j->verdict)));
    if (copy)
        add(w, dupd_buf_addf(&w->line, " [%s likely]", words_share(j->score, share)));
    put_wrapped(w, 0, 2);
}

/* The other article in a few words: outlet and date, or the file if that is all there is. */
static void add_other(struct writer *w, const struct match *m, struct dupd_buf *out)
{
    if (w->r->other && m->record.article.source.len == 0)
        add(w, term_add(out, dupd_view_of(w->r->other), 60));
    else
        add(w, report_outlet(&m->record.article, out));
}

/* Outlet and date of the article itself, to hold against the other's. */
static void put_this(struct writer *w)
{
    const struct dupd_article *a = &w->r->analysis->article;
    if (a->source.len == 0 && a->published.kind == DUPD_TIME_NONE)
        return;
    add(w, report_outlet(a, &w->line));
    put_line(w, "this");
}

/* Outlet and date, title, id and address of the other article. */
static void put_other(struct writer *w, const char *label, const struct match *m)
{
    const struct dupd_article *a = &m->record.article;
    add_other(w, m, &w->line);
    put_line(w, label);
    if (a->title.len) {
        add_quoted(w, a->title);
        put_line(w, "");
    }
    bool made_up = a->id.len > 8 && memcmp(a->id.ptr, "content:", 8) == 0;
    if (a->url.len) { /* in full: a reader opens it */
        add(w, term_add(&w->line, a->url, URL_COLUMNS_MAX));
        put_line(w, "");
    }
    bool nameless = !w->r->other && a->source.len + a->title.len + a->url.len == 0;
    if ((!made_up && !dupd_view_equal(a->url, a->id)) || nameless) {
        add(w, dupd_buf_add_str(&w->line, "id "));
        add_text(w, a->id);
        put_line(w, "");
    }
}

static void put_overlap(struct writer *w, const struct match *m)
{
    const struct dupd_overlap *o = &m->overlap;
    char a[WORDS_NUMBER_MAX], b[WORDS_NUMBER_MAX], c[WORDS_NUMBER_MAX], d[WORDS_NUMBER_MAX];
    if (m->facts.short_text) {
        add(w, dupd_buf_add_str(&w->line, m->facts.same_content
                                              ? "the same words; the texts are short"
                                              : "the texts are short and judged as a whole"));
        put_line(w, "overlap");
        return;
    }
    if (o->shared == 0) {
        add(w, dupd_buf_add_str(&w->line, "no passage of this article stands in it"));
        put_line(w, "overlap");
        return;
    }
    add(w, dupd_buf_addf(&w->line, "%s of this article stands in it (%s of %s words); ",
                         words_share(o->of_a, a), words_number(o->shared, b),
                         words_number(o->words_a, c)));
    if (o->quoted == 0)
        add(w, dupd_buf_add_str(&w->line, "none of that is quotation"));
    else if (o->prose == 0)
        add(w, dupd_buf_add_str(&w->line, "all of that is quotation"));
    else
        add(w, dupd_buf_addf(&w->line, "%s of that is outside quotations",
                             words_share(o->shared ? (double)o->prose / o->shared : 0, d)));
    put_line(w, "overlap");
    add(w, dupd_buf_addf(&w->line, "%s of the other was used; ", words_share(o->of_b, a)));
    if (o->rewriting > 0)
        add(w, dupd_buf_addf(&w->line, "%s of the matching words replaced; ",
                             words_share(o->rewriting, b)));
    add(w, dupd_buf_addf(&w->line, "longest equal run %s words", words_number(o->longest_run, c)));
    put_line(w, "");
}

static bool is_enough(const struct dupd_thresholds *t, const struct dupd_overlap *o)
{
    struct dupd_evidence evidence[DUPD_EVIDENCE_COUNT];
    dupd_evidence(t, o, evidence);
    for (unsigned i = 0; i < DUPD_EVIDENCE_COUNT; i++) {
        if (evidence[i].ratio >= 1)
            return true;
    }
    return false;
}

/* Why an overlap is no copy, in words: what counts of it, and what a copy takes. */
static void put_why_not(struct writer *w, const struct match *m)
{
    const struct dupd_overlap *o = &m->overlap;
    const struct dupd_thresholds *t = &w->cli->settings.thresholds;
    if (dupd_verdict_is_copy(m->ruling.verdict) || m->facts.short_text || o->shared == 0)
        return;
    if (m->ruling.verdict == DUPD_UPDATE) {
        add(w, dupd_buf_add_str(&w->line, "both are the same outlet's"));
    } else if (is_enough(t, o)) {
        add(w, dupd_buf_add_str(&w->line, "both are the same outlet's, under different headlines: "
                                          "text that it prints on many pages"));
    } else if (o->prose == 0) {
        add(w, dupd_buf_add_str(&w->line, "quotations in common are no copy"));
    } else {
        char n[WORDS_NUMBER_MAX], have[WORDS_NUMBER_MAX], words[WORDS_NUMBER_MAX];
        char many[WORDS_NUMBER_MAX], few[WORDS_NUMBER_MAX];
        uint32_t shorter = o->words_a < o->words_b ? o->words_a : o->words_b;
        double share = shorter ? (double)o->prose / shorter : 0;
        add(w, dupd_buf_addf(&w->line,
                             "%s shared word%s outside quotations, %s of the shorter text; a copy "
                             "shares %s and %s words, or %s",
                             words_number(o->prose, n), o->prose == 1 ? "" : "s",
                             words_share(share, have), words_share(t->min_containment, many),
                             words_number((uint64_t)t->min_prose_words, words),
                             words_share(t->short_containment, few)));
    }
    put_line(w, "no copy");
}

static void put_agency(struct writer *w)
{
    const struct judgement *j = w->r->judgement;
    if (j->agency.len == 0)
        return;
    add_text(w, j->agency);
    if (j->agency_text.len) {
        add(w, dupd_buf_addf(&w->line, " (%s ", dupd_credit_name(j->agency_how)));
        add_quoted(w, j->agency_text);
        add(w, dupd_buf_add_char(&w->line, ')'));
    }
    if (j->credited == 1)
        add(w, dupd_buf_add_str(&w->line, ": credited here"));
    else if (j->credited == 0)
        add(w, dupd_buf_addf(&w->line, ": %sNOT CREDITED here%s",
                             term_begin(w->cli->color, TERM_ALARM), term_end(w->cli->color)));
    put_line(w, "agency");
}

/* The other matches of one direction, a line each. */
static void put_others(struct writer *w, const struct match *shown, enum match_direction direction,
                       const char *label)
{
    const struct judgement *j = w->r->judgement;
    unsigned written = 0, left = 0;
    for (unsigned i = 0; i < j->match_count; i++) {
        const struct match *m = j->match[i];
        if (m == shown || m->direction != direction)
            continue;
        if (written == OTHERS_MAX) {
            left++;
            continue;
        }
        char name[32], share[WORDS_NUMBER_MAX];
        verdict_words(m->ruling.verdict, name);
        add(w, report_outlet(&m->record.article, &w->line));
        add(w, dupd_buf_addf(&w->line, ": %s, %s of this article; ", name,
                             words_share(m->overlap.of_a, share)));
        add(w, term_add(&w->line, m->record.article.id, 60));
        put_line(w, written++ ? "" : label);
    }
    if (left) {
        add(w, dupd_buf_addf(&w->line, "and %u more", left));
        put_line(w, "");
    }
}

static void put_passages(struct writer *w, const struct match *m)
{
    const struct report *r = w->r;
    struct dupd_buf other = {0};
    add_other(w, m, &other);
    add(w, dupd_buf_add_char(&other, '\0'));
    if (w->status == 0) {
        struct passages p = {.text_a = r->analysis->article.text,
                             .text_b = m->record.article.text,
                             .tokens_a = &r->analysis->tokens,
                             .tokens_b = &m->tokens,
                             .overlap = &m->overlap,
                             .title_a = "this article",
                             .title_b = other.ptr};
        add(w, m->overlap.passage_count ? passages_print(w->cli, &p)
                                        : passages_print_heads(w->cli, &p));
        const char *how = w->cli->color ? "in colour" : "in [brackets]";
        bool replaced = false;
        for (uint32_t i = 0; i < m->overlap.passage_count; i++)
            replaced = replaced || m->overlap.passage[i].replaced > 0;
        if (replaced)
            fprintf(w->cli->out, "\n  Words that differ are %s.\n", how);
    }
    dupd_buf_close(&other);
}

/* The store counts its articles in all; those that an article is compared with are in the window
 * and of its collection. */
static void put_tail(struct writer *w)
{
    const struct report_against *against = &w->r->against;
    struct dupd_view collection = w->r->analysis->article.collection;
    char count[WORDS_NUMBER_MAX];
    add(w, dupd_buf_add_str(&w->line, "Compared with "));
    if (against->articles) {
        add(w, dupd_buf_add_str(&w->line, "the articles"));
        if (against->window[0])
            add(w, dupd_buf_addf(&w->line, " of the last %s", against->window));
        if (!dupd_view_equal(collection, DUPD_VIEW("default"))) {
            add(w, dupd_buf_add_str(&w->line, " of collection "));
            add_text(w, collection);
        }
        add(w, dupd_buf_add_str(&w->line, " in "));
    }
    add_text(w, dupd_view_of(against->where));
    if (against->articles)
        add(w, dupd_buf_addf(&w->line, ", which holds %s in all",
                             words_number(against->articles, count)));
    fputs("\n  ", w->cli->out);
    put_wrapped(w, 2, 2);
}

/* The article that matters: the origin, else the best match; when two files are compared, the other
 * one, whatever they have in common. */
static const struct match *main_match(const struct report *r)
{
    const struct judgement *j = r->judgement;
    if (j->origin)
        return j->origin;
    if (j->match_count)
        return j->match[0];
    return r->other && j->considered_count ? j->considered[0] : NULL;
}

/* What that article is to this one. */
static const char *label_of(const struct judgement *j, const struct match *m)
{
    if (m->direction == MATCH_TO)
        return dupd_verdict_is_copy(m->ruling.verdict) ? "copied by" : "later";
    return dupd_verdict_is_copy(j->verdict) ? "from" : "nearest";
}

int report_print(struct cli *cli, const struct report *r)
{
    const struct judgement *j = r->judgement;
    struct writer w = {.cli = cli, .r = r};
    const struct match *m = main_match(r);
    put_head(&w, m);
    if (m || j->agency.len || j->furniture_words)
        fputc('\n', cli->out);
    if (m) {
        put_this(&w);
        put_other(&w, label_of(j, m), m);
        put_overlap(&w, m);
        put_why_not(&w, m);
    }
    put_agency(&w);
    put_others(&w, m, MATCH_FROM, "also in");
    put_others(&w, m, MATCH_TO, "later");
    if (j->furniture_words) {
        char count[WORDS_NUMBER_MAX];
        add(&w,
            dupd_buf_addf(&w.line, "%s word%s of site furniture do%s not count",
                          words_number(j->furniture_words, count),
                          j->furniture_words == 1 ? "" : "s", j->furniture_words == 1 ? "es" : ""));
        put_line(&w, "furniture");
    }
    if (m)
        put_passages(&w, m);
    put_tail(&w);
    dupd_buf_close(&w.line);
    return w.status ? cli_problem(cli, "%s", dupd_error_text(w.status)) : CLI_OK;
}

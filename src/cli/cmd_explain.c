/*
 * cmd_explain.c: `dupd explain A B`: every number, the rule that decided, and why the others did
 * not. A and B are files, or ids of the store where there is no such file.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "cli/feed.h"
#include "cli/lookup.h"
#include "cli/pair.h"
#include "cli/term.h"
#include "cli/words.h"
#include "dupd/error.h"

#define LABEL 30

struct explain {
    struct cli *cli;
    struct session session;
    bool open;  /* the store, opened only if an id is asked for */
    bool begun; /* something was printed */
    struct pair pair;
};

/* An article of the store, analysed again. */
static int read_id(struct explain *e, const char *id, struct analysis *out)
{
    struct store_fetch fetch;
    if (!e->open) {
        session_close(e->cli, &e->session);
        int status = session_open(e->cli, &e->session, SESSION_READ, NULL);
        if (status)
            return status;
        e->open = true;
    }
    int status = lookup_fetch(e->cli, &e->session, id, &fetch);
    if (status)
        return status;
    int rc =
        analysis_make(out, &fetch.record.article, e->session.agencies, &e->session.options, false);
    store_release(&fetch.op);
    return rc ? cli_problem(e->cli, "%s: %s", id, dupd_error_text(rc)) : CLI_OK;
}

static int read_operand(struct explain *e, const char *operand, struct analysis *out)
{
    if (strcmp(operand, "-") == 0 || access(operand, F_OK) == 0)
        return feed_read_one(e->cli, &e->session, operand, out);
    return read_id(e, operand, out);
}

__attribute__((format(printf, 3, 4))) static void row(struct explain *e, const char *label,
                                                      const char *format, ...)
{
    va_list args;
    fprintf(e->cli->out, "  %-*s ", LABEL, label);
    va_start(args, format);
    vfprintf(e->cli->out, format, args);
    va_end(args);
    fputc('\n', e->cli->out);
}

static void heading(struct explain *e, const char *text)
{
    fprintf(e->cli->out, "%s%s%s%s\n", e->begun ? "\n" : "", term_begin(e->cli->color, TERM_BOLD),
            text, term_end(e->cli->color));
    e->begun = true;
}

static void text_row(struct explain *e, const char *label, struct dupd_view value)
{
    struct dupd_buf safe = {0};
    if (value.len && term_add(&safe, value, 100) == 0)
        row(e, label, "%.*s", (int)safe.len, safe.ptr);
    dupd_buf_close(&safe);
}

static void put_article(struct explain *e, const char *name, const struct analysis *a)
{
    char time[WORDS_TIME_MAX];
    heading(e, name);
    text_row(e, "id", a->article.id);
    text_row(e, "outlet", a->article.source);
    text_row(e, "title", a->article.title);
    text_row(e, "published", dupd_view_of(words_time(a->article.published, time)));
    row(e, "words", "%" PRIu32 "%s", a->words, a->short_text ? " (short: judged as a whole)" : "");
    row(e, "in quotation marks", "%" PRIu32, (a->tokens.quoted_weight + 1) / DUPD_WORD_WEIGHT);
    row(e, "paragraphs", "%" PRIu32, a->tokens.paragraph_count);
    row(e, "content hash", "%016" PRIx64 "%016" PRIx64, a->tokens.content_hash.high,
        a->tokens.content_hash.low);
    row(e, "simhash", "%016" PRIx64, a->simhash);
    row(e, "sketch", "%" PRIu32 " block%s, %" PRIu32 " hashes", a->sketch.block_count,
        a->sketch.block_count == 1 ? "" : "s", a->sketch.hash_count);
    for (unsigned i = 0; i < a->credit_count; i++) {
        text_row(e, "agency",
                 dupd_view_of(dupd_agency_name(e->session.agencies, a->credit[i].agency)));
        row(e, "  named by its", "%s", dupd_credit_name(a->credit[i].how));
        text_row(e, "  in the words", a->credit[i].text);
    }
}

static bool posted(const struct dupd_sketch *s, uint64_t hash)
{
    for (uint32_t b = 0; b < s->block_count; b++) {
        const struct dupd_sketch_block *block = &s->block[b];
        uint32_t k = block->count < block->k ? block->count : block->k;
        for (uint32_t i = 0; i < k; i++) {
            if (s->hash[block->first + i] == hash)
                return true;
        }
    }
    return false;
}

/* What the index would say, were nothing else in it: the best block of a against b. */
static void put_index(struct explain *e)
{
    const struct pair *p = &e->pair;
    const struct dupd_sketch *a = &p->a.sketch;
    uint32_t best = 0, of = 0;
    for (uint32_t b = 0; b < a->block_count; b++) {
        const struct dupd_sketch_block *block = &a->block[b];
        uint32_t k = block->count < block->k ? block->count : block->k, shared = 0;
        for (uint32_t i = 0; i < k; i++)
            shared += posted(&p->b.sketch, a->hash[block->first + i]);
        if (of == 0 || (uint64_t)shared * of > (uint64_t)best * k) {
            best = shared;
            of = k;
        }
    }
    const struct engine_options *o = &e->session.options;
    double estimate = of ? (double)best / of : 0;
    bool same = p->match.facts.same_content;
    heading(e, "Index");
    row(e, "postings in common", "%" PRIu32 " of %" PRIu32 " (a candidate has %u)", best, of,
        o->min_shared);
    row(e, "estimated containment", "%.2f (read from %.2f on)", estimate, o->min_estimate);
    row(e, "simhash distance", "%u of 64", p->match.facts.simhash_distance);
    row(e, "would be found", "%s",
        same                                   ? "yes: same content"
        : engine_is_worth_reading(o, best, of) ? "yes"
                                               : "no, by its sketch");
}

static void put_overlap(struct explain *e)
{
    const struct dupd_overlap *o = &e->pair.match.overlap;
    const struct dupd_facts *f = &e->pair.match.facts;
    heading(e, "Overlap");
    row(e, "words of A, of B", "%" PRIu32 ", %" PRIu32, o->words_a, o->words_b);
    row(e, "outside quotations", "%" PRIu32 ", %" PRIu32, o->prose_a, o->prose_b);
    row(e, "furniture", "%" PRIu32 ", %" PRIu32 " (does not count)", o->furniture_a,
        o->furniture_b);
    row(e, "shared words", "%" PRIu32 ": %.2f of A, %.2f of B", o->shared, o->of_a, o->of_b);
    row(e, "of these prose, quoted", "%" PRIu32 ", %" PRIu32, o->prose, o->quoted);
    row(e, "resemblance of shingles", "%.2f", o->resemblance);
    row(e, "containment of shingles", "%.2f of A, %.2f of B", o->shingles_of_a, o->shingles_of_b);
    row(e, "inside passages", "%.2f of A, %.2f of B", o->span_a, o->span_b);
    row(e, "replaced words", "%.2f", o->rewriting);
    row(e, "numbers in passages", "%" PRIu32 ", %" PRIu32 " of them the same", o->numbers,
        o->numbers_kept);
    row(e, "longest equal run", "%" PRIu32 " words, %" PRIu32 " of them prose", o->longest_run,
        o->longest_prose_run);
    row(e, "quoted from the other's prose", "%" PRIu32 " words", o->lifted);
    row(e, "head that is shared", "%.2f of A, %.2f of B", o->head_a, o->head_b);
    row(e, "passages", "%" PRIu32, o->passage_count);
    row(e, "title words in common", "%.2f", f->title_share);
    row(e, "same outlet", "%s", f->same_outlet ? "yes" : "no");
    row(e, "same content", "%s", f->same_content ? "yes" : "no");
}

static void put_rules(struct explain *e)
{
    const struct dupd_facts *f = &e->pair.match.facts;
    const struct dupd_ruling *r = &e->pair.match.ruling;
    heading(e, "Rules: what there is, as a share of what each asks; 1 is enough");
    if (f->same_content || f->short_text) {
        row(e, "none is asked", "%s",
            f->same_content ? "the words are the same" : "a text is too short");
    } else {
        struct dupd_evidence evidence[DUPD_EVIDENCE_COUNT];
        dupd_evidence(&e->session.options.thresholds, f->overlap, evidence);
        for (unsigned i = 0; i < DUPD_EVIDENCE_COUNT; i++)
            row(e, evidence[i].ratio >= 1 ? "met" : "not met", "%5.2f  %s", evidence[i].ratio,
                evidence[i].rule);
    }
    heading(e, "Verdict: A against B");
    row(e, dupd_verdict_name(r->verdict), "%s", dupd_verdict_meaning(r->verdict));
    row(e, "rule", "%s", r->rule);
    row(e, "probability of a copy", "%.2f", r->score);
    const struct dupd_time a = e->pair.a.article.published, b = e->pair.b.article.published;
    if (a.kind && b.kind && a.seconds < b.seconds)
        row(e, "order", "A is dated earlier; a store would judge B against A: explain B A");
    heading(e, "Thresholds in force");
    const struct dupd_thresholds *t = &e->session.options.thresholds;
#define THRESHOLD_LINE(name, value, text) row(e, #name, "%-6.4g %s", t->name, text);
    DUPD_THRESHOLDS(THRESHOLD_LINE)
#undef THRESHOLD_LINE
}

static int explain(struct explain *e)
{
    struct cli *cli = e->cli;
    int status = read_operand(e, cli->operands[0], &e->pair.a);
    int other = read_operand(e, cli->operands[1], &e->pair.b);
    status = status ? status : other;
    if (!status)
        status = pair_judge(cli, &e->session, &e->pair);
    if (status)
        return status;
    const struct judgement *j = &e->pair.judgement;
    if (cli->settings.json) {
        fprintf(cli->out, "%.*s\n", (int)j->json.len, j->json.ptr);
        return CLI_OK;
    }
    put_article(e, "A", &e->pair.a);
    put_article(e, "B", &e->pair.b);
    put_index(e);
    put_overlap(e);
    put_rules(e);
    return CLI_OK;
}

int command_explain(struct cli *cli)
{
    struct explain e = {.cli = cli};
    pair_init(&e.pair);
    int status = session_open(cli, &e.session, SESSION_BARE, NULL);
    if (!status)
        status = explain(&e);
    pair_close(&e.pair);
    int closed = session_close(cli, &e.session);
    return closed ? closed : status;
}

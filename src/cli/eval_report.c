/*
 * eval_report.c: the scores of a run, for people and as JSON.
 *
 * Everything is computed here from the set; the two forms say the same. Fails only for lack of
 * memory.
 */
#include "cli/eval_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/eval_cluster.h"
#include "dupd/error.h"
#include "engine/json_write.h"

struct label_count {
    const char *label;
    enum eval_class class;
    uint32_t pairs, found, absent;
};

#define LABELS_MAX 32

static bool is_present(const struct eval_set *s, const struct eval_pair *p)
{
    return s->article[p->a].present && s->article[p->b].present;
}

static bool is_mistake(const struct eval_pair *p)
{
    return (p->class == EVAL_POSITIVE && !p->found) || (p->class == EVAL_NEGATIVE && p->found);
}

/* Counts for each label, in order of class, then of first appearance. Labels beyond the room share
 * the last row. */
static unsigned count_labels(const struct eval_set *s, struct label_count out[LABELS_MAX])
{
    unsigned n = 0;
    for (enum eval_class class = EVAL_POSITIVE; class <= EVAL_APART; class ++)
        for (uint32_t i = 0; i < s->pair_count; i++) {
            const struct eval_pair *p = &s->pair[i];
            unsigned at = 0;
            if (p->class != class)
                continue;
            while (at < n && strcmp(out[at].label, p->label) != 0)
                at++;
            if (at == n && n < LABELS_MAX)
                out[n++] = (struct label_count){.label = p->label, .class = class};
            struct label_count *l = &out[at < n ? at : n - 1];
            bool present = is_present(s, p);
            l->pairs += present;
            l->found += present && p->found;
            l->absent += !present;
        }
    return n;
}

static const char *class_text(enum eval_class class)
{
    switch (class) {
    case EVAL_POSITIVE:
        return "to be found";
    case EVAL_NEGATIVE:
        return "never to be found";
    default:
        return "scored apart";
    }
}

static const char *verdict_of(const struct eval_pair *p, bool pairwise)
{
    if (pairwise)
        return dupd_verdict_name(p->pairwise.verdict);
    return p->match != DUPD_UNIQUE ? dupd_verdict_name(p->match)
           : p->same_story         ? "same story"
                                   : "not named";
}

static int text_labels(const struct eval_set *s, struct dupd_buf *out)
{
    struct label_count label[LABELS_MAX];
    unsigned n = count_labels(s, label);
    int rc = dupd_buf_addf(out, "%-26s %6s %6s  %s\n", "label", "pairs", "found", "");
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = dupd_buf_addf(out, "%-26s %6" PRIu32 " %6" PRIu32 "  %s", label[i].label,
                           label[i].pairs, label[i].found, class_text(label[i].class));
        if (!rc && label[i].absent)
            rc = dupd_buf_addf(out, "; %" PRIu32 " left out, an article is missing",
                               label[i].absent);
        if (!rc)
            rc = dupd_buf_add_char(out, '\n');
    }
    return rc;
}

static int text_score(const char *name, struct eval_score r, struct dupd_buf *out)
{
    return dupd_buf_addf(out,
                         "%-10s precision %.3f  recall %.3f  F1 %.3f   (%" PRIu32 " right, %" PRIu32
                         " wrong, %" PRIu32 " missed)\n",
                         name, r.precision, r.recall, r.f1, r.true_positives, r.false_positives,
                         r.false_negatives);
}

static int text_sweep(const struct eval_set *s, struct dupd_buf *out)
{
    int rc = dupd_buf_add_str(out, "\nthe two texts alone, by score\n");
    for (int i = 1; i <= 9 && !rc; i++) {
        double threshold = i / 10.0;
        char name[16];
        snprintf(name, sizeof name, ">= %.1f", threshold);
        rc = text_score(name, eval_set_score(s, &threshold), out);
    }
    return rc;
}

static int text_mistake(const struct eval_set *s, const struct eval_pair *p, bool pairwise,
                        struct dupd_buf *out)
{
    const struct dupd_overlap *o = &p->figures;
    return dupd_buf_addf(out,
                         "%s  %s  %s + %s\n    verdict %s; texts alone: %s, score %.2f (%s)\n"
                         "    %" PRIu32 " and %" PRIu32 " words; shared %" PRIu32 ", prose %" PRIu32
                         "; containment %.2f and %.2f; rewriting %.2f; longest run %" PRIu32 "\n",
                         p->class == EVAL_POSITIVE ? "missed" : "wrong ", p->label,
                         s->article[p->a].id, s->article[p->b].id, verdict_of(p, pairwise),
                         dupd_verdict_name(p->pairwise.verdict), p->pairwise.score,
                         p->pairwise.rule ? p->pairwise.rule : "", o->words_a, o->words_b,
                         o->shared, o->prose, o->of_a, o->of_b, o->rewriting, o->longest_run);
}

static int text_reliability(const struct eval_set *s, struct dupd_buf *out)
{
    struct eval_bin bin[EVAL_BINS];
    eval_set_reliability(s, bin);
    int rc = dupd_buf_addf(out, "\nthe score as a probability\n%-12s %6s %10s %9s\n", "score",
                           "pairs", "mean score", "are copies");
    for (int i = 0; i < EVAL_BINS && !rc; i++)
        if (bin[i].pairs)
            rc = dupd_buf_addf(out, "%.1f to %.1f   %6" PRIu32 " %10.2f %9.2f\n", i / 10.0,
                               (i + 1) / 10.0, bin[i].pairs, bin[i].mean,
                               (double)bin[i].positive / bin[i].pairs);
    return rc;
}

static int text_clusters(const struct eval_set *s, struct dupd_buf *out)
{
    struct eval_clusters c;
    int rc = eval_cluster_score(s, &c);
    return rc ? rc
              : dupd_buf_addf(
                    out,
                    "clusters   ARI %.3f  precision %.3f  recall %.3f  F1 %.3f   (%" PRIu32
                    " articles, %" PRIu32 " clusters, %" PRIu32 " stories)\n",
                    c.ari, c.precision, c.recall, c.f1, c.articles, c.clusters, c.stories);
}

int eval_report_text(const struct eval_run *run, bool pairwise, struct dupd_buf *out)
{
    const struct eval_set *s = run->set;
    uint32_t mistakes = 0;
    int rc = text_score(pairwise ? "pairwise" : "dupd", eval_set_score(s, NULL), out);
    if (!rc && !pairwise && s->labelled)
        rc = text_clusters(s, out);
    if (!rc && !pairwise)
        rc = dupd_buf_addf(out, "%" PRIu64 " articles, %" PRIu64 " verdicts are copies\n",
                           run->articles, run->copies);
    if (!rc)
        rc = dupd_buf_add_char(out, '\n');
    if (!rc)
        rc = text_labels(s, out);
    if (!rc)
        rc = text_sweep(s, out);
    if (!rc)
        rc = text_reliability(s, out);
    for (uint32_t i = 0; i < s->pair_count && !rc; i++) {
        const struct eval_pair *p = &s->pair[i];
        if (!is_present(s, p) || !is_mistake(p))
            continue;
        if (mistakes++ == 0)
            rc = dupd_buf_add_str(out, "\nmistakes\n");
        if (!rc)
            rc = text_mistake(s, p, pairwise, out);
    }
    return rc;
}

static void put_real(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_real(w, v);
}

static void put_int(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_int(w, v);
}

static void json_score(struct json_writer *w, struct eval_score r)
{
    put_real(w, "precision", r.precision);
    put_real(w, "recall", r.recall);
    put_real(w, "f1", r.f1);
}

static void json_labels(struct json_writer *w, const struct eval_set *s)
{
    struct label_count label[LABELS_MAX];
    unsigned n = count_labels(s, label);
    json_key(w, "labels");
    json_open(w, '{');
    for (unsigned i = 0; i < n; i++) {
        json_key(w, label[i].label);
        json_open(w, '{');
        json_key(w, "class");
        json_string(w, dupd_view_of(label[i].class == EVAL_POSITIVE   ? "positive"
                                    : label[i].class == EVAL_NEGATIVE ? "negative"
                                                                      : "apart"));
        put_int(w, "pairs", label[i].pairs);
        put_int(w, "found", label[i].found);
        put_int(w, "absent", label[i].absent);
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void json_sweep(struct json_writer *w, const struct eval_set *s)
{
    json_key(w, "sweep");
    json_open(w, '[');
    for (int i = 1; i <= 9; i++) {
        double threshold = i / 10.0;
        json_open(w, '{');
        put_real(w, "score", threshold);
        json_score(w, eval_set_score(s, &threshold));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void json_reliability(struct json_writer *w, const struct eval_set *s)
{
    struct eval_bin bin[EVAL_BINS];
    eval_set_reliability(s, bin);
    json_key(w, "reliability");
    json_open(w, '[');
    for (int i = 0; i < EVAL_BINS; i++) {
        json_open(w, '{');
        put_real(w, "from", i / 10.0);
        put_int(w, "pairs", bin[i].pairs);
        put_int(w, "positive", bin[i].positive);
        put_real(w, "mean_score", bin[i].mean);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static int json_clusters(struct json_writer *w, const struct eval_set *s)
{
    struct eval_clusters c;
    int rc = eval_cluster_score(s, &c);
    json_key(w, "clusters");
    json_open(w, '{');
    put_int(w, "articles", c.articles);
    put_int(w, "clusters", c.clusters);
    put_int(w, "stories", c.stories);
    put_real(w, "ari", c.ari);
    put_real(w, "precision", c.precision);
    put_real(w, "recall", c.recall);
    put_real(w, "f1", c.f1);
    json_close(w, '}');
    return rc;
}

static void json_mistake(struct json_writer *w, const struct eval_set *s, const struct eval_pair *p,
                         bool pairwise)
{
    const struct {
        const char *key;
        double value;
    } figures[] = {
        {"score", p->pairwise.score},       {"words_a", p->figures.words_a},
        {"words_b", p->figures.words_b},    {"shared_words", p->figures.shared},
        {"prose_words", p->figures.prose},  {"containment_a", p->figures.of_a},
        {"containment_b", p->figures.of_b}, {"rewriting", p->figures.rewriting},
        {"numbers", p->figures.numbers},    {"numbers_kept", p->figures.numbers_kept},
    };
    json_open(w, '{');
    json_key(w, "a");
    json_string(w, dupd_view_of(s->article[p->a].id));
    json_key(w, "b");
    json_string(w, dupd_view_of(s->article[p->b].id));
    json_key(w, "label");
    json_string(w, dupd_view_of(p->label));
    json_key(w, "found");
    json_bool(w, p->found);
    json_key(w, "verdict");
    json_string(w, dupd_view_of(verdict_of(p, pairwise)));
    json_key(w, "rule");
    json_string_or_null(w, dupd_view_of(p->pairwise.rule));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        json_key(w, figures[i].key);
        json_real(w, figures[i].value);
    }
    json_close(w, '}');
}

int eval_report_json(const struct eval_run *run, bool pairwise, struct dupd_buf *out)
{
    const struct eval_set *s = run->set;
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    json_score(&w, eval_set_score(s, NULL));
    json_key(&w, "pairwise");
    json_bool(&w, pairwise);
    json_key(&w, "articles");
    json_int(&w, (int64_t)run->articles);
    json_key(&w, "copies");
    json_int(&w, (int64_t)run->copies);
    json_labels(&w, s);
    json_sweep(&w, s);
    json_reliability(&w, s);
    if (s->labelled && !pairwise && json_clusters(&w, s))
        return DUPD_ENOMEM;
    json_key(&w, "mistakes");
    json_open(&w, '[');
    for (uint32_t i = 0; i < s->pair_count; i++)
        if (is_present(s, &s->pair[i]) && is_mistake(&s->pair[i]))
            json_mistake(&w, s, &s->pair[i], pairwise);
    json_close(&w, ']');
    json_close(&w, '}');
    return json_status(&w);
}

/*
 * eval_set.c: reads labelled pairs, keeps what happened to them, adds up.
 *
 * Happy path: a line at a time; ids are interned so that a pair is two numbers. Failure modes: a
 * line that is no pair (said, with its line), no memory.
 */
#include "cli/eval_set.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "input/json_read.h"

void eval_set_init(struct eval_set *s)
{
    *s = (struct eval_set){0};
}

void eval_set_close(struct eval_set *s)
{
    for (uint32_t i = 0; i < s->article_count; i++)
        free(s->article[i].id);
    free(s->article);
    free(s->pair);
    free(s->slot);
    *s = (struct eval_set){0};
}

static uint32_t *slot_of(const struct eval_set *s, struct dupd_view id)
{
    uint32_t at = (uint32_t)XXH3_64bits(id.ptr, id.len) & s->slot_mask;
    while (s->slot[at] != UINT32_MAX &&
           !dupd_view_equal(dupd_view_of(s->article[s->slot[at]].id), id))
        at = (at + 1) & s->slot_mask;
    return &s->slot[at];
}

uint32_t eval_set_find(const struct eval_set *s, struct dupd_view id)
{
    return s->slot ? *slot_of(s, id) : UINT32_MAX;
}

static int grow_articles(struct eval_set *s)
{
    uint32_t cap = s->article_cap ? s->article_cap * 2 : 64;
    struct eval_article *a = realloc(s->article, cap * sizeof *a);
    if (!a)
        return DUPD_ENOMEM;
    s->article = a;
    uint32_t *slot = malloc(4 * (size_t)cap * sizeof *slot);
    if (!slot)
        return DUPD_ENOMEM;
    memset(slot, 0xFF, 4 * (size_t)cap * sizeof *slot);
    free(s->slot);
    s->slot = slot;
    s->slot_mask = 4 * cap - 1;
    s->article_cap = cap;
    for (uint32_t i = 0; i < s->article_count; i++)
        *slot_of(s, dupd_view_of(a[i].id)) = i;
    return DUPD_OK;
}

int eval_set_intern(struct eval_set *s, struct dupd_view id, uint32_t *out)
{
    if (s->article_count == s->article_cap && grow_articles(s))
        return DUPD_ENOMEM;
    uint32_t *slot = slot_of(s, id);
    if (*slot == UINT32_MAX) {
        char *copy = malloc(id.len + 1);
        if (!copy)
            return DUPD_ENOMEM;
        memcpy(copy, id.ptr, id.len);
        copy[id.len] = '\0';
        *slot = s->article_count;
        s->article[s->article_count++] = (struct eval_article){.id = copy, .verdict = DUPD_UNIQUE};
    }
    *out = *slot;
    return DUPD_OK;
}

static enum eval_class class_of(const char *label)
{
#define LABEL_CLASS(text, class)                                                                   \
    if (strcmp(label, text) == 0)                                                                  \
        return class;
    EVAL_LABELS(LABEL_CLASS)
#undef LABEL_CLASS
    return EVAL_APART;
}

/* Fields of a pair, decoded. */
struct fields {
    struct dupd_buf a, b, label;
};

static int read_fields(struct fields *f, struct dupd_view line, const char **problem)
{
    struct json_reader r;
    struct json_value key, value;
    int more;
    json_start(&r, line);
    *problem = "not a JSON object";
    if (!json_read_object(&r))
        return DUPD_ESYNTAX;
    while ((more = json_read_member(&r, &key, &value)) == 1) {
        struct dupd_buf *to = json_string_is(&key, DUPD_VIEW("a"))       ? &f->a
                              : json_string_is(&key, DUPD_VIEW("b"))     ? &f->b
                              : json_string_is(&key, DUPD_VIEW("label")) ? &f->label
                                                                         : NULL;
        if (!to)
            continue;
        *problem = "a, b and label must be strings";
        if (value.kind != JSON_STRING)
            return DUPD_ETYPE;
        dupd_buf_clear(to);
        if (json_read_string(&value, to))
            return DUPD_ENOMEM;
    }
    *problem = "malformed JSON";
    if (more < 0 || json_end(&r))
        return DUPD_ESYNTAX;
    *problem = "a pair needs a, b and label";
    return f->a.len && f->b.len && f->label.len ? DUPD_OK : DUPD_ESYNTAX;
}

static int add_pair(struct eval_set *s, const struct fields *f, const char **problem)
{
    struct eval_pair p = {.match = DUPD_UNIQUE};
    *problem = "the label is too long";
    if (f->label.len >= EVAL_LABEL_MAX)
        return DUPD_ESYNTAX;
    memcpy(p.label, f->label.ptr, f->label.len);
    p.class = class_of(p.label);
    *problem = "a and b are the same article";
    if (dupd_view_equal(dupd_buf_view(&f->a), dupd_buf_view(&f->b)))
        return DUPD_ESYNTAX;
    *problem = "out of memory";
    if (eval_set_intern(s, dupd_buf_view(&f->a), &p.a) ||
        eval_set_intern(s, dupd_buf_view(&f->b), &p.b))
        return DUPD_ENOMEM;
    if (s->pair_count == s->pair_cap) {
        uint32_t cap = s->pair_cap ? s->pair_cap * 2 : 64;
        struct eval_pair *grown = realloc(s->pair, cap * sizeof *grown);
        if (!grown)
            return DUPD_ENOMEM;
        s->pair = grown;
        s->pair_cap = cap;
    }
    s->pair[s->pair_count++] = p;
    return DUPD_OK;
}

int eval_set_add_line(struct eval_set *s, struct dupd_view line, const char **problem)
{
    struct fields f = {0};
    int rc = read_fields(&f, line, problem);
    if (!rc)
        rc = add_pair(s, &f, problem);
    dupd_buf_close(&f.a);
    dupd_buf_close(&f.b);
    dupd_buf_close(&f.label);
    return rc;
}

void eval_set_name(struct eval_set *s, uint32_t a, uint32_t b, enum dupd_verdict verdict)
{
    for (uint32_t i = 0; i < s->pair_count; i++) {
        struct eval_pair *p = &s->pair[i];
        if (((p->a == a && p->b == b) || (p->a == b && p->b == a)) && verdict < p->match)
            p->match = verdict;
    }
}

double eval_pair_strength(const struct eval_pair *p)
{
    return p->pairwise.verdict == DUPD_UPDATE ? 1 - p->pairwise.score : p->pairwise.score;
}

static double rate(uint32_t part, uint32_t missed)
{
    return part + missed ? (double)part / (part + missed) : 1;
}

struct eval_score eval_set_score(const struct eval_set *s, const double *threshold)
{
    struct eval_score r = {0};
    for (uint32_t i = 0; i < s->pair_count; i++) {
        const struct eval_pair *p = &s->pair[i];
        if (!s->article[p->a].present || !s->article[p->b].present)
            continue;
        bool found = threshold ? eval_pair_strength(p) >= *threshold : p->found;
        r.true_positives += p->class == EVAL_POSITIVE && found;
        r.false_negatives += p->class == EVAL_POSITIVE && !found;
        r.false_positives += p->class == EVAL_NEGATIVE && found;
    }
    r.precision = rate(r.true_positives, r.false_positives);
    r.recall = rate(r.true_positives, r.false_negatives);
    double sum = r.precision + r.recall;
    r.f1 = sum > 0 ? 2 * r.precision * r.recall / sum : 0;
    return r;
}

void eval_set_reliability(const struct eval_set *s, struct eval_bin out[EVAL_BINS])
{
    memset(out, 0, EVAL_BINS * sizeof *out);
    for (uint32_t i = 0; i < s->pair_count; i++) {
        const struct eval_pair *p = &s->pair[i];
        if (p->class == EVAL_APART || !s->article[p->a].present || !s->article[p->b].present)
            continue;
        double strength = eval_pair_strength(p);
        int at = (int)(strength * EVAL_BINS);
        struct eval_bin *bin = &out[at < 0 ? 0 : at >= EVAL_BINS ? EVAL_BINS - 1 : at];
        bin->pairs++;
        bin->positive += p->class == EVAL_POSITIVE;
        bin->mean += strength;
    }
    for (int i = 0; i < EVAL_BINS; i++)
        if (out[i].pairs)
            out[i].mean /= out[i].pairs;
}

/*
 * eval_cluster.c: labelled clusters, and how well the stories agree with them.
 *
 * Happy path: two labels an article, sorted; pairs within equal labels are counted, n (n - 1) / 2
 * at a time. Failure modes: a line that is no label (said, with its line), no memory.
 */
#include "cli/eval_cluster.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "input/json_read.h"

static int read_label(struct dupd_buf *id, struct dupd_buf *cluster, struct dupd_view line,
                      const char **problem)
{
    struct json_reader r;
    struct json_value key, value;
    int more;
    json_start(&r, line);
    *problem = "not a JSON object";
    if (!json_read_object(&r))
        return DUPD_ESYNTAX;
    while ((more = json_read_member(&r, &key, &value)) == 1) {
        bool is_id = json_string_is(&key, DUPD_VIEW("id"));
        struct dupd_buf *to = is_id ? id : cluster;
        if (!is_id && !json_string_is(&key, DUPD_VIEW("cluster")))
            continue;
        *problem = "id must be a string, cluster a string or a number";
        dupd_buf_clear(to);
        if (value.kind == JSON_NUMBER && !is_id) {
            if (dupd_buf_add_view(to, value.raw))
                return DUPD_ENOMEM;
        } else if (value.kind != JSON_STRING) {
            return DUPD_ETYPE;
        } else if (json_read_string(&value, to)) {
            return DUPD_ENOMEM;
        }
    }
    *problem = "malformed JSON";
    if (more < 0 || json_end(&r))
        return DUPD_ESYNTAX;
    *problem = "a label needs id and cluster";
    return id->len && cluster->len ? DUPD_OK : DUPD_ESYNTAX;
}

int eval_cluster_add_line(struct eval_set *s, struct dupd_view line, const char **problem)
{
    struct dupd_buf id = {0}, cluster = {0};
    uint32_t at;
    int rc = read_label(&id, &cluster, line, problem);
    if (!rc)
        rc = eval_set_intern(s, dupd_buf_view(&id), &at);
    if (!rc) {
        s->article[at].cluster = XXH3_64bits(cluster.ptr, cluster.len) | 1;
        s->labelled++;
    }
    dupd_buf_close(&id);
    dupd_buf_close(&cluster);
    return rc;
}

struct labels {
    uint64_t cluster, story;
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_cluster(const void *x, const void *y)
{
    const struct labels *a = x, *b = y;
    return a->cluster != b->cluster ? compare(a->cluster, b->cluster) : compare(a->story, b->story);
}

static int by_story(const void *x, const void *y)
{
    const struct labels *a = x, *b = y;
    return compare(a->story, b->story);
}

static bool same_cluster(const struct labels *a, const struct labels *b)
{
    return a->cluster == b->cluster;
}

static bool same_cell(const struct labels *a, const struct labels *b)
{
    return a->cluster == b->cluster && a->story == b->story;
}

static bool same_story(const struct labels *a, const struct labels *b)
{
    return a->story == b->story;
}

/* Pairs within runs of equal labels; *groups: how many runs. */
static double count_pairs(const struct labels *l, uint32_t n,
                          bool (*same)(const struct labels *, const struct labels *),
                          uint32_t *groups)
{
    double pairs = 0;
    *groups = 0;
    for (uint32_t i = 0, first = 0; i < n; i++) {
        if (i > 0 && !same(&l[i - 1], &l[i]))
            first = i;
        *groups += first == i;
        pairs += i - first;
    }
    return pairs;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 1;
}

int eval_cluster_score(const struct eval_set *s, struct eval_clusters *out)
{
    struct labels *l = malloc((s->article_count + 1u) * sizeof *l);
    uint32_t n = 0, cells;
    *out = (struct eval_clusters){0};
    if (!l)
        return DUPD_ENOMEM;
    for (uint32_t i = 0; i < s->article_count; i++)
        if (s->article[i].cluster && s->article[i].present && s->article[i].story)
            l[n++] = (struct labels){s->article[i].cluster, s->article[i].story};
    qsort(l, n, sizeof *l, by_cluster);
    double in_cluster = count_pairs(l, n, same_cluster, &out->clusters);
    double in_both = count_pairs(l, n, same_cell, &cells);
    qsort(l, n, sizeof *l, by_story);
    double in_story = count_pairs(l, n, same_story, &out->stories);
    free(l);
    out->articles = n;
    double all = n > 1 ? (double)n * (n - 1) / 2 : 1;
    double chance = in_cluster * in_story / all, most = (in_cluster + in_story) / 2;
    out->ari = most > chance ? (in_both - chance) / (most - chance) : 1;
    out->precision = share(in_both, in_story);
    out->recall = share(in_both, in_cluster);
    out->f1 = share(2 * in_both, in_story + in_cluster);
    return DUPD_OK;
}

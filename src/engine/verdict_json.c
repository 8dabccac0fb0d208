/*
 * verdict_json.c: the verdict object, key by key in the order of its schema; and how a stored one
 * is given again.
 *
 * A replay does not parse JSON: inside a string every quotation mark has a backslash before it, so
 * that the bytes ,"entry": occur only as that key, first at the top level. Fails for lack of
 * memory, and a stored object without those keys is damaged.
 */
#include "engine/verdict_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/error.h"

static void put_string(struct json_writer *w, const char *key, struct dupd_view s)
{
    json_key(w, key);
    json_string(w, s);
}

static void put_or_null(struct json_writer *w, const char *key, struct dupd_view s)
{
    json_key(w, key);
    json_string_or_null(w, s);
}

static void put_int(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_int(w, v);
}

static void put_real(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_real(w, v);
}

static void put_bool(struct json_writer *w, const char *key, bool v)
{
    json_key(w, key);
    json_bool(w, v);
}

void verdict_json_article(struct json_writer *w, const struct dupd_article *a)
{
    put_string(w, "id", a->id);
    put_or_null(w, "url", a->url);
    put_or_null(w, "source", a->source);
    put_or_null(w, "title", a->title);
    json_key(w, "published_at");
    json_time(w, a->published);
}

int verdict_json_describe(struct dupd_buf *out, const struct dupd_article *a)
{
    struct json_writer w;
    dupd_buf_clear(out);
    json_begin(&w, out);
    json_open(&w, '{');
    verdict_json_article(&w, a);
    json_close(&w, '}');
    int rc = json_status(&w);
    if (rc)
        dupd_buf_clear(out);
    return rc;
}

void verdict_json_agency(struct json_writer *w, struct dupd_view name, enum dupd_credit_how how,
                         struct dupd_view text, int credited)
{
    json_key(w, "agency");
    if (name.len) {
        json_open(w, '{');
        put_string(w, "name", name);
        put_string(w, "how", dupd_view_of(dupd_credit_name(how)));
        put_string(w, "text", text);
        json_close(w, '}');
    } else {
        json_null(w);
    }
    json_key(w, "credited");
    if (credited < 0)
        json_null(w);
    else
        json_bool(w, credited);
}

static uint32_t to_words(uint32_t weight)
{
    return (weight + 1) / DUPD_WORD_WEIGHT;
}

/* Bytes [begin, end) of the tokens [first, last). */
static void put_range(struct json_writer *w, const char *key, const struct dupd_tokens *t,
                      uint32_t first, uint32_t end)
{
    json_key(w, key);
    json_open(w, '[');
    json_int(w, t->token[first].begin);
    json_int(w, t->token[end - 1].end);
    json_close(w, ']');
}

static void put_passage(struct json_writer *w, const struct dupd_tokens *own,
                        const struct dupd_tokens *other, const struct dupd_passage *p)
{
    json_open(w, '{');
    put_range(w, "this", own, p->a_first, p->a_end);
    put_range(w, "match", other, p->b_first, p->b_end);
    put_int(w, "words", to_words(p->matched));
    put_int(w, "replaced_words", to_words(p->replaced));
    put_bool(w, "quoted", (uint64_t)p->quoted * 2 > p->matched);
    json_close(w, '}');
}

static int heavier_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

/* The weight that a passage must have to be among the VERDICT_PASSAGES_MAX heaviest. */
static int find_least_weight(const struct dupd_overlap *o, uint32_t *out)
{
    *out = 0;
    if (o->passage_count <= VERDICT_PASSAGES_MAX)
        return DUPD_OK;
    uint32_t *weight = malloc(o->passage_count * sizeof *weight);
    if (!weight)
        return DUPD_ENOMEM;
    for (uint32_t i = 0; i < o->passage_count; i++)
        weight[i] = o->passage[i].furniture ? 0 : o->passage[i].matched;
    qsort(weight, o->passage_count, sizeof *weight, heavier_first);
    *out = weight[VERDICT_PASSAGES_MAX - 1];
    free(weight);
    return DUPD_OK;
}

static void put_passages(struct json_writer *w, const struct analysis *a, const struct match *m)
{
    const struct dupd_overlap *o = &m->overlap;
    uint32_t least, written = 0;
    int rc = find_least_weight(o, &least);
    if (rc)
        w->status = rc;
    json_key(w, "passages");
    json_open(w, '[');
    for (uint32_t i = 0; i < o->passage_count && written < VERDICT_PASSAGES_MAX; i++) {
        const struct dupd_passage *p = &o->passage[i];
        if (p->furniture || p->matched < least)
            continue;
        put_passage(w, &a->tokens, &m->tokens, p);
        written++;
    }
    json_close(w, ']');
}

static void put_match(struct json_writer *w, const struct analysis *a, const struct match *m)
{
    const struct dupd_overlap *o = &m->overlap;
    json_open(w, '{');
    verdict_json_article(w, &m->record.article);
    put_string(w, "direction", m->direction == MATCH_FROM ? DUPD_VIEW("from") : DUPD_VIEW("to"));
    put_string(w, "verdict", dupd_view_of(dupd_verdict_name(m->ruling.verdict)));
    put_real(w, "score", m->ruling.score);
    put_real(w, "resemblance", o->resemblance);
    json_key(w, "containment");
    json_open(w, '{');
    put_real(w, "of_this", o->of_a);
    put_real(w, "of_match", o->of_b);
    json_close(w, '}');
    put_real(w, "rewriting", o->rewriting);
    put_int(w, "prose_words", o->prose);
    put_int(w, "quoted_words", o->quoted);
    put_int(w, "longest_run_words", o->longest_run);
    put_passages(w, a, m);
    json_close(w, '}');
}

static void put_head(struct json_writer *w, const struct analysis *a, const struct judgement *j)
{
    put_int(w, "v", 1);
    put_string(w, "id", a->article.id);
    put_string(w, "collection", a->article.collection);
    put_or_null(w, "entry", a->entry);
    put_string(w, "verdict", dupd_view_of(dupd_verdict_name(j->verdict)));
    put_bool(w, "copy", dupd_verdict_is_copy(j->verdict));
    put_real(w, "score", j->score);
    char story[24];
    int n = snprintf(story, sizeof story, "%" PRIu64, j->story);
    put_or_null(w, "story", (struct dupd_view){story, j->story ? (size_t)n : 0});
    json_key(w, "origin");
    if (j->origin) {
        json_open(w, '{');
        verdict_json_article(w, &j->origin->record.article);
        json_close(w, '}');
    } else {
        json_null(w);
    }
}

static void put_times(struct json_writer *w, const struct judgement *j, bool stable)
{
    json_key(w, "received_at");
    if (stable)
        json_null(w);
    else
        json_time_ms(w, j->received_ms);
    json_key(w, "decided_at");
    if (stable)
        json_null(w);
    else
        json_time_ms(w, j->decided_ms);
    json_key(w, "took_us");
    if (stable)
        json_null(w);
    else
        json_int(w, (int64_t)j->took_us);
}

int verdict_json_write(const struct analysis *a, const struct judgement *j, bool stable,
                       struct dupd_buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open(&w, '{');
    put_head(&w, a, j);
    json_key(&w, "matches");
    json_open(&w, '[');
    for (unsigned i = 0; i < j->match_count; i++)
        put_match(&w, a, j->match[i]);
    json_close(&w, ']');
    verdict_json_agency(&w, j->agency, j->agency_how, j->agency_text, j->credited);
    put_int(&w, "words", a->words);
    put_int(&w, "furniture_words", j->furniture_words);
    put_bool(&w, "short", a->short_text);
    put_or_null(&w, "lang", a->article.lang);
    put_bool(&w, "replay", j->replay);
    json_key(&w, "content_hash");
    json_hex128(&w, a->tokens.content_hash.high, a->tokens.content_hash.low);
    put_string(&w, "signature", DUPD_VIEW(DUPD_SKETCH_NAME));
    put_times(&w, j, stable);
    json_close(&w, '}');
    return json_status(&w);
}

/* The value behind the first `key`, a string with its quotation marks; empty: not there. */
static struct dupd_view raw_value(struct dupd_view json, const char *key)
{
    size_t len = strlen(key);
    const char *at = json.len ? memmem(json.ptr, json.len, key, len) : NULL;
    if (!at)
        return (struct dupd_view){0};
    const char *p = at + len, *end = json.ptr + json.len, *stop = p;
    if (p < end && *p == '"') {
        for (stop++; stop < end && *stop != '"'; stop++)
            stop += *stop == '\\' && stop + 1 < end;
        stop += stop < end;
    } else {
        while (stop < end && *stop != ',' && *stop != '}')
            stop++;
    }
    return (struct dupd_view){p, (size_t)(stop - p)};
}

static struct dupd_view unquoted(struct dupd_view raw)
{
    bool quoted = raw.len >= 2 && raw.ptr[0] == '"';
    return quoted ? (struct dupd_view){raw.ptr + 1, raw.len - 2} : raw;
}

/* Four decimals at most, as json_real writes them. */
static double read_real(struct dupd_view v)
{
    double value = 0, unit = 1;
    bool fraction = false;
    for (size_t i = 0; i < v.len && i < 16; i++) {
        if (v.ptr[i] == '.') {
            fraction = true;
        } else if (v.ptr[i] >= '0' && v.ptr[i] <= '9') {
            value = value * 10 + (v.ptr[i] - '0');
            unit *= fraction ? 10 : 1;
        }
    }
    return value / unit;
}

static uint64_t read_number(struct dupd_view v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len && i < 19 && v.ptr[i] >= '0' && v.ptr[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(v.ptr[i] - '0');
    return n;
}

int verdict_json_replay(struct dupd_view stored, struct dupd_view entry, struct judgement *j)
{
    struct dupd_view old_entry = raw_value(stored, ",\"entry\":");
    struct dupd_view old_replay = raw_value(stored, ",\"replay\":");
    int verdict = dupd_verdict_parse(unquoted(raw_value(stored, ",\"verdict\":")));
    if (!old_entry.ptr || !old_replay.ptr || verdict < 0)
        return DUPD_ECORRUPT;
    const char *rest = old_entry.ptr + old_entry.len, *tail = old_replay.ptr + old_replay.len;
    if (rest > old_replay.ptr)
        return DUPD_ECORRUPT;
    j->verdict = (enum dupd_verdict)verdict;
    j->score = read_real(raw_value(stored, ",\"score\":"));
    j->story = read_number(unquoted(raw_value(stored, ",\"story\":")));

    struct json_writer w;
    json_begin(&w, &j->json);
    dupd_buf_clear(&j->json);
    if (dupd_buf_add(&j->json, stored.ptr, (size_t)(old_entry.ptr - stored.ptr)))
        return DUPD_ENOMEM;
    json_string_or_null(&w, entry);
    if (json_status(&w) || dupd_buf_add(&j->json, rest, (size_t)(old_replay.ptr - rest)) ||
        dupd_buf_add_str(&j->json, "true") ||
        dupd_buf_add(&j->json, tail, (size_t)(stored.ptr + stored.len - tail)))
        return DUPD_ENOMEM;
    return DUPD_OK;
}

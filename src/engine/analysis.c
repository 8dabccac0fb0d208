/*
 * analysis.c: everything that follows from an article alone. Called by worker threads; pure apart
 * from the memory of its struct analysis, which is reused from one article to the next.
 *
 * Happy path: the strings are cleaned into one buffer, the text is tokenised and sketched, the id
 * and the outlet are filled in, the agencies that it credits are found, the text is compressed for
 * its record. Failure: a string over its limit, no words, no memory; the analysis holds nothing
 * usable then and may be made again.
 * Cost: about 35 us for 3 kB, 20 of them tokens and sketch, 10 the compression.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "dupd/text.h"
#include "engine/engine.h"

#define BANDS 4u
#define BAND_BITS 16u
#define BAND_WORDS 64u /* texts below also post the bands of their SimHash */

/* What an exact posting says; part of its hash, so that kinds never meet. */
enum exact_kind { EXACT_CONTENT = 1, EXACT_BAND = 2 };

void engine_options_default(struct engine_options *o)
{
    *o = (struct engine_options){.candidates_verified = 3,
                                 .min_estimate = 0.1,
                                 .min_shared = 2,
                                 .short_words = 50,
                                 .backdate_max_s = INT64_C(7) * 86400,
                                 .max_text = (size_t)8 << 20};
    dupd_thresholds_default(&o->thresholds);
}

void analysis_init(struct analysis *a)
{
    *a = (struct analysis){0};
}

void analysis_close(struct analysis *a)
{
    dupd_tokens_close(&a->tokens);
    dupd_sketch_close(&a->sketch);
    dupd_buf_close(&a->memory);
    dupd_buf_close(&a->packed_text);
    *a = (struct analysis){0};
}

void analysis_shrink(struct analysis *a, size_t keep)
{
    size_t held = a->memory.cap + a->packed_text.cap + a->sketch.hash_cap * sizeof(uint64_t) +
                  a->tokens.token_cap * (sizeof(struct dupd_token) + sizeof(uint64_t)) +
                  a->tokens.paragraph_cap * sizeof(struct dupd_paragraph);
    if (held > keep)
        analysis_close(a);
}

/* A string inside a->memory, which may still move. */
struct span {
    size_t at, len;
};

static struct dupd_view view_of(const struct analysis *a, struct span s)
{
    return s.len ? (struct dupd_view){a->memory.ptr + s.at, s.len} : (struct dupd_view){0};
}

static int add_bytes(struct analysis *a, struct dupd_view in, size_t limit, struct span *out)
{
    *out = (struct span){.at = a->memory.len, .len = in.len};
    return in.len > limit ? DUPD_ETOOBIG : dupd_buf_add_view(&a->memory, in);
}

static int add_clean(struct analysis *a, struct dupd_view in, size_t limit, struct span *out)
{
    if (in.len > limit)
        return DUPD_ETOOBIG;
    if (dupd_text_is_clean(in))
        return add_bytes(a, in, limit, out);
    size_t at = a->memory.len;
    long replaced = dupd_text_clean(in, &a->memory);
    if (replaced < 0)
        return (int)replaced;
    a->replaced_bytes += replaced;
    *out = (struct span){.at = at, .len = a->memory.len - at};
    return out->len > limit ? DUPD_ETOOBIG : DUPD_OK;
}

struct spans {
    struct span id, collection, url, source, title, byline, lang, text;
};

static int add_source(struct analysis *a, const struct dupd_article *in,
                      const struct engine_options *options, struct span *out)
{
    char host[256];
    struct dupd_view source = in->source;
    if (source.len == 0)
        source = (struct dupd_view){host, dupd_url_outlet(in->url, host)};
    for (size_t i = 0; i < options->alias_count; i++)
        if (dupd_view_equal(options->alias[i].from, source)) {
            source = options->alias[i].to;
            break;
        }
    return add_clean(a, source, DUPD_RECORD_FIELD_MAX, out);
}

static int add_strings(struct analysis *a, const struct dupd_article *in,
                       const struct engine_options *options, struct spans *s)
{
    struct dupd_view collection = in->collection.len ? in->collection : DUPD_VIEW("default");
    int rc = add_clean(a, collection, DUPD_COLLECTION_MAX, &s->collection);
    if (!rc)
        rc = add_clean(a, in->url, DUPD_RECORD_FIELD_MAX, &s->url);
    if (!rc)
        rc = add_source(a, in, options, &s->source);
    if (!rc)
        rc = add_clean(a, in->title, DUPD_RECORD_FIELD_MAX, &s->title);
    if (!rc)
        rc = add_clean(a, in->byline, DUPD_RECORD_FIELD_MAX, &s->byline);
    if (!rc)
        rc = add_clean(a, in->lang, DUPD_RECORD_FIELD_MAX, &s->lang);
    if (!rc)
        rc = add_clean(a, in->text, options->max_text, &s->text);
    return rc;
}

/* The id as given; else the url, or its hash when it is too long; else from the content. */
static int add_id(struct analysis *a, const struct dupd_article *in, const struct span *url,
                  struct span *out)
{
    if (in->id.len)
        return add_bytes(a, in->id, DUPD_ID_MAX, out);
    if (url->len > 0 && url->len <= DUPD_ID_MAX) {
        *out = *url;
        return DUPD_OK;
    }
    struct dupd_hash128 h = a->tokens.content_hash;
    a->id_from_content = url->len == 0;
    if (!a->id_from_content) {
        XXH128_hash_t x = XXH3_128bits(a->memory.ptr + url->at, url->len);
        h = (struct dupd_hash128){.high = x.high64, .low = x.low64};
    }
    out->at = a->memory.len;
    int rc = dupd_buf_addf(&a->memory, "%s:%016llx%016llx", a->id_from_content ? "content" : "url",
                           (unsigned long long)h.high, (unsigned long long)h.low);
    out->len = a->memory.len - out->at;
    return rc;
}

static void set_views(struct analysis *a, const struct spans *s, struct dupd_time published)
{
    a->article = (struct dupd_article){.id = view_of(a, s->id),
                                       .collection = view_of(a, s->collection),
                                       .url = view_of(a, s->url),
                                       .source = view_of(a, s->source),
                                       .title = view_of(a, s->title),
                                       .byline = view_of(a, s->byline),
                                       .lang = view_of(a, s->lang),
                                       .text = view_of(a, s->text),
                                       .published = published};
}

static uint64_t exact_hash(uint64_t seed, enum exact_kind kind, uint64_t x, uint64_t y)
{
    uint64_t words[3] = {(uint64_t)kind, x, y};
    return XXH3_64bits_withSeed(words, sizeof words, seed);
}

/* Content that is equal meets in one posting; short texts within three bits of SimHash meet in at
 * least one of four bands (Manku, Jain, Das Sarma, 2007). */
static void post_exact(struct analysis *a)
{
    struct dupd_hash128 h = a->tokens.content_hash;
    a->exact[0] = exact_hash(a->seed, EXACT_CONTENT, h.high, h.low);
    a->exact_count = 1;
    if (a->words >= BAND_WORDS)
        return;
    for (unsigned i = 0; i < BANDS; i++) {
        uint64_t band = a->simhash >> (i * BAND_BITS) & ((1u << BAND_BITS) - 1);
        a->exact[a->exact_count++] = exact_hash(a->seed, EXACT_BAND, i, band);
    }
}

int analysis_make(struct analysis *a, const struct dupd_article *article,
                  const struct dupd_agencies *agencies, const struct engine_options *options,
                  bool pack)
{
    struct spans s = {0};
    dupd_buf_clear(&a->memory);
    dupd_buf_clear(&a->packed_text);
    a->replaced_bytes = 0;
    a->id_from_content = false;
    a->entry = (struct dupd_view){0};
    a->arrived_ms = 0;
    int rc = add_strings(a, article, options, &s);
    if (rc)
        return rc;
    rc = dupd_tokens_read(&a->tokens, view_of(a, s.text));
    if (rc)
        return rc;
    if (a->tokens.count == 0)
        return DUPD_EEMPTY;
    rc = add_id(a, article, &s.url, &s.id);
    if (rc)
        return rc;
    set_views(a, &s, article->published);

    a->seed = dupd_collection_seed(a->article.collection);
    rc = dupd_sketch_make(&a->sketch, &a->tokens, a->seed);
    if (rc)
        return rc;
    a->simhash = dupd_simhash(&a->tokens);
    a->words = dupd_tokens_words(&a->tokens);
    a->short_text = a->words < options->short_words;
    post_exact(a);
    a->credit_count = agencies ? dupd_agency_credits(agencies, &a->article, a->credit) : 0;
    return pack ? pack_text(a->article.text, &a->packed_text, &a->text_encoding) : DUPD_OK;
}

/* model_store.c: see model_store.h. */
#include "support/model_store.h"

#include <stdlib.h>

#include "store/pack.h"
#include "support/prose.h"

#define KINDS (STORE_STATS + 1)

struct posting_set {
    uint64_t *hash;
    uint32_t count;
};

struct model_article {
    struct dupd_buf collection, id, record, verdict;
    struct dupd_hash128 content_hash;
    struct posting_set sketch, exact;
    int64_t arrived_ms;
    uint64_t story; /* as committed; 0: not committed */
    float to_origin;
    bool dead, copy;
};

struct model_story {
    uint64_t merged_into, origin; /* 0: none */
};

struct model_claim {
    uint64_t story;
    struct dupd_buf outlet;
};

struct model_sighting {
    struct dupd_buf collection, outlet;
    uint64_t paragraph, story;
};

struct model {
    struct store base;
    struct store_options options;
    int64_t now_ms;
    struct store_op *first, **end;
    size_t queued;
    struct model_article *article; /* [n - 1] */
    struct model_story *story;     /* [id - 1] */
    uint64_t count;
    struct model_claim *claim;
    uint32_t claim_count;
    struct dupd_buf *alert;
    uint32_t alert_count;
    struct model_sighting *sighting;
    uint32_t sighting_count;
    struct pack pack;
    unsigned performed[KINDS], fail_at[KINDS];
    int fail_with[KINDS];
    uint64_t shuffle;
    void (*hush)(bool);
};

static void *grow(void *p, size_t count, size_t size)
{
    p = realloc(p, count * size);
    if (!p)
        abort();
    return p;
}

static void set(struct dupd_buf *b, struct dupd_view v)
{
    dupd_buf_clear(b);
    if (dupd_buf_add_view(b, v))
        abort();
}

static struct model_article *article_of(const struct model *m, uint64_t n)
{
    return n && n <= m->count ? &m->article[n - 1] : NULL;
}

static uint64_t resolve(const struct model *m, uint64_t story)
{
    while (story && m->story[story - 1].merged_into)
        story = m->story[story - 1].merged_into;
    return story;
}

static bool is_alive(const struct model *m, const struct model_article *a)
{
    return !a->dead &&
           (m->options.window_s <= 0 || a->arrived_ms >= m->now_ms - m->options.window_s * 1000);
}

static bool is_named(const struct model_article *a, struct dupd_view collection,
                     struct dupd_view id)
{
    return dupd_view_equal(dupd_buf_view(&a->collection), collection) &&
           dupd_view_equal(dupd_buf_view(&a->id), id);
}

/* The newest living article of that id, a committed one rather than one that is not. */
static uint64_t find_id(const struct model *m, struct dupd_view collection, struct dupd_view id)
{
    uint64_t best = 0;
    for (uint64_t n = 1; n <= m->count; n++) {
        const struct model_article *a = &m->article[n - 1];
        if (is_alive(m, a) && is_named(a, collection, id) &&
            (a->story || !best || !m->article[best - 1].story))
            best = n;
    }
    return best;
}

static void do_lookup(struct model *m, struct store_lookup *op)
{
    op->n = find_id(m, op->collection, op->id);
    op->found = op->n != 0;
    if (!op->found)
        return;
    const struct model_article *a = &m->article[op->n - 1];
    op->content_hash = a->content_hash;
    set(&op->op.memory, dupd_buf_view(&a->verdict));
    op->verdict = dupd_buf_view(&op->op.memory);
}

static uint32_t posted_of(const struct dupd_sketch_block *b)
{
    return b->k < b->count ? b->k : b->count;
}

static void post(struct model_article *a, const struct store_postings *p)
{
    a->exact.hash = grow(NULL, p->exact_count + 1u, sizeof(uint64_t));
    memcpy(a->exact.hash, p->exact, p->exact_count * sizeof(uint64_t));
    a->exact.count = p->exact_count;
    a->sketch.hash = grow(NULL, p->sketch->hash_count + 1u, sizeof(uint64_t));
    for (uint32_t i = 0; i < p->sketch->block_count; i++) {
        const struct dupd_sketch_block *b = &p->sketch->block[i];
        for (uint32_t k = 0; k < posted_of(b); k++)
            a->sketch.hash[a->sketch.count++] = p->sketch->hash[b->first + k];
    }
}

static void do_put(struct model *m, struct store_put *op)
{
    struct dupd_record r;
    if (dupd_record_decode(&r, op->record))
        abort(); /* real stores refuse what they could not read again */
    m->count++;
    m->article = grow(m->article, m->count, sizeof *m->article);
    m->story = grow(m->story, m->count, sizeof *m->story);
    struct model_article *a = &m->article[m->count - 1];
    *a = (struct model_article){.content_hash = op->content_hash, .arrived_ms = op->arrived_ms};
    m->story[m->count - 1] = (struct model_story){0};
    set(&a->collection, op->collection);
    set(&a->id, op->id);
    set(&a->record, op->record);
    post(a, &op->postings);
    op->n = m->count;
    op->posted = a->sketch.count + a->exact.count;
}

static bool has(const struct posting_set *s, uint64_t hash)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->hash[i] == hash)
            return true;
    return false;
}

static struct store_candidate weigh(const struct model_article *a, const struct store_postings *p)
{
    struct store_candidate c = {0};
    for (uint32_t i = 0; i < p->exact_count; i++)
        c.exact += has(&a->exact, p->exact[i]);
    for (uint32_t i = 0; i < p->sketch->block_count; i++) {
        const struct dupd_sketch_block *b = &p->sketch->block[i];
        uint32_t shared = 0, of = posted_of(b);
        for (uint32_t k = 0; k < of; k++)
            shared += has(&a->sketch, p->sketch->hash[b->first + k]);
        if (c.of == 0 || (uint64_t)shared * c.of > (uint64_t)c.shared * of) {
            c.shared = shared;
            c.of = of;
        }
    }
    return c;
}

static int best_first(const void *x, const void *y)
{
    const struct store_candidate *a = x, *b = y;
    uint64_t left = (uint64_t)a->shared * b->of, right = (uint64_t)b->shared * a->of;
    if (a->exact != b->exact)
        return a->exact > b->exact ? -1 : 1;
    if (left != right)
        return left > right ? -1 : 1;
    return (a->n > b->n) - (a->n < b->n);
}

static void do_candidates(struct model *m, struct store_candidates *op)
{
    struct store_candidate *all = grow(NULL, m->count + 1, sizeof *all);
    size_t count = 0;
    for (uint64_t n = 1; n <= m->count; n++) {
        if (n == op->self || !is_alive(m, &m->article[n - 1]))
            continue;
        struct store_candidate c = weigh(&m->article[n - 1], &op->postings);
        c.n = n;
        if (c.exact || c.shared >= op->min_shared)
            all[count++] = c;
    }
    qsort(all, count, sizeof *all, best_first);
    op->count = (uint32_t)(count < STORE_CANDIDATES_MAX ? count : STORE_CANDIDATES_MAX);
    memcpy(op->found, all, op->count * sizeof *all);
    free(all);
}

static int do_fetch(struct model *m, struct store_fetch *op)
{
    const struct model_article *a = article_of(m, op->n);
    op->found = a != NULL;
    if (!a)
        return DUPD_OK;
    struct dupd_buf *memory = &op->op.memory;
    dupd_buf_clear(memory);
    struct dupd_record r;
    int rc = dupd_record_decode(&r, dupd_buf_view(&a->record));
    if (rc)
        return rc;
    if (dupd_buf_reserve(memory, a->record.len + a->verdict.len + r.text_len + 1))
        abort();
    set(memory, dupd_buf_view(&a->record));
    rc = dupd_record_decode(&op->record, dupd_buf_view(memory));
    size_t at = memory->len;
    if (!rc)
        rc = pack_unpack(&m->pack, r.text_encoding, r.packed_text, r.text_len, memory);
    if (rc)
        return rc;
    op->record.article.text = (struct dupd_view){memory->ptr + at, memory->len - at};
    at = memory->len;
    dupd_buf_add_view(memory, dupd_buf_view(&a->verdict));
    op->verdict = (struct dupd_view){memory->ptr + at, memory->len - at};
    uint64_t story = resolve(m, a->story);
    op->place = (struct store_place){.story = story,
                                     .origin = story ? m->story[story - 1].origin : 0,
                                     .to_origin = a->to_origin,
                                     .copy = a->copy,
                                     .alive = is_alive(m, a)};
    if (op->place.origin == op->n)
        op->place.to_origin = 1;
    return DUPD_OK;
}

static void do_story(struct model *m, struct store_story *op)
{
    op->found = false;
    uint64_t id = op->story && op->story <= m->count ? resolve(m, op->story) : 0;
    for (uint64_t n = op->after + 1; op->story == 0 && id == 0 && n <= m->count; n++)
        if (m->story[n - 1].origin && !m->story[n - 1].merged_into)
            id = n;
    if (!id || !m->story[id - 1].origin)
        return;
    op->found = true;
    op->id = id;
    op->origin = m->story[id - 1].origin;
    op->members = op->outlets = op->member_count = 0;
    dupd_buf_clear(&op->op.memory);
    for (uint64_t n = 1; n <= m->count; n++)
        if (resolve(m, m->article[n - 1].story) == id) {
            op->members++;
            if (dupd_buf_add(&op->op.memory, &n, sizeof n))
                abort();
        }
    op->member = (const uint64_t *)(const void *)op->op.memory.ptr;
    op->member_count = op->members;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool is_seen_on(const struct model_sighting *s, struct dupd_view collection,
                       struct dupd_view outlet)
{
    return dupd_view_equal(dupd_buf_view(&s->collection), collection) &&
           dupd_view_equal(dupd_buf_view(&s->outlet), outlet);
}

/* Number of different stories in which the paragraph of sighting i was seen on its outlet, counted
 * at the first sighting of that paragraph; 0 at the others. */
static unsigned stories_of(const struct model *m, uint32_t i, const struct store_furniture *op)
{
    uint64_t story[64];
    unsigned count = 0;
    for (uint32_t k = 0; k < m->sighting_count; k++) {
        const struct model_sighting *s = &m->sighting[k];
        if (s->paragraph != m->sighting[i].paragraph || !is_seen_on(s, op->collection, op->outlet))
            continue;
        if (k < i)
            return 0;
        uint64_t id = resolve(m, s->story);
        bool known = false;
        for (unsigned x = 0; x < count; x++)
            known |= story[x] == id;
        if (!known && count < 64)
            story[count++] = id;
    }
    return count;
}

static void do_furniture(struct model *m, struct store_furniture *op)
{
    dupd_buf_clear(&op->op.memory);
    op->count = 0;
    for (uint32_t i = 0; i < m->sighting_count; i++) {
        if (!is_seen_on(&m->sighting[i], op->collection, op->outlet) ||
            stories_of(m, i, op) < m->options.furniture_stories)
            continue;
        if (dupd_buf_add(&op->op.memory, &m->sighting[i].paragraph, sizeof(uint64_t)))
            abort();
        op->count++;
    }
    op->hash = (const uint64_t *)(const void *)op->op.memory.ptr;
    if (op->count)
        qsort(op->op.memory.ptr, op->count, sizeof(uint64_t), by_value);
}

static void claim(struct model *m, uint64_t story, struct store_alert *alert)
{
    alert->claimed = false;
    for (uint32_t i = 0; i < m->claim_count; i++)
        if (resolve(m, m->claim[i].story) == story &&
            dupd_view_equal(dupd_buf_view(&m->claim[i].outlet), alert->outlet))
            return;
    alert->claimed = true;
    m->claim = grow(m->claim, m->claim_count + 1u, sizeof *m->claim);
    m->claim[m->claim_count] = (struct model_claim){.story = story};
    set(&m->claim[m->claim_count++].outlet, alert->outlet);
    m->alert = grow(m->alert, m->alert_count + 1u, sizeof *m->alert);
    m->alert[m->alert_count] = (struct dupd_buf){0};
    set(&m->alert[m->alert_count++], alert->json);
}

static void see(struct model *m, struct dupd_view collection, const struct store_sighting *s)
{
    m->sighting = grow(m->sighting, m->sighting_count + 1u, sizeof *m->sighting);
    struct model_sighting *new = &m->sighting[m->sighting_count++];
    *new = (struct model_sighting){.paragraph = s->paragraph, .story = s->story};
    set(&new->collection, collection);
    set(&new->outlet, s->outlet);
}

static void fade(struct model *m, uint64_t story, float share)
{
    for (uint64_t n = 1; n <= m->count && share > 0; n++)
        if (m->article[n - 1].story && resolve(m, m->article[n - 1].story) == story)
            m->article[n - 1].to_origin *= share;
}

static int do_commit(struct model *m, struct store_commit *op)
{
    struct model_article *a = article_of(m, op->n);
    if (!a || op->story == 0 || op->story > m->count)
        return DUPD_EINVAL;
    uint64_t story = resolve(m, op->story);
    if (!m->story[story - 1].origin)
        m->story[story - 1].origin = op->n;
    if (op->new_origin) {
        m->story[story - 1].origin = op->new_origin;
        fade(m, story, op->origin_share);
    }
    for (uint32_t i = 0; i < op->merge_count; i++) {
        uint64_t from = resolve(m, op->merge_from[i]);
        if (from != story) {
            fade(m, from, op->merge_share ? op->merge_share[i] : 0);
            m->story[from - 1].merged_into = story;
        }
    }
    a->story = story;
    a->to_origin = op->to_origin;
    a->copy = op->copy;
    set(&a->verdict, op->verdict);
    for (uint32_t i = 0; i < op->became_copy_count; i++)
        m->article[op->became_copy[i] - 1].copy = true;
    for (uint64_t n = 1; n < op->n; n++)
        if (is_named(&m->article[n - 1], op->collection, op->id))
            m->article[n - 1].dead = true;
    for (uint32_t i = 0; i < op->alert_count; i++)
        claim(m, story, &op->alerts[i]);
    for (uint32_t i = 0; i < op->sighting_count; i++)
        see(m, op->collection, &op->sightings[i]);
    return DUPD_OK;
}

static void do_forget(struct model *m, struct store_forget *op)
{
    uint64_t n = find_id(m, op->collection, op->id);
    op->found = n != 0;
    if (n)
        m->article[n - 1].dead = true;
}

static void do_list(struct model *m, struct store_list *op)
{
    op->found = false;
    for (uint64_t n = op->after + 1; !op->found && n <= m->count; n++) {
        const struct model_article *a = &m->article[n - 1];
        if (!is_alive(m, a))
            continue;
        op->found = true;
        op->n = n;
        op->id = dupd_buf_view(&a->id);
        op->collection = dupd_buf_view(&a->collection);
        op->verdict = dupd_buf_view(&a->verdict);
    }
}

static void do_stats(struct model *m, struct store_stats *op)
{
    struct store_op head = op->op;
    *op = (struct store_stats){.op = head, .newest = m->count, .alerts = m->alert_count};
    for (uint64_t n = 1; n <= m->count; n++) {
        op->articles += is_alive(m, &m->article[n - 1]);
        op->copies += is_alive(m, &m->article[n - 1]) && m->article[n - 1].copy;
        op->stories += m->story[n - 1].origin && !m->story[n - 1].merged_into;
    }
}

static int perform(struct model *m, struct store_op *op)
{
    if (++m->performed[op->kind] == m->fail_at[op->kind])
        return m->fail_with[op->kind];
    switch (op->kind) {
    case STORE_LOOKUP:
        do_lookup(m, (struct store_lookup *)op);
        return DUPD_OK;
    case STORE_PUT:
        do_put(m, (struct store_put *)op);
        return DUPD_OK;
    case STORE_CANDIDATES:
        do_candidates(m, (struct store_candidates *)op);
        return DUPD_OK;
    case STORE_FETCH:
        return do_fetch(m, (struct store_fetch *)op);
    case STORE_STORY:
        do_story(m, (struct store_story *)op);
        return DUPD_OK;
    case STORE_FURNITURE:
        do_furniture(m, (struct store_furniture *)op);
        return DUPD_OK;
    case STORE_COMMIT:
        return do_commit(m, (struct store_commit *)op);
    case STORE_FORGET:
        do_forget(m, (struct store_forget *)op);
        return DUPD_OK;
    case STORE_LIST:
        do_list(m, (struct store_list *)op);
        return DUPD_OK;
    case STORE_STATS:
        do_stats(m, (struct store_stats *)op);
        return DUPD_OK;
    case STORE_ANSWER:
    case STORE_OUTBOX:
        return DUPD_OK;
    }
    return DUPD_EINVAL;
}

static void model_submit(struct store *s, struct store_op *op)
{
    struct model *m = (struct model *)s;
    op->next = NULL;
    *m->end = op;
    m->end = &op->next;
    m->queued++;
}

static size_t model_run(struct store *s)
{
    struct model *m = (struct model *)s;
    size_t done = 0, round = m->queued;
    for (; done < round; done++) {
        struct store_op **at = &m->first;
        for (uint64_t skip = m->shuffle ? prose_random(&m->shuffle) % m->queued : 0; skip; skip--)
            at = &(*at)->next;
        struct store_op *op = *at;
        *at = op->next;
        if (!op->next)
            m->end = at;
        m->queued--;
        if (m->hush)
            m->hush(true);
        op->status = perform(m, op);
        if (m->hush)
            m->hush(false);
        op->done(op);
    }
    return done;
}

static int model_flush(struct store *s)
{
    (void)s;
    return DUPD_OK;
}

static void model_set_now(struct store *s, int64_t now_ms)
{
    ((struct model *)s)->now_ms = now_ms;
}

static void model_close(struct store *s)
{
    struct model *m = (struct model *)s;
    for (uint64_t i = 0; i < m->count; i++) {
        struct model_article *a = &m->article[i];
        dupd_buf_close(&a->collection);
        dupd_buf_close(&a->id);
        dupd_buf_close(&a->record);
        dupd_buf_close(&a->verdict);
        free(a->sketch.hash);
        free(a->exact.hash);
    }
    for (uint32_t i = 0; i < m->claim_count; i++)
        dupd_buf_close(&m->claim[i].outlet);
    for (uint32_t i = 0; i < m->alert_count; i++)
        dupd_buf_close(&m->alert[i]);
    for (uint32_t i = 0; i < m->sighting_count; i++) {
        dupd_buf_close(&m->sighting[i].collection);
        dupd_buf_close(&m->sighting[i].outlet);
    }
    pack_close(&m->pack);
    free(m->article);
    free(m->story);
    free(m->claim);
    free(m->alert);
    free(m->sighting);
    free(m);
}

static const struct store_vtable model_vtable = {.submit = model_submit,
                                                 .run = model_run,
                                                 .flush = model_flush,
                                                 .set_now = model_set_now,
                                                 .close = model_close};

struct store *model_store_new(const struct store_options *options, int64_t now_ms)
{
    struct model *m = grow(NULL, 1, sizeof *m);
    *m = (struct model){.base.vtable = &model_vtable, .options = *options, .now_ms = now_ms};
    m->end = &m->first;
    return &m->base;
}

void model_store_fail(struct store *s, enum store_op_kind kind, unsigned nth, int status)
{
    struct model *m = (struct model *)s;
    m->fail_at[kind] = m->performed[kind] + nth;
    m->fail_with[kind] = status;
}

void model_store_shuffle(struct store *s, uint64_t seed)
{
    ((struct model *)s)->shuffle = seed;
}

void model_store_hush(struct store *s, void (*hush)(bool))
{
    ((struct model *)s)->hush = hush;
}

unsigned model_store_count(const struct store *s, enum store_op_kind kind)
{
    return ((const struct model *)s)->performed[kind];
}

unsigned model_store_alerts(const struct store *s)
{
    return ((const struct model *)s)->alert_count;
}

struct dupd_view model_store_alert(const struct store *s, unsigned index)
{
    return dupd_buf_view(&((const struct model *)s)->alert[index]);
}

bool model_store_is_committed(const struct store *s, uint64_t n)
{
    const struct model_article *a = article_of((const struct model *)s, n);
    return a && a->story;
}

/*
 * prop_store.c: random operations on the embedded store beside a plain model of its postings: lists
 * of owners, counted by brute force, with the rules of store.h (first owners kept, hot shingles
 * replaced by later ones, the window) and nothing of the table (tags, buckets, growth, reopening).
 * Candidates must be the same, to the last count. Models with a planted fault must not agree.
 */
#include "support/store_kit.h"

#include "dupd/error.h"

#define ARTICLES 1600
#define POOL 12000 /* different shingles */
#define IDS 2000
#define WINDOW_S 500

struct model_article {
    struct kit_article a;
    bool dead;     /* forgotten, or replaced */
    bool unposted; /* and its postings are gone, since a flush came after */
};

/* How a planted model differs. */
struct fault {
    unsigned owners_max;
    bool ignores_window, keeps_the_dead;
};

struct model {
    struct model_article *article; /* [n] */
    uint64_t count, floor;
    uint32_t lists[POOL][ARTICLES], length[POOL];
    int64_t now_ms;
    struct fault rules;
    bool session_began;
};

static uint64_t shingle_of(unsigned index)
{
    uint64_t state = index + 1;
    return kit_random(&state) >> 3;
}

static unsigned index_of(const uint64_t *sorted, const unsigned *index, uint64_t hash)
{
    unsigned low = 0, high = POOL;
    while (low + 1 < high) {
        unsigned middle = (low + high) / 2;
        *(sorted[middle] <= hash ? &low : &high) = middle;
    }
    return index[low];
}

struct world {
    struct model *model;
    struct store *store;
    char *dir;
    uint64_t random;
    uint64_t sorted[POOL];
    unsigned index[POOL];
    uint64_t hot_seen, found_seen, refused;
};

static struct store_options options(void)
{
    struct store_options o = kit_options();
    o.window_s = WINDOW_S;
    o.batch = 65536;
    return o;
}

static unsigned below(struct world *w, unsigned n)
{
    return (unsigned)((kit_random(&w->random) >> 33) % n);
}

static bool counts(const struct model *m, uint64_t n)
{
    return !m->article[n].unposted && (m->rules.ignores_window || n >= m->floor);
}

static unsigned owners(const struct model *m, unsigned shingle)
{
    unsigned sum = 0;
    for (uint32_t i = 0; i < m->length[shingle]; i++)
        sum += counts(m, m->lists[shingle][i]);
    return sum;
}

static void model_flush(struct model *m)
{
    for (uint64_t n = 1; n <= m->count; n++)
        if (m->article[n].dead && !m->rules.keeps_the_dead)
            m->article[n].unposted = true;
}

static void model_post(struct world *w, uint64_t n)
{
    struct model *m = w->model;
    struct model_article *x = &m->article[n];
    unsigned left = KIT_SHINGLES / 2;
    for (int i = 0; i < KIT_SHINGLES && left; i++) {
        unsigned s = index_of(w->sorted, w->index, x->a.hash[i]);
        if (owners(m, s) >= m->rules.owners_max)
            continue;
        m->lists[s][m->length[s]++] = (uint32_t)n;
        left--;
    }
}

/* Fills `count[n]` for each article with the shingles that it shares with a, and *of, *hot. */
static void model_count(struct world *w, const struct kit_article *a, unsigned *count, unsigned *of,
                        unsigned *hot)
{
    struct model *m = w->model;
    unsigned left = KIT_SHINGLES / 2, asked = 0;
    *hot = 0;
    for (; asked < KIT_SHINGLES && left; asked++) {
        unsigned s = index_of(w->sorted, w->index, a->hash[asked]);
        for (uint32_t i = 0; i < m->length[s]; i++)
            count[m->lists[s][i]] += counts(m, m->lists[s][i]);
        bool full = owners(m, s) >= m->rules.owners_max;
        *hot += full;
        left -= !full;
    }
    *of = KIT_SHINGLES / 2 - left > KIT_SHINGLES / 4 ? KIT_SHINGLES / 2 - left : KIT_SHINGLES / 4;
}

static bool agree_on(struct world *w, const struct kit_article *a, uint64_t self)
{
    struct model *m = w->model;
    static unsigned count[ARTICLES + 1];
    struct store_candidates c = kit_candidates(w->store, a, self);
    unsigned of, hot, expected = 0;
    memset(count, 0, sizeof count);
    model_count(w, a, count, &of, &hot);
    for (uint64_t n = m->floor; n <= m->count; n++)
        expected += n != self && !m->article[n].dead && count[n] >= 2;
    w->hot_seen += hot;
    w->found_seen += expected;
    bool same = c.hot == hot &&
                c.count == (expected < STORE_CANDIDATES_MAX ? expected : STORE_CANDIDATES_MAX);
    for (uint32_t i = 0; i < c.count && same; i++) {
        const struct store_candidate *f = &c.found[i];
        unsigned shared = count[f->n] < of ? count[f->n] : of;
        same = !m->article[f->n].dead && f->n >= m->floor && f->n != self && f->shared == shared &&
               f->of == of && f->exact == 0;
        if (i > 0)
            same &= f[-1].shared > f->shared || (f[-1].shared == f->shared && f[-1].n < f->n);
    }
    return same;
}

static void make_article(struct world *w, struct kit_article *a)
{
    *a = (struct kit_article){.arrived_ms = w->model->now_ms};
    snprintf(a->id, sizeof a->id, "%u", below(w, IDS));
    unsigned start = below(w, POOL), at = 0;
    while (at < KIT_SHINGLES) { /* some from a neighbourhood, some popular, some from anywhere */
        unsigned kind = below(w, 4), s = kind < 2    ? (start + below(w, 200)) % POOL
                                         : kind == 2 ? below(w, 40)
                                                     : below(w, POOL);
        uint64_t h = shingle_of(s);
        bool known = false;
        for (unsigned i = 0; i < at; i++)
            known |= a->hash[i] == h;
        if (!known)
            a->hash[at++] = h;
    }
    kit_finish(a, KIT_SHINGLES);
}

static void add(struct world *w)
{
    struct model *m = w->model;
    struct kit_article a;
    make_article(w, &a);
    if (!m->session_began)
        model_flush(m); /* the session's first put reserves numbers, in a transaction */
    m->session_began = true;
    uint64_t old = kit_lookup(w->store, a.id).n, n = kit_put(w->store, &a);
    ck_assert_uint_eq(n, m->count + 1);
    m->article[n].a = a;
    kit_finish(&m->article[n].a, KIT_SHINGLES);
    m->count = n;
    model_post(w, n);
    struct store_commit c = kit_commit(&a, n, 0);
    ck_assert_int_eq(kit_do(w->store, &c.op), 0);
    if (old)
        m->article[old].dead = true;
}

static void forget(struct world *w)
{
    char id[16];
    snprintf(id, sizeof id, "%u", below(w, IDS));
    uint64_t n = kit_lookup(w->store, id).n;
    struct store_forget f = {.op.kind = STORE_FORGET, .id = dupd_view_of(id)};
    ck_assert_int_eq(kit_do(w->store, &f.op), 0);
    ck_assert(f.found == (n != 0));
    if (n)
        w->model->article[n].dead = true;
}

static void close_and_open(struct world *w)
{
    char problem[512];
    struct store_options o = options();
    w->refused += kit_stats(w->store).postings_refused;
    store_close(w->store);
    ck_assert_int_eq(store_open(&w->store, w->dir, &o, w->model->now_ms, problem), 0);
    model_flush(w->model);
    w->model->session_began = false;
}

static void pass_time(struct world *w)
{
    struct model *m = w->model;
    m->now_ms += 1000 * (int64_t)(1 + below(w, 20));
    w->store->vtable->set_now(w->store, m->now_ms);
    while (m->floor <= m->count &&
           m->article[m->floor].a.arrived_ms < m->now_ms - WINDOW_S * INT64_C(1000))
        m->floor++;
}

/* One random operation and a question; false when they do not agree. */
static bool step(struct world *w)
{
    struct model *m = w->model;
    unsigned dice = below(w, 100);
    if (dice < 70)
        add(w);
    else if (dice < 75)
        forget(w);
    else if (dice < 85)
        pass_time(w);
    else if (dice == 99)
        close_and_open(w);
    else if (dice > 90) {
        ck_assert_int_eq(store_flush(w->store), 0);
        model_flush(m);
    }
    if (m->count < m->floor)
        return true;
    uint64_t n = m->floor + below(w, (unsigned)(m->count - m->floor + 1));
    return agree_on(w, &m->article[n].a, below(w, 2) ? n : 0);
}

static int by_hash(const void *a, const void *b, void *hashes)
{
    const uint64_t *hash = hashes;
    uint64_t x = hash[*(const unsigned *)a], y = hash[*(const unsigned *)b];
    return (x > y) - (x < y);
}

/* How many steps agreed until one did not, or `steps`. */
static unsigned run(unsigned steps, uint64_t seed, struct fault rules, struct world *out)
{
    struct world w = {.dir = kit_directory(), .random = seed, .model = calloc(1, sizeof *w.model)};
    uint64_t hashes[POOL];
    w.model->now_ms = KIT_NOW;
    w.model->floor = 1;
    w.model->rules = rules;
    w.model->article = calloc(ARTICLES + 1, sizeof *w.model->article);
    for (unsigned i = 0; i < POOL; i++) {
        hashes[i] = shingle_of(i);
        w.index[i] = i;
    }
    qsort_r(w.index, POOL, sizeof *w.index, by_hash, hashes);
    for (unsigned i = 0; i < POOL; i++)
        w.sorted[i] = hashes[w.index[i]];
    w.store = kit_open(w.dir, options());
    unsigned agreed = 0;
    while (agreed < steps && w.model->count < ARTICLES && step(&w))
        agreed++;
    w.refused += kit_stats(w.store).postings_refused;
    store_close(w.store);
    kit_remove(w.dir);
    free(w.model->article);
    free(w.model);
    *out = w;
    return agreed;
}

START_TEST(candidates_are_those_of_the_model)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world w;
        ck_assert_uint_eq(run(1500, seed, (struct fault){.owners_max = 12}, &w), 1500);
        ck_assert_uint_eq(w.refused, 0);
        ck_assert_uint_gt(w.hot_seen, 1000); /* or it would prove little */
        ck_assert_uint_gt(w.found_seen, 1000);
    }
}
END_TEST

START_TEST(planted_faults_are_seen)
{
    struct fault faults[] = {{.owners_max = 11},
                             {.owners_max = 13},
                             {.owners_max = 12, .ignores_window = true},
                             {.owners_max = 12, .keeps_the_dead = true}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct world w;
        ck_assert_uint_lt(run(1500, 1, faults[i], &w), 1500);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("prop_store");
    TCase *t = tcase_create("oracle");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, candidates_are_those_of_the_model);
    tcase_add_test(t, planted_faults_are_seen);
    suite_add_tcase(s, t);
    return kit_main(s);
}

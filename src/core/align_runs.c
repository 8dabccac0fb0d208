/*
 * align_runs.c: equal runs between two texts, and which run continues which.
 *
 *   a  |====|x|=====|yy|===|      |======|
 *   b  |====|z|=====|w |===|                 |======|
 *      `------ one chain ---'     `- moved: a chain of its own -'
 *
 * Happy path: b's shingles go into a hash table; a is walked once, each known shingle is extended
 * to the longest equal run that is not taken yet, and each run then looks back over a few earlier
 * ones for the one that it best continues. Cannot fail once prepared. Cost: linear; at most
 * CHAIN_MAX places of b are tried for one place of a, and the run taken is within BONUS of the
 * longest tried, so a text that repeats one shingle a million times is still walked a bounded
 * number of times.
 *
 * Not a suffix automaton: it finds runs of any length, but the shingle is the unit in which
 * everything else is measured, and its table is five times smaller.
 */
#include "align_runs.h"

#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/sketch.h"

#define CHAIN_MAX 16u
#define BONUS 4u /* tokens by which a run on the expected diagonal may be shorter and still win */
#define LOOK_BACK 12u /* earlier runs that a run may continue */

static uint32_t table_size(uint32_t n)
{
    uint32_t size = 16;
    while (size < 2 * n)
        size *= 2;
    return size;
}

/* Takes `size` bytes at *at of memory (which may be NULL while only measuring), 8-byte aligned. */
static void *carve(char *memory, size_t *at, size_t size)
{
    void *p = memory ? memory + *at : NULL;
    *at += (size + 7) & ~(size_t)7;
    return p;
}

static size_t lay_out(struct align_work *w, char *memory)
{
    size_t at = 0, na = w->a->count, nb = w->b->count;
    w->shingle_a = carve(memory, &at, na * sizeof *w->shingle_a);
    w->shingle_b = carve(memory, &at, nb * sizeof *w->shingle_b);
    w->slot = carve(memory, &at, ((size_t)w->slot_mask + 1) * sizeof *w->slot);
    w->slot_a = carve(memory, &at, ((size_t)w->slot_a_mask + 1) * sizeof *w->slot_a);
    w->next = carve(memory, &at, nb * sizeof *w->next);
    w->run = carve(memory, &at, na * sizeof *w->run);
    w->used_b = carve(memory, &at, nb);
    return at;
}

int align_prepare(struct align_work *w, struct dupd_aligner *scratch, const struct dupd_tokens *a,
                  const struct dupd_tokens *b)
{
    *w = (struct align_work){
        .a = a, .b = b, .mix = (a->content_hash.low ^ b->content_hash.high) | 1};
    if (a->count > UINT32_MAX / 4 || b->count > UINT32_MAX / 4)
        return DUPD_ENOMEM;
    w->slot_mask = table_size(b->count) - 1;
    w->slot_a_mask = table_size(a->count) - 1;
    size_t size = lay_out(w, NULL);
    if (size > scratch->size) {
        void *p = realloc(scratch->memory, size);
        if (!p)
            return DUPD_ENOMEM;
        scratch->memory = p;
        scratch->size = size;
    }
    lay_out(w, scratch->memory);
    memset(w->slot, 0xFF, ((size_t)w->slot_mask + 1) * sizeof *w->slot);
    memset(w->slot_a, 0xFF, ((size_t)w->slot_a_mask + 1) * sizeof *w->slot_a);
    memset(w->used_b, 0, b->count);
    w->shingles_a = dupd_shingles(a, 0, w->shingle_a);
    w->shingles_b = dupd_shingles(b, 0, w->shingle_b);
    return DUPD_OK;
}

/* Place of `hash` in a table over `shingle`: where it is, or the empty slot where it belongs. Where
 * the search begins depends on every word of both texts, so that nobody can write shingles that all
 * begin at one place. */
static uint32_t place(const struct align_work *w, const uint32_t *slot, uint32_t mask,
                      const uint64_t *shingle, uint64_t hash)
{
    uint32_t at = (uint32_t)((hash * w->mix) >> 32) & mask;
    while (slot[at] != ALIGN_NONE && shingle[slot[at]] != hash)
        at = (at + 1) & mask;
    return at;
}

static void fill_tables(struct align_work *w)
{
    for (uint32_t i = w->shingles_b; i-- > 0;) { /* backwards: chains end up in order of place */
        uint32_t at = place(w, w->slot, w->slot_mask, w->shingle_b, w->shingle_b[i]);
        w->next[i] = w->slot[at];
        w->distinct_b += w->slot[at] == ALIGN_NONE;
        w->slot[at] = i;
    }
    for (uint32_t i = 0; i < w->shingles_a; i++) {
        uint32_t at = place(w, w->slot_a, w->slot_a_mask, w->shingle_a, w->shingle_a[i]);
        if (w->slot_a[at] != ALIGN_NONE)
            continue;
        w->slot_a[at] = i;
        w->distinct_a++;
        w->distinct_shared +=
            w->slot[place(w, w->slot, w->slot_mask, w->shingle_b, w->shingle_a[i])] != ALIGN_NONE;
    }
}

static uint32_t extend(const struct align_work *w, uint32_t a, uint32_t b)
{
    uint32_t n = 0;
    while (a + n < w->a->count && b + n < w->b->count && !w->used_b[b + n] &&
           w->a->hash[a + n] == w->b->hash[b + n])
        n++;
    return n;
}

/* The best place of b for the shingle at a, given where the last run ended. */
static uint32_t choose(const struct align_work *w, uint32_t a, const struct align_run *last,
                       uint32_t *len)
{
    uint32_t best = ALIGN_NONE, best_len = 0, best_score = 0, tried = 0;
    uint32_t j = w->slot[place(w, w->slot, w->slot_mask, w->shingle_b, w->shingle_a[a])];
    uint32_t expected = last ? last->b + last->len + (a - last->a - last->len) : ALIGN_NONE;
    if (j != ALIGN_NONE && expected < w->shingles_b && w->shingle_b[expected] == w->shingle_a[a]) {
        best = expected;
        best_len = extend(w, a, expected);
        best_score = best_len ? best_len + BONUS : 0;
    }
    for (; j != ALIGN_NONE && tried < CHAIN_MAX; j = w->next[j], tried++) {
        uint32_t n = w->used_b[j] ? 0 : extend(w, a, j);
        bool near = last && j >= last->b + last->len && j - (last->b + last->len) <= ALIGN_GAP_MAX;
        uint32_t score = n ? n + (near ? BONUS : 0) : 0;
        if (score > best_score) {
            best = j;
            best_len = n;
            best_score = score;
        }
    }
    *len = best_len;
    return best;
}

static uint32_t weigh(const struct dupd_tokens *t, uint32_t first, uint32_t len)
{
    uint32_t weight = 0;
    for (uint32_t i = first; i < first + len; i++)
        weight += t->token[i].weight;
    return weight;
}

void align_find_runs(struct align_work *w)
{
    fill_tables(w);
    const struct align_run *last = NULL;
    for (uint32_t a = 0; a < w->shingles_a;) {
        uint32_t len, b = choose(w, a, last, &len);
        uint32_t weight = b == ALIGN_NONE ? 0 : weigh(w->a, a, len);
        if (weight < DUPD_SHINGLE_WEIGHT) { /* not there, or partly taken */
            a++;
            continue;
        }
        struct align_run *run = &w->run[w->run_count++];
        *run = (struct align_run){
            .a = a, .b = b, .len = len, .previous = ALIGN_NONE, .weight = weight};
        memset(w->used_b + b, 1, len);
        a += len;
        last = run;
    }
}

uint32_t align_gap(const struct align_work *w, uint32_t a, uint32_t a_len, uint32_t b,
                   uint32_t b_len, uint32_t *pair_a, uint32_t *pair_b)
{
    uint8_t lcs[ALIGN_GAP_MAX + 1][ALIGN_GAP_MAX + 1] = {{0}};
    for (uint32_t i = a_len; i-- > 0;)
        for (uint32_t j = b_len; j-- > 0;) {
            uint8_t skip = lcs[i + 1][j] > lcs[i][j + 1] ? lcs[i + 1][j] : lcs[i][j + 1];
            bool equal = w->a->hash[a + i] == w->b->hash[b + j];
            lcs[i][j] = equal ? (uint8_t)(lcs[i + 1][j + 1] + 1) : skip;
        }
    for (uint32_t i = 0, j = 0; pair_a && i < a_len && j < b_len;) {
        if (w->a->hash[a + i] == w->b->hash[b + j]) {
            pair_a[a + i] = b + j;
            pair_b[b + j] = a + i;
            i++;
            j++;
        } else if (lcs[i + 1][j] >= lcs[i][j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    return lcs[0][0];
}

/* May a run that starts at (a, b) continue `earlier`? */
static bool bridges(const struct align_work *w, const struct align_run *earlier,
                    const struct align_run *later)
{
    uint32_t a_end = earlier->a + earlier->len, b_end = earlier->b + earlier->len;
    if (later->a < a_end || later->b < b_end)
        return false;
    uint32_t a_gap = later->a - a_end, b_gap = later->b - b_end;
    if (a_gap > ALIGN_GAP_MAX || b_gap > ALIGN_GAP_MAX)
        return false;
    uint32_t longer = a_gap > b_gap ? a_gap : b_gap, shorter = a_gap > b_gap ? b_gap : a_gap;
    if (longer - shorter > ALIGN_SKEW_MAX)
        return false;
    if (longer <= ALIGN_GAP_FREE)
        return true;
    return 3 * align_gap(w, a_end, a_gap, b_end, b_gap, NULL, NULL) >= longer;
}

void align_link_runs(struct align_work *w)
{
    for (uint32_t i = 0; i < w->run_count; i++) {
        struct align_run *run = &w->run[i];
        uint32_t best = 0, own = run->weight;
        for (uint32_t back = 1; back <= LOOK_BACK && back <= i; back++) {
            const struct align_run *earlier = &w->run[i - back];
            if (run->a - (earlier->a + earlier->len) > ALIGN_GAP_MAX)
                break;
            if (!earlier->continued && earlier->weight > best && bridges(w, earlier, run)) {
                best = earlier->weight;
                run->previous = i - back;
            }
        }
        if (run->previous != ALIGN_NONE) {
            run->weight = own + best;
            w->run[run->previous].continued = true;
        }
    }
}

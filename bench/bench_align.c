/*
 * bench_align.c: time of an alignment, and that it is linear: texts of n and 2n words, news-like
 * and as repetitive as an attacker can make them. The ratio is to stay near 2.
 *
 *   bench_align [WORDS]      default 500,000
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dupd/align.h"

static const struct {
    const char *name;
    const char *a, *b; /* repeated; NULL: random words */
    unsigned replaced; /* one word of so many is replaced; 0: none */
} shape[] = {{"random words, one in 8 replaced", NULL, NULL, 8},
             {"random words, one in 4 replaced", NULL, NULL, 4},
             {"one word against itself", "spam ", "spam ", 0},
             {"one word against another", "spam ", "eggs ", 0},
             {"one word, one in 4 replaced", "spam ", "spam ", 4},
             {"x x x x x x x y against x", "x x x x x x x y ", "x ", 0},
             {"x x x y against x x y", "x x x y ", "x x y ", 0},
             {"a rotated phrase, one in 7 replaced", "p q r s t ", "s t p q r ", 7}};

static unsigned below(uint64_t *state, unsigned n)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)((*state >> 20) % n);
}

/* Exits when memory runs out. */
static void check(int rc)
{
    if (rc < 0) {
        fprintf(stderr, "bench_align: error %d\n", rc);
        exit(1);
    }
}

static void make(struct dupd_tokens *t, const char *phrase, unsigned words, unsigned replaced)
{
    struct dupd_buf text = {0};
    uint64_t state = 88172645463325252u, other = 2463534242u;
    const char *word = phrase; /* the next of the phrase */
    for (unsigned i = 0; i < words; i++) {
        unsigned any = below(&state, 1u << (4 + below(&state, 14)));
        size_t len = phrase ? strcspn(word, " ") + 1 : 0;
        if (replaced && below(&other, replaced) == 0)
            check(dupd_buf_addf(&text, "r%u ", below(&other, 1000000)));
        else if (phrase)
            check(dupd_buf_add(&text, word, len));
        else
            check(dupd_buf_addf(&text, "w%u ", any));
        if (phrase)
            word = word[len] ? word + len : phrase;
    }
    check(dupd_tokens_read(t, dupd_buf_view(&text)));
    dupd_buf_close(&text);
}

/* Milliseconds for one alignment of texts of so many words. */
static double measure(size_t s, unsigned words, uint32_t *shared)
{
    struct dupd_tokens t[2] = {{0}};
    struct dupd_aligner scratch = {0};
    struct dupd_overlap o = {0};
    struct timespec from, to;
    make(&t[0], shape[s].a, words, 0);
    make(&t[1], shape[s].b, words, shape[s].replaced);
    struct dupd_side a = {&t[0], NULL}, b = {&t[1], NULL};
    check(dupd_align(&scratch, &a, &b, &o)); /* memory is there the second time */
    clock_gettime(CLOCK_MONOTONIC, &from);
    check(dupd_align(&scratch, &a, &b, &o));
    clock_gettime(CLOCK_MONOTONIC, &to);
    *shared = o.shared;
    dupd_tokens_close(&t[0]);
    dupd_tokens_close(&t[1]);
    dupd_overlap_close(&o);
    dupd_aligner_close(&scratch);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long words = argc > 1 ? strtoul(argv[1], &end, 10) : 500000;
    if (argc > 2 || (end && *end) || words < 1000 || words > 20000000) {
        fprintf(stderr, "usage: bench_align [WORDS, 1000 to 20000000]\n");
        return 2;
    }
    printf("%-38s %9s %9s %6s %9s\n", "", "n, ms", "2n, ms", "ratio", "shared");
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        uint32_t shared;
        double once = measure(s, (unsigned)words, &shared);
        double twice = measure(s, 2 * (unsigned)words, &shared);
        printf("%-38s %9.1f %9.1f %6.2f %9u\n", shape[s].name, once, twice, twice / once, shared);
    }
    return 0;
}

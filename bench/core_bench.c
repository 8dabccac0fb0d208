/*
 * core_bench.c: from text to sketch on one core, by the same calls as the program's.
 *
 *   core_bench ARTICLES.jsonl [LEAST MOST]   articles whose text has so many bytes, 2500 to 3500
 *   core_bench --hostile                     texts that an attacker would send
 *
 * The first prints what an article costs, stage by stage. The second times each kind of hostile
 * text at 2 and at 8 MiB: the ratio is to stay near 4, since everything is linear; above 6 it
 * exits 1. Times are of the processor, the best of several rounds, so that others on the machine
 * matter little.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dupd/error.h"
#include "dupd/sketch.h"
#include "dupd/text.h"
#include "input/article_read.h"

#define ROUNDS 7
#define MIB ((size_t)1 << 20)

/* The stages of an article, in order; each includes those before it. */
enum stage { UTF8, TOKENS, SKETCH, SIMHASH, STAGES };

struct bench {
    struct dupd_tokens tokens;
    struct dupd_sketch sketch;
    struct dupd_buf clean;
    uint64_t seen; /* so that no result goes unused */
};

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(long rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "core_bench: %s\n", dupd_error_text((int)rc));
    exit(2);
}

/* One article as far as `last`. */
static void run(struct bench *b, struct dupd_view text, enum stage last)
{
    if (!dupd_text_is_clean(text)) {
        dupd_buf_clear(&b->clean);
        must(dupd_text_clean(text, &b->clean));
        text = dupd_buf_view(&b->clean);
    }
    if (last < TOKENS)
        return;
    must(dupd_tokens_read(&b->tokens, text));
    b->seen += b->tokens.count;
    if (last < SKETCH)
        return;
    must(dupd_sketch_make(&b->sketch, &b->tokens, 1));
    b->seen += b->sketch.hash_count;
    if (last == SIMHASH)
        b->seen += dupd_simhash(&b->tokens);
}

struct articles {
    struct dupd_view *text;
    size_t count, cap, bytes, tokens;
};

static void keep(struct articles *a, struct dupd_view text)
{
    if (a->count == a->cap) {
        a->cap = a->cap ? a->cap * 2 : 1024;
        a->text = realloc(a->text, a->cap * sizeof *a->text);
        must(a->text ? 0 : DUPD_ENOMEM);
    }
    char *copy = malloc(text.len);
    must(copy ? 0 : DUPD_ENOMEM);
    memcpy(copy, text.ptr, text.len);
    a->text[a->count++] = (struct dupd_view){copy, text.len};
    a->bytes += text.len;
}

static void load(struct articles *a, const char *path, size_t least, size_t most)
{
    const struct article_limits limits = {16 * MIB, 8 * MIB};
    struct article_reader reader;
    struct dupd_article article;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        exit(2);
    }
    article_reader_init(&reader);
    while ((n = getline(&line, &cap, f)) > 0) {
        struct dupd_view json = {line, (size_t)n};
        if (article_read(&reader, ARTICLE_JSON, json, &limits, &article) == 0 &&
            article.text.len >= least && article.text.len <= most)
            keep(a, article.text);
    }
    article_reader_close(&reader);
    free(line);
    fclose(f);
}

static int measure_articles(const char *path, size_t least, size_t most)
{
    static const char *const names[] = {"UTF-8", "+ tokens", "+ sketch", "+ SimHash"};
    struct articles a = {0};
    struct bench b = {0};
    load(&a, path, least, most);
    if (a.count == 0) {
        fprintf(stderr, "core_bench: %s: no article of %zu to %zu bytes\n", path, least, most);
        return 2;
    }
    for (size_t i = 0; i < a.count; i++) {
        run(&b, a.text[i], TOKENS);
        a.tokens += b.tokens.count;
    }
    printf("%zu articles of %zu bytes and %zu tokens on average\n", a.count, a.bytes / a.count,
           a.tokens / a.count);
    for (enum stage last = UTF8; last < STAGES; last++) {
        double best = 1e9;
        for (int round = 0; round < ROUNDS; round++) {
            double start = cpu();
            for (size_t i = 0; i < a.count; i++)
                run(&b, a.text[i], last);
            double took = cpu() - start;
            best = took < best ? took : best;
        }
        printf("%-10s %8.2f us/article %9.0f articles/s %7.1f MB/s %6.1f ns/token\n", names[last],
               best / (double)a.count * 1e6, (double)a.count / best, (double)a.bytes / best / 1e6,
               best / (double)a.tokens * 1e9);
    }
    return b.seen == 0;
}

/* Texts made of one fragment over and over. */
static const struct {
    const char *name, *fragment;
} hostile[] = {
    {"one word of ASCII", "a"},
    {"one word of accents", "é"},
    {"one word of ligatures", "ﷺ"},
    {"one word of Cyrillic", "я"},
    {"one word of jamo", "\u1112\u1161\u11AB"},
    {"only Han", "國"},
    {"double quotes", "\""},
    {"apostrophes", "'"},
    {"opening quotes", "“"},
    {"closing quotes", "”"},
    {"guillemets", "«»"},
    {"single openers", "'a "},
    {"single openers, lines", "'a\n"},
    {"typographic openers", "‘a "},
    {"quotes opened again", "“a b c d e f g h i j k l m n o p q r s t u v w x y z "},
    {"combining marks", "\u0301\u0323"},
    {"letters under marks", "a\u0301\u0323\u0301\u0323\u0301\u0323\u0301\u0323"},
    {"line ends", "\n"},
    {"line ends of DOS", "\r\n"},
    {"hard breaks", "a\u2028"},
    {"lines of one letter", "a\n"},
    {"wrapped lines", "nine more words make a line of about sixty or so columns\n"},
    {"alternating scripts", "aя東あ한ก"},
    {"abbreviations", "a.b. "},
    {"dots and letters", "a."},
    {"digits and commas", "1,"},
    {"grouped digits", "1\u00A0000 "},
    {"gershayim", "ה\"ה"},
    {"invisible characters", "\u200B"},
    {"hidden in words", "a\u00AD"},
    {"one word again", "again "},
    {"bytes that are no UTF-8", "\xE2\x82"},
    {"NULs", ""},
};

static void fill(struct dupd_buf *out, const char *fragment, size_t size)
{
    dupd_buf_clear(out);
    while (out->len < size)
        must(*fragment ? dupd_buf_add_str(out, fragment) : dupd_buf_add_char(out, '\0'));
}

static double time_hostile(struct bench *b, struct dupd_view text)
{
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        double start = cpu();
        run(b, text, SIMHASH);
        double took = cpu() - start;
        best = took < best ? took : best;
    }
    return best;
}

static int measure_hostile(void)
{
    struct bench b = {0};
    struct dupd_buf text = {0};
    int status = 0;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        fill(&text, hostile[i].fragment, 2 * MIB);
        double small = time_hostile(&b, dupd_buf_view(&text));
        fill(&text, hostile[i].fragment, 8 * MIB);
        double large = time_hostile(&b, dupd_buf_view(&text)), ratio = large / small;
        bool linear = ratio < 6;
        status |= !linear;
        printf("%-24s 8 MiB in %7.1f ms %7.1f ns/byte, ratio %.1f%s\n", hostile[i].name,
               large * 1e3, large / (double)text.len * 1e9, ratio, linear ? "" : " NOT LINEAR");
    }
    dupd_buf_close(&text);
    dupd_buf_close(&b.clean);
    dupd_tokens_close(&b.tokens);
    dupd_sketch_close(&b.sketch);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--hostile") == 0)
        return measure_hostile();
    if (argc == 2)
        return measure_articles(argv[1], 2500, 3500);
    if (argc == 4)
        return measure_articles(argv[1], strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    fputs("usage: core_bench ARTICLES.jsonl [LEAST MOST] | --hostile\n", stderr);
    return 2;
}

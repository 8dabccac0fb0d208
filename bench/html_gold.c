/*
 * html_gold.c: how well and how fast article text is extracted from real pages.
 *
 *   html_gold DIR [--texts OUT]
 *
 * DIR/index.jsonl has one object a line: file (below DIR), lang, gold_text. For each page, the F1
 * of the words (as multisets) and of the word 4-grams of the extracted text against the gold text;
 * means for each language that the pages declare, and for all. Then: of the pages that state a date
 * for machines (a search of the raw bytes, which knows nothing of the extractor), the share whose
 * date was found and is one of those stated. Then bytes of HTML a second on one core, each page
 * extracted as dupd does it. --texts writes one JSON line a page for study.
 * Exit 1 if DIR cannot be read or has no pages.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/html_json.h"
#include "dupd/error.h"
#include "dupd/html.h"
#include "dupd/text.h"
#include "input/charset.h"

#define GRAM 4
#define LANGUAGES_MAX 64

struct hashes {
    uint64_t *h;
    size_t count;
};

struct score {
    char lang[8];
    size_t pages;
    double words, grams, precision, recall;
};

struct totals {
    struct score all, lang[LANGUAGES_MAX];
    size_t lang_count, dated, dated_right, bytes;
    double seconds;
    FILE *texts;
};

static void *need(void *p)
{
    if (!p) {
        fputs("html_gold: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static struct dupd_buf read_all(const char *path)
{
    struct dupd_buf b = {0};
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return b;
    }
    for (size_t n = 1; n;) {
        if (dupd_buf_reserve(&b, 1 << 16))
            need(NULL);
        n = fread(b.ptr + b.len, 1, b.cap - b.len, f);
        b.len += n;
    }
    fclose(f);
    return b;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static bool is_unspaced(uint32_t c)
{
    return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0xA000);
}

static bool is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    return c >= 0xC0 && !(c >= 0x2000 && c < 0x2E80) && !(c >= 0x3000 && c < 0x3040) && c < 0xFF00;
}

/* Hashes of the words of a clean text, in order. */
static struct hashes words_of(struct dupd_view text)
{
    struct hashes w = {need(malloc((text.len + 1) * sizeof(uint64_t))), 0};
    uint64_t h = 0;
    bool in_word = false;
    for (size_t at = 0; at < text.len;) {
        uint32_t c = dupd_text_next(text, &at);
        bool word = is_word(c), alone = is_unspaced(c);
        if ((!word || alone) && in_word) {
            w.h[w.count++] = h;
            in_word = false;
        }
        if (alone) {
            w.h[w.count++] = mix(1, c);
        } else if (word) {
            h = mix(in_word ? h : 1, c < 0x80 ? c | 0x20 : c);
            in_word = true;
        }
    }
    if (in_word)
        w.h[w.count++] = h;
    return w;
}

static struct hashes grams_of(struct hashes w)
{
    struct hashes g = {need(malloc((w.count + 1) * sizeof(uint64_t))), 0};
    for (size_t i = 0; i + GRAM <= w.count; i++) {
        uint64_t h = 7;
        for (size_t k = 0; k < GRAM; k++)
            h = mix(h, w.h[i + k]);
        g.h[g.count++] = h;
    }
    return g;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Size of the intersection of two multisets; sorts both. */
static size_t common(struct hashes a, struct hashes b)
{
    size_t i = 0, k = 0, n = 0;
    qsort(a.h, a.count, sizeof *a.h, by_value);
    qsort(b.h, b.count, sizeof *b.h, by_value);
    while (i < a.count && k < b.count) {
        n += a.h[i] == b.h[k];
        uint64_t x = a.h[i], y = b.h[k];
        i += x <= y;
        k += y <= x;
    }
    return n;
}

static double f1(size_t shared, size_t a, size_t b)
{
    return a + b ? 2.0 * (double)shared / (double)(a + b) : 1.0;
}

/* Adds the date behind `mark`, between quotation marks, to *right if it is the day of `t`, to
 * *stated if it is a date at all. */
static void stated_after(struct dupd_view page, const char *mark, struct dupd_time t, bool *stated,
                         bool *right)
{
    const char *p = page.ptr, *end = p + page.len;
    while ((p = memmem(p, (size_t)(end - p), mark, strlen(mark))) != NULL) {
        p += strlen(mark);
        const char *open = p;
        while (open < end && open < p + 40 && !(*open >= '0' && *open <= '9') && *open != '>')
            open++;
        size_t n = 0;
        while (open + n < end && n < 40 && open[n] != '"' && open[n] != '\'' && open[n] != '<')
            n++;
        struct dupd_time found;
        if (!dupd_time_parse((struct dupd_view){open, n}, &found))
            continue;
        *stated = true;
        int64_t apart = found.seconds - t.seconds;
        *right |= t.kind != DUPD_TIME_NONE && apart < 86400 && apart > -86400;
    }
}

static struct score *language(struct totals *t, struct dupd_view lang)
{
    char name[8] = "?";
    if (lang.len >= 2)
        snprintf(name, sizeof name, "%.2s", lang.ptr);
    for (size_t i = 0; i < t->lang_count; i++)
        if (strcasecmp(t->lang[i].lang, name) == 0)
            return &t->lang[i];
    if (t->lang_count == LANGUAGES_MAX)
        return &t->lang[0];
    memcpy(t->lang[t->lang_count].lang, name, sizeof name);
    return &t->lang[t->lang_count++];
}

static void add(struct score *s, double words, double grams, double precision, double recall)
{
    s->pages++;
    s->words += words;
    s->grams += grams;
    s->precision += precision;
    s->recall += recall;
}

static void put_json(FILE *f, struct dupd_view v)
{
    putc('"', f);
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.ptr[i];
        if (c == '"' || c == '\\' || c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            putc(c, f);
    }
    putc('"', f);
}

static void write_texts(FILE *f, struct dupd_view file, const struct dupd_article *a, double words)
{
    char when[DUPD_TIME_TEXT_MAX];
    dupd_time_format(a->published, when);
    const struct {
        const char *name;
        struct dupd_view value;
    } fields[] = {{"title", a->title},   {"url", a->url},   {"source", a->source},
                  {"byline", a->byline}, {"lang", a->lang}, {"published", dupd_view_of(when)},
                  {"text", a->text}};
    fprintf(f, "{\"f1\":%.4f,\"file\":", words);
    put_json(f, file);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        fprintf(f, ",\"%s\":", fields[i].name);
        put_json(f, fields[i].value);
    }
    fputs("}\n", f);
}

static void one_page(struct totals *t, struct dupd_view file, struct dupd_view page,
                     struct dupd_view gold)
{
    struct dupd_buf memory = {0}, decoded = {0};
    struct dupd_view utf8;
    struct dupd_article a = {0};
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    int rc = charset_to_utf8(page, &decoded, &utf8);
    if (!rc)
        rc = dupd_html_extract(utf8, NULL, &memory, &a);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    t->seconds += (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    t->bytes += page.len;
    if (rc && rc != DUPD_EEMPTY)
        fprintf(stderr, "%.*s: %s\n", (int)file.len, file.ptr, dupd_error_text(rc));
    struct hashes ours = words_of(a.text), theirs = words_of(gold);
    struct hashes our_grams = grams_of(ours), their_grams = grams_of(theirs);
    size_t shared = common(ours, theirs);
    double words = f1(shared, ours.count, theirs.count);
    double grams = f1(common(our_grams, their_grams), our_grams.count, their_grams.count);
    double precision = ours.count ? (double)shared / (double)ours.count : 0;
    double recall = theirs.count ? (double)shared / (double)theirs.count : 1;
    add(&t->all, words, grams, precision, recall);
    add(language(t, a.lang), words, grams, precision, recall);
    bool stated = false, right = false;
    static const char *const marks[] = {"\"datePublished\"", "article:published_time\"",
                                        "itemprop=\"datePublished\""};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        stated_after(page, marks[i], a.published, &stated, &right);
    t->dated += stated;
    t->dated_right += stated && right;
    if (t->texts)
        write_texts(t->texts, file, &a, words);
    free(ours.h);
    free(theirs.h);
    free(our_grams.h);
    free(their_grams.h);
    dupd_buf_close(&memory);
    dupd_buf_close(&decoded);
}

static void one_line(struct totals *t, const char *dir, struct dupd_view line)
{
    struct dupd_buf file = {0}, gold = {0}, path = {0}, clean = {0};
    struct dupd_view key = {NULL, 0}, value, rest = line;
    while (json_next(&rest, &key, &value)) {
        if (json_is(key, "file") && json_text(value, &file))
            need(NULL);
        if (json_is(key, "gold_text") && json_text(value, &gold))
            need(NULL);
    }
    if (dupd_buf_addf(&path, "%s/%.*s", dir, (int)file.len, file.ptr) ||
        dupd_buf_add_char(&path, '\0') || dupd_text_clean(dupd_buf_view(&gold), &clean) < 0)
        need(NULL);
    struct dupd_buf page = read_all(path.ptr);
    if (page.len)
        one_page(t, dupd_buf_view(&file), dupd_buf_view(&page), dupd_buf_view(&clean));
    dupd_buf_close(&page);
    dupd_buf_close(&file);
    dupd_buf_close(&gold);
    dupd_buf_close(&path);
    dupd_buf_close(&clean);
}

static void print_score(const char *name, const struct score *s)
{
    double n = (double)s->pages;
    printf("%-10s %6zu %9.4f %9.4f %9.4f %9.4f\n", name, s->pages, s->words / n, s->grams / n,
           s->precision / n, s->recall / n);
}

int main(int argc, char **argv)
{
    static struct totals t;
    if (argc != 2 && !(argc == 4 && strcmp(argv[2], "--texts") == 0)) {
        fputs("usage: html_gold DIR [--texts OUT]\n", stderr);
        return 2;
    }
    struct dupd_buf index_path = {0};
    if (dupd_buf_addf(&index_path, "%s/index.jsonl", argv[1]) ||
        dupd_buf_add_char(&index_path, '\0'))
        need(NULL);
    struct dupd_buf index = read_all(index_path.ptr);
    t.texts = argc == 4 ? fopen(argv[3], "w") : NULL;
    for (size_t from = 0; from < index.len;) {
        const char *nl = memchr(index.ptr + from, '\n', index.len - from);
        size_t len = nl ? (size_t)(nl - (index.ptr + from)) : index.len - from;
        one_line(&t, argv[1], (struct dupd_view){index.ptr + from, len});
        from += len + 1;
    }
    if (t.texts)
        fclose(t.texts);
    dupd_buf_close(&index);
    dupd_buf_close(&index_path);
    if (!t.all.pages)
        return 1;
    printf("%-10s %6s %9s %9s %9s %9s\n", "language", "pages", "word F1", "4-gram F1", "precision",
           "recall");
    for (size_t i = 0; i < t.lang_count; i++)
        print_score(t.lang[i].lang, &t.lang[i]);
    print_score("all", &t.all);
    printf("date: %zu of %zu pages that state one (%.3f)\n", t.dated_right, t.dated,
           t.dated ? (double)t.dated_right / (double)t.dated : 1.0);
    printf("speed: %.1f MB of HTML a second on one core\n", (double)t.bytes / 1e6 / t.seconds);
    return 0;
}

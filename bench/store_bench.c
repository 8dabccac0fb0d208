/*
 * store_bench.c: the embedded store at sizes that matter. Synthetic articles (synth.h) go through
 * the same calls as the program's: sketch, put, candidates, commit, flush.
 *
 *   store_bench CORPUS.jsonl DIR ARTICLES [--real] [--keep]
 *
 * --real adds the corpus's own articles instead (recall is then of copies planted into it).
 * Prints, for the store of that size: speeds of the store's part alone, memory of the index, share
 * of hot and of refused postings, how many planted copies are found, how long candidates take, and
 * how long opening takes after a writer was killed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dupd/error.h"
#include "dupd/sketch.h"
#include "input/article_read.h"
#include "store/pack.h"
#include "store/store.h"
#include "synth.h"

#define PROBES 300u
#define ARRIVED INT64_C(1700000000000)

struct bench {
    const char *corpus, *dir;
    uint64_t articles;
    bool real;
    struct synth *synth;
    FILE *file;
    struct article_reader reader;
    char *line;
    size_t line_cap;
    struct store *store;
    struct dupd_tokens tokens;
    struct dupd_sketch sketch;
    struct dupd_buf text, copy, packed, record;
    struct pack pack;
    uint64_t exact;
    double put_s, ask_s, commit_s, flush_s; /* by the clock on the wall */
    double cpu_s;                           /* the processor's, of the store's operations */
    uint64_t posted, hot, refused, candidates, text_bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Processor time of this process: what counts when others use the machine too. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "store_bench: %s: %s\n", what, dupd_error_text(rc));
    exit(1);
}

static void open_store(struct bench *b, bool read_only)
{
    struct store_options o;
    char problem[512];
    store_options_default(&o);
    o.create = !read_only;
    o.read_only = read_only;
    o.window_s = 0;
    int rc = store_open(&b->store, b->dir, &o, ARRIVED, problem);
    if (rc)
        fprintf(stderr, "%s\n", problem);
    must(rc, "open");
}

static void on_done(struct store_op *op)
{
    must(op->status, "operation");
}

static double timed(struct bench *b, struct store_op *op)
{
    double start = now(), start_cpu = cpu();
    op->done = on_done;
    store_submit(b->store, op);
    store_run(b->store);
    b->cpu_s += cpu() - start_cpu;
    return now() - start;
}

/* The text of article i to b->text. */
static bool next_text(struct bench *b, uint64_t i)
{
    if (!b->real) {
        must(synth_article(b->synth, i, &b->text), "synth");
        return true;
    }
    struct article_limits limits = {16u << 20, 8u << 20};
    ssize_t n = getline(&b->line, &b->line_cap, b->file);
    struct dupd_article a;
    if (n <= 0 ||
        article_read(&b->reader, ARTICLE_JSON, (struct dupd_view){b->line, (size_t)n}, &limits, &a))
        return false;
    dupd_buf_clear(&b->text);
    must(dupd_buf_add_view(&b->text, a.text), "text");
    return true;
}

static void sketch(struct bench *b, struct dupd_view text)
{
    must(dupd_tokens_read(&b->tokens, text), "tokens");
    must(dupd_sketch_make(&b->sketch, &b->tokens, dupd_collection_seed((struct dupd_view){0})),
         "sketch");
    b->exact = b->tokens.content_hash.low;
}

static struct store_postings postings(struct bench *b)
{
    return (struct store_postings){&b->sketch, &b->exact, 1};
}

static void encode(struct bench *b, struct dupd_view id, struct dupd_view text)
{
    uint8_t encoding;
    must(pack_text(text, &b->packed, &encoding), "pack");
    struct dupd_record r = {.article = {.id = id, .source = DUPD_VIEW("outlet.example")},
                            .arrived_ms = ARRIVED,
                            .effective_ms = ARRIVED,
                            .content_hash = b->tokens.content_hash,
                            .words = dupd_tokens_words(&b->tokens),
                            .text_encoding = encoding,
                            .text_len = (uint32_t)text.len,
                            .packed_text = dupd_buf_view(&b->packed)};
    dupd_buf_clear(&b->record);
    must(dupd_record_encode(&r, &b->record), "record");
}

static void add(struct bench *b, uint64_t i)
{
    static const char verdict[] = "{\"v\":1,\"verdict\":\"unique\",\"copy\":false,\"score\":0.01,"
                                  "\"matches\":[],\"agency\":null,\"words\":600}";
    char id[32];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)(i * UINT64_C(0x9e3779b97f4a7c15)));
    struct dupd_view text = dupd_buf_view(&b->text);
    sketch(b, text);
    encode(b, dupd_view_of(id), text);
    struct store_put put = {.op.kind = STORE_PUT,
                            .id = dupd_view_of(id),
                            .content_hash = b->tokens.content_hash,
                            .record = dupd_buf_view(&b->record),
                            .postings = postings(b),
                            .arrived_ms = ARRIVED};
    b->put_s += timed(b, &put.op);
    struct store_candidates ask = {
        .op.kind = STORE_CANDIDATES, .postings = postings(b), .self = put.n, .min_shared = 2};
    b->ask_s += timed(b, &ask.op);
    struct store_commit commit = {.op.kind = STORE_COMMIT,
                                  .n = put.n,
                                  .id = dupd_view_of(id),
                                  .verdict = DUPD_VIEW(verdict),
                                  .story = put.n,
                                  .to_origin = 1};
    b->commit_s += timed(b, &commit.op);
    b->posted += put.posted;
    b->hot += put.hot;
    b->refused += put.refused;
    b->candidates += ask.count;
    b->text_bytes += text.len;
}

static void flush(struct bench *b)
{
    double start = now();
    must(store_flush(b->store), "flush");
    b->flush_s += now() - start;
}

static void build(struct bench *b)
{
    double start = now();
    open_store(b, false);
    uint64_t i = 0;
    for (; i < b->articles && next_text(b, i); i++)
        add(b, i);
    flush(b);
    struct store_stats t = {.op.kind = STORE_STATS};
    timed(b, &t.op);
    double n = (double)i, all = b->put_s + b->ask_s + b->commit_s + b->flush_s;
    printf("articles %llu, %.0f bytes of text each; whole run %.1f s\n", (unsigned long long)i,
           (double)b->text_bytes / n, now() - start);
    printf(
        "store: %.0f articles/s (put %.1f us, candidates %.1f us, commit %.1f us, flush %.1f us); "
        "%.1f us of processor time\n",
        n / all, b->put_s / n * 1e6, b->ask_s / n * 1e6, b->commit_s / n * 1e6,
        b->flush_s / n * 1e6, b->cpu_s / n * 1e6);
    printf("index: %.0f bytes an article, load %.3f, %.1f postings an article, spilled %.4f, "
           "refused %.5f\n",
           (double)t.index_bytes / n, (double)t.index_entries / (double)t.index_slots,
           (double)b->posted / n, (double)t.index_bucket_full / (double)b->posted,
           (double)t.postings_refused / (double)b->posted);
    printf("hot shingles met while posting: %.4f; candidates an article: %.2f\n",
           (double)b->hot / (double)(b->posted + b->hot), (double)b->candidates / n);
    printf("disk: %.0f bytes an article\n", (double)t.store_bytes / n);
    start = now();
    store_close(b->store);
    printf("close: %.2f s\n", now() - start);
}

/* Is article `of` among the candidates of b->copy? */
static int rank_of(struct bench *b, uint64_t of, double *estimate)
{
    sketch(b, dupd_buf_view(&b->copy));
    struct store_candidates ask = {
        .op.kind = STORE_CANDIDATES, .postings = postings(b), .min_shared = 2};
    timed(b, &ask.op);
    for (uint32_t c = 0; c < ask.count; c++)
        if (ask.found[c].n == of) {
            *estimate += (double)ask.found[c].shared / ask.found[c].of;
            return (int)c;
        }
    return -1;
}

static void probe_kind(struct bench *b, const char *name, double share,
                       int (*plant)(const struct synth *, uint64_t, struct dupd_view, double,
                                    struct dupd_buf *))
{
    unsigned found = 0, top = 0, probes = 0;
    double estimate = 0, before = b->cpu_s;
    uint64_t step = b->articles / PROBES ? b->articles / PROBES : 1;
    if (b->real)
        rewind(b->file);
    for (uint64_t i = 0; i < b->articles; i++) {
        if (!b->real && i % step)
            continue;
        if (!next_text(b, i))
            break;
        if (i % step || b->text.len < 1200)
            continue;
        must(plant(b->synth, UINT64_C(1) << 40 | i, dupd_buf_view(&b->text), share, &b->copy),
             "plant");
        int rank = rank_of(b, i + 1, &estimate);
        found += rank >= 0;
        top += rank >= 0 && rank < 3;
        probes++;
    }
    printf("planted %s %.1f: found %.3f, among the first three %.3f, estimate %.2f, %.1f us of "
           "processor time\n",
           name, share, (double)found / probes, (double)top / probes,
           estimate / (found ? found : 1), (b->cpu_s - before) / probes * 1e6);
}

static void probe(struct bench *b)
{
    double start = now();
    open_store(b, true);
    printf("reader opens: %.2f ms\n", (now() - start) * 1e3);
    static const double shares[] = {0.3, 0.5, 0.8};
    for (int i = 0; i < 3; i++) {
        probe_kind(b, "spun", shares[i], synth_spun);
        probe_kind(b, "cut ", shares[i], synth_cut);
    }
    store_close(b->store);
}

/* A writer that is killed with articles posted and not committed. */
static void be_killed(struct bench *b)
{
    open_store(b, false);
    for (uint64_t i = b->articles; i < b->articles + 700; i++) {
        must(synth_article(b->synth, i, &b->text), "synth");
        add(b, i);
    }
    kill(getpid(), SIGKILL);
}

static void reopen(struct bench *b)
{
    double start = now();
    open_store(b, false);
    printf("writer opens after a kill: %.3f s\n", now() - start);
    store_close(b->store);
}

/* In a process of its own, so that each measures with nothing left by the others. */
static void phase(struct bench *b, void (*run)(struct bench *))
{
    fflush(stdout);
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        run(b);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 ||
        (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) ||
        (WIFEXITED(status) && WEXITSTATUS(status)))
        exit(1);
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    if (argc < 4) {
        fprintf(stderr, "usage: store_bench CORPUS.jsonl DIR ARTICLES [--real]\n");
        return 2;
    }
    b.corpus = argv[1];
    b.dir = argv[2];
    b.articles = strtoull(argv[3], NULL, 10);
    b.real = argc > 4;
    b.file = fopen(b.corpus, "r");
    must(b.file ? synth_new(&b.synth, b.corpus) : DUPD_ENOENT, b.corpus);
    phase(&b, build);
    phase(&b, probe);
    phase(&b, be_killed);
    phase(&b, reopen);
    synth_free(b.synth);
    fclose(b.file);
    return 0;
}

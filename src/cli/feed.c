/*
 * feed.c: the pipeline of the command line.
 *
 * A slot of the ring holds one item on its way: its bytes, the reader's memory, the analysis. All
 * of it is reused by the item that comes round next; after an unusually long article it is given
 * back, so that one of 8 MiB does not leave every slot with that much.
 */
#include "cli/feed.h"

#include <unistd.h>

#include "dupd/error.h"
#include "engine/pipeline.h"

#define SLOTS_A_THREAD 16u
#define WINDOW_BYTES ((size_t)256 * 1024 * 1024) /* memory that items in flight stand for */
#define MEMORY_FACTOR 12u /* an analysis against its article: tokens, copies, sketch */
#define KEEP_BYTES ((size_t)256 * 1024) /* what a slot may keep */
#define SAID_MAX 100u /* problems of one file that are said; the others are counted */

struct slot {
    bool ready; /* initialised */
    struct input_item item;
    struct article_reader reader;
    struct analysis analysis;
    int status;
    uint64_t bytes_read;
};

struct run {
    struct cli *cli;
    struct session *session;
    struct feed *feed;
    struct input *input;
    struct article_limits limits;
    const char *said_file; /* whose problems are being said */
    uint64_t said;
    const char *replaced_file; /* whose bytes are being counted */
    uint64_t replaced;
};

const char *feed_place(const char *file, uint64_t line, char *out, size_t size)
{
    if (line)
        snprintf(out, size, "%s:%llu", file, (unsigned long long)line);
    else
        snprintf(out, size, "%s", file);
    return out;
}

int feed_say_unreadable(struct cli *cli, const struct feed_item *item, const struct judgement *j,
                        const char *store)
{
    char place[512];
    if (!j->unreadable)
        return CLI_OK;
    feed_place(item->file, item->line, place, sizeof place);
    cli_problem(cli,
                "%s: was not compared with %u article%s of %s that it may be a copy of: the record "
                "is damaged or of a newer version; restore the store from a backup",
                place, j->unreadable, j->unreadable == 1 ? "" : "s", store);
    return dupd_verdict_is_copy(j->verdict) ? CLI_OK : CLI_TROUBLE;
}

static int next(void *user, void *memory, size_t *bytes)
{
    struct run *r = user;
    struct slot *s = memory;
    if (!s->ready) {
        input_item_init(&s->item);
        article_reader_init(&s->reader);
        analysis_init(&s->analysis);
        s->ready = true;
    }
    int rc = input_next(r->input, &s->item);
    s->bytes_read = input_bytes_read(r->input);
    *bytes = s->item.bytes.len * MEMORY_FACTOR;
    return rc;
}

/* An item to an analysed article. On failure reader->problem says why. */
static int analyse(const struct run *r, const struct input_item *item,
                   struct article_reader *reader, const struct feed *feed, struct analysis *out)
{
    struct dupd_article article;
    if (item->status)
        return item->status;
    int rc = article_read(reader, item->form, dupd_buf_view(&item->bytes), &r->limits, &article);
    if (rc)
        return rc;
    if (feed->need_id && item->form == ARTICLE_JSON && article.id.len == 0) {
        snprintf(reader->problem, sizeof reader->problem,
                 "no \"id\"; on a queue every article has one");
        return DUPD_EINVAL;
    }
    if (article.collection.len == 0)
        article.collection = dupd_view_of(r->cli->settings.collection);
    rc = analysis_make(out, &article, r->session->agencies, &r->session->options, feed->pack);
    if (rc == DUPD_EEMPTY && out->replaced_bytes)
        snprintf(reader->problem, sizeof reader->problem,
                 "there are no words in the text, and %ld bytes that are not UTF-8; convert it "
                 "with iconv",
                 out->replaced_bytes);
    else if (rc == DUPD_EEMPTY)
        snprintf(reader->problem, sizeof reader->problem, "there are no words in the text");
    else if (rc == DUPD_ETOOBIG)
        snprintf(reader->problem, sizeof reader->problem,
                 "a field is longer than %u bytes; shorten it", DUPD_RECORD_FIELD_MAX);
    else if (rc)
        snprintf(reader->problem, sizeof reader->problem, "%s", dupd_error_text(rc));
    return rc;
}

static void work(void *user, void *memory, unsigned worker)
{
    (void)worker;
    const struct run *r = user;
    struct slot *s = memory;
    s->status = analyse(r, &s->item, &s->reader, r->feed, &s->analysis);
}

static void say(struct cli *cli, const struct input_item *item, const struct article_reader *reader)
{
    char place[512];
    feed_place(item->file, item->line, place, sizeof place);
    if (item->status)
        cli_problem(cli, "%s: %.*s", place, (int)item->bytes.len, item->bytes.ptr);
    else
        cli_problem(cli, "%s: %s", place, reader->problem);
}

/* The end of a file's problems: how many were not said. */
static void say_rest(struct run *r)
{
    if (r->said > SAID_MAX)
        cli_problem(r->cli, "%s: %llu more like these", r->said_file,
                    (unsigned long long)(r->said - SAID_MAX));
    r->said = 0;
}

/* Bytes of `file` that are no UTF-8, counted; of the file before it they are said. A text in
 * another encoding is judged all the same, as what it is not. */
static void count_replaced(struct run *r, const char *file, long bytes)
{
    if (file != r->replaced_file && r->replaced) {
        if (!r->cli->settings.quiet)
            cli_problem(
                r->cli,
                "%s: %llu byte%s not UTF-8 (or NUL) and %s replaced; if it is in another encoding, "
                "convert it with iconv",
                r->replaced_file, (unsigned long long)r->replaced,
                r->replaced == 1 ? " is" : "s are", r->replaced == 1 ? "was" : "were");
        r->replaced = 0;
    }
    r->replaced_file = file;
    r->replaced += (uint64_t)bytes;
}

/* A file of another kind altogether has a problem in each of its lines. */
static void say_some(struct run *r, const struct slot *s)
{
    if (s->item.file != r->said_file)
        say_rest(r);
    r->said_file = s->item.file;
    if (r->said++ < SAID_MAX)
        say(r->cli, &s->item, &s->reader);
}

/* Gives back what one long article made large. */
static void shrink(struct slot *s)
{
    if (s->item.bytes.cap > KEEP_BYTES)
        dupd_buf_close(&s->item.bytes);
    if (s->reader.strings.cap > KEEP_BYTES || s->reader.page.cap > KEEP_BYTES)
        article_reader_close(&s->reader);
    analysis_shrink(&s->analysis, KEEP_BYTES * 4);
}

static int consume(void *user, void *memory)
{
    struct run *r = user;
    struct slot *s = memory;
    int rc = 0;
    if (s->status) {
        say_some(r, s);
        r->feed->problems++;
    } else {
        struct feed_item item = {&s->analysis, s->item.file, s->item.line, s->bytes_read,
                                 input_bytes_total(r->input)};
        r->feed->articles++;
        r->feed->dates_unreadable += s->reader.date_unreadable;
        count_replaced(r, s->item.file, s->analysis.replaced_bytes);
        rc = r->feed->consume(r->feed->user, &item);
    }
    shrink(s);
    return rc;
}

static void close_slot(void *user, void *memory)
{
    (void)user;
    struct slot *s = memory;
    if (!s->ready)
        return;
    input_item_close(&s->item);
    article_reader_close(&s->reader);
    analysis_close(&s->analysis);
}

static struct article_limits limits_of(const struct cli *cli)
{
    return (struct article_limits){.max_message = cli->settings.max_message,
                                   .max_article = cli->settings.max_article};
}

int feed_run(struct cli *cli, struct session *session, struct feed *feed)
{
    const struct settings *settings = &cli->settings;
    struct run r = {.cli = cli, .session = session, .feed = feed, .limits = limits_of(cli)};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = settings->threads ? (unsigned)settings->threads
                                         : (unsigned)(cores < 1     ? 1
                                                      : cores > 256 ? 256
                                                                    : cores);
    struct pipeline p = {.threads = threads,
                         .slots = (size_t)threads * SLOTS_A_THREAD,
                         .max_bytes = WINDOW_BYTES,
                         .slot_size = sizeof(struct slot),
                         .next = next,
                         .work = work,
                         .consume = consume,
                         .close_slot = close_slot,
                         .user = &r};
    int rc = input_new(&r.input, feed->files, feed->count, &r.limits);
    if (!rc)
        rc = pipeline_run(&p);
    say_rest(&r);
    count_replaced(&r, NULL, 0);
    input_free(r.input);
    return rc < 0 ? cli_problem(cli, "%s", dupd_error_text(rc)) : rc;
}

int feed_read_one(struct cli *cli, struct session *session, const char *file, struct analysis *out)
{
    struct feed feed = {0};
    struct run r = {.cli = cli, .session = session, .feed = &feed, .limits = limits_of(cli)};
    struct input_item item;
    struct article_reader reader;
    int status = CLI_OK;
    input_item_init(&item);
    article_reader_init(&reader);
    int rc = input_new(&r.input, &file, 1, &r.limits);
    if (!rc)
        rc = input_next(r.input, &item);
    if (rc < 0) {
        status = cli_problem(cli, "%s", dupd_error_text(rc));
    } else if (rc == 0) {
        status = cli_problem(cli, "%s: there is no article in it", file);
    } else if (analyse(&r, &item, &reader, &feed, out)) {
        say(cli, &item, &reader);
        status = CLI_TROUBLE;
    } else if (input_next(r.input, &item) != 0) {
        status = cli_problem(cli, "%s: holds more than one article; this command takes one", file);
    } else {
        count_replaced(&r, file, out->replaced_bytes);
        count_replaced(&r, NULL, 0);
    }
    input_free(r.input);
    input_item_close(&item);
    article_reader_close(&reader);
    return status;
}

/*
 * cmd_push.c: `dupd push`: articles to the queue.
 *
 * Happy path: each article is read and checked as the daemon will; what it would refuse is said
 * with file and line and passed over; the others are added to the stream in batches, each of which
 * is acknowledged before the next is sent, so that what was counted is in the queue.
 *
 * Failure: when the connection is lost in the middle of a batch it is sent again, for what became
 * of it is not known: the queue then holds some articles twice, which costs the daemon a look-up
 * each and gives the same verdicts. While Redis is full or busy, push waits, for up to half a
 * minute.
 */
#include "cli/feed.h"
#include "cli/progress.h"
#include "cli/redis_sync.h"
#include "cli/words.h"
#include "dupd/error.h"

#define BATCH_ARTICLES 256u
#define BATCH_BYTES ((size_t)2 * 1024 * 1024)
#define PATIENCE_MS 30000u
#define PAUSE_MS 500u

struct push {
    struct cli *cli;
    struct session session;
    struct redis_sync redis;
    struct progress progress;
    struct redis_batch batch;
    unsigned queued; /* in the batch */
    uint64_t pushed;
    unsigned refused; /* of the batch that was answered last */
    char error[256];
    bool for_now; /* the refusal may pass */
};

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct push *p = ((struct redis_sync *)b->data)->data;
    (void)index;
    if (reply->type == REDIS_REPLY_STRING)
        return;
    struct dupd_view text = redis_sync_view(reply);
    p->refused++;
    p->for_now = redis_class_status(redis_class_of(text)) == DUPD_EAGAIN;
    snprintf(p->error, sizeof p->error, "%.*s", text.len > 200 ? 200 : (int)text.len,
             text.ptr ? text.ptr : "");
}

/* One attempt. Returns 0; DUPD_EAGAIN: to be tried again; or another code. */
static int attempt(struct push *p)
{
    p->refused = 0;
    p->redis.data = p;
    p->batch.on_reply = on_reply;
    int rc = redis_sync_run(&p->redis, &p->batch);
    if (rc == DUPD_EAGAIN)
        snprintf(p->error, sizeof p->error, "%s", redis_problem(p->redis.client));
    if (rc || p->refused == 0)
        return rc;
    return p->for_now ? DUPD_EAGAIN : DUPD_EINVAL;
}

/* Sends what is queued, until it is acknowledged. */
static int send_batch(struct push *p)
{
    int rc = p->queued ? DUPD_EAGAIN : DUPD_OK;
    for (unsigned waited = 0; rc == DUPD_EAGAIN && waited <= PATIENCE_MS; waited += PAUSE_MS) {
        if (waited) {
            progress_clear(&p->progress);
            if (waited == PAUSE_MS)
                cli_problem(p->cli, "%s; trying again for %u seconds", p->error,
                            PATIENCE_MS / 1000);
            redis_sync_sleep(&p->redis, PAUSE_MS);
        }
        if (redis_sync_wait(&p->redis, PAUSE_MS))
            rc = attempt(p);
    }
    if (rc)
        return cli_problem(p->cli, "the queue did not take the articles: %s",
                           p->error[0] ? p->error : dupd_error_text(rc));
    p->pushed += p->queued;
    p->queued = 0;
    redis_batch_begin(&p->batch);
    return CLI_OK;
}

static size_t add_field(struct dupd_view *word, size_t n, struct dupd_view name,
                        struct dupd_view value)
{
    if (value.len) {
        word[n++] = name;
        word[n++] = value;
    }
    return n;
}

static int consume(void *user, const struct feed_item *item)
{
    struct push *p = user;
    const struct dupd_article *a = &item->analysis->article;
    char published[DUPD_TIME_TEXT_MAX];
    struct dupd_view when = {published, dupd_time_format(a->published, published)};
    struct dupd_view word[3 + 2 * 9] = {DUPD_VIEW("XADD"), dupd_view_of(p->redis.names.articles),
                                        DUPD_VIEW("*")};
    size_t n = 3;
    n = add_field(word, n, DUPD_VIEW("id"), a->id);
    n = add_field(word, n, DUPD_VIEW("collection"), a->collection);
    n = add_field(word, n, DUPD_VIEW("url"), a->url);
    n = add_field(word, n, DUPD_VIEW("source"), a->source);
    n = add_field(word, n, DUPD_VIEW("title"), a->title);
    n = add_field(word, n, DUPD_VIEW("published_at"), when);
    n = add_field(word, n, DUPD_VIEW("byline"), a->byline);
    n = add_field(word, n, DUPD_VIEW("lang"), a->lang);
    n = add_field(word, n, DUPD_VIEW("body"), a->text);
    redis_batch_add(&p->batch, n, word);
    p->queued++;
    progress_step(&p->progress, item->bytes_read, item->bytes_total);
    return p->queued == BATCH_ARTICLES || p->batch.out.len >= BATCH_BYTES ? send_batch(p) : CLI_OK;
}

static int push_files(struct push *p)
{
    struct cli *cli = p->cli;
    struct feed feed = {.files = cli->operands,
                        .count = cli->operand_count,
                        .need_id = true,
                        .consume = consume,
                        .user = p};
    char n[3][WORDS_NUMBER_MAX];
    redis_batch_begin(&p->batch);
    progress_begin(&p->progress, cli, "pushing");
    int status = feed_run(cli, &p->session, &feed);
    if (!status)
        status = send_batch(p);
    progress_end(&p->progress);
    if (cli->settings.json)
        fprintf(cli->out, "{\"pushed\":%llu,\"refused\":%llu}\n", (unsigned long long)p->pushed,
                (unsigned long long)feed.problems);
    else if (!cli->settings.quiet)
        fprintf(cli->out, "%s article%s pushed to %s; %s refused\n", words_number(p->pushed, n[0]),
                p->pushed == 1 ? "" : "s", p->redis.names.articles,
                words_number(feed.problems, n[1]));
    if (!cli->settings.quiet && feed.dates_unreadable)
        cli_problem(cli, "%s publication date%s could not be read and %s left out",
                    words_number(feed.dates_unreadable, n[2]),
                    feed.dates_unreadable == 1 ? "" : "s",
                    feed.dates_unreadable == 1 ? "is" : "are");
    return status || feed.problems ? CLI_TROUBLE : CLI_OK;
}

int command_push(struct cli *cli)
{
    struct push p = {.cli = cli};
    int status = session_open(cli, &p.session, SESSION_BARE, NULL);
    if (!status)
        status = redis_sync_open(cli, &p.redis);
    if (!status)
        status = push_files(&p);
    redis_batch_close(&p.batch);
    redis_sync_close(&p.redis);
    session_close(cli, &p.session);
    return status;
}

/*
 * intake.h: an article's way through this process, wherever it came from (queue, socket, HTTP).
 *
 *   intake_begin(work)
 *       | worker thread: bytes or fields -> article -> analysis
 *       | loop: engine job (its texts are compared on worker threads)
 *       | embedded store: one flush for many
 *       v
 *   work->done: status 0 and the verdict, which is durable; or why there is none
 *
 * The engine, its rules and its store belong to the intake. One thread, that of the loop.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/rules.h"
#include "daemon/store_thread.h"
#include "daemon/workers.h"
#include "input/article_read.h"

struct intake;

/* One article on its way. Zeroed and work_init before the first use; reused after done. */
struct work {
    /* in; borrowed until done */
    enum article_form form;
    struct dupd_view bytes;            /* unless there are fields */
    const struct article_field *field; /* of a stream entry */
    size_t field_count;
    bool id_required;
    struct dupd_view collection; /* of an article that names none; empty: "default" */
    enum engine_mode mode;
    bool is_import;
    /* Works that came together, as this figure says, are judged in the order in which they are
     * begun, though they are parsed side by side: whoever comes first is earlier. 0: in any. */
    uint64_t together;
    bool once; /* closed in done: no memory is given back before, and the analysis stands whole */
    struct dupd_view entry; /* the queue's entry id, or empty */
    int64_t arrived_ms;     /* 0: now */
    /* out */
    int status;                        /* 0 or a code of dupd/error.h */
    bool refused;                      /* the article is no good, whenever it is tried again */
    bool no_id;                        /* refused because the id is missing */
    char problem[ARTICLE_PROBLEM_MAX]; /* with a status: for people */
    bool replay;
    enum dupd_verdict verdict;
    struct dupd_buf json; /* the verdict, one line without its end */
    struct dupd_buf news; /* what it brought, for `on_news`: see news.h */
    /* Called once, never from inside intake_begin; the work may begin again in it. */
    void (*done)(struct work *w);
    void *data;

    /* the intake's */
    struct engine_task task;
    struct intake *intake;
    struct work *next;
    struct work *begun_before, *begun_after; /* of those with `together` that are not judged yet */
    bool is_parsed;
    struct article_reader reader;
    struct analysis analysis;
    uint64_t begun_us, judged_us, parse_us, sketch_us, commit_us;
};

void work_init(struct work *w);
void work_close(struct work *w);
/* Gives back what an unusually long article made large; when nothing of it is needed any more. */
void work_shrink(struct work *w);

struct work_list {
    struct work *first, *last;
};

struct intake {
    uv_loop_t *loop;
    struct log *log;
    struct metrics *metrics;
    struct workers *workers;
    struct store *store;
    struct store_thread *thread; /* the embedded store's, which must be flushed; NULL: no need */
    struct rules rules;
    struct article_limits limits;
    struct engine *engine;
    /* Told of each verdict of a new article once it is durable, before done; NULL: nobody. */
    void (*on_news)(void *data, const struct work *w);
    void *news_data;
    size_t working; /* parsed or judged at the moment */
    struct work *first_begun, *last_begun;
    struct work_list waiting, unflushed;
    size_t unflushed_count;
    unsigned flush_batch;
    bool flushing, timer_runs;
    void (*on_durable)(void *data); /* after each flush that went well; may be NULL */
    void *durable_data;
    struct {
        void (*done)(int status, void *data);
        void *data;
    } waiter, waiting_now; /* of intake_when_durable: for the next flush; for the one under way */
    uv_timer_t timer;
    void (*when_quiet)(struct intake *i, void *data); /* set: paused */
    void *quiet_data;
};

#define INTAKE_FLUSH_MS 20u

/* Takes over `rules` (also when it fails); the rest is borrowed. Returns 0 or DUPD_ENOMEM. */
int intake_open(struct intake *i, uv_loop_t *loop, struct log *log, struct metrics *metrics,
                struct workers *workers, struct store *store, struct store_thread *thread,
                struct rules *rules, const struct settings *settings);
/* Nothing may be on its way any more. The loop must turn once more. */
void intake_close(struct intake *i);

void intake_begin(struct intake *i, struct work *w);

/* Embedded store: makes a flush begin that covers all that the store has done before; `done` gets
 * its status. One at a time. */
void intake_when_durable(struct intake *i, void (*done)(int status, void *data), void *data);

/* Begins no more work; when what is under way has been judged, `quiet` is called once, from the
 * loop, may call intake_set_rules, and work goes on. */
void intake_quiesce(struct intake *i, void (*quiet)(struct intake *i, void *data), void *data);
/* Only from inside `quiet`. Takes over `rules`. Returns 0, or DUPD_ENOMEM: the old ones stay. */
int intake_set_rules(struct intake *i, struct rules *rules, const struct settings *settings);

#endif

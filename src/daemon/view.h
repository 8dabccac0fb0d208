/*
 * view.h: what the dashboard shows: a projection of verdicts, story events and alerts into a
 * SQLite database of bounded size. The same over both stores, since it is fed with what they
 * publish.
 *
 *   embedded store: the daemon feeds what it commits          ┐
 *   Redis: XREAD of the three streams from a saved position   ┴► view_feed ──► view_flush
 *                                                                   queries ◄──┘
 *
 * Nothing in it is needed to decide anything: it can be deleted, and then begins anew. Feeding is
 * idempotent: the same item again changes nothing, so that a reader that was killed between
 * reading and flushing reads again from view_position. What is fed becomes visible, and its
 * position durable, by view_flush.
 *
 * Bounded: rows older than the window go, and the oldest when there are more than rows_max. One
 * thread for each view; a reader (view_open_reader) is one of its own. A query takes at most
 * query_ms and then fails with DUPD_EAGAIN (view_story and view_stats are several:
 * view_read_begin).
 */
#ifndef DAEMON_VIEW_H
#define DAEMON_VIEW_H

#include "dupd/buf.h"
#include "dupd/verdict.h"

struct view;

struct view_options {
    int64_t window_s;  /* 30 days; 0: no limit */
    uint64_t rows_max; /* verdicts kept: 200,000 (about 1.5 kB each) */
    unsigned query_ms; /* 1000 */
};

void view_options_default(struct view_options *o);

/* Opens or makes DIR/view.db; NULL: in memory. A damaged one, or one of another version, is put
 * aside (view.db.bad) and begun anew: it is derived. Returns 0 or a code of dupd/error.h, with one
 * line in problem. */
int view_open(struct view **out, const char *dir, const struct view_options *options,
              char problem[512]);
void view_close(struct view *v); /* flushes */
/* A connection of its own to the same database, for queries only: another thread may use it beside
 * `of`. It shows what `of` has flushed. Closed with view_close, before `of`. 0 or a code; ENOENT:
 * `of` is in memory. */
int view_open_reader(struct view **out, const struct view *of);

/* For a reader: all queries in between are answered from one moment, and have query_ms together.
 * Returns 0 or a code; view_read_end in any case. */
int view_read_begin(struct view *reader);
void view_read_end(struct view *reader);

enum view_kind {
    VIEW_VERDICT, /* docs/verdict.schema.json */
    VIEW_ALERT,   /* docs/alert.schema.json */
    VIEW_STORY, /* {"v":1,"story":"412","event":"new|joined|origin_moved|merged","origin":{…}|null,
                   "members":N,"outlets":N,"at":…,"into":"…"} */
    VIEW_KIND_COUNT
};

struct view_item {
    enum view_kind kind;
    struct dupd_view position; /* where it stands in its stream ("1669-0"); empty: not saved */
    struct dupd_view json;
    /* VIEW_VERDICT: {"id":…,"url":…,"source":…,"title":…,"published_at":…} of the article itself,
     * which a verdict does not say. Empty: not known; see view_undescribed. */
    struct dupd_view article;
    int64_t now_ms; /* when a time that is null in the JSON is taken to be */
};

/* Takes one item. Returns 0; DUPD_ESYNTAX (not such an object: skipped, the position is kept all
 * the same); or a code of the database. Borrows the item. */
int view_feed(struct view *v, const struct view_item *item);

/* Makes visible and durable what was fed, and drops what is over the bounds. now_ms: wall clock. */
int view_flush(struct view *v, int64_t now_ms);

/* Has the journal so many pages that they should be moved into the database? Flushing syncs nothing
 * (WAL, synchronous NORMAL) and moves nothing as long as somebody sees to that in time; a journal
 * of over VIEW_JOURNAL_MAX pages is moved by view_flush itself, whatever that takes. */
#define VIEW_JOURNAL_DUE 1000
#define VIEW_JOURNAL_MAX 16000 /* of 4 KiB */
bool view_is_checkpoint_due(const struct view *v);
/* Moves them and syncs both files: the one call that may be made on another thread, beside any
 * other on the same view but view_close. Returns 0 or a code; what is not moved now is later. */
int view_checkpoint(const struct view *v);

/* Position of the last flushed item of a stream; "" at the beginning. */
#define VIEW_POSITION_MAX 64
void view_position(struct view *v, enum view_kind kind, char out[VIEW_POSITION_MAX]);

/* An article of which only the verdict is known, newest first: 1 and its collection and id
 * (appended to the buffers), else 0. view_describe then says what it is, or, with an empty
 * `article`, that nobody knows, so that it is not asked for again. */
int view_undescribed(struct view *v, struct dupd_buf *collection, struct dupd_buf *id);
int view_describe(struct view *v, struct dupd_view collection, struct dupd_view id,
                  struct dupd_view article);

/* Where nobody tells the alerts of the past (the embedded store's walk): is an article shown that
 * is not said to be a copy? 1, 0 or a code. If the store says that it is one by now, whatever came
 * later and was published earlier has it in its verdict (view_later_read): view_stand_as_copy then
 * shows it as that. `verdict` and `article` are of the origin. */
struct view_later;
int view_is_no_copy(struct view *v, struct dupd_view collection, struct dupd_view id);
int view_stand_as_copy(struct view *v, struct dupd_view collection, const struct view_later *later,
                       struct dupd_view verdict, struct dupd_view article);

/* ---- queries: each appends JSON to out; 0, DUPD_EAGAIN (took too long) or a code ---- */

/* What is asked for. Zero-initialised: everything, newest first. */
struct view_filter {
    int verdict;     /* a bit for each enum dupd_verdict; 0: all */
    int copies_only; /* 1: what is a copy, and beside it the verdicts of `verdict` */
    int credited;    /* 0: any, 1: credited, 2: not credited, 3: neither applies */
    struct dupd_view source, agency; /* in any case of ASCII letters */
    struct dupd_view collection, story;
    struct dupd_view text;  /* in titles: all words, in any case, parts of words too; at most
                               VIEW_TITLE_MAX characters of clean UTF-8, else DUPD_EINVAL */
    int64_t from_ms, to_ms; /* decided within [from, to); 0: no bound */
    uint64_t before;        /* paging: only what has a smaller cursor; 0: from the newest */
    unsigned limit;         /* 1 .. VIEW_LIMIT_MAX; 0: 50 */
};
#define VIEW_LIMIT_MAX 500u
#define VIEW_TITLE_MAX 256u
/* Is it a text that titles can be searched for? Else what must be so: "the parameter is not …". */
bool view_can_search(struct dupd_view text, const char **problem);

/* {"verdicts":[{…}],"next":"cursor"|null}: rows as in docs/openapi.yaml, `Row`. */
int view_verdicts(struct view *v, const struct view_filter *f, struct dupd_buf *out);
/* {"stories":[…],"next":…}: latest activity first; stories with a copy in them. */
int view_stories(struct view *v, const struct view_filter *f, struct dupd_buf *out);
/* {"story":{…},"members":[…]}: merged stories are followed. Of the members the first 500, and the
 * one whose id is `member`, if that is one and not empty. DUPD_ENOENT: not known. */
int view_story(struct view *v, struct dupd_view story, struct dupd_view member,
               struct dupd_buf *out);
int view_alerts(struct view *v, const struct view_filter *f, struct dupd_buf *out);
/* {"agencies":[…]} and {"outlets":[…]}: who was copied, and who copied, since from_ms. */
int view_agencies(struct view *v, const struct view_filter *f, struct dupd_buf *out);
int view_outlets(struct view *v, const struct view_filter *f, struct dupd_buf *out);
/* Members of an object: "rows":…,"copies":…,"stories":…,"alerts":…, counts by verdict and a count
 * of copies for each of the last hours, of what is in the view. */
int view_stats(struct view *v, int64_t now_ms, struct dupd_buf *out);

/* ---- the live feed ---- */

/* Everything that is flushed gets a number, ascending. The view's name changes when it begins anew:
 * a number of another view means nothing. */
const char *view_name(const struct view *v);
uint64_t view_newest(const struct view *v); /* 0: nothing yet */

/* Calls `each` for up to `limit` things with a number greater than `after`, ascending. `event` is
 * "verdict" (copies only), "story" or "alert"; json is borrowed. Returns how many, or a code. */
typedef void (*view_event_cb)(void *data, uint64_t number, const char *event,
                              struct dupd_view json);
int view_events(struct view *v, uint64_t after, unsigned limit, view_event_cb each, void *data);

uint64_t view_rows(const struct view *v);

#endif

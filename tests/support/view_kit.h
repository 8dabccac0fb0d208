/*
 * view_kit.h: a view and what it is fed with, for tests of it.
 */
#ifndef SUPPORT_VIEW_KIT_H
#define SUPPORT_VIEW_KIT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/view.h"
#include "dupd/error.h"

#define DAY (86400 * (int64_t)1000)
#define NOW (20000 * DAY)

struct desk {
    struct view *v;
    struct dupd_buf out;
};

static inline void open_desk(struct desk *d, const char *dir, uint64_t rows)
{
    struct view_options o;
    char problem[512];
    view_options_default(&o);
    if (rows)
        o.rows_max = rows;
    o.query_ms = 60000;
    d->out = (struct dupd_buf){0};
    ck_assert_msg(view_open(&d->v, dir, &o, problem) == 0, "%s", problem);
}

static inline void close_desk(struct desk *d)
{
    view_close(d->v);
    dupd_buf_close(&d->out);
}

/* What an article is, in short. */
struct piece {
    const char *id, *source, *title, *verdict, *agency, *origin;
    int story, credited; /* -1: null */
    int64_t at;
};

static inline void feed(struct desk *d, const struct piece *p, const char *content,
                        const char *position)
{
    struct dupd_buf verdict = {0}, article = {0};
    bool copy = p->origin != NULL;
    ck_assert_int_eq(
        dupd_buf_addf(&verdict,
                      "{\"v\":1,\"id\":\"%s\",\"collection\":\"default\",\"verdict\":\"%s\","
                      "\"copy\":%s,\"score\":0.9,\"story\":\"%d\",\"origin\":",
                      p->id, p->verdict, copy ? "true" : "false", p->story),
        0);
    if (copy)
        dupd_buf_addf(
            &verdict,
            "{\"id\":\"%s\",\"url\":null,\"source\":\"wire\",\"title\":\"The origin\","
            "\"published_at\":null},\"matches\":[{\"id\":\"other\",\"direction\":\"from\"},"
            "{\"id\":\"%s\",\"direction\":\"from\",\"containment\":{\"of_this\":0.75,"
            "\"of_match\":0.5},\"rewriting\":0.25,\"prose_words\":300}]",
            p->origin, p->origin);
    else
        dupd_buf_add_str(&verdict, "null,\"matches\":[]");
    if (p->agency)
        dupd_buf_addf(&verdict, ",\"agency\":{\"name\":\"%s\",\"how\":\"dateline\"}", p->agency);
    dupd_buf_addf(&verdict,
                  ",\"credited\":%s,\"words\":400,\"content_hash\":\"%s\",\"replay\":false,"
                  "\"decided_at\":null}",
                  p->credited < 0 ? "null"
                  : p->credited   ? "true"
                                  : "false",
                  content);
    if (p->title)
        dupd_buf_addf(&article,
                      "{\"id\":\"%s\",\"url\":\"https://x.example/%s\",\"source\":\"%s\","
                      "\"title\":\"%s\",\"published_at\":null}",
                      p->id, p->id, p->source, p->title);
    struct view_item item = {VIEW_VERDICT, dupd_view_of(position), dupd_buf_view(&verdict),
                             dupd_buf_view(&article), p->at ? p->at : NOW};
    ck_assert_int_eq(view_feed(d->v, &item), 0);
    dupd_buf_close(&verdict);
    dupd_buf_close(&article);
}

static inline int feed_text(struct desk *d, enum view_kind kind, const char *json)
{
    struct view_item item = {kind, {0}, dupd_view_of(json), {0}, NOW};
    return view_feed(d->v, &item);
}

static inline const char *text(struct desk *d)
{
    ck_assert_int_eq(dupd_buf_add_char(&d->out, 0), 0);
    return d->out.ptr;
}

static inline const char *verdicts(struct desk *d, const struct view_filter *f)
{
    dupd_buf_clear(&d->out);
    ck_assert_int_eq(view_verdicts(d->v, f, &d->out), 0);
    return text(d);
}

static inline unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static inline void make_dir(char *path)
{
    strcpy(path, "/tmp/dupd-view-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline void remove_dir(const char *path)
{
    static const char *const name[] = {"view.db", "view.db-wal", "view.db-shm", "view.db.bad"};
    char file[128];
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        snprintf(file, sizeof file, "%s/%s", path, name[i]);
        unlink(file);
    }
    ck_assert_int_eq(rmdir(path), 0);
}

#endif

/*
 * news.h: what a new verdict brings besides itself: who the article is, alerts, what became of
 * stories. Carried from the judgement, which is gone once the job ends, to those who are told when
 * it is durable.
 */
#ifndef DAEMON_NEWS_H
#define DAEMON_NEWS_H

#include "engine/engine.h"

enum news_kind {
    NEWS_NUMBER = 'n',  /* the article's number in its store */
    NEWS_ARTICLE = 'a', /* {"id":…,"url":…,"source":…,"title":…,"published_at":…} */
    NEWS_ALERT = 'A',   /* docs/alert.schema.json */
    NEWS_STORY = 'S'    /* an event of a story, as in DESIGN 2.2 */
};

/* Appends lines, each a kind and JSON (or a number). `j` was committed. Returns 0 or DUPD_ENOMEM.
 */
int news_write(struct dupd_buf *out, const struct dupd_article *article, const struct judgement *j);

/* The next line: its kind, or 0 at the end. *at begins at 0. */
enum news_kind news_next(const struct dupd_buf *news, size_t *at, struct dupd_view *json);

#endif

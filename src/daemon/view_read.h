/*
 * view_read.h: the fields of verdicts, alerts and story events that the view keeps. Internal.
 */
#ifndef DAEMON_VIEW_READ_H
#define DAEMON_VIEW_READ_H

#include "dupd/buf.h"
#include "dupd/verdict.h"

/* A string somewhere in memory of its own: offset and length, since that memory moves. */
struct view_text {
    size_t at, len;
    bool there; /* else null or absent */
};

struct view_article {
    bool there;
    struct view_text id, url, source, title, published;
};

/* What was read; strings stand in `memory`. */
struct view_fields {
    struct dupd_buf memory;
    struct view_text id, collection, agency, reason, event, content;
    struct view_article article; /* alerts: the copy; described: the article itself */
    struct view_article origin;
    int verdict; /* enum dupd_verdict, or -1 */
    bool copy, replay;
    double score;
    int64_t story, into; /* 0: none */
    int credited;        /* 1, 0, -1 */
    int64_t words;
    int64_t decided_ms; /* decided_at or at; 0: null */
    int64_t took_us;
    /* of the match that is the origin */
    double of_this, of_match, rewriting;
    int64_t prose_words;
};

void view_fields_close(struct view_fields *f);

/* Reads any of the three objects, or an article's ("id", "url", ...), whatever its fields' order;
 * what is not known is ignored. 0, DUPD_ESYNTAX or DUPD_ENOMEM. */
int view_fields_read(struct view_fields *f, struct dupd_view json);

/* An article that was there before the one whose verdict is read, and is a copy of it. */
struct view_later {
    struct dupd_buf id;
    int verdict; /* enum dupd_verdict, as that verdict has it */
    double score;
};

/* The `at`-th of those among a verdict's matches: 1, 0 (there are no more) or a code. */
int view_later_read(struct dupd_view verdict, unsigned at, struct view_later *out);

struct dupd_view view_text_of(const struct view_fields *f, struct view_text t);

/* "2022-01-27T17:20:00.123Z" to milliseconds; 0 when it is none. */
int64_t view_time_ms(struct dupd_view text);

#endif

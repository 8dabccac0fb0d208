/*
 * article_read.h: one item of input (a JSON object, a page, plain text) to an article.
 *
 * The fields are those of DESIGN 2.1, by name. The command line calls this on worker threads, the
 * daemon for its queue; it touches nothing but its arguments.
 */
#ifndef INPUT_ARTICLE_READ_H
#define INPUT_ARTICLE_READ_H

#include "dupd/article.h"

enum article_form { ARTICLE_TEXT, ARTICLE_HTML, ARTICLE_JSON };

struct article_limits {
    size_t max_message; /* bytes of one JSON object or page */
    size_t max_article; /* bytes of one article's text */
};

#define ARTICLE_PROBLEM_MAX 256

/* Memory of one reader of articles, reused from one to the next. Zero-initialised is valid. */
struct article_reader {
    struct dupd_buf strings; /* decoded strings */
    struct dupd_buf page;    /* what was extracted from a page */
    struct dupd_buf decoded; /* a page that came in another encoding than UTF-8 */
    bool date_unreadable;    /* the last article's published_at was given but says no time */
    char problem[ARTICLE_PROBLEM_MAX]; /* the last failure: what, where in the item, what to do */
};

void article_reader_init(struct article_reader *r);
void article_reader_close(struct article_reader *r);

/* Reads `bytes` (any bytes, borrowed) into *out, whose views point into bytes and into r until the
 * next read. JSON: a byte order mark in front is passed over, null means absent, unknown fields are
 * ignored, a field given twice is an error, and so is one of the wrong type; body wins over html;
 * fields given beside html win over what the page says. Returns 0, DUPD_ESYNTAX, DUPD_ETYPE,
 * DUPD_ETOOBIG, DUPD_EEMPTY or DUPD_ENOMEM, and then r->problem tells people. */
int article_read(struct article_reader *r, enum article_form form, struct dupd_view bytes,
                 const struct article_limits *limits, struct dupd_article *out);

/* A field of a stream entry. */
struct article_field {
    struct dupd_view name, value;
};

/* The same for the fields of a stream entry, which need no JSON: any bytes, an empty value means
 * absent, unknown names are ignored. A field "json" that stands without any of the others is read
 * as an object; beside a body or a page it is as unknown as any other, beside other fields alone it
 * is an error. Views point into the fields and into r. */
int article_read_fields(struct article_reader *r, const struct article_field *field, size_t count,
                        const struct article_limits *limits, struct dupd_article *out);

#endif

/*
 * html_meta.h: what a page says about itself. Internal to the core.
 *
 * Each field keeps the best statement seen so far; what ranks higher is in html_meta.c and
 * html_ld.c. Values are decoded into one buffer as they are found.
 */
#ifndef DUPD_CORE_HTML_META_H
#define DUPD_CORE_HTML_META_H

#include "html_page.h"

/* X(NAME) */
#define META_FIELDS(X)                                                                             \
    X(TITLE)                                                                                       \
    X(URL)                                                                                         \
    X(SITE)                                                                                        \
    X(BYLINE)                                                                                      \
    X(LANG)                                                                                        \
    X(DATE)                                                                                        \
    X(BODY)

enum meta_field {
#define META_FIELD_ENUM(name) META_##name,
    META_FIELDS(META_FIELD_ENUM)
#undef META_FIELD_ENUM
        META_FIELD_COUNT
};

#define META_RANK_TITLE_TAG 40u /* rank of what <title> says */

struct html_meta {
    struct dupd_buf text;
    struct {
        size_t at, len;
        unsigned rank; /* 0: nothing yet */
    } field[META_FIELD_COUNT];
    struct dupd_time published;
    int status; /* DUPD_ENOMEM once memory ran out */
};

void html_meta_init(struct html_meta *m);
void html_meta_close(struct html_meta *m);

/* From the scanner: a start tag; a raw element with its content (`inside` svg and the like). */
void html_meta_tag(struct html_meta *m, uint16_t tag, const struct html_attrs *attrs);
void html_meta_raw(struct html_meta *m, uint16_t tag, const struct html_attrs *attrs,
                   struct dupd_view content, bool inside);

/* A statement for a field: kept if it ranks above what is there and makes sense. `raw` still has
 * its character references. */
void html_meta_offer(struct html_meta *m, enum meta_field field, unsigned rank,
                     struct dupd_view raw);

struct dupd_view html_meta_get(const struct html_meta *m, enum meta_field field);

/* A date as pages write it: what dupd_time_parse reads, 20220127, 2022/01/27, RFC 5322, English
 * month names. html_date.c */
bool html_date(struct dupd_view text, struct dupd_time *out);

/* Reads one JSON-LD script. html_ld.c */
void html_ld_read(struct html_meta *m, struct dupd_view json);

#endif

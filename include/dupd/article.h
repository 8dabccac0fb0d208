/*
 * dupd/article.h: an article as the core sees it, and times as news gives them.
 */
#ifndef DUPD_ARTICLE_H
#define DUPD_ARTICLE_H

#include <stdint.h>

#include "dupd/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DUPD_ID_MAX 512u         /* bytes of an id; longer ones are refused */
#define DUPD_COLLECTION_MAX 128u /* bytes of a collection's name */

enum dupd_time_kind {
    DUPD_TIME_NONE = 0,
    DUPD_TIME_DAY = 1,   /* a date alone; `seconds` is its first second, UTC */
    DUPD_TIME_SECOND = 2 /* a moment */
};

/* Seconds since 1970 UTC, with what was known. */
struct dupd_time {
    int64_t seconds;
    enum dupd_time_kind kind;
};

/* Reads RFC 3339 (also with a space for the T, without seconds, with a zone as +hhmm), a date alone
 * (2022-01-27), or Unix seconds (integer, optional fraction; also milliseconds when >= 10^11).
 * Years 1700 to 9999. Returns true and fills *out, or false and sets NONE. Pure. */
bool dupd_time_parse(struct dupd_view text, struct dupd_time *out);

/* "2022-01-27T17:20:00Z", "2022-01-27" for a date alone, "" for none. Returns the length. */
#define DUPD_TIME_TEXT_MAX 32
size_t dupd_time_format(struct dupd_time t, char out[DUPD_TIME_TEXT_MAX]);

/* An article: views into memory that the caller keeps. Absent fields are empty views. */
struct dupd_article {
    struct dupd_view id;
    struct dupd_view collection; /* empty means "default" */
    struct dupd_view url;
    struct dupd_view source; /* outlet */
    struct dupd_view title;
    struct dupd_view byline;
    struct dupd_view lang; /* BCP 47 */
    struct dupd_view text; /* article text: clean in the sense of dupd/text.h */
    struct dupd_time published;
};

/* Registrable host of a URL, in lower case, without "www.": "https://www.a.example.co.uk/x" gives
 * "a.example.co.uk"'s registrable part "example.co.uk" (a short built-in list of second-level
 * public suffixes; an IP address or a bare name stands as it is). Returns the length written to out
 * (at most 255), 0 if `url` has no host. */
size_t dupd_url_outlet(struct dupd_view url, char out[256]);

#ifdef __cplusplus
}
#endif
#endif

/*
 * dupd/html.h: a web page to an article (text, title, date, URL, site, byline, language).
 *
 * Article text is found by text and link density with furniture dropped; metadata comes from
 * JSON-LD, og: and article: properties, <time>, <link rel=canonical>, <title> and <html lang>.
 */
#ifndef DUPD_HTML_H
#define DUPD_HTML_H

#include "dupd/article.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dupd_html_options {
    size_t max_bytes;     /* larger pages are refused with DUPD_ETOOBIG; 0 means 8 MiB */
    unsigned max_depth;   /* deeper elements are flattened into this one; 0 means 256 */
    struct dupd_view url; /* where the page came from, if known: resolves a missing canonical URL */
};

/* What iconv calls the encoding that a page declares, when dupd_html_extract does not read it
 * itself: convert the page to UTF-8 first, or it is read as if nothing had been declared. NULL for
 * pages in UTF-8, UTF-16 with a byte order mark or windows-1252, and where no encoding that a news
 * page would have is declared. Static text. */
const char *dupd_html_encoding(struct dupd_view page);

/* Extracts from `page`: any bytes; the encoding is that of the byte order mark, else UTF-8 if they
 * are valid UTF-8, else windows-1252 if a meta tag or XML declaration says so (see
 * dupd_html_encoding for others), else UTF-8 with replacement or windows-1252, whichever fits.
 * Appends all text to `memory`, which must be empty and must outlive
 * *out: the views of *out point into it. `options` may be NULL. id and collection are left empty;
 * source is the site's name as the page gives it, or empty. Paragraphs are separated by blank
 * lines. Returns 0, DUPD_EEMPTY (no article text found; metadata is filled in all the same),
 * DUPD_ETOOBIG or DUPD_ENOMEM. Time is linear in the page (about 2.5 ns a byte, 50 ns for the
 * worst), memory at most ten times the page and 12 MB, whatever the bytes. Thread-safe. */
int dupd_html_extract(struct dupd_view page, const struct dupd_html_options *options,
                      struct dupd_buf *memory, struct dupd_article *out);

/* True when bytes look like an HTML page rather than plain text (doctype, or a known tag among the
 * first 1,024 bytes after white space and comments). */
bool dupd_html_looks_like(struct dupd_view bytes);

#ifdef __cplusplus
}
#endif
#endif

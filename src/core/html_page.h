/*
 * html_page.h: a web page as blocks of text in a tree of containers. Internal to the core.
 *
 *   bytes --html_decode--> UTF-8 --html_scan--> tags and text --html_page_*--> containers, blocks
 *                                                   \--html_meta_*--> metadata   |
 *                                        article text <--html_text-- html_score --/
 *
 * Nothing here recurses, and each container and block is an entry of an array in document order
 * (parents before children), so that every later pass is a loop.
 */
#ifndef DUPD_CORE_HTML_PAGE_H
#define DUPD_CORE_HTML_PAGE_H

#include "dupd/html.h"

/* ---- tags: only those that mean something here; all others are inline and get a hash ---- */

enum html_kind {
    HTML_BLOCK = 1,      /* starts and ends a paragraph */
    HTML_VOID = 2,       /* has no end tag */
    HTML_RAW = 4,        /* its content is no markup */
    HTML_SKIP = 8,       /* its content is no text of the page */
    HTML_FURNITURE = 16, /* its content is not the article's */
    HTML_ROOM = 32       /* may hold a page: its classes say nothing */
};

/* X(NAME, "name", kind), by name. */
#define HTML_TAGS(X)                                                                               \
    X(A, "a", 0)                                                                                   \
    X(ADDRESS, "address", HTML_BLOCK)                                                              \
    X(AREA, "area", HTML_VOID)                                                                     \
    X(ARTICLE, "article", HTML_BLOCK)                                                              \
    X(ASIDE, "aside", HTML_BLOCK | HTML_FURNITURE)                                                 \
    X(AUDIO, "audio", HTML_SKIP)                                                                   \
    X(BASE, "base", HTML_VOID)                                                                     \
    X(BLOCKQUOTE, "blockquote", HTML_BLOCK)                                                        \
    X(BODY, "body", HTML_BLOCK | HTML_ROOM)                                                        \
    X(BR, "br", HTML_VOID)                                                                         \
    X(BUTTON, "button", HTML_FURNITURE)                                                            \
    X(CANVAS, "canvas", HTML_SKIP)                                                                 \
    X(CAPTION, "caption", HTML_BLOCK | HTML_FURNITURE)                                             \
    X(CENTER, "center", HTML_BLOCK)                                                                \
    X(COL, "col", HTML_VOID)                                                                       \
    X(DATALIST, "datalist", HTML_SKIP)                                                             \
    X(DD, "dd", HTML_BLOCK)                                                                        \
    X(DETAILS, "details", HTML_BLOCK)                                                              \
    X(DIALOG, "dialog", HTML_BLOCK | HTML_FURNITURE)                                               \
    X(DIV, "div", HTML_BLOCK)                                                                      \
    X(DL, "dl", HTML_BLOCK)                                                                        \
    X(DT, "dt", HTML_BLOCK)                                                                        \
    X(EMBED, "embed", HTML_VOID)                                                                   \
    X(FIELDSET, "fieldset", HTML_BLOCK | HTML_FURNITURE)                                           \
    X(FIGCAPTION, "figcaption", HTML_BLOCK | HTML_FURNITURE)                                       \
    X(FIGURE, "figure", HTML_BLOCK)                                                                \
    X(FOOTER, "footer", HTML_BLOCK | HTML_FURNITURE)                                               \
    X(FORM, "form", HTML_BLOCK)                                                                    \
    X(H1, "h1", HTML_BLOCK)                                                                        \
    X(H2, "h2", HTML_BLOCK)                                                                        \
    X(H3, "h3", HTML_BLOCK)                                                                        \
    X(H4, "h4", HTML_BLOCK)                                                                        \
    X(H5, "h5", HTML_BLOCK)                                                                        \
    X(H6, "h6", HTML_BLOCK)                                                                        \
    X(HEADER, "header", HTML_BLOCK)                                                                \
    X(HR, "hr", HTML_VOID)                                                                         \
    X(HTML, "html", HTML_BLOCK | HTML_ROOM)                                                        \
    X(IFRAME, "iframe", HTML_RAW | HTML_SKIP)                                                      \
    X(IMG, "img", HTML_VOID)                                                                       \
    X(INPUT, "input", HTML_VOID)                                                                   \
    X(LABEL, "label", HTML_FURNITURE)                                                              \
    X(LI, "li", HTML_BLOCK)                                                                        \
    X(LINK, "link", HTML_VOID)                                                                     \
    X(MAIN, "main", HTML_BLOCK | HTML_ROOM)                                                        \
    X(MAP, "map", HTML_SKIP)                                                                       \
    X(MATH, "math", HTML_SKIP)                                                                     \
    X(MENU, "menu", HTML_BLOCK | HTML_FURNITURE)                                                   \
    X(META, "meta", HTML_VOID)                                                                     \
    X(NAV, "nav", HTML_BLOCK | HTML_FURNITURE)                                                     \
    X(NOEMBED, "noembed", HTML_RAW | HTML_SKIP)                                                    \
    X(NOFRAMES, "noframes", HTML_RAW | HTML_SKIP)                                                  \
    X(NOSCRIPT, "noscript", HTML_SKIP)                                                             \
    X(OBJECT, "object", HTML_SKIP)                                                                 \
    X(OL, "ol", HTML_BLOCK)                                                                        \
    X(OPTION, "option", HTML_BLOCK | HTML_FURNITURE)                                               \
    X(P, "p", HTML_BLOCK)                                                                          \
    X(PARAM, "param", HTML_VOID)                                                                   \
    X(PRE, "pre", HTML_BLOCK)                                                                      \
    X(SCRIPT, "script", HTML_RAW | HTML_SKIP)                                                      \
    X(SECTION, "section", HTML_BLOCK)                                                              \
    X(SELECT, "select", HTML_SKIP)                                                                 \
    X(SOURCE, "source", HTML_VOID)                                                                 \
    X(STYLE, "style", HTML_RAW | HTML_SKIP)                                                        \
    X(SUMMARY, "summary", HTML_BLOCK)                                                              \
    X(SVG, "svg", HTML_SKIP)                                                                       \
    X(TABLE, "table", HTML_BLOCK)                                                                  \
    X(TBODY, "tbody", HTML_BLOCK)                                                                  \
    X(TD, "td", HTML_BLOCK)                                                                        \
    X(TEMPLATE, "template", HTML_SKIP)                                                             \
    X(TEXTAREA, "textarea", HTML_RAW | HTML_SKIP)                                                  \
    X(TFOOT, "tfoot", HTML_BLOCK)                                                                  \
    X(TH, "th", HTML_BLOCK)                                                                        \
    X(THEAD, "thead", HTML_BLOCK)                                                                  \
    X(TIME, "time", HTML_FURNITURE)                                                                \
    X(TITLE, "title", HTML_RAW | HTML_SKIP)                                                        \
    X(TR, "tr", HTML_BLOCK)                                                                        \
    X(TRACK, "track", HTML_VOID)                                                                   \
    X(UL, "ul", HTML_BLOCK)                                                                        \
    X(VIDEO, "video", HTML_SKIP)                                                                   \
    X(WBR, "wbr", HTML_VOID)                                                                       \
    X(XMP, "xmp", HTML_RAW | HTML_SKIP)

enum html_tag {
#define HTML_TAG_ENUM(name, text, kind) HTML_##name,
    HTML_TAGS(HTML_TAG_ENUM)
#undef HTML_TAG_ENUM
        HTML_KNOWN_TAGS,
    HTML_OTHER_TAG = 0x8000 /* | 15 bits of a hash of the name */
};

/* Number of the tag called `name` (ASCII, any case), and its kind (0 for unknown ones). */
uint16_t html_tag_of(struct dupd_view name);
unsigned html_tag_kind(uint16_t tag);

/* X(NAME, "name"): the attributes that are kept, raw (entities not resolved). */
#define HTML_ATTRS(X)                                                                              \
    X(CLASS, "class")                                                                              \
    X(ID, "id")                                                                                    \
    X(ROLE, "role")                                                                                \
    X(ITEMPROP, "itemprop")                                                                        \
    X(PROPERTY, "property")                                                                        \
    X(NAME, "name")                                                                                \
    X(CONTENT, "content")                                                                          \
    X(HREF, "href")                                                                                \
    X(REL, "rel")                                                                                  \
    X(DATETIME, "datetime")                                                                        \
    X(LANG, "lang")                                                                                \
    X(TYPE, "type")                                                                                \
    X(HIDDEN, "hidden")                                                                            \
    X(STYLE, "style")                                                                              \
    X(ARIA_HIDDEN, "aria-hidden")                                                                  \
    X(HTTP_EQUIV, "http-equiv")                                                                    \
    X(TESTID, "data-testid")                                                                       \
    X(COMPONENT, "data-component")

enum html_attr {
#define HTML_ATTR_ENUM(name, text) HTML_ATTR_##name,
    HTML_ATTRS(HTML_ATTR_ENUM)
#undef HTML_ATTR_ENUM
        HTML_ATTR_COUNT
};

struct html_attrs {
    struct dupd_view value[HTML_ATTR_COUNT]; /* ptr is NULL when absent */
};

/* ---- the page ---- */

enum html_mark {
    HTML_SURE = 1,    /* furniture by its tag, role or because it is hidden */
    HTML_SUSPECT = 2, /* furniture by a word of its class or id, unless most of the text is in it */
    HTML_DECLARED = 4,    /* declared to be the article's body */
    HTML_BYLINE = 8,      /* its class says byline or author */
    HTML_IN_FIGURE = 16,  /* in a figure (inherited) */
    HTML_IN_HEADER = 32,  /* in a header (inherited) */
    HTML_IN_LIST = 64,    /* in a list (inherited) */
    HTML_DROPPED = 128,   /* set by html_score: not the article's (inherited) */
    HTML_INSIDE = 256,    /* set by html_score: the article's container and its parts (inherited) */
    HTML_COMMENTS = 1024, /* readers' comments by its names, unless nearly all text is in it */
    HTML_HEADED = 512     /* set by html_score: has a headline in it */
};

struct html_element {
    uint32_t parent; /* smaller than its own index; 0 for the root, which is its own parent */
    uint16_t tag;
    uint16_t marks;
    uint32_t look; /* hash of its class; 0: none */
    float value;   /* html_score: how much of an article it holds */
};

struct html_block {
    uint32_t element;  /* the container that its text stands in */
    uint32_t at, len;  /* in page->text; white space is collapsed and trimmed */
    uint32_t weight;   /* letters and digits; one of an unspaced script counts 3 */
    uint32_t linked;   /* how much of the weight stands in links */
    bool joins;        /* goes on with the block before: inline furniture stood between */
    bool space_before; /* joins, and white space stood between */
    bool sentence;     /* ends as sentences end */
    bool inside;       /* html_score: it may be the article's */
};

#define HTML_DEPTH_MAX 512u /* of open elements that are told apart */
#define HTML_ELEMENTS_MAX                                                                          \
    (1u << 18) /* the page ends where there are more of them, or of blocks                         \
                */

struct html_open {
    uint16_t tag;
    uint8_t kind;
    bool recorded;
    uint32_t element;
};

struct html_meta;

struct html_page {
    struct dupd_buf text;
    struct html_element *element;
    struct html_block *block;
    uint32_t element_count, element_cap, block_count, block_cap;
    struct html_open *open; /* max_depth of them */
    uint32_t depth, max_depth;
    uint32_t beyond;   /* open elements that are deeper than that */
    uint32_t skipping; /* open elements whose text is no text */
    uint32_t links;    /* open links */
    uint32_t breaks;   /* <br> since the last text */
    bool in_block;     /* the last block is still growing */
    bool space;        /* white space is due before the next text */
    bool joined;       /* the next block joins */
    bool full;         /* limits reached: the rest is ignored */
    int status;        /* DUPD_ENOMEM once memory ran out */
    struct html_meta *meta;
};

/* max_depth <= HTML_DEPTH_MAX. Returns 0 or DUPD_ENOMEM; close in either case. */
int html_page_init(struct html_page *page, unsigned max_depth, struct html_meta *meta);
void html_page_close(struct html_page *page);

/* What the scanner found, in order. `raw` is undecoded text. */
void html_page_start(struct html_page *page, uint16_t tag, const struct html_attrs *attrs,
                     struct dupd_view name);
void html_page_end(struct html_page *page, uint16_t tag);
void html_page_text(struct html_page *page, struct dupd_view raw);
void html_page_finish(struct html_page *page);

/* True when nothing more is of use. */
static inline bool html_page_done(const struct html_page *page)
{
    return page->full || page->status;
}

/* ---- the passes ---- */

/* The page's bytes as clean UTF-8: *out is `bytes` itself or lies in `store`. html_charset.c */
int html_decode(struct dupd_view bytes, struct dupd_buf *store, struct dupd_view *out);

/* Splits clean UTF-8 into tags and text for `page` and its metadata. html_scan.c */
void html_scan(struct dupd_view utf8, struct html_page *page);

/* Code point of the character reference at p ('&' is p[0]) and its length in *length; 0 if it is
 * none and the '&' stands for itself. html_entity.c */
uint32_t html_entity(const char *p, const char *end, size_t *length);
/* Windows-1252 code point of byte 0x80 to 0x9F. */
uint32_t html_windows_1252(unsigned char byte);
/* Writes a code point as UTF-8 (1 to 4 bytes); returns the length. */
size_t html_put_utf8(uint32_t code, char out[4]);
/* Appends `raw` with its character references resolved and white space collapsed and trimmed.
 * Returns 0 or DUPD_ENOMEM. */
int html_plain(struct dupd_view raw, struct dupd_buf *out);

/* What the words of an element's class, id, role and so on say: marks. html_words.c */
unsigned html_marks_of(uint16_t tag, struct dupd_view name, const struct html_attrs *attrs);

/* Marks what is furniture and which blocks may be the article's. html_score.c */
void html_score(struct html_page *page, bool by_words);

/* Appends the article's text, without `title`. Returns 0 or DUPD_ENOMEM. html_text.c */
int html_text(const struct html_page *page, struct dupd_view title, struct dupd_buf *out);

#endif

/*
 * html_meta.c: title, URL, site, byline, language and date from a page's tags.
 *
 * Ranks, best first: JSON-LD of the article (html_ld.c, 90), meta properties made for machines
 * (og:, article:), microdata, other meta names, then <title>, <time>, <html lang>. A statement that
 * does not parse (a date in words, a byline that is a URL) is passed over, so that a worse-ranked
 * one that does can stand.
 *
 * Cost: a table lookup for each meta, link and time tag. Fails only for lack of memory.
 */
#include "html_meta.h"

#include "dupd/error.h"

#define VALUE_MAX 2048u /* bytes of a field; the body is as long as the page lets it be */
#define BODY_MAX (4u << 20)

struct rule {
    const char *name; /* lower case */
    uint8_t field, rank;
};

/* <meta property=...>, <meta name=...>, <meta itemprop=...> and <meta http-equiv=...>. */
static const struct rule meta_rules[] = {
    {"og:title", META_TITLE, 80},
    {"twitter:title", META_TITLE, 60},
    {"dc.title", META_TITLE, 50},
    {"headline", META_TITLE, 70},
    {"og:url", META_URL, 60},
    {"twitter:url", META_URL, 40},
    {"og:site_name", META_SITE, 95},
    {"application-name", META_SITE, 50},
    {"publisher", META_SITE, 40},
    {"article:author", META_BYLINE, 70},
    {"author", META_BYLINE, 65},
    {"dc.creator", META_BYLINE, 60},
    {"dcterms.creator", META_BYLINE, 60},
    {"parsely-author", META_BYLINE, 60},
    {"sailthru.author", META_BYLINE, 60},
    {"byl", META_BYLINE, 75},
    {"og:locale", META_LANG, 40},
    {"content-language", META_LANG, 50},
    {"language", META_LANG, 30},
    {"dc.language", META_LANG, 30},
    {"article:published_time", META_DATE, 80},
    {"og:published_time", META_DATE, 75},
    {"datepublished", META_DATE, 75},
    {"og:article:published_time", META_DATE, 75},
    {"article:published", META_DATE, 70},
    {"pubdate", META_DATE, 60},
    {"publishdate", META_DATE, 60},
    {"publish-date", META_DATE, 60},
    {"publish_date", META_DATE, 60},
    {"publication_date", META_DATE, 60},
    {"published_time", META_DATE, 60},
    {"parsely-pub-date", META_DATE, 60},
    {"sailthru.date", META_DATE, 55},
    {"dc.date.issued", META_DATE, 60},
    {"dcterms.issued", META_DATE, 60},
    {"dc.date.created", META_DATE, 50},
    {"dcterms.created", META_DATE, 50},
    {"dcterms.date", META_DATE, 50},
    {"dc.date", META_DATE, 50},
    {"date", META_DATE, 50},
    {"article.published", META_DATE, 60},
    {"datecreated", META_DATE, 45},
};

void html_meta_init(struct html_meta *m)
{
    *m = (struct html_meta){0};
}

void html_meta_close(struct html_meta *m)
{
    dupd_buf_close(&m->text);
    *m = (struct html_meta){0};
}

struct dupd_view html_meta_get(const struct html_meta *m, enum meta_field field)
{
    if (!m->field[field].rank)
        return (struct dupd_view){NULL, 0};
    return (struct dupd_view){m->text.ptr + m->field[field].at, m->field[field].len};
}

static bool equal_nocase(struct dupd_view v, const char *lower)
{
    return v.len == strlen(lower) && strncasecmp(v.ptr, lower, v.len) == 0;
}

static bool is_web_address(struct dupd_view v)
{
    return (v.len > 8 && strncasecmp(v.ptr, "https://", 8) == 0) ||
           (v.len > 7 && strncasecmp(v.ptr, "http://", 7) == 0);
}

/* "en_US" and "EN-us" are "en-US" and "EN-us"; anything else than letters, digits, '-' is none. */
static bool tidy_language(char *p, size_t len)
{
    if (len < 2 || len > 35)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '_')
            p[i] = '-';
        char l = (char)(p[i] | 0x20);
        bool letter = l >= 'a' && l <= 'z';
        if (!letter && (i < 2 || (p[i] != '-' && !(p[i] >= '0' && p[i] <= '9'))))
            return false;
    }
    return true;
}

/* True if the decoded value makes sense for the field. */
static bool accept(struct html_meta *m, enum meta_field field, char *p, size_t len)
{
    struct dupd_view v = {p, len};
    struct dupd_time t;
    switch (field) {
    case META_URL:
        return is_web_address(v) && !memchr(p, ' ', len);
    case META_BYLINE:
        return !is_web_address(v);
    case META_LANG:
        return tidy_language(p, len);
    case META_DATE:
        if (!html_date(v, &t))
            return false;
        m->published = t;
        return true;
    default:
        return true;
    }
}

void html_meta_offer(struct html_meta *m, enum meta_field field, unsigned rank,
                     struct dupd_view raw)
{
    size_t at = m->text.len, max = field == META_BODY ? BODY_MAX : VALUE_MAX;
    if (m->status || rank <= m->field[field].rank || !raw.len || raw.len > max)
        return;
    if (html_plain(raw, &m->text)) {
        m->status = DUPD_ENOMEM;
        return;
    }
    size_t len = m->text.len - at;
    if (!len || !accept(m, field, m->text.ptr + at, len)) {
        m->text.len = at;
        return;
    }
    m->field[field].at = at;
    m->field[field].len = len;
    m->field[field].rank = rank;
}

static void read_meta(struct html_meta *m, const struct html_attrs *attrs)
{
    static const enum html_attr names[] = {HTML_ATTR_PROPERTY, HTML_ATTR_NAME, HTML_ATTR_ITEMPROP,
                                           HTML_ATTR_HTTP_EQUIV};
    struct dupd_view content = attrs->value[HTML_ATTR_CONTENT];
    for (size_t i = 0; content.len && i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof meta_rules / sizeof *meta_rules; k++)
            if (equal_nocase(attrs->value[names[i]], meta_rules[k].name))
                html_meta_offer(m, (enum meta_field)meta_rules[k].field, meta_rules[k].rank,
                                content);
}

void html_meta_tag(struct html_meta *m, uint16_t tag, const struct html_attrs *attrs)
{
    struct dupd_view itemprop = attrs->value[HTML_ATTR_ITEMPROP];
    if (tag == HTML_META)
        read_meta(m, attrs);
    else if (tag == HTML_HTML)
        html_meta_offer(m, META_LANG, 80, attrs->value[HTML_ATTR_LANG]);
    else if (tag == HTML_LINK && equal_nocase(attrs->value[HTML_ATTR_REL], "canonical"))
        html_meta_offer(m, META_URL, 80, attrs->value[HTML_ATTR_HREF]);
    if (equal_nocase(itemprop, "datePublished")) {
        html_meta_offer(m, META_DATE, 76, attrs->value[HTML_ATTR_DATETIME]);
        html_meta_offer(m, META_DATE, 75, attrs->value[HTML_ATTR_CONTENT]);
    }
    if (tag == HTML_TIME)
        html_meta_offer(m, META_DATE, 20, attrs->value[HTML_ATTR_DATETIME]);
}

void html_meta_raw(struct html_meta *m, uint16_t tag, const struct html_attrs *attrs,
                   struct dupd_view content, bool inside)
{
    if (tag == HTML_TITLE && !inside)
        html_meta_offer(m, META_TITLE, META_RANK_TITLE_TAG, content);
    else if (tag == HTML_SCRIPT &&
             equal_nocase(attrs->value[HTML_ATTR_TYPE], "application/ld+json"))
        html_ld_read(m, content);
}

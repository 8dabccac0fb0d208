/*
 * html_words.c: what the names that a page gives its elements say about them.
 *
 * Class, id, role and the like are split into words ("ArticleBody__related-links" is article, body,
 * related, links) and looked up in one table of words that newsrooms everywhere use for what is not
 * the article. No site has a rule of its own. A word alone only makes an element suspect:
 * html_score.c clears an element that holds most of the page's text.
 */
#include "html_page.h"

#include <stdlib.h>

#define WORD_MAX 20    /* letters of a word that are looked at */
#define NAMES_MAX 512u /* bytes of a class or id that are looked at */

/* clang-format off */
/* Words of furniture, sorted. */
static const char *const furniture[] = {
    "ad", "ads", "adsense", "adslot", "adunit", "adv", "advert", "advertisement", "advertisements",
    "advertising", "affiliate", "anzeige", "aside", "attribution", "banner", "bio", "biography",
    "bookmark", "breadcrumb", "breadcrumbs", "callout", "caption", "captions", "carousel",
    "catlinks", "cmp", "consent", "cookie", "cookies", "copyright", "credit", "credits",
    "crosslink", "crosslinks", "cta", "disclaimer", "donate", "donation", "embed", "facebook",
    "fact", "factbox", "favorite", "favorites", "feedback", "follow", "following", "footer",
    "footnote", "footnotes", "gallery", "gdpr", "infobar", "infobox", "instagram", "jump",
    "jumplink", "keywords", "kicker", "legend", "lightbox", "linkbox", "linklist", "login", "logo",
    "marginalia", "masthead", "menu", "meta", "mobilenav", "modal", "more", "mostpopular",
    "mostread", "nav", "navbar", "navigation", "newsletter", "newsletters", "noprint",
    "notification", "onward", "outbrain", "overlay", "pager", "pagination", "partner", "partners",
    "permalink", "photocredit", "pinterest", "player", "poll", "popular", "popup", "promo",
    "promos", "promoted", "promotion", "promotions", "quiz", "rating", "readmore", "recirc",
    "recirculation", "recommend", "recommendation", "recommendations", "recommended", "register",
    "registration", "rel", "related", "relatedlinks", "respond", "screenreader", "share",
    "sharebar", "shares", "shariff", "sharing", "sidebar", "signup", "skip", "skiplink",
    "slideshow", "snippet", "social", "socials", "sponsor", "sponsored", "sponsors", "subscribe",
    "subscribebox", "subscription", "tab", "taboola", "tabs", "taglist", "tags", "tease", "teaser",
    "teasers", "telegram", "timestamp", "toc", "toolbar", "tooltip", "topic", "topics", "trending",
    "tweet", "twitter", "video", "werbung", "whatsapp", "widget", "youtube",
};
/* clang-format on */

/* "has-sidebar", "no-comments": the rest of the name says what the element has, not what it is. */
static const char *const negations[] = {"has", "have", "hide", "is",     "no",
                                        "not", "show", "with", "without"};

/* What readers wrote: often more than the article. */
static const char *const comments[] = {"comment", "commenting", "commentlist", "comments",
                                       "disqus",  "replies",    "reply"};

static const char *const bylines[] = {"author", "authors", "autor", "byline"};

/* ARIA roles of what is not the article. */
static const char *const furniture_roles[] = {
    "alert",  "alertdialog", "banner",  "button",  "complementary", "contentinfo",
    "dialog", "img",         "menu",    "menubar", "menuitem",      "navigation",
    "search", "tab",         "tablist", "toolbar", "tooltip"};

#define LISTED(word, list) (listed((word), (list), sizeof(list) / sizeof *(list)))

static int compare_words(const void *word, const void *entry)
{
    return strcmp(word, *(const char *const *)entry);
}

static bool listed(const char *word, const char *const *list, size_t count)
{
    return bsearch(word, list, count, sizeof *list, compare_words) != NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Takes the next word off *v, in lower case: letters, ended by anything else or by a hump
 * ("ArticleBody"). *new_name says that white space stood before it. A short word beside a digit is
 * a piece of a generated name ("paragraph__qAd5N") and comes out empty. */
static bool next_word(struct dupd_view *v, char word[WORD_MAX + 1], bool *new_name)
{
    const char *p = v->ptr, *end = p + v->len;
    *new_name = false;
    for (; p < end && !is_lower(*p) && !is_upper(*p); p++)
        *new_name |= *p == ' ' || *p == '\n' || *p == '\t';
    size_t n = 0;
    const char *from = p;
    for (; p < end && (is_lower(*p) || is_upper(*p)); p++) {
        if (p > from && is_upper(*p) && is_lower(p[-1]))
            break;
        if (n < WORD_MAX)
            word[n++] = is_upper(*p) ? (char)(*p + ('a' - 'A')) : *p;
    }
    bool digit = (from > v->ptr && is_digit(from[-1])) || (p < end && is_digit(*p));
    word[digit && n < 4 ? 0 : n] = '\0';
    v->len = (size_t)(end - p);
    v->ptr = p;
    return n > 0;
}

/* Marks by the words of one attribute. */
static unsigned marks_of_names(struct dupd_view names)
{
    char word[WORD_MAX + 1], before[WORD_MAX + 1] = "";
    unsigned marks = 0;
    bool negated = false, new_name;
    if (names.len > NAMES_MAX)
        names.len = NAMES_MAX;
    while (next_word(&names, word, &new_name)) {
        if (new_name) {
            negated = false;
            before[0] = '\0';
        }
        negated |= LISTED(word, negations);
        if (!negated && LISTED(word, furniture))
            marks |= HTML_SUSPECT;
        if (!negated && LISTED(word, comments))
            marks |= HTML_COMMENTS;
        if (!negated && LISTED(word, bylines))
            marks |= HTML_BYLINE;
        bool body =
            strcmp(word, "body") == 0 || strcmp(word, "content") == 0 || strcmp(word, "text") == 0;
        if (body && (strcmp(before, "article") == 0 || strcmp(before, "story") == 0 ||
                     strcmp(before, "entry") == 0 || strcmp(before, "post") == 0))
            marks |= HTML_DECLARED;
        memcpy(before, word, sizeof before);
    }
    return marks;
}

/* True if `v` has `word` (lower case) as one of its words, in any case. */
static bool has_word(struct dupd_view v, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= v.len; i++)
        if (strncasecmp(v.ptr + i, word, n) == 0)
            return true;
    return false;
}

static bool is_hidden(const struct html_attrs *attrs)
{
    struct dupd_view style = attrs->value[HTML_ATTR_STYLE];
    if (attrs->value[HTML_ATTR_HIDDEN].ptr)
        return true;
    if (style.len > NAMES_MAX)
        style.len = NAMES_MAX;
    return has_word(style, "display:none") || has_word(style, "display: none");
}

unsigned html_marks_of(uint16_t tag, struct dupd_view name, const struct html_attrs *attrs)
{
    unsigned kind = html_tag_kind(tag), marks = 0;
    char role[WORD_MAX + 1];
    bool unused;
    struct dupd_view value = attrs->value[HTML_ATTR_ROLE];
    if (kind & HTML_FURNITURE)
        marks |= HTML_SURE;
    if (kind & HTML_ROOM)
        return marks;
    if (value.len && next_word(&value, role, &unused) && LISTED(role, furniture_roles))
        marks |= HTML_SUSPECT;
    if (is_hidden(attrs))
        marks |= HTML_SUSPECT;
    if (has_word(attrs->value[HTML_ATTR_ITEMPROP], "articlebody"))
        marks |= HTML_DECLARED;
    static const enum html_attr named[] = {HTML_ATTR_CLASS, HTML_ATTR_ID, HTML_ATTR_TESTID,
                                           HTML_ATTR_COMPONENT};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (attrs->value[named[i]].len)
            marks |= marks_of_names(attrs->value[named[i]]);
    if (tag & HTML_OTHER_TAG && memchr(name.ptr, '-', name.len)) /* a custom element */
        marks |= marks_of_names(name);
    return marks;
}

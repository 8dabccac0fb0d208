/* test_html.c: article text and metadata of pages as newsrooms build them. */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/html.h"
#include "support/fault.h"

#define FIRST                                                                                      \
    "The harbour council voted on Tuesday to widen the northern quay, ending a dispute of nine "   \
    "years with the fishing cooperative."
#define SECOND                                                                                     \
    "Work will begin in March and cost eleven million crowns, the council's engineer told the "    \
    "meeting, which lasted until midnight."
#define THIRD                                                                                      \
    "Boats of the cooperative will berth at the old mole in the meantime; its chairwoman called "  \
    "that \"a price we can pay\"."

static const char page[] =
    "<!DOCTYPE html><html lang=en-GB><head><meta charset=utf-8><title>Quay to be widened | The "
    "Harbour Post</title>"
    "<meta property='og:title' content='Quay to be widened &amp; deepened'>"
    "<meta property=\"og:site_name\" content=\"The Harbour Post\">"
    "<meta property=article:published_time content='2021-11-02T18:30:00+01:00'>"
    "<meta name=author content='Ilse Brandt'>"
    "<link rel=canonical href='https://www.harbour-post.example/quay'>"
    "<script>var x = '<p>not text at all, but long enough to be taken for a paragraph.</p>';"
    "</script><style>p { color: red }</style></head><body class='has-sidebar no-comments'>"
    "<nav><ul><li><a href=/>Home</a><li><a href=/sport>Sport</a></ul></nav>"
    "<header><h1>Quay to be widened &amp; deepened</h1></header>"
    "<main><article><div class='story-body'>"
    "<p>" FIRST
    "<p>The&nbsp;vote was <b>close</b>: six to five, <a href=/x>as the minutes show</a>."
    "<aside><p>Sign up for our newsletter to read such stories first, every single morning.</p>"
    "</aside>"
    "<figure><img src=q.jpg><figcaption>The northern quay, photographed last summer from the mole "
    "by our reader.</figcaption></figure>"
    "<h2>What comes next</h2>"
    "<p>" SECOND "</p><p>" THIRD "</p>"
    "<div class='related-stories'><h3>Read more</h3><p>A long teaser about another story that has "
    "nothing to do with the quay, for all its words.</p></div>"
    "</div></article></main>"
    "<footer><p>The Harbour Post is published by a foundation and takes no money from "
    "councils.</p></footer></body></html>";

static const char page_text[] =
    FIRST "\n\nThe vote was close: six to five, as the minutes show.\n\nWhat comes next\n\n" SECOND
          "\n\n" THIRD;

static void expect(struct dupd_view got, const char *wanted)
{
    ck_assert_msg(dupd_view_equal(got, dupd_view_of(wanted)), "got \"%.*s\", wanted \"%s\"",
                  (int)got.len, got.len ? got.ptr : "", wanted);
}

static int extract(const char *html, struct dupd_buf *memory, struct dupd_article *a)
{
    return dupd_html_extract(dupd_view_of(html), NULL, memory, a);
}

START_TEST(article_is_found_and_furniture_dropped)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    char when[DUPD_TIME_TEXT_MAX];
    ck_assert_int_eq(extract(page, &memory, &a), 0);
    expect(a.text, page_text);
    expect(a.title, "Quay to be widened & deepened");
    expect(a.url, "https://www.harbour-post.example/quay");
    expect(a.source, "The Harbour Post");
    expect(a.byline, "Ilse Brandt");
    expect(a.lang, "en-GB");
    expect(a.id, "");
    dupd_time_format(a.published, when);
    ck_assert_str_eq(when, "2021-11-02T17:30:00Z");
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(json_ld_outranks_tags)
{
    static const char html[] =
        "<html lang=en><title>Tag title</title><meta property=og:title content='Property title'>"
        "<meta property=article:published_time content='2020-01-01'>"
        "<script type='application/ld+json'>{\"@context\":\"https://schema.org\",\"@graph\":["
        "{\"@type\":\"WebPage\",\"name\":\"Page\",\"datePublished\":\"2019-01-01\"},"
        "{\"@type\":[\"NewsArticle\"],\"headline\":\"Ferry \\u201cHope\\u201d\n sails\","
        "\"datePublished\":\"2022-01-27T17:20:00Z\",\"author\":[{\"@type\":\"Person\",\"name\":"
        "\"Ann Lee\"},{\"name\":\"Bo \\ud83d\\ude00\"}],\"publisher\":{\"name\":\"Coast News\"},"
        "\"mainEntityOfPage\":{\"@id\":\"https://coast.example/ferry\"}}]}</script>"
        "<p>" FIRST "<p>" SECOND;
    struct dupd_buf memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(extract(html, &memory, &a), 0);
    expect(a.title, "Ferry \xE2\x80\x9CHope\xE2\x80\x9D sails");
    expect(a.byline, "Ann Lee, Bo \xF0\x9F\x98\x80");
    expect(a.source, "Coast News");
    expect(a.url, "https://coast.example/ferry");
    ck_assert_int_eq(a.published.seconds, 1643304000);
    expect(a.text, FIRST "\n\n" SECOND);
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(broken_json_ld_gives_what_it_has)
{
    static const char *const scripts[] = {
        "{\"@type\":\"NewsArticle\",\"headline\":\"Kept\",\"datePublished\":\"2022-01-27",
        "{\"@type\":\"NewsArticle\",,\"headline\":\"Kept\",}",
        "<!-- {\"@type\":\"NewsArticle\",\"headline\":\"Kept\"} -->",
        "[[[{\"@type\":\"NewsArticle\",\"headline\":\"Kept\"}]]]",
        "{\"@type\":\"NewsArticle\",\"headline\":\"Kept\",\"author\":{\"name\":{}},\"url\":[1,2]}",
    };
    struct dupd_buf html = {0}, memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(dupd_buf_addf(&html,
                                   "<script type=application/ld+json>%s</script><p>" FIRST "%c",
                                   scripts[_i], 0),
                     0);
    ck_assert_int_eq(extract(html.ptr, &memory, &a), 0);
    expect(a.title, "Kept");
    expect(a.byline, "");
    dupd_buf_close(&html);
    dupd_buf_close(&memory);
}
END_TEST

static const struct {
    const char *html, *text;
} snippets[] = {
    /* nothing closed, upper case, attributes in every spelling */
    {"<P CLASS=x ID='y' HIDDENISH><B>" FIRST "<P/>" SECOND, FIRST "\n\n" SECOND},
    /* breaks: one is a space, two are a paragraph */
    {"<div>" FIRST "<br>" SECOND "<br/><br>" THIRD "</div>", FIRST " " SECOND "\n\n" THIRD},
    /* comments of every kind, CDATA, processing instructions */
    {"<!-- a > b --><p>" FIRST "<!--><p>--><!---->"
     "<![CDATA[x]]><?php echo 1 ?></ x>",
     FIRST},
    /* a '<' that is text; references known, unknown, unfinished and of Windows-1252 */
    {"<p>If a < b &amp; c &lt; d, then &eacute;t&eacute &unknown; &#8220;x&#8221; &#x1F600; &#147;y"
     "&#148; and AT&T &copy=1 and &, says the book of sums.</p>",
     "If a < b & c < d, then \u00e9t\u00e9 &unknown; \u201cx\u201d \U0001F600 \u201cy\u201d and "
     "AT&T &copy=1 and &, says the book of sums."},
    /* inline furniture goes, the sentence stays whole */
    {"<p>The council voted <span class=\"share-button\">Share this</span> on Tuesday to widen the "
     "northern quay of the harbour.</p>",
     "The council voted on Tuesday to widen the northern quay of the harbour."},
    /* the end tag of an inline element does not close a paragraph */
    {"<b><p>" FIRST "</b> It was late.</p><p>" SECOND "</p>", FIRST " It was late.\n\n" SECOND},
    /* hidden text, roles, forms' labels */
    {"<p>" FIRST "</p><div hidden><p>" SECOND "</p></div><div role=navigation><p>" SECOND
     "</p></div><div style='display: none'><p>" SECOND "</p></div><p>" THIRD "</p>",
     FIRST "\n\n" THIRD},
    /* everything in a container with a bad name */
    {"<div class='widget sidebar ad'><p>" FIRST "</p><p>" SECOND "</p></div>", FIRST "\n\n" SECOND},
    /* lists of text stay, lists of links go */
    {"<article><p>" FIRST "</p><ul><li>" SECOND "<li>" THIRD "</ul><ul><li><a href=1>Another story "
     "of the harbour</a><li><a href=2>And one more of these stories</a></ul></article>",
     FIRST "\n\n" SECOND "\n\n" THIRD},
    /* cells that nobody closed */
    {"<table><tr><td>" FIRST "<td>" SECOND "<tr><td>" THIRD "</table>",
     FIRST "\n\n" SECOND "\n\n" THIRD},
    /* the lead between headline and article belongs to it, what stands before the headline does not
     */
    {"<div><p>" SECOND "</p></div><div><h1>Quay</h1><div class=intro><p>" FIRST "</p></div></div>"
     "<section><div><div><div class=text><p>" THIRD "</p><p>" SECOND "</p><p>" THIRD
     "</p></div></div>"
     "</div></section>",
     FIRST "\n\n" THIRD "\n\n" SECOND "\n\n" THIRD},
    /* parts that look the same are one article; the next article of an endless page is not */
    {"<main><section class=c><div><div><div><p>" FIRST "</p><p>" SECOND "</p></div></div></div>"
     "</section><section class=c><div><div><div><p>" THIRD "</p></div></div></div></section>"
     "<section class=c><div><div><h1>Next</h1><div><p>" SECOND
     "</p></div></div></div></section></main>",
     FIRST "\n\n" SECOND "\n\n" THIRD},
    /* readers' comments go, though they are longer than the article */
    {"<div><div><p>" FIRST "</p><p>" SECOND "</p></div><div id=commentsContainer><p>" THIRD
     "</p><p>" THIRD "</p><p>" THIRD "</p><p>" THIRD "</p></div></div>",
     FIRST "\n\n" SECOND},
    /* generated names say nothing */
    {"<p class='text_qSR5N x__ad3'>" FIRST "</p><p class='ad3x'>" SECOND "</p><p class=ad>" SECOND
     "</p>",
     FIRST "\n\n" SECOND},
    /* a heading without prose behind it goes */
    {"<article><h2>Lead</h2><p>" FIRST "</p><p>" SECOND "</p><h2>More on this</h2></article>",
     "Lead\n\n" FIRST "\n\n" SECOND},
};

START_TEST(markup_of_all_kinds)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(extract(snippets[_i].html, &memory, &a), 0);
    expect(a.text, snippets[_i].text);
    dupd_buf_close(&memory);
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} encodings[] = {
#define BYTES(s) s, sizeof(s) - 1
    {BYTES("\xEF\xBB\xBF<p>Der K\xC3\xA4"
           "pten sagte, die F\xC3\xA4hre fahre wieder um acht Uhr ab."),
     "Der K\u00e4pten sagte, die F\u00e4hre fahre wieder um acht Uhr ab."},
    {BYTES("<meta charset=iso-8859-1><p>Der K\xE4pten sagte \x84ja\x93, die F\xE4hre fahre wieder "
           "um acht Uhr ab."),
     "Der K\u00e4pten sagte \u201eja\u201c, die F\u00e4hre fahre wieder um acht Uhr ab."},
    {BYTES("<p>Der K\xE4pten sagte, die F\xE4hre fahre wieder um acht Uhr von der Mole ab."),
     "Der K\u00e4pten sagte, die F\u00e4hre fahre wieder um acht Uhr von der Mole ab."},
    /* declared wrongly: valid UTF-8 is UTF-8 */
    {BYTES("<meta charset=gb2312><p>Der K\xC3\xA4pten sagte, die F\xC3\xA4hre fahre wieder um acht "
           "Uhr ab."),
     "Der K\u00e4pten sagte, die F\u00e4hre fahre wieder um acht Uhr ab."},
    {BYTES(
         "\xFF\xFE<\0p\0>\0H\0e\0l\0l\0o\0,\0 \0h\0a\0r\0b\0o\0u\0r\0 \0o\0f\0 \0m\0i\0n\0e\0.\0"),
     "Hello, harbour of mine."},
    /* a pair beyond the first plane; half a pair, and half a unit at the end, are replaced */
    {BYTES("\xFE\xFF\0<\0p\0>\xD8\x3D\xDE\x80\0 \0h\0a\0r\0b\0o\0u\0r\0 \xD8\x3D\0o\0f\0 "
           "\xDE\x80\0 \0m\0i\0n\0e\0"),
     "\U0001F680 harbour \uFFFDof \uFFFD mine\uFFFD"},
    /* one bad byte does not change the encoding; NULs are replaced */
    {BYTES("<p>Der K\xC3\xA4pten sag\xFFte, die F\xC3\xA4hre\0 fahre wieder um acht Uhr von der "
           "M\xC3\xB6hle ab."),
     "Der K\u00e4pten sag\uFFFDte, die F\u00e4hre\uFFFD fahre wieder um acht Uhr von der "
     "M\u00f6hle "
     "ab."},
#undef BYTES
};

/* Those that must be converted first are named, as iconv knows them. */
START_TEST(other_encodings_are_named)
{
    static const struct {
        const char *page, *name;
    } named[] = {
        {"<meta charset=Shift_JIS><p>\x8D\x60", "CP932"},
        {"<?xml version='1.0' encoding='KOI8-R'?><p>\xC1", "KOI8-R"},
        {"<meta charset=iso-2022-jp><p>\x1B$B9A\x1B(B", "ISO-2022-JP"},
        {"<meta charset=iso-8859-1><p>\xE4", NULL},
        {"<meta charset=gb2312><p>\xC3\xA4", NULL}, /* it is UTF-8 */
        {"<meta charset=utf-8><p>\xE4", NULL},
        {"<meta charset=utf-7><p>\xE4", NULL},
        {"\xEF\xBB\xBF<meta charset=gb2312><p>\xE4", NULL},
        {"<p>\xE4", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const char *name = dupd_html_encoding(dupd_view_of(named[i].page));
        ck_assert_msg(named[i].name ? name && strcmp(name, named[i].name) == 0 : !name, "%s: %s",
                      named[i].page, name);
    }
}
END_TEST

START_TEST(encodings_are_recognised)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    struct dupd_view bytes = {encodings[_i].bytes, encodings[_i].len};
    ck_assert_int_eq(dupd_html_extract(bytes, NULL, &memory, &a), 0);
    expect(a.text, encodings[_i].text);
    dupd_buf_close(&memory);
}
END_TEST

static const struct {
    const char *content;
    const char *time; /* "": not understood */
} dates[] = {
    {"2022-01-27T17:20:00Z", "2022-01-27T17:20:00Z"},
    {"2022-01-27T17:20:00CET", "2022-01-27T17:20:00Z"},
    {"20220127", "2022-01-27"},
    {"20220127172000", "2022-01-27T17:20:00Z"},
    {"2022/01/27 17:20", "2022-01-27T17:20:00Z"},
    {"Thu, 27 Jan 2022 17:20:00 +0100", "2022-01-27T16:20:00Z"},
    {"January 27, 2022 5:20 PM", "2022-01-27T17:20:00Z"},
    {"27 January 2022", "2022-01-27"},
    {"1643304000", "2022-01-27T17:20:00Z"},
    {"01/02/2022", ""},
    {"12345678", ""},
    {"yesterday", ""},
    {"99:99:99 99 Jan 9999999999999", ""},
};

START_TEST(dates_as_pages_state_them)
{
    struct dupd_buf html = {0}, memory = {0};
    struct dupd_article a;
    char when[DUPD_TIME_TEXT_MAX];
    ck_assert_int_eq(dupd_buf_addf(&html, "<meta name=pubdate content='%s'><p>" FIRST "%c",
                                   dates[_i].content, 0),
                     0);
    ck_assert_int_eq(extract(html.ptr, &memory, &a), 0);
    dupd_time_format(a.published, when);
    ck_assert_str_eq(when, dates[_i].time);
    dupd_buf_close(&html);
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(page_without_text_keeps_its_metadata)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    struct dupd_html_options options = {.url = DUPD_VIEW("https://given.example/")};
    struct dupd_view html = DUPD_VIEW("<title>Only a title</title><script>app()</script>");
    ck_assert_int_eq(dupd_html_extract(html, &options, &memory, &a), DUPD_EEMPTY);
    expect(a.title, "Only a title");
    expect(a.url, "https://given.example/");
    expect(a.text, "");
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(headline_stands_for_a_title_with_the_site_in_it)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(
        extract("<title>Quay to be widened | The Harbour Post</title><h1>The Harbour Post"
                "</h1><h1>Quay to be <i>widened</i></h1><p>" FIRST,
                &memory, &a),
        0);
    expect(a.title, "Quay to be widened");
    expect(a.text, FIRST);
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(text_that_only_json_ld_has_is_taken)
{
    struct dupd_buf memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(extract("<script type=application/ld+json>{\"@type\":\"Article\","
                             "\"articleBody\":\"" FIRST " " SECOND "\"}</script><div id=app></div>",
                             &memory, &a),
                     0);
    expect(a.text, FIRST " " SECOND);
    dupd_buf_close(&memory);
}
END_TEST

static const struct {
    const char *bytes;
    bool html;
} sniffs[] = {
    {"<!DOCTYPE html><html>", true},
    {"\xEF\xBB\xBF \n<!-- c --><?xml version='1.0'?><HTML lang=en>", true},
    {"<div class=x>", true},
    {"<p>", true},
    {"<article>text", true},
    {"<pre-release notes", false},
    {"<", false},
    {"", false},
    {"plain text <p>with a tag", false},
    {"{\"html\":\"<p>\"}", false},
    {"<rss version='2.0'>", false},
    {"<!-- never closed", false},
};

START_TEST(sniffing)
{
    ck_assert_msg(dupd_html_looks_like(dupd_view_of(sniffs[_i].bytes)) == sniffs[_i].html, "%s",
                  sniffs[_i].bytes);
}
END_TEST

struct faulty {
    struct dupd_view html;
};

static int extract_once(void *data)
{
    struct faulty *f = data;
    struct dupd_buf memory = {0};
    struct dupd_article a;
    int rc = dupd_html_extract(f->html, NULL, &memory, &a);
    dupd_buf_close(&memory);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    struct faulty good = {dupd_view_of(page)};
    struct faulty latin = {DUPD_VIEW("<meta charset=latin1><p>\xE4" FIRST)};
    struct faulty ld = {
        DUPD_VIEW("<script type=application/ld+json>{\"@type\":\"Article\",\"headline\""
                  ":\"x\",\"author\":[{\"name\":\"A\"},{\"name\":\"B\"}]}</script><p>" FIRST)};
    ck_assert_uint_gt(fault_each(extract_once, &good, DUPD_ENOMEM), 0);
    ck_assert_uint_gt(fault_each(extract_once, &latin, DUPD_ENOMEM), 0);
    ck_assert_uint_gt(fault_each(extract_once, &ld, DUPD_ENOMEM), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("html");
    TCase *t = tcase_create("html");
#define COUNT(array) (int)(sizeof(array) / sizeof *(array))
    tcase_add_test(t, article_is_found_and_furniture_dropped);
    tcase_add_test(t, json_ld_outranks_tags);
    tcase_add_loop_test(t, broken_json_ld_gives_what_it_has, 0, 5);
    tcase_add_loop_test(t, markup_of_all_kinds, 0, COUNT(snippets));
    tcase_add_loop_test(t, encodings_are_recognised, 0, COUNT(encodings));
    tcase_add_test(t, other_encodings_are_named);
    tcase_add_loop_test(t, dates_as_pages_state_them, 0, COUNT(dates));
    tcase_add_test(t, page_without_text_keeps_its_metadata);
    tcase_add_test(t, headline_stands_for_a_title_with_the_site_in_it);
    tcase_add_test(t, text_that_only_json_ld_has_is_taken);
    tcase_add_loop_test(t, sniffing, 0, COUNT(sniffs));
    tcase_add_test(t, memory_may_run_out_anywhere);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

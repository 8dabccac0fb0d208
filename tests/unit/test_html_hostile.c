/*
 * test_html_hostile.c: pages made to hurt: deep, huge, cut off, binary, quadratic. Each must end
 * with a result that is allowed, in memory that is bounded. Each case is a pattern that costs a
 * careless parser the square of the page: at 1 MiB such a parser would be noticed by the timeout of
 * the test, ours needs milliseconds.
 */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/html.h"
#include "dupd/text.h"

#define LARGE ((size_t)1 << 20)
#define PROSE                                                                                      \
    "The warden of the pier, who had waited for eleven years, lit the lamp on Thursday at dusk, "  \
    "and the boats saw it nine miles out."

static void fill(struct dupd_buf *b, const char *pattern, size_t bytes)
{
    size_t n = strlen(pattern);
    ck_assert_int_eq(dupd_buf_reserve(b, bytes + n), 0);
    for (size_t end = b->len + bytes; b->len < end; b->len += n)
        memcpy(b->ptr + b->len, pattern, n);
}

static int extract(const struct dupd_buf *page, struct dupd_buf *memory, struct dupd_article *a)
{
    int rc = dupd_html_extract(dupd_buf_view(page), NULL, memory, a);
    ck_assert(rc == 0 || rc == DUPD_EEMPTY);
    ck_assert(dupd_text_is_clean(a->text));
    ck_assert_uint_le(memory->len, 4 * page->len + 64);
    return rc;
}

static const struct {
    const char *head, *pattern, *tail;
} patterns[] = {
    {"", "<div>", "<p>" PROSE},
    {"", "<b>", "<p>" PROSE},
    {"<p>" PROSE, "</div>", ""},
    {"<p>" PROSE "<div><b><i>", "</u>", ""},
    {"<p>" PROSE "<b><div>", "<i>", "</b>"},
    {"", "<p class='a", ""},
    {"<p ", "a=b c ", ">" PROSE},
    {"<p class='", "related share ", "'>" PROSE},
    {"<p style='", "display:", "'>" PROSE},
    {"", "<", "<p>" PROSE},
    {"", "</", "<p>" PROSE},
    {"", "<!--", ""},
    {"", "<!-- -", ""},
    {"", "<script>", "<p>" PROSE},
    {"", "<title></", ""},
    {"", "<svg>", "<p>" PROSE},
    {"", "<li><td><option><dd>", "<p>" PROSE},
    {"", "<a href=x>y", "<p>" PROSE},
    {"<p>", "&", PROSE},
    {"<p>", "&#", PROSE},
    {"<p>", "&#1114111", PROSE},
    {"<p>", "&CounterClockwise", PROSE},
    {"<p>", "<span class=ad>x</span>", PROSE},
    {"<p>", "<br>", PROSE},
    {"<p>" PROSE, "x", ""},
    {"<p>" PROSE, " ", ""},
    {"<p>" PROSE, "\xFF", ""},
    {"<meta charset=gbk><p>" PROSE, "\xFF", ""},
    {"<meta charset=iso-2022-jp><p>" PROSE, "\x1B$", ""},
    {"<p>" PROSE, "<meta name=author content=x>", ""},
    {"<p>" PROSE "<script type=application/ld+json>", "{\"a\":", ""},
    {"<p>" PROSE "<script type=application/ld+json>", "[", ""},
    {"<p>" PROSE "<script type=application/ld+json>", "{\"@type\":\"Article\",\"url\":\"", ""},
    {"<p>" PROSE, "<script type=application/ld+json>{\"@type\":\"Article\",\"url\":3}</script>",
     ""},
    {"<p>" PROSE "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"",
     "\\ud800", "\"}"},
    {"<p>" PROSE "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"", "\\u",
     "\"}"},
};

START_TEST(repeated)
{
    struct dupd_buf page = {0}, memory = {0};
    struct dupd_article a;
    ck_assert_int_eq(dupd_buf_add_str(&page, patterns[_i].head), 0);
    fill(&page, patterns[_i].pattern, LARGE);
    ck_assert_int_eq(dupd_buf_add_str(&page, patterns[_i].tail), 0);
    (void)extract(&page, &memory, &a);
    dupd_buf_close(&page);
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(text_below_ten_thousand_levels_is_found)
{
    static const char *const tags[][2] = {
        {"<div>", "</div>"}, {"<b>", "</b>"}, {"<ul><li>", "</ul>"}};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct dupd_buf page = {0}, memory = {0};
        struct dupd_article a;
        fill(&page, tags[i][0], 10000 * strlen(tags[i][0]));
        ck_assert_int_eq(dupd_buf_add_str(&page, "<p>" PROSE "</p>"), 0);
        fill(&page, tags[i][1], 10000 * strlen(tags[i][1]));
        ck_assert_int_eq(dupd_buf_add_str(&page, "<p>" PROSE "</p>"), 0);
        ck_assert_int_eq(extract(&page, &memory, &a), 0);
        ck_assert_uint_ge(a.text.len, sizeof PROSE - 1);
        ck_assert_int_eq(memcmp(a.text.ptr, PROSE, sizeof PROSE - 1), 0);
        dupd_buf_close(&page);
        dupd_buf_close(&memory);
    }
}
END_TEST

static const char small[] =
    "<!DOCTYPE html><html lang=en><head><meta charset='utf-8'><title>L&eacute;</title>"
    "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"headline\":\"Le \\u00e9\"}"
    "</script></head><body><!-- c --><p class=\"x\">" PROSE "</p></body></html>";

START_TEST(cut_off_anywhere)
{
    for (size_t n = 0; n < sizeof small; n++) {
        char *exact = malloc(n + 1); /* so that AddressSanitizer sees the end */
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, small, n);
        struct dupd_buf page = {exact, n, n + 1}, memory = {0};
        struct dupd_article a;
        (void)extract(&page, &memory, &a);
        dupd_buf_close(&page);
        dupd_buf_close(&memory);
    }
}
END_TEST

START_TEST(any_byte_anywhere)
{
    static const char bytes[] = {'\0', '\x1B', '<', '>', '"', '\'', '&', '=', '/', '\xFF', '\xC3'};
    for (size_t at = 0; at + 1 < sizeof small; at++) {
        char changed[sizeof small];
        memcpy(changed, small, sizeof small);
        changed[at] = bytes[at % sizeof bytes];
        struct dupd_buf page = {changed, sizeof small - 1, sizeof small}, memory = {0};
        struct dupd_article a;
        (void)extract(&page, &memory, &a);
        dupd_buf_close(&memory);
    }
}
END_TEST

START_TEST(noise)
{
    struct dupd_buf page = {0};
    uint64_t x = UINT64_C(0x243F6A8885A308D3);
    ck_assert_int_eq(dupd_buf_reserve(&page, LARGE), 0);
    for (page.len = 0; page.len + 8 <= LARGE; page.len += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(page.ptr + page.len, &x, 8);
    }
    struct dupd_buf memory = {0};
    struct dupd_article a;
    int rc = dupd_html_extract(dupd_buf_view(&page), NULL, &memory, &a);
    ck_assert(rc == 0 || rc == DUPD_EEMPTY);
    ck_assert(dupd_text_is_clean(a.text));
    dupd_buf_close(&page);
    dupd_buf_close(&memory);
}
END_TEST

START_TEST(limits_are_kept)
{
    struct dupd_buf page = {0}, memory = {0};
    struct dupd_article a;
    struct dupd_html_options options = {.max_bytes = 4096, .max_depth = 3};
    ck_assert_int_eq(dupd_buf_add_str(&page, "<p>" PROSE), 0);
    fill(&page, " ", 4096);
    ck_assert_int_eq(dupd_html_extract(dupd_buf_view(&page), &options, &memory, &a), DUPD_ETOOBIG);
    page.len = 4096;
    ck_assert_int_eq(dupd_html_extract(dupd_buf_view(&page), &options, &memory, &a), 0);
    ck_assert(dupd_view_equal(a.text, DUPD_VIEW(PROSE)));
    dupd_buf_clear(&page);
    dupd_buf_clear(&memory);
    fill(&page, "x", ((size_t)8 << 20) + 1);
    ck_assert_int_eq(dupd_html_extract(dupd_buf_view(&page), NULL, &memory, &a), DUPD_ETOOBIG);
    dupd_buf_close(&page);
    dupd_buf_close(&memory);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("html_hostile");
    TCase *t = tcase_create("html_hostile");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, repeated, 0, (int)(sizeof patterns / sizeof *patterns));
    tcase_add_test(t, text_below_ten_thousand_levels_is_found);
    tcase_add_test(t, cut_off_anywhere);
    tcase_add_test(t, any_byte_anywhere);
    tcase_add_test(t, noise);
    tcase_add_test(t, limits_are_kept);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

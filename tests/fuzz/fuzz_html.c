/*
 * fuzz_html.c: any bytes as a page: every view is clean text inside `memory`, and of bounded size;
 * the depth limit (first byte) and the same page again change nothing about that.
 */
#include "dupd/error.h"
#include "dupd/html.h"
#include "dupd/text.h"
#include "support/fuzz.h"

#define GROWTH                                                                                     \
    16u /* text, and each field, at most 4 times the page (UTF-16 of one byte pair: 1.5) */

static void check_view(struct dupd_view v, const struct dupd_buf *memory)
{
    FUZZ_CHECK(v.len == 0 || (v.ptr >= memory->ptr && v.ptr + v.len <= memory->ptr + memory->len));
    FUZZ_CHECK(dupd_text_is_clean(v));
}

static void check_article(const struct dupd_article *a, const struct dupd_buf *memory)
{
    struct dupd_time again;
    char text[DUPD_TIME_TEXT_MAX];
    check_view(a->text, memory);
    check_view(a->title, memory);
    check_view(a->url, memory);
    check_view(a->source, memory);
    check_view(a->byline, memory);
    check_view(a->lang, memory);
    FUZZ_CHECK(a->id.len == 0 && a->collection.len == 0);
    if (a->published.kind != DUPD_TIME_NONE) {
        size_t n = dupd_time_format(a->published, text);
        FUZZ_CHECK(dupd_time_parse((struct dupd_view){text, n}, &again));
        FUZZ_CHECK(again.seconds == a->published.seconds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_html_options options = {.max_depth = size ? data[0] : 0};
    struct dupd_view bytes = {(const char *)data, size};
    struct dupd_buf memory = {0};
    struct dupd_article a;
    (void)dupd_html_looks_like(bytes);
    int rc = dupd_html_extract(bytes, &options, &memory, &a);
    FUZZ_CHECK(rc == 0 || rc == DUPD_EEMPTY);
    FUZZ_CHECK((rc == 0) == (a.text.len > 0));
    FUZZ_CHECK(memory.len <= GROWTH * size);
    check_article(&a, &memory);
    dupd_buf_close(&memory);
    return 0;
}

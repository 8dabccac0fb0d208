/*
 * fuzz_article_read.c: any bytes as JSON object, page or text: either an article whose views lie in
 * the input or in the reader's memory, within the limits, or a problem in words.
 */
#include "dupd/error.h"
#include "input/article_read.h"
#include "input/sniff.h"
#include "support/fuzz.h"

static bool inside(struct dupd_view v, struct dupd_view memory)
{
    return memory.len && v.ptr >= memory.ptr && v.ptr + v.len <= memory.ptr + memory.len;
}

static void check_view(struct dupd_view v, struct dupd_view input, const struct article_reader *r)
{
    FUZZ_CHECK(v.len == 0 || inside(v, input) || inside(v, dupd_buf_view(&r->strings)) ||
               inside(v, dupd_buf_view(&r->page)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct article_limits limits = {.max_message = 65536, .max_article = 16384};
    struct dupd_view input = {(const char *)data, size};
    struct article_reader r;
    article_reader_init(&r);
    for (enum article_form form = ARTICLE_TEXT; form <= ARTICLE_JSON; form++) {
        struct dupd_article a;
        int rc = article_read(&r, form, input, &limits, &a);
        if (rc) {
            FUZZ_CHECK(rc == DUPD_ESYNTAX || rc == DUPD_ETYPE || rc == DUPD_ETOOBIG ||
                       rc == DUPD_EEMPTY);
            FUZZ_CHECK(r.problem[0] != '\0');
            continue;
        }
        FUZZ_CHECK(a.text.len <= limits.max_article && a.id.len <= DUPD_ID_MAX);
        const struct dupd_view views[] = {a.id,    a.collection, a.url,  a.source,
                                          a.title, a.byline,     a.lang, a.text};
        for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
            check_view(views[i], input, &r);
    }
    const char *what;
    enum sniff content = sniff_content(input, &what);
    FUZZ_CHECK((content == SNIFF_BINARY) == (what != NULL));
    sniff_is_lines(input, '{');
    article_reader_close(&r);
    return 0;
}

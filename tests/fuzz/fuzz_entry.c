/*
 * fuzz_entry.c: any fields of a stream entry: either an article whose views lie in the fields or in
 * the reader's memory, within the limits, or a problem in words. The input is names and values,
 * each ended by a NUL.
 */
#include "dupd/error.h"
#include "input/article_read.h"
#include "support/fuzz.h"

#define FIELDS_MAX 64

static bool inside(struct dupd_view v, struct dupd_view memory)
{
    return memory.len && v.ptr >= memory.ptr && v.ptr + v.len <= memory.ptr + memory.len;
}

static struct dupd_view next(struct dupd_view *rest)
{
    const char *end = memchr(rest->len ? rest->ptr : "", '\0', rest->len);
    struct dupd_view v = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    size_t n = v.len + (end != NULL);
    *rest = (struct dupd_view){rest->ptr + n, rest->len - n};
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct article_limits limits = {.max_message = 65536, .max_article = 16384};
    struct dupd_view input = {(const char *)data, size}, rest = input;
    struct article_field field[FIELDS_MAX];
    struct article_reader r;
    struct dupd_article a;
    size_t count = 0;
    while (rest.len && count < FIELDS_MAX) {
        field[count].name = next(&rest);
        field[count].value = next(&rest);
        count++;
    }
    article_reader_init(&r);
    int rc = article_read_fields(&r, field, count, &limits, &a);
    if (rc) {
        FUZZ_CHECK(rc == DUPD_ESYNTAX || rc == DUPD_ETYPE || rc == DUPD_ETOOBIG ||
                   rc == DUPD_EEMPTY);
        FUZZ_CHECK(r.problem[0] != '\0');
    } else {
        const struct dupd_view views[] = {a.id,    a.collection, a.url,  a.source,
                                          a.title, a.byline,     a.lang, a.text};
        FUZZ_CHECK(a.text.len > 0 && a.text.len <= limits.max_article);
        FUZZ_CHECK(a.id.len <= DUPD_ID_MAX);
        for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
            FUZZ_CHECK(views[i].len == 0 || inside(views[i], input) ||
                       inside(views[i], dupd_buf_view(&r.strings)) ||
                       inside(views[i], dupd_buf_view(&r.page)));
    }
    article_reader_close(&r);
    return 0;
}

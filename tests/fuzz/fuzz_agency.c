/*
 * fuzz_agency.c: the reader of agencies' files, and credits in texts of any shape.
 *
 * Input: a user's file, a NUL, then source, byline and text separated by unit separators (1F). What
 * is not clean text is cleaned first, as the engine does. Each credit must point into a field.
 */
#include <stdlib.h>

#include "dupd/agency.h"
#include "dupd/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dupd_view cut(struct dupd_view *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct dupd_view head = *rest;
    head.len = at ? (size_t)(at - rest->ptr) : rest->len;
    *rest = at ? (struct dupd_view){at + 1, rest->len - head.len - 1} : (struct dupd_view){0};
    return head;
}

static bool lies_in(struct dupd_view part, struct dupd_view whole)
{
    return whole.len && part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void check(const struct dupd_agencies *a, struct dupd_view fields)
{
    struct dupd_buf text = {0};
    struct dupd_article article = {.source = cut(&fields, 0x1f), .byline = cut(&fields, 0x1f)};
    if (dupd_text_clean(fields, &text) >= 0) {
        article.text = dupd_buf_view(&text);
        struct dupd_credit c[DUPD_CREDITS_MAX];
        unsigned n = dupd_agency_credits(a, &article, c);
        for (unsigned i = 0; i < n; i++) {
            bool known = c[i].how != DUPD_CREDIT_NONE && c[i].agency < dupd_agency_count(a) &&
                         dupd_text_is_clean(c[i].text);
            if (!known ||
                !(lies_in(c[i].text, article.text) || lies_in(c[i].text, article.byline) ||
                  lies_in(c[i].text, article.source)))
                abort();
        }
    }
    dupd_buf_close(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view rest = {(const char *)data, size};
    struct dupd_view extra = cut(&rest, '\0');
    static struct dupd_agencies *built_in; /* made once: a table takes longer than a text */
    struct dupd_agencies *a = NULL;
    unsigned line = 0;
    if (!built_in)
        dupd_agencies_new(&built_in, (struct dupd_view){0}, &line);
    if (extra.len == 0 && built_in) {
        check(built_in, rest);
    } else if (dupd_agencies_new(&a, extra, &line) == 0) {
        check(a, rest);
        dupd_agencies_free(a);
    }
    return 0;
}

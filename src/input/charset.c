/*
 * charset.c: a page in a declared encoding to UTF-8, by iconv.
 *
 * Which encoding it is, and that it is one of those which a news page would have, the core says
 * (dupd_html_encoding). This stands outside the core because iconv loads its modules from disk.
 * Happy path: most pages are UTF-8 and are not copied. Failure modes: no memory; an encoding that
 * the system lacks leaves the page as it is, to be read as well as it can be.
 */
#include "input/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>

#include "dupd/error.h"
#include "dupd/html.h"

static int convert(iconv_t cd, struct dupd_view in, struct dupd_buf *out)
{
    char *from = (char *)(uintptr_t)in.ptr; /* iconv's prototype lacks a const */
    size_t left = in.len;
    int rc = 0;
    while (left && !rc) {
        rc = dupd_buf_reserve(out, left + 64);
        if (rc)
            break;
        char *to = out->ptr + out->len;
        size_t room = out->cap - out->len;
        size_t got = iconv(cd, &from, &left, &to, &room);
        out->len = out->cap - room;
        if (got != (size_t)-1 || errno == E2BIG)
            continue;
        rc = dupd_buf_add_str(out, "\uFFFD");
        from++;
        left--;
    }
    return rc;
}

int charset_to_utf8(struct dupd_view page, struct dupd_buf *store, struct dupd_view *out)
{
    const char *name = dupd_html_encoding(page);
    dupd_buf_clear(store);
    *out = page;
    if (!name)
        return 0;
    iconv_t cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1)
        return errno == ENOMEM ? DUPD_ENOMEM : 0;
    int rc = convert(cd, page, store);
    iconv_close(cd);
    if (!rc)
        *out = dupd_buf_view(store);
    return rc;
}

/*
 * text.c: UTF-8 validation and repair.
 *
 * Happy path: the bytes are clean already (nearly every article) and nothing is copied. Otherwise
 * one copy with U+FFFD for each maximal ill-formed subpart and each NUL. Fails only for lack of
 * memory. A table-driven DFA was not measurably faster here: ASCII is skipped eight bytes at a
 * time.
 */
#include "dupd/text.h"

#include "dupd/error.h"

/* Length of the valid sequence at p (1 to 4), or 0; then *bad is the length of the maximal subpart.
 */
static size_t sequence(const unsigned char *p, size_t left, size_t *bad)
{
    unsigned char c = p[0];
    *bad = 1;
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4)
        return 0;
    size_t need = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    unsigned char low = 0x80, high = 0xBF;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F; /* surrogates */
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F; /* above U+10FFFF */
    for (size_t i = 1; i < need; i++) {
        if (i >= left || p[i] < low || p[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return need;
}

/* Length of the run of ASCII without NUL at p. */
static size_t ascii_run(const unsigned char *p, size_t left)
{
    size_t i = 0;
    while (i + 8 <= left) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        if ((w | ((w - 0x0101010101010101u) & ~w)) & 0x8080808080808080u)
            break;
        i += 8;
    }
    while (i < left && p[i] - 1u < 0x7F)
        i++;
    return i;
}

/* Bytes of leading byte order marks. All are dropped, so that cleaning twice changes nothing. */
static size_t boms(struct dupd_view in)
{
    size_t n = 0;
    while (in.len - n >= 3 && memcmp(in.ptr + n, "\xEF\xBB\xBF", 3) == 0)
        n += 3;
    return n;
}

bool dupd_text_is_clean(struct dupd_view in)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    size_t at = 0, bad;
    if (boms(in))
        return false;
    while (at < in.len) {
        at += ascii_run(p + at, in.len - at);
        while (at < in.len && (p[at] & 0x80)) {
            size_t n = sequence(p + at, in.len - at, &bad);
            if (!n)
                return false;
            at += n;
        }
        if (at < in.len && p[at] == 0)
            return false;
    }
    return true;
}

long dupd_text_clean(struct dupd_view in, struct dupd_buf *out)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    size_t at = boms(in), start = at, bad;
    size_t before = out->len;
    long replaced = 0;
    while (at < in.len) {
        at += ascii_run(p + at, in.len - at);
        if (at == in.len)
            break;
        size_t n = p[at] ? sequence(p + at, in.len - at, &bad) : 0;
        if (n) {
            at += n;
            continue;
        }
        if (!p[at])
            bad = 1;
        if (dupd_buf_add(out, p + start, at - start) || dupd_buf_add(out, "\xEF\xBF\xBD", 3))
            goto nomem;
        at += bad;
        start = at;
        replaced++;
    }
    if (start < at && dupd_buf_add(out, p + start, at - start))
        goto nomem;
    return replaced;
nomem:
    out->len = before;
    return DUPD_ENOMEM;
}

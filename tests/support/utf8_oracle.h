/*
 * utf8_oracle.h: what dupd_text_clean should do, word for word after Unicode 15, section 3.9: table
 * 3-7 of the well-formed sequences, and U+FFFD for each maximal subpart of an ill-formed one. Slow
 * and plain on purpose. For tests only.
 */
#ifndef SUPPORT_UTF8_ORACLE_H
#define SUPPORT_UTF8_ORACLE_H

#include <stdint.h>

#include "dupd/buf.h"

struct utf8_row {
    unsigned char length, low[4], high[4];
};

/* Table 3-7. Faults to plant are made by changing a copy. */
struct utf8_table {
    struct utf8_row row[9];
};

static inline struct utf8_table utf8_table(void)
{
    return (struct utf8_table){{
        {1, {0x00}, {0x7F}},
        {2, {0xC2, 0x80}, {0xDF, 0xBF}},
        {3, {0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}},
        {3, {0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}},
        {3, {0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}},
        {3, {0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}},
        {4, {0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}},
        {4, {0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}},
        {4, {0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}},
    }};
}

/* Bytes of the longest beginning of a well-formed sequence at p; *whole: it is all of one. */
static inline size_t utf8_prefix(const struct utf8_table *t, const unsigned char *p, size_t left,
                                 bool *whole)
{
    size_t best = 0;
    *whole = false;
    for (size_t r = 0; r < sizeof t->row / sizeof *t->row; r++) {
        const struct utf8_row *row = &t->row[r];
        size_t n = 0;
        while (n < row->length && n < left && p[n] >= row->low[n] && p[n] <= row->high[n])
            n++;
        if (n > best) {
            best = n;
            *whole = n == row->length;
        }
    }
    return best;
}

/* Appends the article text of `in` to out; returns the replacements, or -1 without memory. */
static inline long utf8_oracle(const struct utf8_table *t, struct dupd_view in,
                               struct dupd_buf *out)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    size_t at = 0;
    long replaced = 0;
    while (in.len - at >= 3 && p[at] == 0xEF && p[at + 1] == 0xBB && p[at + 2] == 0xBF)
        at += 3;
    while (at < in.len) {
        bool whole;
        size_t n = utf8_prefix(t, p + at, in.len - at, &whole);
        bool good = whole && p[at] != 0;
        if (good ? dupd_buf_add(out, p + at, n) : dupd_buf_add_str(out, "\xEF\xBF\xBD"))
            return -1;
        replaced += !good;
        at += n ? n : 1;
    }
    return replaced;
}

#endif

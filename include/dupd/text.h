/*
 * dupd/text.h: UTF-8 in, valid UTF-8 out.
 *
 * Article text is whatever came in with every ill-formed sequence (Unicode 15, section 3.9: maximal
 * subparts) and every NUL replaced by U+FFFD, and leading byte order marks dropped. All offsets
 * that dupd reports are bytes of that text. Nothing here normalises: that is dupd/tokens.h.
 */
#ifndef DUPD_TEXT_H
#define DUPD_TEXT_H

#include <stdint.h>

#include "dupd/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* True when `in` is valid UTF-8 without NUL and without a leading BOM, so that it is article text
 * as it stands. Cost: about 0.1 ns a byte of ASCII. */
bool dupd_text_is_clean(struct dupd_view in);

/* Appends the article text of `in` to `out`. Returns the number of replacements (>= 0) or
 * DUPD_ENOMEM. At most 3 bytes are written for each byte read. */
long dupd_text_clean(struct dupd_view in, struct dupd_buf *out);

/* Decodes the code point at text[*at] and moves *at behind it. `text` must be clean and *at < len.
 */
static inline uint32_t dupd_text_next(struct dupd_view text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.ptr + *at;
    uint32_t c = p[0];
    if (c < 0x80) {
        *at += 1;
        return c;
    }
    if (c < 0xE0) {
        *at += 2;
        return (c & 0x1F) << 6 | (p[1] & 0x3Fu);
    }
    if (c < 0xF0) {
        *at += 3;
        return (c & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    *at += 4;
    return (c & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

#ifdef __cplusplus
}
#endif
#endif

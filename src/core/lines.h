/*
 * lines.h: where paragraphs end. Internal to the core.
 */
#ifndef DUPD_CORE_LINES_H
#define DUPD_CORE_LINES_H

#include "dupd/buf.h"

/* Line ends are \n and \r\n. A lone \r, U+0085, U+2028 and U+2029 end a paragraph wherever they
 * stand, which whoever reads the characters sees: cp is of CHAR_NEWLINE, `end` the offset behind
 * it.
 */
static inline bool lines_hard_break(struct dupd_view text, size_t end, uint32_t cp)
{
    return cp == '\r' ? end == text.len || text.ptr[end] != '\n' : cp != '\n';
}

/* Columns that the text (clean) was wrapped at; 0: it was not, every line is a paragraph. */
unsigned lines_width(struct dupd_view text);

/* Hard breaks apart, the paragraph that starts at `begin` ends here: an offset in (begin,
 * text.len], its line end included. begin < text.len. Cost: linear in the paragraph. */
size_t lines_paragraph_end(struct dupd_view text, size_t begin, unsigned width);

#endif

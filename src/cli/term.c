/*
 * term.c: safe text for terminals.
 *
 * Titles and texts are hostile: an escape sequence in one could rewrite the screen or the window's
 * title, a bidirectional override could make a report read backwards. What is printed is therefore
 * decided here by Unicode category, for each code point, and nothing goes around it.
 */
#include "cli/term.h"

#include <sys/ioctl.h>
#include <utf8proc.h>

#include "dupd/error.h"
#include "dupd/text.h"

const char *term_begin(bool color, enum term_style style)
{
    static const char *const code[] = {"",           "\x1B[1m",    "\x1B[2m",   "\x1B[1;31m",
                                       "\x1B[1;33m", "\x1B[1;32m", "\x1B[1;36m"};
    return color ? code[style] : "";
}

const char *term_end(bool color)
{
    return color ? "\x1B[0m" : "";
}

uint32_t term_safe(uint32_t code)
{
    if (code >= 0x20 && code < 0x7F)
        return code;
    if (code == '\n' || code == '\r' || code == '\t' || code == '\v' || code == '\f')
        return ' ';
    if (code == 0xAD || code == 0x200B || code == 0x2060 || code == 0xFEFF)
        return 0;
    if (code == 0x200C || code == 0x200D) /* joiners: Persian, Indic scripts, emoji */
        return code;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return ' ';
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
        return 0xFFFD;
    default:
        return code;
    }
}

unsigned term_width(uint32_t code)
{
    if (code < 0x7F)
        return code >= 0x20;
    int width = utf8proc_charwidth((utf8proc_int32_t)code);
    return width < 0 ? 0 : (unsigned)width;
}

int term_add_code(struct dupd_buf *out, uint32_t code)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
    return dupd_buf_add(out, bytes, (size_t)n);
}

/* Appends clean text; see term_add. */
static int add_clean(struct dupd_buf *out, struct dupd_view text, unsigned columns)
{
    unsigned used = 0;
    size_t at = 0, cut = out->len; /* where "..." would stand */
    bool space = true;             /* leading spaces are dropped too */
    while (at < text.len) {
        uint32_t code = term_safe(dupd_text_next(text, &at));
        if (code == 0 || (code == ' ' && space))
            continue;
        space = code == ' ';
        unsigned width = term_width(code);
        if (columns && used + width > columns) {
            out->len = cut;
            return dupd_buf_add_str(out, "...");
        }
        int rc = term_add_code(out, code);
        if (rc)
            return rc;
        used += width;
        if (used + 3 <= columns)
            cut = out->len;
    }
    return 0;
}

int term_add(struct dupd_buf *out, struct dupd_view text, unsigned columns)
{
    if (dupd_text_is_clean(text))
        return add_clean(out, text, columns);
    struct dupd_buf clean = {0};
    int rc = dupd_text_clean(text, &clean) < 0 ? DUPD_ENOMEM : 0;
    rc = rc ? rc : add_clean(out, dupd_buf_view(&clean), columns);
    dupd_buf_close(&clean);
    return rc;
}

unsigned term_columns(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size))
        return 0;
    return size.ws_col ? size.ws_col : TERM_WIDTH_DEFAULT;
}

/*
 * html_charset.c: a page's bytes as UTF-8.
 *
 * In order: a byte order mark; bytes that are valid UTF-8 (chance makes no text valid that is not,
 * and pages that declare an old encoding but are saved in UTF-8 are common); Windows-1252 where a
 * meta tag or XML declaration says so; UTF-8 with replacement if most multi-byte sequences are
 * valid; Windows-1252. Other encodings are named here but converted by the caller: what can convert
 * them reads its tables from files, which the core does not. Only encodings of the table are named,
 * for the page chooses, and some of iconv's modules (ISO-2022-CN-EXT, UTF-7, IBM's) have a history
 * of faults.
 *
 * Cost: one pass to validate; nothing is copied when the page is valid.
 */
#include "dupd/error.h"
#include "dupd/html.h"
#include "dupd/text.h"
#include "html_page.h"

#define DECLARATION_MAX 8192u /* bytes in which an encoding is looked for */
#define LABEL_MAX 24

#define WESTERN "windows-1252"

/* Labels as pages write them (WHATWG Encoding Standard) and what iconv calls them. Pages that say
 * ISO-8859-1 or GB2312 mean the larger set that browsers use. */
static const char *const encodings[][2] = {
    {"ascii", WESTERN},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"cp1251", "CP1251"},
    {"cp1252", WESTERN},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"iso-8859-1", WESTERN},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "CP1254"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ks_c_5601-1987", "CP949"},
    {"latin1", WESTERN},
    {"shift-jis", "CP932"},
    {"shift_jis", "CP932"},
    {"sjis", "CP932"},
    {"tis-620", "CP874"},
    {"us-ascii", WESTERN},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1252", WESTERN},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-31j", "CP932"},
    {"windows-874", "CP874"},
    {"x-euc-jp", "EUC-JP"},
    {"x-gbk", "GB18030"},
    {"x-sjis", "CP932"},
};

/* The encoding that the page declares, as iconv calls it, or NULL. */
static const char *declared(struct dupd_view bytes)
{
    struct dupd_view head = {bytes.ptr, bytes.len < DECLARATION_MAX ? bytes.len : DECLARATION_MAX};
    for (size_t i = 0; i + 9 < head.len; i++) {
        size_t at = i;
        if (strncasecmp(head.ptr + i, "charset", 7) == 0)
            at += 7;
        else if (strncasecmp(head.ptr + i, "encoding", 8) == 0)
            at += 8;
        else
            continue;
        while (at < head.len && strchr(" =\"'\t", head.ptr[at]) && head.ptr[at])
            at++;
        char label[LABEL_MAX + 1] = "";
        for (size_t n = 0; n < LABEL_MAX && at < head.len; n++, at++) {
            char c = head.ptr[at];
            if (c >= 'A' && c <= 'Z')
                c = (char)(c + ('a' - 'A'));
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
                break;
            label[n] = c;
        }
        if (strncmp(label, "utf", 3) == 0)
            return NULL;
        for (size_t k = 0; k < sizeof encodings / sizeof *encodings; k++)
            if (strcmp(label, encodings[k][0]) == 0)
                return encodings[k][1];
    }
    return NULL;
}

static int from_windows_1252(struct dupd_view in, struct dupd_buf *out)
{
    if (dupd_buf_reserve(out, in.len * 3)) /* in memory, so it is far below SIZE_MAX / 3 */
        return DUPD_ENOMEM;
    for (size_t i = 0; i < in.len; i++)
        out->len += html_put_utf8(html_windows_1252((unsigned char)in.ptr[i]), out->ptr + out->len);
    return 0;
}

/* Code point of the UTF-16 unit at p, of `left` bytes, and how many bytes it takes; U+FFFD for half
 * a pair and for half a unit. */
static uint32_t utf16(const unsigned char *p, size_t left, unsigned high, size_t *taken)
{
    uint32_t unit[2] = {0, 0};
    for (size_t i = 0; i < 2 && left >= 2 * i + 2; i++)
        unit[i] = (uint32_t)p[2 * i + high] << 8 | p[2 * i + 1 - high];
    *taken = left < 2 ? left : 2;
    if (left < 2 || unit[0] >> 10 == 0x37)
        return 0xFFFD;
    if (unit[0] >> 10 != 0x36)
        return unit[0];
    if (unit[1] >> 10 != 0x37)
        return 0xFFFD;
    *taken = 4;
    return 0x10000 + ((unit[0] & 0x3FF) << 10 | (unit[1] & 0x3FF));
}

/* high: which byte of a unit is the higher one, 0 or 1. */
static int from_utf16(struct dupd_view in, unsigned high, struct dupd_buf *out)
{
    size_t taken;
    if (dupd_buf_reserve(out, in.len / 2 * 3 + 3))
        return DUPD_ENOMEM;
    for (size_t i = 0; i < in.len; i += taken) {
        uint32_t code = utf16((const unsigned char *)in.ptr + i, in.len - i, high, &taken);
        out->len += html_put_utf8(code, out->ptr + out->len);
    }
    return 0;
}

/* How much of the bytes beyond ASCII is valid UTF-8: true if most, or there are none. */
static bool mostly_utf8(struct dupd_view in, long replaced)
{
    size_t high = 0;
    for (size_t i = 0; i < in.len; i++)
        high += (unsigned char)in.ptr[i] >= 0xC2;
    return (size_t)replaced * 4 <= high * 3 || high == 0;
}

static struct dupd_view without(struct dupd_view v, size_t bytes)
{
    return (struct dupd_view){v.ptr + bytes, v.len - bytes};
}

static int clean(struct dupd_view in, struct dupd_buf *store, struct dupd_view *out)
{
    long replaced = dupd_text_clean(in, store);
    *out = dupd_buf_view(store);
    return replaced < 0 ? (int)replaced : 0;
}

/* Takes over what was converted, cleaned (it may hold NULs or a byte order mark). */
static int adopt(struct dupd_buf *raw, struct dupd_buf *store, struct dupd_view *out)
{
    int rc = 0;
    if (dupd_text_is_clean(dupd_buf_view(raw))) {
        struct dupd_buf unused = *store;
        *store = *raw;
        *raw = unused;
        *out = dupd_buf_view(store);
    } else {
        rc = clean(dupd_buf_view(raw), store, out);
    }
    return rc;
}

static int convert_utf16(struct dupd_view in, unsigned high, struct dupd_buf *store,
                         struct dupd_view *out)
{
    struct dupd_buf raw = {0};
    int rc = from_utf16(without(in, 2), high, &raw);
    if (!rc)
        rc = adopt(&raw, store, out);
    dupd_buf_close(&raw);
    return rc;
}

static int convert_western(struct dupd_view in, struct dupd_buf *store, struct dupd_view *out)
{
    struct dupd_buf raw = {0};
    int rc = from_windows_1252(in, &raw);
    if (!rc)
        rc = adopt(&raw, store, out);
    dupd_buf_close(&raw);
    return rc;
}

static bool begins(struct dupd_view bytes, const char *mark, size_t len)
{
    return bytes.len >= len && memcmp(bytes.ptr, mark, len) == 0;
}

#define UTF8_MARK "\xEF\xBB\xBF", 3
#define UTF16_LITTLE "\xFF\xFE", 2
#define UTF16_BIG "\xFE\xFF", 2

static bool is_utf8(struct dupd_view bytes)
{
    bool escapes = bytes.len && memchr(bytes.ptr, '\x1B', bytes.len); /* ISO-2022-JP is ASCII */
    return dupd_text_is_clean(bytes) && !escapes;
}

const char *dupd_html_encoding(struct dupd_view page)
{
    if (begins(page, UTF8_MARK) || begins(page, UTF16_LITTLE) || begins(page, UTF16_BIG) ||
        is_utf8(page))
        return NULL;
    const char *name = declared(page);
    return name && strcmp(name, WESTERN) != 0 ? name : NULL;
}

int html_decode(struct dupd_view bytes, struct dupd_buf *store, struct dupd_view *out)
{
    *out = bytes;
    if (is_utf8(bytes))
        return 0;
    if (begins(bytes, UTF8_MARK))
        return clean(bytes, store, out);
    if (begins(bytes, UTF16_LITTLE))
        return convert_utf16(bytes, 1, store, out);
    if (begins(bytes, UTF16_BIG))
        return convert_utf16(bytes, 0, store, out);
    const char *name = declared(bytes);
    if (name && strcmp(name, WESTERN) == 0)
        return convert_western(bytes, store, out);
    long replaced = dupd_text_clean(bytes, store);
    if (replaced < 0)
        return (int)replaced;
    *out = dupd_buf_view(store);
    if (mostly_utf8(bytes, replaced))
        return 0;
    dupd_buf_clear(store);
    return convert_western(bytes, store, out);
}

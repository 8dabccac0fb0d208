/*
 * html_charset.c: a page's bytes as UTF-8.
 *
 * In order: a byte order mark; bytes that are valid UTF-8 (chance makes no text valid that is not,
 * and pages that declare an old encoding but are saved in UTF-8 are common); the encoding declared
 * by a meta tag or XML declaration; UTF-8 with replacement if most multi-byte sequences are valid;
 * Windows-1252. iconv does the multi-byte ones. Only encodings of the table are converted: the page
 * names it, and some of iconv's modules (ISO-2022-CN-EXT, UTF-7, IBM's) have a history of faults.
 *
 * Cost: one pass to validate; nothing is copied when the page is valid.
 */
#include <errno.h>
#include <iconv.h>

#include "dupd/error.h"
#include "dupd/text.h"
#include "html_page.h"

#define DECLARATION_MAX 8192u /* bytes in which an encoding is looked for */
#define LABEL_MAX 24

/* Labels as pages write them (WHATWG Encoding Standard) and what iconv calls them. Pages that say
 * ISO-8859-1 or GB2312 mean the larger set that browsers use. */
static const char *const encodings[][2] = {
    {"ascii", "windows-1252"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"cp1251", "CP1251"},
    {"cp1252", "windows-1252"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"iso-2022-jp", "ISO-2022-JP"},
    {"iso-8859-1", "windows-1252"},
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
    {"latin1", "windows-1252"},
    {"shift-jis", "CP932"},
    {"shift_jis", "CP932"},
    {"sjis", "CP932"},
    {"tis-620", "CP874"},
    {"us-ascii", "windows-1252"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1252", "windows-1252"},
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

/* Converts with U+FFFD for what is malformed. 0, DUPD_ENOMEM, or DUPD_EINVAL if iconv lacks it. */
static int from_iconv(const char *name, struct dupd_view in, struct dupd_buf *out)
{
    iconv_t cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1)
        return errno == ENOMEM ? DUPD_ENOMEM : DUPD_EINVAL;
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
    iconv_close(cd);
    return rc;
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

/* Converts with iconv and cleans what comes out (it may hold NULs or a byte order mark). */
static int convert(const char *name, struct dupd_view in, struct dupd_buf *store,
                   struct dupd_view *out)
{
    struct dupd_buf raw = {0};
    bool western = strcmp(name, "windows-1252") == 0;
    int rc = western ? from_windows_1252(in, &raw) : from_iconv(name, in, &raw);
    if (!rc && dupd_text_is_clean(dupd_buf_view(&raw))) {
        struct dupd_buf unused = *store;
        *store = raw;
        raw = unused;
        *out = dupd_buf_view(store);
    } else if (!rc) {
        rc = clean(dupd_buf_view(&raw), store, out);
    }
    dupd_buf_close(&raw);
    return rc;
}

int html_decode(struct dupd_view bytes, struct dupd_buf *store, struct dupd_view *out)
{
    *out = bytes;
    bool escapes = bytes.len && memchr(bytes.ptr, '\x1B', bytes.len); /* ISO-2022-JP is ASCII */
    if (dupd_text_is_clean(bytes) && !escapes)
        return 0;
    if (bytes.len >= 3 && memcmp(bytes.ptr, "\xEF\xBB\xBF", 3) == 0)
        return clean(bytes, store, out);
    if (bytes.len >= 2 && memcmp(bytes.ptr, "\xFF\xFE", 2) == 0)
        return convert("UTF-16LE", without(bytes, 2), store, out);
    if (bytes.len >= 2 && memcmp(bytes.ptr, "\xFE\xFF", 2) == 0)
        return convert("UTF-16BE", without(bytes, 2), store, out);
    const char *name = declared(bytes);
    if (name) {
        int rc = convert(name, bytes, store, out);
        if (rc != DUPD_EINVAL)
            return rc;
        dupd_buf_clear(store);
    }
    long replaced = dupd_text_clean(bytes, store);
    if (replaced < 0)
        return (int)replaced;
    *out = dupd_buf_view(store);
    if (mostly_utf8(bytes, replaced))
        return 0;
    dupd_buf_clear(store);
    return convert("windows-1252", bytes, store, out);
}

/*
 * record.c: the stored form of an article, and which moment counts for "earlier".
 *
 * Happy path of encoding: sizes are summed, the room is reserved once, the fields are written; so a
 * failure leaves the buffer as it was. Decoding copies nothing: the views point into the bytes. It
 * trusts nothing either, since a damaged disk or a foreign process may have written them: every
 * length, enum and time range, UTF-8, and the exact end are checked.
 * Cost: decoding is one pass over the strings (and over the text when it is raw).
 */
#include "dupd/record.h"

#include "bytes.h"
#include "dupd/agency.h"
#include "dupd/error.h"
#include "dupd/text.h"

#define SECONDS_MIN INT64_C(-8520336000)  /* 1700-01-01 */
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59 */
#define FIXED_SIZE 64u
#define STRINGS 9u

static uint16_t limit_of(unsigned string)
{
    return string == 0 ? DUPD_ID_MAX : string == 1 ? DUPD_COLLECTION_MAX : DUPD_RECORD_FIELD_MAX;
}

/* The strings in stored order; the first two have limits of their own. */
static void list_strings(struct dupd_record *r, struct dupd_view *out[STRINGS])
{
    struct dupd_article *a = &r->article;
    struct dupd_view *all[STRINGS] = {&a->id,     &a->collection, &a->url,
                                      &a->source, &a->title,      &a->byline,
                                      &a->lang,   &r->agency,     &r->agency_text};
    memcpy(out, all, sizeof all);
}

static bool figures_are_valid(const struct dupd_record *r)
{
    struct dupd_time t = r->article.published;
    if (r->arrived_ms < SECONDS_MIN * 1000 || r->arrived_ms > SECONDS_MAX * 1000)
        return false;
    if (r->effective_ms < SECONDS_MIN * 1000 || r->effective_ms > r->arrived_ms)
        return false;
    if (t.kind == DUPD_TIME_NONE ? t.seconds != 0
                                 : t.seconds < SECONDS_MIN || t.seconds > SECONDS_MAX)
        return false;
    if ((unsigned)t.kind > DUPD_TIME_SECOND || r->agency_how > DUPD_CREDIT_DATELINE)
        return false;
    if (r->text_encoding == DUPD_TEXT_RAW)
        return r->text_len == r->packed_text.len;
    return r->text_encoding == DUPD_TEXT_ZSTD && r->packed_text.len > 0;
}

int dupd_record_encode(const struct dupd_record *r, struct dupd_buf *out)
{
    struct dupd_record copy = *r;
    struct dupd_view *string[STRINGS];
    list_strings(&copy, string);
    size_t size = FIXED_SIZE + 2 * STRINGS;
    for (unsigned i = 0; i < STRINGS; i++) {
        if (string[i]->len > limit_of(i))
            return DUPD_ETOOBIG;
        if (i > 0 && !dupd_text_is_clean(*string[i]))
            return DUPD_EINVAL; /* nobody could read it again */
        size += string[i]->len;
    }
    if (r->packed_text.len > UINT32_MAX)
        return DUPD_ETOOBIG;
    if (!figures_are_valid(r))
        return DUPD_EINVAL;
    size += r->packed_text.len;
    if (dupd_buf_reserve(out, size))
        return DUPD_ENOMEM;
    unsigned char *p = (unsigned char *)out->ptr + out->len;
    *p++ = DUPD_RECORD_VERSION;
    *p++ = (unsigned char)r->article.published.kind;
    *p++ = r->agency_how;
    *p++ = r->text_encoding;
    p = bytes_put32(p, r->words);
    p = bytes_put64(p, (uint64_t)r->arrived_ms);
    p = bytes_put64(p, (uint64_t)r->effective_ms);
    p = bytes_put64(p, (uint64_t)r->article.published.seconds);
    p = bytes_put64(p, r->content_hash.high);
    p = bytes_put64(p, r->content_hash.low);
    p = bytes_put64(p, r->simhash);
    p = bytes_put32(p, r->text_len);
    p = bytes_put32(p, (uint32_t)r->packed_text.len);
    for (unsigned i = 0; i < STRINGS; i++) {
        p = bytes_put16(p, (uint16_t)string[i]->len);
        if (string[i]->len)
            memcpy(p, string[i]->ptr, string[i]->len);
        p += string[i]->len;
    }
    if (r->packed_text.len)
        memcpy(p, r->packed_text.ptr, r->packed_text.len);
    out->len += size;
    return DUPD_OK;
}

/* Takes one length-prefixed string off [*p, end). */
static bool take_string(const unsigned char **p, const unsigned char *end, size_t limit,
                        struct dupd_view *out)
{
    if (end - *p < 2)
        return false;
    size_t len = bytes_get16(*p);
    *p += 2;
    if (len > limit || (size_t)(end - *p) < len)
        return false;
    *out = (struct dupd_view){(const char *)*p, len};
    *p += len;
    return true;
}

static int decode(struct dupd_record *r, const unsigned char *p, const unsigned char *end)
{
    r->article.published.kind = (enum dupd_time_kind)p[1];
    r->agency_how = p[2];
    r->text_encoding = p[3];
    r->words = bytes_get32(p + 4);
    r->arrived_ms = (int64_t)bytes_get64(p + 8);
    r->effective_ms = (int64_t)bytes_get64(p + 16);
    r->article.published.seconds = (int64_t)bytes_get64(p + 24);
    r->content_hash.high = bytes_get64(p + 32);
    r->content_hash.low = bytes_get64(p + 40);
    r->simhash = bytes_get64(p + 48);
    r->text_len = bytes_get32(p + 56);
    size_t packed = bytes_get32(p + 60);
    p += FIXED_SIZE;
    struct dupd_view *string[STRINGS];
    list_strings(r, string);
    for (unsigned i = 0; i < STRINGS; i++)
        if (!take_string(&p, end, limit_of(i), string[i]) ||
            (i > 0 && !dupd_text_is_clean(*string[i])))
            return DUPD_ECORRUPT;
    r->packed_text = (struct dupd_view){(const char *)p, packed};
    if ((size_t)(end - p) != packed || !figures_are_valid(r))
        return DUPD_ECORRUPT;
    if (r->text_encoding == DUPD_TEXT_RAW && !dupd_text_is_clean(r->packed_text))
        return DUPD_ECORRUPT;
    return DUPD_OK;
}

int dupd_record_decode(struct dupd_record *r, struct dupd_view bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    *r = (struct dupd_record){0};
    if (bytes.len == 0)
        return DUPD_ECORRUPT;
    if (p[0] > DUPD_RECORD_VERSION)
        return DUPD_EVERSION;
    if (p[0] != DUPD_RECORD_VERSION || bytes.len < FIXED_SIZE)
        return DUPD_ECORRUPT;
    int rc = decode(r, p, p + bytes.len);
    if (rc)
        *r = (struct dupd_record){0};
    return rc;
}

int64_t dupd_effective_ms(struct dupd_time published, int64_t arrived_ms, int64_t backdate_max_s)
{
    if (published.kind == DUPD_TIME_NONE)
        return arrived_ms;
    int64_t seconds = published.seconds, ms;
    seconds = seconds < SECONDS_MIN ? SECONDS_MIN : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
    ms = seconds * 1000;
    if (published.kind == DUPD_TIME_DAY)
        ms += INT64_C(86400) * 1000 - 1;
    int64_t span_s = SECONDS_MAX - SECONDS_MIN;
    if (backdate_max_s >= 0 && backdate_max_s < span_s && ms < arrived_ms - backdate_max_s * 1000)
        ms = arrived_ms - backdate_max_s * 1000;
    return ms < arrived_ms ? ms : arrived_ms;
}

/*
 * dupd/record.h: the stored form of an article, the same for every store.
 *
 * Versioned, big-endian, length-prefixed; specified in docs/formats.md with vectors in
 * tests/golden. The text may be stored as it is or compressed by the store; the record says which.
 */
#ifndef DUPD_RECORD_H
#define DUPD_RECORD_H

#include "dupd/article.h"
#include "dupd/tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DUPD_RECORD_VERSION 1u
#define DUPD_RECORD_FIELD_MAX 65535u /* bytes of any string but id and collection */

enum dupd_text_encoding { DUPD_TEXT_RAW = 0, DUPD_TEXT_ZSTD = 1 };

struct dupd_record {
    struct dupd_article article; /* .text is empty in an encoded record: see packed_text */
    int64_t arrived_ms;          /* milliseconds since 1970: when dupd first saw it */
    int64_t effective_ms;        /* dupd_effective_ms at that moment: who is earlier is decided by
                                    it, and only then is it known whether this was an import */
    struct dupd_hash128 content_hash;
    uint64_t simhash;
    uint32_t words;
    struct dupd_view agency;      /* short name, or empty */
    uint8_t agency_how;           /* enum dupd_credit_how */
    struct dupd_view agency_text; /* the words that credit */
    uint8_t text_encoding;        /* enum dupd_text_encoding */
    uint32_t text_len;            /* bytes of the article text once unpacked */
    struct dupd_view packed_text; /* the text, encoded so */
};

/* Appends the canonical form to out, or leaves out as it was. article.text is not stored:
 * packed_text is. Returns 0, DUPD_ENOMEM, DUPD_ETOOBIG (a string over its limit) or DUPD_EINVAL (an
 * enum or a time out of range, text_len of a raw text that is not its length, a string but the id
 * that is not clean in the sense of dupd/text.h, so that dupd_record_decode would refuse it). */
int dupd_record_encode(const struct dupd_record *r, struct dupd_buf *out);

/* Reads bytes into *r; the views point into `bytes`. Every length, enum and the exact end are
 * checked, strings must be clean UTF-8 except id (any bytes). Returns 0, DUPD_EVERSION or
 * DUPD_ECORRUPT. */
int dupd_record_decode(struct dupd_record *r, struct dupd_view bytes);

/* Order key of DESIGN 2.2 "Order": the moment that counts for "earlier". published, a date alone
 * counting as the end of that day, never later than arrival, and (unless backdate_max_s < 0,
 * imports) not earlier than arrival minus backdate_max_s; arrival when there is no published.
 * Milliseconds. */
int64_t dupd_effective_ms(struct dupd_time published, int64_t arrived_ms, int64_t backdate_max_s);

#ifdef __cplusplus
}
#endif
#endif

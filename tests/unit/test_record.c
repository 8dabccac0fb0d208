/*
 * test_record.c: the stored record against its golden vectors; everything that is damaged is
 * refused; the order key.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/agency.h"
#include "dupd/error.h"
#include "dupd/record.h"
#include "support/golden.h"

static struct dupd_record small(void)
{
    return (struct dupd_record){
        .article = {.id = {"a\xff\0b", 4}, .published = {0, DUPD_TIME_NONE}},
        .arrived_ms = 1,
        .effective_ms = 1,
        .words = 2,
        .text_len = 10,
        .packed_text = DUPD_VIEW("two w\xc3\xb6rds")};
}

static struct dupd_record full(void)
{
    struct dupd_record r = {.article = {.id = DUPD_VIEW("farm-118"),
                                        .collection = DUPD_VIEW("press"),
                                        .url = DUPD_VIEW("https://farm.example/118"),
                                        .source = DUPD_VIEW("farm.example"),
                                        .title = DUPD_VIEW("Harvest \xe2\x80\x9c"
                                                           "early\xe2\x80\x9d"),
                                        .byline = DUPD_VIEW("A. Writer"),
                                        .lang = DUPD_VIEW("en"),
                                        .published = {-86400, DUPD_TIME_DAY}},
                            .arrived_ms = 1643304000123,
                            .effective_ms = -1, /* the end of that day */
                            .content_hash = {0x0123456789abcdef, 0xfedcba9876543210},
                            .simhash = 0x8000000000000001,
                            .words = 690,
                            .agency = DUPD_VIEW("AP"),
                            .agency_how = DUPD_CREDIT_DATELINE,
                            .agency_text = DUPD_VIEW("PARIS (AP) -"),
                            .text_encoding = DUPD_TEXT_ZSTD,
                            .text_len = 4000,
                            .packed_text = {"\x28\xb5\x2f\xfd\x00\x00", 6}};
    r.article.text = DUPD_VIEW("is not stored here");
    return r;
}

static void expect_equal(const struct dupd_record *a, const struct dupd_record *b)
{
    const struct dupd_article *x = &a->article, *y = &b->article;
    ck_assert(dupd_view_equal(x->id, y->id));
    ck_assert(dupd_view_equal(x->collection, y->collection));
    ck_assert(dupd_view_equal(x->url, y->url));
    ck_assert(dupd_view_equal(x->source, y->source));
    ck_assert(dupd_view_equal(x->title, y->title));
    ck_assert(dupd_view_equal(x->byline, y->byline));
    ck_assert(dupd_view_equal(x->lang, y->lang));
    ck_assert_int_eq(x->published.seconds, y->published.seconds);
    ck_assert_int_eq(x->published.kind, y->published.kind);
    ck_assert_int_eq(a->arrived_ms, b->arrived_ms);
    ck_assert_int_eq(a->effective_ms, b->effective_ms);
    ck_assert_uint_eq(a->content_hash.high, b->content_hash.high);
    ck_assert_uint_eq(a->content_hash.low, b->content_hash.low);
    ck_assert_uint_eq(a->simhash, b->simhash);
    ck_assert_uint_eq(a->words, b->words);
    ck_assert_uint_eq(a->agency_how, b->agency_how);
    ck_assert(dupd_view_equal(a->agency, b->agency));
    ck_assert(dupd_view_equal(a->agency_text, b->agency_text));
    ck_assert_uint_eq(a->text_encoding, b->text_encoding);
    ck_assert_uint_eq(a->text_len, b->text_len);
    ck_assert(dupd_view_equal(a->packed_text, b->packed_text));
}

static void check_golden(const char *name, struct dupd_record r)
{
    struct dupd_buf want = {0}, got = {0};
    ck_assert_msg(golden_hex("record.txt", name, &want), "no vector %s", name);
    ck_assert_int_eq(dupd_record_encode(&r, &got), 0);
    ck_assert_uint_eq(got.len, want.len);
    ck_assert_int_eq(memcmp(got.ptr, want.ptr, want.len), 0);
    struct dupd_record back;
    ck_assert_int_eq(dupd_record_decode(&back, dupd_buf_view(&want)), 0);
    expect_equal(&r, &back);
    ck_assert_uint_eq(back.article.text.len, 0);
    dupd_buf_close(&want);
    dupd_buf_close(&got);
}

START_TEST(golden_vectors)
{
    check_golden("small", small());
    check_golden("full", full());
}
END_TEST

/* A copy of exactly len bytes on the heap, so that a sanitizer sees one byte read too many. */
static int decode_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, len);
    struct dupd_record r;
    int rc = dupd_record_decode(&r, (struct dupd_view){copy, len});
    free(copy);
    return rc;
}

START_TEST(every_cut_and_every_extra_byte_is_refused)
{
    struct dupd_buf b = {0};
    struct dupd_record r = full();
    ck_assert_int_eq(dupd_record_encode(&r, &b), 0);
    for (size_t len = 0; len < b.len; len++)
        ck_assert_int_eq(decode_copy(b.ptr, len), DUPD_ECORRUPT);
    size_t whole = b.len;
    ck_assert_int_eq(dupd_buf_add_char(&b, 0), 0);
    ck_assert_int_eq(decode_copy(b.ptr, whole), 0);
    ck_assert_int_eq(decode_copy(b.ptr, b.len), DUPD_ECORRUPT);
    dupd_buf_close(&b);
}
END_TEST

START_TEST(flipped_bytes_never_do_harm)
{
    struct dupd_buf b = {0};
    struct dupd_record r = full(), back;
    ck_assert_int_eq(dupd_record_encode(&r, &b), 0);
    for (size_t i = 0; i < b.len * 8; i++) {
        b.ptr[i / 8] = (char)(b.ptr[i / 8] ^ 1 << i % 8);
        int rc = decode_copy(b.ptr, b.len);
        ck_assert(rc == 0 || rc == DUPD_ECORRUPT || rc == DUPD_EVERSION);
        if (i < 8)
            ck_assert_int_ne(rc, 0);
        b.ptr[i / 8] = (char)(b.ptr[i / 8] ^ 1 << i % 8);
    }
    ck_assert_int_eq(dupd_record_decode(&back, dupd_buf_view(&b)), 0);
    dupd_buf_close(&b);
}
END_TEST

static int with_byte(size_t at, unsigned char value)
{
    struct dupd_buf b = {0};
    struct dupd_record r = full();
    ck_assert_int_eq(dupd_record_encode(&r, &b), 0);
    b.ptr[at] = (char)value;
    int rc = decode_copy(b.ptr, b.len);
    dupd_buf_close(&b);
    return rc;
}

START_TEST(bad_figures_are_refused)
{
    ck_assert_int_eq(with_byte(0, DUPD_RECORD_VERSION + 1), DUPD_EVERSION);
    ck_assert_int_eq(with_byte(0, 0), DUPD_ECORRUPT);
    ck_assert_int_eq(with_byte(1, 3), DUPD_ECORRUPT);     /* kind of time */
    ck_assert_int_eq(with_byte(1, 0), DUPD_ECORRUPT);     /* no time, yet seconds */
    ck_assert_int_eq(with_byte(2, 6), DUPD_ECORRUPT);     /* how credited */
    ck_assert_int_eq(with_byte(3, 2), DUPD_ECORRUPT);     /* encoding */
    ck_assert_int_eq(with_byte(3, 0), DUPD_ECORRUPT);     /* raw, but of another length */
    ck_assert_int_eq(with_byte(8, 1), DUPD_ECORRUPT);     /* arrival after 9999 */
    ck_assert_int_eq(with_byte(16, 0), DUPD_ECORRUPT);    /* effective after arrival */
    ck_assert_int_eq(with_byte(24, 0), DUPD_ECORRUPT);    /* published after 9999 */
    ck_assert_int_eq(with_byte(66, 0xff), 0);             /* an id may be any bytes */
    ck_assert_int_eq(with_byte(76, 0xff), DUPD_ECORRUPT); /* a collection may not */
}
END_TEST

START_TEST(what_is_too_big_or_invalid_is_not_encoded)
{
    static char big[DUPD_RECORD_FIELD_MAX + 1];
    memset(big, 'x', sizeof big);
    struct dupd_buf b = {0};
    ck_assert_int_eq(dupd_buf_add_str(&b, "kept"), 0);
    struct dupd_record r = full();
    r.article.title = (struct dupd_view){big, DUPD_RECORD_FIELD_MAX};
    ck_assert_int_eq(dupd_record_encode(&r, &b), 0);
    b.len = 4;
    r.article.title.len++;
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_ETOOBIG);
    r = full();
    r.article.id = (struct dupd_view){big, DUPD_ID_MAX + 1};
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_ETOOBIG);
    r = full();
    r.article.collection = (struct dupd_view){big, DUPD_COLLECTION_MAX + 1};
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_ETOOBIG);
    r = full();
    r.packed_text.len = (size_t)UINT32_MAX + 1;
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_ETOOBIG);
    r = full();
    r.text_encoding = DUPD_TEXT_RAW;
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_EINVAL);
    r = full();
    r.arrived_ms = INT64_MAX;
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_EINVAL);
    r = full();
    r.agency_text = DUPD_VIEW("\xef\xbb\xbf(AP)"); /* what nobody could read again */
    ck_assert_int_eq(dupd_record_encode(&r, &b), DUPD_EINVAL);
    ck_assert_uint_eq(b.len, 4);
    dupd_buf_close(&b);
}
END_TEST

START_TEST(which_moment_counts)
{
    const int64_t day = 86400, week = 7 * day, now = 1000 * day * 1000;
    struct dupd_time none = {0, DUPD_TIME_NONE}, noon = {999 * day + day / 2, DUPD_TIME_SECOND},
                     date = {998 * day, DUPD_TIME_DAY}, old = {900 * day, DUPD_TIME_SECOND},
                     later = {2000 * day, DUPD_TIME_SECOND};
    ck_assert_int_eq(dupd_effective_ms(none, now, week), now);
    ck_assert_int_eq(dupd_effective_ms(noon, now, week), noon.seconds * 1000);
    ck_assert_int_eq(dupd_effective_ms(date, now, week), 999 * day * 1000 - 1);
    ck_assert_int_eq(dupd_effective_ms(date, 998 * day * 1000 + 5, week), 998 * day * 1000 + 5);
    ck_assert_int_eq(dupd_effective_ms(later, now, week), now);
    ck_assert_int_eq(dupd_effective_ms(old, now, week), now - week * 1000);
    ck_assert_int_eq(dupd_effective_ms(old, now, 0), now);
    ck_assert_int_eq(dupd_effective_ms(old, now, -1), old.seconds * 1000);
    ck_assert_int_eq(dupd_effective_ms(old, now, INT64_MAX), old.seconds * 1000);
    struct dupd_time wild = {INT64_MIN, DUPD_TIME_DAY};
    ck_assert_int_eq(dupd_effective_ms(wild, now, week), now - week * 1000);
    wild.seconds = INT64_MAX;
    ck_assert_int_eq(dupd_effective_ms(wild, now, week), now);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("record");
    TCase *t = tcase_create("record");
    tcase_add_test(t, golden_vectors);
    tcase_add_test(t, every_cut_and_every_extra_byte_is_refused);
    tcase_add_test(t, flipped_bytes_never_do_harm);
    tcase_add_test(t, bad_figures_are_refused);
    tcase_add_test(t, what_is_too_big_or_invalid_is_not_encoded);
    tcase_add_test(t, which_moment_counts);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

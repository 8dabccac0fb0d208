/* test_pack.c: texts come back as they were; what is damaged or lies about its size is refused. */
#include <check.h>
#include <stdlib.h>

#include "dupd/error.h"
#include "dupd/record.h"
#include "store/pack.h"

static void fill(struct dupd_buf *b, size_t words)
{
    dupd_buf_clear(b);
    for (size_t i = 0; i < words; i++)
        ck_assert_int_eq(dupd_buf_addf(b, "word%zu w\xc3\xb6rd ", i * 7919 % 997), 0);
}

START_TEST(texts_of_every_size_come_back)
{
    struct pack p = {0};
    struct dupd_buf text = {0}, packed = {0}, back = {0};
    const size_t words[] = {0, 1, 4, 100, 600, 100000};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint8_t encoding = 9;
        fill(&text, words[i]);
        ck_assert_int_eq(pack_text(dupd_buf_view(&text), &packed, &encoding), 0);
        ck_assert_uint_eq(encoding, words[i] < 6 ? DUPD_TEXT_RAW : DUPD_TEXT_ZSTD);
        ck_assert_uint_le(packed.len, text.len);
        dupd_buf_clear(&back);
        ck_assert_int_eq(dupd_buf_add_str(&back, "before "), 0);
        ck_assert_int_eq(
            pack_unpack(&p, encoding, dupd_buf_view(&packed), (uint32_t)text.len, &back), 0);
        ck_assert_uint_eq(back.len, text.len + 7);
        if (text.len)
            ck_assert_int_eq(memcmp(back.ptr + 7, text.ptr, text.len), 0);
    }
    dupd_buf_close(&text);
    dupd_buf_close(&packed);
    dupd_buf_close(&back);
    pack_close(&p);
}
END_TEST

START_TEST(damage_is_refused)
{
    struct pack p = {0};
    struct dupd_buf text = {0}, packed = {0}, back = {0};
    uint8_t encoding;
    fill(&text, 200);
    ck_assert_int_eq(pack_text(dupd_buf_view(&text), &packed, &encoding), 0);
    struct dupd_view v = dupd_buf_view(&packed), cut = {packed.ptr, packed.len - 1};
    uint32_t len = (uint32_t)text.len;
    ck_assert_int_eq(pack_unpack(&p, encoding, v, len - 1, &back), DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, encoding, v, UINT32_MAX, &back), DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, encoding, cut, len, &back), DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, DUPD_TEXT_RAW, v, len, &back), DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, 2, v, len, &back), DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, DUPD_TEXT_ZSTD, DUPD_VIEW("nonsense"), 8, &back),
                     DUPD_ECORRUPT);
    ck_assert_int_eq(pack_unpack(&p, DUPD_TEXT_RAW, DUPD_VIEW("\xff"), 1, &back), DUPD_ECORRUPT);
    ck_assert_uint_eq(back.len, 0);
    for (size_t i = 0; i < packed.len; i++) { /* zstd has no checksum here: text may differ */
        packed.ptr[i] = (char)(packed.ptr[i] ^ 0x55);
        int rc = pack_unpack(&p, encoding, v, len, &back);
        ck_assert(rc == DUPD_ECORRUPT || (rc == 0 && back.len == len));
        packed.ptr[i] = (char)(packed.ptr[i] ^ 0x55);
        dupd_buf_clear(&back);
    }
    dupd_buf_close(&text);
    dupd_buf_close(&packed);
    dupd_buf_close(&back);
    pack_close(&p);
}
END_TEST

START_TEST(text_that_is_not_utf8_does_not_come_back)
{
    struct pack p = {0};
    struct dupd_buf text = {0}, packed = {0}, back = {0};
    uint8_t encoding;
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(dupd_buf_add_str(&text, "abc\xff"), 0);
    ck_assert_int_eq(pack_text(dupd_buf_view(&text), &packed, &encoding), 0);
    ck_assert_int_eq(pack_unpack(&p, encoding, dupd_buf_view(&packed), (uint32_t)text.len, &back),
                     DUPD_ECORRUPT);
    struct dupd_view huge = {text.ptr, (size_t)PACK_TEXT_MAX + 1};
    ck_assert_int_eq(pack_text(huge, &packed, &encoding), DUPD_ETOOBIG);
    dupd_buf_close(&text);
    dupd_buf_close(&packed);
    dupd_buf_close(&back);
    pack_close(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pack");
    TCase *t = tcase_create("pack");
    tcase_add_test(t, texts_of_every_size_come_back);
    tcase_add_test(t, damage_is_refused);
    tcase_add_test(t, text_that_is_not_utf8_does_not_come_back);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* test_text.c: UTF-8 in, valid UTF-8 out. The table of ill-formed sequences is that of Unicode 15,
 * section 3.9, tables 3-8 to 3-11. */
#include "support/tokens_of.h"

#include "dupd/error.h"
#include "support/fault.h"

#define R "\xEF\xBF\xBD"

static void cleans_to(struct dupd_view in, struct dupd_view out, long replaced)
{
    struct dupd_buf b = {0};
    ck_assert_int_eq(dupd_buf_add_str(&b, "kept"), 0);
    long n = dupd_text_clean(in, &b);
    ck_assert_msg(n == replaced, "%ld replaced, not %ld, in %.*s", n, replaced, (int)in.len,
                  in.ptr);
    ck_assert_msg(b.len == 4 + out.len && memcmp(b.ptr, "kept", 4) == 0 &&
                      memcmp(b.ptr + 4, out.ptr, out.len) == 0,
                  "became %.*s", (int)b.len, b.ptr);
    struct dupd_view result = {b.ptr + 4, b.len - 4};
    ck_assert(dupd_text_is_clean(result));
    ck_assert_int_eq(dupd_text_is_clean(in), dupd_view_equal(in, result));
    dupd_buf_close(&b);
}

#define CLEANS(in, out, replaced) cleans_to(DUPD_VIEW(in), DUPD_VIEW(out), replaced)

START_TEST(valid_text_stays)
{
    CLEANS("", "", 0);
    CLEANS("plain", "plain", 0);
    CLEANS("\x7F\t\r\n", "\x7F\t\r\n", 0);
    CLEANS("\xC2\x80 \xDF\xBF", "\xC2\x80 \xDF\xBF", 0);
    CLEANS("\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF",
           "\xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF", 0);
    CLEANS("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF", 0);
    CLEANS("a \xEF\xBB\xBF b", "a \xEF\xBB\xBF b", 0);
}
END_TEST

START_TEST(ill_formed_text_is_replaced)
{
    CLEANS("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", R R R R R R R R "A", 8);   /* overlong */
    CLEANS("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", R R R R R R R R "A", 8);   /* surrogates */
    CLEANS("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", R R R R R "A" R R "B", 7); /* too high */
    CLEANS("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", R R R R "A", 4);           /* truncated */
    CLEANS("a\xF1\x80\x80\xE1\x80\xC2"
           "b\x80"
           "c\x80\xBF"
           "d",
           "a" R R R "b" R "c" R R "d", 6);
    CLEANS("\x80", R, 1);
    CLEANS("\xC2", R, 1);
    CLEANS("x\xE2\x82", "x" R, 1);
    CLEANS("x\xF0\x9F\x98", "x" R, 1);
    CLEANS("\xF5\xF8\xFC\xFE\xFF", R R R R R, 5);
    CLEANS("eight by\xFFte runs", "eight by" R "te runs", 1);
}
END_TEST

START_TEST(nul_and_byte_order_mark)
{
    CLEANS("a\0b\0", "a" R "b" R, 2);
    CLEANS("12345678\0abcdefgh", "12345678" R "abcdefgh", 1);
    CLEANS("\xEF\xBB\xBFtext", "text", 0);
    CLEANS("\xEF\xBB\xBF\xEF\xBB\xBFtext", "text", 0);
    CLEANS("\xEF\xBB\xBF", "", 0);
    CLEANS("\xEF\xBB", R, 1);
    CLEANS("\xFE\xFF\0a", R R R "a", 3); /* UTF-16 is not ours to guess */
}
END_TEST

/* Every place in a word of eight, since ASCII is read by eights. */
START_TEST(at_every_offset)
{
    for (size_t at = 0; at < 40; at++) {
        char text[48], clean[64];
        memset(text, 'x', sizeof text);
        text[at] = at % 2 ? '\0' : '\xFF';
        memcpy(clean, text, at);
        memcpy(clean + at, R, 3);
        memcpy(clean + at + 3, text + at + 1, sizeof text - at - 1);
        cleans_to((struct dupd_view){text, sizeof text}, (struct dupd_view){clean, sizeof text + 2},
                  1);
    }
}
END_TEST

START_TEST(every_code_point_decodes)
{
    for (uint32_t cp = 1; cp < 0x110000; cp++) {
        char b[4];
        size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
        uint32_t rest = cp;
        for (size_t i = n; i-- > 1; rest >>= 6)
            b[i] = (char)(0x80 | (rest & 0x3F));
        b[0] = (char)(lead[n] | rest);
        struct dupd_view text = {b, n};
        bool surrogate = cp >= 0xD800 && cp < 0xE000;
        if (dupd_text_is_clean(text) == (surrogate || cp == 0xFEFF))
            ck_abort_msg("U+%04X", cp);
        size_t at = 0;
        if (dupd_text_next(text, &at) != cp || at != n)
            ck_abort_msg("U+%04X is read as another", cp);
    }
}
END_TEST

START_TEST(without_text)
{
    struct dupd_buf b = {0};
    ck_assert(dupd_text_is_clean((struct dupd_view){NULL, 0}));
    ck_assert_int_eq(dupd_text_clean((struct dupd_view){NULL, 0}, &b), 0);
    ck_assert_uint_eq(b.len, 0);
    dupd_buf_close(&b);
}
END_TEST

static int clean_much(void *data)
{
    (void)data;
    struct dupd_buf b = {0};
    char text[1000];
    memset(text, '\xFF', sizeof text);
    if (dupd_buf_add_str(&b, "kept")) {
        dupd_buf_close(&b);
        return DUPD_ENOMEM;
    }
    long n = dupd_text_clean((struct dupd_view){text, sizeof text}, &b);
    int rc = n < 0 ? (int)n : 0;
    if (rc && (b.len != 4 || memcmp(b.ptr, "kept", 4) != 0))
        rc = DUPD_ECORRUPT;
    dupd_buf_close(&b);
    return rc;
}

START_TEST(out_of_memory_leaves_the_buffer_as_it_was)
{
    ck_assert_uint_gt(fault_each(clean_much, NULL, DUPD_ENOMEM), 2);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("text");
    tcase_add_test(t, valid_text_stays);
    tcase_add_test(t, ill_formed_text_is_replaced);
    tcase_add_test(t, nul_and_byte_order_mark);
    tcase_add_test(t, at_every_offset);
    tcase_add_test(t, every_code_point_decodes);
    tcase_add_test(t, without_text);
    tcase_add_test(t, out_of_memory_leaves_the_buffer_as_it_was);
    return run_cases("text", t);
}

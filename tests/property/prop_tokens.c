/*
 * prop_tokens.c: cleaning and tokenising of random texts. A text is a heap of fragments: letters of
 * all scripts, marks, quotation marks, line ends, invisible characters, and bytes that are no
 * UTF-8. Each oracle is tried on planted faults.
 */
#include <utf8proc.h>

#include "support/random_text.h"
#include "support/token_oracle.h"
#include "support/tokens_of.h"
#include "support/utf8_oracle.h"

#define ROUNDS 4000

static const char *const letters[] = {"a",
                                      "word",
                                      "The",
                                      "é",
                                      "e\u0301",
                                      "ß",
                                      "Ł",
                                      "İ",
                                      "ﬁ",
                                      "ж",
                                      "Ё",
                                      "сор",
                                      "й",
                                      "α",
                                      "Σ",
                                      "ς",
                                      "ὁ",
                                      "ك",
                                      "إ",
                                      "ى",
                                      "ة",
                                      "ـ",
                                      "٣",
                                      "ש",
                                      "ל",
                                      "ם",
                                      "हि",
                                      "क़",
                                      "१",
                                      "東",
                                      "京",
                                      "𠮷",
                                      "ｶ",
                                      "ﾞ",
                                      "か",
                                      "\u3099",
                                      "ー",
                                      "한",
                                      "국",
                                      "\u1100\u1161",
                                      "\u11A8",
                                      "ก",
                                      "ำ",
                                      "่",
                                      "ေ",
                                      "1",
                                      "42",
                                      "3",
                                      "Ａ",
                                      "１",
                                      "𝐱",
                                      "½",
                                      "m\u0585",
                                      "\u200B",
                                      "\u00AD",
                                      "\u200D",
                                      "\u0301\u0323",
                                      "ﷺ"};

static const char *const others[] = {
    " ",      " ",      " ",      " ",      ".",      ",",      "'",        "\"",     "“",
    "”",      "„",      "«",      "»",      "‘",      "’",      "‚",        "`",      "「",
    "」",     "『",     "』",     "(",      ")",      "-",      "—",        "!",      "?",
    "…",      "。",     "、",     "؟",      "।",      "\n",     "\n\n",     "\r\n",   "\r",
    "\t",     "\u00A0", "\u202F", "\u2028", "\u3000", "\u05BE", "\u200F",   "\uFE0F", "❤",
    "\uFFFD", "·",      "״",      "׳",      ";",      "&amp;",  "www.x.org"};

static const char *const bytes[] = {"\xFF",     "\xC0\xAF",     "\xE2\x82",     "\xED\xA0\x80",
                                    "\xF4\x90", "\x80",         "\xF0\x9F\x98", "\xC2",
                                    "\xE0\x80", "\xEF\xBB\xBF", "\xEF\xBB",     "\xFE"};

#define PICK(r, table) table[random_below(r, sizeof table / sizeof *table)]

static void must(int rc)
{
    ck_assert_int_eq(rc, 0);
}

/* Mostly letters; `mess` percent of other characters, `dirt` percent of bytes that are none. */
static void make_text(struct random_text *r, struct dupd_buf *out, uint32_t mess, uint32_t dirt)
{
    dupd_buf_clear(out);
    for (uint32_t n = random_below(r, 80); n > 0; n--) {
        uint32_t die = random_below(r, 100);
        if (die < dirt)
            must(random_below(r, 8) ? dupd_buf_add_str(out, PICK(r, bytes))
                                    : dupd_buf_add_char(out, '\0'));
        else if (die < dirt + mess)
            must(dupd_buf_add_str(out, PICK(r, others)));
        else
            must(dupd_buf_add_str(out, PICK(r, letters)));
    }
}

static bool cleans_alike(const struct utf8_table *table, struct dupd_view in)
{
    struct dupd_buf want = {0}, got = {0};
    long a = utf8_oracle(table, in, &want), b = dupd_text_clean(in, &got);
    bool same = a == b && dupd_view_equal(dupd_buf_view(&want), dupd_buf_view(&got));
    dupd_buf_close(&want);
    dupd_buf_close(&got);
    return same;
}

START_TEST(cleaning_is_as_unicode_says)
{
    struct random_text r = {1};
    struct dupd_buf in = {0}, once = {0}, twice = {0};
    struct utf8_table table = utf8_table();
    for (int round = 0; round < ROUNDS; round++) {
        make_text(&r, &in, 30, 30);
        struct dupd_view view = dupd_buf_view(&in);
        ck_assert(cleans_alike(&table, view));
        dupd_buf_clear(&once);
        dupd_buf_clear(&twice);
        long n = dupd_text_clean(view, &once);
        ck_assert_int_eq(dupd_text_clean(dupd_buf_view(&once), &twice), 0);
        ck_assert(dupd_view_equal(dupd_buf_view(&once), dupd_buf_view(&twice)));
        ck_assert(dupd_text_is_clean(dupd_buf_view(&once)));
        ck_assert_int_eq(dupd_text_is_clean(view),
                         n == 0 && dupd_view_equal(view, dupd_buf_view(&once)));
    }
    dupd_buf_close(&in);
    dupd_buf_close(&once);
    dupd_buf_close(&twice);
}
END_TEST

/* Row and byte of table 3-7 that a careless decoder gets wrong: each must be noticed. */
START_TEST(a_wrong_table_is_noticed)
{
    static const struct {
        unsigned row, byte;
        unsigned char low, high;
    } fault[] = {{1, 0, 0xC0, 0xDF}, /* overlong forms */
                 {2, 1, 0x80, 0xBF},
                 {4, 1, 0x80, 0xBF}, /* surrogates */
                 {8, 1, 0x80, 0xBF}, /* above U+10FFFF */
                 {3, 2, 0x80, 0xBE}};
    struct dupd_buf in = {0};
    for (size_t f = 0; f < sizeof fault / sizeof *fault; f++) {
        struct random_text r = {f};
        struct utf8_table table = utf8_table();
        table.row[fault[f].row].low[fault[f].byte] = fault[f].low;
        table.row[fault[f].row].high[fault[f].byte] = fault[f].high;
        int noticed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            dupd_buf_clear(&in);
            for (int i = 0; i < 12; i++) { /* bytes that begin and continue sequences */
                uint32_t byte = random_below(&r, 2) ? 0xC0 + random_below(&r, 0x38)
                                                    : 0x80 + random_below(&r, 0x40);
                must(dupd_buf_add_char(&in, (char)byte));
            }
            noticed += !cleans_alike(&table, dupd_buf_view(&in));
        }
        ck_assert_msg(noticed > 0, "fault %zu went unnoticed", f);
    }
    dupd_buf_close(&in);
}
END_TEST

/* A clean random text. */
static struct dupd_view clean_text(struct random_text *r, struct dupd_buf *raw,
                                   struct dupd_buf *clean, uint32_t mess)
{
    make_text(r, raw, mess, 2);
    dupd_buf_clear(clean);
    ck_assert_int_ge(dupd_text_clean(dupd_buf_view(raw), clean), 0);
    return dupd_buf_view(clean);
}

START_TEST(tokens_are_in_order)
{
    struct random_text r = {2};
    struct dupd_buf raw = {0}, clean = {0};
    struct dupd_tokens t = {0};
    uint32_t most = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct dupd_view text = clean_text(&r, &raw, &clean, (uint32_t)round % 90);
        ck_assert_int_eq(dupd_tokens_read(&t, text), 0);
        const char *fault = tokens_fault(&t, text);
        ck_assert_msg(!fault, "%s: %.*s", fault, (int)text.len, text.ptr);
        most = t.count > most ? t.count : most;
    }
    ck_assert_uint_gt(most, 30);
    dupd_tokens_close(&t);
    dupd_buf_close(&raw);
    dupd_buf_close(&clean);
}
END_TEST

START_TEST(disorder_is_noticed)
{
    struct dupd_tokens t = {0};
    struct dupd_view text = DUPD_VIEW("Été à “la plage”\nlà");
    for (int fault = 0; fault < 9; fault++) {
        ck_assert_int_eq(dupd_tokens_read(&t, text), 0);
        ck_assert_ptr_null(tokens_fault(&t, text));
        switch (fault) {
        case 0:
            t.token[1].begin = t.token[0].end - 1;
            break;
        case 1:
            t.token[0].begin++;
            break;
        case 2:
            t.token[4].end++;
            break;
        case 3:
            t.token[4].paragraph = 0;
            break;
        case 4:
            t.token[2].flags &= (uint8_t)~DUPD_TOKEN_QUOTED;
            break;
        case 5:
            t.token[2].weight = DUPD_CHAR_WEIGHT;
            break;
        case 6:
            t.paragraph[1].first--;
            break;
        case 7:
            t.weight++;
            break;
        case 8:
            t.token[0].end = t.token[0].begin;
            break;
        }
        ck_assert_msg(tokens_fault(&t, text) != NULL, "fault %d went unnoticed", fault);
    }
    dupd_tokens_close(&t);
}
END_TEST

/* The tokens of text with `tail` behind it begin with all of t. */
static bool begins_with(const struct dupd_tokens *t, struct dupd_buf *text, const char *tail)
{
    struct dupd_tokens longer = {0};
    size_t len = text->len;
    must(dupd_buf_add_str(text, tail));
    ck_assert_int_eq(dupd_tokens_read(&longer, dupd_buf_view(text)), 0);
    text->len = len;
    bool same = longer.count >= t->count;
    for (uint32_t i = 0; same && i < t->count; i++) {
        const struct dupd_token *a = &t->token[i], *b = &longer.token[i];
        same = t->hash[i] == longer.hash[i] && a->begin == b->begin && a->end == b->end &&
               a->flags == b->flags && a->paragraph == b->paragraph;
    }
    dupd_tokens_close(&longer);
    return same;
}

START_TEST(what_stands_behind_changes_nothing)
{
    struct random_text r = {3};
    struct dupd_buf raw = {0}, clean = {0};
    struct dupd_tokens t = {0};
    int joined = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct dupd_view text = clean_text(&r, &raw, &clean, (uint32_t)round % 60);
        if (text.len == 0 || memchr(text.ptr, '\n', text.len))
            continue; /* a further line may show that the text is wrapped */
        ck_assert_int_eq(dupd_tokens_read(&t, text), 0);
        ck_assert(begins_with(&t, &clean, " "));
        ck_assert(begins_with(&t, &clean, "  \t \r\n \n\n"));
        ck_assert(begins_with(&t, &clean, "\nAnother paragraph"));
        joined += !begins_with(&t, &clean, "x"); /* the planted fault: it may join the last word */
    }
    ck_assert_int_gt(joined, 100);
    dupd_tokens_close(&t);
    dupd_buf_close(&raw);
    dupd_buf_close(&clean);
}
END_TEST

/* One text in all four normal forms has the same tokens. */
START_TEST(normal_forms_do_not_matter)
{
    struct random_text r = {4};
    struct dupd_buf text = {0};
    unsigned compared = 0;
    for (int round = 0; round < ROUNDS; round++) {
        make_text(&r, &text, 25, 0);
        must(dupd_buf_add(&text, "", 1));
        utf8proc_uint8_t *nfc = utf8proc_NFC((const utf8proc_uint8_t *)text.ptr);
        utf8proc_uint8_t *nfd = utf8proc_NFD((const utf8proc_uint8_t *)text.ptr);
        ck_assert(nfc && nfd);
        ck_assert_msg(same_tokens(text.ptr, (const char *)nfc), "NFC of %s", text.ptr);
        ck_assert_msg(same_tokens(text.ptr, (const char *)nfd), "NFD of %s", text.ptr);
        compared += strcmp((const char *)nfc, (const char *)nfd) != 0;
        free(nfc);
        free(nfd);
    }
    ck_assert_uint_gt(compared, ROUNDS / 2);
    dupd_buf_close(&text);
}
END_TEST

/* Invisible characters inside words change no hash. */
START_TEST(invisible_characters_do_not_matter)
{
    static const char *const hidden[] = {"\u00AD", "\u200B", "\u2060", "\u200E", "\u034F"};
    struct random_text r = {5};
    struct dupd_buf plain = {0}, spiked = {0};
    for (int round = 0; round < ROUNDS; round++) {
        dupd_buf_clear(&plain);
        dupd_buf_clear(&spiked);
        for (uint32_t n = 1 + random_below(&r, 20); n > 0; n--) {
            const char *s = random_below(&r, 4) ? PICK(&r, letters) : " ";
            must(dupd_buf_add_str(&plain, s));
            must(dupd_buf_add_str(&spiked, s));
            if (*s != ' ' && random_below(&r, 3) == 0)
                must(dupd_buf_add_str(&spiked, PICK(&r, hidden)));
        }
        must(dupd_buf_add(&plain, "", 1));
        must(dupd_buf_add(&spiked, "", 1));
        ck_assert_msg(same_tokens(plain.ptr, spiked.ptr), "%s", plain.ptr);
    }
    dupd_buf_close(&plain);
    dupd_buf_close(&spiked);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tokens");
    tcase_set_timeout(t, 100);
    tcase_add_test(t, cleaning_is_as_unicode_says);
    tcase_add_test(t, a_wrong_table_is_noticed);
    tcase_add_test(t, tokens_are_in_order);
    tcase_add_test(t, disorder_is_noticed);
    tcase_add_test(t, what_stands_behind_changes_nothing);
    tcase_add_test(t, normal_forms_do_not_matter);
    tcase_add_test(t, invisible_characters_do_not_matter);
    return run_cases("tokens, properties", t);
}

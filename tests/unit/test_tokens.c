/* test_tokens.c: words, their normalised forms and their places, in every script that is read. */
#include "support/tokens_of.h"

#include <stdio.h>
#include <utf8proc.h>

#include "core/chars.h"
#include "core/fold.h"
#include "dupd/error.h"

#define FORMS(text, expected) tokens_are(text, SHOW_FORM, expected)
#define WORDS(text, expected) tokens_are(text, SHOW_TEXT, expected)
#define SAME(a, b) ck_assert_msg(same_tokens(a, b), "\n %s\n differs from\n %s", a, b)
#define DIFFER(a, b) ck_assert_msg(!same_tokens(a, b), "\n %s\n equals\n %s", a, b)

START_TEST(places_are_exact)
{
    static const struct {
        const char *text;
        uint32_t count;
        uint32_t place[6][2];
    } table[] = {
        {"The U.S. said: \"no\"", 4, {{0, 3}, {4, 7}, {9, 13}, {16, 18}}},
        {"  don't  1,000 ", 2, {{2, 7}, {9, 14}}},
        {"don\u2019t stop", 2, {{0, 7}, {8, 12}}},
        {"caf\u00e9 cafe\u0301", 2, {{0, 5}, {6, 12}}},
        {"Москва, СССР", 2, {{0, 12}, {14, 22}}},
        {"Αθήνα·", 1, {{0, 10}}},
        {"كِتَاب", 1, {{0, 12}}},
        {"צה\"ל אמר", 2, {{0, 7}, {8, 14}}},
        {"हिन्दी।", 1, {{0, 18}}},
        {"東京2020年", 4, {{0, 3}, {3, 6}, {6, 10}, {10, 13}}},
        {"ｶﾞスが", 3, {{0, 6}, {6, 9}, {9, 12}}},
        {"か\u3099い", 2, {{0, 6}, {6, 9}}},
        {"한국 \u1112\u1161\u11AB", 2, {{0, 6}, {7, 16}}},
        {"ที่นี่", 2, {{0, 9}, {9, 18}}},
        {"\u200bword\u200b,", 1, {{3, 10}}},
        {"co\u00adop\u200dted", 1, {{0, 12}}},
    };
    struct dupd_tokens t = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(table[i].text)), 0);
        ck_assert_msg(t.count == table[i].count, "%s: %u tokens", table[i].text, t.count);
        for (uint32_t k = 0; k < t.count; k++)
            ck_assert_msg(
                t.token[k].begin == table[i].place[k][0] && t.token[k].end == table[i].place[k][1],
                "%s: token %u at %u to %u", table[i].text, k, t.token[k].begin, t.token[k].end);
    }
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(latin)
{
    FORMS("The Quick BROWN fox", "the quick brown fox");
    FORMS("Ärger über Füße, ÉCOLE", "ärger über füsse école");
    FORMS("Łódź ŁÓDŹ Škoda", "łódź łódź škoda");
    FORMS("ﬁnd the ﬂoor", "find the floor");
    FORMS("ＦＵＬＬ ｗｉｄｔｈ １２３", "full width 123");
    FORMS("𝐁𝐨𝐥𝐝 𝕠𝕦𝕥", "bold out");
    SAME("Istanbul", "İstanbul");
    SAME("ANKARA'DA IRMAK", "Ankara'da ırmak");
    FORMS("Hawai\u02BBi Hawai'i Hawaii", "hawaii hawaii hawaii");
    FORMS("Việt Nam", "việt nam");
    SAME("Vie\u0302\u0323t", "Việt");
}
END_TEST

START_TEST(cyrillic_and_greek)
{
    SAME("МОСКВА", "Москва");
    SAME("Ещё ёлка", "Еще елка");
    DIFFER("мир", "мар");
    SAME("п'ять п’ять", "пять пять");
    SAME("Київ", "КИЇВ");
    SAME("ΣΕΙΣΜΟΣ", "σεισμος");
    SAME("Σεισμός", "σεισμόσ");
    SAME("Η.Π.Α.", "ΗΠΑ");
    SAME("С.Ш.А.", "США");
}
END_TEST

START_TEST(arabic)
{
    SAME("كِتَابٌ", "كتاب");
    SAME("أحمد إلى آخر", "احمد الي اخر");
    SAME("علــــي", "علي");
    SAME("على", "علي");
    SAME("مدرسة", "مدرسه");
    SAME("ﻣﺤﻤﺪ", "محمد");
    SAME("کتاب یک", "كتاب يك");
    SAME("می\u200cشود", "میشود");
    SAME("٢٠٢٤", "2024");
    SAME("۱۲۳", "123");
    SAME("١٬٠٠٠ ٢٫٥", "1000 2.5");
    WORDS("قال، نعم؟ لا؛ كلا.", "قال نعم لا كلا");
}
END_TEST

START_TEST(hebrew)
{
    SAME("שָׁלוֹם", "שלום");
    SAME("צה\"ל", "צה״ל");
    SAME("ארה\"ב", "ארה״ב");
    SAME("ארה''ב", "ארה ב");
    SAME("מנכ\"לית דו\"חות", "מנכ״לית דו״חות");
    SAME("ג'ורג", "ג׳ורג");
    WORDS("תל־אביב", "תל אביב");
    SAME("\u200fצה\"ל\u200e", "צה\"ל");
}
END_TEST

START_TEST(devanagari)
{
    WORDS("नमस्ते दुनिया। फिर मिलेंगे॥", "नमस्ते दुनिया फिर मिलेंगे");
    SAME("क़लम", "क\u093Cलम");
    SAME("१२३", "123");
    SAME("क्\u200dष", "क्ष");
}
END_TEST

START_TEST(han)
{
    WORDS("中国经济，2024年！", "中 国 经 济 2024 年");
    SAME("⼈⼝", "人口"); /* Kangxi radicals */
    SAME("\uF9D8", "\u5F8B");
    WORDS("唐纳德·特朗普", "唐 纳 德 特 朗 普");
    WORDS("AI技术5G网络", "AI 技 术 5G 网 络");
    WORDS("𠮷野家", "𠮷 野 家");
    SAME("你\u200b好", "你好");
}
END_TEST

START_TEST(kana)
{
    WORDS("トヨタのニュース", "ト ヨ タ の ニ ュ ー ス");
    SAME("ﾄﾖﾀのﾆｭｰｽ", "トヨタのニュース");
    SAME("ｶﾞｷﾞﾊﾟﾎﾟ", "ガギパポ");
    SAME("か\u3099は\u309A", "がぱ");
    WORDS("人々、ジョン・スミス。", "人 々 ジ ョ ン ス ミ ス");
    DIFFER("は", "ば");
}
END_TEST

START_TEST(hangul)
{
    WORDS("대한민국 정부는", "대한민국 정부는");
    SAME("\u1103\u1162\u1112\u1161\u11AB", "대한");
    SAME("대\u1112\u1161\u11AB", "대한");
    SAME("한\u3164국", "한국");
    SAME("ﾡ", "ㄱ");
}
END_TEST

START_TEST(thai_and_neighbours)
{
    WORDS("กรุงเทพ", "ก รุ ง เ ท พ");
    WORDS("ລາວ", "ລ າ ວ");
    WORDS("កម្ពុជា", "ក ម្ ពុ ជា");
    WORDS("မြန်မာ", "မြ န် မာ");
    SAME("๒๕๖๗", "2567");
}
END_TEST

START_TEST(abbreviations)
{
    SAME("U.S. and U.K. and U.S.A.", "US and UK and USA");
    SAME("at 5 a.m. or p.m.", "at 5 am or pm");
    SAME("J.K. Rowling", "JK Rowling");
    SAME("E\u0301.U\u0301.", "\u00C9\u00DA");
    SAME("U.S.-led", "US led");
    WORDS("Mr. Smith. J.Smith", "Mr Smith J Smith");
    WORDS("end.Next", "end Next");
    WORDS("www.example.com", "www example com");
}
END_TEST

START_TEST(numbers)
{
    SAME("1,000", "1000");
    SAME("1,000,000", "1000000");
    SAME("1\u00A0000 12\u202F345\u202F678 9\u2009999", "1000 12345678 9999");
    SAME("1'000", "1000");
    SAME("1’000", "1000");
    SAME("１，０００", "1,000");
    SAME("8.1", "8,1");
    WORDS("1 000", "1 000");
    WORDS("2018\u00A0300", "2018 300");
    WORDS("5\u00A0000a", "5 000a");
    WORDS("1\u00A02345", "1 2345");
    WORDS("3, 4 and 5.", "3 4 and 5");
    WORDS("10:30 24/7 5%", "10 30 24 7 5");
    FORMS("½ x² №5", "12 x2 5");
}
END_TEST

START_TEST(apostrophes)
{
    const char *const ways[] = {"don't", "don’t", "don‘t", "don`t", "don´t", "don＇t", "donʼt"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        SAME(ways[i], "dont");
    SAME("l'été d’Artagnan", "lété dArtagnan");
    SAME("col·lectiu", "collectiu");
    WORDS("dogs' tails' end", "dogs tails end");
    WORDS("'tis 'twas", "tis twas");
}
END_TEST

START_TEST(invisible_characters)
{
    const char *const hidden[] = {"\u00AD", "\u200B", "\u200C",    "\u200D", "\u2060",
                                  "\uFEFF", "\u200E", "\u200F",    "\u202A", "\u2066",
                                  "\u034F", "\u180E", "\U000E0041"};
    char text[64];
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        snprintf(text, sizeof text, "min%sister s%said", hidden[i], hidden[i]);
        SAME(text, "minister said");
    }
    SAME("\uFE0Fheart ❤\uFE0F beats", "heart beats");
}
END_TEST

START_TEST(look_alikes)
{
    SAME("рresident", "president");           /* Cyrillic er */
    SAME("\u0440\u0430\u0441\u0435", "pace"); /* a whole word */
    SAME("c\u0442рана", "страна");            /* Latin in a Cyrillic word */
    SAME("mіnіstеr оf stаtе", "minister of state");
    SAME("g\u03BFvernment", "government"); /* Greek omicron */
    SAME("\u0251\u0261ent", "agent");
    SAME("m\u0585n\u0565y", "mon\u0565y"); /* Armenian oh */
    DIFFER("сон", "сын");
}
END_TEST

START_TEST(same_word_in_every_normal_form)
{
    static const char *const words[] = {"Ångström", "naïve", "Đà Nẵng", "한국어", "ガラス",
                                        "क़िला",     "Ёж",    "ὁδός",    "אָלֶף",    "ﬁancée",
                                        "ño",       "Ǆ",     "ṩ",       "ﷺ",      "Ⅷ"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const utf8proc_uint8_t *w = (const utf8proc_uint8_t *)words[i];
        utf8proc_uint8_t *forms[] = {utf8proc_NFC(w), utf8proc_NFD(w), utf8proc_NFKC(w),
                                     utf8proc_NFKD(w)};
        for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
            ck_assert_ptr_nonnull(forms[f]);
            if (f < 2 || i != 13) /* the Arabic phrase is four words once it is decomposed */
                SAME((const char *)forms[f], words[i]);
            free(forms[f]);
        }
    }
}
END_TEST

static bool folds_once(struct dupd_view word)
{
    char form[FOLD_FORM_MAX], again[FOLD_FORM_MAX];
    size_t len = fold_word(word, form);
    return fold_word((struct dupd_view){form, len}, again) == len && memcmp(form, again, len) == 0;
}

static bool is_its_own_fold(struct dupd_view word)
{
    utf8proc_uint8_t *fold;
    utf8proc_ssize_t n = utf8proc_map(
        (const utf8proc_uint8_t *)word.ptr, (utf8proc_ssize_t)word.len, &fold,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    bool same = n == (utf8proc_ssize_t)word.len && memcmp(fold, word.ptr, word.len) == 0;
    free(fold);
    return same;
}

/* Every code point: what takes the fast path is what utf8proc leaves alone, and folding a letter
 * twice changes nothing. */
START_TEST(every_character_folds_as_unicode_says)
{
    unsigned checked = 0;
    for (utf8proc_int32_t cp = 128; cp < 0x110000; cp++) {
        enum char_class k = chars_class((uint32_t)cp);
        if ((cp >= 0xD800 && cp < 0xE000) || (k != CHAR_WORD && k != CHAR_SINGLE))
            continue;
        utf8proc_uint8_t raw[4];
        struct dupd_view word = {(const char *)raw, (size_t)utf8proc_encode_char(cp, raw)};
        if (!folds_once(word))
            ck_abort_msg("U+%04X folds further", (unsigned)cp);
        if (chars_is_folded((uint32_t)cp)) {
            checked++;
            if (!is_its_own_fold(word))
                ck_abort_msg("U+%04X is not its own fold", (unsigned)cp);
        }
    }
    ck_assert_uint_gt(checked, 100000);
}
END_TEST

/* Letters and digits are words or single, but for the few that the specification names. */
START_TEST(every_letter_belongs_to_a_word)
{
    unsigned named = 0;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
        bool letter = (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
                      (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
        enum char_class k = chars_class(cp);
        if (k == CHAR_WORD && !letter)
            ck_abort_msg("U+%04X is no letter", cp);
        named += letter && k != CHAR_WORD && k != CHAR_SINGLE;
    }
    ck_assert_uint_eq(named, 7 + 4 + 2); /* apostrophes, Hangul fillers, voicing marks */
}
END_TEST

START_TEST(digits_of_every_script)
{
    unsigned run = 0, digits = 0;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        int value = chars_digit(cp);
        if (value < 0 ? run % 10 != 0 : (unsigned)value != run % 10)
            ck_abort_msg("U+%04X has the value %d", cp, value);
        run = value < 0 ? 0 : run + 1;
        digits += value >= 0;
    }
    ck_assert_uint_gt(digits, 600);
}
END_TEST

START_TEST(flags_and_weights)
{
    struct dupd_tokens t = {0};
    const char *text = "He won. “5” 東京 1,000";
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(text)), 0);
    ck_assert_uint_eq(t.count, 6);
    const uint8_t flags[] = {DUPD_TOKEN_SENTENCE,
                             0,
                             DUPD_TOKEN_SENTENCE | DUPD_TOKEN_QUOTED | DUPD_TOKEN_NUMBER,
                             DUPD_TOKEN_CHAR,
                             DUPD_TOKEN_CHAR,
                             DUPD_TOKEN_NUMBER};
    for (uint32_t i = 0; i < t.count; i++) {
        ck_assert_uint_eq(t.token[i].flags, flags[i]);
        ck_assert_uint_eq(t.token[i].weight,
                          flags[i] & DUPD_TOKEN_CHAR ? DUPD_CHAR_WEIGHT : DUPD_WORD_WEIGHT);
    }
    ck_assert_uint_eq(t.weight, 10);
    ck_assert_uint_eq(t.quoted_weight, 2);
    ck_assert_uint_eq(dupd_tokens_words(&t), 5);
    dupd_tokens_close(&t);
}
END_TEST

/* Two sentences and a paragraph of one, in every script: where the second begins, in bytes. */
static const struct {
    const char *first, *second, *third;
} marks[] = {
    {"The bridge is open. ", "Ships pass under it!", "Nobody asked why."},
    {"Мост открыт. ", "Суда идут под ним.", "Никто не спросил."},
    {"Η γέφυρα άνοιξε. ", "Τα πλοία περνούν.", "Κανείς δεν ρώτησε."},
    {"هل الجسر مفتوح؟ ", "تمر السفن تحته.", "لم يسأل أحد."},
    {"پل باز است۔ ", "کشتیاں گزرتی ہیں۔", "کسی نے نہیں پوچھا۔"},
    {"הגשר פתוח. ", "האוניות עוברות תחתיו.", "איש לא שאל."},
    {"पुल खुल गया है। ", "जहाज़ नीचे से जाते हैं॥", "किसी ने नहीं पूछा।"},
    {"大桥已经开放。", "船只从下面通过！", "没有人问为什么。"},
    {"橋は開いた。", "船がその下を通る？", "だれも聞かなかった｡"},
    {"다리가 열렸다. ", "배가 그 아래로 지나간다.", "아무도 묻지 않았다."},
};

START_TEST(sentences_and_paragraphs_of_every_script)
{
    static const char *const breaks[] = {"\n\n", "\r\n\r\n", "\n", "\u2029", "\u2028"};
    struct dupd_tokens t = {0};
    struct dupd_buf text = {0};
    for (size_t k = 0; k < sizeof breaks / sizeof *breaks; k++) {
        dupd_buf_clear(&text);
        ck_assert_int_eq(dupd_buf_addf(&text, "%s%s%s%s", marks[_i].first, marks[_i].second,
                                       breaks[k], marks[_i].third),
                         0);
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
        uint32_t begin[4] = {0}, n = 0;
        for (uint32_t i = 0; i < t.count; i++)
            if (t.token[i].flags & DUPD_TOKEN_SENTENCE && n < 4)
                begin[n++] = t.token[i].begin;
        ck_assert_msg(n == 3, "%s: %u sentences", text.ptr, n);
        ck_assert_uint_eq(begin[1], strlen(marks[_i].first));
        ck_assert_uint_eq(begin[2], text.len - strlen(marks[_i].third));
        ck_assert_uint_eq(t.paragraph_count, 2);
        ck_assert_uint_eq(t.token[t.paragraph[1].first].begin, begin[2]);
    }
    dupd_buf_close(&text);
    dupd_tokens_close(&t);
}
END_TEST

/* Thai sets spaces between sentences and within them: only paragraphs are told apart. */
START_TEST(thai_has_paragraphs)
{
    struct dupd_tokens t = {0};
    const char *text = "สะพานเปิดแล้ว เรือแล่นผ่าน\n\nไม่มีใครถาม";
    unsigned sentences = 0;
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(text)), 0);
    for (uint32_t i = 0; i < t.count; i++)
        sentences += (t.token[i].flags & DUPD_TOKEN_SENTENCE) != 0;
    ck_assert_uint_eq(sentences, 2);
    ck_assert_uint_eq(t.paragraph_count, 2);
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(numbers_are_of_digits_alone)
{
    static const struct {
        const char *text;
        bool number;
    } words[] = {{"1987", true},  {"8.1", true},         {"1,000,000", true},
                 {"１２", true},  {"٢٠٢٤", true},        {"123456789012", true},
                 {"x2", false},   {"5G", false},         {"19th", false},
                 {"l987", false}, {"123456789a", false}, {"abcdefgh1", false}};
    struct dupd_tokens t = {0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_view_of(words[i].text)), 0);
        ck_assert_uint_eq(t.count, 1);
        ck_assert_msg(((t.token[0].flags & DUPD_TOKEN_NUMBER) != 0) == words[i].number, "%s",
                      words[i].text);
    }
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(empty_and_wordless)
{
    const char *const texts[] = {"",       " ",          "\n\n\n", "... — !", "\u0301\u0302",
                                 "\uFE0F", "❤️🎉", "\uFFFD"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        FORMS(texts[i], "");
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, (struct dupd_view){NULL, 0}), 0);
    ck_assert_uint_eq(t.count + t.paragraph_count + t.weight, 0);
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(endless_words_are_cut)
{
    static const char *const unit[] = {"a", "é", "\u0301e", "1,", "U.", "ﷺ", "x\u00AD", "\u1112"};
    struct dupd_tokens t = {0};
    struct dupd_buf text = {0};
    for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
        dupd_buf_clear(&text);
        while (text.len < 100000)
            ck_assert_int_eq(dupd_buf_add_str(&text, unit[u]), 0);
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
        ck_assert_uint_ge(t.count, 100000 / FOLD_RAW_MAX);
        for (uint32_t i = 0; i < t.count; i++)
            ck_assert_uint_le(t.token[i].end - t.token[i].begin, FOLD_RAW_MAX);
    }
    dupd_buf_clear(&text); /* marks in a row: sorting them would be quadratic */
    ck_assert_int_eq(dupd_buf_add_char(&text, 'a'), 0);
    for (int i = 0; i < 500; i++)
        ck_assert_int_eq(dupd_buf_add_str(&text, i % 2 ? "\u0301" : "\u0323"), 0);
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
    ck_assert_uint_eq(t.count, 1);
    ck_assert_uint_eq(t.token[0].end, 1 + 2 * 30);
    dupd_buf_close(&text);
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(content_hash_is_of_the_words_alone)
{
    SAME("“Yes,” she said.", "yes - SHE   said");
    DIFFER("yes she said", "yes said she");
    DIFFER("yes she said", "yes she said so");
}
END_TEST

START_TEST(too_big_leaves_nothing_behind)
{
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_tokens_read(&t, DUPD_VIEW("some \"quoted\" words")), 0);
    ck_assert_int_eq(dupd_tokens_read(&t, (struct dupd_view){"", (size_t)UINT32_MAX}),
                     DUPD_ETOOBIG);
    ck_assert_uint_eq(t.count + t.paragraph_count + t.weight + t.quoted_weight, 0);
    struct dupd_tokens empty = {0};
    ck_assert_int_eq(dupd_tokens_read(&empty, DUPD_VIEW("")), 0);
    ck_assert_uint_eq(t.content_hash.low, empty.content_hash.low);
    dupd_tokens_close(&t);
    char word[FOLD_RAW_MAX + 1];
    memset(word, 'a', sizeof word);
    struct dupd_buf out = {0};
    ck_assert_int_eq(dupd_tokens_fold((struct dupd_view){word, sizeof word}, &out), DUPD_ETOOBIG);
    ck_assert_int_eq(dupd_tokens_fold((struct dupd_view){word, FOLD_RAW_MAX}, &out), 0);
    ck_assert_uint_eq(out.len, FOLD_RAW_MAX);
    dupd_buf_close(&out);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tokens");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, places_are_exact);
    tcase_add_test(t, latin);
    tcase_add_test(t, cyrillic_and_greek);
    tcase_add_test(t, arabic);
    tcase_add_test(t, hebrew);
    tcase_add_test(t, devanagari);
    tcase_add_test(t, han);
    tcase_add_test(t, kana);
    tcase_add_test(t, hangul);
    tcase_add_test(t, thai_and_neighbours);
    tcase_add_test(t, abbreviations);
    tcase_add_test(t, numbers);
    tcase_add_test(t, apostrophes);
    tcase_add_test(t, invisible_characters);
    tcase_add_test(t, look_alikes);
    tcase_add_test(t, same_word_in_every_normal_form);
    tcase_add_test(t, every_character_folds_as_unicode_says);
    tcase_add_test(t, every_letter_belongs_to_a_word);
    tcase_add_test(t, digits_of_every_script);
    tcase_add_test(t, flags_and_weights);
    tcase_add_loop_test(t, sentences_and_paragraphs_of_every_script, 0,
                        (int)(sizeof marks / sizeof *marks));
    tcase_add_test(t, thai_has_paragraphs);
    tcase_add_test(t, numbers_are_of_digits_alone);
    tcase_add_test(t, empty_and_wordless);
    tcase_add_test(t, endless_words_are_cut);
    tcase_add_test(t, content_hash_is_of_the_words_alone);
    tcase_add_test(t, too_big_leaves_nothing_behind);
    return run_cases("tokens", t);
}

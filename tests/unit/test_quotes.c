/* test_quotes.c: which words stand in quotation marks, in the ways that news languages mark them.
 */
#include "support/tokens_of.h"

#define SHOW(text, expected) tokens_are(text, SHOW_TEXT, expected)

START_TEST(english)
{
    SHOW("He said “go now” and left.", "He said [go now] and left");
    SHOW("He said \"go now\" and left.", "He said [go now] and left");
    SHOW("\"Go,\" he said. \"Now.\"", "[Go] he said [Now]");
    SHOW("“Go.” “Why?” “Because.”", "[Go Why Because]");
    SHOW("(“no”) — “yes”", "[no yes]");
    SHOW("\"...and then\" they", "[and then] they");
    SHOW("``Go now,'' he said", "[Go now] he said");
    SHOW("''Go now,'' he said", "[Go now] he said");
    SHOW("＂wide＂ marks", "[wide] marks");
}
END_TEST

START_TEST(british_single_marks)
{
    SHOW("He said ‘go now’ and left", "He said [go now] and left");
    SHOW("He said 'go now' and left", "He said [go now] and left");
    SHOW("‘I don’t think so,’ she said", "[I don’t think so] she said");
    SHOW("'I don't think so,' she said", "[I don't think so] she said");
    SHOW("an 'A' grade", "an [A] grade");
    SHOW("‘He told me “go” twice,’ she said", "[He told me go twice] she said");
    SHOW("‘“Go,” he said’ – that", "[Go he said] that");
}
END_TEST

START_TEST(apostrophes_quote_nothing)
{
    SHOW("rock 'n' roll and rock ’n’ roll", "rock n roll and rock n roll");
    SHOW("the '90s and the '08 crash, '98", "the 90s and the 08 crash 98");
    SHOW("the dogs' dinner and the cats' milk", "the dogs dinner and the cats milk");
    SHOW("'Twas the boys' idea, get 'em", "Twas the boys idea get em");
    SHOW("'s avonds in 't huis' zei", "s avonds in t huis zei");
    SHOW("an 'orphan stays alone", "an orphan stays alone");
    SHOW("one 'lost opener, then a 'real one' here", "one lost opener then a [real one] here");
    SHOW("James' and O'Neill's", "James and O'Neill's");
    SHOW("He is 5'10\" tall and 6'2\" wide", "He is 5'10 tall and 6'2 wide");
    SHOW("\"He is 6'2\" tall,\" she said", "[He is 6'2 tall] she said");
    SHOW("a 12\" record and a 7\" one", "a 12 record and a 7 one");
}
END_TEST

START_TEST(single_marks_span_no_more_than_a_paragraph_of_sense)
{
    struct dupd_buf text = {0};
    struct dupd_tokens t = {0};
    ck_assert_int_eq(dupd_buf_add_str(&text, "a 'mark"), 0);
    for (int i = 0; i < 400; i++)
        ck_assert_int_eq(dupd_buf_add_str(&text, " word"), 0);
    ck_assert_int_eq(dupd_buf_add_str(&text, "' here"), 0);
    ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
    ck_assert_uint_eq(t.quoted_weight, 0);
    dupd_buf_close(&text);
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(german_and_its_neighbours)
{
    SHOW("Er sagte: „Geh jetzt“, und ging", "Er sagte [Geh jetzt] und ging");
    SHOW("„Sie sagt ‚nein‘ dazu“, so er", "[Sie sagt nein dazu] so er");
    SHOW("Das ‚kleine‘ Wort", "Das [kleine] Wort");
    SHOW("Er sagte »Geh jetzt« und ging", "Er sagte [Geh jetzt] und ging");
    SHOW("›so‹ und »›so‹ auch« nicht", "[so] und [so auch] nicht");
    SHOW("„Geh\" und „Komm”, ja", "[Geh] und [Komm] ja");
    SHOW("“Zitat“ im Netz", "[Zitat] im Netz");
    SHOW("Zitat“ ohne Anfang bleibt", "Zitat ohne Anfang bleibt");
    SHOW("Er sagte «Geh jetzt» und ging", "Er sagte [Geh jetzt] und ging");
}
END_TEST

START_TEST(french)
{
    SHOW("Il dit « va » et part", "Il dit [va] et part");
    SHOW("Il dit «\u00A0va\u00A0» et part", "Il dit [va] et part");
    SHOW("Il dit «\u202Fva\u202F», puis", "Il dit [va] puis");
    SHOW("l’«amour» et d'« ici »", "l [amour] et d [ici]");
    SHOW("mot », dit-il", "mot dit il");
    SHOW("les \"gilets jaunes» sont", "les [gilets jaunes] sont");
    SHOW("« Il a dit “non” hier », dit-elle", "[Il a dit non hier] dit elle");
}
END_TEST

START_TEST(nordic)
{
    SHOW("Han sa ”gå nu” och gick", "Han sa [gå nu] och gick");
    SHOW("”Gå”, sa han. ”Nu.”", "[Gå] sa han [Nu]");
    SHOW("Han sa »gå nu» och gick", "Han sa [gå nu] och gick");
    SHOW("»Gå nu,« sagde han", "[Gå nu] sagde han");
    SHOW("”Hello,“ it said", "[Hello] it said");
    SHOW("ja.” Han gick", "ja Han gick");
}
END_TEST

START_TEST(slavic)
{
    SHOW("Powiedział: „idź już” i wyszedł", "Powiedział [idź już] i wyszedł");
    SHOW("Он сказал: «Иди» — и ушёл", "Он сказал [Иди] и ушёл");
    SHOW("«Газета „Заря“ пишет», — сказал он", "[Газета Заря пишет] сказал он");
    SHOW("ОАО «Фирма «Заря» выросла", "ОАО [Фирма Заря] выросла");
    SHOW("Він сказав: „Іди“ і пішов", "Він сказав [Іди] і пішов");
}
END_TEST

START_TEST(east_asian)
{
    SHOW("彼は「行け」と", "彼 は [行 け] と");
    SHOW("「母は『行け』と言った」。彼", "[母 は 行 け と 言 っ た] 彼");
    SHOW("『白夜』を", "[白 夜] を");
    SHOW("｢行｣く", "[行] く");
    SHOW("〝行〟く", "[行] く");
    SHOW("他说“走吧”就走", "他 说 [走 吧] 就 走");
    SHOW("他说\"走吧\"就走", "他 说 [走 吧] 就 走");
    SHOW("他说‘走吧’就走", "他 说 [走 吧] 就 走");
    SHOW("他说：“她说‘走’了”。", "他 说 [她 说 走 了]");
    SHOW("그는 “가자”고 말했다", "그는 [가자] 고 말했다");
    SHOW("그는 '가자'고 말했다", "그는 [가자] 고 말했다");
}
END_TEST

START_TEST(right_to_left)
{
    SHOW("قال «اذهب» ثم", "قال [اذهب] ثم");
    SHOW("قال ”اذهب“ ثم", "قال [اذهب] ثم");
    SHOW("\u200F\"اذهب\"\u200F قال", "[اذهب] قال");
    SHOW("הוא אמר \"לך\" והלך", "הוא אמר [לך] והלך");
    SHOW("ב\"הארץ\" כתבו", "ב הארץ כתבו");
    SHOW("הוא אמר: \"צה\"ל שם\" והלך", "הוא אמר [צה\"ל שם] והלך");
}
END_TEST

START_TEST(other_scripts)
{
    SHOW("उसने कहा, “जाओ” और", "उसने कहा [जाओ] और");
    SHOW("उसने कहा, \"जाओ\" और ‘रुको’ भी", "उसने कहा [जाओ] और [रुको] भी");
    SHOW("Είπε «φύγε» και", "Είπε [φύγε] και");
    SHOW("Είπε: «Το “ναι” είναι ναι», και έφυγε", "Είπε [Το ναι είναι ναι] και έφυγε");
    SHOW("เขา “ไป” แล้ว", "เ ข า [ไ ป] แ ล้ ว");
}
END_TEST

START_TEST(a_missing_closer_ends_with_its_paragraph)
{
    SHOW("He said “go now\nThen he left", "He said [go now]|Then he left");
    SHOW("He said \"go now\n\nThen he left", "He said [go now]|Then he left");
    SHOW("Il dit « va\nPuis rien", "Il dit [va]|Puis rien");
    /* as English prints a quotation of several paragraphs */
    SHOW("“One two.\n“Three four.”\nFive", "[One two]|[Three four]|Five");
    SHOW("“One two.\u2028Five", "[One two]|Five");
}
END_TEST

START_TEST(a_stray_closer_opens_nothing)
{
    SHOW("go now,” he said", "go now he said");
    SHOW("go now.\" He left", "go now He left");
    SHOW("va », dit-il", "va dit il");
    SHOW("行け」と", "行 け と");
    SHOW("go' he said it's", "go he said it's");
}
END_TEST

/* The words of a quotation that was never closed count as prose once the next one opens, if they
 * are too many for a quotation inside a quotation. */
START_TEST(opened_twice)
{
    struct dupd_buf text = {0};
    struct dupd_tokens t = {0};
    for (int words = 50; words <= 150; words += 100) {
        dupd_buf_clear(&text);
        ck_assert_int_eq(dupd_buf_add_str(&text, "He said “go now"), 0);
        for (int i = 0; i < words; i++)
            ck_assert_int_eq(dupd_buf_add_str(&text, " word"), 0);
        ck_assert_int_eq(dupd_buf_add_str(&text, " and “stay here” too"), 0);
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
        uint32_t quoted = words == 50 ? 2 + 50 + 1 + 2 : 2;
        ck_assert_uint_eq(t.quoted_weight, quoted * DUPD_WORD_WEIGHT);
        ck_assert(t.token[t.count - 2].flags & DUPD_TOKEN_QUOTED);
        ck_assert(!(t.token[t.count - 1].flags & DUPD_TOKEN_QUOTED));
    }
    dupd_buf_close(&text);
    dupd_tokens_close(&t);
}
END_TEST

START_TEST(marks_alone)
{
    const char *const marks[] = {"\"", "'", "“", "”", "„",  "«", "»",
                                 "‘",  "’", "‚", "`", "「", "」"};
    struct dupd_buf text = {0};
    struct dupd_tokens t = {0};
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        dupd_buf_clear(&text);
        for (int i = 0; i < 1000; i++)
            ck_assert_int_eq(dupd_buf_add_str(&text, marks[m]), 0);
        ck_assert_int_eq(dupd_tokens_read(&t, dupd_buf_view(&text)), 0);
        ck_assert_uint_eq(t.count, 0);
    }
    dupd_buf_close(&text);
    dupd_tokens_close(&t);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("quotes");
    tcase_add_test(t, english);
    tcase_add_test(t, british_single_marks);
    tcase_add_test(t, apostrophes_quote_nothing);
    tcase_add_test(t, single_marks_span_no_more_than_a_paragraph_of_sense);
    tcase_add_test(t, german_and_its_neighbours);
    tcase_add_test(t, french);
    tcase_add_test(t, nordic);
    tcase_add_test(t, slavic);
    tcase_add_test(t, east_asian);
    tcase_add_test(t, right_to_left);
    tcase_add_test(t, other_scripts);
    tcase_add_test(t, a_missing_closer_ends_with_its_paragraph);
    tcase_add_test(t, a_stray_closer_opens_nothing);
    tcase_add_test(t, opened_twice);
    tcase_add_test(t, marks_alone);
    return run_cases("quotes", t);
}

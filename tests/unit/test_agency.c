/*
 * test_agency.c: the table of agencies is read and extended, and credits are told from mentions.
 *
 * The forms stand in tests/data/agency_forms.tsv (invented sentences, many languages); every miss
 * is printed, so that one run shows them all.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dupd/agency.h"
#include "dupd/error.h"
#include "dupd/text.h"
#include "support/fault.h"

static struct dupd_agencies *table(const char *extra)
{
    struct dupd_agencies *a = NULL;
    unsigned line = 0;
    int rc = dupd_agencies_new(&a, dupd_view_of(extra), &line);
    ck_assert_msg(rc == 0, "%s in line %u", dupd_error_text(rc), line);
    return a;
}

/* ---- the forms ---- */

#define NEUTRAL                                                                                    \
    "The council met in the old hall on Monday evening. Members talked about the budget for "      \
    "roads "                                                                                       \
    "and parks, and about the price of the season tickets that many commuters buy.\n"

/* Field of a form with {body} and line ends filled in. */
static void expand(struct dupd_buf *out, const char *field)
{
    dupd_buf_clear(out);
    for (const char *p = field; *p;) {
        if (strncmp(p, "{body}", 6) == 0) {
            for (int i = 0; i < 12; i++)
                ck_assert_int_eq(dupd_buf_add_str(out, NEUTRAL), 0);
            out->len--; /* the form says itself where lines end */
            p += 6;
        } else if (strncmp(p, "\xc2\xb6", 2) == 0) {
            ck_assert_int_eq(dupd_buf_add_char(out, '\n'), 0);
            p += 2;
        } else {
            ck_assert_int_eq(dupd_buf_add_char(out, *p++), 0);
        }
    }
}

/* "AFP,dpa" of what was found, or "-". */
static void names_found(const struct dupd_agencies *a, const struct dupd_credit *c, unsigned n,
                        struct dupd_buf *out)
{
    dupd_buf_clear(out);
    for (unsigned i = 0; i < n; i++)
        dupd_buf_addf(out, "%s%s", i ? "," : "", dupd_agency_name(a, c[i].agency));
    if (n == 0)
        dupd_buf_add_char(out, '-');
    dupd_buf_add_char(out, '\0');
}

static bool lies_in(struct dupd_view part, struct dupd_view whole)
{
    return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static bool form_holds(const struct dupd_agencies *a, char *row, unsigned number)
{
    char *field[5];
    for (int i = 0; i < 5; i++)
        field[i] = strsep(&row, "\t");
    ck_assert_msg(field[4] && !row, "line %u has not five fields", number);
    struct dupd_buf text = {0}, names = {0};
    expand(&text, field[4]);
    struct dupd_article article = {.source = dupd_view_of(field[2]),
                                   .byline = dupd_view_of(field[3]),
                                   .text = dupd_buf_view(&text)};
    struct dupd_credit credit[DUPD_CREDITS_MAX];
    unsigned n = dupd_agency_credits(a, &article, credit);
    ck_assert_uint_le(n, DUPD_CREDITS_MAX);
    for (unsigned i = 0; i < n; i++) {
        ck_assert(lies_in(credit[i].text, article.text) ||
                  lies_in(credit[i].text, article.byline) ||
                  lies_in(credit[i].text, article.source));
        ck_assert(dupd_text_is_clean(credit[i].text));
    }
    names_found(a, credit, n, &names);
    const char *how = n ? dupd_credit_name(credit[0].how) : "-";
    bool holds = strcmp(names.ptr, field[0]) == 0 && strcmp(how, field[1]) == 0;
    if (!holds)
        fprintf(stderr, "agency_forms.tsv:%u: expected %s %s, found %s %s: [%s] [%s] %s\n", number,
                field[0], field[1], names.ptr, how, field[2], field[3], field[4]);
    dupd_buf_close(&text);
    dupd_buf_close(&names);
    return holds;
}

START_TEST(every_form_is_judged_as_labelled)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/data/agency_forms.tsv", getenv("DUPD_SOURCE_DIR"));
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    struct dupd_agencies *a = table("");
    char *row = NULL;
    size_t cap = 0;
    unsigned number = 0, credits = 0, others = 0, misses = 0;
    for (ssize_t len; (len = getline(&row, &cap, file)) > 0;) {
        number++;
        row[strcspn(row, "\n")] = '\0';
        if (row[0] == '#')
            continue;
        if (row[0] == '-')
            others++;
        else
            credits++;
        misses += !form_holds(a, row, number);
    }
    free(row);
    fclose(file);
    dupd_agencies_free(a);
    ck_assert_uint_ge(credits, 250);
    ck_assert_uint_ge(others, 150);
    ck_assert_msg(misses == 0, "%u of %u forms misjudged", misses, credits + others);
}
END_TEST

/* ---- what a credit says ---- */

static unsigned credits_of(const struct dupd_agencies *a, const char *text,
                           struct dupd_credit out[DUPD_CREDITS_MAX])
{
    struct dupd_article article = {.text = dupd_view_of(text)};
    return dupd_agency_credits(a, &article, out);
}

START_TEST(the_words_that_credit_are_shown)
{
    struct dupd_agencies *a = table("");
    struct dupd_credit c[DUPD_CREDITS_MAX];
    ck_assert_uint_eq(credits_of(a, "PARIS (AFP) - The bridge will open in May.", c), 1);
    ck_assert(dupd_view_equal(c[0].text, DUPD_VIEW("PARIS (AFP) -")));
    ck_assert_uint_eq(credits_of(a, NEUTRAL "Copyright 2020 The Associated Press.", c), 1);
    ck_assert(dupd_view_equal(c[0].text, DUPD_VIEW("Copyright 2020 The Associated Press")));
    dupd_agencies_free(a);
}
END_TEST

START_TEST(each_agency_once_and_the_strongest_first)
{
    struct dupd_agencies *a = table("");
    struct dupd_article article = {
        .source = DUPD_VIEW("apnews.com"),
        .byline = DUPD_VIEW("Reuters"),
        .text = DUPD_VIEW(
            "OSLO (AP) — The bridge will open.\nSource: Reuters\n(With inputs from PTI)")};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    ck_assert_uint_eq(dupd_agency_credits(a, &article, c), 3);
    ck_assert_str_eq(dupd_agency_name(a, c[0].agency), "AP");
    ck_assert_int_eq(c[0].how, DUPD_CREDIT_DATELINE);
    ck_assert_str_eq(dupd_agency_name(a, c[1].agency), "Reuters");
    ck_assert_int_eq(c[1].how, DUPD_CREDIT_CREDIT);
    ck_assert_str_eq(dupd_agency_name(a, c[2].agency), "PTI");
    ck_assert_int_eq(c[2].how, DUPD_CREDIT_DECLARED);
    dupd_agencies_free(a);
}
END_TEST

START_TEST(no_more_than_the_maximum)
{
    struct dupd_agencies *a = table("");
    struct dupd_credit c[DUPD_CREDITS_MAX];
    unsigned n =
        credits_of(a, "OSLO (AP/AFP/dpa/EFE/ANSA/UPI) - The bridge.\n(NTB)\nSource: PTI", c);
    ck_assert_uint_eq(n, DUPD_CREDITS_MAX);
    dupd_agencies_free(a);
}
END_TEST

START_TEST(only_the_ends_of_a_text_are_looked_at)
{
    struct dupd_agencies *a = table("");
    struct dupd_buf text = {0};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    for (int i = 0; i < 20; i++)
        dupd_buf_add_str(&text, NEUTRAL);
    dupd_buf_add_str(&text, "PARIS (AFP) - The bridge will open in May.\n");
    for (int i = 0; i < 20; i++)
        dupd_buf_add_str(&text, NEUTRAL);
    struct dupd_article article = {.text = dupd_buf_view(&text)};
    ck_assert_uint_eq(dupd_agency_credits(a, &article, c), 0);
    dupd_buf_close(&text);
    dupd_agencies_free(a);
}
END_TEST

/* ---- hostile texts ---- */

static uint64_t step(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

START_TEST(any_text_is_survived)
{
    static const char *const piece[] = {"AP",
                                        "(",
                                        ")",
                                        "Reuters",
                                        "新华社",
                                        "电",
                                        " ",
                                        "\n",
                                        "- ",
                                        "— ",
                                        "©",
                                        "2020",
                                        "Source:",
                                        "/",
                                        "with",
                                        "contributed to this report",
                                        "By ",
                                        ".",
                                        ",",
                                        "[",
                                        "】",
                                        "【",
                                        "\xef\xbf\xbd",
                                        "é",
                                        "ČTK",
                                        "Reporting by",
                                        "editing by",
                                        "PARIS",
                                        "photo",
                                        "\xe2\x80\x99",
                                        "أ ف ب"};
    struct dupd_agencies *a = table("");
    struct dupd_buf text = {0};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 20000; round++) {
        dupd_buf_clear(&text);
        for (uint64_t n = step(&seed) % 40; n > 0; n--)
            dupd_buf_add_str(&text, piece[step(&seed) % (sizeof piece / sizeof *piece)]);
        struct dupd_view v = dupd_buf_view(&text);
        struct dupd_article article = {.text = v, .byline = v, .source = v};
        unsigned n = dupd_agency_credits(a, &article, c);
        ck_assert_uint_le(n, DUPD_CREDITS_MAX);
        for (unsigned i = 0; i < n; i++) {
            ck_assert(c[i].how != DUPD_CREDIT_NONE && c[i].agency < dupd_agency_count(a));
            ck_assert(lies_in(c[i].text, v) && dupd_text_is_clean(c[i].text));
        }
    }
    dupd_buf_close(&text);
    dupd_agencies_free(a);
}
END_TEST

START_TEST(a_long_line_is_survived)
{
    struct dupd_agencies *a = table("");
    struct dupd_buf text = {0};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    for (int i = 0; i < 100000; i++)
        dupd_buf_add_str(&text, "(AP/ é新");
    struct dupd_article article = {.text = dupd_buf_view(&text)};
    dupd_agency_credits(a, &article, c);
    article.byline = article.source = article.text;
    dupd_agency_credits(a, &article, c);
    dupd_buf_close(&text);
    dupd_agencies_free(a);
}
END_TEST

/* A byline longer than the credit that is shown of it, in a buffer that ends where it ends. */
START_TEST(a_long_byline_ends_where_it_ends)
{
    struct dupd_agencies *a = table("");
    struct dupd_buf byline = {0};
    for (int i = 0; i < 8; i++)
        dupd_buf_add_str(&byline, "A Writer of the City Desk, ");
    dupd_buf_add_str(&byline, "Reuters, Rivertown");
    char *exact = malloc(byline.len);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, byline.ptr, byline.len);
    struct dupd_article article = {.byline = {exact, byline.len}};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    ck_assert_uint_eq(dupd_agency_credits(a, &article, c), 1);
    ck_assert_int_eq(c[0].how, DUPD_CREDIT_BYLINE);
    ck_assert(dupd_view_equal(c[0].text, DUPD_VIEW("Reuters, Rivertown")));
    free(exact);
    dupd_buf_close(&byline);
    dupd_agencies_free(a);
}
END_TEST

/* Files that were joined leave byte order marks inside; a record takes clean text only. */
START_TEST(a_mark_before_a_credit_is_no_part_of_it)
{
    struct dupd_agencies *a = table("");
    struct dupd_article article = {
        .text = DUPD_VIEW("It is new.\n\xef\xbb\xbf\xef\xbb\xbfPARIS (AFP) - The bridge opened.")};
    struct dupd_credit c[DUPD_CREDITS_MAX];
    ck_assert_uint_eq(dupd_agency_credits(a, &article, c), 1);
    ck_assert_int_eq(c[0].how, DUPD_CREDIT_DATELINE);
    ck_assert_msg(dupd_view_equal(c[0].text, DUPD_VIEW("PARIS (AFP) -")), "%.*s",
                  (int)c[0].text.len, c[0].text.ptr);
    dupd_agencies_free(a);
}
END_TEST

/* Twenty agencies in a row are one group, longer than what is shown of a credit. */
START_TEST(a_long_group_is_cut_between_characters)
{
    struct dupd_agencies *a = table("");
    for (unsigned shift = 0; shift < 4; shift++) {
        struct dupd_buf byline = {0};
        dupd_buf_add_str(&byline, "AP");
        for (unsigned i = 0; i < shift; i++)
            dupd_buf_add_str(&byline, " ");
        for (int i = 0; i < 20; i++)
            dupd_buf_add_str(&byline, i % 2 ? ", 新华社" : ", ТАСС");
        struct dupd_article article = {.byline = dupd_buf_view(&byline)};
        struct dupd_credit c[DUPD_CREDITS_MAX];
        unsigned n = dupd_agency_credits(a, &article, c);
        ck_assert_uint_eq(n, 3);
        for (unsigned i = 0; i < n; i++)
            ck_assert(c[i].text.len > 150 && dupd_text_is_clean(c[i].text));
        dupd_buf_close(&byline);
    }
    dupd_agencies_free(a);
}
END_TEST

START_TEST(fields_of_any_bytes_are_survived)
{
    struct dupd_agencies *a = table("");
    static const char *const fields[] = {"\xff", "AP\xe2\x80", "\xf0", "\x80\x80 AP", "\xc3(AP)"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct dupd_article article = {.source = dupd_view_of(fields[i]),
                                       .byline = dupd_view_of(fields[i])};
        struct dupd_credit c[DUPD_CREDITS_MAX];
        ck_assert_uint_eq(dupd_agency_credits(a, &article, c), 0);
    }
    dupd_agencies_free(a);
}
END_TEST

/* ---- outlets ---- */

START_TEST(an_agencys_own_feed)
{
    struct dupd_agencies *a = table("");
    static const struct {
        const char *outlet, *owner;
    } cases[] = {
        {"apnews.com", "AP"},
        {"hosted.ap.org", "AP"},
        {"APNEWS.COM", "AP"},
        {"www.reuters.com", "Reuters"},
        {"Reuters", "Reuters"},
        {"The Associated Press", "AP"},
        {" EFE ", "EFE"},
        {"Agence France-Presse", "AFP"},
        {"apa.at", "APA"},
        {"apa.az", "APA Azerbaijan"},
        {"notreuters.com", NULL},
        {"reuters.com.evil.example", NULL},
        {"Reuters Fan Club", NULL},
        {"", NULL},
        {"AA", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned index = 0;
        bool owned = dupd_agency_owns(a, dupd_view_of(cases[i].outlet), &index);
        ck_assert_msg(owned == (cases[i].owner != NULL), "%s", cases[i].outlet);
        if (owned)
            ck_assert_str_eq(dupd_agency_name(a, index), cases[i].owner);
    }
    dupd_agencies_free(a);
}
END_TEST

START_TEST(agencies_are_found_by_name)
{
    struct dupd_agencies *a = table("");
    static const char *const known[] = {
        "AP",      "Reuters",      "AFP",     "dpa",       "EFE",  "ANSA",    "PA",     "TASS",
        "RIA",     "Interfax",     "Xinhua",  "Kyodo",     "Jiji", "PTI",     "ANI",    "IANS",
        "Belga",   "APA",          "SPA",     "ATS",       "CP",   "AAP",     "NTB",    "TT",
        "Ritzau",  "STT",          "Lusa",    "PAP",       "CTK",  "Anadolu", "Yonhap", "Bloomberg",
        "UPI",     "Europa Press", "Notimex", "WAM",       "KUNA", "MENA",    "IRNA",   "Antara",
        "Bernama", "Agerpres",     "MTI",     "Ukrinform", "Hina", "Tanjug",  "CNS"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        int index = dupd_agency_find(a, dupd_view_of(known[i]));
        ck_assert_msg(index >= 0, "%s", known[i]);
        ck_assert_str_eq(dupd_agency_name(a, (unsigned)index), known[i]);
    }
    ck_assert_int_eq(dupd_agency_find(a, DUPD_VIEW("ap")), -1);
    ck_assert_int_eq(dupd_agency_find(a, DUPD_VIEW("")), -1);
    dupd_agencies_free(a);
}
END_TEST

/* ---- the user's file ---- */

START_TEST(a_users_file_adds_and_replaces)
{
    struct dupd_agencies *a = table("# ours\r\n"
                                    "\n"
                                    "[agency Harbour Wire]\n"
                                    "name = Harbour Wire Service | Hafen-Draht\n"
                                    "short = HWS\n"
                                    "host = harbourwire.example\n"
                                    "signature = Seen by … checked by\n"
                                    "[agency PA Harbour]\n"
                                    "mark = PA\n"
                                    "[agency AP]\n"
                                    "short = APX\n"
                                    "[words contributed]\n"
                                    "form = lent a hand\n");
    static const struct {
        const char *text, *agency;
    } cases[] = {
        {"OSLO (HWS) - The bridge will open.", "Harbour Wire"},
        {NEUTRAL "Quelle: Hafen-Draht", "Harbour Wire"},
        {NEUTRAL "(Seen by Ann; checked by Tom)", "Harbour Wire"},
        {"LONDON (PA) - The bridge will open.", "PA Harbour"},
        {"OSLO (APX) - The bridge will open.", "AP"},
        {"OSLO (AP) - The bridge will open.", "AP"},
        {NEUTRAL "Reuters lent a hand.", "Reuters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dupd_credit c[DUPD_CREDITS_MAX];
        ck_assert_msg(credits_of(a, cases[i].text, c) == 1, "%s", cases[i].text);
        ck_assert_str_eq(dupd_agency_name(a, c[0].agency), cases[i].agency);
    }
    unsigned index;
    ck_assert(dupd_agency_owns(a, DUPD_VIEW("news.harbourwire.example"), &index));
    dupd_agencies_free(a);
}
END_TEST

START_TEST(a_malformed_file_is_refused_with_its_line)
{
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"name = Nobody\n", 1},
        {"# fine\n\n[agency X]\nname\n", 4},
        {"[agency X]\nname =\n", 2},
        {"[agency X]\nname = A\n", 2},
        {"[agency X]\nname = Good | | Bad\n", 2},
        {"[agency X]\ntitle = Good\n", 2},
        {"[agency X]\nhost = nodot\n", 2},
        {"[agency X]\nhost = Bad.Example\n", 2},
        {"[agency X]\nform = and\n", 2},
        {"[agency ]\n", 1},
        {"[agency\n", 1},
        {"[agency X\nname = Good\n", 1},
        {"[words nonsense]\n", 1},
        {"[words photo]\nname = and\n", 2},
        {"[other X]\n", 1},
        {"[]\n", 1},
        {"[agency X]\nname = \xff\xfe\n", 2},
        {"[agency \xef\xbb\xbfX]\n", 1},
        {"[agency X]\nname = \xef\xbb\xbfGood\n", 2},
        {"[agency X]\nsignature = … editing by\n", 2},
        {"[agency X]\nname = Good\n[agency Y]\nname = Fine\nrubbish", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dupd_agencies *a = NULL;
        unsigned line = 0;
        int rc = dupd_agencies_new(&a, dupd_view_of(cases[i].text), &line);
        ck_assert_msg(rc == DUPD_ESYNTAX, "%s", cases[i].text);
        ck_assert_msg(line == cases[i].line, "%u for %s", line, cases[i].text);
        ck_assert_ptr_null(a);
    }
}
END_TEST

START_TEST(a_form_that_is_too_long_is_refused)
{
    struct dupd_buf text = {0};
    dupd_buf_add_str(&text, "[agency X]\nname = ");
    for (int i = 0; i < 200; i++)
        dupd_buf_add_char(&text, 'x');
    struct dupd_agencies *a = NULL;
    unsigned line = 0;
    ck_assert_int_eq(dupd_agencies_new(&a, dupd_buf_view(&text), &line), DUPD_ESYNTAX);
    ck_assert_uint_eq(line, 2);
    dupd_buf_close(&text);
}
END_TEST

static int build(void *data)
{
    struct dupd_agencies *a = NULL;
    unsigned line;
    int rc = dupd_agencies_new(&a, DUPD_VIEW("[agency X]\nname = Xylo Wire\n"), &line);
    (void)data;
    if (!rc)
        dupd_agencies_free(a);
    return rc;
}

START_TEST(running_out_of_memory_is_survived)
{
    ck_assert_uint_ge(fault_each(build, NULL, DUPD_ENOMEM), 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("agency");
    TCase *t = tcase_create("agency");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_form_is_judged_as_labelled);
    tcase_add_test(t, the_words_that_credit_are_shown);
    tcase_add_test(t, each_agency_once_and_the_strongest_first);
    tcase_add_test(t, no_more_than_the_maximum);
    tcase_add_test(t, only_the_ends_of_a_text_are_looked_at);
    tcase_add_test(t, any_text_is_survived);
    tcase_add_test(t, a_long_line_is_survived);
    tcase_add_test(t, a_long_byline_ends_where_it_ends);
    tcase_add_test(t, a_mark_before_a_credit_is_no_part_of_it);
    tcase_add_test(t, a_long_group_is_cut_between_characters);
    tcase_add_test(t, fields_of_any_bytes_are_survived);
    tcase_add_test(t, an_agencys_own_feed);
    tcase_add_test(t, agencies_are_found_by_name);
    tcase_add_test(t, a_users_file_adds_and_replaces);
    tcase_add_test(t, a_malformed_file_is_refused_with_its_line);
    tcase_add_test(t, a_form_that_is_too_long_is_refused);
    tcase_add_test(t, running_out_of_memory_is_survived);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

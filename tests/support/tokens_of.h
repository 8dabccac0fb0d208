/*
 * tokens_of.h: what the tests of the tokeniser share. One string shows what was read:
 *
 *   "say yes|no"      forms, blanks between tokens, | between paragraphs
 *   "he said [go now]"  quoted tokens stand in brackets
 *
 * For tests only.
 */
#ifndef SUPPORT_TOKENS_OF_H
#define SUPPORT_TOKENS_OF_H

#include <check.h>
#include <stdlib.h>

#include "dupd/text.h"
#include "dupd/tokens.h"

static inline struct dupd_view token_text(const struct dupd_tokens *t, struct dupd_view text,
                                          uint32_t i)
{
    return (struct dupd_view){text.ptr + t->token[i].begin, t->token[i].end - t->token[i].begin};
}

/* How tokens are shown: as the text has them, or in their normalised form. */
enum show { SHOW_TEXT, SHOW_FORM };

/* Reads text (clean it must be) and appends it as above, zero-terminated. */
static inline void tokens_show(struct dupd_view text, enum show how, struct dupd_buf *out)
{
    struct dupd_tokens t = {0};
    ck_assert(dupd_text_is_clean(text));
    ck_assert_int_eq(dupd_tokens_read(&t, text), 0);
    bool inside = false;
    for (uint32_t i = 0; i < t.count; i++) {
        bool quoted = t.token[i].flags & DUPD_TOKEN_QUOTED;
        bool first = i > 0 && t.token[i].paragraph != t.token[i - 1].paragraph;
        if (inside && (!quoted || first))
            dupd_buf_add_char(out, ']');
        if (i > 0)
            dupd_buf_add_char(out, first ? '|' : ' ');
        if (quoted && (!inside || first))
            dupd_buf_add_char(out, '[');
        inside = quoted;
        struct dupd_view word = token_text(&t, text, i);
        ck_assert_int_eq(
            how == SHOW_FORM ? dupd_tokens_fold(word, out) : dupd_buf_add_view(out, word), 0);
    }
    if (inside)
        dupd_buf_add_char(out, ']');
    ck_assert_int_eq(dupd_buf_add(out, "", 1), 0);
    dupd_tokens_close(&t);
}

static inline void tokens_are(const char *text, enum show how, const char *expected)
{
    struct dupd_buf out = {0};
    tokens_show(dupd_view_of(text), how, &out);
    ck_assert_msg(strcmp(out.ptr, expected) == 0, "\n text     %s\n shows as %s\n expected %s",
                  text, out.ptr, expected);
    dupd_buf_close(&out);
}

/* Both texts have the same tokens: same hashes, in the same order. */
static inline bool same_tokens(const char *a, const char *b)
{
    struct dupd_tokens x = {0}, y = {0};
    ck_assert_int_eq(dupd_tokens_read(&x, dupd_view_of(a)), 0);
    ck_assert_int_eq(dupd_tokens_read(&y, dupd_view_of(b)), 0);
    bool same = x.count == y.count && x.content_hash.high == y.content_hash.high &&
                x.content_hash.low == y.content_hash.low;
    for (uint32_t i = 0; same && i < x.count; i++)
        same = x.hash[i] == y.hash[i];
    dupd_tokens_close(&x);
    dupd_tokens_close(&y);
    return same;
}

static inline int run_cases(const char *name, TCase *t)
{
    Suite *s = suite_create(name);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

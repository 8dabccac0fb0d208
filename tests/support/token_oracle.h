/*
 * token_oracle.h: what must hold of the tokens of any text. For tests only.
 */
#ifndef SUPPORT_TOKEN_ORACLE_H
#define SUPPORT_TOKEN_ORACLE_H

#include "dupd/tokens.h"

static inline bool on_boundary(struct dupd_view text, size_t at)
{
    return at == text.len || ((unsigned char)text.ptr[at] & 0xC0) != 0x80;
}

/* What is wrong with token i, or NULL. */
static inline const char *token_fault(const struct dupd_tokens *t, struct dupd_view text,
                                      uint32_t i)
{
    const struct dupd_token *k = &t->token[i];
    const struct dupd_token *before = i ? k - 1 : NULL;
    bool is_char = k->flags & DUPD_TOKEN_CHAR;
    if (k->begin >= k->end || k->end > text.len)
        return "an empty token, or one outside the text";
    if (before && k->begin < before->end)
        return "tokens overlap or descend";
    if (!on_boundary(text, k->begin) || !on_boundary(text, k->end))
        return "half a character";
    if (k->end - k->begin > 1024)
        return "a token without bound";
    if (k->weight != (is_char ? DUPD_CHAR_WEIGHT : DUPD_WORD_WEIGHT))
        return "a weight of another kind of token";
    if (k->paragraph >= t->paragraph_count || i < t->paragraph[k->paragraph].first ||
        i >= t->paragraph[k->paragraph].end)
        return "a token in the wrong paragraph";
    return NULL;
}

/* What is wrong with t as the tokens of text, or NULL. */
static inline const char *tokens_fault(const struct dupd_tokens *t, struct dupd_view text)
{
    uint32_t weight = 0, quoted = 0, end = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const char *fault = token_fault(t, text, i);
        if (fault)
            return fault;
        weight += t->token[i].weight;
        quoted += t->token[i].flags & DUPD_TOKEN_QUOTED ? t->token[i].weight : 0;
    }
    for (uint32_t p = 0; p < t->paragraph_count; p++) {
        if (t->paragraph[p].first != end || t->paragraph[p].end <= end)
            return "paragraphs do not follow each other, or are empty";
        end = t->paragraph[p].end;
    }
    if (end != t->count)
        return "tokens outside paragraphs";
    return weight != t->weight || quoted != t->quoted_weight ? "sums of weights" : NULL;
}

#endif
